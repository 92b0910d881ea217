package render

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/explain"
)

// TestRandomExplained explains random specifications in every way: whatever is valid can be explained, walks
// agree with the model's sizes, and no picture has a text in the wrong place.
func TestRandomExplained(t *testing.T) {
	r := rand.New(rand.NewPCG(backendtest.Seed(t), 0))
	runs := 15
	if testing.Short() {
		runs = 5
	}
	st := Style{Width: 80}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	for i := range runs {
		f := compiled(t, backendtest.Random(r, backendtest.Options{Stretches: 4}).Text())
		for _, s := range f.Stretches {
			for _, from := range s.Attaches {
				j, err := explain.Travel(f, explain.Trip{Stretch: s.Name, From: from.Node.Name, Proto: explain.UDP}, kernelOf)
				if err != nil {
					t.Error(err)
					continue
				}
				for _, wk := range j.Walks {
					for _, n := range wk.Wire {
						if n > j.PathMTU {
							t.Errorf("%s of stretch %s leaves in a packet of %d on a path of %d", wk.Name, s.Name, n, j.PathMTU)
						}
					}
				}
				check(Journey(io.Discard, j, st))
				picture(t, fmt.Sprintf("random-journey-%d", i), func(w io.Writer) error { return JourneySVG(w, j) })
			}
		}
		b, err := explain.Budgets(f, "")
		check(err)
		for _, tunnel := range b.Tunnels {
			for _, p := range tunnel.Proposals {
				if p.Worst && p.TunnelMTU != tunnel.MTU {
					t.Errorf("tunnel %s has an MTU of %d, its sum says %d", tunnel.Tunnel, tunnel.MTU, p.TunnelMTU)
				}
			}
		}
		check(Budget(io.Discard, b, st))
		for _, after := range []explain.State{explain.Now, explain.Failover, explain.Cutover} {
			routes, err := explain.FindRoutes(f, explain.Ask{After: after})
			check(err)
			check(Routes(io.Discard, routes, st))
		}
		g := explain.Topology(f, explain.DefaultGrouping)
		var chart strings.Builder
		check(GraphMermaid(&chart, g))
		_, err = parseFlowchart(chart.String())
		check(err)
		check(GraphDot(io.Discard, g))
		picture(t, fmt.Sprintf("random-graph-%d", i), func(w io.Writer) error { return GraphSVG(w, g) })
		if t.Failed() {
			t.Fatalf("run %d", i)
		}
	}
}
