package apply

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Why a run ends before its time.
var (
	// ErrInterrupted is why a run is undone whose context was cancelled.
	ErrInterrupted = errors.New("interrupted")
	// ErrAbandoned is why a run leaves the gateways to their guards.
	ErrAbandoned = errors.New("abandoned: what is armed is left to the guards")
)

// Run carries out a transaction: preflight on all gateways, then component by component stage, arm, commit,
// check, confirm and save, or an undo of everything that was begun. The caller holds the journal's lock.
//
// The outcome is never nil. The error reports a journal that could not be written; what it means for the
// gateways stands in the outcome.
//
// A cancelled context takes effect between two steps: what a gateway is at is not cut off. It undoes the
// components that are not confirmed yet.
func Run(ctx context.Context, tx *Transaction, j *Journal, o Options) (*Outcome, error) {
	r := newRun(tx, o)
	ctx, hard, release := r.reins(ctx)
	defer release()
	if refusals := r.preflight(ctx, r.members); len(refusals) > 0 || ctx.Err() != nil {
		r.drop(r.members)
		return r.outcome(ctx, refusals, len(r.all)), nil
	}
	book, err := j.begin(tx, o.NoSave)
	if err != nil {
		r.drop(r.members)
		out := r.outcome(ctx, nil, len(r.all))
		out.Cause = err.Error()
		return out, err
	}
	r.book = book
	out := r.waves(ctx, hard)
	return out, errors.Join(r.bookErr, book.close(out))
}

// A run is a transaction under way.
type run struct {
	tx      *Transaction
	o       Options
	began   time.Time
	judging bool      // gateways without steps are judged as well
	members []*member // in the order of the targets
	all     []*component
	slots   chan struct{} // one for each gateway that is worked on

	mu      sync.Mutex // guards what follows, and the order of events
	book    *logbook   // nil before the journal is begun
	bookErr error      // the first that occurred
}

func newRun(tx *Transaction, o Options) *run {
	r := &run{tx: tx, o: o, began: time.Now(), slots: make(chan struct{}, o.parallel())}
	for i := range tx.Targets {
		r.members = append(r.members, &member{Target: &tx.Targets[i], run: r})
	}
	r.all = components(r.members)
	for _, c := range r.all {
		c.run = r
	}
	return r
}

// reins makes the two contexts of a run out of the caller's: ctx ends with it, hard ends only when the run is
// abandoned. What must not be cut off half-way gets hard.
func (r *run) reins(caller context.Context) (ctx, hard context.Context, release func()) {
	hard, abandon := context.WithCancelCause(context.WithoutCancel(caller))
	ctx, cancel := context.WithCancelCause(caller)
	stop := context.AfterFunc(hard, func() { cancel(ErrAbandoned) })
	done := make(chan struct{})
	var watch sync.WaitGroup
	if r.o.Abandon != nil {
		watch.Go(func() {
			select {
			case <-r.o.Abandon:
				abandon(ErrAbandoned)
			case <-done:
			}
		})
	}
	return ctx, hard, func() {
		close(done)
		watch.Wait()
		stop()
		cancel(nil)
		abandon(nil)
	}
}

// cause is why a context of a run ended.
func cause(ctx context.Context) error {
	if c := context.Cause(ctx); errors.Is(c, ErrAbandoned) {
		return c
	}
	return ErrInterrupted
}

// waves carries out the components wave by wave. After a failure no further wave is begun; the components of
// the wave that is under way go on, since they have nothing to do with each other.
func (r *run) waves(ctx, hard context.Context) *Outcome {
	var refusals []Refusal
	begun := 0
	for i, wave := range waves(r.all, r.o.Waves) {
		if i > 0 {
			if refusals = r.again(ctx, wave); len(refusals) > 0 || ctx.Err() != nil {
				break
			}
		}
		begun += len(wave)
		r.wave(ctx, hard, wave)
		if slices.ContainsFunc(wave, func(c *component) bool { return c.err != nil }) {
			break
		}
	}
	r.drop(r.members)
	return r.outcome(ctx, refusals, len(r.all)-begun)
}

// again repeats the preflight for a wave that had to wait.
func (r *run) again(ctx context.Context, wave []*component) []Refusal {
	var members []*member
	for _, c := range wave {
		members = append(members, c.members...)
	}
	return r.preflight(ctx, members)
}

// wave carries out components that have nothing to do with each other, as many at a time as there are slots.
func (r *run) wave(ctx, hard context.Context, wave []*component) {
	var all sync.WaitGroup
	for _, c := range wave {
		n := min(len(c.members), cap(r.slots))
		for range n {
			r.slots <- struct{}{}
		}
		all.Go(func() {
			defer func() {
				for range n {
					<-r.slots
				}
			}()
			c.change(ctx, hard)
		})
	}
	all.Wait()
}

// each calls f for each member, as many at a time as the options say, and returns the errors joined in the
// order of the members.
func (r *run) each(members []*member, f func(m *member) error) error {
	errs := make([]error, len(members))
	slots := make(chan struct{}, r.o.parallel())
	var all sync.WaitGroup
	for i, m := range members {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(m)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (r *run) drop(members []*member) {
	for _, m := range members {
		m.drop()
	}
}

// outcome sums up what became of the members.
func (r *run) outcome(ctx context.Context, refusals []Refusal, notBegun int) *Outcome {
	out := &Outcome{Run: r.tx.Run, Refusals: refusals, NotBegun: notBegun}
	if notBegun > 0 && ctx.Err() != nil {
		out.Interrupted, out.Cause = true, cause(ctx).Error()
	}
	for _, c := range r.all {
		if c.err == nil {
			continue
		}
		why := c.err
		for _, end := range []error{ErrInterrupted, ErrAbandoned} {
			if errors.Is(c.err, end) {
				out.Interrupted, why = true, end
			}
		}
		out.Cause = cmp.Or(out.Cause, why.Error())
	}
	for _, m := range r.members {
		out.Changed = out.Changed || m.begun > 0
		out.Nodes = append(out.Nodes, m.result())
		for _, c := range m.Checks {
			if name := r.o.skipped(c); name != "" && !slices.Contains(out.Skipped, name) {
				out.Skipped = append(out.Skipped, name)
			}
		}
	}
	slices.Sort(out.Skipped)
	return out
}

// tell journals an event and hands it on. Progress is not journalled. An error is the journal's.
func (r *run) tell(e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Time, e.Run = time.Now(), r.tx.Run
	e.Elapsed = e.Time.Sub(r.began)
	var err error
	if r.book != nil && e.Event != Wait {
		err = r.book.append(e)
		if r.bookErr == nil {
			r.bookErr = err
		}
	}
	if r.o.Events != nil {
		r.o.Events(e)
	}
	return err
}
