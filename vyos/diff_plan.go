package vyos

import (
	"cmp"
	"slices"
	"strings"
	"time"

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
	if delta := config.Diff(before, d.target, o); !delta.Empty() {
		if d.o.Box {
			d.checkCommit()
		}
		p.Phases = d.phases(delta, delta.Undo(before, o))
		for _, ph := range config.Diff(d.target, before, o).Phases {
			for _, c := range ph.Changes {
				p.Inverse = append(p.Inverse, step(c))
			}
		}
		d.impact(p)
		p.Headlines = d.headlines(p)
		p.Operations = d.operations(p)
	}
	if len(p.Phases) > 1 {
		p.Between = d.between(p.Phases[0])
	}
	p.Takes, p.Measured = takes(d.rel, p)
	p.Guard = guard(d.rel, p.Takes)
	slices.Sort(d.notCompared)
	p.NotCompared, p.Kept = slices.Compact(d.notCompared), d.kept
	return p
}

// phases makes steps out of changes, with what takes each back.
func (d *differ) phases(delta *config.Delta, undo [][]config.Change) []plan.Phase {
	at := d.owners()
	back := make([]plan.Step, 0, delta.Len()) // one for each step, as a rule
	phases := make([]plan.Phase, 0, len(delta.Phases))
	for _, ph := range delta.Phases {
		steps := make([]plan.Step, 0, len(ph.Changes))
		for _, c := range ph.Changes {
			st := step(c)
			st.Object = at.of(c.Path)
			from := len(back)
			for _, u := range undo[0] {
				back = append(back, step(u))
			}
			if st.Undo = back[from:len(back):len(back)]; len(st.Undo) == 0 {
				st.Undo = nil
			}
			undo = undo[1:]
			steps = append(steps, st)
		}
		phases = append(phases, plan.Phase{Steps: steps})
	}
	return phases
}

// blind adds the unseen child to everything that our parts lie in.
func (d *differ) blind(t *config.Tree) {
	done := make(map[config.Node]bool)
	var mark func(n config.Node)
	mark = func(n config.Node) {
		if done[n] || n == n.Parent() {
			return
		}
		done[n] = true
		mark(n.Parent())
		in := t.Ensure(n.Path()...)
		if have, _ := n.Twin(d.have.Tree); !d.before.owns(have) {
			in.Ensure(unseen)
		}
	}
	for _, p := range d.before.parts {
		mark(p.node.Parent())
	}
	for _, c := range d.wanted {
		n := c.node.Parent()
		if c.Holding == Shared {
			n = n.Parent()
		}
		mark(n)
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
