package compiler

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/schema"
)

// What a tunnel gets when the specification does not say.
const (
	defaultTunnelIndex = 1
	defaultIKE         = "aes256-sha256-dh14"
	defaultESP         = "aes256gcm128-dh14"
	defaultIKELifetime = 8 * time.Hour
	defaultESPLifetime = time.Hour
	defaultDPDInterval = 10 * time.Second
	defaultKeepalive   = 10 * time.Second
	defaultHold        = 30 * time.Second
	connectRetry       = 10 * time.Second // FRR's own 120 s would be the outage after every flap
)

// maxTunnelIndex keeps the numbers derived from it within what firewall rules take.
const maxTunnelIndex = 9999

func (c *compilation) links() {
	seen := make(names)
	for _, t := range c.file.Tunnels {
		if t.Broken {
			continue
		}
		c.name(seen, "tunnel", t.Instance)
		if tun := c.tunnel(t); tun != nil {
			c.tunnels[t] = tun
			c.fabric.Tunnels = append(c.fabric.Tunnels, tun)
		}
	}
	slices.SortFunc(c.fabric.Tunnels, func(a, b *ir.Tunnel) int { return strings.Compare(a.Name, b.Name) })
	c.tunnelIndexes()
	c.tunnelPrefixes()
	c.tunnelPairs()
	for _, t := range c.fabric.Tunnels {
		for _, e := range t.Ends {
			e.Node.Ends = append(e.Node.Ends, e)
		}
	}
}

// tunnel makes the model's tunnel, nil when it has an error or ends on a gateway that has one.
func (c *compilation) tunnel(t *schema.Tunnel) *ir.Tunnel {
	errors := c.errors
	tun := &ir.Tunnel{
		Name:       t.Name(),
		Index:      t.Index.Or(defaultTunnelIndex),
		Managed:    t.Managed.Or(true),
		PSK:        secret(t.PSK),
		Static:     t.Keying.V == "static",
		BackupPath: t.BackupPath.V,
		Origin:     t.Range,
		Ranges: ir.TunnelRanges{
			Index: at(t.Index, t.Range), PSK: at(t.PSK, t.Range), BGP: t.Range, Keying: at(t.Keying, t.Range),
		},
	}
	if tun.Index < 0 || tun.Index > maxTunnelIndex {
		c.report("E0107", t.Index.Range, "The index of a tunnel is the number of its VTI, 0 to %d.", maxTunnelIndex)
	}
	if !c.ends(t, tun) {
		return nil
	}
	c.management(t, tun)
	if tun.Managed {
		c.peers(t, tun)
		c.proposals(t, tun)
		c.timers(t, tun)
	}
	c.natt(t, tun)
	if c.errors > errors {
		return nil
	}
	c.size(tun)
	c.initiator(t, tun)
	if tun.BackupPath && tun.Managed {
		c.report("W0402", at(t.BackupPath, t.Range), "While tunnel %s is down, packets to the far site's networks follow another route of the gateway, which may lead over the Internet, in clear. That is right only when such a path is trusted.", tun.Name)
	}
	return tun
}

// ends resolves both ends; without them nothing else of the tunnel can be checked.
func (c *compilation) ends(t *schema.Tunnel, tun *ir.Tunnel) bool {
	sound := true
	for i, e := range t.Ends {
		node := c.nodes[e.Gateway.V]
		if node == nil || !e.Address.Set {
			sound = false
			continue
		}
		tun.Ends[i] = &ir.End{
			Tunnel: tun, Node: node, Address: e.Address.V, Origin: e.Range,
			Interface: e.Interface.Or(fmt.Sprintf("vti%d", tun.Index)),
			Local:     node.Uplink.Address.Addr(),
			LocalID:   node.Outer(),
			Ranges:    ir.EndRanges{Address: e.Address.Range, Interface: at(e.Interface, e.Range)},
		}
	}
	if !sound {
		return false
	}
	a, b := tun.Ends[0], tun.Ends[1]
	a.Peer, b.Peer = b, a
	a.Remote, b.Remote = b.LocalID, a.LocalID
	a.RemoteID, b.RemoteID = b.LocalID, a.LocalID
	switch {
	case a.Node == b.Node:
		c.report("E0109", t.Ends[1].Gateway.Range, "Both ends of tunnel %s are on gateway %s. Name the gateway at the other end.", tun.Name, a.Node.Name)
		return false
	case a.Node.Site == b.Node.Site:
		c.report("E0109", t.Ends[1].Gateway.Range, "Gateways %s and %s are on one site, which has no need of a tunnel between them.", a.Node.Name, b.Node.Name)
		return false
	case a.Local.Is4() != b.Local.Is4():
		c.report("E0311", t.Ends[1].Gateway.Range, "The uplinks of %s (%s) and %s (%s) are of different families, so there is no path between them.", a.Node.Name, a.Local, b.Node.Name, b.Local)
		return false
	}
	return c.tunnelAddresses(t, tun)
}

