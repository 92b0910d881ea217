package compiler

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// derive computes what follows from the whole specification: identifiers, what each end announces, accepts
// and holds back, and the MAC addresses of the bridges. The checks in it need those values.
func (c *compilation) derive() {
	c.routerIDs()
	c.stretchedNetworks()
	c.subnets()
	stretched := make(map[*ir.Tunnel][]netip.Prefix)
	for _, s := range c.fabric.Stretches {
		for _, t := range c.reachOf(s) {
			stretched[t] = append(stretched[t], s.Subnet)
		}
	}
	for _, t := range c.fabric.Tunnels {
		subnets := stretched[t]
		slices.SortFunc(subnets, comparePrefix)
		for _, e := range t.Ends {
			c.routes(e, slices.Compact(subnets))
			c.controller(e)
		}
	}
	for _, n := range c.fabric.Nodes {
		slices.SortFunc(n.Ends, func(a, b *ir.End) int { return strings.Compare(a.Tunnel.Name, b.Tunnel.Name) })
		c.macs(n)
		c.hypervisors(n)
	}
	c.distinctMACs()
}

// reachOf lists the tunnels that must not carry routes to a stretch's subnet: every managed tunnel of a
// gateway that attaches to it, whether the stretch uses it or not.
func (c *compilation) reachOf(s *ir.Stretch) []*ir.Tunnel {
	var out []*ir.Tunnel
	for _, a := range s.Attaches {
		for _, e := range a.Node.Ends {
			if !slices.Contains(out, e.Tunnel) {
				out = append(out, e.Tunnel)
			}
		}
	}
	return out
}

// routerIDs gives every node an identifier and checks that no two have the same.
func (c *compilation) routerIDs() {
	seen := make(map[netip.Addr]*ir.Node)
	for _, n := range c.fabric.Nodes {
		if n.ASN == 0 {
			continue
		}
		if !n.RouterID.IsValid() {
			if n.RouterID = n.Outer(); !n.RouterID.Is4() {
				c.report("E0412", n.Ranges.ASN, "Gateway %s has no IPv4 address at its uplink that could serve as its BGP identifier. Write bgp { router_id = \"192.0.2.1\" }.", n.Name)
				continue
			}
		}
		if first := seen[n.RouterID]; first != nil && first.Outer() == n.Outer() {
			continue // reported as the uplink's
		} else if first != nil {
			c.report("E0413", n.Ranges.ASN, "Gateways %s and %s have the BGP identifier %s. Routers with one identifier refuse each other (RFC 4271, section 6.2); write another router_id.", first.Name, n.Name, n.RouterID)
			continue
		}
		seen[n.RouterID] = n
	}
}

// routes derives what an end announces, accepts and must never send in clear.
func (c *compilation) routes(e *ir.End, stretched []netip.Prefix) {
	t := e.Tunnel
	six := e.Address.Addr().Is6()
	pick := func(site *ir.Site) []netip.Prefix {
		var out []netip.Prefix
		for _, p := range site.Networks {
			if p.Addr().Is6() == six && !slices.Contains(stretched, p) {
				out = append(out, p)
			}
		}
		return out
	}
	e.Stretched = slices.DeleteFunc(slices.Clone(stretched), func(p netip.Prefix) bool { return p.Addr().Is6() != six })
	e.Export, e.Import = pick(e.Node.Site), pick(e.Peer.Node.Site)
	e.Blackholes = []netip.Prefix{t.Prefix}
	if !t.Managed {
		e.Export, e.Import = nil, nil
		return
	}
	if !t.BackupPath {
		e.Blackholes = append(e.Blackholes, e.Import...)
	}
	for _, p := range e.Node.Site.Networks {
		if p.Addr().Is6() != six {
			c.report("W0408", e.Ranges.Address, "Tunnel %s has %s addresses, so network %s of site %s is not announced over it. Use a tunnel with addresses of that family.", t.Name, family(e.Address.Addr()), p, e.Node.Site.Name)
		}
	}
	if p, ok := recursive(e.Import, e.Remote); ok && p.Contains(e.Remote) {
		c.report("E0404", e.Peer.Node.Ranges.UplinkAddress, "The address %s of gateway %s lies within %s, which site %s announces over the tunnel to it: the encrypted packets would be routed into the tunnel that carries them.", e.Remote, e.Peer.Node.Name, p, e.Peer.Node.Site.Name)
	}
	if p, ok := recursive(e.Import, e.Peer.Address.Addr()); ok {
		c.report("E0405", e.Peer.Ranges.Address, "The tunnel address %s lies within %s, which site %s announces. Give the tunnel a prefix outside of every network.", e.Peer.Address.Addr(), p, e.Peer.Node.Site.Name)
	}
	for _, p := range stretched {
		if p.Overlaps(t.Prefix) {
			c.report("E0111", e.Ranges.Address, "The tunnel's prefix %s overlaps the stretched subnet %s.", t.Prefix, p)
		}
		if p.Contains(e.Remote) {
			c.report("E0404", e.Peer.Node.Ranges.UplinkAddress, "The address %s of gateway %s lies within the stretched subnet %s: gateway %s would look for it in the bridge.", e.Remote, e.Peer.Node.Name, p, e.Node.Name)
		}
	}
}

