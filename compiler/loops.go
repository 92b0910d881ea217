package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// topology checks that the attachments and tunnels of one stretch make exactly one path between any two
// sites (N17). A VXLAN device does not pass on what it received, so each pair needs a tunnel of its own.
func (c *compilation) topology(m *ir.Stretch) bool {
	errors := c.errors
	sites := make(map[*ir.Site]*ir.Attachment)
	attached := make(map[*ir.Node]*ir.Attachment)
	for _, a := range m.Attaches {
		if attached[a.Node] != nil {
			c.report("E0502", a.Origin, "Gateway %s attaches to stretch %s twice. Two ports of one bridge in one subnet are a loop.", a.Node.Name, m.Name)
			continue
		}
		attached[a.Node] = a
		if a.Standby {
			continue
		}
		if first := sites[a.Node.Site]; first != nil {
			c.report("E0502", a.Origin, "Gateways %s and %s of one site both attach to stretch %s, which is a loop: both forward every broadcast into the same segment. Write standby = true in the spare's block attach.", first.Node.Name, a.Node.Name, m.Name)
			continue
		}
		sites[a.Node.Site] = a
	}
	if len(sites) < 2 && c.errors == errors {
		c.report("E0116", m.Origin, "Stretch %s attaches to %d site. A subnet is stretched between two or more sites; each has one active block attach.", m.Name, len(sites))
	}
	type pair struct{ a, b *ir.Node }
	joined := make(map[pair]*ir.Tunnel)
	for _, t := range m.Tunnels {
		a, b := t.Ends[0].Node, t.Ends[1].Node
		for _, n := range []*ir.Node{a, b} {
			if attached[n] == nil {
				c.report("E0508", m.Ranges.Tunnels, "Tunnel %s of stretch %s ends on gateway %s, which has no block attach in it: it is ambiguous where the subnet is on that site. Remove the tunnel from the list, or attach the gateway (standby = true for a spare).", t.Name, m.Name, n.Name)
			}
		}
		if first := joined[pair{a, b}]; first != nil && m.VTEP == ir.VTEPVTI {
			c.report("E0510", m.Ranges.Tunnels, "Tunnels %s and %s of stretch %s join the same gateways, so every broadcast would arrive twice. Use one of them, or vtep = \"loopback\", which sends each frame once over either.", first.Name, t.Name, m.Name)
		}
		joined[pair{a, b}] = t
	}
	for i, a := range m.Attaches {
		reachesNone := true
		for _, t := range m.Tunnels {
			reachesNone = reachesNone && t.Ends[0].Node != a.Node && t.Ends[1].Node != a.Node
		}
		if reachesNone {
			c.report("E0117", a.Origin, "Gateway %s attaches to stretch %s, and none of the stretch's tunnels ends on it. Add the tunnel to the list, or attach the gateway that it ends on.", a.Node.Name, m.Name)
			continue
		}
		for _, b := range m.Attaches[i+1:] {
			if a.Node.Site == b.Node.Site || a.Standby || b.Standby || a.Node == b.Node {
				continue
			}
			if joined[pair{a.Node, b.Node}] == nil && joined[pair{b.Node, a.Node}] == nil && !unreached(m, b) {
				c.report("E0509", m.Ranges.Tunnels, "No tunnel of stretch %s joins gateways %s and %s. VXLAN does not pass frames on from one tunnel to another, so a stretch over several sites needs a tunnel between each two of them.", m.Name, a.Node.Name, b.Node.Name)
			}
		}
	}
	for _, t := range m.Tunnels {
		switch is6 := t.Prefix.Addr().Is6(); {
		case m.VTEP == ir.VTEPLoopback && is6:
			c.report("E0517", m.Ranges.VTEP, "Tunnel %s has IPv6 addresses, and loopback VTEPs are IPv4 addresses that are routed over the tunnels. Give the tunnel IPv4 addresses; its uplinks may be IPv6.", t.Name)
		case m.VTEP == ir.VTEPVTI && is6 != m.Tunnels[0].Prefix.Addr().Is6():
			c.report("E0517", m.Ranges.Tunnels, "Tunnels %s and %s of stretch %s have addresses of different families. A VXLAN device sends to remotes of one family; give both tunnels IPv4 or both IPv6 addresses.", m.Tunnels[0].Name, t.Name, m.Name)
		default:
			continue
		}
		break
	}
	if m.VTEP == ir.VTEPLoopback {
		for _, a := range m.Attaches {
			if id := a.Node.RouterID; !id.IsValid() || id == a.Node.Uplink.Address.Addr() {
				c.report("E0515", m.Ranges.VTEP, "With vtep = \"loopback\" frames are sent from an address of the gateway that is on none of its interfaces. Write it in gateway %s: bgp { router_id = \"10.255.0.1\" }, another one on each gateway.", a.Node.Name)
				break
			}
		}
	}
	return c.errors == errors
}

