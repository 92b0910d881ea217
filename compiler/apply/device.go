// Package apply changes all nodes or none: the transaction with its journal. It knows plans and devices, and
// nothing of how a device is spoken to.
package apply

import (
	"context"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Device is one gateway that plans are applied to, over one connection. It belongs to one run. A method that
// loses the connection returns an error that wraps plan.ErrLost; what it began on the gateway goes on there.
type Device interface {
	// Inspect reads the running configuration and what else a change depends on. It changes nothing.
	Inspect(ctx context.Context) (plan.Snapshot, plan.Facts, error)
	// Stage sets the phase in a candidate and compares that with the prediction. Nothing is active afterwards.
	// The gateway drops the candidate by itself when no Commit follows in time.
	Stage(ctx context.Context, ph plan.Phase) error
	// Arm starts a guard that restores what Inspect read: after the first Stage, before the first Commit.
	Arm(ctx context.Context, g plan.Guard) error
	// Commit makes the staged phase active, waits for the end and reads back. A commit that was partial, or that
	// reads back differently, is an error.
	Commit(ctx context.Context) error
	// Operate does what a commit does not do, such as ending an SA.
	Operate(ctx context.Context, op plan.Operation) error
	// Check looks once; the caller asks again while the finding is Waiting.
	Check(ctx context.Context, c plan.Check) (plan.Finding, error)
	// Disarm ends the guard of a run, on a connection opened for it, and proves that it did not restore and that
	// what was committed still runs.
	Disarm(ctx context.Context, run string) error
	// Save makes the running configuration the one that the gateway boots, and reads it back.
	Save(ctx context.Context) error
	// Undo restores what was before the run, proves it and removes what the run left on the gateway. to is that
	// state as the journal has it; what the gateway itself remembers of the run is preferred, since it has the secrets.
	Undo(ctx context.Context, run string, to plan.Snapshot) error
	// Look says what the gateway knows of a run: after a lost connection, or for a later process.
	Look(ctx context.Context, run string) (plan.Trace, error)
	// Clean removes what a finished run left on the gateway.
	Clean(ctx context.Context, run string) error
	Close() error
}

// A Looker is a Device that looks at many checks at once, in hardly more time than at one.
type Looker interface {
	// CheckAll looks once at each; the findings are in the order of the checks.
	CheckAll(ctx context.Context, checks []plan.Check) ([]plan.Finding, error)
}

// Look looks once at each of some checks, at once where the device can. The findings are in the order of the
// checks; with an error, those that were made before it.
func Look(ctx context.Context, d Device, checks []plan.Check) ([]plan.Finding, error) {
	if l, ok := d.(Looker); ok {
		return l.CheckAll(ctx, checks)
	}
	var out []plan.Finding
	for _, c := range checks {
		f, err := d.Check(ctx, c)
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, nil
}
