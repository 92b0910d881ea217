package render

import "github.com/hashicorp/hcl/v2"

// A Validation is the document of `validate --format json`.
type Validation struct {
	Envelope
	Valid        bool         `json:"valid"`
	ErrorCount   int          `json:"error_count"`
	WarningCount int          `json:"warning_count"`
	Diagnostics  []Diagnostic `json:"diagnostics"`
	Derivations  []Derivation `json:"derivations,omitempty"` // with --explain
}

// A Diagnostic is an hcl.Diagnostic in a JSON document.
type Diagnostic struct {
	Severity string   `json:"severity"` // error, warning
	Code     string   `json:"code"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Accepted bool     `json:"accepted"`
	Reason   string   `json:"accepted_reason,omitempty"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
}

// A Range is a part of a file, from Start up to End.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// A Pos is a place in a file. Line and Column count from 1, Column in what a reader takes for one
// character (grapheme clusters); Byte counts octets from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// A Snippet is the line on which a range begins.
type Snippet struct {
	Context        string `json:"context,omitempty"` // the blocks around it, from the outside in
	Code           string `json:"code"`
	StartLine      int    `json:"start_line"`
	HighlightStart int    `json:"highlight_start_offset"` // octets into Code
	HighlightEnd   int    `json:"highlight_end_offset"`
}

// NewValidation makes the document of a validation. With strict, warnings that are not accepted make the
// specification invalid.
func NewValidation(e Envelope, diags hcl.Diagnostics, sources Sources, strict bool) Validation {
	t := Count(diags)
	return Validation{
		Envelope:     e,
		Valid:        t.Errors == 0 && (!strict || t.Warnings == 0),
		ErrorCount:   t.Errors,
		WarningCount: t.Warnings,
		Diagnostics:  NewDiagnostics(diags, sources),
	}
}

// NewDiagnostics converts diagnostics, in the order of Sort, accepted ones included.
func NewDiagnostics(diags hcl.Diagnostics, sources Sources) []Diagnostic {
	out, places := make([]Diagnostic, 0, len(diags)), newOutline(sources)
	for _, d := range Sort(diags) {
		j := Diagnostic{Severity: "error", Code: CodeOf(d), Summary: d.Summary, Detail: d.Detail}
		if d.Severity == hcl.DiagWarning {
			j.Severity = "warning"
		}
		j.Reason, j.Accepted = acceptedBecause(d)
		if r := d.Subject; r != nil {
			j.Range = &Range{Filename: r.Filename, Start: Pos(r.Start), End: Pos(r.End)}
			if s, ok := snippet(sources[r.Filename], *r); ok && sources[r.Filename] != nil && !hidesSource(d) {
				j.Snippet = &Snippet{
					Context:   places.context(*r),
					Code:      string(s.line),
					StartLine: r.Start.Line, HighlightStart: s.from, HighlightEnd: s.to,
				}
			}
		}
		out = append(out, j)
	}
	return out
}
