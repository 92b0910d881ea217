package vyos

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// unseen is the name of a child that both sides of a difference get where one cannot see what else a node
// holds: then nothing is deleted beyond what is ours, nor by an undo.
const unseen = "\x00"

// plan makes the plan out of the difference of before and target.
func (d *differ) plan() *plan.Plan {
	p := &plan.Plan{Node: d.n.Name, Backend: "vyos", Release: d.rel.Name}
	base, err := plan.DigestOf(d.have)
	if err != nil {
		panic("vyos: " + err.Error()) // a tree that was read can be printed
	}
	p.Base = base
	before := d.have.Tree
	if !d.o.Box {
		before = before.Clone()
		d.blind(before)
		d.blind(d.target)
	}
	before.Resolve(d.g)
	d.target.Resolve(d.g)
	o := config.DiffOptions{Grammar: d.g, Order: d.have.Order()}
	delta := config.Diff(before, d.target, o)
	undo := delta.Undo(before, o)
	at := d.objects()
	for _, ph := range delta.Phases {
		steps := make([]plan.Step, 0, len(ph.Changes))
		for _, c := range ph.Changes {
			st := step(c)
			st.Object = at.of(c.Path)
			for _, u := range undo[0] {
				st.Undo = append(st.Undo, step(u))
			}
			undo = undo[1:]
			steps = append(steps, st)
		}
		p.Phases = append(p.Phases, plan.Phase{Steps: steps})
	}
	for _, ph := range config.Diff(d.target, before, o).Phases {
		for _, c := range ph.Changes {
			p.Inverse = append(p.Inverse, step(c))
		}
	}
	d.impact(p)
	p.Headlines = d.headlines(p)
	p.Operations = d.operations(p)
	if len(p.Phases) > 1 {
		p.Between = d.between(p.Phases[0])
	}
	p.Takes, p.Measured = takes(d.rel, p)
	p.Guard = guard(d.rel, p.Takes)
	slices.Sort(d.notCompared)
	p.NotCompared, p.Kept = slices.Compact(d.notCompared), d.kept
	return p
}

// blind adds the unseen child to everything that our parts lie in.
func (d *differ) blind(t *config.Tree) {
	mark := func(path []string) {
		n := t.Root()
		for _, w := range path[:len(path)-1] {
			if n = n.Ensure(w); !d.before.has(n.Path()) {
				n.Ensure(unseen)
			}
		}
	}
	for _, p := range d.before.parts {
		mark(p.path)
	}
	for _, c := range d.want.Claims {
		if c.Holding != Shared {
			mark(c.Path)
			continue
		}
		mark(c.Path[:len(c.Path)-1])
	}
}

// step makes a plan's step out of a change.
func step(c config.Change) plan.Step {
	st := plan.Step{Op: plan.Set, Path: c.Path, Value: c.Value, Secret: c.Secret}
	if c.Op == config.Delete {
		st.Op = plan.Delete
	}
	if c.Ref {
		st.Value = "secret:" + c.Value
	}
	if c.Secret && c.Op == config.Delete {
		st.Value = "" // a leaf with one value goes without it
	}
	return st
}

// owners finds the object that a path belongs to.
type owners struct {
	exact map[string]string // by key of a claim or part
	above map[string]string // by key of what such a path lies in: the object, or the gateway for several
	rest  string
}

func (d *differ) objects() *owners {
	gateway := "gateway " + d.n.Name
	o := &owners{exact: make(map[string]string), above: make(map[string]string), rest: gateway}
	note := func(path []string, object string) {
		o.exact[pathKey(path)] = object
		for i := len(path) - 1; i > 0; i-- {
			k := pathKey(path[:i])
			switch old, ok := o.above[k]; {
			case !ok:
				o.above[k] = object
			case old != object:
				o.above[k] = gateway
			}
		}
	}
	for _, p := range d.before.sorted() {
		note(p.path, d.wording(p.object))
	}
	for _, c := range d.want.Claims {
		path := c.Path
		if c.Holding == Shared {
			path = path[:len(path)-1]
		}
		note(path, c.Object)
	}
	return o
}

// of is the object of a path.
func (o *owners) of(path []string) string {
	for i := len(path); i > 0; i-- {
		if object, ok := o.exact[pathKey(path[:i])]; ok {
			return object
		}
	}
	if object, ok := o.above[pathKey(path)]; ok {
		return object
	}
	return o.rest
}

// objectOf is the object that claims a path.
func (d *differ) objectOf(path []string) string {
	for _, c := range d.want.Claims {
		if len(c.Path) <= len(path) && slices.Equal(c.Path, path[:len(c.Path)]) {
			return c.Object
		}
	}
	return "gateway " + d.n.Name
}

// wording is the name of an object that the box tells, as the specification writes it: a dot is an underscore
// on a box.
func (d *differ) wording(object string) string {
	kind, name, _ := strings.Cut(object, " ")
	switch kind {
	case "gateway":
		return "gateway " + d.n.Name
	case "tunnel":
		for _, e := range d.n.Ends {
			if ir.BoxName(e.Tunnel.Name) == name {
				return tunnelObject(e.Tunnel)
			}
		}
	case "stretch":
		for _, a := range d.n.Attaches {
			if ir.BoxName(a.Stretch.Name) == name {
				return stretchObject(a.Stretch)
			}
		}
	}
	return object
}

// takes estimates staging and commit.
func takes(rel *release.Release, p *plan.Plan) (time.Duration, bool) {
	ms, n := 0, 0
	for _, ph := range p.Phases {
		n += len(ph.Steps)
		ms += rel.Times.CommitMillis + len(ph.Steps)*(rel.Times.SetMillis+rel.Times.LeafMillis)
	}
	if n == 0 {
		return 0, rel.Times.Measured
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second), rel.Times.Measured
}

// checkTime is what checks may take after the commits.
const checkTime = 90 * time.Second

// guard is what restores the node when nobody confirms.
func guard(rel *release.Release, takes time.Duration) plan.Guard {
	g := plan.Guard{Kind: plan.GuardTimer, Means: rel.Guard.Means, Cost: rel.Guard.Cost, Verified: rel.Guard.Verified}
	g.Timeout = max(plan.DefaultTimeout, (2*takes + checkTime).Round(time.Minute))
	return g
}

// between says what is live after the first of two commits.
func (d *differ) between(first plan.Phase) string {
	var gone []string
	for _, st := range first.Steps {
		gone = append(gone, strings.Join(st.Path, " "))
	}
	slices.SortFunc(gone, cmp.Compare)
	return "after the first commit these do not exist, and their stretches are down until the second: " + strings.Join(gone, ", ")
}
