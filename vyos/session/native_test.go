package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// native is the guard of the release itself.
var native = plan.Guard{Kind: plan.GuardNative, Timeout: 270 * time.Second}

// TestNative is the release's own commit-confirm: confirmed, undone and left alone.
func TestNative(t *testing.T) {
	for _, how := range []string{"disarm", "undo", "fires"} {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				d, before := b.inspected("r1")
				ctx := t.Context()
				b.must(d.Stage(ctx, b.phase(some...)))
				err := d.Arm(ctx, native)
				if b.Release().Debian < 12 {
					if !errors.Is(err, session.ErrUnsupported) || !strings.Contains(err.Error(), "use the guard timer") {
						t.Error(err)
					}
					return
				}
				b.must(err, d.Commit(ctx))
				if trace := b.trace(); !trace.Armed || trace.Left < 4*time.Minute || trace.Left > 5*time.Minute {
					t.Errorf("%+v", trace)
				}
				switch how {
				case "disarm":
					planned := b.Running()
					b.must(d.Disarm(ctx, "r1"), d.Save(ctx), d.Clean(ctx, "r1"))
					time.Sleep(time.Hour)
					if b.Running() != planned {
						t.Errorf("%s", b.Running())
					}
				case "undo":
					b.must(d.Undo(ctx, "r1", before))
					time.Sleep(time.Hour)
					b.same()
				case "fires":
					time.Sleep(time.Hour)
					b.same()
					b.must(b.open("r1").Clean(ctx, "r1"))
				}
				if (b.Boots() > 0) != (how == "fires" && b.Release().Name != "rolling") {
					t.Errorf("%d boots", b.Boots())
				}
				b.clean()
			})
		})
	}
}

// TestNativePending does not arm where another commit-confirm waits.
func TestNativePending(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		if b.Release().Debian < 12 {
			return
		}
		d, before := b.inspected("r1")
		b.must(d.Stage(t.Context(), b.phase(some...)))
		b.exec("admin2", "sudo -n sg vyattacfg '/usr/bin/config-mgmt commit_confirm -t=60 -y' < /dev/null")
		if err := d.Arm(t.Context(), native); err == nil || !strings.Contains(err.Error(), "pending") {
			t.Error(err)
		}
		b.must(d.Undo(t.Context(), "r1", before))
		if out := b.exec("vyos", "systemctl is-active commit-confirm.timer"); strings.TrimSpace(out) != "active" {
			t.Errorf("somebody else's commit-confirm is %s", out)
		}
	})
}
