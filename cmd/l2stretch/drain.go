package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

func newDrain(a *app, g *globals) *cobra.Command {
	return operationCommand(a, g, []string{"tunnel"}, "drain TUNNEL [flags]", "Take a tunnel out of service, for maintenance",
		"Shut the BGP session of a tunnel on both ends, so that routed traffic goes elsewhere, and then disable the IPsec peer, where the release can (VyOS 1.4 and later, at either end): stretches over the tunnel stop. Nothing else is changed.",
		"  l2stretch drain dr\n  l2stretch resume tunnel.dr",
		func(ctx context.Context, o *operation, j *apply.Journal) error { return o.drain(ctx, j) })
}

func newRepair(a *app, g *globals) *cobra.Command {
	return operationCommand(a, g, []string{"stretch", "tunnel"}, "repair STRETCH|TUNNEL [flags]", "Negotiate a tunnel again",
		"End the SAs of a tunnel, or of all tunnels of a stretch, on both ends, negotiate them again, and wait until everything works. The configuration is not changed.",
		"  l2stretch repair dr\n  l2stretch repair stretch.app",
		func(ctx context.Context, o *operation, j *apply.Journal) error { return o.repair(ctx, j) })
}

// end is the end of the tunnel that a node has.
func (o *operation) end(n *ir.Node) *ir.End {
	i := slices.IndexFunc(n.Ends, func(e *ir.End) bool { return "tunnel "+e.Tunnel.Name == o.object })
	return n.Ends[i] // the nodes of the operation are the tunnel's
}

// ours refuses a tunnel that somebody else runs.
func (o *operation) ours() error {
	if !o.end(o.nodes[0]).Tunnel.Managed {
		return fmt.Errorf("%s has managed = false: somebody else runs it", o.object)
	}
	return nil
}

func (o *operation) drain(ctx context.Context, j *apply.Journal) error {
	if err := o.ours(); err != nil {
		return err
	}
	for _, n := range o.nodes {
		if n.SSH.InBand {
			return &usageError{
				err:  fmt.Errorf("gateway %s is managed through the tunnel: it could not be reached afterwards", n.Name),
				hint: "Shut the BGP session by hand (set protocols bgp neighbor ... shutdown) when the routes only are to go elsewhere.",
			}
		}
	}
	backends := backendsOnce()
	if err := o.present(backends, o.s); err != nil {
		return err
	}
	c, err := o.change("drain", backends, func(r reading) (*plan.Plan, hcl.Diagnostics) {
		b := backends[r.node.Platform].(editor)
		e := o.end(r.node)
		return inTwo(b.Edit(r.node, r.snapshot, slices.Concat(b.DrainBGP(e, r.snapshot), b.DrainPeer(e, r.snapshot)))), nil
	})
	if err != nil {
		return err
	}
	o.headline(c, "drained")
	c.idle = fmt.Sprintf("Nothing to do: %s is drained.", o.object)
	c.notes = append(c.notes, fmt.Sprintf("The specification does not know of it: the next l2stretch apply would bring %s back, as l2stretch resume tunnel.%s does.", o.object, objectName(o.object)))
	c.notes = append(c.notes, o.whatStays(backends)...)
	c.holds = func(plan.Check) bool { return false } // what is down cannot be seen to work
	return o.a.carryOut(ctx, c, j, o.g, o.r)
}

// whatStays says what a drain does to the tunnel itself: releases before 1.4 cannot disable a peer (N36).
func (o *operation) whatStays(backends map[ir.Platform]compiler.Backend) []string {
	var notes, cannot []string
	for _, r := range o.read {
		if len(backends[r.node.Platform].(editor).DrainPeer(o.end(r.node), r.snapshot)) == 0 {
			cannot = append(cannot, r.node.Name)
			notes = append(notes, fmt.Sprintf("Gateway %s runs VyOS %s, which cannot disable a peer: only its BGP session is shut, and the tunnel goes down at the other end.", r.node.Name, r.node.Release))
		}
	}
	over := o.stretchesOver()
	if len(cannot) == len(o.read) {
		slices.Sort(cannot)
		note := fmt.Sprintf("The tunnel itself stays up: neither %s has a release that can disable a peer, VyOS 1.4 or later. Routed traffic goes elsewhere.", strings.Join(cannot, " nor "))
		if len(over) > 0 {
			note = strings.TrimSuffix(note, ".") + fmt.Sprintf("; stretches over it go on: %s. Before work on an uplink, l2stretch pause takes them down.", strings.Join(over, ", "))
		}
		return []string{note}
	}
	if len(over) > 0 {
		notes = append(notes, "Stretches over it stop: "+strings.Join(over, ", ")+".")
	}
	return notes
}

