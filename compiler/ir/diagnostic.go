package ir

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// A Code is the stable name of a kind of diagnostic, as in E0104 or W0203. It travels in
// hcl.Diagnostic.Extra, by itself or in a Note.
type Code string

// DiagnosticCode returns the code; schema's own type has the same method.
func (c Code) DiagnosticCode() string { return string(c) }

// A Note is what a diagnostic carries beside its code.
type Note struct {
	Code
	Fix      *Fix   // nil when no single edit cures the problem
	Accepted string // the reason with which the specification accepts a warning; empty when it does not
}

// DiagnosticAccepted is the reason with which the specification accepts a warning; empty when it does not.
func (n Note) DiagnosticAccepted() string { return n.Accepted }

// DiagnosticFix returns the edit that cures the problem, if there is one; schema's own type has the same method.
func (n Note) DiagnosticFix() (at hcl.Range, text string, ok bool) {
	if n.Fix == nil {
		return hcl.Range{}, "", false
	}
	return n.Fix.Range, n.Fix.Text, true
}

// A Fix is an edit of the specification that cures a problem: the bytes of Range become Text.
type Fix struct {
	Range hcl.Range
	Text  string
}

// Diagnose makes a diagnostic of a kind in the table Codes, which gives severity and summary; the detail
// is formatted as by fmt.Sprintf. A code that is not in the table is a bug and panics.
func Diagnose(code Code, subject hcl.Range, format string, args ...any) *hcl.Diagnostic {
	k, ok := Lookup(code)
	if !ok {
		panic("ir: no diagnostic " + string(code))
	}
	d := &hcl.Diagnostic{
		Severity: k.Severity(),
		Summary:  k.Summary,
		Detail:   fmt.Sprintf(format, args...),
		Extra:    code,
	}
	if subject != (hcl.Range{}) {
		d.Subject = &subject
	}
	return d
}
