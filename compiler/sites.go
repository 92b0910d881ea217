package compiler

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// defaultMTU is what an Ethernet path carries, in octets.
const defaultMTU = 1500

// maxObject is how long the name of an object may be on a box, with the specification's, so that the longest
// name made of it (a prefix list's) stays readable in the releases' own listings.
const maxObject = 63

// applianceBase is the release that an appliance is taken for while the box has not been asked.
const applianceBase = "1.2"

func (c *compilation) sites() {
	seen := make(names)
	for _, s := range c.file.Sites {
		if _, twice := seen[ir.BoxName(s.Name())]; s.Broken && (s.Label == "" || twice) {
			continue // it has no name that anything could refer to
		}
		c.name(seen, "site", s.Instance)
		site := &ir.Site{Name: s.Name(), Origin: s.Range}
		for _, n := range s.Networks {
			if slices.Contains(site.Networks, n.V) {
				c.report("E0124", n.Range, "Site %s lists the network %s twice. Remove one of them.", s.Name(), n.V)
				continue
			}
			if n.V != n.V.Masked() {
				c.reportFix("E0123", n.Range, strconv.Quote(n.V.Masked().String()), "%s has bits set behind its length; the network is %s.", n.V, n.V.Masked())
				continue
			}
			site.Networks = append(site.Networks, n.V)
		}
		slices.SortFunc(site.Networks, comparePrefix)
		for _, r := range s.ExternalRoutes {
			site.ExternalRoutes = append(site.ExternalRoutes, ir.ExternalRoute{
				Device: r.Device.V, Prefix: r.Prefix.V.Masked(), NextHop: r.NextHop.V, Origin: r.Range,
			})
		}
		c.nutanix(s, site)
		for _, g := range s.Gateways {
			if g.Broken {
				continue
			}
			if n := c.node(s, site, g); n != nil {
				site.Nodes = append(site.Nodes, n)
				c.nodes[g] = n
			}
		}
		slices.SortFunc(site.Nodes, func(a, b *ir.Node) int { return strings.Compare(a.Name, b.Name) })
		c.fabric.Sites = append(c.fabric.Sites, site)
		c.fabric.Nodes = append(c.fabric.Nodes, site.Nodes...)
	}
	c.uplinks() // while the order is the source's, so that the later one is reported
	slices.SortFunc(c.fabric.Sites, func(a, b *ir.Site) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.fabric.Nodes, func(a, b *ir.Node) int { return strings.Compare(a.Name, b.Name) })
}

// names remembers by their names on a box the instances that were seen.
type names map[string]schema.Instance

// name checks that an instance's name fits a box and that no other one becomes the same there.
func (c *compilation) name(seen names, kind string, i schema.Instance) {
	box := ir.BoxName(i.Name())
	if first, ok := seen[box]; ok {
		c.report("E0102", i.Range, "The %s %q becomes %q on a box, and so does %q at %s. Rename one of them.",
			kind, i.Name(), box, first.Name(), first.Range)
		return
	}
	seen[box] = i
	if full := ir.ObjectName(c.fabric.Name, i.Name()); len(full) > maxObject {
		c.report("E0101", i.Range, "On a box the %s is called %q, which has %d characters. At most %d are carried everywhere; shorten its label, its key or the specification's name.",
			kind, full, len(full), maxObject)
	}
}

// minimums are the versions from which the platform stretches subnets.
var minimums = []struct {
	what  string
	least []int
	code  ir.Code
	get   func(*schema.Nutanix) schema.Value[string]
}{
	{"AOS on the Prism Element cluster", []int{5, 19}, "E0128", func(n *schema.Nutanix) schema.Value[string] { return n.PrismElement }},
	{"Prism Central", []int{2021, 3}, "E0129", func(n *schema.Nutanix) schema.Value[string] { return n.PrismCentral }},
	{"the gateway appliance", []int{4, 0}, "E0127", func(n *schema.Nutanix) schema.Value[string] { return n.Appliance }},
}

