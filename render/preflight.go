package render

import (
	"bufio"
	"fmt"
	"io"
)

// A PreflightDocument is the document of `status --preflight --format json`.
type PreflightDocument struct {
	Envelope
	Specification string          `json:"specification"`
	Refusals      []RefusalReport `json:"refusals"`
}

// NewPreflightDocument makes the document of a preflight.
func NewPreflightDocument(e Envelope, spec string, rs []RefusalReport) PreflightDocument {
	return PreflightDocument{Envelope: e, Specification: spec, Refusals: list(rs)}
}

// PreflightText writes for people what apply would refuse on a number of gateways.
func PreflightText(w io.Writer, rs []RefusalReport, gateways int, st Style) error {
	out := bufio.NewWriter(w)
	writeRefusals(out, rs, st)
	if len(rs) == 0 {
		fmt.Fprintln(out, st.paint("Nothing is in the way of an apply on "+count(gateways, "gateway")+".", bold, green))
	} else {
		fmt.Fprintln(out, st.paint(fmt.Sprintf("Apply would refuse: %s in the way.", verb(len(rs), "thing is", "things are")), bold, red))
	}
	return out.Flush()
}
