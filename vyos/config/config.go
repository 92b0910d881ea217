// Package config holds VyOS configurations as trees of words. It reads and writes every form in which
// VyOS gives them (set commands, config.boot, show configuration, JSON), quotes or refuses values,
// and finds the commands that turn one tree into another.
//
// The package knows nothing of releases: order, form and grammar come as arguments. What a
// configuration means is left to others.
package config

import (
	"iter"
	"strings"
)

// A Tree is one configuration. The zero value is an empty tree, ready for use.
//
// A Tree may be read by several goroutines as long as none changes it. It must not be copied.
type Tree struct {
	nodes   []node // nodes[0] is the root; a removed node keeps its slot
	text    strings.Builder
	words   *wordCache
	index   index
	notes   map[int32]string // comments by node
	footer  Footer
	lines   []int32 // of a file, by node, where they are known
	again   []int32 // values that were set again, in order, until Resolve
	by      Grammar // what Resolve was last called with, nil after a change
	unknown int     // what it returned
	bad     error   // the first violation of a limit
}

// New returns an empty tree.
func New() *Tree { return new(Tree) }

// Size returns how many words the tree holds, those counted that were removed.
func (t *Tree) Size() int { return len(t.nodes) }

// Grow makes room for that many words, so that adding them moves nothing.
func (t *Tree) Grow(words int) { t.reserve(words+1, 0) }

// A Node is one word of a tree with all that stands below it: a node, a tag, an instance of a tag, a
// leaf or a leaf's value. The zero Node belongs to no tree; see Valid.
type Node struct {
	t  *Tree
	id int32
}

// Root returns the tree's root, which has no name.
func (t *Tree) Root() Node { return Node{t, 0} }

// Footer returns what the file said about versions; it is empty for other forms.
func (t *Tree) Footer() Footer { return t.footer }

// SetFooter sets the footer that AppendText writes.
func (t *Tree) SetFooter(f Footer) { t.footer = f }

// Err returns the first limit (words too long, too many of them) that building the tree has run into. What was added
// after it is missing.
func (t *Tree) Err() error { return t.bad }

// Empty reports whether the tree holds nothing.
func (t *Tree) Empty() bool { return len(t.nodes) == 0 || t.nodes[0].last == 0 }

// Find returns the node at path, which includes the values of tags and leaves.
func (t *Tree) Find(path ...string) (Node, bool) { return t.Root().Find(path...) }

// Ensure descends from the root; see Node.Ensure.
func (t *Tree) Ensure(names ...string) Node { return t.Root().Ensure(names...) }

// Ensure descends through names, creating what is missing, and returns the last node. The names are
// nodes, tags and instances of tags, as in Ensure("interfaces", "bridge", "br5010").
func (n Node) Ensure(names ...string) Node {
	id := n.id
	for _, name := range names {
		id = n.t.ensure(id, name, 0)
	}
	return Node{n.t, id}
}

// Leaf adds a value to the leaf below n and returns n. A second value makes the leaf hold both, in the order of entry; a value
// that is there already is not added twice.
func (n Node) Leaf(name, value string) Node {
	n.t.ensure(n.t.ensure(n.id, name, 0), value, isValue)
	return n
}

// Set gives the leaf below n exactly one value and returns n.
func (n Node) Set(name, value string) Node {
	leaf := n.t.ensure(n.id, name, 0)
	n.t.clear(leaf)
	n.t.ensure(leaf, value, isValue)
	return n
}

// Flag sets the valueless leaf below n and returns n.
func (n Node) Flag(name string) Node {
	n.t.ensure(n.id, name, 0)
	return n
}

// Secret gives the leaf below n a value that only a reference is held of, and returns n. It
// replaces an earlier value. What a printer does about it is told in PrintOptions.
func (n Node) Secret(name, ref string) Node {
	leaf := n.t.ensure(n.id, name, 0)
	n.t.clear(leaf)
	n.t.ensure(leaf, ref, isValue|isSecret)
	return n
}

