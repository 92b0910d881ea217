package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// committed brings a run to where its guard waits.
func (b *box) committed(g plan.Guard, lines ...string) (*session.Device, plan.Snapshot) {
	b.t.Helper()
	d, before := b.inspected("r1")
	b.must(d.Stage(b.t.Context(), b.phase(lines...)), d.Arm(b.t.Context(), g), d.Commit(b.t.Context()))
	return d, before
}

// trace looks at the run over a new connection, as a later process would.
func (b *box) trace() plan.Trace {
	b.t.Helper()
	d, err := b.as("vyos").Open(b.t.Context(), "r1")
	b.must(err)
	defer d.Close()
	t, err := d.Look(b.t.Context(), "r1")
	b.must(err)
	return t
}

// restored fails the test unless the guard restored everything and nothing stays behind.
func (b *box) restored() {
	b.t.Helper()
	trace := b.trace()
	if trace.Progress != plan.Restored || !trace.Before || trace.Armed {
		b.t.Errorf("%+v", trace)
	}
	b.same()
	if !config.Equal(b.Kernel(), b.Active()) {
		b.t.Errorf("the system does something else than the configuration says:\n%s", b.kernelText())
	}
	b.must(b.open("r1").Clean(b.t.Context(), "r1"))
	b.clean()
}

// kernelText is what the system does.
func (b *box) kernelText() string {
	text, err := b.Kernel().AppendText(nil, config.PrintOptions{Grammar: b.grammar, Bare: true})
	b.must(err)
	return string(text)
}

// TestGuardFires lets the time run out after a commit.
func TestGuardFires(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.committed(timer, some...)
		if trace := b.trace(); !trace.Armed || trace.Left < 4*time.Minute || trace.Left > 5*time.Minute || trace.Progress != plan.Committed || !trace.Planned || trace.Phase != 1 {
			t.Errorf("%+v", trace)
		}
		time.Sleep(4 * time.Minute)
		if trace := b.trace(); !trace.Armed || trace.Before {
			t.Errorf("%+v", trace)
		}
		time.Sleep(2 * time.Minute)
		if err := d.Disarm(t.Context(), "r1"); !errors.Is(err, session.ErrFired) {
			t.Error(err)
		}
		b.restored()
		// What is proven once can be proven again.
		b.must(d.Undo(t.Context(), "r1", before))
	})
}

// TestGuardBeforeCommit lets it fire while the candidate waits, which then gives up.
func TestGuardBeforeCommit(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)), d.Arm(t.Context(), timer))
		time.Sleep(6 * time.Minute)
		if err := d.Commit(t.Context()); err == nil {
			t.Error("committed after the guard")
		}
		b.restored()
	})
}

// TestGuardPartial restores after a commit that failed in part.
func TestGuardPartial(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(append([]string{"set interfaces vxlan vxlan9 vni 9"}, some...)...)), d.Arm(ctx, timer))
		err := d.Commit(ctx)
		var e *session.CommitError
		if !errors.As(err, &e) || !e.Partial || len(e.Failed) != 1 || e.Failed[0].Path != "interfaces vxlan vxlan9" || e.Failed[0].Why == "" {
			t.Fatalf("%v", err)
		}
		if trace := b.trace(); trace.Progress != plan.CommitFailed || trace.Before || trace.Planned {
			t.Errorf("%+v", trace)
		}
		time.Sleep(6 * time.Minute)
		b.restored()
	})
}

// TestUndoPartial takes such a commit back at once.
func TestUndoPartial(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(append([]string{"set interfaces vxlan vxlan9 vni 9"}, some...)...)), d.Arm(ctx, timer))
		if err := d.Commit(ctx); err == nil {
			t.Fatal("committed")
		}
		b.must(d.Undo(ctx, "r1", before))
		b.same()
		b.clean()
	})
}

// TestGuardDuringCommit fires while the commit runs, which comes to its end first.
func TestGuardDuringCommit(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)), d.Arm(t.Context(), plan.Guard{Kind: plan.GuardTimer, Timeout: 3 * time.Second}))
		err := d.Commit(t.Context()) // it may see what was committed, or what the guard made of it
		t.Log(err)
		time.Sleep(2 * time.Minute)
		if len(b.Commits()) != 2 {
			t.Errorf("%+v", b.Commits())
		}
		b.restored()
	})
}

