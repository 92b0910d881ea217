package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// A link is a tunnel: two ends, of which at least one was read.
type link struct {
	ends   [2]*end
	tunnel *ir.Tunnel
}

// other is the link's end that is not on the box.
func (k *link) other(b *gate) *end {
	if k.ends[0].box == b {
		return k.ends[1]
	}
	return k.ends[0]
}

// pairTunnels finds which ends belong together, and derives those that were not read.
func (l *lifting) pairTunnels() {
	byPrefix := make(map[netip.Prefix][]*end)
	for _, b := range l.boxes {
		for _, e := range b.ends {
			byPrefix[e.address.Masked()] = append(byPrefix[e.address.Masked()], e)
		}
	}
	far := make(map[netip.Addr]*gate)
	for _, b := range l.boxes {
		for _, e := range b.ends {
			if e.link != nil {
				continue
			}
			var best *end
			score := 1
			for _, f := range byPrefix[e.address.Masked()] {
				if s := e.fits(f); f.link == nil && f.box != b && s > score {
					best, score = f, s
				}
			}
			if best == nil {
				best = l.farEnd(e, far)
			}
			k := &link{ends: [2]*end{e, best}}
			e.link, best.link = k, k
			if !e.managed && !best.managed && e.far != best.far {
				e.address = netip.PrefixFrom(best.far, e.address.Bits())
				best.address = netip.PrefixFrom(e.far, best.address.Bits())
			}
			l.links = append(l.links, k)
		}
	}
}

// fits says how well two ends of one prefix belong together; less than 2 is not at all.
func (e *end) fits(f *end) int {
	if e.managed != f.managed {
		return 0
	}
	score := 0
	if e.marked && f.marked {
		if e.name != f.name {
			return 0
		}
		score += 2
	}
	if !e.managed {
		if e.far != f.far {
			score += 2
		}
		return score
	}
	reaches := func(x, y *end) bool { return x.remote == y.local || x.remote == y.localID }
	if !reaches(e, f) && !reaches(f, e) || e.far == f.far {
		return 0
	}
	if reaches(e, f) && reaches(f, e) {
		score += 2
	}
	return score + 2
}

// farEnd derives the end of a tunnel whose box was not given from the end that was.
func (l *lifting) farEnd(e *end, known map[netip.Addr]*gate) *end {
	b := known[e.remote]
	if b == nil || !e.managed {
		b = &gate{node: &ir.Node{Platform: ir.VyOS, Release: e.box.node.Release, Uplink: ir.Uplink{MTU: 1500}}}
		if e.managed {
			b.node.Uplink.Address = netip.PrefixFrom(e.remote, min(24, e.remote.BitLen()))
			b.node.ASN = e.remoteAS
			known[e.remote] = b
		}
		l.far = append(l.far, b)
	}
	f := &end{
		box: b, name: e.name, marked: e.marked, managed: e.managed, index: e.index, iface: e.iface,
		address: netip.PrefixFrom(e.far, e.address.Bits()), far: e.address.Addr(),
		local: e.remote, localID: e.remote, remote: e.localID, remoteID: e.localID, initiates: !e.initiates,
	}
	for _, p := range e.imports {
		if !slices.Contains(b.own, p) {
			b.own = append(b.own, p)
		}
	}
	b.ends = append(b.ends, f)
	return f
}

// sharedSpace is what providers number their customers' side of a NAT from (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// private reports whether an address means something within one network only.
func private(a netip.Addr) bool { return a.IsPrivate() || sharedSpace.Contains(a) }

// findNAT finds far ends behind NAT whose configurations were not given: the sizes of this end count UDP
// encapsulation, and nothing here is the reason for it. Its peer knows the address in front of the NAT only.
func (l *lifting) findNAT() {
	for _, k := range l.links {
		e, f := k.ends[0], k.ends[1]
		if f.box.run != nil || !e.managed || e.forced || e.initiates || e.box.node.Uplink.Public.IsValid() || private(e.local) != private(e.remote) {
			continue
		}
		u := &f.box.node.Uplink
		if e.size(e.box.node.Uplink.MTU, true) == e.mtu && e.size(e.box.node.Uplink.MTU, false) != e.mtu && !u.Public.IsValid() && e.remote.Is4() {
			u.Public = e.remote
			u.Address = netip.MustParsePrefix("10.255.255.10/24")
		}
	}
}

