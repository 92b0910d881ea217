// Command gengrammar makes the compact grammar of a release out of its full grammar.
//
//	gengrammar FILE... -> writes one file a release into the directory given by -out
//
// It reads the JSON that lists every path of a release with its kind, and keeps what reading and comparing
// configurations needs: kinds, commit priorities, and which leaves hold secrets or cannot be changed
// in place. Equal subtrees are written once.
package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	out := flag.String("out", "grammar", "directory to write to")
	flag.Parse()
	for _, name := range flag.Args() {
		if err := generate(name, *out); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

type document struct {
	Format  int              `json:"format"`
	Release string           `json:"release"`
	Tree    map[string]*node `json:"tree"`
}

type node struct {
	Kind      string           `json:"kind"`
	Multi     int              `json:"multi"`
	Valueless int              `json:"valueless"`
	Priority  int              `json:"priority"`
	Children  map[string]*node `json:"children"`
}

func generate(name, out string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if doc.Format != 1 || doc.Release == "" {
		return fmt.Errorf("%s: not a grammar of format 1", name)
	}
	data, err := encode(&doc)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(out, doc.Release+".bin"), data, 0o644)
}

// The numbers of kinds, as vyos/config counts them.
const (
	kindNode = 1 + iota
	kindTag
	kindLeaf
	kindMulti
	kindFlag
	secretBit = 1 << 3
	fixedBit  = 1 << 4
)

type encoder struct {
	release string
	names   map[string]int
	seen    map[string]int // encoded node to its number
	nodes   []byte
}

// encode writes the names, then the nodes, children before parents, so that the root is last.
func encode(doc *document) ([]byte, error) {
	e := encoder{release: doc.Release, names: map[string]int{}, seen: map[string]int{}}
	collect(doc.Tree, e.names)
	sorted := make([]string, 0, len(e.names))
	for name := range e.names {
		if len(name) > 255 {
			return nil, fmt.Errorf("name %q is too long", name)
		}
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	b := binary.AppendUvarint(nil, uint64(len(sorted)))
	for i, name := range sorted {
		e.names[name] = i
		b = append(append(b, byte(len(name))), name...)
	}
	if _, err := e.node(nil, &node{Kind: "node", Children: doc.Tree}); err != nil {
		return nil, err
	}
	b = binary.AppendUvarint(b, uint64(len(e.seen)))
	b = append(b, e.nodes...)
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func collect(tree map[string]*node, names map[string]int) {
	for name, n := range tree {
		names[name] = 0
		collect(n.Children, names)
	}
}

func (e *encoder) node(path []string, n *node) (int, error) {
	head := 0
	switch {
	case n.Kind == "node":
		head = kindNode
	case n.Kind == "tag":
		head = kindTag
	case n.Kind == "leaf" && n.Valueless != 0:
		head = kindFlag
	case n.Kind == "leaf" && n.Multi != 0:
		head = kindMulti
	case n.Kind == "leaf":
		head = kindLeaf
	default:
		return 0, fmt.Errorf("%s: unknown kind %q", strings.Join(path, " "), n.Kind)
	}
	if head == kindLeaf || head == kindMulti {
		if isSecret(path) {
			head |= secretBit
		}
		if isFixed(e.release, path) {
			head |= fixedBit
		}
	}
	b := binary.AppendUvarint([]byte{byte(head)}, uint64(n.Priority))
	b = binary.AppendUvarint(b, uint64(len(n.Children)))
	children := make([]string, 0, len(n.Children))
	for name := range n.Children {
		children = append(children, name)
	}
	slices.Sort(children)
	last := 0
	for _, name := range children {
		id, err := e.node(append(slices.Clip(path), name), n.Children[name])
		if err != nil {
			return 0, err
		}
		b = binary.AppendUvarint(b, uint64(e.names[name]-last))
		b = binary.AppendUvarint(b, uint64(id))
		last = e.names[name]
	}
	if id, ok := e.seen[string(b)]; ok {
		return id, nil
	}
	id := len(e.seen)
	e.seen[string(b)] = id
	e.nodes = append(e.nodes, b...)
	return id, nil
}
