package config

// A Kind is what the grammar says of a word.
type Kind uint8

// The kinds. Their numbers are what Grammar.Kind returns.
const (
	KindUnknown Kind = iota
	KindNode         // holds nodes and leaves
	KindTag          // holds instances, which hold nodes and leaves
	KindLeaf         // holds one value
	KindMulti        // a leaf that holds many values
	KindFlag         // a leaf without value
)

// A Grammar is what a release knows of its configuration, as a graph whose nodes are numbers. It uses
// basic types only, so that an implementation need not know this package.
type Grammar interface {
	// Root is the node of the empty path.
	Root() int32
	// Child returns the node of a name below a node. Below a tag it is asked for what stands below an instance.
	Child(node int32, name string) (int32, bool)
	// Kind returns one of the numbers of Kind.
	Kind(node int32) uint8
	// Secret reports whether a leaf holds a secret.
	Secret(node int32) bool
	// Fixed reports whether a leaf of a tag cannot be changed in place: the instance must be deleted, that committed, and the
	// instance set again.
	Fixed(node int32) bool
	// Priority returns the number by which commits are ordered at this node, 0 where it has none of its own.
	Priority(node int32) int
}

// A cursor walks the grammar beside a path.
type cursor struct {
	g    Grammar
	node int32
	kind Kind // of the word that was entered last
	prio int  // of the nearest node that has one
}

func cursorAt(g Grammar) cursor {
	if g == nil {
		return cursor{}
	}
	return cursor{g: g, node: g.Root(), kind: KindNode}
}

// Kinds of words that are no nodes of the grammar.
const (
	kindInstance Kind = 100 + iota
	kindValue
)

// enter returns the cursor below the word.
func (c cursor) enter(name string) cursor {
	switch c.kind {
	case KindLeaf, KindMulti:
		c.kind = kindValue
		return c
	case KindTag:
		c.kind = kindInstance
		return c
	case KindNode, kindInstance:
		if next, ok := c.g.Child(c.node, name); ok {
			c.node, c.kind = next, Kind(c.g.Kind(next))
			if p := c.g.Priority(next); p != 0 {
				c.prio = p
			}
			return c
		}
	}
	c.kind = KindUnknown
	return c
}

// below reports what kind the word is that was entered last.
func (c cursor) known() bool { return c.kind != KindUnknown }

func (c cursor) secret() bool { return c.g != nil && c.kind != KindUnknown && c.g.Secret(c.node) }

// Lookup returns the kind of the last word of a path, which includes the instances of tags and may include a leaf's value, and
// whether it holds a secret or is one.
func Lookup(g Grammar, path ...string) (kind Kind, secret bool) {
	if g == nil {
		return KindUnknown, false
	}
	c := cursorAt(g)
	for _, name := range path {
		c = c.enter(name)
	}
	switch c.kind {
	case kindInstance:
		return KindTag, false
	case kindValue:
		return Kind(g.Kind(c.node)), c.secret()
	}
	return c.kind, c.secret()
}

// Resolve tells the tree what its words are: values, flags, instances of tags. Of a leaf that may hold
// one value only the last is kept. It returns how many words the grammar does not know, counting
// each unknown subtree once; what the form they were read from said about those is kept.
func (t *Tree) Resolve(g Grammar) (unknown int) {
	switch {
	case len(t.nodes) == 0 || g == nil:
		return 0
	case t.by == g: // and nothing has changed since
		return t.unknown
	}
	t.lastSet(g)
	r := resolver{t: t, g: g, write: true}
	r.below(0, g.Root(), KindNode)
	t.by, t.unknown = g, r.unknown
	return r.unknown
}

// Unknown returns how many words the grammar does not know, as Resolve does, and changes nothing.
func (t *Tree) Unknown(g Grammar) int {
	if len(t.nodes) == 0 {
		return 0
	}
	r := resolver{t: t, g: g}
	r.below(0, g.Root(), KindNode)
	return r.unknown
}

// lastSet moves values that were set again to the end of leaves that hold one: the last set wins, also when it repeats an
// earlier one.
func (t *Tree) lastSet(g Grammar) {
	for _, id := range t.again {
		if parent := t.nodes[id].parent; t.nodes[parent].last != id && t.nodes[id].meta&isGone == 0 {
			if kind, _ := Lookup(g, Node{t, parent}.Path()...); kind == KindLeaf {
				t.toEnd(id)
			}
		}
	}
	t.again = nil
}

// flags are what a node of the kind has.
func (k Kind) flags() uint32 {
	switch k {
	case KindTag:
		return isTag
	case KindMulti:
		return isMulti
	case KindNode:
		return hasBraces
	}
	return 0
}

type resolver struct {
	t       *Tree
	g       Grammar
	write   bool // the tree is told what its words are
	unknown int
	memo    [256]struct {
		node  int32
		off   uint32
		size  uint32
		child int32
	}
}

func (r *resolver) child(node int32, id int32) (int32, bool) {
	n := &r.t.nodes[id]
	// Names are interned, so that equal ones mostly lie at one place.
	m := &r.memo[(uint32(node)*31+n.off*7+n.len())%uint32(len(r.memo))]
	if m.size == n.len() && m.off == n.off && m.node == node && m.size != 0 {
		return m.child, m.child >= 0
	}
	c, ok := r.g.Child(node, r.t.str(id))
	if !ok {
		c = -1
	}
	m.node, m.off, m.size, m.child = node, n.off, n.len(), c
	return c, ok
}

func (r *resolver) below(id, gram int32, kind Kind) {
	t := r.t
	last := t.nodes[id].last
	if last == 0 {
		return
	}
	if r.write && kind == KindLeaf && t.nodes[last].next != last {
		// The last set wins.
		t.nodes[last].next = last
	}
	for c := t.nodes[last].next; ; c = t.nodes[c].next {
		n := &t.nodes[c]
		switch kind {
		case KindLeaf, KindMulti:
			if n.last != 0 {
				r.unknown++ // a value with something below it
			} else if r.write {
				n.meta |= isValue
			}
		case KindTag:
			if r.write {
				n.meta &^= isValue | isTag
			}
			r.below(c, gram, kindInstance)
		case KindFlag:
			r.unknown++
		default:
			next, ok := r.child(gram, c)
			if !ok {
				r.unknown++
				if r.write {
					n.meta &^= isValue // nodes hold none
				}
				break
			}
			k := Kind(r.g.Kind(next))
			if r.write {
				n.meta = n.meta&^(isValue|isTag|isMulti) | k.flags()
			}
			r.below(c, next, k)
		}
		if c == last {
			return
		}
	}
}