// makeSites names the gateways whose configurations were not given, and puts gateways that announce one
// network on one site.
func (l *lifting) makeSites() {
	taken := make(map[string]bool)
	for _, b := range l.boxes {
		taken[siteOf(b)] = true
	}
	for i, b := range l.boxes {
		if b.given {
			continue
		}
		for _, a := range l.boxes[:i] {
			if !sharesNetwork(a, b) || linked(a, b) {
				continue
			}
			labels := make(map[string]bool)
			for _, c := range l.boxes {
				if siteOf(c) == siteOf(a) {
					labels[c.node.Label] = true
				}
			}
			b.node.Label = free(labels, "gw1")
			b.node.Name = siteOf(a) + "/" + b.node.Label
			break
		}
	}
	for _, b := range l.far {
		name := "far"
		if len(l.far) > 1 {
			name = toLabel(b.ends[0].name, "tunnel") + "-far"
		}
		b.node.Label = "gw1"
		b.node.Name = free(taken, name) + "/gw1"
		slices.SortFunc(b.own, comparePrefixes)
		b.node.Uplink.MTU = b.ends[0].link.other(b).box.node.Uplink.MTU
	}
	sites := make(map[string]*ir.Site)
	for _, b := range slices.Concat(l.boxes, l.far) {
		s := sites[siteOf(b)]
		if s == nil {
			s = &ir.Site{Name: siteOf(b)}
			sites[s.Name] = s
			l.fabric.Sites = append(l.fabric.Sites, s)
		}
		b.node.Site, b.node.Spec = s, l.fabric.Name
		s.Nodes = append(s.Nodes, b.node)
		l.fabric.Nodes = append(l.fabric.Nodes, b.node)
		s.Networks = append(s.Networks, b.own...)
		slices.SortFunc(s.Networks, comparePrefixes)
		s.Networks = slices.Compact(s.Networks)
		l.nodeGaps(b)
	}
}

func siteOf(b *gate) string {
	site, _, _ := strings.Cut(b.node.Name, "/")
	return site
}

func sharesNetwork(a, b *gate) bool {
	return slices.ContainsFunc(a.own, func(p netip.Prefix) bool { return slices.Contains(b.own, p) })
}

// linked reports whether a tunnel joins two boxes.
func linked(a, b *gate) bool {
	return slices.ContainsFunc(a.ends, func(e *end) bool { return e.link != nil && e.link.other(a).box == b })
}

// nodeGaps records what is not known of a gateway.
func (l *lifting) nodeGaps(b *gate) {
	object := "gateway " + b.node.Name
	l.uplinkGaps(b)
	switch {
	case b.run == nil:
		l.gap(object, "release", "CHANGE-ME", "run `show version` on the box")
	case len(b.run.Fits) > 0:
		l.gap(object, "release", "CHANGE-ME", "it may be %s: run `show version` on the box", strings.Join(b.run.Fits, ", "))
	}
	managed := slices.ContainsFunc(b.ends, func(e *end) bool { return e.managed })
	if managed && !b.node.RouterID.IsValid() && !b.node.Outer().Is4() {
		n := slices.Index(slices.Concat(l.boxes, l.far), b)
		b.node.RouterID = netip.AddrFrom4([4]byte{192, 0, 2, byte(1 + n%254)})
		l.gap(object, "bgp.router_id", "CHANGE-ME", "the uplink has no IPv4 address that could serve")
	}
	if managed && b.node.ASN == 0 {
		b.node.ASN = ir.ASN(64512 + slices.Index(slices.Concat(l.boxes, l.far), b))
		l.gap(object, "bgp.asn", "CHANGE-ME", "there is no BGP over its tunnels yet")
	}
}

// makeTunnels makes the model's tunnels of the links.
func (l *lifting) makeTunnels() {
	taken, given := make(map[string]bool), make(map[string]bool)
	for _, k := range l.links {
		if k.ends[0].marked || k.ends[1].marked {
			taken[k.name()] = true
		}
	}
	for _, k := range l.links {
		t := &ir.Tunnel{Name: k.name(), Managed: k.ends[0].managed, Index: 1, Prefix: k.ends[0].address.Masked()}
		if !k.ends[0].marked && !k.ends[1].marked || given[t.Name] { // ends of one tunnel that do not fit are two
			t.Name = free(taken, t.Name)
		}
		given[t.Name] = true
		k.tunnel = t
		l.joinEnds(k)
		if t.Managed {
			l.security(k)
			l.session(k)
		}
		l.fabric.Tunnels = append(l.fabric.Tunnels, t)
	}
}

// name is the tunnel's name: a marked end's, else the first one's.
func (k *link) name() string {
	if !k.ends[0].marked && k.ends[1].marked {
		return k.ends[1].name
	}
	return k.ends[0].name
}

