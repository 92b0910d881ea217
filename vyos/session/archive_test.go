package session_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// TestOldSecret finds the secret from before a change of nothing else, in what the router keeps.
func TestOldSecret(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		path := strings.Fields("system login user canary authentication plaintext-password")
		set := func(run, value string) plan.Digest {
			d, s := b.inspected(run)
			base, err := plan.DigestOf(s)
			if err != nil {
				t.Fatal(err)
			}
			ph := b.phase("set system config-management commit-revisions 20")
			ph.Steps = append(ph.Steps, plan.Step{Op: plan.Set, Path: path, Value: value})
			b.must(d.Stage(t.Context(), ph), d.Arm(t.Context(), timer), d.Commit(t.Context()))
			b.must(b.open(run).Disarm(t.Context(), run))
			b.must(d.Clean(t.Context(), run))
			return base
		}
		set("r1", "canary-one")
		base := set("r2", "canary-two")
		d, _ := b.inspected("")
		got, err := d.OldSecret(t.Context(), base, path)
		// where what is saved restates defaults, a revision may not be recognised
		unrecognised := b.Release().DebianOrder && errors.Is(err, session.ErrNotArchived)
		if !unrecognised && (string(got) != "canary-one" || err != nil) {
			t.Errorf("%d octets, %v", len(got), err)
		}
		if _, err := d.OldSecret(t.Context(), "00", path); !errors.Is(err, session.ErrNotArchived) {
			t.Error(err)
		}
		if _, err := d.OldSecret(t.Context(), base, strings.Fields("system nothing")); !errors.Is(err, session.ErrNotArchived) {
			t.Error(err)
		}
	})
}
