package compiler

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// managed finds out which nodes are reached by what is made from the specification itself: the address of a VTI is there
// only while its tunnel is, and that of a bridge only while the stretch is.
func (c *compilation) managed() {
	for _, n := range c.fabric.Nodes {
		host, err := netip.ParseAddr(n.SSH.Host)
		if err != nil {
			continue
		}
		for _, e := range n.Ends {
			n.SSH.InBand = n.SSH.InBand || e.Address.Addr() == host
		}
		for _, a := range n.Attaches {
			if a.Stretch.Subnet.Contains(host) {
				c.report("W0521", n.Ranges.SSHHost, "Gateway %s is reached at %s, in the subnet of stretch %s. It has that address on the stretch's bridge: it cannot be reached there before the first apply, and from the far site only while the stretch is up. Use another address, such as the uplink's; else write in_band = true unless you are on the gateway's own site.", n.Name, host, a.Stretch.Name)
				break
			}
		}
	}
}

// A Turn is a node's place in the order in which a change is carried out, with the reason for it.
type Turn struct {
	Node *ir.Node
	Why  string
}

// Order says in which order nodes are changed: those that are managed through a tunnel first, since the
// change at the near end may cut them off; then who responds before who initiates, so that no initiator meets
// a peer that does not know it yet and gives up; then apply_order; then the name.
func Order(nodes []*ir.Node) []Turn {
	left := slices.Clone(nodes)
	slices.SortFunc(left, func(a, b *ir.Node) int {
		return cmp.Or(-cmp.Compare(boolInt(a.SSH.InBand), boolInt(b.SSH.InBand)), cmp.Compare(a.ApplyOrder, b.ApplyOrder), strings.Compare(a.Name, b.Name))
	})
	var out []Turn
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(n *ir.Node) bool { return len(waitsFor(n, left)) == 0 })
		why := "by name"
		switch {
		case i < 0: // each waits for another: the first must not wait
			i, why = 0, "the gateways respond to each other in a ring; it is first by apply_order and name"
		case left[i].SSH.InBand:
			why = "it is managed through the tunnel"
		default:
			if t := responds(left[i], left); len(t) > 0 {
				why = "it responds in tunnel " + strings.Join(t, ", ")
			} else if before := initiates(left[i], out); len(before) > 0 {
				why = "it initiates tunnel " + strings.Join(before, ", ")
			} else if left[i].ApplyOrder != 0 {
				why = "apply_order"
			}
		}
		out = append(out, Turn{left[i], why})
		left = slices.Delete(left, i, i+1)
	}
	return out
}

// waitsFor lists the tunnels that a node initiates to a node that is still to be changed.
func waitsFor(n *ir.Node, left []*ir.Node) []string {
	if n.SSH.InBand {
		return nil
	}
	var out []string
	for _, e := range n.Ends {
		if e.Tunnel.Managed && e.Initiator && slices.Contains(left, e.Peer.Node) {
			out = append(out, e.Tunnel.Name)
		}
	}
	return out
}

// responds lists the tunnels that a node answers in to one that is changed later.
func responds(n *ir.Node, left []*ir.Node) []string {
	var out []string
	for _, e := range n.Ends {
		if e.Tunnel.Managed && !e.Initiator && slices.Contains(left, e.Peer.Node) {
			out = append(out, e.Tunnel.Name)
		}
	}
	return out
}

// initiates lists the tunnels that a node initiates to one that was changed before.
func initiates(n *ir.Node, before []Turn) []string {
	var out []string
	for _, e := range n.Ends {
		if e.Tunnel.Managed && e.Initiator && slices.ContainsFunc(before, func(t Turn) bool { return t.Node == e.Peer.Node }) {
			out = append(out, e.Tunnel.Name)
		}
	}
	return out
}
