package main

import (
	"fmt"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// guards gives the plans of a review the guards that the flags ask for.
func (r *applyRun) guards(review *render.Review) error {
	for i := range review.Gateways {
		p := *review.Gateways[i].Plan
		if err := r.guardOf(&p); err != nil {
			return err
		}
		review.Gateways[i].Plan = &p
	}
	return nil
}

func (r *applyRun) guardOf(p *plan.Plan) error {
	p.Guard.Timeout, p.Guard.Foreign = max(p.Guard.Timeout, r.confirm), plan.Foreign(r.guardForeign.value)
	if r.guard.value != string(plan.GuardNative) {
		return nil
	}
	rel, ok := release.Lookup(p.Release)
	if !ok {
		return fmt.Errorf("gateway %s: release %q has no guard of its own", p.Node, p.Release)
	}
	if rel.Box.Arm == "" && !p.Empty() {
		return &usageError{
			err:  fmt.Errorf("gateway %s: the commit-confirm of VyOS %s asks at a terminal, and cannot be told not to, so it cannot be the guard", p.Node, p.Release),
			hint: "Nothing was changed. Leave out --guard native: the timer needs no reboot either. See l2stretch help guards.",
		}
	}
	p.Guard.Kind, p.Guard.Means, p.Guard.Cost, p.Guard.Verified = plan.GuardNative, "commit-confirm", rel.Guard.NativeCost, false
	return nil
}
