package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// Arm starts the guard, which restores what ran before the run when its time is over. The router must answer that it waits.
func (d *Device) Arm(ctx context.Context, g plan.Guard) error {
	const doing = "arm"
	if err := d.known(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.Timeout < time.Second {
		return d.errorf(doing, "a guard of %s would restore at once", g.Timeout)
	}
	if d.base == nil || d.phase == 0 {
		return d.errorf(doing, "nothing is staged")
	}
	foreign := g.Foreign
	switch foreign {
	case "":
		foreign = plan.ForeignMerge
	case plan.ForeignMerge, plan.ForeignStop:
	default:
		return d.errorf(doing, "a guard cannot %q what others have committed", foreign)
	}
	s := newScript().set("KIND", string(g.Kind)).number("AFTER", seconds(g.Timeout)).set("FOREIGN", string(foreign))
	switch g.Kind {
	case plan.GuardTimer:
	case plan.GuardNative:
		if d.rel.Box.Arm == "" {
			return d.errorf(doing, "%w: the commit-confirm of VyOS %s asks at a terminal, and cannot be told not to; use the guard timer, which needs no reboot either",
				ErrUnsupported, d.rel.Name)
		}
		// It counts minutes. Its time must not be shorter than what the caller reckons with.
		minutes := (seconds(g.Timeout) + 59) / 60
		s.set("NATIVE", fmt.Sprintf(d.rel.Box.Arm, minutes)).set("CONFIRM", d.rel.Box.Confirm).number("AFTER", 60*minutes)
	default:
		return d.errorf(doing, "%w: there is no guard %q", ErrUnsupported, g.Kind)
	}
	r, err := d.runScript(ctx, doing, s.run("arm"), d.o.Limits.Stage)
	var f *failure
	if errors.As(err, &f) && f.is("native") {
		if text, ok, e := r.text("output"); ok && e == nil {
			return fmt.Errorf("%w: %s", err, d.said(text, 200))
		}
	}
	return err
}

// seconds are a time's whole seconds, rounded up.
func seconds(t time.Duration) int { return int((t + time.Second - 1) / time.Second) }
