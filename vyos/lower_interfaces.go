package vyos

import (
	"net/netip"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// LoopbackVTEP is the dummy interface that carries the address of loopback VTEPs. It is one for all
// stretches of a gateway, so its number cannot come from one of them; VXLAN's port is unlikely to be taken.
const LoopbackVTEP = "dum4789"

// nicPath is where a NIC, or a VLAN of it, is configured.
func nicPath(name string) []string {
	nic, vlan, tagged := strings.Cut(name, ".")
	kind := "ethernet"
	if strings.HasPrefix(nic, "bond") {
		kind = "bonding"
	}
	path := []string{"interfaces", kind, nic}
	if tagged {
		path = append(path, "vif", vlan)
	}
	return path
}

func join(path []string, more ...string) []string {
	return append(path[:len(path):len(path)], more...)
}

// uplink states the addresses that the tunnel relies on. They were there before us, so they are shared.
func (l *lowering) uplink() {
	u := l.n.Uplink
	l.share(l.gatewayObject(), join(nicPath(u.Interface), "address", u.Address.String())...)
	l.share(l.gatewayObject(), join(nicPath(u.Interface), "mtu", itoa(max(u.MTU, l.nicMTU[u.Interface])))...)
	l.trunk(l.gatewayObject(), u.Interface)
	if i := l.n.Inside; i != nil {
		l.share(l.gatewayObject(), join(nicPath(i.Interface), "address", i.Address.String())...)
	}
}

// nicMTUs are what each NIC needs for all that the node runs over it, VLANs included, in octets. A VLAN cannot be
// larger than its NIC.
func nicMTUs(n *ir.Node) map[string]int {
	need := make(map[string]int)
	use := func(name string, mtu int) {
		nic, _, _ := strings.Cut(name, ".")
		need[nic] = max(need[nic], mtu)
	}
	use(n.Uplink.Interface, n.Uplink.MTU)
	for _, a := range n.Attaches {
		use(a.Interface, a.HostMTU)
	}
	return need
}

// trunk makes the NIC of a VLAN as large as its largest VLAN, where that is more than a NIC has by itself.
// Others use the NIC too.
func (l *lowering) trunk(object, vlan string) {
	const ethernet = 1500
	nic, _, tagged := strings.Cut(vlan, ".")
	if need := l.nicMTU[nic]; tagged && need > ethernet {
		l.share(object, join(nicPath(nic), "mtu", itoa(need))...)
	}
}

// vti makes the interface whose packets are encrypted.
func (l *lowering) vti(e *ir.End) {
	object := tunnelObject(e.Tunnel)
	v := l.own(object, "interfaces", "vti", e.Interface)
	v.Leaf("address", e.Address.String())
	v.Leaf("description", l.marker(e.Tunnel.Name))
	v.Leaf("mtu", itoa(e.Tunnel.MTU))
	if l.rel.Has(release.VTISourceValidation) {
		// hosts that moved answer by another way than they were asked (N9)
		v.Ensure("ip").Leaf("source-validation", "loose")
	}
	// routed TCP only: bridged segments never pass the hook that this ends in
	switch l.rel.MSS {
	case release.MSSOnInterface:
		v.Ensure("ip").Leaf("adjust-mss", "clamp-mss-to-pmtu")
		if e.Address.Addr().Is6() {
			v.Ensure("ipv6").Leaf("adjust-mss", "clamp-mss-to-pmtu")
		}
	case release.MSSFirewallOptions:
		const headers = 20 + 20 // IPv4 and TCP
		mss := min(e.Tunnel.MTU-headers, l.rel.MSSMax)
		l.own(object, "firewall", "options", "interface", e.Interface).Leaf("adjust-mss", itoa(mss))
	}
}

// port prepares the NIC, or its VLAN, that becomes a member of the bridge.
func (l *lowering) port(a *ir.Attachment) {
	object := stretchObject(a.Stretch)
	path := nicPath(a.Port())
	if a.Tagged {
		l.own(object, path...)
	} else {
		// the NIC itself was there before; only what is written below is ours
		l.claim(Owned, object, join(path, "description"))
		l.claim(Owned, object, join(path, "mtu"))
	}
	nic := l.out.Tree.Ensure(path...)
	nic.Leaf("description", l.marker(a.Stretch.Name))
	nic.Leaf("mtu", itoa(max(a.HostMTU, l.nicMTU[a.Port()])))
	if !l.rel.Has(release.BridgeMembers) {
		if !a.Tagged {
			l.claim(Owned, object, join(path, "bridge-group"))
		}
		nic.Ensure("bridge-group").Leaf("bridge", a.Bridge())
	}
	l.trunk(object, a.Port())
}

// bridge joins NIC and VXLAN, and holds the gateway's own address in the subnet.
func (l *lowering) bridge(a *ir.Attachment) {
	s := a.Stretch
	br := l.own(stretchObject(s), "interfaces", "bridge", a.Bridge())
	if a.Address.IsValid() {
		br.Leaf("address", a.Address.String())
	}
	br.Leaf("aging", seconds(s.MACAging))
	br.Leaf("description", l.marker(s.Name))
	br.Leaf("mac", a.MAC)
	if off := l.rel.STPOff; off != nil {
		br.Leaf(off[0], off[1])
	}
	if l.rel.Has(release.BridgeMTU) {
		l.state(br, "mtu", itoa(a.HostMTU))
	}
	if !s.RouteFromStretch && l.rel.Has(release.BridgeNoForwarding) {
		br.Ensure("ip").Flag("disable-forwarding")
	}
	if !s.RouteFromStretch && s.Subnet.Addr().Is6() {
		// the kernel forwards IPv6 on all interfaces or none; this makes the bridge a host to its neighbours: no
		// router flag, no router advertisements (RFC 4861, section 6.3.4)
		br.Ensure("ipv6").Flag("disable-forwarding")
	}
	if s.Subnet.Addr().Is4() && l.rel.Has(release.BridgeNoLinkLocal) {
		// the gateway takes no part in the tenants' IPv6 (N22)
		br.Ensure("ipv6", "address").Flag("no-default-link-local")
	}
	if l.rel.Has(release.BridgeMembers) {
		br.Ensure("member", "interface", a.Port())
		br.Ensure("member", "interface", a.VXLAN())
	}
}

// vxlan makes the device that carries frames between the sites.
func (l *lowering) vxlan(a *ir.Attachment) {
	s := a.Stretch
	vx := l.own(stretchObject(s), "interfaces", "vxlan", a.VXLAN())
	vx.Leaf("description", l.marker(s.Name))
	vx.Leaf("mtu", itoa(a.HostMTU))
	for _, r := range a.Remotes {
		vx.Leaf("remote", r.VTEP.String())
	}
	if a.Source.IsValid() && l.rel.Has(release.VXLANSource) {
		vx.Leaf("source-address", a.Source.String())
	}
	vx.Leaf(l.rel.VXLANPort, "4789")
	vx.Leaf("vni", itoa(int(s.VNI)))
	switch {
	case a.Paused && l.rel.Has(release.VXLANDisable):
		vx.Flag("disable")
	case !a.Paused && !l.rel.Has(release.BridgeMembers):
		vx.Ensure("bridge-group").Leaf("bridge", a.Bridge())
	}
}

// loopback gives the node the address that its loopback VTEPs send from, and a route to each remote one
// over every tunnel that leads there.
func (l *lowering) loopback() {
	if !l.n.Loopback.IsValid() {
		return
	}
	dum := l.own(l.gatewayObject(), "interfaces", "dummy", LoopbackVTEP)
	dum.Leaf("address", netip.PrefixFrom(l.n.Loopback, l.n.Loopback.BitLen()).String())
	dum.Leaf("description", l.marker(l.n.Label))
	for _, a := range l.n.Attaches {
		if a.Stretch.VTEP != ir.VTEPLoopback {
			continue
		}
		for _, t := range a.Stretch.Tunnels {
			for _, e := range t.Ends {
				if e.Node != l.n {
					continue
				}
				remote := e.Peer.Node.Loopback
				if !remote.IsValid() {
					continue
				}
				host := netip.PrefixFrom(remote, remote.BitLen())
				l.route(tunnelObject(t), host).Ensure("next-hop", e.Peer.Address.Addr().String())
				l.blackhole(tunnelObject(t), host)
				l.deny(l.prefixList(tunnelObject(t), e, "guard", remote), denyVTEP, host)
			}
		}
	}
}

// route claims the static route of a prefix.
func (l *lowering) route(object string, p netip.Prefix) config.Node {
	return l.index(object, "protocols", "static", "route"+six(p.Addr()), p.String())
}

// blackhole keeps packets for a prefix from any other route while the tunnel is down (N1, N2). 254 loses
// against every route that works; FRR takes 255 for unreachable.
func (l *lowering) blackhole(object string, p netip.Prefix) {
	l.route(object, p).Ensure("blackhole").Leaf("distance", "254")
}
