package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
)

// A JourneyDocument is the document of `journey --format json`.
type JourneyDocument struct {
	Envelope
	Specification string           `json:"specification"`
	Journey       *explain.Journey `json:"journey,omitempty"`
	Budget        *explain.Budget  `json:"budget,omitempty"`
}

// An errWriter keeps the first error of a sequence of writes.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) printf(format string, args ...any) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}

// paragraph writes wrapped text, its lines behind an indent.
func (e *errWriter) paragraph(indent, text string, st Style) {
	width := 0
	if st.Width > 0 {
		width = max(20, st.Width-columns(indent))
	}
	for _, line := range strings.Split(Wrap(text, width), "\n") {
		e.printf("%s%s\n", indent, line)
	}
}

// Journey writes the walks of a journey for a terminal. A hop names its headers when they differ from
// those of the hop before.
func Journey(w io.Writer, j *explain.Journey, st Style) error {
	e := &errWriter{w: w}
	e.paragraph("", st.paint(fmt.Sprintf("Stretch %s, %s, VNI %d: from %s to %s", j.Stretch, j.Subnet, j.VNI, j.From, j.To), bold), st)
	e.paragraph("", journeyTerms(j), st)
	for _, wk := range j.Walks {
		e.printf("\n%s\n", st.paint(wk.Title, bold))
		walkText(e, wk, st)
	}
	return e.err
}

// journeyTerms is what the walks go by.
func journeyTerms(j *explain.Journey) string {
	proposal := j.Proposal
	if j.Assumed {
		proposal += ", which is assumed because somebody else manages IPsec"
	}
	encap := "without NAT-T"
	if j.NATT {
		encap = "with NAT-T"
	}
	return fmt.Sprintf("Tunnel %s: %s, %s (%s), path MTU %d. %s has an MTU of %d, so the largest frame that leaves as one packet has %d octets; hosts with an MTU of %d (TCP MSS %d) never meet the limit, those at %d do when they send full packets. %s runs kernel %s (%s).",
		j.Tunnel, proposal, encap, j.NATTWhy, j.PathMTU, j.Interface, j.TunnelMTU, j.MaxFrame, j.MaxHostMTU, j.MSS, j.HostMTU, j.From, j.Kernel.Version, j.Kernel.Why)
}

func walkText(e *errWriter, wk explain.Walk, st Style) {
	where := 0
	for _, h := range wk.Hops {
		where = max(where, columns(place(h)))
	}
	var before explain.Stack
	for i, h := range wk.Hops {
		change := ""
		switch {
		case h.Added > 0:
			change = fmt.Sprintf("+%d", h.Added)
		case h.Removed > 0:
			change = fmt.Sprintf("-%d", h.Removed)
		}
		head := fmt.Sprintf("%3d  %s%s  %4s %5d %-6s  ", i+1, place(h), strings.Repeat(" ", where-columns(place(h))), change, h.Total, h.Unit)
		hang := strings.Repeat(" ", columns(head))
		action := h.Action
		if h.Learns != "" {
			action += "; learns " + h.Learns
		}
		for k, line := range wrapLines(action, st, columns(head)) {
			if k == 0 {
				e.printf("%s%s\n", head, line)
			} else {
				e.printf("%s%s\n", hang, line)
			}
		}
		for _, n := range h.Notes {
			for _, line := range wrapLines("("+n+")", st, columns(head)) {
				e.printf("%s%s\n", hang, line)
			}
		}
		if !slices.Equal(before, h.Stack) {
			stackText(e, h.Stack, st)
		}
		before = h.Stack
	}
	for _, s := range wk.Summary {
		e.paragraph("     ", s, st)
	}
}

// place is where a hop happens.
func place(h explain.Hop) string {
	if h.Interface == "" {
		return h.Node
	}
	return h.Node + " " + h.Interface
}

// wrapLines wraps text that stands behind an indent, to lines of at least 24 columns; without a terminal
// nothing is wrapped.
func wrapLines(text string, st Style, indent int) []string {
	width := 0
	if st.Width > 0 {
		width = max(24, st.Width-indent)
	}
	return strings.Split(Wrap(text, width), "\n")
}

// stackText writes headers side by side, outermost first; those that nobody on the wire sees in braces.
func stackText(e *errWriter, s explain.Stack, st Style) {
	const indent = "       "
	line, used := "", 0
	for i, h := range s {
		text := header(h)
		if h.Encrypted && (i == 0 || !s[i-1].Encrypted) {
			text = "{ " + text
		}
		if h.Encrypted && (i == len(s)-1 || !s[i+1].Encrypted) {
			text += " }"
		}
		n := columns(text)
		switch {
		case line == "":
		case st.Width > 0 && used+3+n > st.Width-len(indent):
			e.printf("%s%s\n", indent, line+" |")
			line, used = "", 0
		default:
			line, used = line+" | ", used+3
		}
		line, used = line+text, used+n
	}
	e.printf("%s%s\n", indent, line)
}

// header is one header in a line.
func header(h explain.Header) string {
	text := h.Name + " " + strconv.Itoa(h.Octets)
	switch {
	case h.Src != "" || h.Dst != "":
		text += " " + h.Src + " > " + h.Dst
	case h.Info != "":
		return text + " " + h.Info
	}
	if h.Layer == "ip" && h.Info != "" {
		text += " (" + h.Info + ")"
	}
	return text
}
