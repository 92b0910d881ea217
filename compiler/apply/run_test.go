package apply_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A world is some boxes with a transaction for them.
type world struct {
	t       *testing.T
	boxes   []*applytest.Box
	before  []applytest.Config
	after   []applytest.Config
	tx      *apply.Transaction
	o       apply.Options
	journal *apply.Journal
	dir     string
	events  []apply.Event
	abandon chan struct{}

	mu     sync.Mutex
	killed string // the journal in the moment in which the tool was killed
}

// A shape says what a world is made of.
type shape struct {
	boxes  int
	inBand int // the first so many are managed through the tunnel to the last
	phases int
}

const runName = "20260102t030405-dr-00ff00"

// newWorld makes boxes whose configuration gets a line for the stretch, one for the tunnel, and loses one.
func newWorld(t *testing.T, s shape) *world {
	w := &world{t: t, dir: t.TempDir(), abandon: make(chan struct{})}
	var err error
	if w.journal, err = apply.OpenJournal(w.dir); err != nil {
		t.Fatal(err)
	}
	w.journal.Unsynced()
	w.tx = &apply.Transaction{Run: runName, Spec: "dr", Command: "apply"}
	w.o = apply.Options{Abandon: w.abandon, Events: func(e apply.Event) { w.events = append(w.events, e) }}
	for i := range s.boxes {
		name := fmt.Sprintf("s%d/gw", i)
		before := applytest.Config{"foreign a": "1", "tunnel": "old", "old x": "y"}
		b := applytest.NewBox(t, name, before)
		p := newPlan(t, name, before, s.phases)
		if i == s.boxes-1 {
			p.Operations = []plan.Operation{{Object: "tunnel dr", Command: "reset", Last: true}}
		}
		w.boxes = append(w.boxes, b)
		w.before = append(w.before, before)
		w.after = append(w.after, before.Apply(p.Steps()...))
		w.tx.Targets = append(w.tx.Targets, apply.Target{
			Plan: p, Before: before, InBand: i < s.inBand,
			Checks: []plan.Check{{Node: name, Name: "loop", Object: "stretch app", Before: true, Code: "E0915"}, {Node: name, Name: "bgp", Object: "tunnel dr"}},
			Open:   func(ctx context.Context) (apply.Device, error) { return open(ctx, b) },
		})
	}
	for _, b := range w.boxes[:s.inBand] {
		near := w.boxes[s.boxes-1]
		b.Reach = func() bool { return b.Running()["tunnel"] == near.Running()["tunnel"] }
	}
	return w
}

func open(ctx context.Context, b *applytest.Box) (apply.Device, error) {
	d, err := b.Open(ctx)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func newPlan(t *testing.T, node string, before applytest.Config, phases int) *plan.Plan {
	base, err := plan.DigestOf(before)
	if err != nil {
		t.Fatal(err)
	}
	steps := []plan.Step{
		{Op: plan.Delete, Path: []string{"old"}},
		{Op: plan.Set, Path: []string{"stretch", "app"}, Value: "5010"},
		{Op: plan.Set, Path: []string{"tunnel"}, Value: "new"},
	}
	p := &plan.Plan{
		Node: node, Backend: "fake", Release: "1", Base: base, Takes: 8 * time.Second,
		Guard: plan.Guard{Kind: plan.GuardTimer},
		Inverse: []plan.Step{
			{Op: plan.Set, Path: []string{"tunnel"}, Value: "old"},
			{Op: plan.Delete, Path: []string{"stretch", "app"}},
			{Op: plan.Set, Path: []string{"old", "x"}, Value: "y"},
		},
	}
	switch phases {
	case 1:
		p.Phases = []plan.Phase{{Steps: steps}}
	case 2:
		p.Phases = []plan.Phase{{Steps: steps[:1]}, {Steps: steps[1:]}}
	}
	return p
}

// run carries out the transaction.
func (w *world) run(ctx context.Context) *apply.Outcome {
	out, err := apply.Run(ctx, w.tx, w.journal, w.o)
	if err != nil {
		w.t.Error(err)
	}
	return out
}

// each box, by name.
func (w *world) state() string {
	var b bytes.Buffer
	for i, box := range w.boxes {
		what := "something else"
		switch running := box.Running(); {
		case maps.Equal(running, w.before[i]):
			what = "before"
		case maps.Equal(running, w.after[i]):
			what = "planned"
		}
		fmt.Fprintf(&b, "%d:%s ", i, what)
	}
	return b.String()
}

func TestApply(t *testing.T) {
	for _, s := range []shape{{2, 0, 1}, {3, 1, 1}, {2, 0, 2}, {3, 2, 2}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, s)
				out := w.run(t.Context())
				if !out.Applied() || out.NeedsHelp() || !out.Changed {
					t.Errorf("%+v", out)
				}
				for i, b := range w.boxes {
					if !maps.Equal(b.Running(), w.after[i]) || !maps.Equal(b.Saved(), w.after[i]) || b.Armed() || b.Leftovers() {
						t.Errorf("%s: runs %v, boots %v", w.tx.Targets[i].Plan.Node, b.Running(), b.Saved())
					}
				}
				if t.Failed() {
					for _, e := range w.events {
						fmt.Fprintf(os.Stderr, "%+v\n", e)
					}
				}
			})
		})
	}
}