// controller routes the far site's controller over the tunnel when it sits in a subnet that is stretched over
// it: the sites must reach each other before the stretch exists, which the controller itself sets up (N40).
func (c *compilation) controller(e *ir.End) {
	far := e.Peer.Node.Site.Nutanix
	if far == nil || !far.PCVM.IsValid() || far.PCVM.Is6() != e.Address.Addr().Is6() {
		return
	}
	for _, a := range e.Node.Attaches {
		if !slices.Contains(a.Stretch.Tunnels, e.Tunnel) || !a.Stretch.Subnet.Contains(far.PCVM) {
			continue
		}
		host := netip.PrefixFrom(far.PCVM, far.PCVM.BitLen())
		e.Hosts = append(e.Hosts, host)
		c.report("W0409", a.Stretch.Ranges.Subnet, "Prism Central of site %s (%s) is in the stretched subnet %s, so this takes two phases. First, with paused = true: gateway %s routes %s over tunnel %s, and a static route for %s in site %s's VPC points to the gateway; the sites reach each other again. Then, without paused: the stretch. The route may go when no site needs Prism Central to repair the stretch itself.",
			e.Peer.Node.Site.Name, far.PCVM, a.Stretch.Subnet, e.Node.Name, host, e.Tunnel.Name, host, e.Node.Site.Name)
	}
}

