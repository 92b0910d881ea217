package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/release"
)

var vxlanRules = []Rule{
	{
		Name: "vxlan-vni", Outcome: Refused, Why: "a VXLAN interface has a VNI, or external",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				vni, external := a.holds(vx.node, "vni"), a.holds(vx.node, "parameters", "external")
				if vni == external {
					a.fault(vx.node, "it has neither vni nor parameters external, or both")
				}
			}
		},
	},
	{
		Name: "vxlan-vni-twice", Outcome: Crashes, Why: "a VNI is on one VXLAN interface",
		check: func(a *audit) {
			seen := make(map[string]string)
			for _, vx := range a.of("vxlan") {
				vni := a.text(vx.node, "vni")
				if first := seen[vni]; first != "" && vni != "" {
					a.fault(vx.node, "%s has VNI %s as well", first, vni)
				}
				seen[vni] = vx.name
			}
		},
	},
	{
		Name: "vxlan-vni-range", Outcome: Refused, Why: "the release's VNIs end before",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if n := a.number(vx.node, "vni"); n > a.rel.MaxVNI {
					a.fault(vx.node, "vni %d is above %d", n, a.rel.MaxVNI)
				}
			}
		},
	},
	{
		Name: "vxlan-remote", Outcome: Refused, Why: "without a remote or a group it sends to nobody",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				controlled := a.holds(vx.node, "parameters", "external") || a.holds(vx.node, "parameters", "nolearning")
				if len(vx.node.Values("remote")) == 0 && !a.holds(vx.node, "group") && !controlled {
					a.fault(vx.node, "it has no remote")
				}
			}
		},
	},
	{
		Name: "vxlan-one-remote", Outcome: Refused, Why: "the release takes one remote, an IPv4 address",
		Only: lacks(release.VXLANRemotes),
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if r := vx.node.Values("remote"); len(r) > 1 || len(r) == 1 && strings.Contains(r[0], ":") {
					a.fault(vx.node, "it has the remotes %s", strings.Join(r, " and "))
				}
			}
		},
	},
	{
		Name: "vxlan-families", Outcome: Refused, Why: "remotes and source are of one family",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				all := vx.node.Values("remote")
				if s := a.text(vx.node, "source-address"); s != "" {
					all = append(all, s)
				}
				for _, r := range all {
					if strings.Contains(r, ":") != strings.Contains(all[0], ":") {
						a.fault(vx.node, "%s and %s are of different families", all[0], r)
						break
					}
				}
			}
		},
	},
	{
		Name: "vxlan-group", Outcome: Refused, Why: "a multicast group needs the interface that it is on",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if a.holds(vx.node, "group") && !a.holds(vx.node, "source-interface") && !a.holds(vx.node, "link") {
					a.fault(vx.node, "group without an underlying interface")
				}
			}
		},
	},
	{
		Name: "vxlan-source", Outcome: Breaks, Why: "the box takes a source address that it does not have",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if s, err := netip.ParseAddr(a.text(vx.node, "source-address")); err == nil && a.owner[s] == "" {
					a.fault(vx.node, "source-address %s is on no interface", s)
				}
			}
		},
	},
	{
		Name: "vxlan-link", Outcome: Breaks, Why: "a device linked to a VTI goes with it and does not come back",
		Only: lacks(release.VXLANSource),
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if l := a.text(vx.node, "link"); strings.HasPrefix(l, "vti") {
					a.fault(vx.node, "link %s", l)
				}
			}
		},
	},
	{
		Name: "vxlan-underlay-mtu", Outcome: Refused, Why: "with source-interface the device and 50 octets (70 for IPv6) fit the interface below",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				lower, ok := a.named[a.text(vx.node, "source-interface")]
				if !ok {
					continue
				}
				head := 50
				if strings.Contains(a.text(vx.node, "source-address"), ":") {
					head = 70
				}
				if m := a.number(lower, "mtu"); m != 0 && m < a.number(vx.node, "mtu")+head {
					a.fault(vx.node, "mtu %d and %d octets of headers over an interface with %d", a.number(vx.node, "mtu"), head, m)
				}
			}
		},
	},
	{
		Name: "vxlan-port", Outcome: Breaks, Why: "the releases' defaults differ, and the ends must agree",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if p := a.text(vx.node, a.rel.VXLANPort); p != "4789" {
					a.fault(vx.node, "%s is not stated as 4789", a.rel.VXLANPort)
				}
			}
		},
	},
	{
		Name: "vxlan-mtu-range", Outcome: Refused, Why: "the release's range",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if m := a.number(vx.node, "mtu"); m != 0 && (m < a.rel.MinVXLANMTU || m > a.rel.MaxMTU) {
					a.fault(vx.node, "mtu %d is outside of %d to %d", m, a.rel.MinVXLANMTU, a.rel.MaxMTU)
				}
			}
		},
	},
	{
		Name: "vxlan-mtu-bridge", Outcome: Breaks, Why: "frames above the smaller one vanish without an answer",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				for _, br := range a.member[vx.name] {
					n, ok := a.root.Find("interfaces", "bridge", br)
					if !ok {
						continue
					}
					for _, p := range a.ports {
						if slices.Contains(a.member[p.name], br) && a.number(p.node, "mtu") != a.number(vx.node, "mtu") {
							a.fault(vx.node, "mtu %d, and %d on %s", a.number(vx.node, "mtu"), a.number(p.node, "mtu"), p.name)
						}
					}
					if b := a.number(n, "mtu"); b != 0 && b < a.number(vx.node, "mtu") {
						a.fault(n, "mtu %d below the member's %d", b, a.number(vx.node, "mtu"))
					}
				}
			}
		},
	},
	{
		Name: "vxlan-fragment", Outcome: Breaks, Why: "with DF set on the outer packet large frames vanish",
		Only: knows(release.BridgeFilter),
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if a.text(vx.node, "parameters", "ip", "df") == "set" {
					a.fault(vx.node, "parameters ip df set")
				}
			}
		},
	},
	{
		Name: "vxlan-neighbor-suppress", Outcome: Refused, Why: "neighbor-suppress is a setting of a bridge's member",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if a.holds(vx.node, "parameters", "neighbor-suppress") && a.member[vx.name] == nil {
					a.fault(vx.node, "neighbor-suppress, and it is in no bridge")
				}
			}
		},
	},
	{
		Name: "vxlan-vlan-to-vni", Outcome: Refused, Why: "vlan-to-vni is a setting of a bridge's member",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if a.holds(vx.node, "vlan-to-vni") && a.member[vx.name] == nil {
					a.fault(vx.node, "vlan-to-vni, and it is in no bridge")
				}
			}
		},
	},
	{
		Name: "vxlan-gpe", Outcome: Refused, Why: "gpe needs external",
		check: func(a *audit) {
			for _, vx := range a.of("vxlan") {
				if a.holds(vx.node, "gpe") && !a.holds(vx.node, "parameters", "external") {
					a.fault(vx.node, "gpe without parameters external")
				}
			}
		},
	},
}
