package vyos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// unsupported reports a feature that the node's release does not have, and names the first that has it.
func (l *lowering) unsupported(code ir.Code, f release.Feature, at hcl.Range, what string) {
	l.report(code, at, "%s VyOS %s of gateway %s has no such thing (%s); the first release that has it is %s.", what, l.rel.Name, l.n.Name, f, release.First(f))
}

// checkRelease says how well the release is proven and what protects the node less than others.
func (l *lowering) checkRelease() {
	at := l.n.Ranges.Release
	if l.rel.Evidence != release.OnBox {
		l.report("W0601", at, "Commands for VyOS %s are %s. Look at them before they are applied, and tell us what you saw.", l.rel.Name, l.rel.Evidence)
	}
	if len(l.n.Attaches) == 0 {
		return
	}
	if !l.rel.Has(release.OutputFilter) {
		l.report("W0602", at, "VyOS %s cannot filter packets that the box itself sends. What keeps VXLAN from leaving in clear on gateway %s is the blackhole route alone, which is gone while the routing daemon is stopped. From %s on there is a second guard.", l.rel.Name, l.n.Name, release.First(release.OutputFilter))
	}
	if !l.rel.Has(release.BridgeFilter) {
		l.report("W0603", at, "VyOS %s cannot filter bridged frames, so BPDUs of one site's switches reach the other's through gateway %s. Filter them outside: BPDU filter or guard on the switch port, BPDU filter of the hypervisor (ESXi: Net.BlockGuestBPDU = 1). From %s on the gateway does it.", l.rel.Name, l.n.Name, release.First(release.BridgeFilter))
	}
	if !l.rel.Has(release.BridgeNoForwarding) && slices.ContainsFunc(l.n.Attaches, func(a *ir.Attachment) bool { return !a.Stretch.RouteFromStretch }) {
		l.report("W0604", at, "VyOS %s cannot switch forwarding off on a bridge, so hosts of a stretch that name gateway %s as their router are routed. From %s on they are not.", l.rel.Name, l.n.Name, release.First(release.BridgeNoForwarding))
	}
	if !l.rel.Has(release.VXLANInPlace) {
		l.report("W0605", at, "VyOS %s cannot change VNI, remote or port of a VXLAN interface in place: such a change takes two commits on gateway %s, and between them the stretch is down.", l.rel.Name, l.n.Name)
	}
}

// checkTunnel refuses what the release cannot say of a tunnel.
func (l *lowering) checkTunnel(e *ir.End) {
	t := e.Tunnel
	if e.Address.Addr().Is6() && !l.rel.Has(release.VTIAddress6) {
		l.unsupported("E0607", release.VTIAddress6, e.Ranges.Address, "The tunnel has IPv6 addresses.")
	}
	if !t.Managed {
		return
	}
	if e.Local.Is6() && !l.rel.Has(release.VTIOuter6) {
		l.unsupported("E0614", release.VTIOuter6, l.n.Ranges.UplinkAddress, "The uplinks of tunnel "+t.Name+" have IPv6 addresses.")
	}
	if t.MTU > l.rel.MaxVTIMTU {
		l.report("E0610", l.n.Ranges.Uplink, "The VTI of tunnel %s would have an MTU of %d octets, and VyOS %s of gateway %s takes at most %d. Lower mtu of the uplinks to %d.", t.Name, t.MTU, l.rel.Name, l.n.Name, l.rel.MaxVTIMTU, l.rel.MaxVTIMTU)
	}
	for _, p := range t.IKE.Proposals {
		l.checkProposal(p)
	}
	for _, p := range t.ESP.Proposals {
		l.checkProposal(p)
	}
}