func (c *compilation) tunnelAddresses(t *schema.Tunnel, tun *ir.Tunnel) bool {
	a, b := tun.Ends[0], tun.Ends[1]
	for i, e := range tun.Ends {
		if edge(e.Address) {
			c.report("E0114", t.Ends[i].Address.Range, "%s is the network or broadcast address of %s and cannot be an end's.", e.Address.Addr(), e.Address.Masked())
			return false
		}
	}
	switch {
	case a.Address.Masked() != b.Address.Masked():
		c.report("E0110", b.Ranges.Address, "The ends have the prefixes %s and %s. Both addresses must be in one prefix with one length, as in 169.254.100.1/30 and 169.254.100.2/30.", a.Address.Masked(), b.Address.Masked())
		return false
	case a.Address.Addr() == b.Address.Addr():
		c.report("E0110", b.Ranges.Address, "Both ends have the address %s.", a.Address.Addr())
		return false
	}
	tun.Prefix = a.Address.Masked()
	if tun.Prefix.Addr().BitLen()-tun.Prefix.Bits() > 2 {
		c.report("W0401", a.Ranges.Address, "The prefix %s has room for more than two addresses. A point-to-point prefix, /30 or /31 (/126 or /127 for IPv6), leaves none that could be given to something else by mistake.", tun.Prefix)
	}
	return true
}

// management checks that a tunnel has what it needs, and that one which somebody else runs has nothing that
// only we would configure.
func (c *compilation) management(t *schema.Tunnel, tun *ir.Tunnel) {
	if tun.Managed {
		for _, e := range t.Ends {
			if e.Interface.Set {
				c.report("E0312", e.Interface.Range, "The interface of a tunnel that is made from this specification is its VTI, named by the tunnel's index. Remove the attribute, or write managed = false when somebody else runs the tunnel.")
			}
		}
		if !t.PSK.Set && !tun.Static {
			c.report("E0313", t.Range, "Tunnel %s has no psk. Declare a block secret and write, for example, psk = secret.psk.", tun.Name)
		}
		if tun.Static {
			for _, e := range tun.Ends {
				if e.Node.Platform != ir.Linux {
					c.report("E0314", t.Keying.Range, "Static keys are for labs of Linux gateways; %s is a %s gateway. Use keying = \"ike\".", e.Node.Name, e.Node.Platform)
					break
				}
			}
		}
		return
	}
	for _, e := range t.Ends {
		if !e.Interface.Set {
			c.report("E0312", e.Range, "With managed = false each end names the interface of the tunnel that somebody else runs, as in interface = \"vti0\".")
		}
	}
	forbidden := func(set bool, what string, r hcl.Range) {
		if set {
			c.report("E0312", r, "With managed = false IPsec and eBGP are somebody else's; %s would have no effect. Remove it.", what)
		}
	}
	forbidden(t.PSK.Set, "psk", t.PSK.Range)
	if t.IKE != nil {
		forbidden(true, "the block ike", t.IKE.Range)
	}
	if t.ESP != nil {
		forbidden(true, "the block esp", t.ESP.Range)
	}
	if t.DPD != nil {
		forbidden(true, "the block dpd", t.DPD.Range)
	}
	if t.BGP != nil {
		forbidden(true, "the block bgp", t.BGP.Range)
	}
}

// peers checks what both gateways must be for each other's BGP.
func (c *compilation) peers(t *schema.Tunnel, tun *ir.Tunnel) {
	a, b := tun.Ends[0], tun.Ends[1]
	for i, e := range tun.Ends {
		if e.Node.ASN == 0 {
			c.report("E0411", t.Ends[i].Gateway.Range, "Gateway %s ends a tunnel with eBGP over it and has no number of an autonomous system. Write bgp { asn = 65010 } in it.", e.Node.Name)
			return
		}
	}
	if a.Node.ASN == b.Node.ASN {
		c.report("E0112", b.Node.Ranges.ASN, "Gateways %s and %s both have ASN %d. The session between them is eBGP, so the numbers differ; with one number each drops the other's routes as a loop (RFC 4271, section 9.1.2).", a.Node.Name, b.Node.Name, a.Node.ASN)
	}
}