// unreached reports whether no tunnel of the stretch ends on an attachment's node; then that is the problem
// to report, not the missing mesh.
func unreached(m *ir.Stretch, a *ir.Attachment) bool {
	return !slices.ContainsFunc(m.Tunnels, func(t *ir.Tunnel) bool { return t.Ends[0].Node == a.Node || t.Ends[1].Node == a.Node })
}

// indexes finds stretches whose bridges would have one name on a gateway.
func (c *compilation) indexes() {
	type bridge struct {
		node  *ir.Node
		index int
	}
	used := make(map[bridge]*ir.Stretch)
	for _, s := range c.fabric.Stretches {
		for _, a := range s.Attaches {
			key := bridge{a.Node, s.Index}
			if first := used[key]; first != nil {
				c.report("E0106", s.Ranges.Index, "Stretches %s and %s would both be %s on gateway %s. Write another index in one of them; without one it is the VNI.", first.Name, s.Name, a.Bridge(), a.Node.Name)
				break
			}
			used[key] = s
		}
	}
}

// loops finds what joins two segments that must stay apart: the graph of the segments of all sites and the
// bridges between them has no circle (N17).
func (c *compilation) loops() {
	type segment struct {
		site *ir.Site
		name string
	}
	segments := make(map[segment]*ir.Attachment)
	type port struct {
		node *ir.Node
		name string
	}
	ports := make(map[port]*ir.Attachment)
	for _, s := range c.fabric.Stretches {
		for _, a := range s.Attaches {
			c.nicUse(a)
			if first := ports[port{a.Node, a.Port()}]; first != nil {
				c.report("E0504", a.Ranges.Interface, "%s of gateway %s is in the bridge of stretch %s already (%s). An interface is in one bridge; use another NIC, or a VLAN of it with tagged = true.", a.Port(), a.Node.Name, first.Stretch.Name, first.Ranges.Interface)
				continue
			}
			ports[port{a.Node, a.Port()}] = a
			if a.VLAN == 0 {
				continue
			}
			key := segment{a.Node.Site, fmt.Sprintf("VLAN %d", a.VLAN)}
			if first := segments[key]; first != nil && first.Stretch != s {
				c.report("E0503", a.Ranges.VLAN, "Stretches %s and %s both reach into %s of site %s, which joins the two subnets and can close a loop through another site.", first.Stretch.Name, s.Name, key.name, a.Node.Site.Name)
				continue
			}
			segments[key] = a
		}
	}
	for _, s := range c.fabric.Stretches {
		for _, a := range s.Attaches {
			untagged := ports[port{a.Node, a.Interface}]
			if a.Tagged && untagged != nil {
				c.report("E0507", untagged.Ranges.Interface, "Stretch %s has %s of gateway %s untagged, and stretch %s takes %s from it. The bridge of the first knows no VLANs and would take the second one's frames along. Write tagged = true in both.", untagged.Stretch.Name, a.Interface, a.Node.Name, s.Name, a.Port())
			}
		}
	}
}

// nicUse checks that a NIC is not the way to the tunnel or into the site as well.
func (c *compilation) nicUse(a *ir.Attachment) {
	uses := []struct{ what, name string }{{"uplink", a.Node.Uplink.Interface}}
	if a.Node.Inside != nil {
		uses = append(uses, struct{ what, name string }{"inside interface", a.Node.Inside.Interface})
	}
	for _, u := range uses {
		switch {
		case u.name == a.Port():
			c.report("E0506", a.Ranges.Interface, "%s is the %s of gateway %s. In the bridge it would lose its address, and with it the tunnel; the subnet needs a NIC, or a tagged VLAN, of its own.", a.Port(), u.what, a.Node.Name)
		case !a.Tagged && strings.HasPrefix(u.name, a.Interface+"."):
			c.report("W0520", a.Ranges.Interface, "%s of gateway %s is a trunk: its %s is %s. The bridge knows no VLANs and takes all tagged frames of %s along, 4 octets larger. Write tagged = true with the VLAN of the subnet.", a.Interface, a.Node.Name, u.what, u.name, a.Interface)
		}
	}
}
