package render

import (
	"bufio"
	"fmt"
	"io"

	"github.com/l2stretch/l2stretch/compiler/explain"
)

// A ProbeMTUDocument is the document of `probe-mtu --format json`.
type ProbeMTUDocument struct {
	Envelope
	Specification string               `json:"specification"`
	Tunnels       []*explain.MTUReport `json:"tunnels"`
}

// MTUReports writes what paths carry.
func MTUReports(w io.Writer, list []*explain.MTUReport, st Style) error {
	out := bufio.NewWriter(w)
	for i, r := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s: path MTU %d, tunnel MTU %d by the specification\n", st.paint("tunnel "+EscapeLine(r.Tunnel), bold), r.Planned, r.TunnelMTU)
		for _, e := range r.Ends {
			if e.Error != "" {
				writeIndented(out, fmt.Sprintf("from %s: %s", EscapeLine(e.Gateway), EscapeLine(e.Error)), 2, st)
				continue
			}
			fmt.Fprintf(out, "  from %s: outside %s, inside %s\n", EscapeLine(e.Gateway), octetsOr(e.Outside), octetsOr(e.Inside))
		}
		shade := yellow
		if r.State == explain.MTUFits {
			shade = green
		}
		writeIndented(out, st.paint(EscapeLine(r.Verdict), shade), 2, st)
	}
	return out.Flush()
}

func octetsOr(n int) string {
	if n == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%d octets", n)
}
