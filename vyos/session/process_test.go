package session_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// number is the process that a file of the run names.
func (b *box) number(file string) int {
	b.t.Helper()
	text, err := b.File("/run/l2stretch.r1/" + file)
	b.must(err)
	pid, began, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(pid)
	b.must(err)
	if _, err := strconv.Atoi(began); err != nil {
		b.t.Errorf("%s is %q: nothing tells the process from a later one of its number", file, text)
	}
	return n
}

// TestGuardsNumberIsUsedAgain kills a guard that is a process, whose number somebody else's process gets: nothing waits to
// restore the run.
func TestGuardsNumberIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, "1.2", text12)
		b.committed(timer, some...)
		pid := b.number("guard.pid")
		if !b.trace().Armed {
			t.Fatal("the guard does not wait")
		}
		b.exec("vyos", "sudo /bin/vbash -c 'kill -9 "+strconv.Itoa(pid)+"'")
		time.Sleep(2 * time.Second)
		b.Reuse(pid)
		if trace := b.trace(); trace.Armed {
			t.Errorf("%+v", trace)
		}
	})
}

// TestCommitsNumberIsUsedAgain kills the script that commits, and another process gets its number: the guard does not wait
// for that one to end.
func TestCommitsNumberIsUsedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(some...)), d.Arm(ctx, timer))
		pid := b.number("apply.pid")
		b.Fault(sessiontest.Fault{Kind: sessiontest.KillScript, Match: "my_commit", After: true})
		if err := d.Commit(ctx); err == nil {
			t.Error("committed by a script that was killed")
		}
		b.Reuse(pid)
		time.Sleep(6 * time.Minute)
		if trace := b.trace(); trace.Progress != plan.Restored || !trace.Before || trace.Armed {
			t.Errorf("%+v", trace)
		}
		b.same()
		b.must(d.Clean(ctx, "r1"))
		// The session has a number that may be another's by now; VyOS takes it away with the user's next one.
		if left := b.exec("vyos", "ls /opt/vyatta/config/tmp"); !strings.Contains(left, "changes_only_"+strconv.Itoa(pid)) {
			t.Errorf("left over: %q", left)
		}
	})
}

// TestCleanSessionOfRoot kills a guard at work. Its configuration session is root's, and is in nobody's way afterwards.
func TestCleanSessionOfRoot(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.committed(timer, some...)
		b.Fault(sessiontest.Fault{Kind: sessiontest.KillScript, Match: "loadFile"})
		time.Sleep(6 * time.Minute)
		if out := b.exec("vyos", "stat -c %U /opt/vyatta/config/tmp/changes_only_*"); strings.TrimSpace(out) != "root" {
			t.Errorf("the guard that was killed left the sessions of %q", out)
		}
		b.must(d.Clean(t.Context(), "r1"))
		b.clean()
	})
}
