package apply

import (
	"context"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Transaction is one change of all targets, or of none.
type Transaction struct {
	Run     string      // its name, of NewRun
	Spec    string      // the specification's name
	Command string      // what began it, as in apply, rollback, pause
	Of      string      // the run that it takes back; empty: none
	Saved   *plan.Saved // what it was made from, for the journal; may be nil
	Targets []Target    // in the order of commit; those in band first in their component
}

// A Target is one gateway of a transaction.
type Target struct {
	Plan      *plan.Plan    // names the node; one without steps is only checked
	Before    plan.Snapshot // what the plan starts from
	Checks    []plan.Check  // those with Before hold before the change, the others after it
	Component int           // targets with the same number change together or not at all
	InBand    bool          // it is reached through a tunnel that the change touches

	// Open makes a new connection. An error that is a *Refusal is reported as that.
	Open func(ctx context.Context) (Device, error)
}

func (t *Target) node() string { return t.Plan.Node }

// Options say how a transaction is carried out. The zero value is what the command does without flags.
type Options struct {
	ConfirmTimeout time.Duration // the guards' least length; 0: plan.DefaultTimeout
	CheckTimeout   time.Duration // for all checks together to pass; 0: DefaultCheckTimeout
	Soak           time.Duration // how long the checks must hold after they have passed
	SkipCheck      []string      // checks that are not looked at: NAME, or NAME@NODE for that of one node
	Parallel       int           // gateways that are worked on at a time; 0: DefaultParallel
	Waves          []Wave        // of components; none: all at once
	NoSave         bool          // leave the saved configuration as it is

	// Undo makes Recover undo what it could finish as well.
	Undo bool

	// Abandon, when it is closed, ends the run at once: what is armed is left to the guards. To undo instead,
	// cancel the context.
	Abandon <-chan struct{}

	// Events is told what happens, one event at a time. It may be nil.
	Events func(Event)
}

// Defaults of Options.
const (
	DefaultCheckTimeout = 60 * time.Second
	DefaultParallel     = 16
)

// Limits of what one call of a Device may take. A commit has besides what its plan says that it takes.
const (
	openLimit    = 30 * time.Second
	lookLimit    = 30 * time.Second
	inspectLimit = 60 * time.Second
	stepLimit    = 60 * time.Second
	saveLimit    = 2 * time.Minute
	undoLimit    = 3 * time.Minute
)

func (o Options) confirmTimeout() time.Duration {
	if o.ConfirmTimeout > 0 {
		return o.ConfirmTimeout
	}
	return plan.DefaultTimeout
}

func (o Options) checkTimeout() time.Duration {
	if o.CheckTimeout > 0 {
		return o.CheckTimeout
	}
	return DefaultCheckTimeout
}

func (o Options) parallel() int {
	if o.Parallel > 0 {
		return o.Parallel
	}
	return DefaultParallel
}
