package config

import "iter"

// Put makes a path that ends with a leaf's value, an instance, a node or a flag, as the set command does: of a leaf that
// holds one value, the new one replaces the old. It is half of the interpreter of commands; Delete is the other. Without a
// grammar, or where that does not know the path, values are added.
func (t *Tree) Put(g Grammar, path ...string) Node {
	return Node{t, t.put(0, cursorAt(g), path)}
}

// put is Put for the rest of a path, below a node where the grammar stands at c.
func (t *Tree) put(id int32, c cursor, path []string) int32 {
	for _, name := range path {
		kind := c.kind
		c = c.enter(name)
		var flags uint32
		switch kind {
		case KindLeaf:
			if v := t.find(id, name); v != 0 && t.nodes[v].next == v {
				t.nodes[v].meta &^= isSecret // it stays, with what a file may have below it
			} else {
				t.clear(id)
			}
			flags = isValue
		case KindMulti:
			flags = isValue
		}
		id = t.ensure(id, name, flags)
		t.nodes[id].meta |= c.kind.flags()
	}
	return id
}

// Delete removes what stands at a path, which may end with a value, as the delete command does: a leaf goes with its
// last value, a tag with its last instance; nodes stay. It reports whether there was anything.
func (t *Tree) Delete(g Grammar, path ...string) bool {
	n, ok := t.Find(path...)
	if !ok || n.id == 0 {
		return false
	}
	parent := t.nodes[n.id].parent
	value := t.nodes[n.id].meta&isValue != 0
	t.remove(n.id)
	if parent == 0 || t.nodes[parent].last != 0 {
		return true
	}
	kind, _ := Lookup(g, path[:len(path)-1]...)
	switch {
	case len(path) > 2 && kind == KindTag && isInstance(g, path[:len(path)-1]):
	case kind == KindLeaf, kind == KindMulti, kind == KindTag, kind == KindUnknown && (value || t.nodes[parent].meta&isTag != 0):
		t.remove(parent)
	}
	return true
}

// isInstance reports whether a path ends with the instance of a tag.
func isInstance(g Grammar, path []string) bool {
	c := cursorAt(g)
	for _, name := range path {
		c = c.enter(name)
	}
	return c.kind == kindInstance
}

// Remove removes n with everything below it, and the nodes above it that are left with nothing.
// The root is emptied.
func (n Node) Remove() {
	t, id := n.t, n.id
	if id == 0 {
		t.clear(0)
		return
	}
	for {
		parent := t.nodes[id].parent
		t.remove(id)
		if parent == 0 || t.nodes[parent].last != 0 {
			return
		}
		id = parent
	}
}

// Sorted returns what stands directly below n in the order in which it is printed.
func (n Node) Sorted(o Order) []Node {
	if n.Empty() {
		return nil
	}
	ids := n.t.sorted(nil, n.id, o)
	out := make([]Node, len(ids))
	for i, id := range ids {
		out[i] = n.at(id)
	}
	return out
}

// Terminals yields the ends of all paths that begin at n, in the order of entry: values, flags, and nodes with nothing
// below them. Each is one set command. An n with nothing below it is its own end, unless it is the root.
func (n Node) Terminals() iter.Seq[Node] {
	return func(yield func(Node) bool) { n.terminals(yield) }
}

func (n Node) terminals(yield func(Node) bool) bool {
	if n.Empty() {
		return n.id == 0 || yield(n)
	}
	for c := range n.Children() {
		if !c.terminals(yield) {
			return false
		}
	}
	return true
}

// CopyTo copies n with everything below it into dst, under the same path, and returns the copy. What dst has there stays;
// values are added.
func (n Node) CopyTo(dst *Tree) Node {
	id := int32(0)
	if n.id != 0 {
		id = n.Parent().CopyPath(dst).id
	}
	return Node{dst, n.t.copyTo(n.id, dst, id)}
}

// CopyTree copies n with everything below it into a tree of its own, under the same path.
func (n Node) CopyTree() *Tree {
	t := New()
	n.CopyTo(t)
	return t
}

// CopyPath makes the path of n in dst, without what stands below it.
func (n Node) CopyPath(dst *Tree) Node {
	if n.id == 0 {
		return dst.Root()
	}
	return Node{dst, n.t.copyNode(n.id, dst, n.Parent().CopyPath(dst).id)}
}

// copied are the flags that say what a node is.
const copied = isValue | isSecret | isTag | isMulti | hasBraces

func (t *Tree) copyNode(id int32, dst *Tree, parent int32) int32 {
	made := dst.ensure(parent, t.str(id), 0)
	if n := &dst.nodes[made]; n.last == 0 || t.nodes[id].meta&isValue == 0 {
		n.meta |= t.nodes[id].meta & copied
	}
	if note := t.notes[id]; note != "" {
		Node{dst, made}.Comment(note)
	}
	return made
}

// copyTo copies a node with everything below it to below parent; of the root it copies what stands below.
func (t *Tree) copyTo(id int32, dst *Tree, parent int32) int32 {
	if id != 0 {
		parent = t.copyNode(id, dst, parent)
	}
	for _, c := range t.siblings(t.first(id)) {
		t.copyTo(c, dst, parent)
	}
	return parent
}

// Overlay sets on t everything that src holds: leaves with one value take that of src, others gain what they lack.
func (t *Tree) Overlay(g Grammar, src *Tree) {
	for end := range src.Root().Terminals() {
		n := t.Put(g, end.Path()...)
		if flags := src.nodes[end.id].meta & (isValue | isSecret); t.nodes[n.id].last == 0 {
			t.nodes[n.id].meta = t.nodes[n.id].meta&^isSecret | flags
		}
	}
}

// Extract returns a tree that holds what t holds at the paths, each with everything below it. Paths that are not there count for
// nothing.
func (t *Tree) Extract(paths ...[]string) *Tree {
	out := New()
	for _, path := range paths {
		if n, ok := t.Find(path...); ok {
			n.CopyTo(out)
		}
	}
	return out
}

// EqualAt reports whether two configurations hold the same at a path, which may be nothing in both.
func EqualAt(a, b *Tree, path ...string) bool {
	na, oka := a.Find(path...)
	nb, okb := b.Find(path...)
	if !oka || !okb {
		return oka == okb
	}
	return EqualNodes(na, nb)
}
