package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// An editor is a backend that plans a few steps on what a node has.
type editor interface {
	Edit(n *ir.Node, have plan.Snapshot, steps []plan.Step) *plan.Plan
	DrainBGP(e *ir.End, have plan.Snapshot) []plan.Step
	DrainPeer(e *ir.End, have plan.Snapshot) []plan.Step
	Renegotiate(e *ir.End) []plan.Operation
}

// An operation is a change of a few settings on gateways that run what a specification says: of one object, as pause
// makes it, or of what a run has changed.
type operation struct {
	a      *app
	g      *globals
	r      *applyRun
	s      *specification
	path   string
	object string // as in "stretch app"; empty where a run is taken back
	ways   *ways
	nodes  []*ir.Node
	read   []reading
}

// operationCommand makes a command that changes one object of a specification.
func operationCommand(a *app, g *globals, kinds []string, use, short, long, example string, do func(context.Context, *operation, *apply.Journal) error) *cobra.Command {
	var r applyRun
	var path string
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + " `l2stretch help pause` says what the next apply does.", Example: example,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s takes the name of a %s", cmd.CommandPath(), strings.Join(kinds, " or "))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.objectNames(path, kinds, g), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.complete(); err != nil {
				return err
			}
			if err := a.canAsk(&r); err != nil {
				return err
			}
			s, err := a.usable(path, g)
			if err != nil {
				return err
			}
			o := &operation{a: a, g: g, r: &r, s: s, path: path}
			if o.object, err = s.object(args[0], kinds); err != nil {
				return err
			}
			return a.settled(s.fabric.Name, func(j *apply.Journal) error {
				if err := o.ask(cmd.Context()); err != nil {
					return err
				}
				return do(cmd.Context(), o, j)
			})
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&path, "spec", ".", "`PATH` of the specification")
	return cmd
}

// objects are the stretches and tunnels of a specification, as in "stretch app".
func (s *specification) objects(kinds []string) []string {
	var out []string
	for _, st := range s.fabric.Stretches {
		out = append(out, "stretch "+st.Name)
	}
	for _, t := range s.fabric.Tunnels {
		out = append(out, "tunnel "+t.Name)
	}
	return slices.DeleteFunc(out, func(o string) bool {
		kind, _, _ := strings.Cut(o, " ")
		return !slices.Contains(kinds, kind)
	})
}

// object finds what a name on the command line means: the name alone where it is the only one, or stretch.NAME.
func (s *specification) object(name string, kinds []string) (string, error) {
	all := s.objects(kinds)
	var found, names []string
	for _, o := range all {
		kind, short, _ := strings.Cut(o, " ")
		names = append(names, short)
		if short == name || kind+"."+short == name {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", usagef("there is no %s %q%s", strings.Join(kinds, " or "), name, didYouMean(name, names))
	}
	return "", usagef("%q is a stretch and a tunnel: write stretch.%s or tunnel.%s", name, name, name)
}

// objectNames are what a command can be completed with.
func (a *app) objectNames(path string, kinds []string, g *globals) []string {
	quiet := *g
	quiet.log = slog.New(slog.DiscardHandler) // nothing has been set up when words are completed
	s, err := a.load(path, &quiet)
	if err != nil {
		return nil
	}
	var out []string
	for _, o := range s.objects(kinds) {
		kind, name, _ := strings.Cut(o, " ")
		out = append(out, name+"\t"+kind)
	}
	return out
}

// ask reads the gateways of the object.
func (o *operation) ask(ctx context.Context) (err error) {
	for _, n := range o.s.fabric.Nodes {
		if slices.ContainsFunc(n.Ends, func(e *ir.End) bool { return "tunnel "+e.Tunnel.Name == o.object }) ||
			slices.ContainsFunc(n.Attaches, func(at *ir.Attachment) bool { return "stretch "+at.Stretch.Name == o.object }) {
			o.nodes = append(o.nodes, n)
		}
	}
	if o.ways, err = o.a.waysTo(ctx, o.s, o.nodes, o.g); err != nil {
		return err
	}
	if o.read, err = o.a.ask(ctx, o.nodes, o.ways, o.r.parallel, o.g); err != nil {
		return err
	}
	found := make(map[string]string)
	for _, r := range o.read {
		found[r.node.Name] = r.facts.Release
	}
	if o.s, err = o.a.settleReleases(o.s, found, o.g); err != nil {
		return err
	}
	for i, n := range o.nodes {
		o.nodes[i], _ = o.s.at(n.Name)
		o.read[i].node = o.nodes[i]
	}
	return nil
}

// change plans each gateway and makes the change of it.
func (o *operation) change(command string, backends map[ir.Platform]compiler.Backend, planOf func(r reading) (*plan.Plan, hcl.Diagnostics)) (*change, error) {
	c := &change{command: command, now: o.s, nodes: o.nodes, ways: o.ways, running: make(map[string]plan.Snapshot), backends: backends}
	c.review = &render.Review{Spec: o.s.fabric.Name, Tool: "l2stretch " + version, Sources: o.s.sources, Links: links(o.s.fabric)}
	for _, turn := range compiler.Order(o.nodes) {
		i := slices.IndexFunc(o.read, func(r reading) bool { return r.node == turn.Node })
		p, diags := planOf(o.read[i])
		c.review.Diags = append(c.review.Diags, diags...)
		c.review.Gateways = append(c.review.Gateways, render.ReviewedGateway{Plan: p, Why: turn.Why, Against: "what " + o.ways.address(turn.Node) + " runs"})
		c.running[turn.Node.Name] = o.read[i].snapshot
	}
	c.saved = (&comparison{a: o.a, g: o.g, now: o.s, path: o.path, running: c.running, backends: backends}).saved(c.review)
	return c, o.a.contradictions(c.review, o.g.strict)
}

// present refuses to operate on what a gateway does not have yet.
func (o *operation) present(backends map[ir.Platform]compiler.Backend, s *specification) error {
	for _, r := range o.read {
		_, want := s.at(r.node.Name)
		p, _ := backends[r.node.Platform].Diff(r.node, r.snapshot, want, plan.Options{Box: true})
		for _, h := range p.Headlines {
			if h.Object == o.object && h.Mark == plan.Added {
				return fmt.Errorf("%s is not on gateway %s yet; l2stretch apply puts it there", o.object, r.node.Name)
			}
		}
	}
	return nil
}
