package vyos

import (
	"iter"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A Line is one command of a configuration, as a report shows it.
type Line struct {
	Number int    // in its file; 0 for a line that is added
	Text   string // the set command; a secret is masked
	Object string // of the specification that it belongs to; empty when it is foreign
	Why    string // why it is not taken as it is; may be empty
}

// A Comparison says what an imported specification makes of a gateway's configuration.
type Comparison struct {
	Node    string
	File    string
	Same    int    // commands that compile to themselves
	Changed []Line // belong to what was imported, and are written differently or not at all
	Foreign []Line // have no part in it
	Added   []Line // are compiled and not there yet
}

// Compare compares the i-th of the configurations that were lifted with what compiling the specification
// gives for its gateway. Without that, what belongs to an object counts as taken.
func (l *Lifted) Compare(i int, want *Config) Comparison {
	b := l.boxes[i]
	out := Comparison{Node: b.node.Name, File: b.run.File}
	known := want != nil
	if !known {
		want = &Config{For: b.run.Release, Tree: config.New()}
	}
	c := comparison{box: b, want: want, known: known, parts: make(map[config.Node]bool, len(b.parts)), out: &out}
	for _, p := range b.parts {
		c.parts[p] = true
	}
	c.below(b.root, nil, false)
	slices.SortStableFunc(out.Changed, func(x, y Line) int { return x.Number - y.Number })
	slices.SortStableFunc(out.Foreign, func(x, y Line) int { return x.Number - y.Number })
	for n, path := range commandsOf(want.Tree.Root(), nil, want.Order()) {
		if !c.holds(b.run.Tree, path, n.IsSecret() || config.IsSecretPath(b.run.Grammar, path)) {
			out.Added = append(out.Added, Line{Text: commandText(b.run.Grammar, n, path), Object: want.objectOf(path)})
		}
	}
	return out
}

type comparison struct {
	box   *gate
	want  *Config
	known bool // want is what was compiled
	parts map[config.Node]bool
	out   *Comparison
}

// below sorts the commands below a node; in says that the node belongs to an object of the model.
func (c *comparison) below(n config.Node, path []string, in bool) {
	for child := range n.Children() {
		p := append(path[:len(path):len(path)], child.Name())
		in := in || c.parts[child]
		if !child.Empty() {
			c.below(child, p, in)
			continue
		}
		g := c.box.run.Grammar
		secret := child.IsSecret() || config.IsSecretPath(g, p)
		if c.holds(c.want.Tree, p, secret) || in && !c.known {
			c.out.Same++
			continue
		}
		line := Line{Number: child.Line(), Text: commandText(g, child, p)}
		if !in {
			c.out.Foreign = append(c.out.Foreign, line)
			continue
		}
		line.Object = c.want.objectOf(p)
		line.Why = c.why(p, secret)
		c.out.Changed = append(c.out.Changed, line)
	}
}

// holds reports whether a tree has the command of a path; of a secret, whether the leaf is there.
func (c *comparison) holds(t *config.Tree, path []string, secret bool) bool {
	if secret {
		path = path[:len(path)-1]
	}
	_, ok := t.Find(path...)
	return ok
}

// why says what becomes of a command.
func (c *comparison) why(path []string, secret bool) string {
	last := len(path) - 1
	reason := explanation(path)
	leaf, ok := c.want.Tree.Find(path[:last]...)
	switch {
	case ok && leaf.IsLeaf() && !secret:
		value := slices.Collect(leaf.Children())[0]
		text := "becomes " + config.Escape(value.Name(), 60)
		if value.IsSecret() {
			text = "becomes a secret of the specification"
		}
		if reason != "" {
			text += ": " + reason
		}
		return text
	case reason != "":
		return reason
	}
	for i := last; i > 1; i-- {
		if _, ok := c.want.Tree.Find(path[:i]...); ok {
			if i == last {
				break
			}
			return "the specification names it otherwise"
		}
	}
	return "not written: the specification has no word for it"
}

// objectOf is the object of the specification that a command belongs to; empty when it is none's.
func (c *Config) objectOf(path []string) string {
	best, length := "", 0
	for _, claim := range c.Claims {
		if len(claim.Path) > length && len(claim.Path) <= len(path) && slices.Equal(claim.Path, path[:len(claim.Path)]) {
			best, length = claim.Object, len(claim.Path)
		}
	}
	return best
}

// commandsOf yields what is set below a node in canonical order.
func commandsOf(n config.Node, path []string, order config.Order) iter.Seq2[config.Node, []string] {
	return func(yield func(config.Node, []string) bool) { walkCommands(n, path, order, yield) }
}

func walkCommands(n config.Node, path []string, order config.Order, yield func(config.Node, []string) bool) bool {
	children := slices.Collect(n.Children())
	slices.SortStableFunc(children, func(a, b config.Node) int {
		if a.IsValue() && b.IsValue() {
			return 0
		}
		return order.Compare(a.Name(), b.Name())
	})
	for _, child := range children {
		p := append(path[:len(path):len(path)], child.Name())
		if child.Empty() {
			if !yield(child, p) {
				return false
			}
		} else if !walkCommands(child, p, order, yield) {
			return false
		}
	}
	return true
}

// commandText is a command for people, with secrets masked.
func commandText(g config.Grammar, n config.Node, path []string) string {
	var b strings.Builder
	b.WriteString("set")
	secret := n.IsSecret() || config.IsSecretPath(g, path)
	for i, word := range path {
		b.WriteByte(' ')
		switch last := i == len(path)-1; {
		case last && secret, i > 1 && path[i-1] == "community" && path[i-2] == "snmp": // a name that is a password
			b.WriteString("***")
		case last && n.IsValue():
			b.WriteString("'" + config.Escape(word, 200) + "'")
		default:
			b.WriteString(config.Escape(word, 200))
		}
	}
	return b.String()
}
