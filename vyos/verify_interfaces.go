package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/release"
)

// singles are leaves of interfaces that hold one value. The command line replaces the first value by the
// second; a tree that holds both was made wrongly.
var singles = []string{
	"aging", "description", "mac", "mtu", "port", "remote-port", "source-address", "source-interface", "link", "group", "vni", "stp", "priority",
}

var interfaceRules = []Rule{
	{
		Name: "interface-single-value", Outcome: Breaks, Why: "a leaf has one value",
		check: func(a *audit) {
			for _, p := range a.ports {
				for _, leaf := range singles {
					if v := p.node.Values(leaf); len(v) > 1 {
						a.fault(p.node, "%s has the values %s", leaf, strings.Join(v, " and "))
					}
				}
			}
		},
	},
	{
		Name: "interface-name", Outcome: Refused, Why: "this release names its NICs ethN and lanN",
		Only: func(r *release.Release) bool { return r.LegacyNames },
		check: func(a *audit) {
			for _, p := range a.of("ethernet") {
				if !strings.HasPrefix(p.name, "eth") && !strings.HasPrefix(p.name, "lan") {
					a.fault(p.node, "the release knows no such name")
				}
			}
		},
	},
	{
		Name: "interface-address-twice", Outcome: Breaks, Why: "an address is on one interface",
		check: func(a *audit) {
			for _, p := range a.ports {
				for _, v := range p.node.Values("address") {
					if prefix, err := netip.ParsePrefix(v); err == nil && a.owner[prefix.Addr()] != p.name {
						a.fault(p.node, "%s is on %s as well", prefix.Addr(), a.owner[prefix.Addr()])
					}
				}
			}
		},
	},
	{
		Name: "interface-segment-twice", Outcome: Breaks, Why: "two interfaces in one network make replies leave by the wrong one",
		check: func(a *audit) {
			type segment struct {
				name   string
				prefix netip.Prefix
			}
			var seen []segment
			for _, p := range a.ports {
				for _, v := range p.node.Values("address") {
					prefix, err := netip.ParsePrefix(v)
					if err != nil {
						continue
					}
					for _, s := range seen {
						if s.name != p.name && s.prefix.Overlaps(prefix) {
							a.fault(p.node, "%s overlaps %s of %s", prefix.Masked(), s.prefix.Masked(), s.name)
						}
					}
					seen = append(seen, segment{p.name, prefix})
				}
			}
		},
	},
	{
		Name: "interface-mtu-ipv6", Outcome: Refused, Why: "IPv6 needs 1280 octets; below them the link-local address is to be switched off",
		Only: knows(release.BridgeNoLinkLocal),
		check: func(a *audit) {
			for _, p := range a.ports {
				if p.kind != "vxlan" && p.kind != "ethernet" {
					continue // bridges, dummies and VTIs are not checked
				}
				if m := a.number(p.node, "mtu"); m != 0 && m < 1280 && !a.holds(p.node, "ipv6", "address", "no-default-link-local") {
					a.fault(p.node, "mtu %d without ipv6 address no-default-link-local", m)
				}
			}
		},
	},
	{
		Name: "interface-address-ipv6-mtu", Outcome: Breaks, Why: "the kernel takes IPv6 addresses from an interface below 1280 octets",
		check: func(a *audit) {
			for _, p := range a.ports {
				m := a.number(p.node, "mtu")
				for _, v := range p.node.Values("address") {
					if prefix, err := netip.ParsePrefix(v); err == nil && prefix.Addr().Is6() && m != 0 && m < 1280 {
						a.fault(p.node, "%s on an interface with mtu %d", v, m)
					}
				}
			}
		},
	},
	{
		Name: "vif-parent-mtu", Outcome: Refused, Why: "a VLAN is at most as large as its NIC",
		check: func(a *audit) {
			for _, p := range a.ports {
				for _, vif := range a.all(p.node, "vif") {
					parent := a.number(p.node, "mtu")
					if parent == 0 {
						parent = 1500
					}
					if m := a.number(vif, "mtu"); m > parent {
						a.fault(vif, "mtu %d above the NIC's %d", m, parent)
					}
				}
			}
		},
	},
	{
		Name: "vti-unbound", Outcome: Breaks, Why: "a VTI that no peer binds has no device, or never comes up",
		check: func(a *audit) {
			for _, v := range a.of("vti") {
				if len(a.binding(v.name)) == 0 {
					a.fault(v.node, "no peer binds it")
				}
			}
		},
	},
	{
		Name: "vti-bound-twice", Outcome: Refused, Why: "a VTI belongs to one peer",
		check: func(a *audit) {
			for _, v := range a.of("vti") {
				if peers := a.binding(v.name); len(peers) > 1 {
					a.fault(v.node, "peers %s bind it", strings.Join(peers, " and "))
				}
			}
		},
	},
	{
		Name: "vti-address", Outcome: Breaks, Why: "BGP and VXLAN run between the addresses of the VTIs",
		check: func(a *audit) {
			for _, v := range a.of("vti") {
				if len(v.node.Values("address")) == 0 {
					a.fault(v.node, "it has no address")
				}
			}
		},
	},
	{
		Name: "vti-address-ipv4", Outcome: Refused, Why: "a VTI of this release takes IPv4 addresses only",
		Only: lacks(release.VTIAddress6),
		check: func(a *audit) {
			for _, v := range a.of("vti") {
				if slices.ContainsFunc(v.node.Values("address"), func(s string) bool { return strings.Contains(s, ":") }) {
					a.fault(v.node, "it has an IPv6 address")
				}
			}
		},
	},
}