// TestConnectionLost loses the connection within a commit, which goes on.
func TestConnectionLost(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		e, err := b.gateway.Open(t.Context(), "r1")
		b.must(err, d.Stage(t.Context(), b.phase(some...)), d.Arm(t.Context(), timer))
		go func() {
			time.Sleep(3 * time.Second)
			e.Close()
		}()
		if err := e.Commit(t.Context()); !errors.Is(err, plan.ErrLost) {
			t.Errorf("%v", err)
		}
		if trace := b.trace(); trace.Progress != plan.Committing {
			t.Errorf("%+v", trace)
		}
		time.Sleep(time.Minute)
		if trace := b.trace(); trace.Progress != plan.Committed || !trace.Planned || !trace.Armed {
			t.Errorf("%+v", trace)
		}
		time.Sleep(5 * time.Minute)
		b.restored()
	})
}

// TestGuardForeign has somebody else commit before the guard fires.
func TestGuardForeign(t *testing.T) {
	for _, foreign := range []plan.Foreign{"", plan.ForeignMerge, plan.ForeignStop} {
		t.Run("foreign "+string(foreign), func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				g := timer
				g.Foreign = foreign
				d, before := b.committed(g, some...)
				b.foreign(true, "system time-zone UTC")
				planned := b.Running()
				time.Sleep(6 * time.Minute)
				trace := b.trace()
				if foreign == plan.ForeignStop {
					if b.Running() != planned || trace.Progress != plan.GaveUp {
						t.Errorf("%+v\n%s", trace, b.Running())
					}
					if err := d.Undo(t.Context(), "r1", before); !errors.Is(err, plan.ErrForeign) {
						t.Error(err)
					}
					// Whoever has looked may take ours back all the same.
					o := b.options(func(ctx context.Context) (session.Runner, error) { return b.dialing(ctx, "vyos") })
					o.Foreign = plan.ForeignMerge
					again, err := session.New(o).Open(t.Context(), "r1")
					b.must(err)
					b.must(again.Undo(t.Context(), "r1", before), again.Close())
				} else if b.must(d.Undo(t.Context(), "r1", before)); trace.Progress != plan.Restored || trace.Before || trace.Armed {
					t.Errorf("%+v", trace)
				}
				want := strings.Replace(b.start, "    host-name gw1\n", "    host-name gw1\n    time-zone UTC\n", 1)
				if b.Running() != want {
					t.Errorf("%s\n%s", b.Running(), trace.Log)
				}
				b.clean()
			})
		})
	}
}

// TestGuardForeignBeside has somebody else commit into parts of the configuration that the run was the first to make.
func TestGuardForeignBeside(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.committed(timer, "set policy prefix-list OURS rule 10 action permit", "set policy prefix-list OURS rule 10 prefix 10.1.0.0/16",
			"set interfaces dummy dum7 address 10.7.0.1/32", "set interfaces dummy dum7 address 10.7.0.2/32")
		b.foreign(true, "policy prefix-list THEIRS rule 5 action deny", "policy prefix-list THEIRS rule 5 prefix 10.2.0.0/16")
		time.Sleep(6 * time.Minute)
		trace := b.trace()
		if trace.Progress != plan.Restored || trace.Before || trace.Armed {
			t.Errorf("%+v", trace)
		}
		want := strings.Replace(b.start, "protocols {", "policy {\n    prefix-list THEIRS {\n        rule 5 {\n            action deny\n            prefix 10.2.0.0/16\n        }\n    }\n}\nprotocols {", 1)
		if b.Running() != want {
			t.Errorf("%s\n%s", b.Running(), trace.Log)
		}
		b.must(d.Undo(t.Context(), "r1", before))
		b.clean()
	})
}

// TestGuardDirty leaves what somebody else has in his session.
func TestGuardDirty(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		b.committed(timer, some...)
		b.exec("admin2", "setsid /bin/vbash -c 'source /etc/default/vyatta; eval $(cli-shell-api getSessionEnv $$); cli-shell-api setupSession;"+
			" /opt/vyatta/sbin/my_set system time-zone UTC; sleep 600; /opt/vyatta/sbin/my_commit; cli-shell-api teardownSession' > /dev/null 2>&1 &", "sleep 5")
		time.Sleep(6 * time.Minute)
		b.same()
		time.Sleep(10 * time.Minute)
		if !strings.Contains(b.Running(), "time-zone UTC") {
			t.Error("his session has lost what he had set")
		}
	})
}

// TestGuardReboot has the router restart before anything is saved.
func TestGuardReboot(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		_, before := b.committed(timer, some...)
		b.Reboot()
		time.Sleep(10 * time.Minute)
		d, err := b.as("vyos").Open(t.Context(), "r1")
		b.must(err)
		defer d.Close()
		trace, err := d.Look(t.Context(), "r1")
		b.must(err)
		if trace.Progress != plan.NothingKnown || trace.Armed {
			t.Errorf("%+v", trace)
		}
		b.must(d.Undo(t.Context(), "r1", before))
		if !b.Release().Box.SaveDefaults {
			b.same() // else it states default values that nobody had set
		}
		if strings.Contains(b.Running(), "the LAN") {
			t.Errorf("%s", b.Running())
		}
		b.clean()
	})
}