// natt decides whether sizes count UDP encapsulation.
func (c *compilation) natt(t *schema.Tunnel, tun *ir.Tunnel) {
	a, b := tun.Ends[0], tun.Ends[1]
	behind := func(e *ir.End) bool { return e.Node.Uplink.Public.IsValid() }
	mode := t.NATTraversal.Or("auto")
	switch {
	case behind(a) && behind(b) && tun.Managed:
		c.report("E0303", b.Origin, "Gateways %s and %s are both behind NAT, so neither can be reached first. One of them needs an uplink address that the other reaches.", a.Node.Name, b.Node.Name)
	case mode == "force":
		tun.NATT = ir.NATT{Encap: true, Forced: true, Why: "nat_traversal is \"force\""}
	case behind(a) || behind(b):
		tun.NATT = ir.NATT{Encap: true, Why: "an uplink has a public_address"}
		if mode == "off" {
			c.report("E0304", t.NATTraversal.Range, "A gateway of this tunnel has a public_address, so it is behind NAT and IKE encapsulates in UDP whatever is configured. Write nat_traversal = \"auto\".")
		}
	case mode == "off":
		tun.NATT = ir.NATT{Why: "nat_traversal is \"off\""}
	case private(a.Local) != private(b.Local):
		tun.NATT = ir.NATT{Encap: true, Why: "one uplink is private and the other is not"}
		inner := a
		if private(b.Local) {
			inner = b
		}
		c.report("W0305", inner.Node.Ranges.UplinkAddress, "The uplink address %s is private and the other end's is not. If there is NAT between them, write public_address in the uplink: the peer must be told the address it will see. Sizes assume UDP encapsulation.", inner.Local)
	default:
		tun.NATT = ir.NATT{Why: "no uplink is behind NAT"}
	}
}

func (c *compilation) initiator(t *schema.Tunnel, tun *ir.Tunnel) {
	a, b := tun.Ends[0], tun.Ends[1]
	first := a
	switch {
	case b.Node.Uplink.Public.IsValid():
		first = b
	case a.Node.Uplink.Public.IsValid():
		first = a
	}
	if t.Initiator.Set {
		switch named := c.nodes[t.Initiator.V]; named {
		case a.Node, b.Node:
			if first.Node.Uplink.Public.IsValid() && named != first.Node {
				c.report("E0306", t.Initiator.Range, "Gateway %s is behind NAT and cannot be reached before it has sent something, so it must be the one that initiates.", first.Node.Name)
			}
			if named == b.Node {
				first = b
			} else {
				first = a
			}
		default:
			c.report("E0306", t.Initiator.Range, "The gateway named as initiator is no end of tunnel %s.", tun.Name)
		}
	}
	first.Initiator = true
	// the model is sorted whatever the order of the source, which only decided who initiates
	slices.SortFunc(tun.Ends[:], func(x, y *ir.End) int { return strings.Compare(x.Node.Name, y.Node.Name) })
}

// size computes the MTU of the VTI: the largest packet that leaves as one wire packet, for the worst
// proposal that may be chosen.
func (c *compilation) size(tun *ir.Tunnel) {
	a, b := tun.Ends[0], tun.Ends[1]
	tun.PathMTU = min(a.Node.Uplink.MTU, b.Node.Uplink.MTU)
	if a.Node.Uplink.MTU != b.Node.Uplink.MTU {
		c.report("W0203", b.Node.Ranges.Uplink, "The uplinks of tunnel %s have MTUs of %d and %d octets; sizes go by the smaller one.", tun.Name, a.Node.Uplink.MTU, b.Node.Uplink.MTU)
	}
	tun.MTU = packet.Worst(tun.PathMTU, Encapsulations(tun)...).MaxPacket(tun.PathMTU)
	least := 576 // what every IPv4 host accepts (RFC 791, section 3.1)
	if tun.Prefix.Addr().Is6() {
		least = 1280 // what every IPv6 link carries (RFC 8200, section 5); below it the kernel takes the addresses away
	}
	if tun.MTU < least {
		c.report("E0201", a.Node.Ranges.Uplink, "A path MTU of %d leaves %d octets inside tunnel %s; at least %d are needed.", tun.PathMTU, tun.MTU, tun.Name, least)
	}
}

