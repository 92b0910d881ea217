package vyos

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Edit plans a few steps on what a node has, and nothing else. Steps that change nothing are left out.
func (b Backend) Edit(n *ir.Node, have plan.Snapshot, steps []plan.Step) *plan.Plan {
	d := b.editing(n, have)
	for _, s := range steps {
		change(s).Apply(d.target, d.g)
	}
	return d.edited()
}

// Revert plans what takes a run back on what a node has now: exactly what the run changed, so that what others have
// changed since stays. Where both changed the same there is an error among the diagnostics, and the plan must not be
// carried out.
func (b Backend) Revert(n *ir.Node, have plan.Snapshot, run *plan.Plan) (*plan.Plan, hcl.Diagnostics) {
	d := b.editing(n, have)
	r := reverting{d: d, set: make(map[string]plan.Step)}
	for _, s := range run.Steps() {
		if s.Op == plan.Set {
			r.set[terminal(s)] = s
		}
	}
	for _, s := range run.Inverse {
		if s.Op == plan.Delete {
			r.remove(s)
		} else {
			r.restore(s)
		}
	}
	return d.edited(), d.diags
}

// edited is the plan of a difference that no specification wants as a whole.
func (d *differ) edited() *plan.Plan {
	p := d.plan()
	before, after := make(map[string]bool), make(map[string]bool)
	for _, x := range d.before.parts {
		before[d.objectNow(x)] = true
	}
	for _, x := range survey(d.target, d.rel, d.n.Spec).parts {
		after[d.objectNow(x)] = true
	}
	steps := make(map[string]int)
	for _, s := range p.Steps() {
		steps[s.Object]++
	}
	p.Headlines = nil
	for _, object := range slices.Sorted(maps.Keys(steps)) {
		h := plan.Headline{Object: object, Mark: plan.Changed, Text: itoa(steps[object]) + " settings"}
		switch {
		case steps[object] == 1:
			h.Text = "1 setting"
		case strings.HasPrefix(object, "gateway "): // it stays, whatever becomes of what is set for all of it
		case before[object] && !after[object]:
			h.Mark, h.Text = plan.Removed, "goes altogether"
		case !before[object] && after[object]:
			h.Mark, h.Text = plan.Added, "comes back"
		}
		p.Headlines = append(p.Headlines, h)
	}
	return p
}

// editing begins a difference whose target is what the node has, to be changed step by step.
func (b Backend) editing(n *ir.Node, have plan.Snapshot) *differ {
	h, ok := have.(*Config)
	if !ok {
		panic("vyos: the state before is of another backend")
	}
	g, err := b.grammar(h.For.Name)
	if err != nil {
		panic("vyos: " + err.Error()) // Read has found it before
	}
	h.Tree.Resolve(g)
	d := &differ{
		n: n, rel: h.For, g: g, have: h, want: &Config{Node: n.Name, For: h.For, Tree: config.New()}, o: plan.Options{Box: true},
		before: survey(h.Tree, h.For, n.Spec), objects: objectsOf(n), target: h.Tree.Clone(), secrets: make(map[string]bool),
	}
	d.findWanted()
	return d
}

// change is a step as the interpreter of commands takes it; a secret stands as a reference.
func change(s plan.Step) config.Change {
	c := config.Change{Op: config.Set, Path: s.Path, Value: s.Value, HasValue: s.Value != "", Secret: s.Secret}
	if s.Op == plan.Delete {
		c.Op = config.Delete
	}
	if ref, ok := strings.CutPrefix(s.Value, "secret:"); ok && s.Secret {
		c.Value, c.Ref = ref, true
	}
	return c
}

// terminal is the key of what a set step makes. A secret has no value that could be compared.
func terminal(s plan.Step) string {
	if s.Secret || s.Value == "" {
		return pathKey(s.Path)
	}
	return pathKey(append(slices.Clone(s.Path), s.Value))
}

// A reverting is the state of taking a run back.
type reverting struct {
	d   *differ
	set map[string]plan.Step // what the run set
}

