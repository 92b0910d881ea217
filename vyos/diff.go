package vyos

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Diff plans what turns the configuration that a node has into one with exactly what the specification
// wants, and everything else as it was. A want of nil removes all that is ours. What the running
// configuration contradicts is among the diagnostics; with an error among them there is no plan to carry out.
func (b Backend) Diff(n *ir.Node, have, want plan.Snapshot, o plan.Options) (*plan.Plan, hcl.Diagnostics) {
	h, ok := have.(*Config)
	if !ok {
		panic("vyos: the state before is of another backend")
	}
	w := &Config{Node: n.Name, For: h.For, Tree: config.New()}
	if want != nil {
		w = want.(*Config)
	}
	g, err := b.grammar(w.For.Name)
	if err != nil {
		panic("vyos: " + err.Error()) // Lower or Read have found it before
	}
	h.Tree.Resolve(g)
	d := &differ{n: n, rel: w.For, g: g, have: h, want: w, o: o, before: survey(h.Tree, w.For, n.Spec), objects: objectsOf(n)}
	d.findWanted()
	d.adopted = d.adoptions()
	d.conflicts()
	d.build()
	if o.Box {
		d.checkBox()
	}
	return d.plan(), d.diags
}

// A differ is the state of one difference.
type differ struct {
	n      *ir.Node
	rel    *release.Release
	g      *release.Grammar
	have   *Config
	want   *Config
	o      plan.Options
	before *estate
	target *config.Tree
	diags  hcl.Diagnostics

	objects     *objects
	wanted      []wanted            // every claim
	index       map[config.Node]int // of what is wanted, the first claim of each node
	adopted     []adoption
	secrets     map[string]bool // keys of leaves whose secret stays
	notCompared []string
	kept        []string
}

// A wanted is a claim with its node in the tree that is wanted.
type wanted struct {
	Claim
	node config.Node
}

// findWanted finds the nodes of all claims.
func (d *differ) findWanted() {
	d.wanted = make([]wanted, len(d.want.Claims))
	d.index = make(map[config.Node]int, len(d.want.Claims))
	for i, c := range d.want.Claims {
		n, ok := d.want.Tree.Find(c.Path...)
		if !ok {
			panic("vyos: claimed and not there: " + strings.Join(c.Path, " "))
		}
		d.wanted[i] = wanted{c, n}
		if _, ok := d.index[n]; !ok {
			d.index[n] = i
		}
	}
}

type adoption struct {
	path []string
	used bool
}

func (d *differ) report(code ir.Code, at hcl.Range, format string, args ...any) {
	d.diags = append(d.diags, ir.Diagnose(code, at, format, args...))
}

func (d *differ) adoptions() []adoption {
	out := make([]adoption, len(d.o.Adopt))
	for i, p := range d.o.Adopt {
		out[i].path = p
	}
	return out
}

// adopts reports whether the user lets a path be taken over, by itself or with what it lies in.
func (d *differ) adopts(path []string) bool {
	found := false
	for i := range d.adopted {
		a := &d.adopted[i]
		if len(a.path) <= len(path) && slices.Equal(a.path, path[:len(a.path)]) {
			a.used, found = true, true
		}
	}
	return found
}

// conflicts reports claimed parts that exist and are not ours.
func (d *differ) conflicts() {
	for _, c := range d.wanted {
		if c.Holding == Shared {
			continue
		}
		there, ok := c.node.Twin(d.have.Tree)
		if !ok || d.before.owns(there) || d.adopts(c.Path) {
			continue
		}
		wanted := c.node
		if other, ok := d.before.others[there]; ok {
			if config.EqualNodes(there, wanted) {
				continue // both specifications need it; whoever goes last removes it
			}
			d.report("E0702", d.origin(c.Object), "Specification %s has on gateway %s:\n%sThis specification wants (%s):\n%sBoth need the same there.",
				other, d.n.Name, d.lines(there), c.Object, d.lines(wanted))
			continue
		}
		if m, ok := badgeOf(there); ok && m.spec != d.n.Spec {
			d.report("E0702", d.origin(c.Object), "Specification %s has on gateway %s, for %s:\n%sThis specification wants (%s):\n%sGive one of the two another index or name.",
				m.spec, d.n.Name, m.object, d.lines(there), c.Object, d.lines(wanted))
			continue
		}
		if d.peerConflict(c.Claim, there) {
			continue
		}
		d.report("E0701", d.origin(c.Object), "Gateway %s has, without a mark of this specification:\n%sThe specification wants (%s):\n%sRemove it on the gateway, choose another name or index, or take it over: --adopt '%s:%s'. What is taken over is replaced by what the specification says, and goes when that goes.",
			d.n.Name, d.lines(there), c.Object, d.lines(wanted), d.n.Name, strings.Join(c.Path, " "))
	}
	for _, a := range d.adopted {
		if !a.used {
			d.report("E0718", d.n.Origin, "Nothing on gateway %s needs to be taken over at %q. Name a path that a conflict shows.", d.n.Name, strings.Join(a.path, " "))
		}
	}
}

