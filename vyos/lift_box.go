package vyos

import (
	"iter"
	"net/netip"
	"slices"
	"strconv"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// find descends from a node that may be the zero one.
func find(n config.Node, path ...string) config.Node {
	if !n.Valid() {
		return n
	}
	n, _ = n.Find(path...)
	return n
}

// has reports whether there is a node at a path.
func has(n config.Node, path ...string) bool { return find(n, path...).Valid() }

// get is the first value of a leaf; empty when there is none.
func get(n config.Node, path ...string) string {
	last := len(path) - 1
	n = find(n, path[:last]...)
	if !n.Valid() {
		return ""
	}
	v, _ := n.Value(path[last])
	return v
}

// all are the values of a leaf, or the instances of a tag.
func all(n config.Node, path ...string) []string {
	last := len(path) - 1
	n = find(n, path[:last]...)
	if !n.Valid() {
		return nil
	}
	return n.Values(path[last])
}

// below yields what stands below the node at a path.
func below(n config.Node, path ...string) iter.Seq[config.Node] {
	n = find(n, path...)
	if !n.Valid() {
		return func(func(config.Node) bool) {}
	}
	return n.Children()
}

// number is the value of a leaf as a number, or the default when it is none.
func number(n config.Node, def int, path ...string) int {
	if v, err := strconv.Atoi(get(n, path...)); err == nil && v >= 0 {
		return v
	}
	return def
}

// address is a text as an address; the zero Addr when it is none that the model holds.
func address(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return netip.Addr{}
	}
	return a
}

// prefix is a text as a prefix; the zero Prefix when it is none that the model holds.
func prefix(s string) netip.Prefix {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}
	}
	return p
}

// A nic is a physical interface or a VLAN of one.
type nic struct {
	name  string // as in eth1 or eth1.20
	node  config.Node
	addrs []netip.Prefix
	mtu   int // 0: not set
}

func (b *gate) readNICs() {
	for _, kind := range []string{"ethernet", "bonding"} {
		for n := range below(b.root, "interfaces", kind) {
			b.nics = append(b.nics, newNIC(n.Name(), n))
			for v := range below(n, "vif") {
				b.nics = append(b.nics, newNIC(n.Name()+"."+v.Name(), v))
			}
		}
	}
	slices.SortFunc(b.nics, func(x, y nic) int { return config.LexicalNumeric.Compare(x.name, y.name) })
}

func newNIC(name string, n config.Node) nic {
	out := nic{name: name, node: n, mtu: number(n, 0, "mtu")}
	for _, a := range all(n, "address") {
		if p := prefix(a); p.IsValid() {
			out.addrs = append(out.addrs, p)
		}
	}
	return out
}

// nic finds a NIC by name.
func (b *gate) nic(name string) *nic {
	for i := range b.nics {
		if b.nics[i].name == name {
			return &b.nics[i]
		}
	}
	return nil
}

// holder finds the NIC whose address for which ok holds.
func (b *gate) holder(ok func(netip.Prefix) bool) (*nic, netip.Prefix) {
	for i := range b.nics {
		for _, p := range b.nics[i].addrs {
			if ok(p) {
				return &b.nics[i], p
			}
		}
	}
	return nil, netip.Prefix{}
}

// isPort reports whether a NIC is in one of the bridges that became stretches.
func (b *gate) isPort(name string) bool {
	return slices.ContainsFunc(b.ports, func(p *port) bool { return p.member == name })
}

