package schema

import (
	"fmt"
	"slices"
	"testing"
)

func TestFunctions(t *testing.T) {
	for _, tt := range []struct{ expression, want string }{
		{`cidrhost("10.0.0.0/24", 5)`, "10.0.0.5"},
		{`cidrhost("10.0.0.9/24", -2)`, "10.0.0.254"},
		{`cidrhost("2001:db8::/64", 258)`, "2001:db8::102"},
		{`cidrsubnet("10.30.0.0/16", 8, 2)`, "10.30.2.0/24"},
		{`cidrsubnet("169.254.100.0/24", 6, 63)`, "169.254.100.252/30"},
		{`cidrsubnet("2001:db8::/32", 32, 1)`, "2001:db8:0:1::/64"},
		{`cidrsubnet("10.0.0.0/24", 0, 0)`, "10.0.0.0/24"},
		{`cidrnetmask("10.30.0.0/20")`, "255.255.240.0"},
		{`cidrnetmask("0.0.0.0/0")`, "0.0.0.0"},
		{`join("-", reverse(split(".", "a.b.c")))`, "c-b-a"},
		{`upper(trimspace("  x "))`, "X"},
		{`format("eth%02d", 7)`, "eth07"},
		{`tostring(length("häh") + length(["a"]))`, "4"},
		{`replace("a-b-c", "-", "")`, "abc"},
		{`element(sort(["b", "a"]), 0)`, "a"},
		{`lookup({ a = "1" }, "b", "none")`, "none"},
		{`try({}.a, "fallback")`, "fallback"},
		{`can(tonumber("x")) ? "yes" : "no"`, "no"},
		{`jsonencode({ a = [1, true] })`, `{"a":[1,true]}`},
		{`jsondecode("{\"a\": \"b\"}").a`, "b"},
		{`join(",", [for k, v in { b = 2, a = 1 } : "${k}${v}"])`, "a1,b2"},
		{`join(",", values(merge({ a = "1" }, { b = "2" })))`, "1,2"},
		{`file("files/name.txt")`, "from a file\n"},
		{`templatefile("files/t.tmpl", { names = ["a", "b"] })`, "A B "},
		{`tostring(signum(-3))`, "-1"},
		{`substr("hello", 1, 3)`, "ell"},
		{`regex("[0-9]+", "vlan20")`, "20"},
		{`join(",", formatlist("%s.x", ["a", "b"]))`, "a.x,b.x"},
		{"<<-EOT\n  one\n    two\n  EOT\n", "one\n  two\n"},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			src := source("")
			src.ReadFile = func(name string) ([]byte, error) {
				switch name {
				case "files/name.txt":
					return []byte("from a file\n"), nil
				case "files/t.tmpl":
					return []byte("%{ for n in names }${upper(n)} %{ endfor }"), nil
				}
				return nil, fmt.Errorf("no %s", name)
			}
			if got := evaluate(t, src, tt.expression); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryFunctionExists(t *testing.T) {
	d := &decoder{}
	for _, name := range Functions() {
		if _, ok := d.function(name); !ok {
			t.Errorf("%s is in the list and is no function", name)
		}
	}
	if !slices.IsSorted(functionNames) {
		t.Error("the names are not sorted")
	}
	for _, name := range []string{"timestamp", "uuid", "formatdate", "timeadd", "bcrypt"} {
		if _, ok := d.function(name); ok {
			t.Errorf("%s depends on time or chance", name)
		}
	}
}
