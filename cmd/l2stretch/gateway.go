package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// chosenGateways are the gateways with the given names, or all, as render prints them, in the order of the
// model. Only commands can be printed without the grammar of the release.
func chosenGateways(s *specification, names []string, grammar bool) ([]*render.Gateway, error) {
	var all []string
	for _, n := range s.fabric.Nodes {
		all = append(all, n.Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, &usageError{
				err:  fmt.Errorf("there is no gateway %q%s", name, didYouMean(name, all)),
				hint: "The gateways are " + strings.Join(all, ", ") + ".",
			}
		}
	}
	grammars := map[string]*release.Grammar{}
	var out []*render.Gateway
	for _, snapshot := range s.snapshots {
		c, ok := snapshot.(*vyos.Config)
		if !ok {
			panic(fmt.Sprintf("compile: a snapshot is a %T", snapshot)) // backends() has no other
		}
		if len(names) > 0 && !slices.Contains(names, c.Node) {
			continue
		}
		gw := newGateway(s.fabric.Name, c)
		if grammar {
			g := grammars[c.Release()]
			if g == nil {
				var err error
				if g, err = release.ReadGrammar(c.Release()); err != nil {
					return nil, err
				}
				grammars[c.Release()] = g
			}
			gw.Form.Grammar = g
		}
		out = append(out, gw)
	}
	return out, nil
}

func newGateway(spec string, c *vyos.Config) *render.Gateway {
	old := c.For.DebianOrder // 1.2 and 1.3 also quote only what must be
	return &render.Gateway{
		Spec: spec, Node: c.Node, Release: c.Release(), Tool: "l2stretch " + version, Tree: c.Tree,
		Form: config.PrintOptions{
			Order: c.Order(), Bare: old,
			Footer: config.Footer{Versions: c.For.Versions, Release: c.Release(), Old: c.Release() == "1.2"},
		},
	}
}