func family(a netip.Addr) string {
	if a.Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// subnets checks the stretched subnets of each node against each other and against its own networks.
func (c *compilation) subnets() {
	for _, n := range c.fabric.Nodes {
		attaches := slices.Clone(n.Attaches)
		slices.SortFunc(attaches, func(a, b *ir.Attachment) int { return comparePrefix(a.Stretch.Subnet, b.Stretch.Subnet) })
		for i, a := range attaches {
			s := a.Stretch
			if i > 0 && attaches[i-1].Stretch.Subnet.Overlaps(s.Subnet) {
				c.report("E0511", s.Ranges.Subnet, "Stretches %s and %s have the subnets %s and %s, which overlap on gateway %s.", attaches[i-1].Stretch.Name, s.Name, attaches[i-1].Stretch.Subnet, s.Subnet, n.Name)
			}
			if n.Uplink.Address.Overlaps(s.Subnet) {
				c.report("E0512", s.Ranges.Subnet, "The subnet %s overlaps the uplink's network %s on gateway %s.", s.Subnet, n.Uplink.Address.Masked(), n.Name)
			}
			if n.Inside != nil && n.Inside.Address.Overlaps(s.Subnet) {
				c.report("E0512", s.Ranges.Subnet, "The subnet %s overlaps the inside network %s on gateway %s.", s.Subnet, n.Inside.Address.Masked(), n.Name)
			}
		}
	}
}

// macs gives the bridges of a node a MAC address of their own: VyOS derives one from the machine's identity,
// which clones of one image share (N20). The address is locally administered, begins with "L2" and depends
// on specification, site and gateway alone.
func (c *compilation) macs(n *ir.Node) {
	mac := bridgeMAC(n.Spec, n.Name)
	for _, a := range n.Attaches {
		if a.MAC == "" {
			a.MAC = mac
		}
	}
}

// bridgeMAC is the MAC address of the bridges of a gateway.
func bridgeMAC(spec, node string) string {
	sum := sha256.Sum256([]byte("bridge\x00" + spec + "\x00" + node))
	return fmt.Sprintf("02:4c:32:%02x:%02x:%02x", sum[0], sum[1], sum[2])
}

// distinctMACs makes sure that no two bridges of a stretch have one MAC address.
func (c *compilation) distinctMACs() {
	for _, s := range c.fabric.Stretches {
		seen := make(map[string]*ir.Attachment, len(s.Attaches))
		for _, a := range s.Attaches {
			if first := seen[a.MAC]; first != nil {
				c.report("E0514", a.Ranges.MAC, "The bridges of gateways %s and %s in stretch %s both have the MAC address %s, and would not hear each other. Write another one, as in mac = \"02:4c:32:00:00:01\".", first.Node.Name, a.Node.Name, s.Name, a.MAC)
				continue
			}
			seen[a.MAC] = a
			if a.MAC == s.GatewayMAC {
				c.report("E0514", a.Ranges.MAC, "The bridge of gateway %s has the MAC address of the default gateway, %s.", a.Node.Name, a.MAC)
			}
		}
	}
}

// hypervisors says what has to be set outside of the gateway so that its bridge sees frames for others
// (N19).
func (c *compilation) hypervisors(n *ir.Node) {
	slices.SortFunc(n.Attaches, func(a, b *ir.Attachment) int { return cmp.Compare(a.Stretch.Name, b.Stretch.Name) })
	type port struct{ nic, hypervisor string }
	reported := make(map[port]bool)
	for _, a := range n.Attaches {
		key := port{a.Interface, a.Hypervisor}
		if reported[key] {
			continue
		}
		reported[key] = true
		switch a.Hypervisor {
		case "esxi":
			c.report("W0510", a.Origin, "On the stretched port group of %s of gateway %s (not on the uplink's) set: promiscuous mode, forged transmits and MAC changes to accept; with several physical uplinks also Net.ReversePathFwdCheckPromisc = 1 on the host. Without them the bridge sees no frames for others.", a.Interface, n.Name)
		case "ahv":
			c.report("W0511", a.Origin, "AHV has anti-spoofing of its own, which may drop frames whose MAC address is not the NIC's. See that %s of gateway %s sends and receives frames for others (ping across the stretch from a host, not from the gateway), or pin the bridge to the NIC with mac.", a.Interface, n.Name)
		case "kvm":
			c.report("W0512", a.Origin, "libvirt's filters (clean-traffic, no-mac-spoofing) and OVN's port security drop frames of other MAC addresses. Remove them from %s of gateway %s; with macvtap set trustGuestRxFilters and promiscuous mode.", a.Interface, n.Name)
		case "cloud":
			c.report("W0513", a.Origin, "Most clouds deliver and accept only addresses that they assigned: disable the source and destination check and the port security of %s of gateway %s, and see whether the cloud floods at all; many do not bridge.", a.Interface, n.Name)
		case "physical":
			c.report("W0514", a.Origin, "The switch port of %s of gateway %s must take more than one MAC address (port security, 802.1X), and BPDU guard must not see what the far site sends.", a.Interface, n.Name)
		default:
			c.report("W0515", a.Origin, "Nothing is said of what %s of gateway %s is plugged into, and most virtual switches drop frames for other MAC addresses until they are told not to. Write hypervisor = \"esxi\", \"ahv\", \"kvm\", \"cloud\" or \"physical\" to see the settings.", a.Interface, n.Name)
		}
		if a.Hypervisor == "esxi" {
			c.vswitch(n, a)
		}
	}
}

// vswitch refuses a distributed switch under a gateway on ESXi, which the feature does not support.
func (c *compilation) vswitch(n *ir.Node, a *ir.Attachment) {
	for _, s := range c.file.Sites {
		if s.Name() == n.Site.Name && s.Nutanix != nil && s.Nutanix.VSwitch.V == "distributed" {
			c.report("E0130", s.Nutanix.VSwitch.Range, "Gateway %s attaches on ESXi (%s), and a distributed vSwitch is not supported there. Move the stretched port group to a standard vSwitch.", n.Name, a.Origin)
			return
		}
	}
}
