package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// An Event is something that happened in a run: one line of `apply --format json`.
type Event struct {
	Time   time.Time `json:"time"`
	Run    string    `json:"run"`
	Node   string    `json:"node"`   // site/gateway; empty when it is about all of them
	Phase  string    `json:"phase"`  // as in commit
	Event  string    `json:"event"`  // begin, done, failed, waiting, note
	Detail string    `json:"detail"` // for people
	Step   int       `json:"step,omitempty"`
	Steps  int       `json:"steps,omitempty"`         // 0: not known
	Guard  int       `json:"guard_seconds,omitempty"` // until the node restores itself; 0: no guard waits
}

// A Progress shows how far a run is, while it goes on. On a terminal every gateway has a line that is drawn again and
// again; elsewhere every event is a line. It is not safe for concurrent use.
type Progress struct {
	out    io.Writer
	st     Style
	live   bool
	height int // lines of the terminal; 0 when that is not known
	start  time.Time
	said   time.Time // the last line that stays
	rows   []progressRow
	drawn  int // lines on the terminal that the next drawing replaces
	err    error
}

type progressRow struct {
	Event
	since time.Time // of the phase
	fires time.Time // when the guard does; the zero Time when none waits
}

// NewProgress returns a progress over gateways. Live says that out is a terminal of a height in lines that understands
// escape sequences.
func NewProgress(out io.Writer, st Style, live bool, height int, nodes []string, now time.Time) *Progress {
	p := &Progress{out: out, st: st, live: live, height: height, start: now}
	for _, n := range nodes {
		p.rows = append(p.rows, progressRow{Event: Event{Node: n}})
	}
	return p
}

// Note shows an event. Events of a gateway that the Progress was not made with give it a line.
func (p *Progress) Note(e Event) {
	i := slices.IndexFunc(p.rows, func(r progressRow) bool { return r.Node == e.Node })
	if i < 0 && e.Node != "" {
		i, p.rows = len(p.rows), append(p.rows, progressRow{Event: Event{Node: e.Node}})
	}
	if i >= 0 {
		r := &p.rows[i]
		if r.Phase != e.Phase {
			r.since = e.Time
		}
		r.Event, r.fires = e, time.Time{}
		if e.Guard > 0 {
			r.fires = e.Time.Add(time.Duration(e.Guard) * time.Second)
		}
	}
	if !p.live && e.Event == "waiting" && e.Time.Sub(p.said) < sayAgain {
		return
	}
	p.said = e.Time
	line := p.line(e)
	if p.live {
		line = clipLine(line, p.st.Width)
	}
	if e.Event == "failed" {
		line = p.st.paint(line, red)
	}
	switch {
	case !p.live:
		p.print(line + "\n")
		return
	case e.Node == "" || lasting(e.Event):
		p.clear()
		p.print(line + "\n")
	}
	p.Draw(e.Time)
}

// sayAgain is how long it is silent without a terminal while nothing but time goes by.
const sayAgain = 15 * time.Second

// lasting reports events that stay on a terminal when the gateway's line goes on.
func lasting(event string) bool { return event == "failed" }

// line is an event as a line of its own.
func (p *Progress) line(e Event) string {
	where := e.Node
	if where == "" {
		where = "all"
	}
	text := fmt.Sprintf("%s  %-*s  %s", clock(e.Time.Sub(p.start)), p.nameWidth(), EscapeLine(where), e.what())
	if e.Detail != "" {
		text += ": " + EscapeLine(e.Detail)
	}
	return text
}

// what is phase and event in a few words.
func (e *Event) what() string {
	text := e.Phase
	if e.Step > 0 && e.Steps > 0 {
		text += fmt.Sprintf(" %d/%d", e.Step, e.Steps)
	}
	if e.Event != "begin" && e.Event != "note" {
		text += " " + e.Event
	}
	return text
}

func (p *Progress) nameWidth() int {
	const most = 24
	w := 0
	for _, r := range p.rows {
		w = max(w, columns(r.Node))
	}
	return min(max(w, 3), most)
}

// Draw draws the lines of all gateways again; call it every second too, so that times move on. It does nothing without
// a terminal.
func (p *Progress) Draw(now time.Time) {
	if !p.live {
		return
	}
	p.clear()
	shown := p.rows
	if most := p.height - 3; p.height > 0 && len(shown) > most {
		shown = p.busiest(max(most, 1))
	}
	var b strings.Builder
	for _, r := range shown {
		b.WriteString(clipLine(p.row(r, now), p.st.Width) + "\n")
	}
	p.drawn = len(shown)
	if rest := len(p.rows) - len(shown); rest > 0 {
		fmt.Fprintf(&b, "  and %s\n", clipLine(count(rest, "more gateway"), p.st.Width))
		p.drawn++
	}
	p.print(b.String())
}

// busiest are the gateways that something happened on last.
func (p *Progress) busiest(n int) []progressRow {
	rows := slices.Clone(p.rows)
	slices.SortStableFunc(rows, func(x, y progressRow) int { return y.Time.Compare(x.Time) })
	return rows[:n]
}

func (p *Progress) row(r progressRow, now time.Time) string {
	text := fmt.Sprintf("  %-*s  ", p.nameWidth(), EscapeLine(r.Node))
	if r.Phase == "" {
		return text + "waiting"
	}
	text += fmt.Sprintf("%-16s %s", r.what(), clock(now.Sub(r.since)))
	if !r.fires.IsZero() {
		text += "  guard fires in " + clock(max(r.fires.Sub(now), 0))
	}
	if r.Detail != "" {
		text += "  " + EscapeLine(r.Detail)
	}
	return text
}

// clear removes what Draw has drawn: up to the first of its lines, then erase to the end of the screen (ECMA-48,
// sections 8.3.22 and 8.3.39).
func (p *Progress) clear() {
	if p.drawn > 0 {
		p.print(fmt.Sprintf("\x1b[%dA\r\x1b[J", p.drawn))
		p.drawn = 0
	}
}

// Close leaves the last state of every gateway on the terminal and returns the first error of writing.
func (p *Progress) Close() error {
	p.drawn = 0
	return p.err
}

// Clear takes the gateways' lines off the terminal, to make room for a question or a result.
func (p *Progress) Clear() { p.clear() }

func (p *Progress) print(text string) {
	if _, err := io.WriteString(p.out, text); err != nil && p.err == nil {
		p.err = err
	}
}

// clock is a duration as m:ss.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// clipLine cuts a line that would be wrapped, which would spoil the count of lines.
func clipLine(s string, width int) string {
	if width <= 1 || columns(s) < width {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n += runeColumns(r); n > width-2 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
