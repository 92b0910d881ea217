package apply_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// A blow is a fault on one of the boxes.
type blow struct {
	box int
	applytest.Call
	how applytest.How
}

func (b blow) String() string { return fmt.Sprintf("%d.%s#%d %s", b.box, b.Method, b.Nth, b.how) }

var shapes = []shape{{2, 0, 1}, {2, 1, 1}, {3, 1, 2}}

// TestInterrupted fails every call of every box in every way, one in each run, and looks how the run ends.
func TestInterrupted(t *testing.T) {
	for _, s := range shapes {
		for _, b := range blows(t, s) {
			t.Run(fmt.Sprint(s, " ", b), func(t *testing.T) { strike(t, s, b) })
		}
	}
}

// TestInterruptedTwice fails two calls in a run, the second often while the first is being undone: a sample of
// all pairs.
func TestInterruptedTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(backendtest.Seed(t), 0))
	n := 600
	if testing.Short() {
		n = 100
	}
	all := make([][]blow, len(shapes))
	for i, s := range shapes {
		all[i] = blows(t, s)
	}
	for range n {
		i := random.IntN(len(shapes))
		first := all[i][random.IntN(len(all[i]))]
		second := all[i][random.IntN(len(all[i]))]
		if random.IntN(2) == 0 { // a call that only an undo makes
			second.Call = applytest.Call{Method: []string{"Undo", "Look", "Open"}[random.IntN(3)], Nth: 1 + random.IntN(4)}
		}
		t.Run(fmt.Sprint(shapes[i], " ", first, " ", second), func(t *testing.T) { strike(t, shapes[i], first, second) })
	}
}

// blows lists every call of a run that meets no fault, each with every way to fail.
func blows(t *testing.T, s shape) []blow {
	var out []blow
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, s)
		w.run(t.Context())
		for i, b := range w.boxes {
			for _, c := range b.Calls() {
				for _, how := range applytest.Ways() {
					out = append(out, blow{i, c, how})
				}
			}
		}
	})
	return out
}

// strike runs the transaction under some blows, and where the tool dies the recovery as well, and judges each
// end. No run may take longer than an hour of the fake time.
func strike(t *testing.T, s shape, blows ...blow) {
	for _, later := range []time.Duration{0, 20 * time.Minute} {
		died := false
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, s)
			var once sync.Once
			for _, b := range blows {
				f := applytest.Fault{Call: b.Call, How: b.how}
				if b.how == applytest.Killed || b.how == applytest.KilledLate {
					f.Then = func() { once.Do(w.die) }
				}
				w.boxes[b.box].Fault(f)
			}
			began := time.Now()
			out := w.run(t.Context())
			left, dead := w.left()
			if died = dead; died {
				time.Sleep(later)
				out = w.recover(left, false)
			}
			if took := time.Since(began); took > time.Hour {
				t.Errorf("it took %v", took)
			}
			w.judge(out)
			if out.NeedsHelp() { // what the message says to type ends it
				out = w.recover(left, true)
				for i, n := range out.Nodes {
					if n.State == apply.Unproven && strings.Contains(n.Detail, "and boot it") && len(n.Console) == 0 && !strings.Contains(n.Detail, "armed and") {
						t.Errorf("%s: what it boots is not what it ran before, and nothing says what to type there: %s", n.Node, n.Detail)
					}
					if strings.Contains(n.Detail, "reboot it") {
						w.boxes[i].Reboot()
					}
				}
				if out = w.recover(left, true); out.NeedsHelp() && !w.forgot() {
					t.Errorf("a rollback did not end it")
				}
				w.judge(out)
			}
			if t.Failed() {
				w.report(out)
			}
		})
		if !died {
			return
		}
	}
}

// die cuts the tool off: no call of it has an effect any more. The journal is kept as it is in this moment.
func (w *world) die() {
	for _, b := range w.boxes {
		b.Kill()
	}
	left := filepath.Join(w.t.TempDir(), "left")
	if err := os.CopyFS(left, os.DirFS(w.dir)); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	w.killed = left
	w.mu.Unlock()
	close(w.abandon)
}