// binding lists the peers that bind a VTI.
func (a *audit) binding(vti string) (peers []string) {
	for _, p := range a.list("vpn", "ipsec", "site-to-site", "peer") {
		if a.text(p, "vti", "bind") == vti {
			peers = append(peers, p.Name())
		}
	}
	return peers
}

var bridgeRuleTable = []Rule{
	{
		Name: "bridge-member-exists", Outcome: Breaks, Why: "the box takes the name of an interface that is not there",
		Only: knows(release.BridgeMembers),
		check: func(a *audit) {
			for _, br := range a.of("bridge") {
				for _, m := range a.below(br.node, "member", "interface") {
					if _, ok := a.named[m.Name()]; !ok {
						a.fault(m, "there is no such interface")
					}
				}
			}
		},
	},
	{
		Name: "bridge-group-exists", Outcome: Refused, Why: "a port joins a bridge that exists",
		Only: lacks(release.BridgeMembers),
		check: func(a *audit) {
			for _, p := range a.ports {
				for _, br := range a.member[p.name] {
					if !a.exists("interfaces", "bridge", br) {
						a.fault(p.node, "there is no bridge %s", br)
					}
				}
			}
		},
	},
	{
		Name: "bridge-member-address", Outcome: Refused, Why: "a member of a bridge has no address of its own",
		check: func(a *audit) {
			for _, p := range a.ports {
				if v := p.node.Values("address"); len(v) > 0 && a.member[p.name] != nil {
					a.fault(p.node, "it has the address %s and is a member of %s", v[0], a.member[p.name][0])
				}
			}
		},
	},
	{
		Name: "bridge-member-vrf", Outcome: Refused, Why: "a member of a bridge is in no VRF",
		check: func(a *audit) {
			for _, p := range a.ports {
				if a.holds(p.node, "vrf") && a.member[p.name] != nil {
					a.fault(p.node, "it is in a VRF and a member of %s", a.member[p.name][0])
				}
			}
		},
	},
	{
		Name: "bridge-member-twice", Outcome: Refused, Why: "an interface is a port of one bridge",
		check: func(a *audit) {
			for _, p := range a.ports {
				if m := a.member[p.name]; len(m) > 1 {
					a.fault(p.node, "it is a member of %s", strings.Join(m, " and "))
				}
			}
		},
	},
	{
		Name: "bridge-member-bond", Outcome: Refused, Why: "a member of a bond is no port of a bridge",
		check: func(a *audit) {
			for _, p := range a.ports {
				if a.bond[p.name] != "" && a.member[p.name] != nil {
					a.fault(p.node, "it is a member of %s and of %s", a.bond[p.name], a.member[p.name][0])
				}
			}
		},
	},
	{
		Name: "bridge-member-underlay", Outcome: Refused, Why: "what carries another interface is no port of a bridge",
		check: func(a *audit) {
			for _, p := range a.ports {
				if a.under[p.name] != "" && a.member[p.name] != nil {
					a.fault(p.node, "%s runs over it, and it is a member of %s", a.under[p.name], a.member[p.name][0])
				}
			}
		},
	},
	{
		Name: "bridge-member-loopback", Outcome: Refused, Why: "lo is no port of a bridge",
		check: func(a *audit) {
			for _, br := range a.member["lo"] {
				if n, ok := a.root.Find("interfaces", "bridge", br); ok {
					a.fault(n, "lo is a member")
				}
			}
		},
	},
	{
		Name: "bridge-member-trunk", Outcome: Breaks, Why: "a bridge that knows no VLANs takes the tagged frames of its port along",
		check: func(a *audit) {
			for _, p := range a.ports {
				if a.member[p.name] != nil && a.holds(p.node, "vif") {
					a.fault(p.node, "it is a member of %s and has VLANs of its own", a.member[p.name][0])
				}
			}
		},
	},
	{
		Name: "bridge-vlan-aware", Outcome: Refused, Why: "VLANs of a bridge need enable-vlan, and VLAN 1 is the bridge itself",
		Only: knows(release.BridgeMembers),
		check: func(a *audit) {
			for _, br := range a.of("bridge") {
				aware := a.holds(br.node, "enable-vlan")
				if !aware && a.holds(br.node, "vif") {
					a.fault(br.node, "vif without enable-vlan")
				}
				if aware && a.holds(br.node, "vif", "1") {
					a.fault(br.node, "vif 1 of a bridge with enable-vlan")
				}
				for _, m := range a.below(br.node, "member", "interface") {
					if !aware && (a.holds(m, "allowed-vlan") || a.holds(m, "native-vlan")) {
						a.fault(m, "VLANs of a member without enable-vlan")
					}
				}
			}
		},
	},
	{
		Name: "bridge-mac", Outcome: Breaks, Why: "clones of one image give their bridges one MAC address",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				for _, br := range a.member[vx.name] {
					if n, ok := a.root.Find("interfaces", "bridge", br); ok && !a.holds(n, "mac") {
						a.fault(n, "a stretched bridge without a MAC address of its own")
					}
				}
			}
		},
	},
	{
		Name: "bridge-stp", Outcome: Breaks, Why: "spanning tree of two sites becomes one",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				for _, br := range a.member[vx.name] {
					n, ok := a.root.Find("interfaces", "bridge", br)
					if ok && a.holds(n, "stp") && a.text(n, "stp") != "false" {
						a.fault(n, "STP is on")
					}
				}
			}
		},
	},
}
