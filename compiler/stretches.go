package compiler

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// What a stretch gets when the specification does not say.
const (
	defaultHostMTU  = 1500
	defaultMACAging = 300 * time.Second
)

// The range of VNIs: below it stand the VLAN numbers that people mistake for VNIs, above it 24 bits end
// (RFC 7348, section 5).
const (
	minVNI = 4096
	maxVNI = 1<<24 - 1
)

var macAddress = regexp.MustCompile(`^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$`)

func (c *compilation) stretches() {
	seen := make(names)
	vnis := make(map[int]*schema.Stretch, len(c.file.Stretches))
	for _, s := range c.file.Stretches {
		if s.Broken {
			continue
		}
		c.name(seen, "stretch", s.Instance)
		if first, ok := vnis[s.VNI.V]; ok && s.VNI.Set {
			c.report("E0104", s.VNI.Range, "Stretch %q uses VNI %d, which stretch %q already uses at %s. Give each stretch its own VNI.", s.Name(), s.VNI.V, first.Name(), first.VNI.Range)
		} else {
			vnis[s.VNI.V] = s
		}
		if m := c.stretch(s); m != nil {
			c.fabric.Stretches = append(c.fabric.Stretches, m)
		}
	}
	slices.SortFunc(c.fabric.Stretches, func(a, b *ir.Stretch) int { return strings.Compare(a.Name, b.Name) })
	c.indexes()
	for _, s := range c.fabric.Stretches {
		for _, a := range s.Attaches {
			a.Node.Attaches = append(a.Node.Attaches, a)
		}
	}
}

