package apply

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A recorded snapshot is the text of one, as the journal has it.
type recorded struct {
	backend, release, text string
}

func (r recorded) Backend() string                     { return r.backend }
func (r recorded) Release() string                     { return r.release }
func (r recorded) AppendText(b []byte) ([]byte, error) { return append(b, r.text...), nil }

// Transaction is the run again, with a way to reach its gateways.
func (r *Record) Transaction(open func(node string) func(context.Context) (Device, error)) *Transaction {
	tx := &Transaction{Run: r.Run, Spec: r.Spec, Command: r.Command, Of: r.Of, Saved: r.Saved}
	for _, n := range r.Nodes {
		tx.Targets = append(tx.Targets, Target{
			Plan: n.Plan, Before: recorded{n.Plan.Backend, n.Plan.Release, n.Before}, Checks: n.Checks,
			Component: n.Component, InBand: n.InBand, Open: open(n.Plan.Node),
		})
	}
	return tx
}

// Recover ends a run that was killed, or that could not prove what it left. The gateways say how far it came:
// a component whose checks had passed, and that runs what was planned on every gateway, is finished; any other
// is undone. When a gateway that may have been confirmed cannot be reached nothing is decided, unless the options
// say to undo. A component that was saved everywhere is beyond that: it is applied, and taken back as a finished
// run is. The caller holds the journal's lock.
func Recover(ctx context.Context, rec *Record, j *Journal, open func(node string) func(context.Context) (Device, error), o Options) (*Outcome, error) {
	if rec.Outcome != nil && !rec.Outcome.NeedsHelp() {
		return rec.Outcome, nil
	}
	o.NoSave = rec.NoSave
	r := newRun(rec.Transaction(open), o)
	for _, m := range r.members {
		m.recall(rec)
	}
	ctx, hard, release := r.reins(ctx)
	defer release()
	book, err := j.openLogbook(filepath.Join(j.dir, rec.Run))
	if err != nil {
		return r.outcome(ctx, nil, 0), err
	}
	r.book = book
	for _, c := range r.all {
		c.recover(ctx, hard, rec.Damaged)
	}
	r.drop(r.members)
	out := r.outcome(ctx, nil, 0)
	return out, errors.Join(r.bookErr, book.close(out))
}

// recall sets what was begun on a member from the journal. Where lines are missing in the journal everything
// may have been begun.
func (m *member) recall(rec *Record) {
	if rec.Damaged && !m.Plan.Empty() {
		m.staged, m.begun = true, 1
	}
	for _, e := range rec.Events {
		if e.Node != m.node() {
			continue
		}
		switch begin, done := e.Event == Begin, e.Event == Done; {
		case e.Phase == PhaseStage && begin:
			m.staged = true
		case e.Phase == PhaseArm && begin:
			m.fires = e.Time.Add(e.Guard)
		case e.Phase == PhaseCommit && begin:
			m.begun++
		case e.Phase == PhaseCommit && done:
			m.committed++
		case e.Phase == PhaseConfirm && begin:
			m.confirming = true
		case e.Phase == PhaseConfirm && done:
			m.confirmed = true
		case e.Phase == PhaseSave && begin:
			m.saving = true
		case e.Phase == PhaseSave && done:
			m.saved = true
		case e.Phase == PhaseClean && begin: // not before all are saved, or are not to be
			m.saved = true
		case e.Phase == PhaseUndo && begin:
			m.undoing = true
		case e.Phase == PhaseUndo && done:
			m.state, m.undone = Reverted, true
			if m.begun == 0 {
				m.state = Untouched
			}
		}
	}
}

// recover decides where a component goes, and goes there. Where the journal is damaged, that the checks had
// passed is believed only when no guard is armed any more.
func (c *component) recover(ctx, hard context.Context, damaged bool) {
	confirming, saved, undoing := false, true, false
	for _, m := range c.changing() {
		confirming, saved, undoing = confirming || m.confirming, saved && m.saved, undoing || m.undoing
	}
	switch {
	case saved && !undoing:
		c.err = c.finish(hard)
		return
	case undoing || !confirming && !damaged || c.run.o.Undo:
		c.err = errCutOff
		c.end(hard)
		return
	}
	if c.err = c.see(ctx); errors.Is(c.err, errUndecided) {
		for _, m := range c.changing() {
			m.unproven(c.err)
		}
		return
	}
	if damaged && slices.ContainsFunc(c.changing(), (*member).armed) {
		c.err = errCutOff
	}
	if c.err == nil {
		c.err = c.confirm(hard)
	}
	c.end(hard)
}

// errCutOff is why an earlier run is undone.
var errCutOff = errors.New("the run did not come to its end")

// errUndecided marks a component of which too little can be seen.
var errUndecided = errors.New("nothing was decided, since it may run what was planned or what it ran before")

// see looks whether every gateway runs what was planned.
func (c *component) see(ctx context.Context) error {
	err := c.run.each(c.changing(), func(m *member) error {
		var tr plan.Trace
		err := m.insist(ctx, PhaseConfirm, time.Now().Add(stepLimit), "looking", func(ctx context.Context) (err error) {
			tr, err = m.look(ctx)
			return err
		})
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w: %w", m.node(), errUndecided, err)
		case tr.Progress == plan.NothingKnown && m.saved: // it forgot by a reboot, into what is saved
		case !tr.Planned:
			return fmt.Errorf("%s: %w: %s", m.node(), errGone, describe(tr))
		}
		m.confirmed = !tr.Armed
		return nil
	})
	return err
}
