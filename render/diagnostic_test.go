package render

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

type testCode string

func (c testCode) DiagnosticCode() string { return string(c) }

type testAccepted struct {
	testCode
	reason string
}

func (a testAccepted) DiagnosticAccepted() string { return a.reason }

type testHidden struct{ testCode }

func (testHidden) DiagnosticHidesSource() bool { return true }

// at is the range of the first occurrence of a text in a file.
func at(file, src, text string) *hcl.Range {
	i := strings.Index(src, text)
	pos := func(n int) hcl.Pos {
		before := src[:n]
		return hcl.Pos{Line: 1 + strings.Count(before, "\n"), Column: n - strings.LastIndexByte(before, '\n'), Byte: n}
	}
	return &hcl.Range{Filename: file, Start: pos(i), End: pos(i + len(text))}
}

const sample = "site \"onprem\" {\n  gateway \"gw1\" {\n    release = \"1.1\"\n  }\n}\nstretch \"app\" {\n\tvni = 16777216 # é\n}\nx = <<E\nlong\nE\ny = \"a\x1b[2J界b\" + z\n"

func TestDiagnostics(t *testing.T) {
	sources := Sources{"main.hcl": []byte(sample)}
	for _, tt := range []struct {
		name  string
		diag  hcl.Diagnostic
		style Style
		want  string
	}{
		{
			name: "nested blocks",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown release", Detail: "There is no VyOS 1.1.", Subject: at("main.hcl", sample, `"1.1"`), Extra: testCode("E0601")},
			want: `Error: Unknown release [E0601]

  on main.hcl:3, in site "onprem", gateway "gw1":
  3:     release = "1.1"
                   ^^^^^

There is no VyOS 1.1.

`,
		},
		{
			name:  "tab, wrapped, list kept",
			diag:  hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Odd VNI", Detail: "One two three four five.\n  a list that is long and stays\nSix.", Subject: at("main.hcl", sample, "16777216")},
			style: Style{Width: 12},
			want: `Warning: Odd VNI

  on main.hcl:7, in stretch "app":
  7:     vni = 16777216 # é
               ^^^^^^^^

One two
three four
five.
  a list that is long and stays
Six.

`,
		},
		{
			name: "more than one line",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad", Subject: at("main.hcl", sample, "<<E\nlong\nE")},
			want: `Error: Bad

  on main.hcl:9:
  9: x = <<E
         ^^^

`,
		},
		{
			name: "hostile and wide text",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad", Detail: "It is \x1b]0;x\a \u202e.", Subject: at("main.hcl", sample, "z\n")},
			want: `Error: Bad

  on main.hcl:12:
  12: y = "a\x1b[2J界b" + z
                          ^

It is \x1b]0;x\x07 \u202e.

`,
		},
		{
			name: "no source",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad", Subject: &hcl.Range{Filename: "other\nname.hcl", Start: hcl.Pos{Line: 4}}},
			want: `Error: Bad

  on other\nname.hcl:4

`,
		},
		{
			name: "no subject",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad", Detail: "Whole."},
			want: "Error: Bad\n\nWhole.\n\n",
		},
		{
			name:  "colour",
			diag:  hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Bad", Subject: at("main.hcl", sample, `"1.1"`)},
			style: Style{Color: true},
			want:  "\x1b[1;31mError:\x1b[0m \x1b[1mBad\x1b[0m\n\n  on main.hcl:3, in site \"onprem\", gateway \"gw1\":\n  3:     release = \x1b[4;31m\"1.1\"\x1b[0m\n                   \x1b[31m^^^^^\x1b[0m\n\n",
		},
		{
			name: "source hidden",
			diag: hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Literal secret", Subject: at("main.hcl", sample, `"1.1"`), Extra: testHidden{"E0024"}},
			want: "Error: Literal secret [E0024]\n\n  on main.hcl:3, in site \"onprem\", gateway \"gw1\":\n\n",
		},
		{
			name: "accepted",
			diag: hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Odd", Extra: testAccepted{"W0101", "we know"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := Diagnostics(&b, hcl.Diagnostics{&tt.diag}, sources, tt.style); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSort(t *testing.T) {
	mk := func(sev hcl.DiagnosticSeverity, summary, file string, byte int) *hcl.Diagnostic {
		return &hcl.Diagnostic{Severity: sev, Summary: summary, Subject: &hcl.Range{Filename: file, Start: hcl.Pos{Byte: byte}}}
	}
	diags := hcl.Diagnostics{
		mk(hcl.DiagError, "e2", "b.hcl", 1), mk(hcl.DiagWarning, "w2", "b.hcl", 9), mk(hcl.DiagError, "e1", "a.hcl", 5),
		mk(hcl.DiagWarning, "w1", "b.hcl", 3), {Severity: hcl.DiagError, Summary: "e0"},
	}
	var got []string
	for _, d := range Sort(diags) {
		got = append(got, d.Summary)
	}
	if diff := cmp.Diff([]string{"w1", "w2", "e0", "e1", "e2"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNewValidation(t *testing.T) {
	sources := Sources{"main.hcl": []byte(sample)}
	diags := hcl.Diagnostics{
		{Severity: hcl.DiagWarning, Summary: "Odd", Subject: at("main.hcl", sample, "16777216"), Extra: testCode("W0101")},
		{Severity: hcl.DiagWarning, Summary: "Odd", Extra: testAccepted{"W0102", "we know"}},
	}
	v := NewValidation(Envelope{FormatVersion, "l2stretch", "validate"}, diags, sources, false)
	want := Validation{
		Envelope: Envelope{"1.0", "l2stretch", "validate"}, Valid: true, WarningCount: 1,
		Diagnostics: []Diagnostic{
			{Severity: "warning", Code: "W0102", Summary: "Odd", Accepted: true, Reason: "we know"},
			{
				Severity: "warning", Code: "W0101", Summary: "Odd",
				Range:   &Range{Filename: "main.hcl", Start: Pos{7, 8, 83}, End: Pos{7, 16, 91}},
				Snippet: &Snippet{Context: `stretch "app"`, Code: "\tvni = 16777216 # é", StartLine: 7, HighlightStart: 7, HighlightEnd: 15},
			},
		},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if NewValidation(Envelope{}, diags, sources, true).Valid {
		t.Error("a warning that is not accepted passes a strict validation")
	}
}

// FuzzDiagnostics puts any range over any text: nothing may panic, and nothing that drives a terminal may
// come out.
func FuzzDiagnostics(f *testing.F) {
	f.Add([]byte(sample), "main.hcl", 20, 30, "detail")
	f.Add([]byte("a\r\n\t\xff\xfe\n"), "x\x1b.json", 5, 2, "\x9b2J")
	f.Fuzz(func(t *testing.T, src []byte, name string, from, to int, detail string) {
		d := &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: detail, Detail: detail,
			Subject: &hcl.Range{Filename: name, Start: hcl.Pos{Line: 1, Byte: from}, End: hcl.Pos{Line: 1, Byte: to}},
		}
		var b strings.Builder
		if err := Diagnostics(&b, hcl.Diagnostics{d}, Sources{name: src}, Style{Width: 40}); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Fatalf("%q comes out in %q", r, b.String())
			}
		}
		NewValidation(Envelope{}, hcl.Diagnostics{d}, Sources{name: src}, false)
	})
}