// stretch makes the model's stretch, nil when it has an error or depends on something that has one.
func (c *compilation) stretch(s *schema.Stretch) *ir.Stretch {
	errors := c.errors
	m := &ir.Stretch{
		Name:             s.Name(),
		Index:            s.Index.Or(s.VNI.V),
		VNI:              ir.VNI(s.VNI.V),
		Subnet:           s.Subnet.V,
		HostMTU:          s.HostMTU.Or(defaultHostMTU),
		Paused:           s.Paused.V,
		VTEP:             ir.VTEPKind(s.VTEP.Or(string(ir.VTEPVTI))),
		FirstHopLocal:    s.FirstHop.V == "local",
		GatewayMAC:       strings.ToLower(s.GatewayMAC.V),
		MACAging:         s.MACAging.Or(defaultMACAging),
		RouteFromStretch: s.RouteFromStretch.V,
		Preserve:         s.PreserveAddresses.Or(true),
		Origin:           s.Range,
		Ranges: ir.StretchRanges{
			VNI: at(s.VNI, s.Range), Index: at(s.Index, at(s.VNI, s.Range)), Subnet: at(s.Subnet, s.Range), HostMTU: at(s.HostMTU, s.Range),
			Paused: at(s.Paused, s.Range), VTEP: at(s.VTEP, s.Range), FirstHop: at(s.FirstHop, s.Range), GatewayMAC: at(s.GatewayMAC, at(s.FirstHop, s.Range)),
			Block: s.Range, MACAging: at(s.MACAging, s.Range), Tunnels: s.Range,
		},
	}
	for _, b := range s.Block {
		m.Ranges.Block = b.Range
		m.BlockDHCP = m.BlockDHCP || b.V == "dhcp"
		m.BlockRA = m.BlockRA || b.V == "ra"
	}
	c.stretchValues(s, m)
	sound := true
	for _, t := range s.Tunnels {
		m.Ranges.Tunnels = t.Range
		tun := c.tunnels[t.V]
		switch {
		case tun == nil:
			sound = false
		case slices.Contains(m.Tunnels, tun):
			c.report("E0108", t.Range, "Stretch %s lists tunnel %s twice. Remove one of them.", m.Name, tun.Name)
		default:
			m.Tunnels = append(m.Tunnels, tun)
		}
	}
	slices.SortFunc(m.Tunnels, func(a, b *ir.Tunnel) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range s.Attaches {
		if n := c.nodes[a.Gateway.V]; n != nil {
			m.Attaches = append(m.Attaches, c.attach(s, m, a, n))
		} else {
			sound = false
		}
	}
	if !sound {
		return nil
	}
	c.addresses(s, m)
	if c.topology(m) {
		c.join(m)
		c.stretchSizes(m)
	}
	if c.errors > errors {
		return nil
	}
	slices.SortFunc(m.Attaches, func(a, b *ir.Attachment) int { return strings.Compare(a.Node.Name, b.Node.Name) })
	return m
}

func (c *compilation) stretchValues(s *schema.Stretch, m *ir.Stretch) {
	if s.VNI.Set && (s.VNI.V < minVNI || s.VNI.V > maxVNI) {
		c.report("E0105", s.VNI.Range, "VNI %d is outside of %d to %d. The range starts above the VLAN numbers, so that neither is mistaken for the other, and ends with 24 bits.", s.VNI.V, minVNI, maxVNI)
	}
	if s.Index.Set && (s.Index.V < 0 || s.Index.V > maxVNI) {
		c.report("E0105", s.Index.Range, "The index of a stretch is the number of its bridge and VXLAN device, 0 to %d.", maxVNI)
	}
	if s.Subnet.Set && s.Subnet.V != s.Subnet.V.Masked() {
		c.reportFix("E0123", s.Subnet.Range, `"`+s.Subnet.V.Masked().String()+`"`, "%s has bits set behind its length; the subnet is %s.", s.Subnet.V, s.Subnet.V.Masked())
	}
	if h := s.HostMTU; h.Set && (h.V < 1280 || h.V > 9216) {
		c.report("E0202", h.Range, "Hosts with an MTU of %d octets are outside of 1280 to 9216.", h.V)
	}
	if a := s.MACAging; a.Set && (a.V < 10*time.Second || a.V >= 1000000*time.Second || a.V%time.Second != 0) {
		c.report("E0513", a.Range, "MAC addresses cannot age after %s: 10s to 999999s, in whole seconds.", a.V)
	}
	if g := s.GatewayMAC; g.Set && !unicastMAC(g.V) {
		c.report("E0514", g.Range, "%q is not the MAC address of a host. Write six octets with colons between them, the first one even, as in 00:00:5e:00:01:0a for a VRRP group.", g.V)
	}
	if !m.Preserve {
		c.report("W0502", at(s.PreserveAddresses, s.Range), "Hosts of stretch %s may change their addresses, so nothing needs layer 2: route between the sites instead. A tunnel without a stretch does that, without flooding, fragments and shared failure.", m.Name)
	}
}

// unicastMAC reports whether a text is the MAC address of one station: the group bit (IEEE 802, section
// 8.2) is not set and not all octets are zero.
func unicastMAC(s string) bool {
	if !macAddress.MatchString(s) || s == "00:00:00:00:00:00" {
		return false
	}
	return strings.ContainsRune("02468aceACE", rune(s[1]))
}

func (c *compilation) attach(s *schema.Stretch, m *ir.Stretch, a *schema.Attach, n *ir.Node) *ir.Attachment {
	out := &ir.Attachment{
		Stretch: m, Node: n, Interface: a.Interface.V, VLAN: a.VLAN.V, Tagged: a.Tagged.V,
		DefaultGateway: a.DefaultGateway.V, MAC: strings.ToLower(a.MAC.V), HostMTU: a.HostMTU.Or(m.HostMTU), Hypervisor: a.Hypervisor.V,
		DHCPServer: a.DHCPServer.V, Standby: a.Standby.V, Paused: m.Paused || a.Standby.V, Origin: a.Range,
		Ranges: ir.AttachRanges{Interface: at(a.Interface, a.Range), VLAN: at(a.VLAN, a.Range), Address: at(a.Address, a.Range), MAC: at(a.MAC, a.Range)},
	}
	if a.Address.Set {
		out.Address = netip.PrefixFrom(a.Address.V, m.Subnet.Bits())
	}
	for _, p := range a.Probe {
		out.Probe = append(out.Probe, p.V)
		if s.Subnet.Set && !m.Subnet.Contains(p.V) {
			c.report("E0118", p.Range, "The probe %s is outside of the subnet %s, so it would not answer ARP there.", p.V, m.Subnet)
		}
	}
	c.nic(a.Interface)
	if strings.Contains(out.Interface, ".") {
		nic, vlan, _ := strings.Cut(out.Interface, ".")
		c.report("E0132", a.Interface.Range, "Name the NIC and the VLAN apart: interface = %q, vlan = %s, tagged = true.", nic, vlan)
	}
	if a.VLAN.Set && (a.VLAN.V < 1 || a.VLAN.V > 4094) {
		c.report("E0516", a.VLAN.Range, "%d is not a VLAN: 1 to 4094 (IEEE 802.1Q, section 9.6).", a.VLAN.V)
	}
	if out.Tagged && !a.VLAN.Set {
		c.report("E0516", at(a.Tagged, a.Range), "With tagged = true the gateway sees frames with a VLAN tag; write which, as in vlan = 20.")
	}
	if a.MAC.Set && !unicastMAC(a.MAC.V) {
		c.report("E0514", a.MAC.Range, "%q cannot be the MAC address of a bridge. Write six octets with colons between them, the first one even, as in 02:4c:32:00:00:01.", a.MAC.V)
	}
	if h := a.HostMTU; h.Set && (h.V < 1280 || h.V > 9216) {
		c.report("E0202", h.Range, "Hosts with an MTU of %d octets are outside of 1280 to 9216.", h.V)
	}
	return out
}

// addresses checks the static addresses of a stretch against its subnet, its default gateways and each
// other.
func (c *compilation) addresses(s *schema.Stretch, m *ir.Stretch) {
	if !s.Subnet.Set || m.Subnet != m.Subnet.Masked() {
		return
	}
	gateways := make(map[netip.Addr]bool)
	for _, a := range s.Attaches {
		if g := a.DefaultGateway; g.Set {
			gateways[g.V] = true
			if !m.Subnet.Contains(g.V) || edge(netip.PrefixFrom(g.V, m.Subnet.Bits())) {
				c.report("E0122", g.Range, "The default gateway %s is no host of the subnet %s.", g.V, m.Subnet)
			}
		}
	}
	seen := make(map[netip.Addr]*schema.Attach)
	for _, a := range s.Attaches {
		v := a.Address
		if !v.Set {
			continue
		}
		switch {
		case !m.Subnet.Contains(v.V):
			c.report("E0118", v.Range, "The address %s is outside of the subnet %s.", v.V, m.Subnet)
		case edge(netip.PrefixFrom(v.V, m.Subnet.Bits())):
			c.report("E0119", v.Range, "%s is the network or broadcast address of %s. Choose the address of a host that no pool hands out.", v.V, m.Subnet)
		case gateways[v.V]:
			c.report("E0120", v.Range, "%s is a default gateway of the subnet. The gateway of a stretch is one more host there; choose an address that nothing else has.", v.V)
		case seen[v.V] != nil:
			c.report("E0121", v.Range, "%s is given to the gateway at %s already. Both would answer ARP for it; each needs an address of its own.", v.V, seen[v.V].Address.Range)
		default:
			seen[v.V] = a
		}
	}
	if len(gateways) == 1 && len(s.Attaches) > 1 && !m.FirstHopLocal {
		for _, a := range s.Attaches[1:] {
			if g := a.DefaultGateway; g.Set && s.Attaches[0].DefaultGateway.Set {
				c.report("W0501", g.Range, "Both sites have the default gateway %s. It lives on one of them, and hosts of the other send what leaves the subnet across the tunnel and back; if both really have one, each hears the other's ARP answers. `l2stretch help gateways` shows the alternatives.", g.V)
				break
			}
		}
	}
}

// join finds, for every attachment, whom its frames go to and from which address. Attachments of one site
// never send to each other, and a spare is sent nothing.
func (c *compilation) join(m *ir.Stretch) {
	for _, a := range m.Attaches {
		for _, t := range m.Tunnels {
			for _, e := range t.Ends {
				if e.Node != a.Node {
					continue
				}
				for _, p := range m.Attaches {
					if p.Node == e.Peer.Node && p.Node.Site != a.Node.Site && (!p.Standby || a.Standby) {
						a.Remotes = append(a.Remotes, ir.Remote{VTEP: vtep(m, e.Peer), End: e, Peer: p})
					}
				}
			}
		}
		slices.SortFunc(a.Remotes, func(x, y ir.Remote) int {
			return cmp.Or(x.VTEP.Compare(y.VTEP), strings.Compare(x.End.Tunnel.Name, y.End.Tunnel.Name))
		})
		switch {
		case m.VTEP == ir.VTEPLoopback:
			a.Source = a.Node.RouterID
			a.Node.Loopback = a.Node.RouterID
			a.Remotes = slices.CompactFunc(a.Remotes, func(x, y ir.Remote) bool { return x.VTEP == y.VTEP })
		case len(a.Remotes) == 1:
			a.Source = a.Remotes[0].End.Address.Addr()
		}
	}
}

// vtep is the address of an end's node that frames are sent to.
func vtep(m *ir.Stretch, e *ir.End) netip.Addr {
	if m.VTEP == ir.VTEPLoopback {
		return e.Node.RouterID
	}
	return e.Address.Addr()
}
