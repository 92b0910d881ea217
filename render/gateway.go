package render

import (
	"fmt"
	"iter"
	"slices"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A Gateway is one VyOS gateway's configuration, to be printed in one of the formats of `compile`.
type Gateway struct {
	Spec    string // name of the specification
	Node    string // site/gateway
	Release string // as in 1.4
	Tool    string // name and version of the program
	Tree    *config.Tree
	Form    config.PrintOptions // what the release has of its own: order, grammar, quoting, footer
}

// Secrets says what becomes of values that only a reference is held of. The zero value reads none.
type Secrets struct {
	Omit   bool                              // leave out what needs one
	Reveal func(name string) ([]byte, error) // reads one; nil: none may be read
}

// options are the gateway's, with secrets treated as s says, or otherwise as unread says.
func (g *Gateway) options(s Secrets, unread config.Secrets) config.PrintOptions {
	o := g.Form
	o.Header = ""
	o.Secrets, o.Reveal = unread, s.Reveal
	if s.Omit {
		o.Secrets, o.Reveal = config.SecretsOmit, nil
	}
	return o
}

func (g *Gateway) title() string {
	return fmt.Sprintf("%s: VyOS %s, specification %s, by %s", g.Node, g.Release, g.Spec, g.Tool)
}

// AppendCommands appends set commands to be typed or pasted. A line that needs a secret is a comment, unless
// secrets are revealed or omitted.
func (g *Gateway) AppendCommands(b []byte, s Secrets) ([]byte, error) {
	b = append(append(append(b, "# "...), g.title()...), '\n')
	return g.Tree.AppendCommands(b, g.options(s, config.SecretsMark))
}

// AppendConfig appends the configuration as text for VyOS's merge. It fails with config.ErrSecret when a
// secret is needed that is neither revealed nor omitted.
func (g *Gateway) AppendConfig(b []byte, s Secrets) ([]byte, error) {
	b = append(append(append(b, "// "...), g.title()...), '\n')
	b = append(b, "// For `merge FILE` in configuration mode. Never for `load`: that replaces the whole configuration of\n"+
		"// the gateway, and this is only the part of it that the specification describes.\n"...)
	return g.Tree.AppendText(b, g.options(s, config.SecretsFail))
}

// A Command is one set command.
type Command struct {
	Path   []string // nodes, tags and leaf
	Value  string   // of the leaf
	Leaf   bool     // there is a value
	Secret string   // name of the secret that is the value; Value is empty then
}

// Commands yields the set commands of the gateway in the order in which they are printed.
func (g *Gateway) Commands() iter.Seq[Command] {
	return func(yield func(Command) bool) {
		if !g.Tree.Empty() {
			g.walk(g.Tree.Root(), nil, yield)
		}
	}
}

func (g *Gateway) walk(n config.Node, path []string, yield func(Command) bool) bool {
	children := slices.Collect(n.Children())
	slices.SortStableFunc(children, func(a, b config.Node) int { // values stay in the order of entry
		if a.IsValue() && b.IsValue() {
			return 0
		}
		return g.Form.Order.Compare(a.Name(), b.Name())
	})
	for _, c := range children {
		switch {
		case c.IsSecret():
			if !yield(Command{Path: slices.Clone(path), Leaf: true, Secret: c.Name()}) {
				return false
			}
		case c.IsValue():
			if !yield(Command{Path: slices.Clone(path), Leaf: true, Value: c.Name()}) {
				return false
			}
		case c.Empty():
			if !yield(Command{Path: append(slices.Clone(path), c.Name())}) {
				return false
			}
		default:
			if !g.walk(c, append(path, c.Name()), yield) {
				return false
			}
		}
	}
	return true
}

// SecretNames are the names of the secrets that the gateway needs, sorted.
func (g *Gateway) SecretNames() []string {
	var names []string
	for c := range g.Commands() {
		if c.Secret != "" {
			names = append(names, c.Secret)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