// Encapsulations are the ways in which a tunnel may wrap packets, one for each ESP proposal. A tunnel that
// somebody else runs has unknown proposals, so the most expensive usual one is assumed.
func Encapsulations(t *ir.Tunnel) []packet.Encapsulation {
	proposals := t.ESP.Proposals
	if len(proposals) == 0 {
		proposals = []ir.Proposal{{Encryption: "aes256", Hash: "sha256"}}
	}
	out := make([]packet.Encapsulation, 0, len(proposals))
	for _, p := range proposals {
		transform, _ := packet.ESPOf(p.Encryption, p.Hash)
		out = append(out, packet.Encapsulation{Transform: transform, NATT: t.NATT.Encap, OuterIPv6: t.Ends[0].Local.Is6()})
	}
	return out
}

// tunnelIndexes finds two tunnels with one VTI on a gateway.
func (c *compilation) tunnelIndexes() {
	type vti struct {
		node *ir.Node
		name string
	}
	used := make(map[vti]*ir.Tunnel)
	for _, t := range c.fabric.Tunnels {
		for _, e := range t.Ends {
			key := vti{e.Node, e.Interface}
			first, ok := used[key]
			if !ok {
				used[key] = t
				continue
			}
			free := 0
			for taken := true; taken; {
				free++
				name := fmt.Sprintf("vti%d", free)
				taken = used[vti{t.Ends[0].Node, name}] != nil || used[vti{t.Ends[1].Node, name}] != nil
			}
			at := t.Ranges.Index
			if at == t.Origin && first.Ranges.Index != first.Origin {
				at = t.Origin
			}
			c.report("E0107", at, "Tunnels %s and %s both use %s on gateway %s. Write index = %d in one of them.", first.Name, t.Name, e.Interface, e.Node.Name, free)
			break
		}
	}
}

// tunnelPairs finds two tunnels between the same gateways: both ends have one address and one identity for
// both, so IKE cannot tell whose child SA it is asked for, and older releases name a peer by its address.
func (c *compilation) tunnelPairs() {
	joined := make(map[[2]*ir.Node]*ir.Tunnel)
	for _, t := range c.fabric.Tunnels {
		if !t.Managed || t.Static {
			continue
		}
		key := [2]*ir.Node{t.Ends[0].Node, t.Ends[1].Node}
		if first := joined[key]; first != nil {
			c.report("E0315", t.Origin, "Tunnels %s and %s both run between %s and %s. With one address and one identity at each end IKE cannot tell them apart. For a second path use a second gateway with an uplink of its own.", first.Name, t.Name, key[0].Name, key[1].Name)
			continue
		}
		joined[key] = t
	}
}

// tunnelPrefixes finds VTI prefixes that overlap each other.
func (c *compilation) tunnelPrefixes() {
	byNode := make(map[*ir.Node][]*ir.End)
	for _, t := range c.fabric.Tunnels {
		for _, e := range t.Ends {
			for _, o := range byNode[e.Node] {
				if o.Tunnel != t && o.Tunnel.Prefix.Overlaps(t.Prefix) {
					c.report("E0111", e.Ranges.Address, "Tunnels %s and %s both end on gateway %s with the prefixes %s and %s, which overlap. Give each tunnel a prefix of its own.", o.Tunnel.Name, t.Name, e.Node.Name, o.Tunnel.Prefix, t.Prefix)
					return
				}
			}
			byNode[e.Node] = append(byNode[e.Node], e)
			if u := e.Node.Uplink.Address.Masked(); u.Overlaps(t.Prefix) {
				c.report("E0111", e.Ranges.Address, "The tunnel's prefix %s overlaps the network %s of gateway %s's uplink.", t.Prefix, u, e.Node.Name)
			}
			if i := e.Node.Inside; i != nil && i.Address.Masked().Overlaps(t.Prefix) {
				c.report("E0111", e.Ranges.Address, "The tunnel's prefix %s overlaps the inside network %s of gateway %s.", t.Prefix, i.Address.Masked(), e.Node.Name)
			}
		}
	}
}

// recursive reports whether an address would be routed into the tunnel that it carries.
func recursive(learned []netip.Prefix, a netip.Addr) (netip.Prefix, bool) {
	for _, p := range learned {
		if p.Contains(a) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}
