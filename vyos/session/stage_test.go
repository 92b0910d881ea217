package session_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// TestStageRefused gives the router what it refuses; nothing may be active or left in a session.
func TestStageRefused(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		err := d.Stage(ctx, b.phase("set interfaces ethernet eth1 bogus '1'", "set system host-name good"))
		var e *session.StageError
		if !errors.As(err, &e) || len(e.Refused) != 1 || e.Refused[0].Command != "set interfaces ethernet eth1 bogus '1'" || e.Refused[0].Said == "" {
			t.Fatalf("%v", err)
		}
		if !strings.HasPrefix(err.Error(), "onprem/gw1: stage: the router refuses set interfaces ethernet eth1 bogus '1': ") {
			t.Error(err)
		}
		b.must(d.Undo(ctx, "r1", before))
		b.same()
		b.clean()
	})
}

// TestStageMoved has somebody commit between Inspect and Stage.
func TestStageMoved(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		b.foreign(true, "system host-name other")
		if err := d.Stage(t.Context(), b.phase(some...)); !errors.Is(err, session.ErrMoved) {
			t.Error(err)
		}
		b.clean()
	})
}

// TestCommitMoved has somebody commit between Stage and Commit.
func TestCommitMoved(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(some...)), d.Arm(ctx, timer))
		b.foreign(true, "system host-name other")
		b.start = b.Running()
		if err := d.Commit(ctx); err == nil || !strings.Contains(err.Error(), "somebody else has committed") {
			t.Error(err)
		}
		b.must(d.Undo(ctx, "r1", before))
		b.same()
		b.clean()
	})
}

// TestStageAgain refuses a run that was begun before.
func TestStageAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, "1.4", text14)
		d, _ := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)))
		e, _ := b.inspected("r1")
		if err := e.Stage(t.Context(), b.phase(some...)); err == nil || !strings.Contains(err.Error(), "begun before") {
			t.Error(err)
		}
	})
}

// many are n changes.
func many(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("set protocols static route 10.%d.%d.0/24 next-hop 192.0.2.2", i/256, i%256))
	}
	return out
}

// TestStageMany loads many changes in one go.
func TestStageMany(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		lines := append(many(300), "delete interfaces loopback lo")
		b.must(d.Stage(ctx, b.phase(lines...)), d.Arm(ctx, timer), d.Commit(ctx))
		if n := strings.Count(b.Running(), "route 10."); n != 300 {
			t.Errorf("%d routes", n)
		}
		b.must(d.Undo(ctx, "r1", before))
		b.same()
	})
}

// TestStageManyRefused has one bad value among many changes.
func TestStageManyRefused(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		lines := append([]string{"delete interfaces loopback lo"}, many(150)...)
		lines = append(lines, "set interfaces ethernet eth1 bogus '1'")
		lines = append(lines, many(300)[150:]...)
		err := d.Stage(t.Context(), b.phase(lines...))
		var e *session.StageError
		if !errors.As(err, &e) || len(e.Refused) != 1 || e.Refused[0].Command != "set interfaces ethernet eth1 bogus '1'" {
			t.Fatalf("%v", err)
		}
		b.same()
	})
}

// secretStep sets a password by reference.
func (b *box) secretStep(name string) plan.Phase {
	path := "protocols bgp neighbor 10.0.0.1 password"
	if !b.Release().Has(release.SystemAS) {
		path = "protocols bgp 65001 neighbor 10.0.0.1 password"
	}
	ph := b.phase("delete interfaces loopback lo")
	ph.Steps = append(ph.Steps, plan.Step{Op: plan.Set, Path: strings.Fields(path), Value: "secret:" + name, Secret: true})
	return ph
}

// TestSecrets sets one secret, keeps another, and looks for them in arguments, errors and snapshots.
func TestSecrets(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.secretStep("psk")), d.Arm(ctx, timer), d.Commit(ctx))
		if !strings.Contains(b.Running(), canary) {
			t.Errorf("%s", b.Running())
		}
		trace, err := d.Look(ctx, "r1")
		b.must(err)
		after, _, err := d.Inspect(ctx)
		b.must(err)
		text, err := after.AppendText(nil)
		b.must(err)
		if strings.Contains(string(text)+trace.Log, "canary") {
			t.Errorf("%s\n%s", text, trace.Log)
		}
		b.must(d.Undo(ctx, "r1", before))
		b.same()
		b.clean()
	})
}

// TestSecretsUnknown refuses before anything is on the router.
func TestSecretsUnknown(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		b.secrets["quote"] = "canary'd"
		for _, name := range []string{"absent", "quote"} {
			err := d.Stage(t.Context(), b.secretStep(name))
			if err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "secret "+name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.must(d.Stage(t.Context(), b.secretStep("device")))
		if slices.Contains(strings.Split(b.exec("vyos", "ls /run/l2stretch.r1"), "\n"), "errors1") {
			t.Error("refused")
		}
	})
}