// readUplink finds the interface that the tunnels leave by: the one with the address that IKE is bound to,
// else the one that IPsec is told, else the one towards the default route, else the first with an address
// that is in no bridge.
func (b *gate) readUplink() {
	u := &b.node.Uplink
	u.MTU = 1500
	var local, id netip.Addr
	for _, e := range b.ends {
		if e.managed && e.local.IsValid() {
			if local.IsValid() && e.local != local {
				b.remark(e.node, "Tunnel %s leaves by %s and others by %s. A gateway has one uplink in a specification.", e.name, e.local, local)
				continue
			}
			local, id = e.local, e.localID
		}
	}
	n, p := b.holder(func(p netip.Prefix) bool { return p.Addr() == local })
	if n == nil {
		n, p = b.guessUplink(local)
	}
	switch {
	case n != nil:
		u.Interface, u.Address = n.name, p
		if n.mtu != 0 {
			u.MTU = n.mtu
		}
	case local.IsValid():
		u.Address = netip.PrefixFrom(local, min(24, local.BitLen()))
		u.Interface = b.bound()
	}
	if id.IsValid() && id != local && id.Is4() == local.Is4() {
		u.Public = id
	}
}

// bound is the NIC that IPsec is told to use, when it is told one.
func (b *gate) bound() string {
	for _, path := range [][]string{{"vpn", "ipsec", "interface"}, {"vpn", "ipsec", "ipsec-interfaces", "interface"}} {
		if names := all(b.root, path...); len(names) == 1 && nicForm.MatchString(names[0]) {
			return names[0]
		}
	}
	return ""
}

// guessUplink is the uplink where no NIC has the address that IKE is bound to. With such an address there is
// none: no NIC's own is right.
func (b *gate) guessUplink(local netip.Addr) (*nic, netip.Prefix) {
	if local.IsValid() {
		return nil, netip.Prefix{}
	}
	if n := b.nic(b.bound()); n != nil && len(n.addrs) > 0 {
		return n, n.addrs[0]
	}
	for _, hop := range all(b.root, "protocols", "static", "route", "0.0.0.0/0", "next-hop") {
		if n, p := b.holder(func(p netip.Prefix) bool { return p.Contains(address(hop)) }); n != nil {
			return n, p
		}
	}
	free := func(withMTU bool) *nic {
		for i := range b.nics {
			if n := &b.nics[i]; len(n.addrs) > 0 && !b.isPort(n.name) && (n.mtu != 0 || !withMTU) {
				return n
			}
		}
		return nil
	}
	n := free(true) // our own output states the MTU of the uplink and of no other NIC with an address
	if n == nil {
		n = free(false)
	}
	if n == nil {
		return nil, netip.Prefix{}
	}
	return n, n.addrs[0]
}

// uplinkGaps records what is not known of the uplink.
func (l *lifting) uplinkGaps(b *gate) {
	u := &b.node.Uplink
	object := "gateway " + b.node.Name
	why := "no interface of the configuration has the address"
	if b.run == nil {
		why = "this gateway's configuration was not given"
	}
	if u.Interface == "" {
		u.Interface = "eth0"
		l.gap(object, "uplink.interface", "CHANGE-ME", "%s", why)
	}
	switch held, _ := b.holder(func(p netip.Prefix) bool { return p == u.Address }); {
	case !u.Address.IsValid():
		u.Address = netip.MustParsePrefix("192.0.2.1/24")
		l.gap(object, "uplink.address", "CHANGE-ME", "%s", why)
	case b.run == nil && u.Public.IsValid():
		l.gap(object, "uplink.address", "CHANGE-ME", "behind NAT, as the size of the tunnel shows: its own address, with the length of its network")
	case held == nil:
		l.gap(object, "uplink.address", u.Address.Addr().String()+"/CHANGE-ME", "the length of its network: %s", why)
	}
}

// static yields the static routes with a next hop, of both families.
func (b *gate) static(visit func(p netip.Prefix, route config.Node, hops []netip.Addr)) {
	for _, family := range []string{"route", "route6"} {
		for r := range below(b.root, "protocols", "static", family) {
			p := prefix(r.Name())
			if !p.IsValid() || p != p.Masked() {
				continue
			}
			var hops []netip.Addr
			for _, h := range all(r, "next-hop") {
				if a := address(h); a.IsValid() {
					hops = append(hops, a)
				}
			}
			visit(p, r, hops)
		}
	}
}

