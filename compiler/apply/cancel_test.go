package apply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
)

// TestCancel interrupts a run once at every call: each box ends as it was, proven, unless the run was confirmed
// already.
func TestCancel(t *testing.T) {
	for _, s := range shapes {
		for _, c := range calls(t, s) {
			t.Run(fmt.Sprint(s, " ", c.box, c.Call), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, s)
					ctx, cancel := context.WithCancel(t.Context())
					w.boxes[c.box].Fault(applytest.Fault{Call: c.Call, How: applytest.Works, Then: cancel})
					out := w.run(ctx)
					w.judge(out)
					late := c.Method == "Disarm" || c.Method == "Save" || c.Method == "Clean" || c.Method == "Inspect" && c.Nth == 2
					either := c.Method == "Look" || c.Method == "Open" && c.Nth > 1 // while it commits, or while it confirms
					for _, e := range w.events {
						if strings.Contains(e.Detail, "interrupted: the connection was lost") || strings.Contains(e.Detail, "cannot be read") {
							t.Errorf("%s %s %s: %s, which was the interruption", e.Node, e.Phase, e.Event, e.Detail)
						}
					}
					switch {
					case out.NeedsHelp():
						t.Error("an interrupted run is proven")
					case late && !out.Applied():
						t.Error("from the confirmation on it goes on")
					case !late && !either && (out.Applied() || !out.Interrupted || out.Cause != "interrupted"):
						t.Errorf("applied %v, interrupted %v, cause %q", out.Applied(), out.Interrupted, out.Cause)
					case (c.Method == "Stage" || c.Method == "Arm") && c.Nth == 1 && out.Changed:
						t.Error("nothing was committed yet")
					}
					if t.Failed() {
						w.report(out)
					}
				})
			})
		}
	}
}

// TestAbandon ends a run at once at every call, and says what the guards will do.
func TestAbandon(t *testing.T) {
	for _, s := range shapes {
		for _, c := range calls(t, s) {
			t.Run(fmt.Sprint(s, " ", c.box, c.Call), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, s)
					told := 0
					w.boxes[c.box].Fault(applytest.Fault{Call: c.Call, How: applytest.Hangs, Then: func() {
						close(w.abandon)
						for _, b := range w.boxes {
							told -= len(b.Calls())
						}
					}})
					out := w.run(t.Context())
					for _, b := range w.boxes {
						told += len(b.Calls())
					}
					if told > 3*(len(w.boxes)-1) { // what was under way elsewhere, as a whole preflight
						t.Errorf("%d calls after the end", told)
					}
					for i, n := range out.Nodes {
						if w.boxes[i].Armed() && n.State != apply.Unproven {
							t.Errorf("%s has an armed guard and is %s", n.Node, n.State)
						}
					}
					w.judge(out)
					if t.Failed() {
						w.report(out)
					}
				})
			})
		}
	}
}

// calls lists every call of a run that meets no fault.
func calls(t *testing.T, s shape) []blow {
	var out []blow
	for _, b := range blows(t, s) {
		if b.how == applytest.Refuses {
			out = append(out, b)
		}
	}
	return out
}
