package session_test

import (
	"strings"
	"testing"
)

// some changes that every release knows.
var some = []string{
	"set interfaces ethernet eth1 description 'the LAN'",
	"set protocols static route 10.77.0.0/16 next-hop 192.0.2.2",
	"delete interfaces loopback lo",
}

// TestApplyAndSave goes the whole way.
func TestApplyAndSave(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(some...)))
		b.same()
		b.must(d.Arm(ctx, timer), d.Commit(ctx))
		if !strings.Contains(b.Running(), "the LAN") {
			t.Errorf("%s", b.Running())
		}
		e := b.open("r1")
		b.must(e.Disarm(ctx, "r1"), e.Save(ctx), e.Clean(ctx, "r1"))
		if b.Saved() != b.Running() {
			t.Errorf("saved is\n%s", b.Saved())
		}
	})
}

// TestUndo takes a commit back at once.
func TestUndo(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, before := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase(some...)), d.Arm(ctx, timer), d.Commit(ctx))
		b.must(d.Undo(ctx, "r1", before))
		b.same()
	})
}