// remove takes away what the run made, and leaves what others have put there since.
func (r *reverting) remove(s plan.Step) {
	path := s.Path
	if s.Value != "" && !s.Secret {
		path = append(slices.Clone(path), s.Value)
	}
	at, ok := r.d.target.Find(path...)
	if !ok {
		return // somebody has removed it
	}
	var ours, others []config.Node
	for t := range at.Terminals() {
		key := t.Path()
		if t.IsSecret() {
			key = key[:len(key)-1]
		}
		if _, ok := r.set[pathKey(key)]; ok {
			ours = append(ours, t)
		} else {
			others = append(others, t)
		}
	}
	if len(others) == 0 {
		change(s).Apply(r.d.target, r.d.g)
		return
	}
	if now, ok := r.d.have.Tree.Find(path...); ok && r.d.before.owns(now) {
		r.d.report("E0720", r.d.n.Origin, "Gateway %s has now:\n%sThe run made this, and somebody has changed it since, so that taking it back would throw that change away. Take back the change on the gateway first, or change the specification and apply.",
			r.d.n.Name, r.d.lines(now))
		return
	}
	for _, t := range ours {
		t.Remove()
	}
}

// restore sets what the run has replaced or removed.
func (r *reverting) restore(s plan.Step) {
	leaf, ok := r.d.target.Find(s.Path...)
	if ok && s.Value != "" && !s.Secret && !r.d.multiple(s.Path) {
		for v := range leaf.Children() {
			_, byRun := r.set[pathKey(append(slices.Clone(s.Path), v.Name()))]
			if v.Name() != s.Value && !byRun {
				r.d.report("E0720", r.d.n.Origin, "Gateway %s has now:\n%sBefore the run it was %q. Somebody has changed it since. Take back that change on the gateway first, or change the specification and apply.",
					r.d.n.Name, r.d.lines(leaf), s.Value)
				return
			}
		}
	}
	change(s).Apply(r.d.target, r.d.g)
}

// multiple reports whether a leaf holds several values.
func (d *differ) multiple(path []string) bool {
	at := d.g.Root()
	for i := 0; i < len(path); i++ {
		next, ok := d.g.Child(at, path[i])
		if !ok {
			return true // not known: nothing is replaced
		}
		at = next
		if config.Kind(d.g.Kind(at)) == config.KindTag {
			i++
		}
	}
	return config.Kind(d.g.Kind(at)) == config.KindMulti
}

// DrainBGP lists the steps that shut the BGP session of a tunnel's end.
func (b Backend) DrainBGP(e *ir.End, have plan.Snapshot) []plan.Step {
	l := &lowering{n: e.Node, rel: have.(*Config).For, out: &Config{}}
	path := join(l.bgp(), "neighbor", e.Peer.Address.Addr().String(), "shutdown")
	return []plan.Step{{Op: plan.Set, Path: path, Object: tunnelObject(e.Tunnel)}}
}

// DrainPeer lists the steps that disable the IPsec peer of a tunnel's end; none where the release cannot.
func (b Backend) DrainPeer(e *ir.End, have plan.Snapshot) []plan.Step {
	rel := have.(*Config).For
	if !rel.Has(release.PeerNames) {
		return nil
	}
	path := []string{"vpn", "ipsec", "site-to-site", "peer", ir.ObjectName(e.Node.Spec, e.Tunnel.Name), "disable"}
	return []plan.Step{{Op: plan.Set, Path: path, Object: tunnelObject(e.Tunnel)}}
}

// Renegotiate lists the operations that end the SAs of a tunnel's end and, at the initiator's, negotiate them again.
func (b Backend) Renegotiate(e *ir.End) []plan.Operation {
	lookup := b.Lookup
	if lookup == nil {
		lookup = release.Lookup
	}
	rel, ok := lookup(e.Node.Release)
	if !ok {
		panic("vyos: release " + e.Node.Release + " is not known") // Lower has found it before
	}
	why := "ends the SAs"
	if e.Initiator {
		why = "ends the SAs and negotiates them again"
	}
	return renegotiation(rel, e, why)
}
