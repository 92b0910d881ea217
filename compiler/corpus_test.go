package compiler_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
)

// The corpus holds complete specifications, each broken in one way. A line at which a diagnostic is
// expected ends in `# ERROR: Summary [E0104]` or `# WARNING: Summary [W0201]`, several separated by commas;
// nothing else may be reported. The marks are comments, so the files are read as they are. A mark on a line
// of its own is for a diagnostic without a place. What a specification is given from outside stands in
// lines at its top: `# VERSION: 0.1.0` (of the tool), `# VAR: name=value`, `# VARFILE: name = value`.
const corpus = "../testdata/spec/invalid"

var (
	marked = regexp.MustCompile(`# ((?:ERROR|WARNING): .*)$`)
	mark   = regexp.MustCompile(`(ERROR|WARNING): (.*?) \[([EW]\d{4})\](?:, |$)`)
)

// A finding is a diagnostic as the corpus writes it down.
type finding struct {
	Line     int
	Severity string
	Summary  string
	Code     string
}

func findings(diags hcl.Diagnostics) (out []finding) {
	for _, d := range diags {
		if compiler.Accepted(d) != "" {
			continue
		}
		f := finding{Severity: "ERROR", Summary: d.Summary, Code: compiler.CodeOf(d)}
		if d.Severity == hcl.DiagWarning {
			f.Severity = "WARNING"
		}
		if d.Subject != nil {
			f.Line = d.Subject.Start.Line
		}
		out = append(out, f)
	}
	return out
}

func expected(t *testing.T, text string) (out []finding) {
	for i, line := range strings.Split(text, "\n") {
		at := i + 1
		if strings.HasPrefix(line, "# ") && !strings.HasPrefix(line, "# VARFILE: ") {
			at = 0
		}
		m := marked.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		all := mark.FindAllStringSubmatch(m[1], -1)
		if len(all) == 0 {
			t.Errorf("line %d: a mark without a code: %s", i+1, line)
		}
		for _, one := range all {
			out = append(out, finding{at, one[1], one[2], one[3]})
		}
	}
	return out
}

// source is a specification with what the lines at its top give it from outside.
func source(name, text string) *schema.Source {
	src := &schema.Source{Files: []schema.SourceFile{{Name: name, Bytes: []byte(text)}}}
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
			src.Vars = append(src.Vars, schema.Assignment{Name: key, Value: value})
		case "VARFILE":
			src.VarFiles = append(src.VarFiles, schema.VarFile{SourceFile: schema.SourceFile{Name: "test.l2vars", Bytes: []byte(rest)}})
		}
	}
	return src
}

// diagnose runs everything that `validate` runs.
func diagnose(name, text string) hcl.Diagnostics {
	file, diags := schema.Decode(source(name, text))
	_, _, diags = compiler.Build(file, diags, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	return diags
}

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(corpus + "/*.hcl*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d specifications, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			diags := diagnose(filepath.Base(path), string(text))
			if d := cmp.Diff(expected(t, string(text)), findings(diags)); d != "" {
				t.Errorf("(-want +got)\n%s%s", d, details(diags))
			}
			for _, d := range diags {
				cure(t, string(text), d)
			}
		})
	}
}

func details(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%v: %s\n", d.Subject, d.Detail)
	}
	return b.String()
}

// cure applies the edit that a diagnostic carries and sees the problem gone.
func cure(t *testing.T, text string, d *hcl.Diagnostic) {
	f, ok := d.Extra.(interface {
		DiagnosticFix() (hcl.Range, string, bool)
	})
	if !ok {
		return
	}
	r, replacement, ok := f.DiagnosticFix()
	if !ok {
		return
	}
	cured := text[:r.Start.Byte] + replacement + text[r.End.Byte:]
	for _, left := range diagnose("cured.hcl", cured) {
		if compiler.CodeOf(left) == compiler.CodeOf(d) && left.Subject.Start.Line == d.Subject.Start.Line {
			t.Errorf("the cure %q at %v left %s: %s", replacement, r, compiler.CodeOf(left), left.Detail)
		}
	}
}

// TestCodes compares the table of diagnostics with the corpus in both directions.
func TestCodes(t *testing.T) {
	files, err := filepath.Glob(corpus + "/*.hcl*")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range expected(t, string(text)) {
			seen[f.Code] = true
			k, ok := ir.Lookup(ir.Code(f.Code))
			if !ok {
				t.Errorf("%s: %s is not in the table", path, f.Code)
			} else if k.Summary != f.Summary {
				t.Errorf("%s: %s is %q in the table, %q here", path, f.Code, k.Summary, f.Summary)
			}
		}
	}
	for i, k := range ir.Codes {
		if i > 0 && ir.Codes[i-1].Code >= k.Code {
			t.Errorf("%s stands twice or out of order", k.Code)
		}
		if len(k.Help) < 40 || !strings.HasSuffix(strings.TrimSpace(k.Help), ".") && !strings.HasSuffix(k.Help, "`") {
			t.Errorf("%s has no help to speak of", k.Code)
		}
		if strings.HasSuffix(k.Summary, ".") {
			t.Errorf("%s: the summary has a full stop", k.Code)
		}
		// problems of a plan need a running configuration, those of a transaction a gateway: packages vyos and
		// apply test them
		if !seen[string(k.Code)] && k.Code[1:3] != "07" && k.Code[1:3] != "09" {
			t.Errorf("no specification of the corpus gives %s", k.Code)
		}
	}
}
