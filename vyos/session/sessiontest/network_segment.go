package sessiontest

import (
	"net/netip"
	"slices"
	"strings"
)

// A Segment is one broadcast domain of a site: hosts, and NICs of routers.
type Segment struct {
	n     *Network
	name  string
	hosts []*Host
	plugs []plug
}

type plug struct {
	node *netNode
	nic  string
	deaf bool
}

// A Host is what answers in a segment.
type Host struct {
	IP     netip.Addr
	MAC    string // made from the address and the segment when empty
	Silent bool   // it answers, but has sent nothing yet: no bridge has learned it
}

// Segment makes a segment.
func (n *Network) Segment(name string) *Segment {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &Segment{n: n, name: name}
	n.segments = append(n.segments, s)
	return s
}

// Plug puts a router's NIC into the segment.
func (s *Segment) Plug(r *Router, nic string) *Segment {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	s.plugs = append(s.plugs, plug{node: s.n.node(r), nic: nic})
	return s
}

// Hear lets the NICs of the segment see all frames again.
func (s *Segment) Hear() {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	for i := range s.plugs {
		s.plugs[i].deaf = false
	}
}

// Host adds a host.
func (s *Segment) Host(h Host) *Segment {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	if h.MAC == "" {
		h.MAC = macFor(s.name + h.IP.String())
	}
	h.MAC = strings.ToLower(h.MAC)
	s.hosts = append(s.hosts, &h)
	return s
}

// Remove takes away what has an address.
func (s *Segment) Remove(ip netip.Addr) {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	s.hosts = slices.DeleteFunc(s.hosts, func(h *Host) bool { return h.IP == ip })
}

// Join connects two segments by something that is not ours: with a stretch over them it is a loop.
func (n *Network) Join(a, b *Segment) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.joins = append(n.joins, [2]*Segment{a, b})
}

// A place is a bridge of a router, or a segment.
type place struct {
	node   *netNode
	bridge string
	seg    *Segment
}

// A step leads from a place to another by a port of a bridge; of a segment it has none.
type step struct {
	port string
	to   place
}

// steps are the ways out of a place.
func (n *Network) steps(p place) []step {
	var out []step
	if p.seg == nil {
		for _, port := range p.node.view.bridges[p.bridge].members {
			for _, s := range n.segments {
				for _, pl := range s.plugs {
					if pl.node == p.node && pl.nic == port && !pl.deaf {
						out = append(out, step{port, place{seg: s}})
					}
				}
			}
		}
		if vx, _, ok := p.node.view.vxlanOf(p.bridge); ok {
			for _, far := range n.vteps(p.node, p.bridge) {
				out = append(out, step{vx, far})
			}
		}
		return out
	}
	for _, pl := range p.seg.plugs {
		if b := pl.node.view.bridgeOf(pl.nic); b != "" && !pl.deaf && !pl.node.off {
			out = append(out, step{"", place{node: pl.node, bridge: b}})
		}
	}
	for _, j := range n.joins {
		if j[0] == p.seg {
			out = append(out, step{"", place{seg: j[1]}})
		} else if j[1] == p.seg {
			out = append(out, step{"", place{seg: j[0]}})
		}
	}
	return out
}

// vteps are the bridges that a bridge's VXLAN device reaches: VNI, port and addresses fit, and the tunnel carries.
func (n *Network) vteps(x *netNode, bridge string) []place {
	_, v, ok := x.view.vxlanOf(bridge)
	if !ok || x.off {
		return nil
	}
	var out []place
	for _, y := range n.nodes {
		if y == x || y.off {
			continue
		}
		for b := range y.view.bridges {
			_, w, ok := y.view.vxlanOf(b)
			if ok && w.vni == v.vni && w.port == v.port && n.reaches(x, v, y, w) && n.reaches(y, w, x, v) {
				out = append(out, place{node: y, bridge: b})
			}
		}
	}
	slices.SortFunc(out, func(a, b place) int {
		return strings.Compare(a.node.r.Hostname()+a.bridge, b.node.r.Hostname()+b.bridge)
	})
	return out
}

// reaches reports whether packets of one VTEP arrive at another by a tunnel.
func (n *Network) reaches(x *netNode, v vxlanView, y *netNode, w vxlanView) bool {
	for _, remote := range v.remotes {
		if _, ok := y.view.addresses[remote]; !ok || w.source.IsValid() && w.source != remote {
			continue
		}
		r, ok := n.lookup(x, remote)
		if !ok || r.blackhole {
			continue
		}
		if sa := n.between(x, r.dev); sa != nil && sa.of(y) {
			return true
		}
	}
	return false
}

