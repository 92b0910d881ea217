package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// Accept marks the warnings that an accept list of the specification covers and reports the entries that
// cover none. It sorts the diagnostics by their place, so that they come out in the order of the source
// whichever pass found them.
func Accept(diags hcl.Diagnostics, accepts []schema.Accept) hcl.Diagnostics {
	used := AcceptPlanned(diags, accepts)
	for i, a := range accepts {
		if !used[i] && !diags.HasErrors() && !strings.HasPrefix(a.Code, planned) {
			diags = append(diags, ir.Diagnose("W0101", a.Range,
				"Nothing in this block gives the warning %s any more. Remove the entry, so that the warning is seen should it come back.", a.Code))
		}
	}
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		if a.Subject == nil || b.Subject == nil {
			return cmp.Compare(boolInt(a.Subject != nil), boolInt(b.Subject != nil))
		}
		return cmp.Or(
			strings.Compare(a.Subject.Filename, b.Subject.Filename),
			cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte),
			strings.Compare(CodeOf(a), CodeOf(b)),
		)
	})
	return diags
}

// planned begins the codes of what only a plan can find, on the gateways themselves. Whether an entry for one of them is
// still needed cannot be told from the specification.
const planned = "W07"

// AcceptPlanned marks the warnings of a plan that an accept list of the specification covers, and reports which
// entries cover one.
func AcceptPlanned(diags hcl.Diagnostics, accepts []schema.Accept) (used []bool) {
	used = make([]bool, len(accepts))
	for _, d := range diags {
		if d.Severity != hcl.DiagWarning || d.Subject == nil {
			continue
		}
		for i, a := range accepts {
			if a.Code == CodeOf(d) && within(*d.Subject, a.Scope) {
				used[i] = true
				note := noteOf(d)
				note.Accepted = a.Reason
				d.Extra = note
				break
			}
		}
	}
	return used
}

// once keeps the first diagnostic where several nodes say the same of one place.
func once(diags hcl.Diagnostics) hcl.Diagnostics {
	type problem struct {
		code string
		at   hcl.Range
	}
	seen := make(map[problem]bool, len(diags))
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		if d.Subject == nil {
			return false
		}
		key := problem{CodeOf(d), *d.Subject}
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

// CodeOf is the code of a diagnostic, as in E0104; empty when it has none.
func CodeOf(d *hcl.Diagnostic) string {
	if c, ok := d.Extra.(interface{ DiagnosticCode() string }); ok {
		return c.DiagnosticCode()
	}
	return ""
}

// Accepted is the reason with which the specification accepts a warning; empty when it does not.
func Accepted(d *hcl.Diagnostic) string {
	n, _ := d.Extra.(ir.Note)
	return n.Accepted
}

// Strict reports whether there is a warning that nobody accepted, which fails a run with --strict.
func Strict(diags hcl.Diagnostics) bool {
	return slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool {
		return d.Severity == hcl.DiagWarning && Accepted(d) == ""
	})
}

func noteOf(d *hcl.Diagnostic) ir.Note {
	if n, ok := d.Extra.(ir.Note); ok {
		return n
	}
	return ir.Note{Code: ir.Code(CodeOf(d))}
}

// within reports whether a range lies in a scope; the zero scope is everywhere.
func within(r, scope hcl.Range) bool {
	if scope == (hcl.Range{}) {
		return true
	}
	return r.Filename == scope.Filename && scope.Start.Byte <= r.Start.Byte && r.End.Byte <= scope.End.Byte
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
