package applytest

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Device is one connection to a box. It fails the test when it is told something out of order.
type Device struct {
	b      *Box
	boot   int
	closed bool
	armed  bool // the guard was armed over it, so that it may not disarm
}

// do counts a call, carries it out under the fault that was arranged for it, and returns what the caller sees.
func (d *Device) do(ctx context.Context, method string, effect func() error) error {
	up := d.b.reach()
	d.b.mu.Lock()
	f, err := d.locked(ctx, method, up, effect)
	d.b.mu.Unlock()
	hang := false
	if f != nil {
		hang = f.How == Hangs || f.How == HangsAfter
		if f.Then != nil {
			f.Then()
		}
	}
	switch {
	case hang:
		<-ctx.Done()
		return ctx.Err()
	case err == nil && !d.b.reach(): // the call itself cut the box off
		return errCut
	}
	return err
}

// locked carries out a call while the box is locked, and returns the fault that it met.
func (d *Device) locked(ctx context.Context, method string, up bool, effect func() error) (*Fault, error) {
	b := d.b
	switch {
	case d.closed:
		b.t.Errorf("%s: %s over a connection that was closed", b.name, method)
		return nil, errCut
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case b.killed || d.boot != b.boots || !up:
		return nil, errCut
	}
	b.count(method)
	f := b.fault(method)
	if f == nil {
		return nil, effect()
	}
	switch f.How {
	case Works:
		return f, effect()
	case Refuses:
		return f, errors.New("refused by the box")
	case Partial, Differs:
		if method == "Commit" {
			return f, d.spoil(f.How)
		}
		return f, errors.New("it does not do that")
	case GuardFires:
		b.restore()
		return f, effect()
	case Reboot:
		b.reboot()
		return f, errCut
	case LostAfter, HangsAfter, KilledLate:
		_ = effect() // its answer is lost
	}
	b.boots++ // the connection is gone
	return f, errCut
}

// spoil is a commit that ends in something that is neither the state before nor the one planned.
func (d *Device) spoil(how How) error {
	m := d.b.memory
	if m == nil || m.candidate == nil {
		return errors.New("nothing is staged")
	}
	out := maps.Clone(m.candidate)
	out["half"] = "done"
	d.b.running, m.candidate, m.progress = out, nil, plan.CommitFailed
	if how == Differs {
		m.progress = plan.Committed
	}
	return errors.New("the commit was " + string(how))
}

// Inspect reads.
func (d *Device) Inspect(ctx context.Context) (have plan.Snapshot, facts plan.Facts, err error) {
	err = d.do(ctx, "Inspect", func() error {
		have, facts = maps.Clone(d.b.running), d.b.Facts
		if m := d.b.memory; m != nil {
			facts.Runs = append(facts.Runs, plan.Left{Run: m.run, Armed: m.armed})
		}
		return nil
	})
	return have, facts, err
}

// Stage sets a candidate.
func (d *Device) Stage(ctx context.Context, ph plan.Phase) error {
	return d.do(ctx, "Stage", func() error {
		b := d.b
		if b.memory == nil {
			b.memory = &memory{before: maps.Clone(b.running)}
		}
		m := b.memory
		switch {
		case m.candidate != nil:
			b.t.Errorf("%s: Stage while a candidate waits", b.name)
		case m.progress == plan.Restored:
			return errors.New("the guard has restored")
		case m.planned != nil && !m.armed:
			b.t.Errorf("%s: Stage of a second phase without a guard", b.name)
		}
		m.candidate, m.progress = b.running.Apply(ph.Steps...), plan.Staged
		m.phase++
		return nil
	})
}

// Arm starts the guard.
func (d *Device) Arm(ctx context.Context, g plan.Guard) error {
	return d.do(ctx, "Arm", func() error {
		b, m := d.b, d.b.memory
		if m == nil || m.candidate == nil || m.armed || m.planned != nil {
			b.t.Errorf("%s: Arm out of order", b.name)
			return errors.New("out of order")
		}
		d.armed = true
		m.armed, m.fires = true, time.Now().Add(g.Timeout)
		m.guard = time.AfterFunc(g.Timeout, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.memory == m {
				b.log = append(b.log, time.Now().Format("15:04:05")+" "+b.name+" the guard fires")
				b.restore()
			}
		})
		return nil
	})
}

