package apply_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestChecks has the check of one box behave in some way, from the moment of its first look.
func TestChecks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		find    func(since time.Duration) plan.Finding
		o       apply.Options
		applied bool
		cause   string
	}{
		{"passes at once", func(time.Duration) plan.Finding { return plan.Finding{State: plan.Passed, Measured: "up"} }, apply.Options{}, true, ""},
		{"passes late", after(50*time.Second, plan.Waiting, plan.Passed), apply.Options{}, true, ""},
		{"passes too late", after(70*time.Second, plan.Waiting, plan.Passed), apply.Options{}, false, "s1/gw: check: tunnel dr: bgp not within 1m0s: seen"},
		{"is given more time", after(70*time.Second, plan.Waiting, plan.Passed), apply.Options{CheckTimeout: 2 * time.Minute}, true, ""},
		{"fails for good", after(0, "", plan.Failed), apply.Options{}, false, "s1/gw: check: tunnel dr: bgp failed: seen"},
		{"fails and is not looked at", after(0, "", plan.Failed), apply.Options{SkipCheck: []string{"bgp"}}, true, ""},
		{"fails and is not looked at there", after(0, "", plan.Failed), apply.Options{SkipCheck: []string{"bgp@s1/gw"}}, true, ""},
		{"is not looked at elsewhere", after(0, "", plan.Failed), apply.Options{SkipCheck: []string{"bgp@s0/gw"}}, false, "s1/gw: check: tunnel dr: bgp failed: seen"},
		{"is skipped by the box", after(0, "", plan.Skipped), apply.Options{}, true, ""},
		{"does not hold", after(20*time.Second, plan.Passed, plan.Waiting), apply.Options{Soak: 30 * time.Second}, false, "s1/gw: check: tunnel dr: bgp it passed and does not hold: seen"},
		{"does not hold, unseen", after(20*time.Second, plan.Passed, plan.Waiting), apply.Options{Soak: 10 * time.Second}, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{2, 0, 1})
				tt.o.Events = w.o.Events
				w.o = tt.o
				var first time.Time
				w.boxes[1].Find = func(c plan.Check) plan.Finding {
					if c.Name != "bgp" {
						return plan.Finding{State: plan.Passed}
					}
					if first.IsZero() {
						first = time.Now()
					}
					return tt.find(time.Since(first))
				}
				out := w.run(t.Context())
				w.judge(out)
				if out.Applied() != tt.applied || out.Cause != tt.cause {
					t.Errorf("applied is %v, cause %q", out.Applied(), out.Cause)
				}
				if !slices.Equal(out.Skipped, tt.o.SkipCheck) {
					t.Errorf("skipped: %v", out.Skipped)
				}
			})
		})
	}
}

// after is a finding that changes after a time.
func after(d time.Duration, first, then plan.State) func(time.Duration) plan.Finding {
	return func(since time.Duration) plan.Finding {
		if since < d {
			return plan.Finding{State: first, Why: "seen"}
		}
		return plan.Finding{State: then, Why: "seen"}
	}
}

// TestGuardLength: the guards last as long as commits and checks may take, and nothing is committed or confirmed
// that they might not outlast.
func TestGuardLength(t *testing.T) {
	for _, tt := range []struct {
		name  string
		o     apply.Options
		takes time.Duration
		want  string
	}{
		{"the default", apply.Options{}, 8 * time.Second, "guard for 5m0s"},
		{"the flag", apply.Options{ConfirmTimeout: 20 * time.Minute}, 8 * time.Second, "guard for 20m0s"},
		{"slow commits", apply.Options{}, 4 * time.Minute, "guard for 18m5s"},
		{"a long soak", apply.Options{Soak: time.Hour, CheckTimeout: 10 * time.Minute}, 8 * time.Second, "guard for 1h11m37s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{2, 0, 1})
				tt.o.Events = w.o.Events
				w.o = tt.o
				for i := range w.tx.Targets {
					w.tx.Targets[i].Plan.Takes = tt.takes
				}
				if out := w.run(t.Context()); !out.Applied() {
					t.Errorf("%+v", out)
				}
				if !slices.ContainsFunc(w.events, func(e apply.Event) bool { return e.Phase == apply.PhaseArm && e.Detail == tt.want }) {
					t.Errorf("not %q: %+v", tt.want, w.events)
				}
			})
		})
	}
}

// TestGuardRunsOut: when the checks take longer than foreseen it is undone before the guards fire.
func TestGuardRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{2, 0, 1})
		w.boxes[1].Find = func(c plan.Check) plan.Finding {
			if !c.Before {
				time.Sleep(4*time.Minute + 50*time.Second)
			}
			return plan.Finding{State: plan.Passed}
		}
		out := w.run(t.Context())
		w.judge(out)
		if out.Applied() || out.NeedsHelp() || !strings.Contains(out.Cause, "its guard fires in 10s") {
			t.Errorf("%+v", out)
		}
	})
}
