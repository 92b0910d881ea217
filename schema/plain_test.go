package schema

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checkPlain compares what parsePlain makes of a text with what HCL's parser does, and reports whether it was
// plain at all.
func checkPlain(t *testing.T, src string) bool {
	t.Helper()
	start := hcl.Pos{Line: 7, Column: 1, Byte: 100}
	got, ok := parsePlain([]byte(src), "plain.hcl", start)
	if !ok {
		return false
	}
	file, diags := hclsyntax.ParseConfig([]byte(src), "plain.hcl", start)
	if diags.HasErrors() {
		t.Fatalf("taken for plain, but HCL says: %v\n%s", diags, src)
	}
	want := file.Body.(*hclsyntax.Body)
	if !reflect.DeepEqual(got.Attributes, want.Attributes) || !reflect.DeepEqual(got.Blocks, want.Blocks) {
		t.Fatalf("HCL reads this in another way:\n%s", src)
	}
	return true
}

func TestPlain(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		plain     bool
	}{
		{"attributes", "a = 1\nb=\"x y\"\n\n  c\t = true # why\nd = []\ne = \"\" // that\n", true},
		{"references", "a = site.a-1.gateway.gw1\nb = [tunnel.x, \"y\",z , 00012]\nc = each.key\n", true},
		{"blocks", "x {\n}\ny \"a\" \"b\" { # so\n  z {\n    a = false\n  }\n}\n", true},
		{"comments", "# one\n//two\n/ three\n", false},
		{"a long comment", "/* a */\n", false},
		{"a template", "a = \"${b}\"\n", false},
		{"an escape", "a = \"\\n\"\n", false},
		{"not ASCII", "a = \"é\"\n", false},
		{"CR LF", "a = 1\r\n", false},
		{"an operator", "a = b + 1\n", false},
		{"a call", "a = b()\n", false},
		{"an index", "a = b[1]\n", false},
		{"a fraction", "a = 1.5\n", false},
		{"null", "a = null\n", false},
		{"for", "a = [for]\n", false},
		{"a keyword in a reference", "a = x.for\n", true},
		{"twice", "a = 1\na = 2\n", false},
		{"on one line", "a { b = 1 }\n", false},
		{"a bare label", "a b {\n}\n", false},
		{"over two lines", "a = [1,\n 2]\n", false},
		{"a comma at the end", "a = [1,]\n", false},
		{"a comma alone", "a = [,]\n", false},
		{"no comma", "a = [1 2]\n", false},
		{"no line end", "a = 1", false},
		{"no line end after a comment", "# a", false},
		{"not closed", "a {\n", false},
		{"closed twice", "a {\n}\n}\n", false},
		{"double equals", "a == 1\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkPlain(t, tt.src); got != tt.plain {
				t.Errorf("plain: %t, want %t", got, tt.plain)
			}
		})
	}
}

// TestPlainExamples compares the two parsers on every specification of the test data, and on each of its lines.
func TestPlainExamples(t *testing.T) {
	whole, lines := 0, 0
	err := filepath.WalkDir("../testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".hcl") && !strings.HasSuffix(path, ".txtar") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, section := range strings.Split(string(b), "\n-- ") {
			if checkPlain(t, section) {
				whole++
			}
			for line := range strings.Lines(section) {
				if checkPlain(t, line) {
					lines++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if whole < 10 || lines < 1000 {
		t.Errorf("only %d sections and %d lines are plain", whole, lines)
	}
}

// FuzzPlain looks for a text that parsePlain takes and HCL's parser reads in another way.
func FuzzPlain(f *testing.F) {
	f.Add("x \"a\" {\n  b = [site.c.d, \"e\", 1, true]\n\n  # f\n  g {\n    h = \"\"\n  }\n}\n")
	f.Add("a = 1\nb = c.d-1\n")
	f.Fuzz(func(t *testing.T, src string) { checkPlain(t, src) })
}
