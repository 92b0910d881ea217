package compiler_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
)

func TestOrder(t *testing.T) {
	node := func(name string, order int, inBand bool) *ir.Node {
		return &ir.Node{Name: name, ApplyOrder: order, SSH: ir.SSH{InBand: inBand}}
	}
	link := func(name string, initiator, responder *ir.Node) {
		tun := &ir.Tunnel{Name: name, Managed: true}
		a, b := &ir.End{Tunnel: tun, Node: initiator, Initiator: true}, &ir.End{Tunnel: tun, Node: responder}
		a.Peer, b.Peer = b, a
		initiator.Ends, responder.Ends = append(initiator.Ends, a), append(responder.Ends, b)
	}
	for _, tt := range []struct {
		name string
		make func() []*ir.Node
		want []string
	}{
		{"responder first", func() []*ir.Node {
			a, b := node("a/gw", 0, false), node("b/gw", 0, false)
			link("t", a, b)
			return []*ir.Node{a, b}
		}, []string{"b/gw: it responds in tunnel t", "a/gw: it initiates tunnel t"}},
		{"managed through the tunnel first", func() []*ir.Node {
			a, b := node("a/gw", 0, true), node("b/gw", 0, false)
			link("t", a, b)
			return []*ir.Node{b, a}
		}, []string{"a/gw: it is managed through the tunnel", "b/gw: by name"}},
		{"apply_order, then name", func() []*ir.Node {
			return []*ir.Node{node("c/gw", 1, false), node("a/gw", 2, false), node("b/gw", 1, false)}
		}, []string{"b/gw: apply_order", "c/gw: apply_order", "a/gw: apply_order"}},
		{"ring", func() []*ir.Node {
			a, b, c := node("a/gw", 0, false), node("b/gw", 0, false), node("c/gw", 0, false)
			link("ab", a, b)
			link("bc", b, c)
			link("ca", c, a)
			return []*ir.Node{a, b, c}
		}, []string{"a/gw: the gateways respond to each other in a ring; it is first by apply_order and name", "c/gw: it responds in tunnel bc", "b/gw: it initiates tunnel bc"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, turn := range compiler.Order(tt.make()) {
				got = append(got, turn.Node.Name+": "+turn.Why)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
