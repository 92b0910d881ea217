package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Status is how gateways are.
type Status struct {
	Spec       string
	Gateways   []GatewayStatus
	Verdict    plan.Verdict
	Unfinished []UnfinishedRun
}

// A GatewayStatus is how one gateway is.
type GatewayStatus struct {
	Node      string
	Address   string // how it is reached, as in vyos@192.0.2.10
	Error     string // why it could not be read, or not be compared; empty when it was
	Facts     plan.Facts
	Compared  bool
	Drift     plan.Summary    // what an apply would change
	Headlines []plan.Headline // the same in words
	Problems  int             // that the plan would report as errors
	Held      []string        // objects that somebody has paused or drained there, as in "stretch app"
}

// An UnfinishedRun is a run that nobody saw the end of.
type UnfinishedRun struct {
	Run     string    `json:"run"`
	Command string    `json:"command"`
	Started time.Time `json:"started"`
	Nodes   []string  `json:"nodes"`
}

// Differs reports whether a gateway does not run what the specification says.
func (g *GatewayStatus) Differs() bool { return g.Drift != plan.Summary{} || g.Problems > 0 }

// Well reports whether there is nothing to see to.
func (s *Status) Well() bool {
	for i := range s.Gateways {
		if g := &s.Gateways[i]; g.Error != "" || g.Differs() || len(g.Facts.Runs) > 0 {
			return false
		}
	}
	return (s.Verdict.State == plan.Passed || s.Verdict.State == plan.Skipped) && len(s.Unfinished) == 0
}

// StatusText writes a status for people. With all, everything that was measured is listed.
func StatusText(w io.Writer, s *Status, all bool, st Style) error {
	out := bufio.NewWriter(w)
	for i := range s.Gateways {
		writeGatewayStatus(out, &s.Gateways[i], st)
	}
	if len(s.Verdict.Parts) > 0 {
		fmt.Fprintln(out)
		writeVerdict(out, s.Verdict, all, st)
	}
	for _, u := range s.Unfinished {
		fmt.Fprintf(out, "\n%s\n", Wrap(fmt.Sprintf("Run %s (%s of %s, on %s) did not come to its end. Type `l2stretch rollback %s`: it asks the gateways and takes back what is left of it.",
			EscapeLine(u.Run), EscapeLine(u.Command), u.Started.Local().Format(time.DateTime), strings.Join(u.Nodes, ", "), EscapeLine(u.Run)), st.Width))
	}
	fmt.Fprintf(out, "\n%s\n", s.conclusion(st))
	return out.Flush()
}

func writeGatewayStatus(out *bufio.Writer, g *GatewayStatus, st Style) {
	fmt.Fprint(out, st.paint(EscapeLine(g.Node), bold))
	if g.Address != "" {
		fmt.Fprintf(out, " (%s)", EscapeLine(g.Address))
	}
	if v := g.Facts.Version; v != "" {
		fmt.Fprintf(out, ", VyOS %s", EscapeLine(v))
	}
	if g.Facts.Uptime > 0 {
		fmt.Fprintf(out, ", up %s", longTime(g.Facts.Uptime))
	}
	fmt.Fprintln(out)
	if g.Error != "" {
		fmt.Fprintf(out, "  %s\n", st.paint("NOT READ", bold, red))
		writeIndented(out, Escape(g.Error), 4, st)
	}
	if g.Compared {
		switch {
		case !g.Differs():
			fmt.Fprintln(out, "  runs what the specification says")
		case g.Problems > 0:
			fmt.Fprintf(out, "  %s: %s; l2stretch plan shows it\n", st.paint("CONTRADICTS the specification", bold, red), count(g.Problems, "problem"))
		default:
			fmt.Fprintf(out, "  %s: %d to add, %d to change, %d to remove; l2stretch plan shows it\n", st.paint("DIFFERS from the specification", bold, yellow), g.Drift.Add, g.Drift.Change, g.Drift.Remove)
			fmt.Fprintln(out, "  An apply would change:")
			for _, h := range g.Headlines {
				fmt.Fprintf(out, "    %s %s: %s\n", st.paint(string(h.Mark), shadeOf(h.Mark)), EscapeLine(h.Object), EscapeLine(h.Text))
			}
		}
	}
	for _, n := range FactNotes(g.Facts) {
		writeIndented(out, EscapeLine(n), 2, st)
	}
}

// FactNotes are what is remarkable about a gateway beside its configuration.
func FactNotes(f plan.Facts) []string {
	var out []string
	add := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	add(f.Unsaved, "running and saved configuration differ: a reboot would lose what is not saved")
	add(f.PendingConfirm, "a commit-confirm waits for its confirm")
	add(f.Locked, "a commit is running")
	for _, o := range f.Others {
		text := "user " + o.User + " has uncommitted changes (session " + o.ID + ")"
		if o.Dead {
			text = "a session of user " + o.User + " was left with uncommitted changes (" + o.ID + ")"
		}
		add(true, text)
	}
	for _, l := range f.Runs {
		text := "run " + l.Run + " has left files"
		if l.Armed {
			text = "the guard of run " + l.Run + " is waiting"
		}
		add(true, text+"; l2stretch rollback "+l.Run+" sees to it")
	}
	for _, s := range f.Short {
		add(true, "not enough space: "+s)
	}
	return out
}

// conclusion is the status in one sentence.
func (s *Status) conclusion(st Style) string {
	unread, differ, bad, absent, paused := 0, 0, 0, 0, 0
	for i := range s.Gateways {
		switch g := &s.Gateways[i]; {
		case g.Error != "":
			unread++
		case g.Differs():
			differ++
		}
	}
	for _, p := range s.Verdict.Parts {
		switch p.State {
		case plan.Failed, plan.Waiting:
			bad++
		case plan.Absent:
			absent++
		case plan.Paused:
			paused++
		}
	}
	var parts []string
	for _, x := range []struct {
		n    int
		text string
	}{{unread, "not read"}, {differ, "not as the specification says"}} {
		if x.n > 0 {
			parts = append(parts, count(x.n, "gateway")+" "+x.text)
		}
	}
	if absent > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d parts not there yet", absent, len(s.Verdict.Parts)))
	}
	if paused > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d parts paused", paused, len(s.Verdict.Parts)))
	}
	if bad > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d parts not working", bad, len(s.Verdict.Parts)))
	}
	switch {
	case len(parts) > 0:
		return st.paint("Not well: "+strings.Join(parts, ", ")+".", bold, red)
	case !s.Well():
		return st.paint("Everything works, but an earlier run left something to see to.", bold, yellow)
	}
	return st.paint(fmt.Sprintf("All well: %s as the specification says, %s.", count(len(s.Gateways), "gateway"), verb(len(s.Verdict.Parts), "part works", "parts work")), bold, green)
}

// longTime is a time in its two largest units.
func longTime(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm", minutes)
	}
	return d.Round(time.Second).String()
}
