package vyos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// defaultMTU is a NIC's MTU in octets when nothing is configured.
const defaultMTU = "1500"

// shared adds what others may use too and is missing, reports what contradicts it, and removes what only we
// can have used.
func (d *differ) shared() {
	for i, c := range d.wanted {
		if c.Holding == Shared && d.index[c.node] == i {
			d.share(c.Claim)
		}
	}
	d.retireIPsec()
	d.retireBGP()
}

func (d *differ) share(c Claim) {
	leaf, value := c.Path[:len(c.Path)-1], c.Path[len(c.Path)-1]
	if _, ok := d.target.Find(c.Path...); ok {
		return
	}
	kind, _ := config.Lookup(d.g, leaf...)
	switch name := leaf[len(leaf)-1]; {
	case kind == config.KindNode || kind == config.KindUnknown: // a flag
		d.target.Ensure(c.Path...)
	case name == "address":
		if d.otherAddress(leaf, value) {
			return
		}
		d.target.Ensure(leaf[:len(leaf)-1]...).Leaf(name, value)
	case kind == config.KindMulti:
		d.target.Ensure(leaf[:len(leaf)-1]...).Leaf(name, value)
	default:
		d.single(c, leaf, value)
	}
}

// single sets a shared leaf with one value.
func (d *differ) single(c Claim, leaf []string, value string) {
	parent, name := leaf[:len(leaf)-1], leaf[len(leaf)-1]
	n, _ := d.target.Find(parent...)
	var old string
	if n.Valid() {
		old, _ = n.Value(name)
	}
	switch {
	case old == "" && name == "mtu" && value == defaultMTU:
		return // it has that already
	case name == "mtu" && strings.HasPrefix(c.Object, "gateway ") && atLeast(old, value):
		return // mtu of the uplink is what the path carries, which may be less than the NIC does (N39)
	case old != "" && name == "mtu" && strings.HasPrefix(c.Object, "stretch "):
		if atLeast(old, value) {
			return
		}
		if !d.carriesOnlyOurs(parent) {
			d.nicMTU(c, leaf, old, value)
			return
		}
	case old != "" && name != "mtu" && d.onlyOurs():
		// nobody else can notice
	case old != "" && !d.o.Box:
		d.kept = append(d.kept, strings.Join(leaf, " ")+": "+old+" stays, the specification now says "+value+"; change it on the gateway first")
		return
	case old != "" && name == "system-as":
		d.report("E0704", d.n.Ranges.ASN, "Gateway %s runs BGP with another number:\n%sThe specification wants:\n%sA router has one. Write asn = %s, or remove BGP from the gateway.",
			d.n.Name, line(join(leaf, old)...), line(c.Path...), old)
		return
	case old != "":
		d.report("E0703", d.n.Origin, "Gateway %s has:\n%sThe specification wants:\n%sOthers may rely on what is there, so it is not changed. Make both alike: in the specification (%s), or by hand on the gateway.",
			d.n.Name, line(join(leaf, old)...), line(c.Path...), attributeOf(name))
		return
	}
	d.target.Ensure(parent...).Set(name, value)
}

// nicMTU reports a NIC whose VLANs are to carry more than the NIC does; a larger one is fine.
func (d *differ) nicMTU(c Claim, leaf []string, old, value string) {
	d.report("E0719", d.origin(c.Object), "Gateway %s has:\n%sA VLAN of it is to carry packets of %s octets (%s). Others may rely on what is there, so it is not changed: lower host_mtu, or type on the gateway:\n%s",
		d.n.Name, line(join(leaf, old)...), value, c.Object, line(c.Path...))
}

// carriesOnlyOurs reports whether a NIC of the target has no use but VLANs of ours, so that nobody else can notice what
// it carries at most.
func (d *differ) carriesOnlyOurs(nic []string) bool {
	n, ok := d.target.Find(nic...)
	if !ok || exists0(n, "address") || exists0(n, "bridge-group") {
		return false
	}
	for _, kind := range []string{"vif", "vif-s"} {
		if vlans, ok := n.Child(kind); ok {
			for v := range vlans.Children() {
				if !d.claims(v.Path()...) {
					return false
				}
			}
		}
	}
	for _, all := range d.foreignInterfaces() {
		for _, other := range all {
			for _, leaf := range []string{"source-interface", "link"} {
				if v, _ := other.Value(leaf); v == n.Name() {
					return false
				}
			}
			if _, ok := other.Find("member", "interface", n.Name()); ok {
				return false
			}
		}
	}
	return true
}

// atLeast reports whether an MTU is as large as another one.
func atLeast(old, value string) bool {
	have, err := strconv.Atoi(old)
	need, err2 := strconv.Atoi(value)
	return err == nil && err2 == nil && have >= need
}

// attributeOf is what of the specification a shared leaf comes from.
func attributeOf(leaf string) string {
	switch leaf {
	case "router-id":
		return "bgp { router_id } of the gateway"
	case "mtu":
		return "mtu of the uplink, or host_mtu"
	}
	return leaf
}

