package sessiontest

import (
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// savesDefaults reports whether the release saves values that nobody set.
func (r *Router) savesDefaults() bool { return r.rel.Debian < 12 }

// withDefaults adds the values that a configuration's nodes have while nobody sets them, as far as the release's table
// has them.
func (r *Router) withDefaults(t *config.Tree) *config.Tree {
	t = t.Clone()
	r.eachDefault(t, func(path []string, value string) {
		if _, ok := t.Find(path...); !ok {
			t.Put(r.grammar, append(path, value)...)
		}
	})
	return t
}

// withoutDefaults removes those that another configuration does not state.
func (r *Router) withoutDefaults(t, other *config.Tree) *config.Tree {
	t = t.Clone()
	r.eachDefault(t, func(path []string, value string) {
		full := append(path, value)
		if _, ok := other.Find(path...); !ok {
			if n, ok := t.Find(full...); ok {
				n.Parent().Remove()
			}
		}
	})
	return t
}

// eachDefault calls a function for every leaf with a default below a node that is there.
func (r *Router) eachDefault(t *config.Tree, do func(path []string, value string)) {
	for _, d := range r.rel.Defaults {
		if d.Value == "" {
			continue
		}
		words := strings.Fields(d.Path)
		if kind, _ := config.Lookup(r.grammar, words...); kind != config.KindLeaf {
			continue
		}
		paths := [][]string{nil}
		for i, w := range words[:len(words)-1] {
			var next [][]string
			for _, p := range paths {
				n := t.Root()
				if i > 0 {
					n, _ = t.Find(p...)
				}
				for c := range n.Children() {
					if w == "*" || c.Name() == w {
						next = append(next, append(slices.Clone(p), c.Name()))
					}
				}
			}
			paths = next
		}
		for _, p := range paths {
			do(append(p, words[len(words)-1]), d.Value)
		}
	}
}
