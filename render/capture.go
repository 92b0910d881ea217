package render

import (
	"bufio"
	"fmt"
	"io"
)

// A CaptureDocument is the document of `capture --format json`.
type CaptureDocument struct {
	Envelope
	Specification string        `json:"specification"`
	Stretch       string        `json:"stretch"`
	Hops          []CapturedHop `json:"hops"`
}

// A CapturedHop is what was captured at one place of the way.
type CapturedHop struct {
	Gateway   string `json:"gateway"`
	Hop       string `json:"hop"` // nic, vxlan, vti or uplink
	Interface string `json:"interface"`
	Packets   int    `json:"packets"`
	File      string `json:"file,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Captured writes what was captured, in the order of the way from gateway to gateway.
func Captured(w io.Writer, stretch string, hops []CapturedHop, st Style) error {
	out := bufio.NewWriter(w)
	last := ""
	for _, h := range hops {
		if h.Gateway != last {
			fmt.Fprintln(out, st.paint(EscapeLine(h.Gateway), bold))
			last = h.Gateway
		}
		line := fmt.Sprintf("%-7s %-12s", h.Hop, h.Interface)
		if h.Error != "" {
			writeIndented(out, EscapeLine(line+" "+h.Error), 2, st)
			continue
		}
		fmt.Fprintf(out, "  %s %7d packets  %s\n", EscapeLine(line), h.Packets, EscapeLine(h.File))
	}
	fmt.Fprintln(out, Wrap("Frames are whole at nic and vxlan; at vti they are wrapped in VXLAN, at uplink encrypted. Where the number falls to nothing is where they die.", st.Width))
	return out.Flush()
}