// linesShown is how many commands of one side a diagnostic shows.
const linesShown = 12

// lines shows a subtree as commands, indented, secrets as references.
func (d *differ) lines(n config.Node) string {
	if !n.Valid() {
		return "  (nothing)\n"
	}
	text, err := n.AppendCommands(nil, config.PrintOptions{Order: d.have.Order(), Secrets: config.SecretsByName})
	if err != nil {
		return "  (" + err.Error() + ")\n"
	}
	all := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	var b strings.Builder
	for i, line := range all {
		if i == linesShown {
			b.WriteString("  and " + itoa(len(all)-i) + " more\n")
			break
		}
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

// line is one command as diagnostics show it.
func line(path ...string) string { return "  set " + strings.Join(path, " ") + "\n" }

// build makes the target: what the node has, without what is ours and not wanted, with what is wanted.
func (d *differ) build() {
	d.target = d.have.Tree.Clone()
	d.secrets = make(map[string]bool)
	for _, p := range d.before.parts {
		if _, others := d.before.others[p.node]; !others && !d.replaced(p.node) {
			d.remove(p.node)
		}
	}
	for i, c := range d.wanted {
		if c.Holding != Shared && d.index[c.node] == i {
			d.graft(c)
		}
	}
	d.shared()
}

// replaced reports whether a part that the node has is wanted, by itself or with what it lies in, and is dealt with
// there.
func (d *differ) replaced(have config.Node) bool {
	for n, _ := have.Twin(d.want.Tree); n != n.Parent(); n = n.Parent() {
		if _, ok := d.index[n]; ok {
			return true
		}
	}
	return false
}

// remove takes a part out of the target. A NIC stays even if nothing is left in it.
func (d *differ) remove(part config.Node) {
	n, ok := part.Twin(d.target)
	if !ok {
		return
	}
	n.Remove()
	if path := part.Path(); len(path) > 3 && path[0] == "interfaces" && slices.Contains(nicKinds, path[1]) {
		d.target.Ensure(path[:3]...)
	}
}

// graft puts a claimed part into the target as it is wanted.
func (d *differ) graft(c wanted) {
	to, ok := c.node.Twin(d.target)
	if ok && d.same(to, c.node, c.Object) {
		return
	}
	if ok {
		d.remove(to)
	}
	d.copy(d.target.Ensure(c.Path[:len(c.Path)-1]...), c.node)
}

// same reports whether a part is as it is wanted; a secret is compared with the device's, where both are
// known.
func (d *differ) same(have, want config.Node, object string) bool {
	n := 0
	for w := range want.Children() {
		n++
		if w.IsSecret() {
			h, ok := firstChild(have)
			if !ok || !h.IsSecret() || !d.sameSecret(have, h.Name(), w.Name(), object) {
				return false
			}
			continue
		}
		h, ok := have.Child(w.Name())
		if !ok || h.IsSecret() || !d.same(h, w, object) {
			return false
		}
	}
	for range have.Children() {
		n--
	}
	return n == 0
}

func firstChild(n config.Node) (config.Node, bool) {
	for c := range n.Children() {
		return c, true
	}
	return config.Node{}, false
}

// sameSecret reports whether a leaf's secret stays: it is the same, or nobody can tell.
func (d *differ) sameSecret(leaf config.Node, have, want, object string) bool {
	k := pathKey(leaf.Path())
	if d.secrets[k] {
		return true
	}
	same := have == want
	if value, ok := d.have.keys[k]; ok && have == DeviceSecret {
		known := false
		if d.o.Secret != nil {
			var b []byte
			if b, known = d.o.Secret(want); known {
				same = string(b) == value()
			}
		}
		if !known {
			same = true
			d.notCompared = append(d.notCompared, object)
		}
	}
	if same {
		d.secrets[k] = true
	}
	return same
}

// copy puts a copy of a wanted node, with all below it, below one of the target.
func (d *differ) copy(parent, n config.Node) {
	if !n.IsLeaf() {
		to := parent.Ensure(n.Name())
		for c := range n.Children() {
			d.copy(to, c)
		}
		return
	}
	for v := range n.Children() {
		if !v.IsSecret() {
			parent.Leaf(n.Name(), v.Name())
			continue
		}
		ref := v.Name()
		if old, ok := n.Twin(d.have.Tree); ok {
			if h, ok := firstChild(old); ok && h.IsSecret() && d.sameSecret(old, h.Name(), ref, d.objectOf(n.Path())) {
				ref = h.Name()
			}
		}
		parent.Secret(n.Name(), ref)
	}
}
