package schema

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestShown has values that nobody must be shown wherever they can stand in a specification.
func TestShown(t *testing.T) {
	const spec = `l2stretch { name = "dr" }
variable "plain" { default = "open" }
variable "text" {
  sensitive = true
  default = "canary"
}
variable "object" {
  default   = { a = "canary", b = ["canary"] }
  sensitive = true
}
variable "heredoc" {
  sensitive = true
  default   = <<-E
    canary
  E
}
variable "given" {
  type      = string
  sensitive = true
}
secret "psk" { value = "canary" }
secret "key" { env = "OPEN" }
tunnel "a" { psk = "canary" }
tunnel "b" { psk = "canary${secret.psk}canary" }
tunnel "c" { psk = { secret = "canary" } }
tunnel "d" { psk = upper("canary") }
`
	const json = `{"variable": {"json": {"sensitive": true, "default": "canary"}}, "tunnel": {"e": {"psk": "canary"}, "f": {"psk": "\\u0041canary${secret.psk}"}},
"secret": {"other": {"key": "canary"}}}`
	values := VarFile{SourceFile: SourceFile{Name: "default.l2vars", Bytes: []byte("given = \"canary\"\nplain = \"open\"\n")}}
	src := &Source{Files: []SourceFile{{"main.hcl", []byte(spec)}, {"more.hcl.json", []byte(json)}}, VarFiles: []VarFile{values}}
	Decode(src)
	for _, f := range append(src.Files, values.SourceFile) {
		shown := string(src.Shown(f))
		if len(shown) != len(f.Bytes) || strings.Contains(shown, "canary") || strings.Count(shown, "\n") != strings.Count(string(f.Bytes), "\n") {
			t.Errorf("%s is shown as\n%s", f.Name, shown)
		}
		if strings.Count(strings.ToLower(shown), "open") != strings.Count(strings.ToLower(string(f.Bytes)), "open") {
			t.Errorf("%s: what is no secret is not shown\n%s", f.Name, shown)
		}
	}
}

func TestConceal(t *testing.T) {
	const spec = `variable "long" { sensitive = true }
variable "short" { sensitive = true }
variable "list" { sensitive = true }
variable "number" {
  type      = number
  sensitive = true
}
`
	src := &Source{
		Files: []SourceFile{{"main.hcl", []byte(spec)}},
		Vars:  []Assignment{{"long", "canary-canary"}, {"short", "x"}, {"list", `["canary"]`}, {"number", "1500"}},
	}
	Decode(src)
	d := &hcl.Diagnostic{Summary: "Unknown", Detail: "canary-canary, canary, x, 1500."}
	if got := src.Conceal(hcl.Diagnostics{d})[0].Detail; got != "(sensitive), (sensitive), x, 1500." {
		t.Error(got)
	}
	if !strings.HasPrefix(d.Detail, "canary") {
		t.Error("the diagnostic was changed")
	}
}
