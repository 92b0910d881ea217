package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// bgpProcess finds the BGP process and its number, which is part of the path in older releases.
func bgpProcess(root config.Node) (ir.ASN, config.Node) {
	bgp := find(root, "protocols", "bgp")
	for _, leaf := range []string{"system-as", "local-as"} {
		if n, err := strconv.ParseUint(get(bgp, leaf), 10, 32); err == nil {
			return ir.ASN(n), bgp
		}
	}
	if bgp.Valid() {
		for c := range bgp.Children() {
			if n, err := strconv.ParseUint(c.Name(), 10, 32); err == nil {
				return ir.ASN(n), c
			}
		}
	}
	return 0, bgp
}

// readNeighbor reads the eBGP session over an end.
func (b *gate) readNeighbor(e *end) {
	_, bgp := bgpProcess(b.root)
	net := e.address.Masked()
	for n := range below(bgp, "neighbor") {
		a := address(n.Name())
		if !a.IsValid() || !net.Contains(a) || a == e.address.Addr() {
			continue
		}
		e.far, e.speaks = a, true
		b.part(n)
		as, err := strconv.ParseUint(get(n, "remote-as"), 10, 32)
		if err == nil {
			e.remoteAS = ir.ASN(as)
		}
		e.bgp.Keepalive = time.Duration(number(n, int(frrKeepalive/time.Second), "timers", "keepalive")) * time.Second
		e.bgp.Hold = time.Duration(number(n, int(frrHold/time.Second), "timers", "holdtime")) * time.Second
		e.bgp.BFD = has(n, "bfd")
		if p := find(b.root, "protocols", "bfd", "peer", n.Name()); p.Valid() {
			b.part(p)
		}
		e.password = secretAt(n, "password")
		family := addressFamily(a)
		e.filtered = get(n, "address-family", family, "prefix-list", "export") != ""
		e.exports, e.denied = b.readList(a, get(n, "address-family", family, "prefix-list", "export"))
		e.imports, _ = b.readList(a, get(n, "address-family", family, "prefix-list", "import"))
		return
	}
}

// readList reads a prefix list: what it permits exactly, and what it denies.
func (b *gate) readList(family netip.Addr, name string) (permits, denies []netip.Prefix) {
	list := find(b.root, "policy", "prefix-list"+six(family), name)
	if name == "" || !list.Valid() {
		return nil, nil
	}
	b.part(list)
	for r := range below(list, "rule") {
		p := prefix(get(r, "prefix"))
		switch {
		case !p.IsValid() || p != p.Masked() || p.Bits() == 0:
		case get(r, "action") == "permit":
			permits = append(permits, p)
		case get(r, "action") == "deny":
			denies = append(denies, p)
		}
	}
	return permits, denies
}

// readRoutes finds the static routes that belong to an end: those over it lead to the far networks, and
// blackholes keep packets from any other way.
func (b *gate) readRoutes(e *end) {
	b.static(func(p netip.Prefix, r config.Node, hops []netip.Addr) {
		if has(r, "blackhole") && (p == e.address.Masked() || slices.Contains(e.imports, p)) {
			e.blackholes = append(e.blackholes, p)
			b.part(r)
		}
		over := has(r, "interface", e.iface) || has(r, "interface-route", "next-hop-interface", e.iface)
		for _, h := range hops {
			over = over || h != e.address.Addr() && e.address.Contains(h)
		}
		if over && p.IsSingleIP() {
			e.hosts = append(e.hosts, hostRoute{p.Addr(), r})
		}
		if !over || p.IsSingleIP() || p.Bits() == 0 {
			return
		}
		if len(hops) > 0 && !e.far.IsValid() {
			e.far = hops[0]
		}
		if !slices.Contains(e.imports, p) {
			e.imports = append(e.imports, p)
		}
		b.remark(r, "The static route to %s over %s becomes a network of the far site, which BGP announces.", p, e.iface)
		b.part(r)
	})
}
