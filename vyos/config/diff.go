package config

// An Op is what a command does.
type Op uint8

// The operations.
const (
	Set Op = iota
	Delete
)

func (op Op) String() string {
	if op == Delete {
		return "delete"
	}
	return "set"
}

// A Change is one command.
type Change struct {
	Op       Op
	Path     []string // without the value of a leaf
	Value    string   // where HasValue is set; a reference where Ref is
	HasValue bool
	Secret   bool // the value is a secret, or what is deleted is a leaf that holds one
	Ref      bool // Value is a reference
	Masked   bool // the value was not in the file: it is hidden there by asterisks
	Unknown  bool // the grammar does not know the path

	priority int
}

// A Phase is what one commit carries: deletions first, those of late priority before those of an early one, then what is
// set, early priorities first; in the canonical order within a priority.
type Phase struct {
	Changes []Change
}

// A Delta is what turns one configuration into another.
type Delta struct {
	Phases  []Phase // none if there is nothing to do; each is committed before the next begins
	Unknown int     // changes of which the grammar does not know the path
	Masked  int     // secrets that could not be compared, since a file hides them; they count as equal
}

// Empty reports whether there is nothing to do.
func (d *Delta) Empty() bool { return len(d.Phases) == 0 }

// Len returns how many commands there are.
func (d *Delta) Len() int {
	n := 0
	for _, ph := range d.Phases {
		n += len(ph.Changes)
	}
	return n
}

// DiffOptions say how configurations are compared.
type DiffOptions struct {
	// Grammar tells leaves with one value from those with many, finds secrets, priorities and what cannot be changed in
	// place. Without it every value that differs is deleted and set.
	Grammar Grammar
	Order   Order

	// SameSecret reports whether a value is the secret of a reference. Without it the two differ.
	SameSecret func(ref, value string) bool
}

// Diff returns the commands that turn old into new; Diff(new, old) is its inverse. Of a leaf with one value the new one is
// set; of a leaf with many, values are deleted and set one by one, and their order counts for nothing; what goes
// altogether is deleted at its highest node. A path that the grammar does not know has old values deleted and new ones set.
func Diff(old, new *Tree, o DiffOptions) *Delta {
	d := differ{a: old.resolved(o.Grammar), b: new.resolved(o.Grammar), o: o, recreate: -1}
	if len(d.a.nodes) == 0 {
		d.a = empty()
	}
	if len(d.b.nodes) == 0 {
		d.b = empty()
	}
	d.head.to = uint32(commonPrefix(d.a.text.String(), d.b.text.String()))
	d.below(0, 0)
	return d.delta()
}

func empty() *Tree { return &Tree{nodes: make([]node, 1)} }

// Equal reports whether two configurations hold the same; the order of entry counts for nothing.
func Equal(a, b *Tree) bool { return EqualNodes(a.Root(), b.Root()) }

// EqualNodes reports whether the same stands below two nodes.
func EqualNodes(a, b Node) bool {
	n := 0
	for ca := range a.Children() {
		cb, ok := b.Child(ca.Name())
		if !ok || ca.IsSecret() != cb.IsSecret() || !EqualNodes(ca, cb) {
			return false
		}
		n++
	}
	for range b.Children() {
		n--
	}
	return n == 0
}

type differ struct {
	a, b     *Tree
	o        DiffOptions
	path     []string
	first    []Change // what must be committed before the rest
	changes  []Change
	masked   int
	recreate int // length of the path of an instance that must be made anew, or -1

	children []int32  // of what is being set, in order: a stack
	kept     []string // room for the paths of changes, of which there may be many

	// Texts of trees that are much alike agree over long stretches. What lies in one that is known needs no comparing.
	head, run stretchOfText
}

// A stretchOfText is where the texts of two trees agree: the octets from..to of the one and those shifted in the other.
type stretchOfText struct {
	from, to, shift uint32
}

func (s *stretchOfText) holds(m, n *node) bool {
	return n.off-m.off == s.shift && m.off >= s.from && m.off+m.len() <= s.to
}

