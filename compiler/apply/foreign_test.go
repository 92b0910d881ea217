package apply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A stopped device does not restore, since somebody else has committed.
type stopped struct {
	apply.Device
	undos *int
}

func (d stopped) Undo(context.Context, string, plan.Snapshot) error {
	*d.undos++
	return fmt.Errorf("s0/gw: undo: %w", plan.ErrForeign)
}

// TestForeignStop: what is not restored since somebody else has committed is not tried again until the guard's time is over.
func TestForeignStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{boxes: 2, phases: 1})
		w.boxes[1].Fault(applytest.Fault{Call: applytest.Call{Method: "Commit", Nth: 1}, How: applytest.Refuses})
		undos := 0
		w.tx.Targets[0].Open = func(ctx context.Context) (apply.Device, error) {
			d, err := open(ctx, w.boxes[0])
			return stopped{d, &undos}, err
		}
		began := time.Now()
		out := w.run(t.Context())
		if took := time.Since(began); undos != 1 || took > time.Minute {
			t.Errorf("%d undos in %s", undos, took)
		}
		n := out.Nodes[0]
		if !out.NeedsHelp() || n.State != apply.Unproven || !strings.HasPrefix(n.Detail, "somebody else has committed there since") || !strings.Contains(n.Type, "rollback") || len(n.Console) != 0 {
			t.Errorf("%+v", n)
		}
	})
}
