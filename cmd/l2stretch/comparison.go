package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// A comparison is a specification and what it is compared with.
type comparison struct {
	a        *app
	g        *globals
	run      *planRun
	path     string // of the specification, as it was given
	now      *specification
	base     *specification // nil without --base and --base-ref
	baseName string
	backends map[ir.Platform]compiler.Backend
	running  map[string]plan.Snapshot // by node
	from     map[string]string        // where a running configuration comes from, by node, as in "running configuration a.set"
	ways     *ways                    // to the gateways that were asked
	read     []reading                // of them
	adopt    map[string][][]string    // by node
	diags    hcl.Diagnostics
}

func (c *comparison) readBase(ctx context.Context, path string) (err error) {
	switch {
	case c.run.base != "":
		c.baseName = c.run.base
		c.base, err = c.a.load(c.run.base, c.g)
	case c.run.baseRef != "":
		c.baseName = c.run.baseRef
		c.base, err = c.a.loadRef(ctx, path, c.run.baseRef, c.g)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if c.base.diags.HasErrors() {
		if err := render.Diagnostics(c.a.stderr, c.base.diags, c.base.sources, c.a.err.style()); err != nil {
			return err
		}
		fmt.Fprintf(c.a.stderr, "The specification at %s, which is to be compared with, is not valid.\n", c.baseName)
		return errReported
	}
	if c.base.fabric.Name != c.now.fabric.Name {
		return fmt.Errorf("the specification at %s is called %s, and this one %s: they have nothing in common on a gateway", c.baseName, c.base.fabric.Name, c.now.fabric.Name)
	}
	return nil
}

// node finds a gateway of the specification, or of the base, where it may have been the last time.
func (c *comparison) node(name string) (*ir.Node, error) {
	var names []string
	for _, s := range []*specification{c.now, c.base} {
		if s == nil {
			continue
		}
		for _, n := range s.fabric.Nodes {
			if n.Name == name {
				return n, nil
			}
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return nil, &usageError{
		err:  fmt.Errorf("there is no gateway %q%s", name, didYouMean(name, names)),
		hint: "The gateways are " + strings.Join(names, ", ") + ".",
	}
}

func (c *comparison) readRunning() error {
	c.running, c.from = make(map[string]plan.Snapshot), make(map[string]string)
	for _, arg := range c.run.running {
		name, file, ok := strings.Cut(arg, "=")
		if !ok || name == "" || file == "" {
			return usagef("--running needs SITE/GW=FILE, not %q", arg)
		}
		n, err := c.node(name)
		if err != nil {
			return err
		}
		if c.running[name] != nil {
			return usagef("--running names gateway %s twice", name)
		}
		data, err := readAtMost(file, runningLimit)
		if err != nil {
			return err
		}
		b, ok := c.backends[n.Platform]
		if !ok {
			return fmt.Errorf("gateway %s: platform %q: %w", name, n.Platform, errors.ErrUnsupported)
		}
		s, diags, err := b.Read(n, file, data)
		if err != nil {
			return err
		}
		c.running[name], c.from[name] = s, "running configuration "+file
		c.diags = append(c.diags, diags...)
	}
	return nil
}

func (c *comparison) readAdopt() error {
	c.adopt = make(map[string][][]string)
	for _, arg := range c.run.adopt {
		name, path, ok := strings.Cut(arg, ":")
		words := strings.Fields(path)
		if !ok || len(words) == 0 {
			return usagef("--adopt needs SITE/GW:PATH, as in 'onprem/gw1:interfaces bridge br5010', not %q", arg)
		}
		if _, err := c.node(name); err != nil {
			return err
		}
		if c.running[name] == nil {
			return usagef("--adopt %s: there is no running configuration of that gateway to take anything over from; add --running %s=FILE", arg, name)
		}
		c.adopt[name] = append(c.adopt[name], words)
	}
	return nil
}

// secrets reads secrets to compare them; what cannot be had is not compared.
func (c *comparison) secrets(ctx context.Context) func(string) ([]byte, bool) {
	keys := c.a.keyring(c.now)
	if c.ways != nil {
		keys = c.ways.keys // each is read once
	}
	return func(name string) ([]byte, bool) {
		key, err := keys.get(ctx, name)
		if err != nil {
			c.g.log.Info("not compared", "reason", err)
			return nil, false
		}
		return []byte(key.reveal()), true
	}
}

// at is a node of a specification with its snapshot; nil when it has none of that name.
func (s *specification) at(name string) (*ir.Node, plan.Snapshot) {
	if s == nil {
		return nil, nil
	}
	for i, n := range s.fabric.Nodes {
		if n.Name == name {
			return n, s.snapshots[i]
		}
	}
	return nil, nil
}

// review plans every gateway, in the order in which they are changed.
func (c *comparison) review(ctx context.Context) (*render.Review, error) {
	r := &render.Review{Spec: c.now.fabric.Name, Tool: "l2stretch " + version, Sources: c.now.sources, Links: links(c.now.fabric)}
	secret := c.secrets(ctx)
	nodes := slices.Clone(c.now.fabric.Nodes)
	if c.base != nil {
		for _, n := range c.base.fabric.Nodes {
			if now, _ := c.now.at(n.Name); now == nil {
				nodes = append(nodes, n)
			}
		}
	}
	for _, turn := range compiler.Order(nodes) {
		g, err := c.gateway(turn, secret)
		if err != nil {
			return nil, err
		}
		if g == nil {
			r.Missing = append(r.Missing, turn.Node.Name)
			continue
		}
		r.Gateways = append(r.Gateways, *g)
	}
	c.wake(r)
	compiler.AcceptPlanned(c.diags, c.now.accepts)
	r.Diags = c.diags
	return r, nil
}

// wake has the initiator of a tunnel negotiate again when only the other end of it changes: while that end was wrong, it
// was turned down, and does not try again by itself (N11).
func (c *comparison) wake(r *render.Review) {
	at := make(map[string]*plan.Plan)
	for _, g := range r.Gateways {
		at[g.Plan.Node] = g.Plan
	}
	for _, t := range c.now.fabric.Tunnels {
		for _, e := range t.Ends {
			own, far := at[e.Node.Name], at[e.Peer.Node.Name]
			about := func(o plan.Operation) bool { return o.Object == "tunnel "+t.Name }
			b, ok := c.backends[e.Node.Platform].(editor)
			if !ok || !t.Managed || !e.Initiator || own == nil || far == nil || slices.ContainsFunc(own.Operations, about) || !slices.ContainsFunc(far.Operations, about) {
				continue
			}
			own.Operations = append(own.Operations, b.Renegotiate(e)...)
		}
	}
}

// gateway plans one gateway; nil when there is nothing to compare it with.
func (c *comparison) gateway(turn compiler.Turn, secret func(string) ([]byte, bool)) (*render.ReviewedGateway, error) {
	n := turn.Node
	b := c.backends[n.Platform]
	_, want := c.now.at(n.Name)
	_, before := c.base.at(n.Name)
	have, box := c.running[n.Name]
	g := &render.ReviewedGateway{Why: turn.Why}
	o := plan.Options{Box: box, Adopt: c.adopt[n.Name], Secret: secret}
	switch {
	case box:
		g.Against = c.from[n.Name]
	case c.base == nil:
		return nil, nil
	default:
		have, g.Against = before, "the specification at "+c.baseName
		if before == nil { // the gateway is new
			empty, _, err := b.Read(n, "nothing", nil)
			if err != nil {
				return nil, err
			}
			have = empty
		}
	}
	p, diags := b.Diff(n, have, want, o)
	g.Plan = p
	c.diags = append(c.diags, diags...)
	if old, _ := c.base.at(n.Name); old != nil && want != nil {
		p.Headlines = joinHeadlines(p.Headlines, compiler.Unseen(old, n))
	}
	if !box || c.base == nil {
		return g, nil
	}
	g.Both = true
	if before != nil {
		ours, _ := b.Diff(n, before, want, plan.Options{})
		g.Ours = ours.Headlines
		drift, _ := b.Diff(n, have, before, plan.Options{Box: true, Secret: secret, Adopt: c.adopt[n.Name]})
		g.Drift = drift.Headlines
	}
	return g, nil
}

// joinHeadlines adds headlines to those of a plan, one for each object.
func joinHeadlines(all, more []plan.Headline) []plan.Headline {
	for _, h := range more {
		if i := slices.IndexFunc(all, func(o plan.Headline) bool { return o.Object == h.Object }); i >= 0 {
			all[i].Text += "; " + h.Text
			continue
		}
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(x, y plan.Headline) int { return strings.Compare(x.Object, y.Object) })
	return all
}

// links are the tunnels and stretches of a specification, for pictures.
func links(f *ir.Fabric) []render.Link {
	var out []render.Link
	for _, t := range f.Tunnels {
		out = append(out, render.Link{Object: "tunnel " + t.Name, Nodes: []string{t.Ends[0].Node.Name, t.Ends[1].Node.Name}})
	}
	for _, s := range f.Stretches {
		l := render.Link{Object: "stretch " + s.Name}
		for _, a := range s.Attaches {
			l.Nodes = append(l.Nodes, a.Node.Name)
		}
		out = append(out, l)
	}
	return out
}
