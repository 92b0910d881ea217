package render

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Sources are the texts that diagnostics point into, by the file name that their ranges have.
type Sources map[string][]byte

// coded is what a diagnostic's Extra has; ir and schema bring types of their own.
type coded interface{ DiagnosticCode() string }

// accepted is what the Extra of a warning has that a specification may accept; without a reason it does not.
type accepted interface{ DiagnosticAccepted() string }

// hiding is what a diagnostic's Extra has when the source at its subject may be a secret.
type hiding interface{ DiagnosticHidesSource() bool }

// CodeOf returns a diagnostic's stable code, or nothing.
func CodeOf(d *hcl.Diagnostic) string {
	if c, ok := d.Extra.(coded); ok {
		return c.DiagnosticCode()
	}
	return ""
}

// acceptedBecause returns the reason that a specification gives for a warning to stay.
func acceptedBecause(d *hcl.Diagnostic) (string, bool) {
	if a, ok := d.Extra.(accepted); ok {
		reason := a.DiagnosticAccepted()
		return reason, reason != ""
	}
	return "", false
}

func hidesSource(d *hcl.Diagnostic) bool {
	h, ok := d.Extra.(hiding)
	return ok && h.DiagnosticHidesSource()
}

// A Tally counts diagnostics. Accepted warnings are not among the warnings.
type Tally struct {
	Errors, Warnings, Accepted int
}

// Count counts diagnostics.
func Count(diags hcl.Diagnostics) Tally {
	var t Tally
	for _, d := range diags {
		_, ok := acceptedBecause(d)
		switch {
		case d.Severity == hcl.DiagError:
			t.Errors++
		case ok:
			t.Accepted++
		default:
			t.Warnings++
		}
	}
	return t
}

// String is the tally in words, as in "1 error, 2 warnings"; accepted warnings are named when there are any.
func (t Tally) String() string {
	s := Plural(t.Errors, "error", "errors") + ", " + Plural(t.Warnings, "warning", "warnings")
	if t.Accepted > 0 {
		s += fmt.Sprintf(", %d accepted", t.Accepted)
	}
	return s
}

// Plural is a number with its noun, as in "1 stretch" or "2 stretches".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Sort returns the diagnostics in the order in which they are shown: warnings, then errors, so that
// these stand next to the prompt; each by file and position, those without a position first.
func Sort(diags hcl.Diagnostics) hcl.Diagnostics {
	sorted := slices.Clone(diags)
	slices.SortStableFunc(sorted, func(a, b *hcl.Diagnostic) int {
		if a.Severity != b.Severity {
			return cmp.Compare(b.Severity, a.Severity)
		}
		ra, rb := subject(a), subject(b)
		return cmp.Or(cmp.Compare(ra.Filename, rb.Filename), cmp.Compare(ra.Start.Byte, rb.Start.Byte), cmp.Compare(CodeOf(a), CodeOf(b)))
	})
	return sorted
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// Diagnostics writes diagnostics for people, in the order of Sort, without the accepted ones: severity,
// summary and code, the place with the line at fault and what is wrong underlined, then the detail.
func Diagnostics(w io.Writer, diags hcl.Diagnostics, sources Sources, st Style) error {
	out, places := bufio.NewWriter(w), newOutline(sources)
	for _, d := range Sort(diags) {
		if _, ok := acceptedBecause(d); ok {
			continue
		}
		writeDiagnostic(out, d, places, st)
	}
	return out.Flush()
}

func writeDiagnostic(w *bufio.Writer, d *hcl.Diagnostic, places *outline, st Style) {
	severity, shade := "Error", red
	if d.Severity == hcl.DiagWarning {
		severity, shade = "Warning", yellow
	}
	head := st.paint(severity+":", bold, shade) + " " + st.paint(EscapeLine(d.Summary), bold)
	if code := CodeOf(d); code != "" {
		head += " [" + code + "]"
	}
	fmt.Fprintln(w, head)
	if d.Subject != nil {
		fmt.Fprintln(w)
		writeSnippet(w, d, places, st, shade)
	}
	if d.Detail != "" {
		fmt.Fprintln(w)
		fmt.Fprintln(w, Wrap(Escape(d.Detail), st.Width))
	}
	fmt.Fprintln(w)
}

func writeSnippet(w *bufio.Writer, d *hcl.Diagnostic, places *outline, st Style, shade colour) {
	r := *d.Subject
	fmt.Fprintf(w, "  on %s:%d", EscapeLine(r.Filename), r.Start.Line)
	src, ok := places.sources[r.Filename]
	if !ok {
		fmt.Fprintln(w)
		return
	}
	if in := places.context(r); in != "" {
		fmt.Fprintf(w, ", in %s", EscapeLine(in))
	}
	fmt.Fprintln(w, ":")
	s, ok := snippet(src, r)
	if !ok || hidesSource(d) {
		return
	}
	before, marked, after := expand(s.line[:s.from], 0), s.line[s.from:s.to], s.line[s.to:]
	at := columns(before)
	shown := expand(marked, at)
	cells := columns(shown)
	rest := expand(after, at+cells)
	number := fmt.Sprintf("  %d: ", r.Start.Line)
	if st.Color {
		shown = st.paint(shown, underline, shade)
	}
	fmt.Fprintln(w, strings.TrimRight(number+before+shown+rest, " "))
	if s.more {
		cells = max(cells, 1)
	}
	fmt.Fprintf(w, "%*s%s\n", len(number)+at, "", st.paint(strings.Repeat("^", max(cells, 1)), shade))
}

// expand escapes a part of a line that begins at a column, and makes its tabs blanks.
func expand(part []byte, at int) string {
	var b strings.Builder
	col := at
	for i, piece := range strings.Split(string(part), "\t") {
		if i > 0 {
			n := 4 - col%4
			b.WriteString(strings.Repeat(" ", n))
			col += n
		}
		piece = Escape(piece)
		b.WriteString(piece)
		col += columns(piece)
	}
	return b.String()
}

// An excerpt is the line on which a range begins.
type excerpt struct {
	line     []byte
	from, to int  // octets of line that belong to the range
	more     bool // the range goes on on further lines
}

func snippet(src []byte, r hcl.Range) (excerpt, bool) {
	from := r.Start.Byte
	if from < 0 || from > len(src) {
		return excerpt{}, false
	}
	start := from
	for start > 0 && src[start-1] != '\n' {
		start--
	}
	end := from
	for end < len(src) && src[end] != '\n' {
		end++
	}
	if end > from && src[end-1] == '\r' {
		end--
	}
	to := max(min(r.End.Byte, end), from)
	return excerpt{line: src[start:end], from: from - start, to: to - start, more: r.End.Byte > end}, true
}
