package config

import (
	"errors"
	"hash/maphash"
	"strings"
)

// Limits that keep memory bounded whatever is read.
const (
	maxWord  = 1<<24 - 1 // octets of one word
	maxNodes = 1 << 24
	maxText  = 1 << 30
	maxDepth = 100 // words of one path
)

// Limits that building a tree can run into.
var (
	ErrWordTooLong = errors.New("word is longer than 16 MiB")
	ErrTreeTooBig  = errors.New("configuration is too big")
)

// A node is one word. Children form a ring: last is the youngest, its next the oldest. So appending
// and walking both need one link, and the garbage collector has nothing to follow.
type node struct {
	off    uint32 // of the word in the text
	meta   uint32 // length in the low 24 bits, flags above
	parent int32
	last   int32 // youngest child, 0 for none
	next   int32 // next older-to-younger sibling, round the ring
}

// Flags of a node. Kinds that only the grammar knows are set by Resolve.
const (
	isValue   uint32 = 1 << (24 + iota) // the value of a leaf
	isSecret                            // a value that is a reference
	isTag                               // its children are instances
	isMulti                             // a leaf that holds many values
	hasBraces                           // read with braces: not a flag
	isIndexed                           // its children are in the index
	isGone                              // removed
	lenMask   = 1<<24 - 1
)

func (n *node) len() uint32 { return n.meta & lenMask }

// str returns the word of a node. The text only grows, so the string stays valid.
func (t *Tree) str(id int32) string {
	n := &t.nodes[id]
	return t.text.String()[n.off : n.off+n.len()]
}

// first returns the oldest child, 0 if there is none.
func (t *Tree) first(id int32) int32 {
	if len(t.nodes) == 0 {
		return 0
	}
	if last := t.nodes[id].last; last != 0 {
		return t.nodes[last].next
	}
	return 0
}

// linear is how many children are searched one by one; nodes with more are indexed.
const linear = 24

// find returns the child of that name, or 0.
func (t *Tree) find(parent int32, name string) int32 {
	id, _ := t.search(parent, name)
	return id
}

// search is find, which also returns what add wants to know: how many children it has looked at or, where they are
// indexed, the hash of the name.
func (t *Tree) search(parent int32, name string) (id int32, hint uint32) {
	if len(t.nodes) == 0 {
		return 0, 0
	}
	p := &t.nodes[parent]
	if p.last == 0 {
		return 0, 0
	}
	if p.meta&isIndexed != 0 {
		return t.index.find(t, parent, name)
	}
	text := t.text.String()
	size := uint32(len(name))
	last := p.last
	for id = last; ; {
		id = t.nodes[id].next
		n := &t.nodes[id]
		if n.len() == size && text[n.off:n.off+size] == name {
			return id, hint
		}
		if hint++; id == last {
			return 0, hint
		}
	}
}

// ensure returns the child of that name, creating it when it is missing.
func (t *Tree) ensure(parent int32, name string, flags uint32) int32 {
	id, hint := t.search(parent, name)
	if id == 0 {
		return t.add(parent, name, flags, hint)
	}
	if n := &t.nodes[id]; n.last == 0 {
		n.meta |= flags // what has children is no value
	}
	return id
}

// add appends a child that is known not to exist, after a search that has returned hint. Beyond a limit it
// returns the parent and notes the error, so that building goes on harmlessly.
func (t *Tree) add(parent int32, name string, flags, hint uint32) int32 {
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, node{})
	}
	if len(name) > maxWord || len(t.nodes) >= maxNodes || t.text.Len()+len(name) > maxText {
		if t.bad == nil {
			t.bad = ErrTreeTooBig
			if len(name) > maxWord {
				t.bad = ErrWordTooLong
			}
		}
		return parent
	}
	t.by = nil
	id := int32(len(t.nodes))
	n := node{off: t.intern(name), meta: uint32(len(name)) | flags, parent: parent, next: id}
	p := &t.nodes[parent]
	if p.last != 0 {
		l := &t.nodes[p.last]
		n.next, l.next = l.next, id
	}
	p.last = id
	p.meta &^= isValue | isSecret
	indexed := p.meta&isIndexed != 0
	if len(t.nodes) == cap(t.nodes) {
		t.reserve(2*len(t.nodes)+16, 0) // append grows by a quarter only, and copies more
	}
	t.nodes = append(t.nodes, n)
	if indexed {
		t.index.add(t, id, hint)
	} else if hint >= linear {
		t.indexAll(parent)
	}
	return id
}

// indexAll puts the children of a node into the index.
func (t *Tree) indexAll(parent int32) {
	if t.index.slots == nil {
		t.index = index{seed: maphash.MakeSeed(), slots: make([]slot, 128)}
	}
	last := t.nodes[parent].last
	for id := t.nodes[last].next; ; id = t.nodes[id].next {
		t.index.add(t, id, t.index.hash(parent, t.str(id)))
		if id == last {
			break
		}
	}
	t.nodes[parent].meta |= isIndexed
}

// clear removes all children of a node.
func (t *Tree) clear(parent int32) {
	first := t.first(parent)
	if first == 0 {
		return
	}
	for id := first; ; {
		t.nodes[id].meta |= isGone
		if id = t.nodes[id].next; id == first {
			break
		}
	}
	t.nodes[parent].last = 0
	t.by = nil
}

// remove unlinks a node from its parent.
func (t *Tree) remove(id int32) {
	t.unlink(id)
	t.nodes[id].meta |= isGone
}

