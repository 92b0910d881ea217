package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
)

// A RoutesDocument is the document of `routes --format json`.
type RoutesDocument struct {
	Envelope
	Specification string `json:"specification"`
	*explain.Routes
}

// states are what the states of routes are called.
var states = map[explain.State]string{
	explain.Now:      "as things are now",
	explain.Failover: "after all hosts have moved",
	explain.Cutover:  "after the subnet has moved with its default gateway",
}

// Routes writes who reaches what for a terminal: the routes that others must have first.
func Routes(w io.Writer, r *explain.Routes, st Style) error {
	e := &errWriter{w: w}
	requiredText(e, r, st)
	for _, c := range r.Cases {
		e.printf("\n")
		caseText(e, r, c, st)
	}
	return e.err
}

// requiredText is the table of routes on devices outside the specification.
func requiredText(e *errWriter, r *explain.Routes, st Style) {
	e.printf("%s\n", st.paint("Static routes that other devices must have", bold))
	if len(r.Required) == 0 {
		e.printf("  none\n")
	}
	rows := [][]string{{"", "SITE", "DEVICE", "PREFIX", "NEXT HOP", "SEGMENT", "STATUS"}}
	for i, q := range r.Required {
		status := string(q.Status)
		if q.Status == explain.OtherNextHop {
			status = "has " + q.Have + " as its next hop"
		}
		rows = append(rows, []string{fmt.Sprintf("R%d", i+1), q.Site, EscapeLine(q.Device), q.Prefix, q.NextHop, q.Segment, status})
	}
	if len(r.Required) > 0 {
		table(e, "  ", rows, func(row int, cell string) string {
			switch {
			case row == 0:
				return st.paint(cell, bold)
			case r.Required[row-1].Status == explain.Present:
				return st.paint(cell, green)
			}
			return st.paint(cell, red)
		})
		e.printf("\n")
	}
	for i, q := range r.Required {
		why := q.Why
		more := ""
		if len(why) > 6 {
			more, why = fmt.Sprintf(", and %d more", len(why)-5), why[:5]
		}
		for k, line := range wrapLines(fmt.Sprintf("R%d is for %s%s.", i+1, strings.Join(why, "; "), more), st, 2) {
			if k > 0 {
				line = "  " + line
			}
			e.printf("  %s\n", line)
		}
	}
	for _, u := range r.Unneeded {
		e.paragraph("  ", fmt.Sprintf("Not needed: %s on %s of %s via %s: %s.", u.Prefix, EscapeLine(u.Device), u.Site, u.NextHop, u.Why), st)
	}
}

// table writes rows in columns; the last column is painted.
func table(e *errWriter, indent string, rows [][]string, paint func(row int, cell string) string) {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], columns(cell))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		b.WriteString(indent)
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(paint(n, cell))
				break
			}
			b.WriteString(cell + strings.Repeat(" ", width[i]-columns(cell)+2))
		}
		e.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
}

// caseText is one stretch in one state.
func caseText(e *errWriter, r *explain.Routes, c explain.Case, st Style) {
	if c.Stretch == "" {
		e.printf("%s\n", st.paint("Routed networks", bold))
	} else {
		title := fmt.Sprintf("Stretch %s, %s, %s", c.Stretch, c.Subnet, states[r.After])
		if r.After != explain.Now {
			title = fmt.Sprintf("Stretch %s, %s, %s from %s to %s", c.Stretch, c.Subnet, states[r.After], c.Home, strings.Join(c.Away, ", "))
		}
		e.paragraph("", st.paint(title, bold), st)
		e.paragraph("", fmt.Sprintf("Default gateway: %s; first_hop: %s.", c.Gateways, c.FirstHop), st)
	}
	notes := map[string]int{}
	var order []string
	class := ""
	for _, f := range c.Flows {
		head := f.Class.Text
		if f.Class.Gateway != "" {
			head += ", default gateway " + f.Class.Gateway
		}
		if head != class {
			class = head
			e.paragraph("", "\n"+st.paint("Hosts "+head, underline), st)
		}
		var refs []string
		for _, n := range f.Notes {
			if notes[n] == 0 {
				order = append(order, n)
				notes[n] = len(order)
			}
			refs = append(refs, fmt.Sprintf("[%d]", notes[n]))
		}
		flowText(e, r, f, refs, st)
	}
	if len(order) > 0 {
		e.printf("\n")
	}
	for i, n := range order {
		for k, line := range wrapLines(fmt.Sprintf("[%d] %s", i+1, n), st, 2) {
			if k > 0 {
				line = "    " + line
			}
			e.printf("  %s\n", line)
		}
	}
	for _, f := range c.Findings {
		if len(f.Text) == 0 {
			continue
		}
		name := findingNames[f.Name]
		if f.Problem {
			name = st.paint(name, bold, yellow)
		} else {
			name = st.paint(name, bold)
		}
		e.printf("\n%s\n", name)
		for _, t := range f.Text {
			e.paragraph("  ", t, st)
		}
	}
}

// findingNames are the headings of findings.
var findingNames = map[string]string{
	"gateways":   "Default gateways",
	"without":    "Without the stretch",
	"drill":      "Drills",
	"loss":       "When the home site is lost",
	"cutover":    "Cut-over",
	"failback":   "Fail-back",
	"controller": "The controller's subnet",
}

// flowText is one target with the paths in both directions.
func flowText(e *errWriter, r *explain.Routes, f explain.Flow, refs []string, st Style) {
	var words []string
	switch {
	case f.Works:
		words = append(words, st.paint("works", green))
	case f.Possible:
		var missing []string
		for _, i := range slices.Concat(f.Forward.Needs, f.Return.Needs) {
			if name := fmt.Sprintf("R%d", i+1); r.Required[i].Status != explain.Present && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
		words = append(words, st.paint("needs "+strings.Join(missing, ", "), red))
	default:
		words = append(words, st.paint("does not work", red))
	}
	if f.Asymmetric {
		words = append(words, st.paint("asymmetric", yellow))
	}
	if f.Trombone {
		words = append(words, st.paint("trombone", yellow))
	}
	if len(refs) > 0 {
		words = append(words, strings.Join(refs, ""))
	}
	e.paragraph("  ", "to "+f.Target.Text+": "+strings.Join(words, ", "), st)
	pathText(e, "->", f.Forward, st)
	if f.Forward.Broken == "" {
		pathText(e, "<-", f.Return, st)
	}
}

// pathText is one direction; what leads on from a device stands behind it.
func pathText(e *errWriter, arrow string, p explain.Path, st Style) {
	var names []string
	for _, s := range p.Steps {
		name := EscapeLine(s.Name)
		if s.By != "" && (s.Kind == "router" || s.Kind == "gateway") {
			name += " (" + s.By + ")"
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if p.Broken != "" {
		text += ", and no further: " + p.Broken
	}
	for k, line := range wrapLines(text, st, 8) {
		if k == 0 {
			e.printf("     %s %s\n", arrow, line)
		} else {
			e.printf("        %s\n", line)
		}
	}
}
