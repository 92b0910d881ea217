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
	return d.whatIsMissing(c, l.judge(a, o, d.sinceCommit())), nil
}

// CheckAll looks once at several checks, many of them at the same time. The findings are in the order of the checks.
func (d *Device) CheckAll(ctx context.Context, checks []plan.Check) ([]plan.Finding, error) {
	scripts := make([]*commands, len(checks))
	judges := make([]func(args, outputs, time.Duration) plan.Finding, len(checks))
	for i, c := range checks {
		l, err := lookFor(c)
		if err != nil {
			return nil, d.errorf("check", "%w", err)
		}
		scripts[i], judges[i] = l.script(args(maps.Clone(c.Args))), l.judge
	}
	if len(checks) == 0 {
		return nil, nil
	}
	limit := checkLimit + time.Duration(len(checks)/atOnce)*roundLimit
	o, err := d.outputs(ctx, fmt.Sprintf("look at %d checks", len(checks)), all(scripts).String(), limit)
	if err != nil {
		return nil, err
	}
	each := o.split(len(checks))
	out := make([]plan.Finding, len(checks))
	for i, c := range checks {
		out[i] = d.whatIsMissing(c, judges[i](args(maps.Clone(c.Args)), each[i], d.sinceCommit()))
	}
	return out, nil
}

// roundLimit is what each further round of looks may take.
const roundLimit = 20 * time.Second

// look runs the commands of a look in a channel of its own.
func (d *Device) look(ctx context.Context, doing string, c *commands) (outputs, error) {
	return d.outputs(ctx, doing, c.String(), checkLimit)
}

// outputs runs a script that prints outputs and the line that ends them; limit is how long it may take.
func (d *Device) outputs(ctx context.Context, doing, script string, limit time.Duration) (outputs, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	result, err := d.exchange(ctx, doing, strings.NewReader(script))
	if err != nil {
		return nil, err
	}
	o, whole := parseOutputs(result.Stdout)
	d.traceOutputs(ctx, doing, script, o)
	if !whole || result.Truncated {
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