// same reports whether two nodes are the same word.
func (d *differ) same(m, n *node) bool {
	if (m.meta^n.meta)&(lenMask|isSecret) != 0 {
		return false
	}
	if d.head.holds(m, n) || d.run.holds(m, n) {
		return true
	}
	a, b := d.a.text.String(), d.b.text.String()
	size := m.len()
	if a[m.off:m.off+size] != b[n.off:n.off+size] {
		return false
	}
	if m.off >= d.run.to {
		d.run = stretchOfText{m.off, m.off + uint32(commonPrefix(a[m.off:], b[n.off:])), n.off - m.off}
	}
	return true
}

// pathNow returns a copy of the path, with more words.
func (d *differ) pathNow(more ...string) []string {
	n := len(d.path) + len(more)
	if cap(d.kept)-len(d.kept) < n {
		d.kept = make([]string, 0, max(n, min(2*cap(d.kept), 4096)))
	}
	from := len(d.kept)
	d.kept = append(append(d.kept, d.path...), more...)
	return d.kept[from:len(d.kept):len(d.kept)]
}

// below compares the children of two nodes. As long as both lists run alike they are walked side by side.
func (d *differ) below(x, y int32) {
	a, b := d.a, d.b
	lastA, lastB := a.nodes[x].last, b.nodes[y].last
	start := len(d.changes)
	c, e := a.first(x), b.first(y)
	for c != 0 && e != 0 {
		m, n := &a.nodes[c], &b.nodes[e]
		if !d.same(m, n) {
			break
		}
		nextC, nextE := m.next, n.next
		if m.last|n.last != 0 && !d.sameLeaf(m.last, n.last) {
			d.path = append(d.path, a.str(c))
			d.below(c, e)
			d.path = d.path[:len(d.path)-1]
		}
		if c == lastA {
			nextC = 0
		}
		if e == lastB {
			nextE = 0
		}
		c, e = nextC, nextE
	}
	if c|e != 0 {
		d.unlike(x, y, c, e)
	}
	if d.recreate == len(d.path) && d.recreate > 0 {
		d.recreate = -1
		d.changes = d.changes[:start]
		d.again(y)
	}
}

// sameLeaf reports whether each of two nodes, given their youngest children, has one child only, a word without anything below, and it is the
// same: the common case, which needs no descent.
func (d *differ) sameLeaf(c, e int32) bool {
	m, n := &d.a.nodes[c], &d.b.nodes[e]
	return m.next == c && n.next == e && m.last|n.last == 0 && c != 0 && e != 0 && d.same(m, n)
}

// cursor returns where the grammar stands after the path, and the length of the part of the path that ends with the nearest instance
// of a tag.
func (d *differ) cursor() (c cursor, instance int) {
	c = cursorAt(d.o.Grammar)
	instance = -1
	for i, name := range d.path {
		if c = c.enter(name); c.kind == kindInstance {
			instance = i + 1
		}
	}
	return c, instance
}

// unlike compares what is left of the children of two nodes, from c and e on.
func (d *differ) unlike(x, y, c, e int32) {
	cur, instance := d.cursor()
	listA, listB := d.a.siblings(c), d.b.siblings(e)
	if cur.kind == KindLeaf && len(listA) < 2 && len(listB) < 2 {
		d.single(cur, instance, listA, listB)
		return
	}
	for _, c := range listA {
		word := d.a.str(c)
		e := d.b.find(y, word)
		if e > 0 && !d.sameKind(c, e) {
			e = 0
		}
		switch {
		case e == 0:
			d.fix(cur, instance, word)
			d.delete(c, cur)
		case d.a.nodes[c].last|d.b.nodes[e].last != 0:
			d.path = append(d.path, word)
			d.below(c, e)
			d.path = d.path[:len(d.path)-1]
		}
	}
	for _, e := range listB {
		word := d.b.str(e)
		if c := d.a.find(x, word); c == 0 || !d.sameKind(c, e) {
			d.fix(cur, instance, word)
			d.set(e, cur)
		}
	}
	if d.b.nodes[y].last == 0 && cur.kind != KindNode && cur.kind != kindInstance && len(d.path) > 0 {
		// Without its last child it may be gone.
		d.changes = append(d.changes, Change{Op: Set, Path: d.pathNow(), Unknown: !cur.known(), priority: cur.prio})
	}
}

// siblings returns a node and its younger siblings.
func (t *Tree) siblings(id int32) []int32 {
	if id == 0 {
		return nil
	}
	last := t.nodes[t.nodes[id].parent].last
	out := []int32{id}
	for ; id != last; out = append(out, id) {
		id = t.nodes[id].next
	}
	return out
}

