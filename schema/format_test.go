package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	got, diags := Format("main.hcl", []byte("site \"a\" {\nnetworks=[ \"10.0.0.0/8\" ] # here\n  gateway   \"gw1\" {\n}\n}\n"))
	want := "site \"a\" {\n  networks = [\"10.0.0.0/8\"] # here\n  gateway \"gw1\" {\n  }\n}\n"
	if diags.HasErrors() || string(got) != want {
		t.Errorf("%v\n%s", diags, cmp.Diff(want, string(got)))
	}
	_, diags = Format("main.hcl", []byte("site {\n  a = \n}\n"))
	if len(diags) != 1 || noteOf(diags[0]).Code != codeSyntax || subjectOf(diags[0]).Filename != "main.hcl" {
		t.Errorf("%v", diags)
	}
	if _, diags := Format("x.hcl", []byte("a = "+strings.Repeat("(", 1e6))); len(diags) != 1 || noteOf(diags[0]).Code != codeLimit {
		t.Errorf("%v", diags)
	}
}

// TestExamplesAreFormatted: what people copy is in canonical format.
func TestExamplesAreFormatted(t *testing.T) {
	files, err := filepath.Glob("../testdata/examples/*/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, diags := Format(path, b)
		if diags.HasErrors() || !bytes.Equal(b, got) {
			t.Errorf("%s: %v\n%s", path, diags, cmp.Diff(string(b), string(got)))
		}
	}
}

// TestPieces: a file that is parsed in pieces decodes to the same values at the same places.
func TestPieces(t *testing.T) {
	src := manyStretches(t, 1500)
	if len(src) < 3*pieceSize {
		t.Fatal("the specification is too small for pieces")
	}
	f := SourceFile{"main.hcl", src}
	var cuts []int
	scanNesting(src, 0, func(at int) { cuts = append(cuts, at) })
	whole := parsePieces(f, nil)
	for _, every := range []int{1, 7, 1000} {
		var some []int
		for i := every; i < len(cuts); i += every {
			some = append(some, cuts[i])
		}
		joined := parsePieces(f, some)
		if whole == nil || joined == nil {
			t.Fatal("nothing was parsed")
		}
		if len(joined.Blocks) != len(whole.Blocks) {
			t.Fatalf("%d blocks, want %d", len(joined.Blocks), len(whole.Blocks))
		}
		for i, b := range whole.Blocks {
			if joined.Blocks[i].DefRange() != b.DefRange() || joined.Blocks[i].Body.EndRange != b.Body.EndRange {
				t.Fatalf("block %d at %v, want %v", i, joined.Blocks[i].DefRange(), b.DefRange())
			}
		}
	}
	// An error far behind has its place, and the file is not taken for one in pieces.
	broken := append(bytes.Clone(src), "\nstretch \"x\" {\n  vni = \n}\n"...)
	d := oneDiagnostic(t, &Source{Files: []SourceFile{{"main.hcl", broken}}})
	if got, want := subjectOf(d).Start.Line, 1+bytes.Count(src, []byte("\n"))+2; got != want {
		t.Errorf("the error is on line %d, want %d", got, want)
	}
}

func TestNesting(t *testing.T) {
	many := strings.Repeat
	for name, text := range map[string]string{
		"parentheses":    "a = " + many("(", 1e6),
		"lists":          "a = " + many("[", 1e6),
		"objects":        "a = " + many("{a=", 1e6),
		"blocks":         many("a {\n", 1e6),
		"templates":      "a = " + many(`"${`, 1e6),
		"negations":      "a = " + many("!", 1e6) + "true",
		"conditions":     "a = " + many("1?", 1e6),
		"else branches":  "a = (" + many("x ? 1 :\n", 1e6) + "1)",
		"sums":           "a = 1" + many("+1", 1e6),
		"indexes":        "a = b" + many("[0]", 1e6),
		"if directives":  "a = \"" + many("%{if true}", 1e6),
		"in a heredoc":   "a = <<EOT\n" + many("${\"${", 1e6) + "\nEOT\n",
		"after a quote":  "a = \"}\"\nb = " + many("(", 1e6),
		"after comments": "# \"\n// \"\n/* \" */ a = " + many("(", 1e6),
		"after heredoc":  "a = <<-EOT\n  \"${x}\n  EOT\nb = " + many("(", 1e6),
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := decodeText(text)
			if len(diags) != 1 || noteOf(diags[0]).Code != codeLimit {
				t.Errorf("%d diagnostics, the first %v", len(diags), diags[0])
			}
		})
	}
	fine := "a = <<EOT\nEOT\nb = \"$${(((\"\nc = \"" + many("(", 500) + "\" # " + many("[", 500) + "\n/* " + many("{", 500) + "*/\n" + many("d = [1]\n", 300) +
		"e = [" + many("1 + 2, ", 3000) + "]\nf = " + many("(", 90) + "1" + many(")", 90) + "\n"
	if at, why := tooDeep([]byte(fine)); why != "" {
		t.Errorf("refused at %d: %s", at, why)
	}
}

func TestLimitsOnValues(t *testing.T) {
	for name, text := range map[string]string{
		"join":       `x = join(format("%100000s", ""), range(1000))`,
		"replace":    `x = replace(format("%30000s", ""), " ", format("%30000s", ""))`,
		"format":     `x = format("%999999999s", "")`,
		"setproduct": `x = setproduct(range(1000), range(1000), range(1000))`,
		"loops":      `x = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]`,
		"text":       `x = [for a in range(1000) : [for b in range(1000) : [for c in range(20) : "${a}${b}"]]]`,
		"indent":     `x = indent(999999999, "a\nb\nc")`,
		"formatlist": `x = formatlist("%99999s", range(1000))`,
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := Decode(source("locals {\n" + text + "\n}\n"))
			if len(diags) != 1 || noteOf(diags[0]).Code != codeLimit {
				t.Errorf("%v", diags)
			}
		})
	}
	// What a large network needs is allowed.
	mustDecode(t, source(`locals {
  n    = range(1000)
  big  = { for i in local.n : "k${i}" => { id = i, name = "branch-${i}", net = cidrsubnet("10.0.0.0/8", 16, i) } }
  keys = [for k, v in local.big : "${k}-${v.net}" if v.id != 3]
  look = [for k in keys(local.big) : local.big[k].name]
}`))
}
