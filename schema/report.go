package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A report collects diagnostics. The instances of a for_each share their source, so that a problem of the
// source comes once for each of them: equal ones are kept once.
type report struct {
	diags  hcl.Diagnostics
	errors int // reported so far, those included that were kept once only
	seen   map[seenKey]bool
}

type seenKey struct {
	file       string
	start, end int
	detail     string
}

func (r *report) add(code Code, subject hcl.Range, format string, args ...any) *hcl.Diagnostic {
	severity := hcl.DiagError
	if strings.HasPrefix(string(code), "W") {
		severity = hcl.DiagWarning
	} else {
		r.errors++
	}
	d := &hcl.Diagnostic{
		Severity: severity,
		Summary:  summary(code),
		Detail:   fmt.Sprintf(format, args...),
		Extra:    code,
	}
	if subject.Filename != "" {
		d.Subject = &subject
	}
	key := seenKey{subject.Filename, subject.Start.Byte, subject.End.Byte, d.Detail}
	if r.seen[key] {
		return d
	}
	if r.seen == nil {
		r.seen = map[seenKey]bool{}
	}
	r.seen[key] = true
	r.diags = append(r.diags, d)
	return d
}

// fix attaches an edit that cures the problem; an empty text is none.
func fix(d *hcl.Diagnostic, at hcl.Range, text string) {
	if text != "" {
		d.Extra = Note{Code: noteOf(d).Code, Hide: noteOf(d).Hide, Fix: Fix{at, text}}
	}
}

// hide keeps the source at the subject from being shown.
func hide(d *hcl.Diagnostic) {
	n := noteOf(d)
	n.Hide = true
	d.Extra = n
}

func noteOf(d *hcl.Diagnostic) Note {
	switch x := d.Extra.(type) {
	case Code:
		return Note{Code: x}
	case Note:
		return x
	}
	return Note{}
}

// sorted returns the diagnostics in the order of the source, whatever order they were found in.
func (r *report) sorted() hcl.Diagnostics {
	slices.SortStableFunc(r.diags, func(a, b *hcl.Diagnostic) int {
		x, y := subjectOf(a), subjectOf(b)
		return cmp.Or(
			cmp.Compare(x.Filename, y.Filename),
			cmp.Compare(x.Start.Byte, y.Start.Byte),
			cmp.Compare(x.End.Byte, y.End.Byte),
			cmp.Compare(noteOf(a).Code, noteOf(b).Code),
			cmp.Compare(a.Detail, b.Detail),
		)
	})
	return r.diags
}

func subjectOf(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// syntax takes over what HCL's parser found. It reports whether the file can be used.
func (r *report) syntax(diags hcl.Diagnostics) bool {
	ok := true
	for _, d := range diags {
		if d.Summary == "Attribute redefined" {
			r.add(codeDuplicateAttribute, subjectOf(d), "%s Delete one of the two.", sentence(d.Detail))
			continue
		}
		if d.Severity != hcl.DiagError {
			continue
		}
		ok = false
		r.add(codeSyntax, subjectOf(d), "%s", foreignDetail(d))
	}
	return ok
}

// foreignDetail is the text of a diagnostic of HCL, whose summary says what ours cannot know.
func foreignDetail(d *hcl.Diagnostic) string {
	if d.Detail == "" {
		return sentence(d.Summary)
	}
	return sentence(d.Summary) + " " + sentence(d.Detail)
}

// sentence ends a text with a full stop unless it ends with a mark of its own.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?:") {
		return s
	}
	return s + "."
}

// quote shows a piece of the specification to people; long ones are cut.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// orList joins values as people do: "a", "b" or "c".
func orList(values []string) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i == 0:
		case i == len(values)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(quoteHCL(v))
	}
	return b.String()
}

// typeName names a type for people.
func typeName(ty cty.Type) string {
	switch {
	case ty == cty.String:
		return "a string"
	case ty == cty.Number:
		return "a number"
	case ty == cty.Bool:
		return "true or false"
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return "a list"
	case ty == gatewayCapsule:
		return "a gateway"
	case ty == tunnelCapsule:
		return "a tunnel"
	case ty == secretCapsule:
		return "a secret"
	case ty.IsObjectType() || ty.IsMapType():
		return "a map or a group of objects"
	}
	return "something else"
}