// onlyOurs reports whether the BGP process of the target holds nothing that is not ours.
func (d *differ) onlyOurs() bool {
	for _, root := range d.before.bgpRoots() {
		if n, ok := d.target.Find(root...); ok && !d.bgpUnused(n, true) {
			return false
		}
	}
	return true
}

// otherAddress reports an interface that has addresses, and not the one that the specification says. It is
// how the gateway is reached, perhaps by us.
func (d *differ) otherAddress(leaf []string, value string) bool {
	n, ok := d.have.Tree.Find(leaf...)
	if !ok || n.Empty() {
		return false
	}
	if !d.o.Box {
		d.kept = append(d.kept, strings.Join(leaf, " ")+": the specification now says "+value+"; renumber the interface by hand first")
		return true
	}
	at := d.n.Ranges.UplinkAddress
	if i := d.n.Inside; i != nil && slices.Equal(leaf[:len(leaf)-1], nicPath(i.Interface)) {
		at = d.n.Ranges.Inside
	}
	d.report("E0705", at, "Gateway %s has:\n%sThe specification wants:\n%sThe address of an interface that is in use is not changed. Correct the specification, or renumber the gateway first.",
		d.n.Name, d.lines(n), line(join(leaf, value)...))
	return true
}

// had reports whether there was something of ours below a path.
func (d *differ) had(prefix ...string) bool {
	top, ok := d.have.Tree.Find(prefix...)
	return ok && slices.ContainsFunc(d.before.parts, func(p part) bool { return p.node != top && p.node.Within(top) })
}

// claims reports whether the specification claims a path or something below it.
func (d *differ) claims(prefix ...string) bool {
	return slices.ContainsFunc(d.want.Claims, func(c Claim) bool {
		return len(c.Path) >= len(prefix) && slices.Equal(c.Path[:len(prefix)], prefix)
	})
}

// retireIPsec removes the settings of all IPsec when nothing uses them any more.
func (d *differ) retireIPsec() {
	ipsec, ok := d.target.Find("vpn", "ipsec")
	if !ok || d.claims("vpn", "ipsec") || !d.had("vpn", "ipsec") {
		return
	}
	list := d.rel.IPsec.Interfaces
	for c := range ipsec.Children() {
		unused := false
		switch c.Name() {
		case list[0]:
			n, ok := ipsec.Find(list...)
			unused = ok && only(n, d.n.Uplink.Interface) && onlyPath(c, list[1:])
		case "options":
			unused = only(c, "disable-route-autoinstall")
		}
		if !unused {
			d.keep("vpn ipsec", "other settings of IPsec on the gateway may use it")
			return
		}
	}
	ipsec.Remove()
}

// retireBGP removes number and identifier of BGP when nothing else of it is left.
func (d *differ) retireBGP() {
	for _, root := range d.before.bgpRoots() {
		n, ok := d.target.Find(root...)
		if !ok || d.claims(root...) || !d.had(root...) {
			continue
		}
		if !d.bgpUnused(n, false) {
			d.keep(strings.Join(root, " "), "other parts of BGP on the gateway may use number and router-id")
			continue
		}
		n.Remove()
	}
}

// bgpUnused reports whether a BGP process of the target has nothing but what is shared; with ours, also
// what carries our mark.
func (d *differ) bgpUnused(bgp config.Node, ours bool) bool {
	for c := range bgp.Children() {
		switch {
		case c.Name() == "system-as" && d.rel.Has(release.SystemAS):
		case c.Name() == "parameters" && only(c, "router-id"):
		case ours && d.allOurs(c):
		default:
			return false
		}
	}
	return true
}

// allOurs reports whether every leaf below a node of the target is ours or claimed.
func (d *differ) allOurs(n config.Node) bool {
	if d.before.has(n.Path()) || d.replaces(n) {
		return true
	}
	any := false
	for c := range n.Children() {
		if any = true; !d.allOurs(c) {
			return false
		}
	}
	return any
}

func (d *differ) keep(what, why string) {
	d.kept = append(d.kept, what+": "+why)
}

// only reports whether a node holds nothing but the child of that name.
func only(n config.Node, name string) bool {
	for c := range n.Children() {
		if c.Name() != name {
			return false
		}
	}
	return true
}

func onlyPath(n config.Node, path []string) bool {
	for _, name := range path {
		if !only(n, name) {
			return false
		}
		n, _ = n.Child(name)
	}
	return true
}

// peerConflict reports a peer that somebody made by hand for the address that ours is to have.
func (d *differ) peerConflict(c Claim, there config.Node) bool {
	if len(c.Path) != 5 || c.Path[3] != "peer" || d.rel.Has(release.PeerNames) {
		return false
	}
	d.report("E0711", d.origin(c.Object), "Gateway %s has a peer for the same address, made by hand:\n%sThe specification wants it for %s. Remove that peer, or take it over: --adopt '%s:%s'.",
		d.n.Name, d.lines(there), c.Object, d.n.Name, strings.Join(c.Path, " "))
	return true
}
