package render

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A VerdictDocument is what checks say of one part of a tunnel or a stretch, in a JSON document.
type VerdictDocument struct {
	Object string          `json:"object"` // as in "stretch app"
	Scope  plan.Scope      `json:"scope"`
	Node   string          `json:"node,omitempty"` // of an attachment
	State  plan.State      `json:"state"`
	Checks []CheckDocument `json:"checks"`
}

// A CheckDocument is a check with what it saw, in a JSON document.
type CheckDocument struct {
	Node     string     `json:"node"`
	Name     string     `json:"name"`
	What     string     `json:"what"`
	State    plan.State `json:"state"`
	Measured string     `json:"measured"`
	Why      string     `json:"why,omitempty"`
}

// NewVerdictDocuments makes the documents of a verdict.
func NewVerdictDocuments(v plan.Verdict) []VerdictDocument {
	out := []VerdictDocument{}
	for _, p := range v.Parts {
		d := VerdictDocument{Object: p.Object, Scope: p.Scope, Node: p.Node, State: p.State, Checks: []CheckDocument{}}
		for _, l := range p.Looks {
			d.Checks = append(d.Checks, CheckDocument{l.Check.Node, l.Check.Name, l.Check.What, l.Finding.State, l.Finding.Measured, l.Finding.Why})
		}
		out = append(out, d)
	}
	return out
}

// PartTitle is what a part of a verdict is about, in words.
func PartTitle(p plan.Part) string {
	switch p.Scope {
	case plan.ScopeAttachment:
		return p.Object + ", attachment " + p.Node
	case plan.ScopeEndToEnd:
		return p.Object + ", end to end"
	}
	return p.Object
}

// PartWord is the verdict on a part in a word or two.
func PartWord(s plan.State) string {
	switch s {
	case plan.Passed:
		return "works"
	case plan.Failed:
		return "FAILS"
	case plan.Waiting:
		return "NOT YET"
	case plan.Absent:
		return "not there yet"
	case plan.Paused:
		return "PAUSED"
	}
	return "not checked"
}

func (st Style) partWord(s plan.State) string {
	switch s {
	case plan.Passed:
		return st.paint(PartWord(s), green)
	case plan.Failed:
		return st.paint(PartWord(s), bold, red)
	case plan.Waiting:
		return st.paint(PartWord(s), bold, yellow)
	case plan.Absent:
		return st.paint(PartWord(s), yellow)
	case plan.Paused:
		return st.paint(PartWord(s), bold, yellow)
	}
	return PartWord(s)
}

// writeVerdict writes a line for each part, and below it the checks that did not pass; with all, also what the others
// measured.
func writeVerdict(out *bufio.Writer, v plan.Verdict, all bool, st Style) {
	width := 0
	for _, p := range v.Parts {
		width = max(width, columns(EscapeLine(PartTitle(p))))
	}
	for _, p := range v.Parts {
		title := EscapeLine(PartTitle(p))
		fmt.Fprintf(out, "  %s%s  %s\n", title, strings.Repeat(" ", width-columns(title)), st.partWord(p.State))
		writeAbsent(out, p, st)
		writePaused(out, p, st)
		for _, l := range p.Looks {
			switch s := l.Finding.State; {
			case s == plan.Failed:
				writeLook(out, l, st.paint("failed", red), st)
			case s == plan.Waiting:
				writeLook(out, l, st.paint("not yet", yellow), st)
			case s == plan.Skipped && (all || l.Finding.Why != ""):
				writeLook(out, l, "not checked", st)
			case all && s == plan.Passed:
				writeLook(out, l, "", st)
			}
		}
	}
}

// writeAbsent writes the nodes that a part is not on yet in one line, when other nodes have it or have been looked at.
func writeAbsent(out *bufio.Writer, p plan.Part, st Style) {
	var nodes []string
	for _, l := range p.Looks {
		if l.Finding.State == plan.Absent && !slices.Contains(nodes, l.Check.Node) {
			nodes = append(nodes, l.Check.Node)
		}
	}
	if len(nodes) > 0 && p.State != plan.Absent {
		writeIndented(out, EscapeLine("not there yet on "+strings.Join(nodes, ", ")), 4, st)
	}
}

// writePaused writes why a part is out of service, once for all checks that do not pass for that.
func writePaused(out *bufio.Writer, p plan.Part, st Style) {
	var why []string
	for _, l := range p.Looks {
		if l.Finding.State == plan.Paused && !slices.Contains(why, l.Finding.Why) {
			why = append(why, l.Finding.Why)
			writeIndented(out, EscapeLine(l.Finding.Why), 4, st)
		}
	}
}

func writeLook(out *bufio.Writer, l plan.Look, state string, st Style) {
	head := EscapeLine(l.Check.Node + " " + l.Check.Name)
	if state != "" {
		head += " " + state
	}
	var parts []string
	for _, s := range []string{l.Finding.Measured, l.Finding.Why} {
		if s != "" {
			parts = append(parts, strings.TrimSuffix(EscapeLine(s), "."))
		}
	}
	if len(parts) > 0 {
		head += ": " + strings.Join(parts, ". ")
	}
	const lead = 6
	width := 0
	if st.Width > 0 {
		width = max(st.Width-lead, 20)
	}
	fmt.Fprintf(out, "    %s\n", strings.ReplaceAll(Wrap(head, width), "\n", "\n"+strings.Repeat(" ", lead)))
}
