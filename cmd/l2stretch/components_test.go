package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestComponents: what changes together is joined by the tunnels and stretches that change, not by others.
func TestComponents(t *testing.T) {
	nodes := make(map[string]*ir.Node)
	for _, name := range []string{"a/gw1", "b/gw1", "c/gw1", "d/gw1", "e/gw1"} {
		nodes[name] = &ir.Node{Name: name}
	}
	tunnel := func(name, x, y string) *ir.Tunnel {
		return &ir.Tunnel{Name: name, Ends: [2]*ir.End{{Node: nodes[x]}, {Node: nodes[y]}}}
	}
	f := &ir.Fabric{
		Tunnels:   []*ir.Tunnel{tunnel("ab", "a/gw1", "b/gw1"), tunnel("bc", "b/gw1", "c/gw1"), tunnel("de", "d/gw1", "e/gw1")},
		Stretches: []*ir.Stretch{{Name: "app", Attaches: []*ir.Attachment{{Node: nodes["a/gw1"]}, {Node: nodes["c/gw1"]}}}},
	}
	changes := func(objects ...string) *plan.Plan {
		p := &plan.Plan{}
		for _, o := range objects {
			p.Phases = append(p.Phases, plan.Phase{Steps: []plan.Step{{Op: plan.Set, Object: o}}})
		}
		return p
	}
	for _, tt := range []struct {
		name  string
		plans map[string]*plan.Plan
		want  map[string]int
	}{
		{"nothing", map[string]*plan.Plan{"a/gw1": changes(), "b/gw1": changes()}, map[string]int{}},
		{"a gateway by itself", map[string]*plan.Plan{"b/gw1": changes("gateway b/gw1"), "c/gw1": changes()}, map[string]int{"b/gw1": 1}},
		{"both ends of a tunnel, one of which has nothing to do", map[string]*plan.Plan{"a/gw1": changes("tunnel ab"), "b/gw1": changes()}, map[string]int{"a/gw1": 1, "b/gw1": 1}},
		{"two that have nothing to do with each other", map[string]*plan.Plan{"a/gw1": changes("tunnel ab"), "e/gw1": changes("tunnel de")},
			map[string]int{"a/gw1": 1, "b/gw1": 1, "d/gw1": 2, "e/gw1": 2}},
		{"a stretch joins", map[string]*plan.Plan{"a/gw1": changes("stretch app"), "b/gw1": changes("tunnel bc")}, map[string]int{"a/gw1": 1, "b/gw1": 1, "c/gw1": 1}},
		{"an operation counts", map[string]*plan.Plan{"d/gw1": {Operations: []plan.Operation{{Object: "tunnel de"}}}}, map[string]int{"d/gw1": 1, "e/gw1": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, components(f, tt.plans)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
