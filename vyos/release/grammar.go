package release

import (
	"bytes"
	"compress/flate"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The full grammars are read from the directory beside the checkout.
//
//go:generate go run ./internal/gengrammar -out grammar ../../../shared/vyos/grammar-1.2.json ../../../shared/vyos/grammar-1.3.json ../../../shared/vyos/grammar-1.4.json ../../../shared/vyos/grammar-1.5.json ../../../shared/vyos/grammar-rolling.json

//go:embed grammar/*.bin
var grammarFiles embed.FS

// A Grammar is what a release knows of its configuration: which words are nodes, tags and leaves, and what a comparison
// has to know about them. Its nodes are numbers; subtrees that are equal share theirs. It does not change and may
// be used by several goroutines.
type Grammar struct {
	names []string
	nodes []grammarNode
	edges []grammarEdge
}

type grammarNode struct {
	head  uint8 // kind in the low three bits, then secret, fixed
	prio  uint16
	count uint16
	first int32 // in edges
}

type grammarEdge struct {
	name, node uint16
}

// GrammarReleases lists the releases of which there is a grammar, oldest first. The last is the development branch.
func GrammarReleases() []string { return []string{"1.2", "1.3", "1.4", "1.5", "rolling"} }

// ReadGrammar returns the grammar of a release, as in 1.4. Each call unpacks it anew, which takes
// about a millisecond: keep what it returns.
func ReadGrammar(release string) (*Grammar, error) {
	packed, err := grammarFiles.ReadFile("grammar/" + release + ".bin")
	if err != nil {
		return nil, fmt.Errorf("no grammar of release %q", release)
	}
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("grammar of release %s: %w", release, err)
	}
	d := grammarDecoder{data: data}
	g := d.grammar()
	if d.bad || len(g.nodes) == 0 {
		return nil, fmt.Errorf("grammar of release %s: %w", release, errGrammar)
	}
	return g, nil
}

var errGrammar = errors.New("damaged")

type grammarDecoder struct {
	data []byte
	bad  bool
}

func (d *grammarDecoder) number(limit int) int {
	n, size := binary.Uvarint(d.data)
	if size <= 0 || n >= uint64(limit) {
		d.bad = true
		return 0
	}
	d.data = d.data[size:]
	return int(n)
}

func (d *grammarDecoder) take(n int) []byte {
	if len(d.data) < n {
		d.bad = true
		return nil
	}
	b := d.data[:n]
	d.data = d.data[n:]
	return b
}

func (d *grammarDecoder) grammar() *Grammar {
	g := new(Grammar)
	count := d.number(1 << 16)
	text := string(d.data) // the names are cut from one string
	at := 0
	g.names = make([]string, 0, count)
	for range count {
		size := d.take(1)
		if d.bad || d.take(int(size[0])) == nil && size[0] > 0 {
			return g
		}
		at++
		g.names = append(g.names, text[at:at+int(size[0])])
		at += int(size[0])
	}
	count = d.number(1 << 16)
	g.nodes = make([]grammarNode, 0, count)
	g.edges = make([]grammarEdge, 0, 8*count)
	for i := range count {
		head := d.take(1)
		n := grammarNode{prio: uint16(d.number(1 << 16)), count: uint16(d.number(1 << 16)), first: int32(len(g.edges))}
		name := 0
		for range n.count {
			name += d.number(len(g.names))
			g.edges = append(g.edges, grammarEdge{uint16(name), uint16(d.number(i))})
		}
		if d.bad || name >= max(len(g.names), 1) {
			d.bad = true
			return g
		}
		n.head = head[0]
		g.nodes = append(g.nodes, n)
	}
	return g
}

// Root returns the node of the empty path.
func (g *Grammar) Root() int32 { return int32(len(g.nodes) - 1) }

// Child returns the node of a name below a node; below a tag, below any of its instances.
func (g *Grammar) Child(node int32, name string) (int32, bool) {
	n := &g.nodes[node]
	edges := g.edges[n.first : n.first+int32(n.count)]
	lo, hi := 0, len(edges)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if g.names[edges[mid].name] < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(edges) && g.names[edges[lo].name] == name {
		return int32(edges[lo].node), true
	}
	return 0, false
}

// Kind returns 1 for a node, 2 for a tag, 3 for a leaf, 4 for a leaf that holds many values, 5 for a leaf
// without value.
func (g *Grammar) Kind(node int32) uint8 { return g.nodes[node].head & 7 }

// Secret reports whether a leaf holds a secret.
func (g *Grammar) Secret(node int32) bool { return g.nodes[node].head&(1<<3) != 0 }

// Fixed reports whether a leaf cannot be changed while the instance of the tag that it belongs to exists.
func (g *Grammar) Fixed(node int32) bool { return g.nodes[node].head&(1<<4) != 0 }

// Priority returns the number by which a commit is ordered at the node, low first; 0 where the node
// has none of its own.
func (g *Grammar) Priority(node int32) int { return int(g.nodes[node].prio) }

// Names yields every name that can stand below a node, in the order of octets.
func (g *Grammar) Names(node int32) []string {
	n := &g.nodes[node]
	out := make([]string, 0, n.count)
	for _, e := range g.edges[n.first : n.first+int32(n.count)] {
		out = append(out, g.names[e.name])
	}
	return out
}
