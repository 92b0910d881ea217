package compiler

import (
	"cmp"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// stretchSizes compares what hosts send with what the tunnels carry whole.
func (c *compilation) stretchSizes(m *ir.Stretch) {
	tightest := slices.MinFunc(m.Tunnels, func(a, b *ir.Tunnel) int { return cmp.Compare(a.MTU, b.MTU) })
	key := roomKey{tightest, vtepIs6(m, tightest)}
	r := c.rooms[key] // the same for nearly all stretches of a tunnel
	if r == nil {
		r = roomOf(tightest, m)
		c.rooms[key] = r
	}
	reported := false
	for _, a := range m.Attaches {
		if a.HostMTU != m.HostMTU {
			c.report("W0202", a.Origin, "Hosts of stretch %s have an MTU of %d octets at gateway %s and %d elsewhere. In one subnet all hosts have one MTU: who sends more than the receiver takes gets no answer and no error.", m.Name, a.HostMTU, a.Node.Name, m.HostMTU)
		}
		if a.HostMTU > r.fits && !reported {
			reported = true
			if r.vxlan.OuterIPv6 {
				c.report("W0204", m.Ranges.HostMTU, "Hosts of stretch %s send packets of up to %d octets, and tunnel %s carries %d whole (%s). Between IPv6 VTEPs larger ones are not fragmented: without DF they vanish, with DF they are answered with an ICMP message from kernel 5.9 on. Give the tunnel IPv4 addresses, hosts an MTU of %d, or the path one of %d.",
					m.Name, a.HostMTU, tightest.Name, r.fits, r.sum, r.fits, r.pathFor(a.HostMTU))
				continue
			}
			c.report("W0201", m.Ranges.HostMTU, "Hosts of stretch %s send packets of up to %d octets, and tunnel %s carries %d whole (%s). Larger ones arrive in fragments, which costs throughput. Nothing is lost; to avoid it, give hosts an MTU of %d, or a path MTU of %d.",
				m.Name, a.HostMTU, tightest.Name, r.fits, r.sum, r.fits, r.pathFor(a.HostMTU))
		}
	}
}

func vtepIs6(m *ir.Stretch, t *ir.Tunnel) bool {
	return m.VTEP == ir.VTEPVTI && t.Prefix.Addr().Is6()
}

// A room is what a tunnel has for the hosts of stretches whose VTEPs are of one family.
type room struct {
	vxlan packet.VXLAN
	fits  int    // the hosts' MTU that the tunnel carries whole, in octets
	sum   string // how that follows from the tunnel's MTU
	outer []packet.Encapsulation
}

type roomKey struct {
	tunnel *ir.Tunnel
	is6    bool
}

func roomOf(t *ir.Tunnel, m *ir.Stretch) *room {
	r := &room{vxlan: packet.VXLAN{OuterIPv6: vtepIs6(m, t)}, outer: Encapsulations(t)}
	r.fits = r.vxlan.HostMTU(t.MTU)
	parts := []packet.Part{{Name: "MTU of the VTI", Octets: t.MTU}}
	for _, p := range r.vxlan.Parts() {
		p.Octets = -p.Octets
		parts = append(parts, p)
	}
	r.sum = packet.Text(parts)
	return r
}

// pathFor is the smallest path MTU that carries hosts' packets of a size whole, whichever proposal is
// chosen.
func (r *room) pathFor(hostMTU int) int {
	path := 0
	for _, e := range r.outer {
		path = max(path, e.PathFor(hostMTU+r.vxlan.Overhead()))
	}
	return path
}
