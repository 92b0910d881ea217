package render

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A RunReport is what became of a run.
type RunReport struct {
	Run      string
	Took     time.Duration
	Verdict  string // one or two sentences
	Good     bool   // the run did what it was to do
	Refusals []RefusalReport
	Nodes    []NodeReport
	Parts    plan.Verdict // what the checks saw
	Next     []string     // what to type, or to know, a paragraph each
}

// A RefusalReport says why a run was not begun.
type RefusalReport struct {
	Code    string `json:"code"`
	Node    string `json:"node"` // empty: the run as a whole
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
}

// A NodeReport is what became of one gateway.
type NodeReport struct {
	Node   string
	State  string // in words, as in "as it was before"
	Detail string
	Type   string // what to type to see or mend it; empty: nothing

	// Console is what to type on the gateway's own console, should nothing else reach it.
	Console []plan.Step
	Bad     bool
}

// maxListed is how many gateways of one state are listed one by one.
const maxListed = 20

// RunText writes what became of a run for people.
func RunText(w io.Writer, r *RunReport, st Style) error {
	out := bufio.NewWriter(w)
	writeRefusals(out, r.Refusals, st)
	shade := green
	if !r.Good {
		shade = red
	}
	fmt.Fprintln(out, st.paint(Wrap(Escape(r.Verdict), st.Width), bold, shade))
	writeNodes(out, r.Nodes, st)
	if len(r.Parts.Parts) > 0 {
		fmt.Fprintln(out)
		if !r.Good {
			fmt.Fprintln(out, "What the checks saw before that:")
		}
		writeVerdict(out, r.Parts, false, st)
	}
	for _, n := range r.Next {
		fmt.Fprintf(out, "\n%s\n", Wrap(Escape(n), st.Width))
	}
	return out.Flush()
}

// writeRefusals writes each refusal as an error is written.
func writeRefusals(out *bufio.Writer, rs []RefusalReport, st Style) {
	for _, r := range rs {
		where := ""
		if r.Node != "" {
			where = ", " + EscapeLine(r.Node)
		}
		fmt.Fprintf(out, "%s %s%s [%s]\n\n", st.paint("Refused:", bold, red), EscapeLine(r.Summary), where, r.Code)
		fmt.Fprintf(out, "%s\n\n", Wrap(strings.TrimRight(Escape(r.Detail), "\n"), st.Width))
	}
}

// writeNodes lists gateways; of many that are well, only how many.
func writeNodes(out *bufio.Writer, ns []NodeReport, st Style) {
	if len(ns) == 0 {
		return
	}
	fmt.Fprintln(out)
	width := 0
	for _, n := range ns {
		width = max(width, columns(EscapeLine(n.Node)))
	}
	many := len(ns) > maxListed
	var well []string
	for _, n := range ns {
		if many && !n.Bad && n.Detail == "" && n.Type == "" {
			well = append(well, n.State)
			continue
		}
		state := n.State
		if n.Bad {
			state = st.paint(state, bold, red)
		}
		name := EscapeLine(n.Node)
		fmt.Fprintf(out, "  %s%s  %s\n", name, strings.Repeat(" ", width-columns(name)), state)
		if n.Detail != "" {
			writeIndented(out, Escape(n.Detail), 6, st)
		}
		if n.Type != "" {
			fmt.Fprintf(out, "      %s\n", st.paint(Escape(n.Type), bold))
		}
		if len(n.Console) > 0 {
			writeConsole(out, n.Console, st)
		}
	}
	slices.Sort(well)
	for len(well) > 0 {
		n := 1
		for n < len(well) && well[n] == well[0] {
			n++
		}
		fmt.Fprintf(out, "  %s  %s\n", count(n, "gateway"), well[0])
		well = well[n:]
	}
}

// writeConsole shows what takes a change back by hand. Where the gateway has been taken back already, it changes nothing.
func writeConsole(out *bufio.Writer, steps []plan.Step, st Style) {
	writeIndented(out, "Should it stay out of reach, type on its console, and the line above again:", 6, st)
	lines := []string{"configure"}
	for _, s := range steps {
		lines = append(lines, string(appendStep(nil, s)))
	}
	for _, line := range append(lines, "commit", "save", "exit") {
		fmt.Fprintf(out, "        %s\n", EscapeLine(line))
	}
}

func writeIndented(out *bufio.Writer, text string, lead int, st Style) {
	width := 0
	if st.Width > 0 {
		width = max(st.Width-lead, 20)
	}
	indent := strings.Repeat(" ", lead)
	fmt.Fprintf(out, "%s%s\n", indent, strings.ReplaceAll(Wrap(text, width), "\n", "\n"+indent))
}
