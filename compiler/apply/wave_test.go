package apply_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
)

func TestParseWaves(t *testing.T) {
	got, err := apply.ParseWaves("1, 10,100%")
	if diff := cmp.Diff([]apply.Wave{{Count: 1}, {Count: 10}, {Percent: 100}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for _, s := range []string{"", "0", "-1", "101%", "0%", "1,,2", "a", "1%%"} {
		if got, err := apply.ParseWaves(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

// TestWaves changes three pairs of boxes. The second pair fails: the first stays, the third is not begun when it
// is in a later wave, and has nothing to do with it when it is in the same.
func TestWaves(t *testing.T) {
	const a, r, u = apply.Applied, apply.Reverted, apply.Untouched
	for _, tt := range []struct {
		name     string
		waves    string
		want     []apply.NodeState
		notBegun int
	}{
		{"one at a time", "1", []apply.NodeState{a, a, r, r, u, u}, 1},
		{"one and then the rest", "1,100%", []apply.NodeState{a, a, r, r, a, a}, 0},
		{"all at once", "100%", []apply.NodeState{a, a, r, r, a, a}, 0},
		{"a share", "50%,1", []apply.NodeState{a, a, r, r, u, u}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{6, 0, 1})
				w.o.Parallel = 2
				for i := range w.tx.Targets {
					w.tx.Targets[i].Component = i / 2
				}
				var err error
				if w.o.Waves, err = apply.ParseWaves(tt.waves); err != nil {
					t.Fatal(err)
				}
				w.boxes[3].Fault(applytest.Fault{Call: applytest.Call{Method: "Commit", Nth: 1}, How: applytest.Partial})
				out := w.run(t.Context())
				var got []apply.NodeState
				for _, n := range out.Nodes {
					got = append(got, n.State)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" || out.NotBegun != tt.notBegun || out.Cause != "s3/gw: commit: the commit was partial" {
					t.Errorf("not begun %d, cause %q (-want +got)\n%s", out.NotBegun, out.Cause, diff)
				}
			})
		})
	}
}

// TestWaveChangedMeanwhile: what waits for its wave is looked at again.
func TestWaveChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{2, 0, 1})
		w.tx.Targets[1].Component = 1
		w.o.Waves = []apply.Wave{{Count: 1}}
		w.boxes[0].Fault(applytest.Fault{Call: applytest.Call{Method: "Save", Nth: 1}, How: applytest.Works, Then: func() { w.boxes[1].Set("foreign b", "2") }})
		out := w.run(t.Context())
		if len(out.Refusals) != 1 || out.Refusals[0].Code != apply.CodeStale || out.Nodes[0].State != apply.Applied || out.Nodes[1].State != apply.Untouched || out.NotBegun != 1 {
			t.Errorf("%+v", out)
		}
	})
}
