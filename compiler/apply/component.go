package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A component is what changes together or not at all: targets joined by changed tunnels.
type component struct {
	run     *run
	members []*member // in the order of commit
	err     error     // why it was not applied; nil before its end
}

// changing are the members that have something to change.
func (c *component) changing() []*member {
	return slices.DeleteFunc(slices.Clone(c.members), func(m *member) bool { return m.Plan.Empty() })
}

// split divides them into those reached directly and those managed through a tunnel.
func (c *component) split() (near, inBand []*member) {
	for _, m := range c.changing() {
		if m.InBand {
			inBand = append(inBand, m)
		} else {
			near = append(near, m)
		}
	}
	return near, inBand
}

// change carries out the component, or undoes it.
func (c *component) change(ctx, hard context.Context) {
	if c.err = c.prepare(ctx, hard); c.err == nil {
		c.err = c.commit(ctx, hard)
	}
	if c.err == nil {
		c.err = c.check(ctx)
	}
	if c.err == nil && ctx.Err() != nil {
		c.err = cause(ctx)
	}
	if c.err == nil {
		c.err = c.confirm(hard)
	}
	c.end(hard)
}

// end finishes what was confirmed, and undoes what was not.
func (c *component) end(hard context.Context) {
	if c.err == nil {
		c.err = c.finish(hard)
	}
	if c.err != nil && !errors.Is(c.err, errUnsaved) {
		c.undo(hard)
	}
}

// prepare stages the first phase on all gateways and arms their guards. Nothing is active after it.
func (c *component) prepare(ctx, hard context.Context) error {
	err := c.run.each(c.changing(), func(m *member) error {
		if ctx.Err() != nil {
			return cause(ctx)
		}
		return m.stage(ctx, 0)
	})
	if err != nil {
		return err
	}
	length := needs(c.members, c.run.o)
	return c.run.each(c.changing(), func(m *member) error {
		if ctx.Err() != nil {
			return cause(ctx)
		}
		g := m.Plan.Guard
		g.Timeout = length
		return m.do(hard, PhaseArm, "guard for "+length.String(), stepLimit, func() { m.fires = time.Now().Add(length) },
			func(ctx context.Context, d Device) error { return d.Arm(ctx, g) })
	})
}

func (m *member) stage(ctx context.Context, phase int) error {
	limit := stepLimit + 4*m.Plan.Takes
	return m.do(ctx, PhaseStage, m.ofPhases(phase), limit, func() { m.staged = true },
		func(ctx context.Context, d Device) error { return d.Stage(ctx, m.Plan.Phases[phase]) })
}

func (m *member) ofPhases(phase int) string {
	if n := len(m.Plan.Phases); n > 1 {
		return fmt.Sprintf("phase %d of %d", phase+1, n)
	}
	return ""
}

// commit commits in order. A gateway in band may be cut off by its own commit until the others have theirs:
// what became of it is looked at after them. Then follow the operations.
func (c *component) commit(ctx, hard context.Context) error {
	for _, m := range c.changing() {
		if err := c.commitOne(ctx, hard, m, m.InBand); err != nil {
			return err
		}
	}
	for _, m := range c.changing() {
		if m.left() {
			if err := c.rejoin(ctx, hard, m); err != nil {
				return err
			}
		}
		if err := c.commitOne(ctx, hard, m, false); err != nil {
			return err
		}
	}
	return c.operate(ctx, hard, c.members)
}

// rejoin waits for a gateway that was cut off. When it does not come back by itself the operations of the others
// are carried out for it: a tunnel that was made anew may stay down until somebody initiates (N12).
func (c *component) rejoin(ctx, hard context.Context, m *member) error {
	err := m.insist(ctx, PhaseCommit, time.Now().Add(rejoinLimit), m.node()+" is cut off", func(context.Context) error { return nil })
	if err == nil || ctx.Err() != nil {
		return nil // what is to be seen is seen by whoever comes next
	}
	others := slices.DeleteFunc(slices.Clone(c.members), func(o *member) bool { return o.left() })
	return c.operate(ctx, hard, others)
}

// rejoinLimit is how long a gateway in band may take to come back when both ends of its tunnel have committed.
const rejoinLimit = 20 * time.Second

