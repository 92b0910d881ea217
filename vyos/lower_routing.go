package vyos

import (
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Rule numbers of prefix lists. They follow from what a rule is about, never from its place in a list, so
// that adding one changes no other: a denied subnet takes the index of its stretch, a permitted network a
// hash. Denials stand before permissions, as rules are tried in order.
const (
	denyRules   = 50000 // rules 1 to 49999 deny stretched subnets
	denyTunnel  = 50000 // denies the tunnel's own prefix, and on the box remembers its blackhole
	denyVTEP    = 1     // of a list "guard": remembers the routes of the far loopback VTEP
	denyHost    = 50001 // denies a host that is routed over the tunnel, and remembers its route
	permitRules = 50002 // to 65535
)

// guard keeps packets of a tunnel from leaving in clear: a blackhole behind the connected route (N1), one
// for each routed network (N2), and a rule on packets that the box itself sends (N3).
func (l *lowering) guard(e *ir.End) {
	object := tunnelObject(e.Tunnel)
	for _, p := range e.Blackholes {
		l.blackhole(object, p)
	}
	if !e.Tunnel.Managed {
		// there are no filters that could remember the blackhole, so a list of its own does
		list := l.prefixList(object, e, "guard", e.Address.Addr())
		l.deny(list, denyTunnel, e.Tunnel.Prefix)
		for _, p := range slices.Compact(e.Hosts) {
			l.deny(list, denyHost, p)
		}
	}
	for _, p := range e.Hosts {
		l.route(object, p).Ensure("next-hop", e.Peer.Address.Addr().String())
	}
	l.outputFilter(e)
}

// prefixList is a list of an end. Its description says without doubt which specification the list belongs
// to, and with it everything that the list indexes; the name may be read in two ways.
func (l *lowering) prefixList(object string, e *ir.End, what string, family netip.Addr) config.Node {
	list := l.own(object, "policy", "prefix-list"+six(family), l.listName(e, what))
	return list.Leaf("description", l.marker(e.Tunnel.Name))
}

func (l *lowering) listName(e *ir.End, what string) string {
	return l.name(e.Tunnel.Name) + "-" + what
}

// policy makes the filters of the session over a tunnel (N6).
func (l *lowering) policy(e *ir.End) {
	t := e.Tunnel
	object := tunnelObject(t)
	denials := l.denials(e)
	for _, dir := range []struct {
		name   string
		permit []netip.Prefix
	}{{"export", e.Export}, {"import", e.Import}} {
		list := l.prefixList(object, e, dir.name, e.Address.Addr())
		for _, d := range denials {
			l.deny(list, d.rule, d.subnet)
		}
		l.deny(list, denyTunnel, e.Tunnel.Prefix)
		for _, p := range slices.Compact(e.Hosts) {
			l.deny(list, denyHost, p) // a site has one controller
		}
		for _, rule := range permitNumbers(dir.permit) {
			r := list.Ensure("rule", itoa(rule.number))
			r.Leaf("action", "permit")
			if l.routes(e, rule.prefix) {
				r.Leaf("description", l.marker(t.Name))
			}
			r.Leaf("prefix", rule.prefix.String())
		}
	}
}

// routes reports whether the static route of a permitted network is ours too: its way in, or the blackhole
// behind what the far site announces. A description says so on the box, where such a route may as well be
// somebody else's.
func (l *lowering) routes(e *ir.End, p netip.Prefix) bool {
	if slices.Contains(e.Export, p) {
		_, ok := l.wayIn(p)
		return ok
	}
	return slices.Contains(e.Blackholes, p)
}

// deny adds a rule that denies a prefix and all within it.
func (l *lowering) deny(list config.Node, rule int, p netip.Prefix) {
	r := list.Ensure("rule", itoa(rule))
	r.Leaf("action", "deny")
	if p.Bits() < p.Addr().BitLen() {
		r.Leaf("le", itoa(p.Addr().BitLen()))
	}
	r.Leaf("prefix", p.String())
}

type denial struct {
	rule   int
	subnet netip.Prefix
}

// denyRule is the rule of a list that denies the subnet of the stretch with an index.
func denyRule(index int) int { return 1 + (index+denyRules-2)%(denyRules-1) }

// denials are the subnets that an end must not announce or accept, with their rules.
func (l *lowering) denials(e *ir.End) []denial {
	var out []denial
	stretched := make(map[netip.Prefix]bool, len(e.Stretched))
	for _, p := range e.Stretched {
		stretched[p] = true
	}
	numbers := make(map[int]*ir.Attachment, len(e.Stretched))
	add := func(a *ir.Attachment) {
		s := a.Stretch
		if !stretched[s.Subnet] {
			return
		}
		rule := denyRule(s.Index)
		if first := numbers[rule]; first != nil {
			if first.Stretch.Index != s.Index && a.Node == l.n {
				l.report("E0612", s.Ranges.Index, "Stretches %s and %s take the same rule of a prefix list on gateway %s, number %d, since their indexes %d and %d are alike modulo %d. Write another index in one of them.",
					first.Stretch.Name, s.Name, l.n.Name, rule, first.Stretch.Index, s.Index, denyRules-1)
			}
			return
		}
		numbers[rule] = a
		out = append(out, denial{rule, s.Subnet})
	}
	for _, a := range l.n.Attaches {
		add(a)
	}
	for _, a := range e.Peer.Node.Attaches {
		add(a)
	}
	return out
}

type permission struct {
	number int
	prefix netip.Prefix
}

// permitNumbers gives each network a rule: a hash of it, or the next free number in the rare case that two
// have one.
func permitNumbers(networks []netip.Prefix) []permission {
	used := make(map[int]bool, len(networks))
	out := make([]permission, 0, len(networks))
	for _, p := range networks {
		h := uint32(2166136261) // FNV-1a
		for _, b := range p.Addr().AsSlice() {
			h = (h ^ uint32(b)) * 16777619
		}
		h = (h ^ uint32(p.Bits())) * 16777619
		const room = 65536 - permitRules
		n := int(h % room)
		for used[n] {
			n = (n + 1) % room
		}
		used[n] = true
		out = append(out, permission{permitRules + n, p})
	}
	return out
}

// bgp is the path of the BGP process.
func (l *lowering) bgp() []string {
	if l.rel.Has(release.SystemAS) {
		return []string{"protocols", "bgp"}
	}
	return []string{"protocols", "bgp", itoa(int(l.n.ASN))}
}

// neighbor makes the eBGP session over a tunnel.
func (l *lowering) neighbor(e *ir.End) {
	t := e.Tunnel
	peer := e.Peer.Address.Addr()
	nb := l.own(tunnelObject(t), join(l.bgp(), "neighbor", peer.String())...)
	nb.Leaf("description", l.marker(t.Name))
	nb.Leaf("remote-as", itoa(int(e.Peer.Node.ASN)))
	if t.BGP.Password.Name != "" {
		nb.Secret("password", t.BGP.Password.Name)
	}
	timers := nb.Ensure("timers")
	timers.Leaf("connect", seconds(t.BGP.Connect))
	timers.Leaf("holdtime", seconds(t.BGP.Hold))
	timers.Leaf("keepalive", seconds(t.BGP.Keepalive))
	nb.Leaf("update-source", e.Address.Addr().String())
	if t.BGP.BFD {
		nb.Flag("bfd")
		if !l.rel.Has(release.BFDByNeighbor) {
			l.own(tunnelObject(t), "protocols", "bfd", "peer", peer.String())
		}
	}
	af := nb.Ensure("address-family", addressFamily(peer))
	lists := af.Ensure("prefix-list")
	lists.Leaf("export", l.listName(e, "export"))
	lists.Leaf("import", l.listName(e, "import"))
	// so that a stretched prefix that the far side announces can be seen and reported
	af.Ensure("soft-reconfiguration").Flag("inbound")
}

// networks announces the site's own networks and routes to them, once for all tunnels.
func (l *lowering) networks() {
	var own []netip.Prefix
	speaks := false
	for _, e := range l.n.Ends {
		speaks = speaks || e.Tunnel.Managed
		for _, p := range e.Export {
			if !slices.Contains(own, p) {
				own = append(own, p)
			}
		}
	}
	if !speaks {
		return
	}
	object := l.gatewayObject()
	if l.rel.Has(release.SystemAS) {
		l.share(object, "protocols", "bgp", "system-as", itoa(int(l.n.ASN)))
	}
	l.share(object, join(l.bgp(), "parameters", "router-id", l.n.RouterID.String())...)
	for _, p := range own {
		l.index(object, join(l.bgp(), "address-family", addressFamily(p.Addr()), "network", p.String())...)
		if hop, ok := l.wayIn(p); ok {
			l.route(object, p).Ensure("next-hop", hop.String())
		}
	}
}

// wayIn is the next hop towards one of the site's own networks, when the specification gives one and the
// network is not connected.
func (l *lowering) wayIn(p netip.Prefix) (netip.Addr, bool) {
	hop := l.n.Uplink.NextHop
	if i := l.n.Inside; i != nil {
		if i.Address.Masked() == p {
			return netip.Addr{}, false
		}
		hop = i.NextHop
	}
	return hop, hop.IsValid() && hop.Is6() == p.Addr().Is6()
}