// checkProposal refuses words that the release does not know, and names the first that does.
func (l *lowering) checkProposal(p ir.Proposal) {
	refuse := func(word string, known func(*release.Release) bool) {
		first := release.FirstWith(known)
		if first == "" {
			l.report("E0603", p.Origin, "No VyOS release knows %q in proposals.", word)
			return
		}
		l.report("E0603", p.Origin, "VyOS %s of gateway %s does not know %q in proposals; the first release that does is %s. Both ends need it, so choose what both know, such as aes256-sha256-dh14 for IKE and aes256gcm128-dh14 for ESP.", l.rel.Name, l.n.Name, word, first)
	}
	in := func(words func(*release.Release) []string, word string) {
		if word != "" && !slices.Contains(words(l.rel), word) {
			refuse(word, func(r *release.Release) bool { return slices.Contains(words(r), word) })
		}
	}
	in(func(r *release.Release) []string { return r.Encryptions }, p.Encryption)
	in(func(r *release.Release) []string { return r.Hashes }, p.Hash)
	if p.PRF != "prf"+p.Hash && !(p.Hash == "" && !l.rel.Has(release.PRF) && slices.Contains(l.rel.Hashes, strings.TrimPrefix(p.PRF, "prf"))) {
		in(func(r *release.Release) []string { return r.PRFs }, p.PRF)
	}
	if p.DHGroup != 0 && !slices.Contains(l.rel.DHGroups, p.DHGroup) {
		refuse("dh"+strconv.Itoa(p.DHGroup), func(r *release.Release) bool { return slices.Contains(r.DHGroups, p.DHGroup) })
	}
}

// checkAttach refuses what the release cannot say of a stretch.
func (l *lowering) checkAttach(a *ir.Attachment) {
	s := a.Stretch
	if int(s.VNI) > l.rel.MaxVNI {
		l.report("E0604", s.Ranges.VNI, "VyOS %s of gateway %s takes VNIs up to %d.", l.rel.Name, l.n.Name, l.rel.MaxVNI)
	}
	if len(a.Remotes) > 1 && !l.rel.Has(release.VXLANRemotes) {
		l.unsupported("E0605", release.VXLANRemotes, s.Ranges.Tunnels, "Stretch "+s.Name+" has several far sites.")
	}
	if s.VTEP == ir.VTEPLoopback && !l.rel.Has(release.VXLANSource) {
		l.unsupported("E0606", release.VXLANSource, s.Ranges.VTEP, "Loopback VTEPs need a source address.")
	}
	if a.HostMTU < l.rel.MinVXLANMTU || a.HostMTU > l.rel.MaxMTU {
		l.report("E0610", s.Ranges.HostMTU, "Hosts of stretch %s have an MTU of %d octets; a VXLAN interface of VyOS %s on gateway %s takes %d to %d, and one below the hosts' makes large packets vanish.", s.Name, a.HostMTU, l.rel.Name, l.n.Name, l.rel.MinVXLANMTU, l.rel.MaxMTU)
	}
	if strings.HasPrefix(a.Interface, "en") && l.rel.LegacyNames {
		l.report("E0613", a.Ranges.Interface, "VyOS %s names its interfaces eth0, eth1 and so on, not %s.", l.rel.Name, a.Interface)
	}
	switch {
	case s.FirstHopLocal && !l.rel.Has(release.BridgeFilter):
		l.unsupported("E0608", release.BridgeFilter, s.Ranges.FirstHop, "first_hop = \"local\" filters bridged frames.")
	case (s.BlockDHCP || s.BlockRA) && !l.rel.Has(release.BridgeFilter):
		l.unsupported("E0609", release.BridgeFilter, s.Ranges.Block, "block filters bridged frames.")
	case s.FirstHopLocal && s.GatewayMAC == "":
		l.report("E0608", s.Ranges.FirstHop, "VyOS filters bridged frames by MAC address only, so first_hop = \"local\" needs the default gateway's: write gateway_mac, for a VRRP group 00:00:5e:00:01: and its number.")
	case (s.BlockDHCP || s.BlockRA) && s.GatewayMAC == "":
		l.report("E0609", s.Ranges.Block, "VyOS filters bridged frames by MAC address only: write gateway_mac, the address of the device that serves DHCP and sends router advertisements.")
	case s.BlockDHCP || s.BlockRA:
		l.report("W0606", s.Ranges.Block, "VyOS filters bridged frames by MAC address only: on gateway %s block drops every frame from %s to the far site, not only DHCP and router advertisements, and nothing from other servers.", l.n.Name, s.GatewayMAC)
	}
}
