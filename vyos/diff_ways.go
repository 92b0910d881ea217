package vyos

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// checkWays refuses networks that are announced although packets for them would follow the default route
// (N5): VyOS announces them whether it has a route or not.
func (d *differ) checkWays() {
	for _, e := range d.n.Ends {
		for _, p := range e.Export {
			if d.hasWay(p) {
				continue
			}
			if dynamic := d.dynamic(); dynamic != "" {
				d.reportOnce("W0707", d.n.Origin, "Gateway %s announces %s and has no static or connected route to it. It runs %s, which may bring one; if not, packets from the far site follow the default route.", d.n.Name, p, dynamic)
				continue
			}
			d.reportOnce("E0714", d.n.Origin, "Gateway %s is to announce %s, and its best route there is %s. Packets from the far site would leave that way. Write a block inside with next_hop in the gateway, or type on the gateway:\n%s",
				d.n.Name, p, cmp.Or(d.far(p), d.defaultRoute(p.Addr())), line("protocols", "static", "route"+six(p.Addr()), p.String(), "next-hop", "ADDRESS"))
		}
	}
}

// hasWay reports whether the target has a route to a network that is better than the default route.
func (d *differ) hasWay(p netip.Prefix) bool {
	covers := func(q netip.Prefix) bool {
		return q.Bits() > 0 && q.Bits() <= p.Bits() && q.Contains(p.Addr())
	}
	static, _ := d.target.Find("protocols", "static", "route"+six(p.Addr()))
	if static.Valid() {
		for n := range static.Children() {
			if q, err := netip.ParsePrefix(n.Name()); err == nil && covers(q) && !d.onlyBehind(n, q) {
				return true
			}
		}
	}
	if n, ok := d.target.Find("protocols", "static", "interface-route"+six(p.Addr())); ok {
		for r := range n.Children() {
			if q, err := netip.ParsePrefix(r.Name()); err == nil && covers(q) {
				return true
			}
		}
	}
	return slices.ContainsFunc(d.connected(), func(q netip.Prefix) bool { return covers(q.Masked()) })
}

// onlyBehind reports whether a static route is nothing but the blackhole behind what the far site announces: it leads
// nowhere, and the route before it back to where the packets came from.
func (d *differ) onlyBehind(route config.Node, p netip.Prefix) bool {
	return only(route, "blackhole") && slices.ContainsFunc(d.n.Ends, func(e *ir.End) bool { return slices.Contains(e.Import, p) && slices.Contains(e.Blackholes, p) })
}

// far is the network of a far site that covers one of the own, empty where none does.
func (d *differ) far(p netip.Prefix) string {
	for _, e := range d.n.Ends {
		for _, q := range e.Import {
			if q.Bits() < p.Bits() && q.Contains(p.Addr()) {
				return "to " + q.String() + ", back over tunnel " + e.Tunnel.Name
			}
		}
	}
	return ""
}

// connected are the addresses of the target's interfaces.
func (d *differ) connected() []netip.Prefix {
	var out []netip.Prefix
	add := func(n config.Node) {
		for _, s := range n.Values("address") {
			if q, err := netip.ParsePrefix(s); err == nil {
				out = append(out, q)
			}
		}
	}
	interfaces, ok := d.target.Find("interfaces")
	if !ok {
		return nil
	}
	for kind := range interfaces.Children() {
		for n := range kind.Children() {
			add(n)
			if vifs, ok := n.Child("vif"); ok {
				for v := range vifs.Children() {
					add(v)
				}
			}
		}
	}
	return out
}

// dynamic names the routing protocols of the gateway that may bring a route.
func (d *differ) dynamic() string {
	var out []string
	for _, name := range []string{"ospf", "ospfv3", "isis", "rip", "ripng", "eigrp"} {
		if exists(d.have.Tree, "protocols", name) {
			out = append(out, name)
		}
	}
	for _, root := range d.before.bgpRoots() {
		for n := range d.before.instances(join(root, "neighbor")...) {
			if _, ours := d.before.described(n); !ours {
				out = append(out, "BGP with "+n.Name())
			}
		}
	}
	return strings.Join(out, ", ")
}

// defaultRoute says where the default route leads.
func (d *differ) defaultRoute(a netip.Addr) string {
	prefix := "0.0.0.0/0"
	if a.Is6() {
		prefix = "::/0"
	}
	n, ok := d.target.Find("protocols", "static", "route"+six(a), prefix)
	if !ok {
		return "none"
	}
	hops := n.Values("next-hop")
	if len(hops) == 0 {
		return "the default route"
	}
	return "the default route by " + strings.Join(hops, ", ")
}
