package render

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgressPlain(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var out strings.Builder
	p := NewProgress(&out, Style{}, false, 0, []string{"a/gw1", "branch/gw1"}, start)
	for _, e := range []Event{
		{Phase: "preflight", Event: "begin", Detail: "2 gateways"},
		{Node: "a/gw1", Phase: "stage", Event: "done", Detail: "47 commands"},
		{Time: start.Add(2 * time.Second), Node: "a/gw1", Phase: "check", Event: "waiting", Detail: "not said so soon"},
		{Time: start.Add(20 * time.Second), Node: "branch/gw1", Phase: "check", Event: "waiting", Step: 2, Steps: 7, Detail: "bgp: Active"},
		{Time: start.Add(80 * time.Second), Node: "a/gw1", Phase: "check", Event: "failed", Detail: "\x1b[2J text of a device"},
	} {
		if e.Time.IsZero() {
			e.Time = start
		}
		p.Note(e)
	}
	want := `0:00  all         preflight: 2 gateways
0:00  a/gw1       stage done: 47 commands
0:20  branch/gw1  check 2/7 waiting: bgp: Active
1:20  a/gw1       check failed: \x1b[2J text of a device
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestProgressOnATerminal draws into a screen of few lines and looks at what stands there in the end.
func TestProgressOnATerminal(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var s screen
	p := NewProgress(&s, Style{Width: 60}, true, 6, []string{"a/gw1", "b/gw1", "c/gw1", "d/gw1", "e/gw1"}, start)
	p.Draw(start)
	p.Note(Event{Time: start, Node: "d/gw1", Phase: "arm", Event: "done", Guard: 300})
	p.Note(Event{Time: start.Add(5 * time.Second), Node: "b/gw1", Phase: "check", Event: "failed", Detail: strings.Repeat("long ", 20)})
	p.Draw(start.Add(65 * time.Second))
	want := `0:05  b/gw1  check failed: long long long long long long l…
  b/gw1  check failed     1:00  long long long long long l…
  d/gw1  arm done         1:05  guard fires in 3:55
  a/gw1  waiting
  and 2 more gateways
`
	if diff := cmp.Diff(want, s.text()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A screen understands what Progress writes to a terminal.
type screen struct{ lines []string }

func (s *screen) Write(b []byte) (int, error) {
	text := string(b)
	if up, ok := strings.CutSuffix(text, "A\r\x1b[J"); ok {
		n := 0
		for _, c := range strings.TrimPrefix(up, "\x1b[") {
			n = n*10 + int(c-'0')
		}
		s.lines = s.lines[:len(s.lines)-n]
		return len(b), nil
	}
	for l := range strings.Lines(text) {
		s.lines = append(s.lines, l)
	}
	return len(b), nil
}

func (s *screen) text() string { return strings.Join(s.lines, "") }
