package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestRefusals gives one of two boxes each a reason to be refused: with a code and a message of its own, and
// before anything is written to either.
func TestRefusals(t *testing.T) {
	finds := func(name string, f plan.Finding) func(*world) {
		return func(w *world) {
			w.boxes[1].Find = func(c plan.Check) plan.Finding {
				if c.Name == name {
					return f
				}
				return plan.Finding{State: plan.Passed}
			}
		}
	}
	facts := func(change func(*plan.Facts)) func(*world) {
		return func(w *world) { change(&w.boxes[1].Facts) }
	}
	for _, tt := range []struct {
		name   string
		change func(*world)
		code   apply.Code
		says   string
	}{
		{"unreachable", func(w *world) { w.boxes[1].Reach = func() bool { return false } }, "E0901", "no route to host"},
		{"opening says why", func(w *world) {
			w.tx.Targets[1].Open = func(context.Context) (apply.Device, error) {
				return nil, apply.Refuse(apply.CodeChangedHost, "", "It was SHA256:a, it is SHA256:b.")
			}
		}, "E0903", "SHA256:b"},
		{"operator", facts(func(f *plan.Facts) { f.Administrator = false }), "E0905", `User "admin"`},
		{"release", facts(func(f *plan.Facts) { f.Release, f.Version = "2", "2.0-rc1" }), "E0906", "2.0-rc1"},
		{"dirty session", facts(func(f *plan.Facts) { f.Others = []plan.Session{{User: "bob", ID: "4711"}} }), "E0907", `"bob" has changes in session 4711`},
		{"pending confirm", facts(func(f *plan.Facts) { f.PendingConfirm = true }), "E0908", "`confirm`"},
		{"unsaved", facts(func(f *plan.Facts) { f.Unsaved = true }), "E0909", "`save`"},
		{"locked", facts(func(f *plan.Facts) { f.Locked = true }), "E0910", "A commit is running"},
		{"not booted", facts(func(f *plan.Facts) { f.Booted = false }), "E0911", "errors"},
		{"stale plan", func(w *world) { w.boxes[1].Set("foreign b", "2") }, "E0912", "another configuration"},
		{"old guard", facts(func(f *plan.Facts) { f.Runs = []plan.Left{{Run: "r1", Armed: true}} }), "E0913", "`l2stretch rollback r1`"},
		{"left files", facts(func(f *plan.Facts) { f.Runs = []plan.Left{{Run: "r1"}} }), "E0913", "left files"},
		{"no room", facts(func(f *plan.Facts) { f.Short = []string{"/config: 12 KiB free, 1024 KiB needed"} }), "E0914", "/config: 12 KiB free"},
		{"read-only", facts(func(f *plan.Facts) { f.ReadOnly = []string{"/config"} }), "E0922", "written to /config"},
		{"through the tunnel", func(w *world) {
			w.tx.Targets[1].Checks = []plan.Check{{Node: "s1/gw", Name: "vti", Object: "tunnel dr", Args: map[string]string{"interface": "vti1"}}}
			facts(func(f *plan.Facts) { f.Way = "vti1" })(w)
		}, "E0923", "vti1, the interface of tunnel dr"},
		{"loop", finds("loop", plan.Finding{State: plan.Failed, Why: "an answer came from the other site", Measured: "02:00:00:00:00:01"}), "E0915", "stretch app: an answer came"},
		{"loop between nodes", func(w *world) {
			for _, b := range w.boxes {
				b.Find = func(plan.Check) plan.Finding {
					return plan.Finding{State: plan.Passed, Seen: map[string]string{"02:00:00:00:00:09": "seen on eth1"}}
				}
			}
		}, "E0915", "02:00:00:00:00:09"},
		{"precondition", func(w *world) {
			w.tx.Targets[1].Checks = []plan.Check{{Node: "s1/gw", Name: "bgp", Object: "tunnel far", Before: true}}
			finds("bgp", plan.Finding{State: plan.Waiting, Why: "it is not up"})(w)
		}, "E0918", "tunnel far: it is not up"},
		{"unreadable", func(w *world) {
			w.boxes[1].Fault(applytest.Fault{Call: applytest.Call{Method: "Inspect", Nth: 1}, How: applytest.Refuses})
		}, "E0919", "refused by the box"},
		{"silent", func(w *world) {
			w.boxes[1].Fault(applytest.Fault{Call: applytest.Call{Method: "Inspect", Nth: 1}, How: applytest.Hangs})
		}, "E0919", "no answer within 1m0s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{2, 0, 1})
				tt.change(w)
				out := w.run(t.Context())
				if len(out.Refusals) == 0 || out.Changed || out.Applied() {
					t.Fatalf("%+v", out)
				}
				r := out.Refusals[len(out.Refusals)-1]
				if r.Code != tt.code || r.Node != "s1/gw" || r.Summary == "" || !strings.Contains(r.Detail, tt.says) || !strings.HasSuffix(r.Detail, ".") {
					t.Errorf("%s, %s: %s: %s", r.Code, r.Node, r.Summary, r.Detail)
				}
				for _, b := range w.boxes {
					for _, c := range b.Calls() {
						if c.Method != "Open" && c.Method != "Inspect" && c.Method != "Check" {
							t.Errorf("%s was called", c.Method)
						}
					}
				}
				if _, err := w.journal.Load(runName); !errors.Is(err, apply.ErrNoRun) {
					t.Errorf("a run that was not begun is in the journal: %v", err)
				}
			})
		})
	}
}

// TestNoRefusal: sessions whose process is gone are nobody's, and what is only checked may be in any state.
func TestNoRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{2, 0, 1})
		w.boxes[0].Facts.Others = []plan.Session{{User: "bob", ID: "4711", Dead: true}}
		w.tx.Targets[1].Plan.Phases, w.tx.Targets[1].Plan.Operations = nil, nil
		w.boxes[1].Facts.Unsaved = true
		out := w.run(t.Context())
		if !out.Applied() || out.Nodes[0].State != apply.Applied || out.Nodes[1].State != apply.Unchanged {
			t.Errorf("%+v", out)
		}
	})
}
