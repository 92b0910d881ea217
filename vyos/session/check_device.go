package session

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// checkLimit is how long one look may take: pings and ARP have their own limits within it.
const checkLimit = time.Minute

// Check looks once at what a check is about. It changes nothing, with the exception of a check that is Asked.
// How old something may be is measured from the first Commit of this Gateway; without one, anything may be.
func (d *Device) Check(ctx context.Context, c plan.Check) (plan.Finding, error) {
	l, err := lookFor(c)
	if err != nil {
		return plan.Finding{}, d.errorf("check", "%w", err)
	}
	a := args(maps.Clone(c.Args))
	o, err := d.look(ctx, "check "+c.Name, l.script(a))
	if err != nil {
		return plan.Finding{}, err
	}
	return l.judge(a, o, d.sinceCommit()), nil
}

// look runs the commands of a look in a channel of its own.
func (d *Device) look(ctx context.Context, doing string, c *commands) (outputs, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, checkLimit, fmt.Errorf("no answer within %s", checkLimit))
	defer cancel()
	result, err := d.conn.Run(ctx, "/bin/vbash -s", strings.NewReader(c.String()))
	if err != nil {
		return nil, d.errorf(doing, "%w", lost(err))
	}
	o, whole := parseOutputs(result.Stdout)
	if !whole {
		return nil, d.errorf(doing, "%w: its end is missing; the status is %d, and on standard error is %q", ErrHostile, result.Status, excerpt(string(result.Stderr)))
	}
	return o, nil
}

// sinceCommit is how long ago the run's first commit began, 0 without one.
func (g *Gateway) sinceCommit() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.began.IsZero() {
		return 0
	}
	return max(time.Since(g.began), 1)
}
