package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// readGuards finds the tunnels that others run. Their interfaces carry no mark; what is known of them is the
// rule against clear text, the list that remembers the blackhole, and the VXLAN over them.
func (b *gate) readGuards() {
	for _, ip := range []string{"ipv4", "ipv6"} {
		for r := range below(b.root, "firewall", ip, "output", "filter", "rule") {
			if b.guarded(r) {
				b.part(r)
			}
			spec, object := markAt(r)
			n, err := strconv.Atoi(r.Name())
			if spec == "" || spec != b.spec || err != nil || n < outputRules || n >= bridgeRules || b.end(objectName(object)) != nil {
				continue
			}
			b.ends = append(b.ends, &end{
				box: b, node: r, name: objectName(object), marked: true, index: n - outputRules,
				iface: strings.TrimPrefix(get(r, "outbound-interface", "name"), "!"),
			})
		}
	}
	b.readGuardLists()
	if b.spec == "" {
		b.readForeignTunnels()
	}
	for _, e := range b.ends {
		if !e.managed {
			b.locate(e)
		}
		if !e.far.IsValid() {
			b.findFar(e)
		}
	}
	b.ends = slices.DeleteFunc(b.ends, func(e *end) bool {
		if e.far.IsValid() {
			return false
		}
		b.remark(e.node, "Nothing says which address the far end of tunnel %s has.", e.name)
		return true
	})
	b.readFrameRules()
}

// guarded reports whether a rule keeps VXLAN of one of the tunnels from leaving in clear.
func (b *gate) guarded(rule config.Node) bool {
	name, ok := strings.CutPrefix(get(rule, "outbound-interface", "name"), "!")
	return ok && get(rule, "destination", "port") == "4789" && slices.ContainsFunc(b.ends, func(e *end) bool { return e.iface == name })
}

// readFrameRules notes the rules that keep switches of the two sites from talking to each other.
func (b *gate) readFrameRules() {
	for r := range below(b.root, "firewall", "bridge", "forward", "filter", "rule") {
		if !slices.Contains(groupMACs, get(r, "destination", "mac-address")) {
			continue
		}
		for _, dir := range []string{"inbound-interface", "outbound-interface"} {
			if g := get(r, dir, "group"); g != "" && g == ir.ObjectName(b.spec, "vxlan") {
				b.part(r)
			}
			if slices.ContainsFunc(b.ports, func(p *port) bool { return p.vxlan.Name() == get(r, dir, "name") }) {
				b.part(r)
			}
		}
	}
	for _, path := range [][]string{{"firewall", "group", "interface-group"}, {"policy", "prefix-list"}, {"policy", "prefix-list6"}} {
		for n := range below(b.root, path...) {
			if spec, _ := markAt(n); spec != "" && spec == b.spec {
				b.part(n)
			}
		}
	}
}

// end finds an end by the tunnel's name.
func (b *gate) end(name string) *end {
	for _, e := range b.ends {
		if e.name == name {
			return e
		}
	}
	return nil
}

// readGuardLists reads the lists that remember blackholes.
func (b *gate) readGuardLists() {
	for _, family := range []string{"prefix-list", "prefix-list6"} {
		for list := range below(b.root, "policy", family) {
			spec, object := markAt(list)
			if spec == "" || spec != b.spec || list.Name() != ir.ObjectName(spec, object)+"-guard" {
				continue
			}
			e := b.end(objectName(object))
			if e == nil {
				e = &end{box: b, node: list, name: objectName(object), marked: true, index: -1}
				b.ends = append(b.ends, e)
			}
			if p := prefix(get(find(list, "rule", strconv.Itoa(denyTunnel)), "prefix")); p.IsValid() && !e.managed {
				e.address = p
			}
			for r := range below(list, "rule") {
				if route := find(b.root, "protocols", "static", "route"+six(prefix(get(r, "prefix")).Addr()), get(r, "prefix")); route.Valid() {
					b.part(route)
				}
			}
		}
	}
}

// readForeignTunnels takes the interfaces that VXLAN runs over, on a box without marks, as tunnels of others.
func (b *gate) readForeignTunnels() {
	for _, p := range b.ports {
		for _, r := range p.remotes {
			if slices.ContainsFunc(b.ends, func(e *end) bool { return e.address.Contains(r) }) {
				continue
			}
			name, addr, node := b.interfaceFor(func(q netip.Prefix) bool { return q.Contains(r) && q.Addr() != r })
			if name == "" || b.nic(name) != nil {
				continue
			}
			b.ends = append(b.ends, &end{
				box: b, node: node, name: toLabel(name, "tunnel"), iface: name, index: -1, address: addr, far: r,
			})
		}
	}
}

// interfaceFor finds an interface of any kind by its address.
func (b *gate) interfaceFor(ok func(netip.Prefix) bool) (string, netip.Prefix, config.Node) {
	for kind := range below(b.root, "interfaces") {
		if kind.Name() == "bridge" || kind.Name() == "vxlan" {
			continue
		}
		for n := range kind.Children() {
			for _, a := range all(n, "address") {
				if p := prefix(a); p.IsValid() && ok(p) {
					return n.Name(), p, n
				}
			}
		}
	}
	return "", netip.Prefix{}, config.Node{}
}

// locate finds the interface and the address of a tunnel that others run.
func (b *gate) locate(e *end) {
	name, addr, _ := b.interfaceFor(func(p netip.Prefix) bool { return p.Masked() == e.address.Masked() })
	if name == "" {
		for _, p := range b.ports {
			if p.source.IsValid() && !p.loopback && e.address.IsValid() && e.address.Contains(p.source) {
				addr = netip.PrefixFrom(p.source, e.address.Bits())
			}
		}
	}
	if e.iface == "" {
		e.iface = name
	}
	if addr.IsValid() {
		e.address = addr
	} else if e.address.IsValid() {
		e.address = e.address.Masked() // which end has which address is found when both are known
	}
}

// findFar finds the far end's address inside a tunnel without a neighbor.
func (b *gate) findFar(e *end) {
	if !e.address.IsValid() {
		return
	}
	own := e.address.Addr()
	inside := func(a netip.Addr) bool { return e.address.Contains(a) && a != own }
	for _, p := range b.ports {
		for _, r := range p.remotes {
			if !p.loopback && inside(r) {
				e.far = r
			}
		}
	}
	b.static(func(_ netip.Prefix, _ config.Node, hops []netip.Addr) {
		for _, h := range hops {
			if !e.far.IsValid() && inside(h) {
				e.far = h
			}
		}
	})
	if room := own.BitLen() - e.address.Bits(); !e.far.IsValid() && room >= 1 && room <= 2 && own != e.address.Masked().Addr() {
		e.far = otherHost(e.address, own)
	}
	if e.far.IsValid() && own == e.address.Masked().Addr() && own.BitLen()-e.address.Bits() == 2 {
		e.address = netip.PrefixFrom(otherHost(e.address, e.far), e.address.Bits())
	}
}
