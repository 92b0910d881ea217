package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestPhases commits twice under one guard.
func TestPhases(t *testing.T) {
	second := []string{"set system host-name other", "set interfaces loopback lo"}
	for _, how := range []string{"disarm", "undo", "fires", "fires between", "foreign", "second fails"} {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				ctx := t.Context()
				d, before := b.committed(timer, some...)
				if how == "fires between" {
					b.must(d.Stage(ctx, b.phase(second...)))
					time.Sleep(6 * time.Minute)
					if err := d.Commit(ctx); err == nil {
						t.Error("committed after the guard")
					}
					b.restored()
					return
				}
				if how == "second fails" {
					b.must(d.Stage(ctx, b.phase(append(second, "set interfaces vxlan vxlan9 vni 9")...)))
					if err := d.Commit(ctx); err == nil {
						t.Error("committed")
					}
					b.must(d.Undo(ctx, "r1", before))
					b.same()
					b.clean()
					return
				}
				b.must(d.Stage(ctx, b.phase(second...)), d.Commit(ctx))
				if trace := b.trace(); trace.Phase != 2 || trace.Progress != plan.Committed || !trace.Planned {
					t.Errorf("%+v", trace)
				}
				planned := b.Running()
				switch how {
				case "disarm":
					b.must(d.Disarm(ctx, "r1"), d.Save(ctx), d.Clean(ctx, "r1"))
					if b.Running() != planned || !strings.Contains(planned, "host-name other") {
						t.Errorf("%s", b.Running())
					}
				case "undo":
					b.must(d.Undo(ctx, "r1", before))
					b.same()
				case "fires":
					time.Sleep(6 * time.Minute)
					b.restored()
				case "foreign":
					b.foreign(true, "system time-zone UTC")
					time.Sleep(6 * time.Minute)
					want := strings.Replace(b.start, "    host-name gw1\n", "    host-name gw1\n    time-zone UTC\n", 1)
					if b.Running() != want {
						t.Errorf("%s\n%s", b.Running(), b.trace().Log)
					}
					b.must(d.Undo(ctx, "r1", before))
				}
				b.clean()
			})
		})
	}
}
