package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// errUnsaved marks a component that is confirmed everywhere but not saved everywhere.
var errUnsaved = errors.New("applied, but not saved")

// confirm ends the guards, over new connections: that a gateway lets somebody in is part of what is proven. No
// guard is ended before every gateway was reached, so that the time between the first and the last is short.
func (c *component) confirm(ctx context.Context) error {
	members := c.changing()
	err := c.run.each(members, func(m *member) error {
		if m.confirmed {
			return nil
		}
		if err := m.tell(PhaseConfirm, Note, "connecting anew"); err != nil {
			return err
		}
		m.drop()
		err := m.insist(ctx, PhaseConfirm, m.fires.Add(-confirmMargin), "connecting anew", func(ctx context.Context) error {
			tr, err := m.look(ctx)
			if err == nil && !(tr.Armed && tr.Planned) {
				err = settled(errors.New(describe(tr)))
			}
			return err
		})
		if err != nil {
			err = fmt.Errorf("%s: %s: %w", m.node(), PhaseConfirm, err)
			return errors.Join(err, m.tell(PhaseConfirm, Fail, err.Error()))
		}
		return nil
	})
	if err == nil {
		err = c.guardsLast(confirmMargin)
	}
	if err != nil {
		return err
	}
	return c.run.each(members, func(m *member) error { return m.disarm(ctx) })
}

// disarm ends the guard. When the answer is lost, a look tells whether it took effect.
func (m *member) disarm(ctx context.Context) error {
	if m.confirmed {
		return nil
	}
	err := m.do(ctx, PhaseConfirm, "", stepLimit, nil, func(ctx context.Context, d Device) error { return d.Disarm(ctx, m.run.tx.Run) })
	if err != nil && ctx.Err() == nil {
		until := m.fires.Add(confirmMargin)
		again := m.insist(ctx, PhaseConfirm, until, "whether the guard is disarmed is not known", func(ctx context.Context) error {
			tr, look := m.look(ctx)
			switch {
			case look != nil:
				return look
			case tr.Planned && !tr.Armed && tr.Progress == plan.Committed:
				return nil
			case tr.Planned && tr.Armed:
				return m.call(ctx, stepLimit, func(ctx context.Context, d Device) error { return d.Disarm(ctx, m.run.tx.Run) })
			case tr.Progress == plan.Restoring:
				return errors.New(describe(tr))
			}
			return settled(errors.New(describe(tr)))
		})
		if again != nil {
			return fmt.Errorf("%w (%w)", err, again)
		}
		m.step++
		if err = m.tell(PhaseConfirm, Done, "at the second attempt"); err != nil {
			return err
		}
	}
	if err == nil {
		m.confirmed = true
	}
	return err
}

// finish saves what is confirmed everywhere, and cleans up when all of that is saved. A gateway that turns out
// to have lost what was confirmed is an error other than errUnsaved. What is managed through the tunnel is saved
// after the others: as long as it is not, a reboot takes it back to where it can be reached.
func (c *component) finish(ctx context.Context) error {
	near, inBand := c.split()
	err := c.run.each(near, func(m *member) error { return m.save(ctx) })
	if !errors.Is(err, errGone) {
		err = errors.Join(err, c.run.each(inBand, func(m *member) error { return m.save(ctx) }))
	}
	if err == nil {
		_ = c.run.each(c.changing(), func(m *member) error { m.clean(ctx); return nil }) // what is left behind stands in the result
	}
	for _, m := range c.members {
		switch {
		case m.Plan.Empty():
			m.state = Unchanged
		case err != nil && m.state == Applied:
			m.detail, m.hint = "files of the run stay there until it is finished", m.again()
		}
	}
	return err
}

// save saves, over a new connection when one is lost. An error other than errUnsaved means that the gateway
// does not run what was confirmed: it was rebooted, or changed.
func (m *member) save(ctx context.Context) error {
	if m.run.o.NoSave || m.saved {
		m.saved, m.state = true, Applied
		return nil
	}
	attempts := 0
	err := m.insist(ctx, PhaseSave, time.Now().Add(2*saveLimit), "saving", func(ctx context.Context) error {
		if attempts++; attempts > 1 {
			tr, err := m.look(ctx)
			if err != nil {
				return err
			}
			if !tr.Planned {
				return settled(fmt.Errorf("%s: %w: %s", m.node(), errGone, describe(tr)))
			}
		}
		err := m.do(ctx, PhaseSave, "", saveLimit, func() { m.saving = true }, func(ctx context.Context, d Device) error { return d.Save(ctx) })
		if err != nil && attempts >= 3 && !errors.Is(err, plan.ErrLost) {
			err = settled(err)
		}
		return err
	})
	switch {
	case err == nil:
		m.saved, m.state = true, Applied
		return nil
	case errors.Is(err, errGone):
		return err
	case errors.Is(err, plan.ErrLost) || m.dev == nil:
		m.state, m.detail = Unproven, "it was confirmed, and could not be reached to save: after a reboot it would run what it ran before: "+err.Error()
	default:
		m.state, m.detail = NotSaved, "it runs what was planned, and a reboot would lose that: "+err.Error()
	}
	m.hint = m.again()
	return fmt.Errorf("%w: %w", errUnsaved, err)
}

// errGone reports a gateway that no longer runs what was confirmed.
var errGone = errors.New("it does not run what was confirmed")

// again is what finishes a run that was confirmed.
func (m *member) again() string { return "l2stretch rollback --finish " + m.run.tx.Run }

// rollback is what undoes the run later.
func (m *member) rollback() string { return "l2stretch rollback " + m.run.tx.Run }

// clean notes the digest of what runs now, for a later rollback, and removes the run's files. Neither matters
// to what was applied.
func (m *member) clean(ctx context.Context) {
	err := m.insist(ctx, PhaseClean, time.Now().Add(stepLimit), "cleaning up", func(ctx context.Context) error {
		if m.after == "" {
			err := m.call(ctx, inspectLimit, func(ctx context.Context, d Device) error {
				have, _, err := d.Inspect(ctx)
				if err != nil {
					return err
				}
				m.after, err = plan.DigestOf(have)
				return err
			})
			if errors.Is(err, plan.ErrLost) {
				return err
			}
		}
		return m.do(ctx, PhaseClean, "", stepLimit, nil, func(ctx context.Context, d Device) error { return d.Clean(ctx, m.run.tx.Run) })
	})
	if err != nil {
		m.detail, m.hint = "files of the run are left there: "+err.Error(), m.rollback()
	}
}