func (c *compilation) nutanix(s *schema.Site, site *ir.Site) {
	n := s.Nutanix
	if n == nil {
		return
	}
	site.Nutanix = &ir.Nutanix{PCVM: n.PCVM.V}
	for _, m := range minimums {
		v := m.get(n)
		if !v.Set {
			continue
		}
		have, ok := version(v.V)
		if !ok {
			c.report("E0131", v.Range, "%q is not a version. Write numbers with dots, as in %q.", v.V, dotted(m.least)+".1")
			continue
		}
		if slices.Compare(have, m.least) < 0 {
			c.report(m.code, v.Range, "Version %s of %s cannot stretch a subnet; the first that can is %s.", v.V, m.what, dotted(m.least))
		}
	}
}

// version reads numbers with dots between them.
func version(s string) ([]int, bool) {
	var out []int
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

func dotted(v []int) string {
	parts := make([]string, len(v))
	for i, n := range v {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// nicName is an interface name as all releases take it for a physical NIC; the number behind the dot is a
// VLAN.
var nicName = regexp.MustCompile(`^(?:eth|lan|eno|ens|enp|enx|bond)[0-9a-z]{1,10}$`)

// node makes the model's node of a gateway, nil when it has an error that other checks depend on.
func (c *compilation) node(s *schema.Site, site *ir.Site, g *schema.Gateway) *ir.Node {
	errors := c.errors
	n := &ir.Node{
		Spec:       c.fabric.Name,
		Name:       s.Name() + "/" + g.Label,
		Label:      g.Label,
		Site:       site,
		Platform:   ir.Platform(g.Platform.Or(string(ir.VyOS))),
		ApplyOrder: g.ApplyOrder.V,
		Origin:     g.Range,
		Ranges:     ir.NodeRanges{Release: at(g.Release, at(g.Platform, g.Range)), ASN: g.Range},
	}
	c.releaseOf(g, n)
	c.uplink(g, n)
	c.inside(g, n)
	if g.BGP != nil {
		n.Ranges.ASN = at(g.BGP.ASN, g.BGP.Range)
		c.asn(g, n)
		n.RouterID = g.BGP.RouterID.V
		if id := g.BGP.RouterID; id.Set && !id.V.Is4() {
			c.report("E0412", id.Range, "A BGP identifier has the form of an IPv4 address (RFC 4271, section 4.2); %s is none.", id.V)
		}
	}
	if ssh := g.SSH; ssh != nil {
		n.SSH = ir.SSH{
			Host: ssh.Host.V, Port: ssh.Port.V, User: ssh.User.Or("vyos"), IdentityFile: ssh.IdentityFile.V,
			Password: secret(ssh.Password), KnownHosts: ssh.KnownHosts.V, Jump: ssh.Jump.V, InBand: ssh.InBand.V,
		}
		n.Ranges.SSHHost = ssh.Host.Range
		for _, k := range ssh.HostKeys {
			n.SSH.HostKeys = append(n.SSH.HostKeys, k.V)
		}
	}
	if c.errors > errors {
		return nil
	}
	c.wayIn(s, g, n)
	return n
}

// releaseOf finds out which VyOS release a gateway has, an appliance's included.
func (c *compilation) releaseOf(g *schema.Gateway, n *ir.Node) {
	if n.Platform != ir.VyOS {
		if g.Release.Set {
			c.report("E0126", g.Release.Range, "A gateway with the platform %q has no VyOS release. Remove the attribute.", n.Platform)
		}
		return
	}
	if !g.Release.Set {
		c.report("E0126", g.Range, "Gateway %s has no release, and commands differ from release to release. Run `show version` on the box and write, for example, release = \"1.4\".", n.Name)
		return
	}
	n.Release, n.Appliance = g.Release.V, g.Appliance.V
	if g.Appliance.Set {
		c.appliance(g.Appliance)
	}
	major, _, _ := strings.Cut(g.Release.V, ".")
	number, err := strconv.Atoi(major)
	if err != nil || number < 2 {
		return // a release of VyOS itself; the backend knows which there are
	}
	if number < 4 {
		c.report("E0127", g.Release.Range, "%s is a version of the gateway appliance that cannot stretch a subnet; the first that can is 4.0. For VyOS itself write its own release, as in \"1.4\".", g.Release.V)
		return
	}
	n.Appliance = strings.TrimSuffix(g.Release.V, ".x")
	n.Release, n.Assumed = applianceBase, true
	c.report("W0110", g.Release.Range,
		"%q is a version of the gateway appliance, which does not say what VyOS release it is built on; commands for VyOS %s are made. Run `show version` on the box, then write what it says: release = \"1.3\" and appliance = %q, for example.",
		g.Release.V, applianceBase, n.Appliance)
}

func (c *compilation) appliance(v schema.Value[string]) {
	have, ok := version(strings.TrimSuffix(v.V, ".x"))
	switch {
	case !ok:
		c.report("E0131", v.Range, "%q is not a version of the appliance. Write numbers with dots, as in \"4.0.2\".", v.V)
	case have[0] < 4:
		c.report("E0127", v.Range, "Version %s of the gateway appliance cannot stretch a subnet; the first that can is 4.0.", v.V)
	}
}

func (c *compilation) uplink(g *schema.Gateway, n *ir.Node) {
	u := g.Uplink
	if u == nil {
		return // the language requires it
	}
	n.Uplink = ir.Uplink{
		Interface: u.Interface.V, Address: u.Address.V, MTU: u.MTU.Or(defaultMTU), Public: u.PublicAddress.V, NextHop: u.NextHop.V,
	}
	n.Ranges.Uplink, n.Ranges.UplinkAddress = at(u.Interface, u.Range), at(u.Address, u.Range)
	c.nic(u.Interface)
	c.hostAddress("uplink", u.Address)
	if u.MTU.Set && (u.MTU.V < 576 || u.MTU.V > 16000) {
		c.report("E0202", u.MTU.Range, "An MTU of %d is outside of 576 to 16000 octets.", u.MTU.V)
	}
	if u.PublicAddress.Set && u.Address.Set && u.PublicAddress.V.Is4() != u.Address.V.Addr().Is4() {
		c.report("E0311", u.PublicAddress.Range, "The public address %s and the uplink's own address %s are of different families.", u.PublicAddress.V, u.Address.V)
	}
	if u.NextHop.Set && u.Address.Set && !reachable(u.Address.V, u.NextHop.V) {
		c.report("E0410", u.NextHop.Range, "The next hop %s is not a neighbour on %s: a static route needs a next hop on a segment that the gateway has.", u.NextHop.V, u.Address.V.Masked())
	}
}

func (c *compilation) inside(g *schema.Gateway, n *ir.Node) {
	i := g.Inside
	if i == nil {
		return
	}
	n.Inside = &ir.Inside{Interface: i.Interface.V, Address: i.Address.V, NextHop: i.NextHop.V}
	n.Ranges.Inside = at(i.Interface, i.Range)
	c.nic(i.Interface)
	c.hostAddress("inside", i.Address)
	if i.NextHop.Set && i.Address.Set && !reachable(i.Address.V, i.NextHop.V) {
		c.report("E0410", i.NextHop.Range, "The next hop %s is not a neighbour on %s: a static route needs a next hop on a segment that the gateway has.", i.NextHop.V, i.Address.V.Masked())
	}
	if g.Uplink == nil {
		return
	}
	if u := g.Uplink; u.Interface.Set && u.Interface.V == i.Interface.V {
		c.report("E0505", i.Interface.Range, "%s is the uplink already. A gateway with one interface for both has no block inside; write next_hop in its block uplink.", i.Interface.V)
	}
	if u := g.Uplink; u.Address.Set && i.Address.Set && u.Address.V.Overlaps(i.Address.V) {
		c.report("E0512", i.Address.Range, "%s overlaps the uplink's network %s. Two interfaces cannot be in one network.", i.Address.V.Masked(), u.Address.V.Masked())
	}
}

// wayIn warns of networks that a gateway announces and cannot reach itself (N5).
func (c *compilation) wayIn(s *schema.Site, g *schema.Gateway, n *ir.Node) {
	if len(n.Site.Networks) == 0 || n.Uplink.NextHop.IsValid() {
		return
	}
	if n.Inside == nil {
		c.report("W0403", g.Range, "Gateway %s announces %s and says nothing of how it reaches them: traffic from afar could follow its default route to the Internet, in clear. Give it a block inside with interface, address and next_hop, or next_hop in uplink where one interface serves both.",
			n.Name, list(n.Site.Networks))
		return
	}
	for _, network := range s.Networks {
		if hop := n.Inside.NextHop; hop.IsValid() && hop.Is4() == network.V.Addr().Is4() {
			continue
		}
		if hop := n.Inside.NextHop; hop.IsValid() {
			c.report("W0403", network.Range, "The next_hop of gateway %s, %s, is of the other address family, so it is no way to %s. Without a route of its own the gateway sends such packets to its default route, in clear.", n.Name, hop, network.V)
			continue
		}
		if network.V.Bits() < n.Inside.Address.Bits() || !n.Inside.Address.Overlaps(network.V) {
			c.report("W0403", network.Range, "Gateway %s has no next_hop in its block inside, and %s is not the network of that interface. Without a route of its own the gateway sends such packets to its default route, in clear.", n.Name, network.V)
		}
	}
}

func (c *compilation) asn(g *schema.Gateway, n *ir.Node) {
	v := g.BGP.ASN
	switch {
	case !v.Set:
	case v.V < 1 || v.V > 4294967294 || v.V == 23456 || v.V == 65535:
		c.report("E0113", v.Range, "%d cannot be the number of an autonomous system: 1 to 4294967294, without 23456 and 65535 (RFC 7607, RFC 6793, RFC 7300). Private ones are 64512 to 65534 and 4200000000 to 4294967294.", v.V)
	default:
		n.ASN = ir.ASN(v.V)
	}
}

func (c *compilation) nic(v schema.Value[string]) {
	if v.Set && !nicName.MatchString(baseNIC(v.V)) {
		c.report("E0132", v.Range, "%q is not the name of a NIC as gateways have it, such as eth0, or eth0.100 for a VLAN of it.", v.V)
	}
}

// baseNIC is the NIC of a VLAN interface, or the interface itself.
func baseNIC(name string) string {
	nic, vlan, ok := strings.Cut(name, ".")
	if n, err := strconv.Atoi(vlan); ok && (err != nil || n < 1 || n > 4094) {
		return name
	}
	return nic
}

// hostAddress checks that an address may be given to an interface.
func (c *compilation) hostAddress(what string, v schema.Value[netip.Prefix]) {
	if !v.Set {
		return
	}
	a := v.V.Addr()
	switch {
	case a.IsMulticast(), a.IsLoopback(), a.IsUnspecified(), a.IsLinkLocalUnicast() && a.Is6():
		c.report("E0114", v.Range, "%s cannot be the address of an interface.", a)
	case edge(v.V):
		c.report("E0114", v.Range, "%s is the network or broadcast address of %s. Give the %s an address of a host, with the length of its network.", a, v.V.Masked(), what)
	}
}

// uplinks checks what the uplinks of all nodes have to be for each other.
func (c *compilation) uplinks() {
	seen := make(map[netip.Addr]*ir.Node)
	for _, n := range c.fabric.Nodes {
		a := n.Outer()
		if first, ok := seen[a]; ok && a.IsValid() {
			c.report("E0115", n.Ranges.UplinkAddress, "Gateway %s has %s towards others, and so has %s at %s. Each gateway needs an address of its own; behind one NAT each needs a public_address of its own.", n.Name, a, first.Name, first.Ranges.UplinkAddress)
			continue
		}
		seen[a] = n
	}
}
