package config

// Put makes a path that ends with a leaf's value, an instance, a node or a flag, as the set command does: of a leaf that
// holds one value, the new one replaces the old. It is half of the interpreter of commands; Delete is the other. Without a
// grammar, or where that does not know the path, values are added.
func (t *Tree) Put(g Grammar, path ...string) Node {
	c := cursorAt(g)
	id := int32(0)
	for _, name := range path {
		kind := c.kind
		c = c.enter(name)
		var flags uint32
		switch kind {
		case KindLeaf:
			if v := t.find(id, name); v == 0 || t.nodes[id].next != v {
				t.clear(id)
			}
			flags = isValue
		case KindMulti:
			flags = isValue
		}
		id = t.ensure(id, name, flags)
		switch c.kind {
		case KindTag:
			t.nodes[id].meta |= isTag
		case KindMulti:
			t.nodes[id].meta |= isMulti
		case KindNode:
			t.nodes[id].meta |= hasBraces
		}
	}
	return Node{t, id}
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