// Comment sets the comment that stands before n; an empty text removes it.
func (n Node) Comment(text string) {
	if text == "" {
		delete(n.t.notes, n.id)
		return
	}
	if n.t.notes == nil {
		n.t.notes = make(map[int32]string)
	}
	n.t.notes[n.id] = text
}

// Valid reports whether n belongs to a tree.
func (n Node) Valid() bool { return n.t != nil }

// Name returns the node's word; for a secret it is the reference. It is empty for the root.
func (n Node) Name() string {
	if n.id == 0 {
		return ""
	}
	return n.t.str(n.id)
}

// Note returns the comment that stands before n, empty if there is none.
func (n Node) Note() string { return n.t.notes[n.id] }

// IsValue reports whether n is known to be the value of a leaf. In commands whose words are all quoted or all
// bare that is known only after Tree.Resolve.
func (n Node) IsValue() bool { return n.has(isValue) }

// IsSecret reports whether n is a value that only a reference is held of.
func (n Node) IsSecret() bool { return n.has(isSecret) }

// IsTag reports whether n's children are known to be the instances of a tag.
func (n Node) IsTag() bool { return n.has(isTag) }

// IsLeaf reports whether n holds values.
func (n Node) IsLeaf() bool { return len(n.t.nodes) > 0 && n.t.isLeaf(n.id) }

// Empty reports whether nothing stands below n.
func (n Node) Empty() bool { return n.t.first(n.id) == 0 }

func (n Node) has(flag uint32) bool { return n.id != 0 && n.t.nodes[n.id].meta&flag != 0 }

// Parent returns the node above n. The root is its own parent.
func (n Node) Parent() Node {
	if n.id == 0 {
		return n
	}
	return Node{n.t, n.t.nodes[n.id].parent}
}

// Path returns the words from the root to n.
func (n Node) Path() []string {
	var path []string
	for id := n.id; id != 0; id = n.t.nodes[id].parent {
		path = append(path, n.t.str(id))
	}
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
	return path
}

// Child returns the child of that name.
func (n Node) Child(name string) (Node, bool) {
	id := n.t.find(n.id, name)
	return Node{n.t, id}, id > 0
}

// Find descends through path.
func (n Node) Find(path ...string) (Node, bool) {
	id := n.id
	for _, name := range path {
		if id = n.t.find(id, name); id <= 0 {
			return Node{}, false
		}
	}
	return n.at(id), true
}

// Within reports whether n is other or stands below it.
func (n Node) Within(other Node) bool {
	if n.t != other.t {
		return false
	}
	for id := n.id; id != other.id; id = n.t.nodes[id].parent {
		if id == 0 {
			return false
		}
	}
	return true
}

// Twin returns the node at n's path in another tree. When there is none it returns the last node on the way there
// that the tree has, and false.
func (n Node) Twin(t *Tree) (Node, bool) {
	if n.id == 0 {
		return t.Root(), true
	}
	up, ok := n.Parent().Twin(t)
	if !ok {
		return up, false
	}
	if id := t.find(up.id, n.t.str(n.id)); id > 0 {
		return Node{t, id}, true
	}
	return up, false
}

func (n Node) at(id int32) Node { return Node{n.t, id} }

// Children yields what stands directly below n, in the order of entry.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		first := n.t.first(n.id)
		for id := first; id != 0; {
			if !yield(n.at(id)) {
				return
			}
			if id = n.t.nodes[id].next; id == first {
				return
			}
		}
	}
}

// Value returns the value of the leaf below n, the first one if it has several, and whether there
// is one. For a secret it is the reference.
func (n Node) Value(leaf string) (string, bool) {
	id := n.t.find(n.id, leaf)
	if id <= 0 {
		return "", false
	}
	v := n.t.first(id)
	if v == 0 {
		return "", false
	}
	return n.t.str(v), true
}

// Values returns the names of what stands below the child of that name: a leaf's values or a tag's instances, in the
// order of entry.
func (n Node) Values(name string) []string {
	c, ok := n.Child(name)
	if !ok {
		return nil
	}
	var out []string
	for v := range c.Children() {
		out = append(out, v.Name())
	}
	return out
}
