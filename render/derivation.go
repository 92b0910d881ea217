package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// A Derivation is a value that a specification does not state, and how it came about.
type Derivation struct {
	Object string `json:"object"` // as in "tunnel dr at onprem/gw1"
	Name   string `json:"name"`
	Value  string `json:"value"`
	How    string `json:"how"`
}

// Derivations writes derived values for people, under the objects that they belong to.
func Derivations(w io.Writer, all []Derivation, st Style) error {
	out := bufio.NewWriter(w)
	object := ""
	for _, d := range all {
		if d.Object != object {
			object = d.Object
			fmt.Fprintln(out, st.paint(EscapeLine(object), bold))
		}
		fmt.Fprintf(out, "  %s: %s\n", EscapeLine(d.Name), EscapeLine(d.Value))
		how := Wrap(EscapeLine(d.How), max(st.Width-6, 0))
		fmt.Fprintf(out, "      %s\n", strings.ReplaceAll(how, "\n", "\n      "))
	}
	if len(all) > 0 {
		fmt.Fprintln(out)
	}
	return out.Flush()
}