// behind are the places that lie behind the ports of a bridge, by port. A NIC that leads around to what VXLAN leads
// to is a loop; the NIC wins, as in a real one it does every other moment.
func (n *Network) behind(x *netNode, bridge string) map[string][]place {
	start := place{node: x, bridge: bridge}
	vx, _, _ := x.view.vxlanOf(bridge)
	out := make(map[string][]place)
	seen := []place{}
	first := n.steps(start)
	slices.SortStableFunc(first, func(a, b step) int { return boolToInt(a.port == vx) - boolToInt(b.port == vx) })
	type visit struct {
		place
		by string // the port of a bridge that the frame comes in by
	}
	arrive := func(p place, over bool) visit {
		if over { // a bridge does not send a frame back out of the port that it came by
			name, _, _ := p.node.view.vxlanOf(p.bridge)
			return visit{p, name}
		}
		return visit{place: p}
	}
	for _, s := range first {
		queue := []visit{arrive(s.to, s.port == vx)}
		for len(queue) > 0 {
			p := queue[0]
			queue = queue[1:]
			if p.place == start {
				out[s.port] = append(out[s.port], start) // our own frames come back
				continue
			}
			if slices.Contains(seen, p.place) {
				continue
			}
			seen = append(seen, p.place)
			out[s.port] = append(out[s.port], p.place)
			for _, next := range n.steps(p.place) {
				if p.by != "" && next.port == p.by || next.to == start && p.place == s.to && p.seg != nil {
					continue
				}
				queue = append(queue, arrive(next.to, p.seg == nil && next.to.seg == nil))
			}
		}
	}
	return out
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An owner is who has an address in a place.
type owner struct {
	mac    string
	silent bool
}

// owners are those in a place, of an address or, without one, all.
func (p place) owners(ip netip.Addr) []owner {
	var out []owner
	if p.seg != nil {
		for _, h := range p.seg.hosts {
			if !ip.IsValid() || h.IP == ip {
				out = append(out, owner{h.MAC, h.Silent})
			}
		}
		return out
	}
	b := p.node.view.bridges[p.bridge]
	for _, a := range b.address {
		if !ip.IsValid() || a.Addr() == ip {
			out = append(out, owner{p.node.bridgeMAC(p.bridge), false})
		}
	}
	if !ip.IsValid() && len(b.address) == 0 {
		out = append(out, owner{p.node.bridgeMAC(p.bridge), false})
	}
	return out
}

// bridgeMAC is a bridge's MAC address: the one that is configured, else one that is derived.
func (x *netNode) bridgeMAC(bridge string) string {
	if m := x.view.bridges[bridge].mac; m != "" {
		return m
	}
	return macFor(x.r.Hostname() + bridge)
}

// answersOn are the MAC addresses that answer for an address on an interface, sorted: a bridge asks on all its ports,
// a NIC in its segment. A NIC that is a port of a bridge hears no answers.
func (n *Network) answersOn(x *netNode, dev string, ip netip.Addr) []string {
	var places []place
	if _, ok := x.view.bridges[dev]; ok {
		for _, list := range n.behind(x, dev) {
			places = append(places, list...)
		}
	} else if x.view.bridgeOf(dev) == "" {
		for _, s := range n.segments {
			for _, pl := range s.plugs {
				if pl.node == x && pl.nic == dev && !pl.deaf {
					places = append(places, n.around(place{seg: s})...)
				}
			}
		}
	}
	var out []string
	for _, p := range places {
		if p.node == x {
			continue // nobody answers oneself
		}
		for _, o := range p.owners(ip) {
			out = append(out, o.mac)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// around are all places that are joined with one, itself included.
func (n *Network) around(p place) []place {
	seen := []place{p}
	for i := 0; i < len(seen); i++ {
		for _, s := range n.steps(seen[i]) {
			if !slices.Contains(seen, s.to) {
				seen = append(seen, s.to)
			}
		}
	}
	return seen
}

// Deafen keeps foreign frames from the NICs of the segment, as the port of a hypervisor does (N19).
func (s *Segment) Deafen() {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	for i := range s.plugs {
		s.plugs[i].deaf = true
	}
}

// ManageInBand has a router managed through its tunnel from now on.
func (n *Network) ManageInBand(r *Router) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.node(r).inBand = true
}