func (l *lifting) joinEnds(k *link) {
	t := k.tunnel
	a, b := k.ends[0], k.ends[1]
	for i, e := range k.ends {
		t.Ends[i] = &ir.End{
			Tunnel: t, Node: e.box.node, Interface: e.iface, Address: e.address,
			Local: e.local, Remote: e.remote, LocalID: e.localID, RemoteID: e.remoteID,
		}
		if e.index >= 0 {
			t.Index = e.index
		}
		if !t.Managed && e.iface == "" {
			t.Ends[i].Interface = "vti0"
			l.gap("tunnel "+t.Name, "end."+e.box.node.Name+".interface", "CHANGE-ME", "no interface of the configuration has an address of %s", e.address.Masked())
		}
	}
	if a.index >= 0 && b.index >= 0 && a.index != b.index {
		b.box.remark(b.node, "The ends of tunnel %s are %s and %s; in a specification a tunnel has one number.", t.Name, a.iface, b.iface)
		t.Index = a.index
	}
	t.Ends[0].Peer, t.Ends[1].Peer = t.Ends[1], t.Ends[0]
	first := 0
	switch {
	case a.initiates && b.initiates && b.box.run != nil:
		b.box.remark(b.peer, "Both ends of tunnel %s initiate, which makes duplicate SAs. In a specification one does.", t.Name)
		fallthrough
	case a.initiates == b.initiates:
		if b.box.node.Uplink.Public.IsValid() {
			first = 1
		}
	case b.initiates:
		first = 1
	}
	t.Ends[first].Initiator = true
	if t.Ends[1].Node.Name < t.Ends[0].Node.Name {
		t.Ends[0], t.Ends[1] = t.Ends[1], t.Ends[0]
	}
}

// security takes over proposals, times and what is known of NAT.
func (l *lifting) security(k *link) {
	t := k.tunnel
	for _, e := range k.ends {
		if e.box.run == nil {
			continue
		}
		t.IKE.Lifetime = max(t.IKE.Lifetime, e.ike.Lifetime)
		t.ESP.Lifetime = max(t.ESP.Lifetime, e.esp.Lifetime)
		if len(t.IKE.Proposals) == 0 {
			t.IKE.Proposals = e.ike.Proposals
		} else if len(e.ike.Proposals) > 0 && !slices.Equal(t.IKE.Proposals, e.ike.Proposals) {
			e.box.remark(e.peer, "The ends of tunnel %s have different IKE proposals; a specification has one list.", t.Name)
		}
		if len(t.ESP.Proposals) == 0 {
			t.ESP.Proposals = e.esp.Proposals
		} else if len(e.esp.Proposals) > 0 && !slices.Equal(t.ESP.Proposals, e.esp.Proposals) {
			e.box.remark(e.peer, "The ends of tunnel %s have different ESP proposals; a specification has one list.", t.Name)
		}
		if t.DPD.Interval == 0 {
			t.DPD.Interval = e.dpd.Interval
		}
		if e.dpd.Action != "" && (t.DPD.Action == "" || e.initiates) {
			t.DPD.Action = e.dpd.Action
		}
		t.NATT.Forced = t.NATT.Forced || e.forced
	}
	for i := range k.ends { // the initiator's own counts where both initiate
		if e := k.ends[i]; e.dpd.Action != "" && t.Ends[0].Node == e.box.node && t.Ends[0].Initiator {
			t.DPD.Action = e.dpd.Action
		}
	}
	path := min(k.ends[0].box.node.Uplink.MTU, k.ends[1].box.node.Uplink.MTU)
	t.NATT.Encap = true
	for _, e := range k.ends {
		if e.box.run != nil && !e.encapsulates(path) {
			t.NATT.Encap = false
		}
	}
}

// session takes over what is known of BGP and of the routes over a tunnel.
func (l *lifting) session(k *link) {
	t := k.tunnel
	for _, e := range k.ends {
		if e.speaks {
			if t.BGP.Hold == 0 {
				t.BGP.Keepalive, t.BGP.Hold = e.bgp.Keepalive, e.bgp.Hold
			} else if t.BGP.Keepalive != e.bgp.Keepalive || t.BGP.Hold != e.bgp.Hold {
				e.box.remark(e.node, "The ends of tunnel %s have different BGP timers; a specification has one pair.", t.Name)
			}
			t.BGP.BFD = t.BGP.BFD || e.bgp.BFD
		}
		// only a marked configuration leaves the blackholes out on purpose
		if e.marked && e.box.run != nil && slices.ContainsFunc(e.imports, func(p netip.Prefix) bool { return !slices.Contains(e.blackholes, p) }) {
			t.BackupPath = true
		}
	}
}

// hostRoute returns the next hops of a static host route.
func (b *gate) hostRoute(a netip.Addr) (config.Node, []netip.Addr) {
	var hops []netip.Addr
	r := find(b.root, "protocols", "static", "route"+six(a), netip.PrefixFrom(a, a.BitLen()).String())
	for _, h := range all(r, "next-hop") {
		hops = append(hops, address(h))
	}
	return r, hops
}