// sameKind reports whether two nodes of one name are both references to secrets, or neither is.
func (d *differ) sameKind(c, e int32) bool {
	return (d.a.nodes[c].meta^d.b.nodes[e].meta)&isSecret == 0
}

// single compares the values of a leaf that holds one.
func (d *differ) single(cur cursor, instance int, listA, listB []int32) {
	if len(listA) > 0 && len(listB) > 0 {
		c, e := listA[0], listB[0]
		va, vb := d.a.str(c), d.b.str(e)
		switch {
		case va == masked || vb == masked:
			d.masked++
			return
		case !d.sameKind(c, e) && d.o.SameSecret != nil:
			ref, value := va, vb
			if d.b.nodes[e].meta&isSecret != 0 {
				ref, value = vb, va
			}
			if d.o.SameSecret(ref, value) {
				return
			}
		}
	}
	if cur.g.Fixed(cur.node) {
		d.makeAnew(instance)
	}
	if len(listB) > 0 {
		d.set(listB[0], cur)
		return
	}
	// A leaf without value is nothing that VyOS could hold; this makes what the file says.
	d.delete(listA[0], cur)
	d.changes = append(d.changes, Change{Op: Set, Path: d.pathNow(), priority: cur.prio})
}

// fix notes that an instance must be made anew if the child of that name is a leaf that cannot be changed in place.
func (d *differ) fix(cur cursor, instance int, name string) {
	if cur.g == nil || cur.kind != kindInstance && cur.kind != KindNode && cur.kind != KindMulti {
		return
	}
	if next := cur.enter(name); next.known() && cur.g.Fixed(next.node) {
		d.makeAnew(instance)
	}
}

func (d *differ) makeAnew(instance int) {
	if instance > 0 && (d.recreate < 0 || instance < d.recreate) {
		d.recreate = instance
	}
}

// again makes the instance at the path anew: deleted, that committed, and set.
func (d *differ) again(y int32) {
	cur, _ := d.cursor()
	d.first = append(d.first, Change{Op: Delete, Path: d.pathNow(), priority: cur.prio})
	name := d.path[len(d.path)-1]
	d.path = d.path[:len(d.path)-1]
	parent, _ := d.cursor()
	d.set(y, parent)
	d.path = append(d.path, name)
}

// delete notes that c goes, which stands below the path and cur.
func (d *differ) delete(c int32, cur cursor) {
	n := &d.a.nodes[c]
	word := d.a.str(c)
	ch := Change{Op: Delete}
	if n.meta&isValue != 0 {
		ch.Path = d.pathNow()
		ch.Value, ch.HasValue, ch.Secret, ch.Ref = word, true, cur.secret() || n.meta&isSecret != 0, n.meta&isSecret != 0
		ch.Masked = word == masked
		ch.Unknown, ch.priority = !cur.known(), cur.prio
	} else {
		next := cur.enter(word)
		ch.Path = d.pathNow(word)
		ch.Secret = (next.kind == KindLeaf || next.kind == KindMulti) && next.secret()
		ch.Unknown, ch.priority = !next.known(), next.prio
	}
	d.changes = append(d.changes, ch)
}

// set notes everything below e, which stands below the path and cur.
func (d *differ) set(e int32, cur cursor) {
	n := &d.b.nodes[e]
	word := d.b.str(e)
	if n.meta&isValue != 0 {
		d.changes = append(d.changes, Change{
			Op: Set, Path: d.pathNow(), Value: word, HasValue: true,
			Secret: cur.secret() || n.meta&isSecret != 0, Ref: n.meta&isSecret != 0, Masked: word == masked,
			Unknown: !cur.known(), priority: cur.prio,
		})
		return
	}
	next := cur.enter(word)
	d.path = append(d.path, word)
	if n.last == 0 {
		d.changes = append(d.changes, Change{Op: Set, Path: d.pathNow(), Unknown: !next.known(), priority: next.prio})
	}
	from := len(d.children)
	d.children = d.b.sorted(d.children, e, d.o.Order)
	for i := from; i < len(d.children); i++ {
		d.set(d.children[i], next)
	}
	d.children = d.children[:from]
	d.path = d.path[:len(d.path)-1]
}