// TestGuardKilledCommit kills the commit: the text stays, and the kernel does not.
func TestGuardKilledCommit(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)), d.Arm(t.Context(), timer))
		go func() {
			time.Sleep(6 * time.Second)
			b.exec("vyos", "read -r p _ < /run/l2stretch.r1/apply.pid; kill -9 $p", "while read -r _ _ _ _ p _; do kill -9 $p; done < /proc/locks")
		}()
		if err := d.Commit(t.Context()); err == nil {
			t.Error("committed")
		}
		time.Sleep(6 * time.Minute)
		b.restored()
	})
}

// TestDisarmed is a guard that was ended, and never comes back.
func TestDisarmed(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.committed(timer, some...)
		planned := b.Running()
		b.must(b.open("r1").Disarm(t.Context(), "r1"))
		b.must(b.open("r1").Disarm(t.Context(), "r1")) // the first answer may have been lost
		time.Sleep(time.Hour)
		if trace := b.trace(); b.Running() != planned || trace.Armed || !trace.Planned {
			t.Errorf("%+v", trace)
		}
		// The save of another gateway may fail, and then this one goes back too.
		b.must(d.Undo(t.Context(), "r1", before))
		b.same()
		b.clean()
	})
}

// TestDisarmLate comes when the guard has been started and has not even said so: what it is about to take back still
// runs, and must not be taken for confirmed.
func TestDisarmLate(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.committed(timer, some...)
		if len(b.Timers()) == 0 {
			return // a guard that is a process of its own runs all the time
		}
		b.Fault(sessiontest.Fault{Kind: sessiontest.Slow, Match: "mkdir /run/l2stretch.r1/lock", For: time.Minute})
		b.Fault(sessiontest.Fault{Kind: sessiontest.FireTimers})
		time.Sleep(time.Second)
		if err := b.open("r1").Disarm(t.Context(), "r1"); !errors.Is(err, session.ErrFired) {
			t.Error(err)
		}
		if trace := b.trace(); trace.Progress != plan.Restoring || trace.Planned || trace.Armed {
			t.Errorf("%+v", trace)
		}
		d.Close()
		time.Sleep(10 * time.Minute)
		b.restored()
	})
}

// TestGuardForeignAfterCrash has our commit die, and somebody commit before the guard fires: what the kernel has of ours goes, and
// theirs stays.
func TestGuardForeignAfterCrash(t *testing.T) {
	for _, kind := range []sessiontest.Kind{sessiontest.KillScript, sessiontest.KillProgram} {
		bubble(t, func(t *testing.T, b *box) {
			d, _ := b.inspected("r1")
			b.must(d.Stage(t.Context(), b.phase(some...)), d.Arm(t.Context(), timer))
			b.Fault(sessiontest.Fault{Kind: kind, Match: "commit protocols static"})
			if err := d.Commit(t.Context()); err == nil {
				t.Fatal("committed")
			}
			b.foreign(true, "system time-zone UTC")
			theirs := b.Running()
			time.Sleep(10 * time.Minute)
			if trace := b.trace(); trace.Progress != plan.Restored || trace.Before || trace.Armed {
				t.Errorf("%+v", trace)
			}
			if b.Running() != theirs || !config.Equal(b.Kernel(), b.Active()) {
				t.Errorf("this runs:\n%s\nand this is in the kernel:\n%v", b.Running(), b.Leftovers())
			}
		})
	}
}

// TestDisarmForeign does not end the guard when something else runs.
func TestDisarmForeign(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.committed(timer, some...)
		b.foreign(true, "system time-zone UTC")
		if err := d.Disarm(t.Context(), "r1"); !errors.Is(err, session.ErrMoved) || !strings.Contains(err.Error(), "time-zone") {
			t.Error(err)
		}
		if !b.trace().Armed {
			t.Error("the guard is gone")
		}
		if err := d.Clean(t.Context(), "r1"); !errors.Is(err, session.ErrArmed) {
			t.Error(err)
		}
	})
}

// TestExpired is a candidate that nobody commits: nothing of it stays, its directory with the configuration neither.
func TestExpired(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)))
		d.Close()
		time.Sleep(time.Hour)
		_, facts, err := b.open("").Inspect(t.Context())
		b.must(err)
		if len(facts.Others) != 0 || len(facts.Runs) != 0 {
			t.Errorf("%+v", facts)
		}
		b.clean()
		b.must(b.open("r1").Undo(context.Background(), "r1", before))
		b.same()
		b.clean()
	})
}
