package main

import (
	"maps"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// components numbers the gateways that have to be changed together or not at all, from 1: both ends of a tunnel that
// changes, all gateways of a stretch that changes. A gateway of which nothing changes and that is not needed to see
// whether others work is not in it.
func components(f *ir.Fabric, plans map[string]*plan.Plan) map[string]int {
	changed := make(map[string]bool) // objects
	group := make(map[string]string) // a gateway to another of its group, or to itself
	for name, p := range plans {
		for _, object := range objectsOf(p) {
			changed[object] = true
		}
		if !p.Empty() || len(p.Operations) > 0 {
			group[name] = name
		}
	}
	var first func(name string) string
	first = func(name string) string {
		if group[name] == name {
			return name
		}
		return first(group[name])
	}
	join := func(a, b string) {
		for _, name := range []string{a, b} {
			if _, ok := group[name]; !ok {
				group[name] = name
			}
		}
		x, y := first(a), first(b)
		group[max(x, y)] = min(x, y)
	}
	for _, t := range f.Tunnels {
		if changed["tunnel "+t.Name] {
			join(t.Ends[0].Node.Name, t.Ends[1].Node.Name)
		}
	}
	for _, s := range f.Stretches {
		if changed["stretch "+s.Name] {
			for _, at := range s.Attaches {
				join(s.Attaches[0].Node.Name, at.Node.Name)
			}
		}
	}
	numbers := make(map[string]int)
	out := make(map[string]int)
	for _, name := range slices.Sorted(maps.Keys(group)) {
		root := first(name)
		if numbers[root] == 0 {
			numbers[root] = len(numbers) + 1
		}
		out[name] = numbers[root]
	}
	return out
}

// objectsOf lists what of the specification a plan is about.
func objectsOf(p *plan.Plan) []string {
	var out []string
	for _, s := range p.Steps() {
		out = append(out, s.Object)
	}
	for _, o := range p.Operations {
		out = append(out, o.Object)
	}
	return out
}
