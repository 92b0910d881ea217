package schema

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// The corpus of broken specifications is shared with the compiler, whose test explains the marks. This
// one looks at the language's codes alone, and at what only this package can be given: a line at the top
// may say `# VERSION: 0.1.0`, `# VAR: name=value` or `# VARFILE: name = value`.
const corpus = "../testdata/spec/invalid"

var (
	languageCode = regexp.MustCompile(`^[EW]00`)
	mark         = regexp.MustCompile(`(ERROR|WARNING): ([^,\[]*?) \[([EW]\d{4})\]`)
)

type finding struct {
	Line    int // 0: none
	Summary string
	Code    Code
}

// corpusSource is a specification of the corpus with what its first lines ask for.
func corpusSource(name, text string) *Source {
	src := &Source{Files: []SourceFile{{name, []byte(text)}}}
	for line := range strings.Lines(text) {
		what, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), ": ")
		if !ok {
			break
		}
		switch what {
		case "VERSION":
			src.Version = rest
		case "VAR":
			key, value, _ := strings.Cut(rest, "=")
			src.Vars = append(src.Vars, Assignment{key, value})
		case "VARFILE":
			src.VarFiles = append(src.VarFiles, VarFile{SourceFile: SourceFile{"test.l2vars", []byte(rest)}})
		}
	}
	return src
}

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(corpus + "/*.hcl*")
	if err != nil {
		t.Fatal(err)
	}
	found := map[Code]bool{}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want []finding
			for i, line := range strings.Split(string(text), "\n") {
				_, marks, _ := strings.Cut(line, " # ")
				if strings.HasPrefix(line, "# ") {
					marks = line
				}
				for _, m := range mark.FindAllStringSubmatch(marks, -1) {
					if !languageCode.MatchString(m[3]) {
						continue
					}
					f := finding{i + 1, m[2], Code(m[3])}
					if f.Code == codeUndeclared {
						f.Line = 0
					}
					if (m[1] == "WARNING") != (f.Code[0] == 'W') {
						t.Errorf("line %d: %s is no %s", i+1, f.Code, m[1])
					}
					want = append(want, f)
				}
			}
			_, diags := Decode(corpusSource(name, string(text)))
			var got []finding
			for _, d := range diags {
				got = append(got, finding{subjectOf(d).Start.Line, d.Summary, noteOf(d).Code})
				found[noteOf(d).Code] = true
				checkDiagnostic(t, d)
				cure(t, string(text), d)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s%v", d, diags)
			}
		})
	}
	for _, k := range kinds {
		if !found[k.Code] {
			t.Errorf("no specification of the corpus gives %s, %s", k.Code, k.Summary)
		}
	}
	if !slices.IsSortedFunc(kinds, func(a, b Kind) int { return strings.Compare(string(a.Code), string(b.Code)) }) {
		t.Error("kinds are not sorted")
	}
}

// checkDiagnostic holds a diagnostic to the rules for its texts.
func checkDiagnostic(t *testing.T, d *hcl.Diagnostic) {
	t.Helper()
	if strings.HasSuffix(d.Summary, ".") || d.Detail == "" || !strings.ContainsAny(d.Detail[len(d.Detail)-1:], ".?!") {
		t.Errorf("%v: a summary has no full stop, and a detail is whole sentences: %q, %q", d.Subject, d.Summary, d.Detail)
	}
	if d.Expression != nil || d.EvalContext != nil {
		t.Errorf("%v: the diagnostic carries values", d.Subject)
	}
}

// cure applies the edit that a diagnostic carries and sees the problem gone.
func cure(t *testing.T, text string, d *hcl.Diagnostic) {
	t.Helper()
	r, replacement, ok := noteOf(d).DiagnosticFix()
	if !ok || r.Filename == "test.l2vars" {
		return
	}
	cured := text[:r.Start.Byte] + replacement + text[r.End.Byte:]
	_, left := Decode(corpusSource(r.Filename, cured))
	for _, l := range left {
		if noteOf(l).Code == noteOf(d).Code && subjectOf(l).Start.Line == subjectOf(d).Start.Line {
			t.Errorf("the cure %q at %v left %v", replacement, r, l)
		}
	}
}
