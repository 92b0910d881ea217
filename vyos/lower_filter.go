package vyos

import (
	"hash/fnv"
	"net/netip"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Rule numbers of the firewall follow from what a rule is about, as those of prefix lists do.
const (
	outputRules   = 10000  // and the index of the tunnel
	loopbackRules = 30000  // the same, for loopback VTEPs
	bridgeRules   = 20000  // and a hash of the specification's name, in steps of ten
	hopRules      = 100000 // and the index of the stretch
)

// groupMACs are the addresses that switches talk to each other with, which a Linux bridge without STP
// passes on: BPDUs of IEEE 802.1D, and Cisco's of each VLAN (N18).
var groupMACs = []string{"01:80:c2:00:00:00", "01:00:0c:cc:cc:cd"}

// outputFilter drops VXLAN packets to the far VTEP that would leave by anything but the tunnel. It is the
// second guard: with the routing daemon stopped the blackhole is gone too (N3). The rule names the VTEP,
// so that VXLAN of others on the box is left alone.
func (l *lowering) outputFilter(e *ir.End) {
	if !l.rel.Has(release.OutputFilter) {
		return
	}
	l.outputRule(e, outputRules, e.Peer.Address.Addr(), "name", "!"+e.Interface)
	if far := e.Peer.Node.Loopback; far.IsValid() && l.n.Loopback.IsValid() {
		group := l.name("vti")
		l.group(group).Leaf("interface", e.Interface)
		l.outputRule(e, loopbackRules, far, "group", "!"+group)
	}
}

// outputRule is one rule of outputFilter: what goes to a VTEP leaves by nothing but an interface, or a
// group of them.
func (l *lowering) outputRule(e *ir.End, base int, vtep netip.Addr, kind, out string) {
	ip := "ipv4"
	if vtep.Is6() {
		ip = "ipv6"
	}
	rule := l.own(tunnelObject(e.Tunnel), "firewall", ip, "output", "filter", "rule", itoa(base+e.Tunnel.Index))
	rule.Leaf("action", "drop")
	rule.Leaf("description", l.marker(e.Tunnel.Name))
	to := rule.Ensure("destination")
	to.Leaf("address", vtep.String())
	to.Leaf("port", "4789")
	rule.Ensure("outbound-interface").Leaf(kind, out)
	rule.Leaf("protocol", "udp")
}

// stretchGroup is the group of the VXLAN devices of all stretches on the node.
func (l *lowering) stretchGroup() string { return l.name("vxlan") }

// group is a group of interfaces of the node.
func (l *lowering) group(name string) config.Node {
	group := l.own(l.gatewayObject(), "firewall", "group", "interface-group", name)
	return group.Leaf("description", l.marker(l.n.Label))
}

// frameFilter drops what switches of one site must not hear from the other's, in both directions. The rules
// are the same for all stretches: each adds its device to the group.
func (l *lowering) frameFilter() {
	if len(l.n.Attaches) == 0 || !l.rel.Has(release.BridgeFilter) {
		return
	}
	object := l.gatewayObject()
	group := l.group(l.stretchGroup())
	for _, a := range l.n.Attaches {
		group.Leaf("interface", a.VXLAN())
	}
	h := fnv.New32a()
	h.Write([]byte(l.n.Spec)) // never fails
	number := bridgeRules + int(h.Sum32()%5000)*10
	for _, mac := range groupMACs {
		for _, dir := range []string{"inbound-interface", "outbound-interface"} {
			rule := l.frameRule(object, number)
			rule.Ensure("destination").Leaf("mac-address", mac)
			rule.Ensure(dir).Leaf("group", l.stretchGroup())
			number++
		}
	}
}

// frameRule is a rule that drops bridged frames.
func (l *lowering) frameRule(object string, number int) config.Node {
	rule := l.own(object, "firewall", "bridge", "forward", "filter", "rule", itoa(number))
	return rule.Leaf("action", "drop")
}

// firstHop keeps the site's own default gateway, and what it alone should say (DHCP, router advertisements),
// from the far site: frames from its MAC address do not leave by the VXLAN device (N21, N22).
func (l *lowering) firstHop(a *ir.Attachment) {
	s := a.Stretch
	if !l.rel.Has(release.BridgeFilter) || s.GatewayMAC == "" || !s.FirstHopLocal && !s.BlockDHCP && !s.BlockRA {
		return
	}
	rule := l.frameRule(stretchObject(s), hopRule(s.Index))
	rule.Ensure("outbound-interface").Leaf("name", a.VXLAN())
	rule.Ensure("source").Leaf("mac-address", s.GatewayMAC)
}

// hopRule is the number of a stretch's rule.
func hopRule(index int) int {
	const room = 999999 - hopRules
	return hopRules + index%room
}
