package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// ReviewText writes a review for people.
func ReviewText(w io.Writer, r *Review, st Style) error {
	out := bufio.NewWriter(w)
	for _, g := range r.Gateways {
		writeGateway(out, &g, st)
	}
	if r.changed() > 1 {
		fmt.Fprintln(out, st.paint("Order", bold))
		n := 0
		for _, g := range r.Gateways {
			if !g.Plan.Empty() {
				n++
				fmt.Fprintf(out, "  %d. %s: %s\n", n, g.Plan.Node, g.Why)
			}
		}
		fmt.Fprintln(out)
	}
	for _, m := range r.Missing {
		fmt.Fprintln(out, Wrap("Gateway "+EscapeLine(m)+" was not compared: nothing was given to compare it with (--running "+EscapeLine(m)+"=FILE, --base or --base-ref).", st.Width))
	}
	if len(r.Missing) > 0 {
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, st.paint(r.Verdict(), bold))
	return out.Flush()
}

func writeGateway(out *bufio.Writer, g *ReviewedGateway, st Style) {
	p := g.Plan
	fmt.Fprintf(out, "%s (VyOS %s), compared with %s", st.paint(p.Node, bold), p.Release, EscapeLine(g.Against))
	if p.Empty() {
		fmt.Fprint(out, ": no changes\n")
		writeHeadlines(out, p.Headlines, st)
		writeOperations(out, p, st)
		writeNotes(out, g, st)
		fmt.Fprintln(out)
		return
	}
	s := plan.Summarize(p)
	fmt.Fprintf(out, ": %d to add, %d to change, %d to remove\n\n", s.Add, s.Change, s.Remove)
	writeHeadlines(out, p.Headlines, st)
	if g.Both {
		writeOrigins(out, g, st)
	}
	fmt.Fprintln(out)
	var line []byte
	for i, ph := range p.Phases {
		if i > 0 {
			fmt.Fprintf(out, "    %s\n", "commit")
		}
		for _, step := range ph.Steps {
			m := mark(step)
			line = appendStep(line[:0], step)
			out.WriteString("  " + st.paint(string(m), shadeOf(m)) + " " + st.paint(EscapeLine(string(line)), shadeOf(m)) + "\n")
			if len(step.Impact) > 0 {
				fmt.Fprintf(out, "      %s\n", st.paint(impactText(step.Impact), yellow))
			}
		}
	}
	fmt.Fprintln(out)
	if p.Between != "" {
		writeFact(out, "Phases", p.Between, st)
	}
	if all := p.Impacts(); len(all) > 0 {
		writeFact(out, "Impact", impactText(all), st)
	}
	writeFact(out, "Takes", takesText(p), st)
	writeFact(out, "Guard", guardText(p), st)
	writeOperations(out, p, st)
	writeNotes(out, g, st)
	fmt.Fprintln(out, "  Undone by:")
	for _, u := range p.Inverse {
		line = appendStep(line[:0], u)
		out.WriteString("    " + EscapeLine(string(line)) + "\n")
	}
	fmt.Fprintln(out)
}

// writeOperations tells what follows the commits.
func writeOperations(out *bufio.Writer, p *plan.Plan, st Style) {
	for _, o := range p.Operations {
		writeFact(out, "Then", o.Command+"  ("+o.Object+": "+o.Why+")", st)
	}
}

// writeOrigins tells what the specification changed from what was changed on the gateway.
func writeOrigins(out *bufio.Writer, g *ReviewedGateway, st Style) {
	if len(g.Ours) > 0 {
		fmt.Fprintf(out, "  %s\n", st.paint("The specification changed:", bold))
		writeHeadlines(out, g.Ours, st)
	}
	if len(g.Drift) > 0 {
		fmt.Fprintf(out, "  %s\n", st.paint("The gateway was changed by somebody (this takes it back):", bold))
		writeHeadlines(out, g.Drift, st)
	}
}

func writeHeadlines(out *bufio.Writer, hs []plan.Headline, st Style) {
	for _, h := range hs {
		fmt.Fprintf(out, "  %s %s: %s\n", st.paint(string(h.Mark), shadeOf(h.Mark)), EscapeLine(h.Object), EscapeLine(h.Text))
	}
}

func writeNotes(out *bufio.Writer, g *ReviewedGateway, st Style) {
	for _, k := range g.Plan.Kept {
		writeFact(out, "Stays", EscapeLine(k), st)
	}
	if len(g.Plan.NotCompared) > 0 {
		writeFact(out, "Secret", "not compared: "+strings.Join(g.Plan.NotCompared, ", "), st)
	}
	if g.Both && g.Plan.Empty() && len(g.Drift) > 0 {
		writeOrigins(out, g, st)
	}
}

func writeFact(out *bufio.Writer, name, text string, st Style) {
	const lead = 10
	width := 0
	if st.Width > 0 {
		width = max(st.Width-lead, 20)
	}
	wrapped := strings.ReplaceAll(Wrap(text, width), "\n", "\n"+strings.Repeat(" ", lead))
	fmt.Fprintf(out, "  %-8s%s\n", name, wrapped)
}

func shadeOf(m plan.Mark) colour {
	switch m {
	case plan.Added:
		return green
	case plan.Removed:
		return red
	}
	return yellow
}
