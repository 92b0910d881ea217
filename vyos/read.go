package vyos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// DeviceSecret is the reference that stands for a secret which a configuration was found with.
const DeviceSecret = "device"

// Read reads the configuration that a node runs, in any form that VyOS prints; name is for messages. Secrets
// do not stay in the result as text. The error is about the file; a diagnostic about file and specification.
func (b Backend) Read(n *ir.Node, name string, data []byte) (plan.Snapshot, hcl.Diagnostics, error) {
	rel, g, err := b.release(n.Release)
	if err != nil {
		return nil, nil, err
	}
	read, err := config.Parse(name, data, config.ParseOptions{Grammar: g})
	if err != nil {
		return nil, nil, err
	}
	var diags hcl.Diagnostics
	if series := read.Footer().Series(); series != "" && series != rel.Name {
		diags = append(diags, ir.Diagnose("E0717", n.Ranges.Release,
			"Gateway %s has release %q in the specification, and %s was saved by VyOS %s. The commands for one release are wrong for another. Write release = %q, or take the right file.",
			n.Name, rel.Name, name, series, series))
	}
	if unknown := read.Resolve(g); unknown > 0 {
		diags = append(diags, ir.Diagnose("W0706", n.Ranges.Release,
			"%s has %d settings that the grammar of VyOS %s does not know. They are left alone; if they are many, the file may be of another release.", name, unknown, rel.Name))
	}
	c := &Config{Node: n.Name, For: rel, Tree: config.New(), keys: make(map[string]func() string)}
	c.Tree.SetFooter(read.Footer())
	c.Tree.Grow(read.Size())
	m := masking{out: c, g: g}
	m.below(c.Tree.Root(), read.Root(), g.Root(), config.KindNode)
	if m.bad != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, m.bad)
	}
	c.Tree.Resolve(g)
	return c, diags, nil
}

func (b Backend) release(name string) (*release.Release, *release.Grammar, error) {
	lookup := b.Lookup
	if lookup == nil {
		lookup = release.Lookup
	}
	rel, ok := lookup(name)
	if !ok {
		return nil, nil, errUnknownRelease(name)
	}
	g, err := b.grammar(rel.Name)
	return rel, g, err
}

type errUnknownRelease string

func (e errUnknownRelease) Error() string { return "there is no VyOS release " + string(e) }

// A masking copies a configuration without its secrets: the text of the copy has never held them.
type masking struct {
	out  *Config
	g    *release.Grammar
	path []string
	bad  error // the first word that no router holds: what comes later relies on every word being one that can be typed
}

func (m *masking) check(word string) {
	if m.bad != nil {
		return
	}
	if err := config.CheckValue(word); err != nil {
		m.bad = &config.PathError{Path: slices.Clone(m.path), Err: err}
	}
}

func (m *masking) below(dst, src config.Node, at int32, kind config.Kind) {
	for c := range src.Children() {
		word := c.Name()
		m.path = append(m.path, word)
		m.check(word)
		switch {
		case kind == config.KindTag:
			m.below(dst.Ensure(word), c, at, config.KindNode)
		case kind == config.KindUnknown:
			m.unknown(dst, c)
		default:
			next, ok := m.g.Child(at, word)
			if !ok {
				m.unknown(dst, c)
				break
			}
			m.known(dst, c, next)
		}
		m.path = m.path[:len(m.path)-1]
	}
	dst.Comment(src.Note())
}

func (m *masking) known(dst, c config.Node, at int32) {
	switch kind := config.Kind(m.g.Kind(at)); kind {
	case config.KindLeaf, config.KindMulti:
		m.leaf(dst, c, m.g.Secret(at))
	case config.KindFlag:
		dst.Ensure(c.Name()).Comment(c.Note())
	default:
		m.below(dst.Ensure(c.Name()), c, at, kind)
	}
}

// unknown copies what the grammar does not know; there the name has to tell a secret.
func (m *masking) unknown(dst, c config.Node) {
	secret := secretName(c.Name())
	if c.IsLeaf() || secret && onlyEnds(c) { // a value without quotes is not known to be one
		m.leaf(dst, c, secret)
		return
	}
	m.below(dst.Ensure(c.Name()), c, 0, config.KindUnknown)
}

// leaf copies a leaf with its values. Of several secrets in one leaf the last stays.
func (m *masking) leaf(dst, c config.Node, secret bool) {
	name := c.Name()
	if note := c.Note(); note != "" || c.Empty() {
		dst.Ensure(name).Comment(note)
	}
	if !secret {
		for v := range c.Children() {
			m.check(v.Name())
			dst.Leaf(name, v.Name())
		}
		return
	}
	for v := range c.Children() {
		value := v.Name()
		dst.Secret(name, DeviceSecret)
		m.out.keys[pathKey(m.path)] = func() string { return value }
	}
}

// onlyEnds reports whether something stands below a node, and nothing below that.
func onlyEnds(n config.Node) bool {
	for c := range n.Children() {
		if !c.Empty() {
			return false
		}
	}
	return !n.Empty()
}

func secretName(word string) bool {
	for _, s := range []string{"password", "passphrase", "secret", "key", "psk", "token"} {
		if strings.Contains(word, s) {
			return true
		}
	}
	return false
}