// left reports whether a member was cut off in a commit, so that what became of that is not known.
func (m *member) left() bool { return m.begun > m.committed }

// operate carries out the operations of members, those of initiators last.
func (c *component) operate(ctx, hard context.Context, members []*member) error {
	for _, last := range []bool{false, true} {
		for _, m := range members {
			for _, op := range m.Plan.Operations {
				if op.Last != last {
					continue
				}
				if ctx.Err() != nil {
					return cause(ctx)
				}
				if err := m.operate(hard, op); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// commitOne commits the phases of a member that are left. When it may leave, a lost connection ends that
// without an error.
func (c *component) commitOne(ctx, hard context.Context, m *member, mayLeave bool) error {
	if m.left() {
		if err := m.settle(ctx); err != nil {
			return err
		}
	}
	for m.committed < len(m.Plan.Phases) {
		if ctx.Err() != nil {
			return cause(ctx)
		}
		if err := c.timeLeft(m); err != nil {
			return err
		}
		if m.committed > 0 {
			if err := m.stage(ctx, m.committed); err != nil {
				return err
			}
		}
		err := m.do(hard, PhaseCommit, m.ofPhases(m.committed), stepLimit+4*m.Plan.Takes, func() { m.begun++ },
			func(ctx context.Context, d Device) error { return d.Commit(ctx) })
		switch {
		case err == nil:
			m.committed++
			continue
		case !errors.Is(err, plan.ErrLost) || hard.Err() != nil:
			return err
		case mayLeave:
			return m.tell(PhaseCommit, Note, "cut off, as it may be by its own commit; the others go on")
		}
		if err := m.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle finds out what became of a commit whose connection was lost.
func (m *member) settle(ctx context.Context) error {
	last := m.committed+1 == len(m.Plan.Phases)
	began := time.Now()
	until := m.fires.Add(-confirmMargin)
	err := m.insist(ctx, PhaseCommit, until, m.node()+" is cut off", func(ctx context.Context) error {
		tr, err := m.look(ctx)
		switch {
		case err != nil:
			return err
		case tr.Progress == plan.Committed && tr.Phase == m.committed+1 && (tr.Planned || !last):
			return nil
		case tr.Progress == plan.Committing, tr.Progress == plan.Staged && time.Since(began) < goAhead:
			return errors.New("it is still committing")
		}
		return settled(fmt.Errorf("the connection was lost and the commit is not there: %s", describe(tr)))
	})
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", m.node(), PhaseCommit, err)
		return errors.Join(err, m.tell(PhaseCommit, Fail, err.Error()))
	}
	m.committed++
	m.step++
	return m.tell(PhaseCommit, Done, "seen over a new connection")
}

// goAhead is how long a gateway may take to begin a commit that it was told to begin.
const goAhead = 15 * time.Second

// describe says in words what a gateway knows of a run.
func describe(tr plan.Trace) string {
	s := "it knows nothing of the run"
	switch tr.Progress {
	case plan.Staged:
		s = "a candidate waits"
	case plan.Committing:
		s = "it is committing"
	case plan.Committed:
		s = "it has committed"
	case plan.CommitFailed:
		s = "its commit failed"
	case plan.Restoring:
		s = "its guard is restoring"
	case plan.Restored:
		s = "its guard has restored what was before"
	case plan.GaveUp:
		s = "its guard could not restore what was before"
	}
	switch {
	case tr.Planned:
		s += ", it runs what was planned"
	case tr.Before:
		s += ", it runs what it ran before"
	}
	if tr.Log != "" {
		s += ": " + tr.Log
	}
	return s
}

// operate carries out an operation. When its connection is lost it is repeated over a new one, except on a
// gateway in band: it may have cut itself off, and the checks tell whether it worked.
func (m *member) operate(ctx context.Context, op plan.Operation) error {
	for again := true; ; again = false {
		err := m.do(ctx, PhaseOperate, op.Object+": "+op.Command, stepLimit, nil, func(ctx context.Context, d Device) error { return d.Operate(ctx, op) })
		switch {
		case err == nil || !errors.Is(err, plan.ErrLost) || ctx.Err() != nil:
			return err
		case m.InBand:
			return m.tell(PhaseOperate, Note, "cut off, as it may be by this; the checks tell")
		case !again:
			return err
		}
	}
}
