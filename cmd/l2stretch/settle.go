package main

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// settleReleases compares the releases that gateways run with those of the specification. A gateway of which only the
// appliance's version is known gets what it runs, and the specification is compiled again with that; any other
// difference is an error. found is by gateway; those that are not in it are as the specification says.
func (a *app) settleReleases(s *specification, found map[string]string, g *globals) (*specification, error) {
	assumed := make(map[string]string)
	var wrong []string
	for _, n := range s.fabric.Nodes {
		runs := found[n.Name]
		switch {
		case runs == "" || runs == n.Release && !n.Assumed:
		case n.Assumed:
			assumed[n.Name] = runs
		default:
			wrong = append(wrong, fmt.Sprintf("gateway %s runs VyOS %s, and the specification says release = %q", n.Name, runs, n.Release))
		}
	}
	if len(wrong) > 0 {
		return nil, &usageError{
			err:  fmt.Errorf("%s", strings.Join(wrong, "; ")),
			hint: "Commands for one release are wrong for another. Correct release in the specification.",
		}
	}
	if len(assumed) == 0 {
		return s, nil
	}
	again := a.compileSource(s.source, s.dir, g, func(f *schema.File) { compiler.AssumeReleases(f, assumed) })
	if again.failed(g.strict) {
		names := make([]string, 0, len(assumed))
		for _, n := range s.fabric.Nodes {
			if r := assumed[n.Name]; r != "" {
				names = append(names, fmt.Sprintf("%s is built on VyOS %s", n.Name, r))
			}
		}
		if err := a.report(again, g); err != nil {
			return nil, err
		}
		fmt.Fprintf(a.stderr, "The specification does not hold for what the gateways run (%s): %s\n", strings.Join(names, ", "), again.verdict())
		return nil, errReported
	}
	return again, nil
}

// pausing compiles a specification again as if a stretch were paused, or not. Releases that were settled stay.
func (a *app) pausing(s *specification, stretch string, paused bool, g *globals) *specification {
	releases := make(map[string]string)
	for _, n := range s.fabric.Nodes {
		releases[n.Name] = n.Release
	}
	return a.compileSource(s.source, s.dir, g, func(f *schema.File) {
		compiler.AssumeReleases(f, releases)
		for _, st := range f.Stretches {
			if st.Name() == stretch {
				st.Paused.V, st.Paused.Set = paused, true
			}
		}
	})
}

// withRelease is a node as it would be with another release, for reading what it runs.
func withRelease(n *ir.Node, release string) *ir.Node {
	other := *n
	other.Release = release
	return &other
}
