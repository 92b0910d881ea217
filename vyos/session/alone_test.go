package session_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A course is how far a run came.
type course struct {
	at   string // what failed, empty when nothing did
	err  error
	safe bool // it was disarmed
}

// goes takes a run all the way, or to the first error.
func (b *box) goes(ctx context.Context, before *plan.Snapshot) course {
	var c course
	step := func(at string, do func() error) bool {
		if err := do(); err != nil {
			c.at, c.err = at, err
		}
		return c.err == nil
	}
	d, err := b.gateway.Open(ctx, "r1")
	if err != nil {
		return course{at: "open", err: err}
	}
	defer d.Close()
	ok := step("inspect", func() (err error) {
		*before, _, err = d.Inspect(ctx)
		return err
	}) &&
		step("stage", func() error { return d.Stage(ctx, b.phase(some...)) }) &&
		step("arm", func() error { return d.Arm(ctx, timer) }) &&
		step("commit", func() error { return d.Commit(ctx) })
	if !ok {
		return c
	}
	e, err := b.gateway.Open(ctx, "r1")
	if err != nil {
		return course{at: "open again", err: err}
	}
	defer e.Close()
	if !step("disarm", func() error { return e.Disarm(ctx, "r1") }) {
		return c
	}
	c.safe = true
	_ = step("save", func() error { return e.Save(ctx) }) && step("clean", func() error { return e.Clean(ctx, "r1") })
	return c
}

// undoes takes the run back as a later process does, which knows only the masked state from before.
func (b *box) undoes(before plan.Snapshot) error {
	ctx := context.Background()
	g := b.as("vyos")
	d, err := g.Open(ctx, "r1")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Undo(ctx, "r1", before)
}

// faults are what goes wrong at a step.
var faults = map[string]sessiontest.Fault{
	"connection dropped": {Kind: sessiontest.Drop},
	"script killed":      {Kind: sessiontest.KillScript},
	"program killed":     {Kind: sessiontest.KillProgram},
	"power cut":          {Kind: sessiontest.Reboot},
	"program fails":      {Kind: sessiontest.Fail},
	"/run full":          {Kind: sessiontest.DiskFull, Path: "/run", For: 3 * time.Minute},
	"lock held":          {Kind: sessiontest.LockHeld, For: 20 * time.Second},
	"clock jumps":        {Kind: sessiontest.ClockJump, For: 48 * time.Hour},
	"timers fire":        {Kind: sessiontest.FireTimers},
}

// interruptedAlone has one thing go wrong at one step, and checks that the run is back then, or where it was to be.
func interruptedAlone(t *testing.T, rel string, fault sessiontest.Fault) (steps []string) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, rel, texts[rel])
		b.Fault(fault)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		var before plan.Snapshot
		c := b.goes(ctx, &before)
		planned := b.Running()
		steps = b.Steps()
		name := fmt.Sprintf("%s after %v", c.at, c.err)
		if c.err == nil {
			if planned == b.start || b.Saved() != planned {
				t.Errorf("it went well, and what runs or is saved is wrong:\n%s\n%s", planned, b.Saved())
			}
			time.Sleep(time.Hour)
			if b.Running() != planned && fault.Kind != sessiontest.Reboot {
				t.Errorf("it went well, and an hour later this runs:\n%s", b.Running())
			}
			return
		}
		time.Sleep(30 * time.Minute) // the guard, should there be one, is done
		if !c.safe && c.at != "disarm" && !b.sameText(b.start) {
			t.Errorf("%s: the guard has left what was committed; %+v", name, b.trace())
		}
		if c.at == "clean" || c.safe && b.sameText(planned) && b.Saved() == b.Running() {
			return // it is where it was to be, and saved
		}
		if before != nil {
			var err error
			for range 3 {
				if err = b.undoes(before); err == nil {
					break
				}
				time.Sleep(5 * time.Minute)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !b.sameText(b.start) {
			t.Errorf("%s: after the undo what was committed still runs", name)
		}
		if !config.Equal(b.Kernel(), b.Active()) {
			t.Errorf("%s: the system does something else than the configuration says", name)
		}
		b.clean()
	})
	return steps
}

// sameText compares what runs, default values aside that a restart may have stated.
func (b *box) sameText(text string) bool {
	if b.Running() == text {
		return true
	}
	if !b.Release().Box.SaveDefaults || b.Boots() == 0 {
		return false
	}
	want, err := config.ParseString("before", text, config.ParseOptions{Grammar: b.grammar})
	b.must(err)
	for _, ph := range config.Diff(want, b.Active(), config.DiffOptions{Grammar: b.grammar}).Phases {
		for _, c := range ph.Changes {
			if value, ok := b.Release().Default(c.Path...); !ok || value != c.Value || c.Op != config.Set {
				return false
			}
		}
	}
	return true
}

// TestInterruptedAlone has each thing go wrong at the steps of a run on one router that places chooses.
func TestInterruptedAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(backendtest.Seed(t), 0))
	for _, rel := range []string{"1.2", "1.3", "1.4"} {
		steps := interruptedAlone(t, rel, sessiontest.Fault{Kind: sessiontest.Drop, At: 1 << 30})
		for _, name := range slices.Sorted(maps.Keys(faults)) {
			for _, at := range places(t, random, [][]string{steps}, 2) {
				t.Run(fmt.Sprintf("%s/%s/%d.%v", rel, name, at.step, at.after), func(t *testing.T) {
					t.Parallel()
					fault := faults[name]
					fault.At, fault.After = at.step, at.after
					interruptedAlone(t, rel, fault)
				})
			}
		}
	}
}