// readNetworks finds the networks that the box announces and its way to them.
func (b *gate) readNetworks() {
	asn, bgp := bgpProcess(b.root)
	b.node.ASN = asn
	b.node.RouterID = address(get(bgp, "parameters", "router-id"))
	managed := slices.ContainsFunc(b.ends, func(e *end) bool { return e.managed })
	if !managed {
		b.node.ASN, b.node.RouterID = 0, netip.Addr{}
	}
	for _, p := range b.ports {
		if p.loopback {
			b.node.RouterID = p.source // the address that frames are sent from is the identifier
		}
	}
	if managed {
		b.announced(bgp)
	}
	slices.SortFunc(b.own, comparePrefixes)
	b.own = slices.Compact(b.own)
	b.readInside()
}

func comparePrefixes(x, y netip.Prefix) int {
	if c := x.Addr().Compare(y.Addr()); c != 0 {
		return c
	}
	return x.Bits() - y.Bits()
}

// announced collects the networks that BGP announces to the far ends.
func (b *gate) announced(bgp config.Node) {
	for _, e := range b.ends {
		if !e.managed {
			continue
		}
		for _, family := range []string{"ipv4-unicast", "ipv6-unicast"} {
			for n := range below(bgp, "address-family", family, "network") {
				p := prefix(n.Name())
				if p.IsValid() && p == p.Masked() && p.Bits() > 0 && e.announces(p) {
					b.own = append(b.own, p)
					b.part(n)
				}
			}
		}
	}
}

// readInside finds the way to the site's own networks: the NIC that has the next hop of their routes, or that
// is in one of them.
func (b *gate) readInside() {
	votes := make(map[netip.Addr]int)
	var routes []config.Node
	b.static(func(p netip.Prefix, r config.Node, hops []netip.Addr) {
		if !slices.Contains(b.own, p) {
			return
		}
		routes = append(routes, r)
		for _, h := range hops {
			votes[h]++
		}
	})
	var hop netip.Addr
	for h, n := range votes {
		if m := votes[hop]; n > m || n == m && h.Compare(hop) < 0 {
			hop = h
		}
	}
	u := &b.node.Uplink
	if hop.IsValid() {
		if u.Address.IsValid() && u.Address.Contains(hop) {
			u.NextHop = hop
			b.parts = append(b.parts, routes...)
			return
		}
		if n, p := b.holder(func(p netip.Prefix) bool { return p.Contains(hop) && p.Addr() != hop }); n != nil && !b.isPort(n.name) {
			b.node.Inside = &ir.Inside{Interface: n.name, Address: p, NextHop: hop}
			b.parts = append(b.parts, routes...)
		}
		return
	}
	inNetwork := func(p netip.Prefix) bool { return slices.Contains(b.own, p.Masked()) }
	if n, p := b.holder(inNetwork); n != nil && n.name != u.Interface && !b.isPort(n.name) {
		b.node.Inside = &ir.Inside{Interface: n.name, Address: p}
		return
	}
	// a marked configuration may state the inside address although no route needs it; another NIC with an
	// address is more likely somebody else's when there are several
	var rest []*nic
	for i := range b.nics {
		if n := &b.nics[i]; len(n.addrs) == 1 && n.name != u.Interface && !b.isPort(n.name) && n.mtu == 0 && !has(n.node, "description") {
			rest = append(rest, n)
		}
	}
	if b.marked && len(rest) == 1 && !rest[0].addrs[0].Overlaps(u.Address) {
		b.node.Inside = &ir.Inside{Interface: rest[0].name, Address: rest[0].addrs[0]}
	}
}

// otherHost is a host of a prefix other than those that are taken.
func otherHost(p netip.Prefix, taken ...netip.Addr) netip.Addr {
	a := p.Masked().Addr()
	if p.Addr().BitLen()-p.Bits() > 1 {
		a = a.Next()
	}
	for p.Contains(a) {
		if !slices.Contains(taken, a) {
			return a
		}
		a = a.Next()
	}
	return netip.Addr{}
}