// toEnd makes a node the youngest child of its parent.
func (t *Tree) toEnd(id int32) {
	parent := t.nodes[id].parent
	t.unlink(id)
	last := t.nodes[parent].last
	if last == 0 {
		t.nodes[id].next = id
	} else {
		t.nodes[id].next, t.nodes[last].next = t.nodes[last].next, id
	}
	t.nodes[parent].last = id
}

func (t *Tree) unlink(id int32) {
	parent := t.nodes[id].parent
	prev := t.nodes[parent].last // found at once when id is the oldest
	for t.nodes[prev].next != id {
		prev = t.nodes[prev].next
	}
	if prev == id {
		t.nodes[parent].last = 0
	} else {
		t.nodes[prev].next = t.nodes[id].next
		if t.nodes[parent].last == id {
			t.nodes[parent].last = prev
		}
	}
	t.by = nil
}

// A wordCache remembers where words lie that were seen lately, so that names and common values are held
// once. It forgets, which keeps it small and quick.
type wordCache [1024]struct{ off, size uint32 }

// intern returns where the word lies in the text, adding it when the cache does not have it.
func (t *Tree) intern(s string) uint32 {
	if t.words == nil {
		t.words = new(wordCache)
	}
	e := &t.words[spread(s)%uint32(len(t.words))]
	if int(e.size) == len(s) && t.text.String()[e.off:e.off+e.size] == s {
		return e.off
	}
	off := uint32(t.text.Len())
	if t.text.Cap() < t.text.Len()+len(s) {
		t.text.Grow(t.text.Len() + len(s) + 64)
	}
	t.text.WriteString(s)
	e.off, e.size = off, uint32(len(s))
	return off
}

// spread mixes the length and the ends of a word. Collisions cost memory only.
func spread(s string) uint32 {
	h := uint64(len(s))
	switch {
	case len(s) >= 8:
		h ^= le64(s) ^ le64(s[len(s)-8:])*0x9e3779b97f4a7c15
	case len(s) >= 4:
		h ^= uint64(le32(s)) | uint64(le32(s[len(s)-4:]))<<32
	case len(s) > 0:
		h ^= uint64(s[0])<<8 | uint64(s[len(s)/2])<<16 | uint64(s[len(s)-1])<<24
	}
	h *= 0xff51afd7ed558ccd
	return uint32(h >> 40)
}

func le64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func le32(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// An index finds children of nodes that have many, by open addressing over all of them. Its hash is seeded
// per tree, so that no file can be made to collide.
type index struct {
	slots []slot // the length is a power of two
	used  int
	seed  maphash.Seed
}

type slot struct {
	id   int32 // 0 for a free slot
	hash uint32
}

func (x *index) hash(parent int32, name string) uint32 {
	return uint32((maphash.String(x.seed, name) + uint64(parent)*0x9e3779b97f4a7c15) >> 20)
}

func (x *index) find(t *Tree, parent int32, name string) (id int32, hash uint32) {
	text := t.text.String()
	hash = x.hash(parent, name)
	mask := uint32(len(x.slots) - 1)
	for i := hash & mask; x.slots[i].id != 0; i = (i + 1) & mask {
		if x.slots[i].hash != hash {
			continue
		}
		n := &t.nodes[x.slots[i].id]
		if n.parent == parent && n.meta&isGone == 0 && text[n.off:n.off+n.len()] == name {
			return x.slots[i].id, hash
		}
	}
	return 0, hash
}

func (x *index) add(t *Tree, id int32, hash uint32) {
	if x.used*2 >= len(x.slots) {
		old := x.slots
		x.slots, x.used = make([]slot, 4*len(old)), 0
		for _, s := range old {
			if s.id != 0 && t.nodes[s.id].meta&isGone == 0 {
				x.put(s)
			}
		}
	}
	x.put(slot{id, hash})
}

func (x *index) put(s slot) {
	mask := uint32(len(x.slots) - 1)
	i := s.hash & mask
	for x.slots[i].id != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = s
	x.used++
}

// reserve makes room for about n nodes and their text.
func (t *Tree) reserve(n, text int) {
	if cap(t.nodes) < n {
		t.nodes = append(make([]node, 0, n), t.nodes...)
	}
	if more := text - t.text.Len(); more > 0 {
		t.text.Grow(more)
	}
}

// shrink gives back what was reserved in vain, if that is much.
func (t *Tree) shrink() {
	if cap(t.nodes)-len(t.nodes) > len(t.nodes)/4 {
		t.nodes = append(make([]node, 0, len(t.nodes)), t.nodes...)
	}
	if t.text.Cap()-t.text.Len() > t.text.Len()/2 {
		s := t.text.String()
		t.text = strings.Builder{}
		t.text.Grow(len(s))
		t.text.WriteString(s)
	}
}

// Clone returns a copy that shares nothing with t.
func (t *Tree) Clone() *Tree {
	c := &Tree{footer: t.footer, again: append([]int32(nil), t.again...), by: t.by, unknown: t.unknown, bad: t.bad, lines: t.lines}
	c.nodes = append(make([]node, 0, len(t.nodes)+len(t.nodes)/8), t.nodes...)
	c.text.Grow(t.text.Len() + t.text.Len()/8)
	c.text.WriteString(t.text.String())
	c.index = index{slots: append([]slot(nil), t.index.slots...), used: t.index.used, seed: t.index.seed}
	if t.notes != nil {
		c.notes = make(map[int32]string, len(t.notes))
		for id, s := range t.notes {
			c.notes[id] = strings.Clone(s)
		}
	}
	return c
}
