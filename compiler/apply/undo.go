package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// undo restores every member that the run wrote to. What is managed through the tunnel goes first, as long as
// it can be reached; what cannot has to wait until the near ends are as they were, or its own guard has fired.
func (c *component) undo(ctx context.Context) {
	var first, others, late []*member
	for _, m := range c.members {
		switch {
		case m.undone: // by an earlier process
		case !m.staged && m.Plan.Empty():
			m.state = Unchanged
		case !m.staged:
			m.state = Untouched
		case m.InBand:
			m.state = ""
			first = append(first, m)
		default:
			others = append(others, m)
		}
	}
	_ = c.run.each(first, func(m *member) error { return m.restore(ctx, stepLimit, time.Now()) }) // what remains to be done stands in state
	for _, m := range first {
		if m.state == "" {
			late = append(late, m)
		}
	}
	for _, some := range [][]*member{others, late} {
		_ = c.run.each(some, func(m *member) error { // what cannot be proven stands in the result
			until := time.Now().Add(undoLimit)
			if fired := m.fires.Add(undoLimit); m.armed() && fired.After(until) {
				until = fired
			}
			if err := m.restore(ctx, undoLimit, until); err != nil {
				m.unproven(err)
			}
			return nil
		})
	}
}

// restore undoes until that is proven or the time is over. limit is what one attempt may take.
func (m *member) restore(ctx context.Context, limit time.Duration, until time.Time) error {
	if ctx.Err() != nil {
		return cause(ctx)
	}
	_ = m.tell(PhaseUndo, Begin, "") // an undo is not held up by a journal that cannot be written
	why := "undoing"
	if m.armed() {
		why = "undoing; its guard does the same when it fires"
	}
	err := m.insist(ctx, PhaseUndo, until, why, func(ctx context.Context) error {
		err := m.call(ctx, limit, func(ctx context.Context, d Device) error { return d.Undo(ctx, m.run.tx.Run, m.Before) })
		if errors.Is(err, plan.ErrForeign) {
			err = settled(err)
		}
		return err
	})
	if err == nil && m.saving {
		err = m.insist(ctx, PhaseUndo, until, "saving what was before", func(ctx context.Context) error {
			return m.call(ctx, saveLimit, func(ctx context.Context, d Device) error { return d.Save(ctx) })
		})
		if err != nil {
			err = fmt.Errorf("it runs what it ran before, but may boot what was planned: %w", err)
		}
	}
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", m.node(), PhaseUndo, err)
		_ = m.tell(PhaseUndo, Fail, err.Error())
		return err
	}
	m.state = Reverted
	if m.begun == 0 {
		m.state = Untouched
	}
	_ = m.tell(PhaseUndo, Done, "")
	return nil
}

// unproven says of a member what is known, when the undo could not be seen through.
func (m *member) unproven(err error) {
	m.state, m.hint = Unproven, m.rollback()
	left := max(time.Until(m.fires), 0).Round(time.Second)
	if errors.Is(err, plan.ErrForeign) {
		m.detail = "somebody else has committed there since, and everything was left as it is, as asked: it may run what was planned. A rollback takes back what the run changed, and leaves the rest"
		return // no commands for the console: they would take what others have put beside ours as well
	}
	switch {
	case m.begun == 0 && m.armed() && left > 0:
		m.detail = fmt.Sprintf("nothing was committed there; what was staged and its guard are left, and end by themselves in %v", left)
	case m.begun == 0:
		m.detail = "nothing was committed there; what was staged may be left, and is dropped by the gateway itself"
	case m.armed() && left > 0:
		m.detail = fmt.Sprintf("its guard is armed and restores what was before in %v, at %s", left, m.fires.Format(time.TimeOnly))
	case m.armed():
		m.detail = "its guard was to restore what was before, and that could not be seen"
	case m.saving:
		m.detail = "its guard is disarmed; it may run what was planned, and boot it"
	default:
		m.detail = "its guard is disarmed; it may run what was planned"
	}
	switch {
	case left > 0:
	case m.InBand && !m.saving:
		m.detail += "; should it stay out of reach, reboot it: it boots what it ran before"
	case m.InBand:
		m.detail += "; it is managed through the tunnel, which stays down as long as the far end runs what it ran before"
	}
	if m.saving && left == 0 {
		m.typed = m.Plan.Inverse
	}
	if !errors.Is(err, ErrAbandoned) {
		m.detail += ": " + err.Error()
	}
}
