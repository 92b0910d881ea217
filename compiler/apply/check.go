package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// checkPause is the time between two looks.
const checkPause = 2 * time.Second

// check polls the checks of all members until they have passed, and then sees that they hold for the soak.
func (c *component) check(ctx context.Context) error {
	deadline := time.Now().Add(c.run.o.checkTimeout())
	err := c.run.each(c.members, func(m *member) error { return m.pass(ctx, deadline) })
	if err == nil && c.run.o.Soak > 0 {
		end := time.Now().Add(c.run.o.Soak)
		err = c.run.each(c.members, func(m *member) error { return m.soak(ctx, end) })
	}
	if err != nil {
		return err
	}
	together(c.members, false)
	for _, m := range c.members {
		for _, r := range m.checks {
			if !r.Check.Before && r.Finding.State == plan.Failed {
				return m.failCheck(m.unmet([]plan.Check{r.Check}, "failed"))
			}
		}
	}
	return nil
}

// wanted are the checks that follow the change.
func (m *member) wanted() []plan.Check {
	return slices.DeleteFunc(slices.Clone(m.Checks), func(c plan.Check) bool {
		return c.Before || m.run.o.skipped(c) != ""
	})
}

// pass looks until every check has passed, one fails for good or the time is over.
func (m *member) pass(ctx context.Context, deadline time.Time) error {
	left := m.wanted()
	if err := m.tell(PhaseCheck, Begin, fmt.Sprintf("%d checks", len(left))); err != nil {
		return err
	}
	for {
		var err error
		if left, err = m.pending(ctx, left); err != nil {
			return m.failCheck(err)
		}
		if len(left) == 0 {
			m.step++
			return m.tell(PhaseCheck, Done, "")
		}
		if !time.Now().Before(deadline) {
			return m.failCheck(m.unmet(left, "not within "+m.run.o.checkTimeout().String()))
		}
		_ = m.tell(PhaseCheck, Wait, m.unmet(left, "waiting").Error()) // progress is not journalled
		if err := wait(ctx, min(checkPause, time.Until(deadline))); err != nil {
			return m.failCheck(err)
		}
	}
}

// skipped is the entry of SkipCheck that a check is left out by, empty when it is looked at.
func (o *Options) skipped(c plan.Check) string {
	for _, name := range []string{c.Name, c.Name + "@" + c.Node} {
		if slices.Contains(o.SkipCheck, name) {
			return name
		}
	}
	return ""
}

// soak looks again and again that all checks hold until the end.
func (m *member) soak(ctx context.Context, end time.Time) error {
	if err := m.tell(PhaseCheck, Begin, "soak for "+m.run.o.Soak.String()); err != nil {
		return err
	}
	for time.Now().Before(end) {
		if err := wait(ctx, min(checkPause, time.Until(end))); err != nil {
			return m.failCheck(err)
		}
		left, err := m.pending(ctx, m.wanted())
		if err == nil && len(left) > 0 {
			err = m.unmet(left, "it passed and does not hold")
		}
		if err != nil {
			return m.failCheck(err)
		}
	}
	return m.tell(PhaseCheck, Done, "")
}

func (m *member) failCheck(err error) error {
	err = fmt.Errorf("%s: %s: %w", m.node(), PhaseCheck, err)
	return errors.Join(err, m.tell(PhaseCheck, Fail, err.Error()))
}

// pending looks at checks once and returns those that have not passed yet. A connection that is lost counts
// as not yet: the checks may be about the way by which it goes.
func (m *member) pending(ctx context.Context, checks []plan.Check) ([]plan.Check, error) {
	var found []plan.Finding
	err := m.open(ctx)
	if err == nil {
		err = m.call(ctx, looksLimit(checks), func(ctx context.Context, d Device) (err error) {
			found, err = Look(ctx, d, checks)
			return err
		})
		if err != nil && !errors.Is(err, plan.ErrLost) {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, cause(ctx)
	}
	var left []plan.Check
	var failed []plan.Check
	for i, c := range checks {
		f := plan.Finding{State: plan.Waiting}
		if i < len(found) {
			f = found[i]
		} else if err != nil {
			f.Why = err.Error()
		}
		m.note(c, f)
		switch f.State {
		case plan.Failed:
			failed = append(failed, c)
		case plan.Waiting, plan.Paused: // somebody may put it into service again
			left = append(left, c)
		}
	}
	if len(failed) > 0 {
		return nil, m.unmet(failed, "failed")
	}
	return left, nil
}

// looksLimit is what one look at some checks may take.
func looksLimit(checks []plan.Check) time.Duration {
	return stepLimit + time.Duration(len(checks))*2*time.Second
}

// unmet says what the first of some checks saw.
func (m *member) unmet(checks []plan.Check, how string) error {
	c := checks[0]
	f := m.finding(c).Finding
	more := ""
	if n := len(checks) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Errorf("%s: %s %s: %s%s", c.Object, c.Name, how, cmp.Or(f.Why, f.Measured, "nothing seen"), more)
}