// left is the journal as the tool left it, and whether it was killed.
func (w *world) left() (dir string, killed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.killed, w.dir), w.killed != ""
}

// forgot reports whether a box has booted what was planned, and so knows nothing of the run any more: only its
// owner can say whether that is to stay.
func (w *world) forgot() bool {
	for i, b := range w.boxes {
		if !b.Leftovers() && maps.Equal(b.Running(), w.after[i]) {
			return true
		}
	}
	return false
}

// recover does what the next process does, or a rollback.
func (w *world) recover(dir string, undo bool) *apply.Outcome {
	for _, b := range w.boxes {
		b.Revive()
	}
	j, err := apply.OpenJournal(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	recs, err := j.Unsynced().Unfinished("dr")
	if err != nil {
		w.t.Fatal(err)
	}
	if len(recs) == 0 { // it died before it changed anything, or is ended
		rec, err := j.Load(runName)
		if err != nil {
			return &apply.Outcome{}
		}
		return rec.Outcome
	}
	w.o.Abandon, w.o.Undo = nil, undo
	out, err := apply.Recover(w.t.Context(), recs[0], j, func(node string) func(context.Context) (apply.Device, error) {
		for _, tg := range w.tx.Targets {
			if tg.Plan.Node == node {
				return tg.Open
			}
		}
		return nil
	}, w.o)
	if err != nil {
		w.t.Error(err)
	}
	return out
}

// judge looks at the boxes at the end of a run, and again when every guard that was left has fired.
func (w *world) judge(out *apply.Outcome) {
	w.t.Helper()
	applied, other := 0, 0
	for i, n := range out.Nodes {
		b := w.boxes[i]
		is := func(want map[string]string, got map[string]string) bool { return maps.Equal(want, got) }
		ok := true
		switch n.State {
		case apply.Applied:
			applied++
			ok = is(w.after[i], b.Running()) && is(w.after[i], b.Saved()) && !b.Armed() && (!b.Leftovers() || n.Type != "")
		case apply.NotSaved:
			applied++
			ok = is(w.after[i], b.Running()) && !b.Armed() && n.Type != ""
		case apply.Reverted:
			other++
			ok = out.Changed && is(w.before[i], b.Running()) && is(w.before[i], b.Saved()) && !b.Leftovers()
		case apply.Untouched:
			other++
			ok = is(w.before[i], b.Running()) && is(w.before[i], b.Saved()) && !b.Leftovers()
		case apply.Unproven:
			ok = n.Type != "" && n.Detail != "" && out.NeedsHelp()
		default:
			ok = false
		}
		if !ok {
			w.t.Errorf("%s is said to be %s, and runs %v, boots %v, armed %v, left-overs %v", n.Node, n.State, b.Running(), b.Saved(), b.Armed(), b.Leftovers())
		}
	}
	if !out.NeedsHelp() && applied > 0 && other > 0 {
		w.t.Errorf("the boxes are not alike")
	}
	if out.Applied() != (out.Cause == "" && len(out.Refusals) == 0) {
		w.t.Errorf("applied is %v, cause %q", out.Applied(), out.Cause)
	}
	time.Sleep(time.Hour)
	planned := 0
	for i, b := range w.boxes {
		running := b.Running()
		if running["foreign a"] != "1" {
			w.t.Errorf("box %d lost what is not ours", i)
		}
		if maps.Equal(running, w.after[i]) {
			planned++
		}
	}
	if planned != 0 && planned != len(w.boxes) && !out.NeedsHelp() {
		w.t.Errorf("the boxes do not stay alike: %s", w.state())
	}
}

// report prints what happened.
func (w *world) report(out *apply.Outcome) {
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n%+v\n", w.state(), out)
	for _, e := range w.events {
		fmt.Fprintf(&s, "%s %s %s %s %s\n", e.Time.Format("15:04:05"), e.Node, e.Phase, e.Event, e.Detail)
	}
	for _, b := range w.boxes {
		s.WriteString(b.Log() + "\n")
	}
	w.t.Log(s.String())
}
