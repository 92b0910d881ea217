package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
)

// A LocateDocument is the document of `locate --format json`.
type LocateDocument struct {
	Envelope
	Specification string             `json:"specification"`
	Asked         string             `json:"asked"`
	Locations     []explain.Location `json:"locations"`
	Flushed       []string           `json:"flushed"` // bridges whose tables were emptied
}

// Locations writes where a host is. asked is what was looked for.
func Locations(w io.Writer, asked string, list []explain.Location, st Style) error {
	out := bufio.NewWriter(w)
	if len(list) == 0 {
		fmt.Fprintln(out, Wrap(fmt.Sprintf("No gateway knows %s: it has sent nothing within the ageing time, and nothing answered for it.", EscapeLine(asked)), st.Width))
		return out.Flush()
	}
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		writeLocation(out, &l, st)
	}
	return out.Flush()
}

func writeLocation(out *bufio.Writer, l *explain.Location, st Style) {
	who := l.MAC
	if l.Address != "" {
		who = l.Address + " is " + l.MAC
	}
	if l.Known != "" {
		who += ", " + l.Known
	}
	where := "on no segment of ours; it is heard through the stretch alone"
	if len(l.Sites) > 0 {
		where = "on site " + strings.Join(l.Sites, " and ")
	}
	fmt.Fprintf(out, "%s, in stretch %s: %s\n", st.paint(EscapeLine(who), bold), EscapeLine(l.Stretch), EscapeLine(where))
	for _, p := range l.Places {
		line := fmt.Sprintf("%s: %s", p.Gateway, p.Port)
		switch p.By {
		case "stretch":
			line += ", by the stretch"
			if p.VTEP != "" {
				line += " from " + p.VTEP
			}
		case "gateway":
			line += ", its own"
		}
		if p.Heard != nil {
			line += fmt.Sprintf(", last heard %d s ago", *p.Heard)
		}
		fmt.Fprintf(out, "  %s\n", EscapeLine(line))
	}
	if len(l.Answers) > 0 {
		fmt.Fprintf(out, "  answers ARP of %s\n", EscapeLine(strings.Join(l.Answers, " and ")))
	}
	for _, n := range l.NotAsked {
		fmt.Fprintf(out, "  %s\n", st.paint(EscapeLine(n+" could not be asked"), yellow))
	}
	for _, p := range l.Problems {
		shade := yellow
		if strings.HasPrefix(p, "LOOP") {
			shade = red
		}
		writeIndented(out, st.paint(EscapeLine(p), bold, shade), 2, st)
	}
}