// Commit makes the candidate active.
func (d *Device) Commit(ctx context.Context) error {
	return d.do(ctx, "Commit", func() error {
		b, m := d.b, d.b.memory
		if m == nil || m.candidate == nil {
			if m == nil || m.progress != plan.Restored {
				b.t.Errorf("%s: Commit without Stage", b.name)
			}
			return errors.New("nothing is staged")
		}
		if !m.armed {
			b.t.Errorf("%s: Commit without a guard", b.name)
		}
		b.running, m.planned, m.candidate, m.progress = m.candidate, m.candidate, nil, plan.Committed
		return nil
	})
}

// Operate does nothing but be counted.
func (d *Device) Operate(ctx context.Context, op plan.Operation) error {
	return d.do(ctx, "Operate", func() error {
		if m := d.b.memory; m != nil && m.candidate != nil {
			d.b.t.Errorf("%s: %s before the commit", d.b.name, op.Command)
		}
		return nil
	})
}

// Check answers as Find says.
func (d *Device) Check(ctx context.Context, c plan.Check) (f plan.Finding, err error) {
	err = d.do(ctx, "Check", func() error {
		f = plan.Finding{State: plan.Passed}
		if d.b.Find != nil {
			f = d.b.Find(c)
		}
		return nil
	})
	return f, err
}

// Disarm ends the guard.
func (d *Device) Disarm(ctx context.Context, run string) error {
	return d.do(ctx, "Disarm", func() error {
		b, m := d.b, d.b.memory
		if d.armed {
			b.t.Errorf("%s: Disarm over the connection that armed", b.name)
		}
		switch {
		case m == nil:
			return errors.New("no guard is there")
		case !m.armed:
			return errors.New("the guard has fired")
		case !maps.Equal(b.running, m.planned):
			return errors.New("it does not run what was committed")
		}
		m.guard.Stop()
		m.armed = false
		return nil
	})
}

// Save saves what runs.
func (d *Device) Save(ctx context.Context) error {
	return d.do(ctx, "Save", func() error {
		if m := d.b.memory; m != nil && m.armed {
			d.b.t.Errorf("%s: Save while a guard is armed", d.b.name)
		}
		d.b.saved = maps.Clone(d.b.running)
		return nil
	})
}

// Undo restores and forgets.
func (d *Device) Undo(ctx context.Context, run string, to plan.Snapshot) error {
	return d.do(ctx, "Undo", func() error {
		b := d.b
		if m := b.memory; m != nil {
			if m.guard != nil {
				m.guard.Stop()
			}
			b.running, b.memory = maps.Clone(m.before), nil
			return nil
		}
		want, err := plan.DigestOf(to)
		if err != nil {
			return err
		}
		have, _ := plan.DigestOf(b.running) // never fails
		if have != want {
			return errors.New("what ran before is not known any more")
		}
		return nil
	})
}

// Look says what is known of a run.
func (d *Device) Look(ctx context.Context, run string) (tr plan.Trace, err error) {
	err = d.do(ctx, "Look", func() error {
		m := d.b.memory
		if m == nil {
			return nil
		}
		tr = plan.Trace{
			Progress: m.progress, Phase: m.phase, Armed: m.armed,
			Before:  maps.Equal(d.b.running, m.before),
			Planned: m.planned != nil && maps.Equal(d.b.running, m.planned),
		}
		if m.armed {
			tr.Left = time.Until(m.fires)
		}
		return nil
	})
	return tr, err
}

// Clean forgets the run.
func (d *Device) Clean(ctx context.Context, run string) error {
	return d.do(ctx, "Clean", func() error {
		if m := d.b.memory; m != nil && m.armed {
			d.b.t.Errorf("%s: Clean while a guard is armed", d.b.name)
		}
		d.b.memory = nil
		return nil
	})
}

// Close ends the connection.
func (d *Device) Close() error {
	d.b.mu.Lock()
	defer d.b.mu.Unlock()
	d.closed = true
	return nil
}
