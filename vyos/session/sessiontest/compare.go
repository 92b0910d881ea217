package sessiontest

import (
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// difference returns what old holds and new does not: the ends of paths, each with its path.
func difference(old, new *config.Tree) *config.Tree {
	out := config.New()
	for end := range old.Root().Terminals() {
		if _, ok := new.Find(end.Path()...); !ok {
			end.CopyPath(out)
		}
	}
	return out
}

// compareCommands is the difference as config-mgmt compare --commands prints it.
func (r *Router) compareCommands(old, new *config.Tree) string {
	gone := r.plainCommands(difference(old, new))
	if gone != "" {
		gone = "delete" + strings.TrimPrefix(strings.ReplaceAll("\n"+strings.TrimSuffix(gone, "\n"), "\nset ", "\ndelete "), "\ndelete")
	}
	return gone + "\n" + strings.TrimSuffix(r.plainCommands(difference(new, old)), "\n") + "\n\n"
}

// plainCommands are set commands with backslashes as they are.
func (r *Router) plainCommands(t *config.Tree) string {
	b, err := t.AppendCommands(nil, config.PrintOptions{Order: r.order(), Grammar: r.grammar})
	r.must(err)
	return string(b)
}

// compareText is the difference with the path of each place in brackets.
func (r *Router) compareText(old, new *config.Tree) string {
	var b strings.Builder
	type place struct {
		path []string
		text []string
	}
	var places []place
	add := func(sign string, t, other *config.Tree) {
		for end := range t.Root().Terminals() {
			path := end.Path()
			n := 0
			for n < len(path) {
				if _, ok := other.Find(path[:n+1]...); !ok {
					break
				}
				n++
			}
			if n == len(path) {
				continue
			}
			if kind, _ := config.Lookup(r.grammar, path[:n]...); n > 0 && (kind == config.KindLeaf || kind == config.KindMulti || kind == config.KindTag && !endsWithValue(r.grammar, path[:n])) {
				n-- // the leaf or tag stands before its value
			}
			node, _ := t.Find(path[:n]...)
			if n == 0 {
				node = t.Root()
			}
			child, _ := node.Child(path[n])
			i := slices.IndexFunc(places, func(p place) bool { return slices.Equal(p.path, path[:n]) })
			if i < 0 {
				places = append(places, place{path: path[:n]})
				i = len(places) - 1
			}
			for _, line := range r.blockLines(child, other) {
				line = sign + " " + line
				if !slices.Contains(places[i].text, line) {
					places[i].text = append(places[i].text, line)
				}
			}
		}
	}
	add("-", old, new)
	add("+", new, old)
	slices.SortStableFunc(places, func(a, b place) int {
		for i := range min(len(a.path), len(b.path)) {
			if c := r.order().Compare(a.path[i], b.path[i]); c != 0 {
				return c
			}
		}
		return len(a.path) - len(b.path)
	})
	for _, p := range places {
		b.WriteString("[" + strings.Join(p.path, " ") + "]\n" + unlines(p.text))
	}
	return b.String()
}

// blockLines is a node as text, without what other has as well.
func (r *Router) blockLines(n config.Node, other *config.Tree) []string {
	t := config.New()
	for end := range n.Terminals() {
		if _, ok := other.Find(end.Path()...); !ok {
			end.CopyPath(t)
		}
	}
	b, err := t.AppendText(nil, config.PrintOptions{Order: r.order(), Grammar: r.grammar})
	r.must(err)
	depth := 0
	path := n.Path()
	for i := range path[:len(path)-1] {
		if kind, _ := config.Lookup(r.grammar, path[:i+1]...); kind != config.KindTag || endsWithValue(r.grammar, path[:i+1]) {
			depth++
		}
	}
	all := lines(b)
	if len(all) < 2*depth {
		return nil
	}
	all = all[depth : len(all)-depth]
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], strings.Repeat("    ", depth))
	}
	return all
}
