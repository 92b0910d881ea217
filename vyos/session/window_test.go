package session_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// TestGuardLocked fires while somebody else's commit holds the lock, for a moment and for longer than most tries last.
func TestGuardLocked(t *testing.T) {
	for _, held := range []time.Duration{20 * time.Second, 5 * time.Minute} {
		t.Run(held.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				b.committed(timer, some...)
				time.Sleep(5*time.Minute - 30*time.Second)
				b.Fault(sessiontest.Fault{Kind: sessiontest.LockHeld, Match: "loadFile", For: held})
				time.Sleep(held + 2*time.Minute)
				if trace := b.trace(); !strings.Contains(trace.Log, "temporarily locked") && !strings.Contains(trace.Log, "a commit runs") {
					t.Errorf("the guard met no lock: %s", trace.Log)
				}
				b.restored()
			})
		})
	}
}

// TestGuardClockJump sets the clock while the guard waits: it fires when its time has passed, not when the clock says so.
func TestGuardClockJump(t *testing.T) {
	for _, jump := range []time.Duration{48 * time.Hour, -48 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				b.committed(timer, some...)
				planned := b.Running()
				b.Fault(sessiontest.Fault{Kind: sessiontest.ClockJump, For: jump})
				time.Sleep(4 * time.Minute)
				if trace := b.trace(); !trace.Armed || trace.Left > time.Minute || trace.Left < 30*time.Second || b.Running() != planned {
					t.Errorf("%+v", trace)
				}
				time.Sleep(2 * time.Minute)
				b.restored()
			})
		})
	}
}

// TestForeignCommitInTheWindow has another administrator commit on one gateway while a run is checked, which then fails. The
// guard and the undo keep what he did: either only what the run changed is taken back there, or nothing is and somebody is told.
func TestForeignCommitInTheWindow(t *testing.T) {
	for _, foreign := range []plan.Foreign{plan.ForeignMerge, plan.ForeignStop} {
		for _, rel := range []string{"1.2", "1.4"} {
			t.Run(fmt.Sprint(foreign, " ", rel), func(t *testing.T) {
				inLab(t, func(t *testing.T) { foreignCommit(t, foreign, rel) })
			})
		}
	}
}

func foreignCommit(t *testing.T, foreign plan.Foreign, rel string) {
	spec := fmt.Sprintf(labSpec, rel, rel)
	l := newLab(t, rel, rel, nil)
	time.Sleep(time.Minute)
	start := map[string]string{near: l.routers[near].Running(), far: l.routers[far].Running()}
	tx := l.transaction(spec, "another-secret")
	for i := range tx.Targets {
		tx.Targets[i].Plan.Guard.Foreign = foreign
		tx.Targets[i].Checks = append(tx.Targets[i].Checks, plan.Check{Name: "never"})
	}
	commit := sync.OnceFunc(func() { l.commit(far, "set system time-zone UTC") })
	out, log := l.run(tx, apply.Options{Events: func(e apply.Event) {
		if e.Phase == apply.PhaseCheck {
			commit()
		}
	}})
	for _, n := range out.Nodes {
		r := l.routers[n.Node]
		switch {
		case n.Node == far && foreign == plan.ForeignStop:
			if n.State != apply.Unproven || n.Type == "" || !strings.Contains(n.Detail, "committed") || !strings.Contains(r.Running(), "time-zone UTC") || !strings.Contains(r.Running(), "another-secret") {
				t.Errorf("%s is %s: %q, type %q\n%s", n.Node, n.State, n.Detail, n.Type, r.Running())
			}
		case n.Node == far:
			without := strings.Replace(r.Running(), "system {\n    time-zone UTC\n}\n", "", 1)
			if n.State != apply.Reverted || without == r.Running() || without != start[far] {
				t.Errorf("%s is %s: %s\n%s", n.Node, n.State, n.Detail, r.Running())
			}
		case n.State != apply.Reverted || r.Running() != start[n.Node]:
			t.Errorf("%s is %s: %s", n.Node, n.State, n.Detail)
		}
	}
	if out.Applied() || out.NeedsHelp() != (foreign == plan.ForeignStop) {
		t.Errorf("%+v", out)
	}
	if t.Failed() {
		t.Log(log)
	}
}
