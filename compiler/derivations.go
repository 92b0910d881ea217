package compiler

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A Derivation is a value that the specification does not state and how it came about.
type Derivation struct {
	Object string // as in "tunnel dr", "stretch app at onprem/gw1"
	Name   string // as in "MTU of vti1"
	Value  string
	How    string // sums are written out
}

// Derivations lists every derived value of a fabric, sorted by kind and name of the object.
func Derivations(f *ir.Fabric) []Derivation {
	d := &derivations{}
	for _, n := range f.Nodes {
		d.node(n)
	}
	for _, t := range f.Tunnels {
		d.tunnel(t)
	}
	for _, s := range f.Stretches {
		d.stretch(s)
	}
	return d.all
}

type derivations struct {
	all    []Derivation
	object string
}

func (d *derivations) add(name, value, how string, args ...any) {
	d.all = append(d.all, Derivation{d.object, name, value, fmt.Sprintf(how, args...)})
}

func (d *derivations) node(n *ir.Node) {
	d.object = "gateway " + n.Name
	if n.Appliance != "" && n.Release == applianceBase {
		d.add("release", n.Release, "assumed for appliance %s until the box is asked", n.Appliance)
	}
	d.add("address for peers", n.Outer().String(), "%s", choose(n.Uplink.Public.IsValid(), "public_address of the uplink", "address of the uplink"))
	if n.ASN != 0 {
		d.add("BGP identifier", n.RouterID.String(), "%s", choose(n.RouterID == n.Outer(), "the address for peers", "bgp.router_id"))
	}
	if len(n.Attaches) > 0 {
		d.add("MAC address of bridges", n.Attaches[0].MAC, "locally administered, from specification, site and gateway; distinct even for cloned boxes")
	}
}

func (d *derivations) tunnel(t *ir.Tunnel) {
	d.object = "tunnel " + t.Name
	d.add("UDP encapsulation", choose(t.NATT.Encap, "yes", "no"), "%s", t.NATT.Why)
	d.add("path MTU", fmt.Sprint(t.PathMTU), "the smaller of the uplinks' %d and %d", t.Ends[0].Node.Uplink.MTU, t.Ends[1].Node.Uplink.MTU)
	worst := packet.Worst(t.PathMTU, Encapsulations(t)...)
	d.add("MTU of "+t.Ends[0].Interface, fmt.Sprint(t.MTU), "%s, for %s", packet.Text(worst.MaxParts(t.PathMTU)), worst.Name)
	for _, e := range t.Ends {
		d.object = "tunnel " + t.Name + " at " + e.Node.Name
		d.add("peer", e.Remote.String(), "address for peers of %s", e.Peer.Node.Name)
		if t.Managed {
			d.add("part in IKE", choose(e.Initiator, "initiates", "responds"), "%s", whyInitiator(e))
			d.add("announces", orNone(list(e.Export)), "networks of the site without stretched subnets")
			d.add("accepts", orNone(list(e.Import)), "networks of the far site without stretched subnets")
			d.add("never announces or accepts", orNone(list(e.Stretched)), "stretched subnets, which are connected on each site, and all within them")
		}
		d.add("blackholes", orNone(list(e.Blackholes)), "the connected prefix of the VTI%s; distance 254", choose(len(e.Blackholes) > 1, " and the networks accepted", ""))
	}
}

func whyInitiator(e *ir.End) string {
	first := e
	if !e.Initiator {
		first = e.Peer
	}
	if first.Node.Uplink.Public.IsValid() {
		return first.Node.Name + " is behind NAT and must be first to send"
	}
	return first.Node.Name + " is named as initiator, or is the first end"
}

func (d *derivations) stretch(s *ir.Stretch) {
	d.object = "stretch " + s.Name
	for _, t := range s.Tunnels {
		r := roomOf(t, s)
		d.add("hosts' MTU that tunnel "+t.Name+" carries whole", fmt.Sprint(r.fits), "%s", r.sum)
		d.add("TCP segment that fits", fmt.Sprint(r.fits-packet.IPv4-packet.TCP), "%d (hosts' MTU) - %d (IPv4) - %d (TCP)", r.fits, packet.IPv4, packet.TCP)
		d.add("path MTU that carries hosts' packets whole", fmt.Sprint(r.pathFor(s.HostMTU)), "%s", pathSum(t, s.HostMTU+r.vxlan.Overhead()))
	}
	for _, a := range s.Attaches {
		d.object = "stretch " + s.Name + " at " + a.Node.Name
		d.add("interfaces", a.Port()+", "+a.Bridge()+", "+a.VXLAN(), "%s", choose(s.Ranges.Index == s.Ranges.VNI, "numbered by the VNI", "numbered by index"))
		var remotes []string
		for _, r := range a.Remotes {
			remotes = append(remotes, r.VTEP.String())
		}
		source := "chosen by the kernel for each remote, since one fixed source would fit one tunnel only"
		if a.Source.IsValid() {
			source = a.Source.String()
		}
		d.add("VTEP", source, "%s", choose(s.VTEP == ir.VTEPLoopback, "bgp.router_id, on a dummy interface", "address of the tunnel"))
		d.add("remote VTEPs", strings.Join(remotes, ", "), "the far sites' active gateways")
		if a.Paused {
			d.add("VXLAN", "disabled", "%s", choose(a.Standby, "the spare of its site", "the stretch is paused"))
		}
	}
}

// pathSum writes out the wire size for the worst proposal.
func pathSum(t *ir.Tunnel, inner int) string {
	all := Encapsulations(t)
	worst := all[0]
	for _, e := range all[1:] {
		if e.PathFor(inner) > worst.PathFor(inner) {
			worst = e
		}
	}
	return packet.Text(worst.Parts(inner))
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
