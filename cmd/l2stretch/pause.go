package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

func newPause(a *app, g *globals) *cobra.Command {
	return operationCommand(a, g, []string{"stretch"}, "pause STRETCH [flags]", "Take a stretch down on all gateways, for a drill",
		"Take VXLAN of a stretch down on all its gateways, so that hosts reach their own site only. Nothing else is changed.",
		"  l2stretch pause app\n  l2stretch pause app --spec dr --auto-approve",
		func(ctx context.Context, o *operation, j *apply.Journal) error { return o.pause(ctx, j, true) })
}

func newResume(a *app, g *globals) *cobra.Command {
	return operationCommand(a, g, []string{"stretch", "tunnel"}, "resume STRETCH|TUNNEL [flags]", "Take back a pause or a drain",
		"Bring a stretch that was paused, or a tunnel that was drained, into service again on all its gateways. Nothing else is changed.",
		"  l2stretch resume app\n  l2stretch resume tunnel.dr",
		func(ctx context.Context, o *operation, j *apply.Journal) error {
			if strings.HasPrefix(o.object, "tunnel ") {
				return o.undrain(ctx, j)
			}
			return o.pause(ctx, j, false)
		})
}

// pause carries out what differs between the stretch paused and not paused, and nothing else that specification and gateways
// differ in.
func (o *operation) pause(ctx context.Context, j *apply.Journal, down bool) error {
	name := objectName(o.object)
	if err := o.beyond(name); down && err != nil {
		return err
	}
	to, from := o.a.pausing(o.s, name, down, o.g), o.a.pausing(o.s, name, !down, o.g)
	for _, s := range []*specification{to, from} {
		if s.failed(o.g.strict) {
			return o.a.unusable(s, o.g)
		}
	}
	backends := backendsOnce()
	if err := o.present(backends, from); err != nil {
		return err
	}
	command := "resume"
	if down {
		command = "pause"
	}
	c, err := o.change(command, backends, func(r reading) (*plan.Plan, hcl.Diagnostics) {
		b := backends[r.node.Platform]
		_, wanted := to.at(r.node.Name)
		_, other := from.at(r.node.Name)
		with, _ := b.Diff(r.node, r.snapshot, wanted, plan.Options{Box: true})
		without, _ := b.Diff(r.node, r.snapshot, other, plan.Options{Box: true})
		p := b.(editor).Edit(r.node, r.snapshot, only(with.Steps(), without.Steps()))
		if !p.Empty() {
			text := "no longer paused"
			if down {
				text = "paused"
			}
			p.Headlines = []plan.Headline{{Object: o.object, Mark: plan.Changed, Text: text}}
		}
		return p, nil
	})
	if err != nil {
		return err
	}
	stated := slices.ContainsFunc(o.s.fabric.Stretches, func(s *ir.Stretch) bool { return s.Name == name && s.Paused })
	// what is down cannot be seen to work; the tunnel can
	c.holds = func(k plan.Check) bool { return !down || k.Object != o.object }
	switch {
	case down:
		c.idle = fmt.Sprintf("Nothing to do: %s is paused on all its gateways.", o.object)
		if !stated {
			c.notes = append(c.notes, fmt.Sprintf("The specification still says paused = false for %s: the next l2stretch apply would resume it. To keep it paused, write paused = true.", o.object))
		}
	default:
		c.idle = fmt.Sprintf("Nothing to do: %s is not paused.", o.object)
		if stated {
			c.notes = append(c.notes, fmt.Sprintf("The specification says paused = true for %s: the next l2stretch apply would pause it again. To keep it up, remove that.", o.object))
		}
	}
	return o.a.carryOut(ctx, c, j, o.g, o.r)
}

// beyond refuses to pause a stretch that is itself the way to a gateway.
func (o *operation) beyond(stretch string) error {
	for _, n := range o.nodes {
		host, err := netip.ParseAddr(n.SSH.Host)
		if err != nil || !n.SSH.InBand {
			continue
		}
		for _, a := range n.Attaches {
			if a.Stretch.Name == stretch && a.Stretch.Subnet.Contains(host) {
				return &usageError{
					err:  fmt.Errorf("gateway %s is managed through stretch %s (%s): it could not be reached afterwards", n.Name, stretch, host),
					hint: "Give it another address in the block ssh, or pause the stretch where it can be reached.",
				}
			}
		}
	}
	return nil
}

// only are the steps of one list that are not in another.
func only(with, without []plan.Step) []plan.Step {
	var out []plan.Step
	for _, s := range with {
		if !slices.ContainsFunc(without, func(x plan.Step) bool {
			return x.Op == s.Op && x.Value == s.Value && slices.Equal(x.Path, s.Path)
		}) {
			out = append(out, s)
		}
	}
	return out
}
