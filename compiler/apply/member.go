package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A member is a target with how far the run came on it. One goroutine at a time works on it.
type member struct {
	*Target
	run *run
	dev Device // nil: no connection

	// What was begun. Each is set before the device is told. A later process reads the same from the journal.
	staged     bool
	begun      int       // commits
	committed  int       // of them those that are known to be active
	fires      time.Time // when the guard fires at the earliest; zero: it was never armed
	confirming bool
	confirmed  bool // the guard is known to be disarmed, and the plan to run
	saving     bool
	saved      bool
	undoing    bool
	undone     bool // by an earlier process

	state  NodeState
	detail string
	hint   string      // what to type
	typed  []plan.Step // what to type on its console
	step   int         // steps done
	checks []CheckResult
	places map[checkKey]int // in checks
	after  plan.Digest
}

func (m *member) result() Result {
	res := Result{Node: m.node(), State: m.state, Detail: m.detail, Type: m.hint, Console: m.typed, Checks: m.checks, After: m.after}
	if res.State == "" {
		res.State = Untouched
	}
	return res
}

// armed reports whether a guard may be armed.
func (m *member) armed() bool { return !m.fires.IsZero() && !m.confirmed }

// steps is how many steps the member has when all goes well.
func (m *member) steps() int {
	n := 4 + 2*len(m.Plan.Phases) + len(m.Plan.Operations) // arm, check, confirm, clean
	if !m.run.o.NoSave {
		n++
	}
	return n
}

func (m *member) tell(ph Phase, what What, detail string) error {
	e := Event{Node: m.node(), Phase: ph, Event: what, Detail: detail, Step: m.step, Steps: m.steps()}
	if m.armed() {
		e.Guard = max(time.Until(m.fires), 0)
	}
	return m.run.tell(e)
}

// do carries out one step that writes to the device: it is journalled first, and given up after limit.
// begun, when not nil, notes what is begun before the device is told.
func (m *member) do(ctx context.Context, ph Phase, detail string, limit time.Duration, begun func(), f func(context.Context, Device) error) error {
	if err := m.open(ctx); err != nil {
		return fmt.Errorf("%s: %s: %w", m.node(), ph, err)
	}
	if begun != nil {
		begun()
	}
	if err := m.tell(ph, Begin, detail); err != nil {
		return fmt.Errorf("%s: %s: %w", m.node(), ph, err)
	}
	err := m.call(ctx, limit, f)
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", m.node(), ph, err)
		return errors.Join(err, m.tell(ph, Fail, err.Error()))
	}
	m.step++
	if err := m.tell(ph, Done, detail); err != nil {
		return fmt.Errorf("%s: %s: %w", m.node(), ph, err)
	}
	return nil
}

// call asks the device within a limit. Whether a call that took longer had its effect is not known, as with a
// connection that was lost; in both cases the connection is not used again.
func (m *member) call(ctx context.Context, limit time.Duration, f func(context.Context, Device) error) error {
	c, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(c, m.dev)
	if err != nil && c.Err() != nil && !errors.Is(err, plan.ErrLost) {
		if ctx.Err() == nil {
			err = &lostError{fmt.Errorf("no answer within %v", limit)}
		} else {
			err = &lostError{cause(ctx)}
		}
	}
	if errors.Is(err, plan.ErrLost) {
		m.drop()
	}
	return err
}

// A lostError is why a connection is not used any more, where that was decided here: that it was lost would be news of
// the gateway.
type lostError struct{ why error }

func (e *lostError) Error() string   { return e.why.Error() }
func (e *lostError) Unwrap() []error { return []error{plan.ErrLost, e.why} }

// open connects unless there is a connection.
func (m *member) open(ctx context.Context) error {
	if m.dev != nil {
		return nil
	}
	if ctx.Err() != nil {
		return cause(ctx)
	}
	c, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	dev, err := m.Open(c)
	switch {
	case err == nil:
		m.dev = dev
	case ctx.Err() != nil:
		err = cause(ctx)
	case c.Err() != nil:
		err = fmt.Errorf("no connection within %v", openLimit)
	}
	return err
}

// drop ends the connection. What closing it reports says nothing about the gateway.
func (m *member) drop() {
	if m.dev != nil {
		_ = m.dev.Close()
		m.dev = nil
	}
}

// insist tries until it works, ctx ends or the time is over, over new connections when one is lost. why
// describes the wait, for the one who watches.
func (m *member) insist(ctx context.Context, ph Phase, until time.Time, why string, try func(context.Context) error) error {
	for pause := time.Second; ; pause = min(2*pause, 10*time.Second) {
		err := m.open(ctx)
		if err == nil {
			err = try(ctx)
		}
		if err == nil || ctx.Err() != nil || errors.Is(err, errSettled) {
			return err
		}
		left := time.Until(until)
		if left <= 0 {
			return err
		}
		_ = m.tell(ph, Wait, fmt.Sprintf("%s; %v left (%v)", why, left.Round(time.Second), err)) // progress is not journalled
		if wait(ctx, min(pause, left)) != nil {
			return err
		}
	}
}

// errSettled marks an error that another attempt would not change.
var errSettled = errors.New("")

func settled(err error) error { return fmt.Errorf("%w%w", err, errSettled) }

// look asks what the gateway knows of the run.
func (m *member) look(ctx context.Context) (plan.Trace, error) {
	var tr plan.Trace
	err := m.call(ctx, lookLimit, func(ctx context.Context, d Device) (err error) {
		tr, err = d.Look(ctx, m.run.tx.Run)
		return err
	})
	return tr, err
}

// wait waits for a time, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return cause(ctx)
	}
}