// headline says in a word what the plans do to the object.
func (o *operation) headline(c *change, text string) {
	for _, gw := range c.review.Gateways {
		for i := range gw.Plan.Headlines {
			if h := &gw.Plan.Headlines[i]; h.Object == o.object {
				h.Text = text
			}
		}
	}
}

// stretchesOver are the names of the stretches over the tunnel.
func (o *operation) stretchesOver() []string {
	var out []string
	for _, s := range o.s.fabric.Stretches {
		if slices.ContainsFunc(s.Tunnels, func(t *ir.Tunnel) bool { return "tunnel "+t.Name == o.object }) {
			out = append(out, s.Name)
		}
	}
	return out
}

// inTwo makes two commits of a drain: routes go first, and the tunnel when they are gone.
func inTwo(p *plan.Plan) *plan.Plan {
	var routes, rest plan.Phase
	for _, s := range p.Steps() {
		if s.Path[0] == "protocols" {
			routes.Steps = append(routes.Steps, s)
		} else {
			rest.Steps = append(rest.Steps, s)
		}
	}
	if len(routes.Steps) > 0 && len(rest.Steps) > 0 {
		p.Phases = []plan.Phase{routes, rest}
		p.Between = "after the first commit the BGP session is down and its routes are gone; the tunnel carries what is still under way until the second"
	}
	return p
}

// undrain takes a drain back.
func (o *operation) undrain(ctx context.Context, j *apply.Journal) error {
	if err := o.ours(); err != nil {
		return err
	}
	backends := backendsOnce()
	c, err := o.change("resume", backends, func(r reading) (*plan.Plan, hcl.Diagnostics) {
		b := backends[r.node.Platform].(editor)
		e := o.end(r.node)
		steps := slices.Concat(b.DrainPeer(e, r.snapshot), b.DrainBGP(e, r.snapshot))
		for i := range steps {
			steps[i].Op = plan.Delete
		}
		p := b.Edit(r.node, r.snapshot, steps)
		if e.Initiator && len(p.Operations) == 0 && o.turnedDown(backends, e) {
			p.Operations = b.Renegotiate(e)
		}
		return p, nil
	})
	if err != nil {
		return err
	}
	o.headline(c, "no longer drained")
	c.idle = fmt.Sprintf("Nothing to do: %s is not drained.", o.object)
	return o.a.carryOut(ctx, c, j, o.g, o.r)
}

// turnedDown reports whether the far end of an initiator has its peer disabled: the initiator was turned down meanwhile
// and does not try again by itself (N11).
func (o *operation) turnedDown(backends map[ir.Platform]compiler.Backend, e *ir.End) bool {
	for _, r := range o.read {
		if r.node != e.Peer.Node {
			continue
		}
		b := backends[r.node.Platform].(editor)
		steps := b.DrainPeer(o.end(r.node), r.snapshot)
		for i := range steps {
			steps[i].Op = plan.Delete
		}
		return !b.Edit(r.node, r.snapshot, steps).Empty()
	}
	return false
}

// repair negotiates the tunnels of the object again.
func (o *operation) repair(ctx context.Context, j *apply.Journal) error {
	backends := backendsOnce()
	var lines []string
	c, err := o.change("repair", backends, func(r reading) (*plan.Plan, hcl.Diagnostics) {
		b := backends[r.node.Platform].(editor)
		p := b.Edit(r.node, r.snapshot, nil)
		for _, e := range r.node.Ends {
			if o.concerns(e.Tunnel) && e.Tunnel.Managed {
				for _, op := range b.Renegotiate(e) {
					p.Operations = append(p.Operations, op)
					lines = append(lines, fmt.Sprintf("  %s: %s", r.node.Name, op.Command))
				}
			}
		}
		return p, nil
	})
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return errors.New("there is no tunnel of ours to negotiate again: " + o.object + " uses none, or somebody else runs them")
	}
	c.text = "The SAs end and are negotiated again, which takes a few seconds:\n\n" + strings.Join(lines, "\n") + "\n"
	c.question = fmt.Sprintf("This interrupts what %s carries for a few seconds.", o.object)
	c.done = fmt.Sprintf("%s was negotiated again", o.object)
	return o.a.carryOut(ctx, c, j, o.g, o.r)
}

// concerns reports whether a tunnel is the object, or carries it.
func (o *operation) concerns(t *ir.Tunnel) bool {
	if "tunnel "+t.Name == o.object {
		return true
	}
	return slices.ContainsFunc(o.s.fabric.Stretches, func(s *ir.Stretch) bool {
		return "stretch "+s.Name == o.object && slices.Contains(s.Tunnels, t)
	})
}
