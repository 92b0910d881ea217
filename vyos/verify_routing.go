package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// staticRoutes lists the static routes of both families.
func (a *audit) staticRoutes() []config.Node {
	return slices.Concat(a.list("protocols", "static", "route"), a.list("protocols", "static", "route6"))
}

// prefixLists lists the prefix lists of both families.
func (a *audit) prefixLists() []config.Node {
	return slices.Concat(a.list("policy", "prefix-list"), a.list("policy", "prefix-list6"))
}

var routingRules = []Rule{
	{
		Name: "route-target", Outcome: Breaks, Why: "a route leads somewhere (1.2 and 1.3 refuse it, later releases do not say)",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				if !slices.ContainsFunc([]string{"next-hop", "blackhole", "dhcp-interface", "interface", "reject"}, func(s string) bool { return a.holds(r, s) }) {
					a.fault(r, "it has neither a next hop nor a blackhole")
				}
			}
		},
	},
	{
		Name: "route-blackhole-reject", Outcome: Refused, Why: "blackhole and reject exclude each other",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				if a.holds(r, "blackhole") && a.holds(r, "reject") {
					a.fault(r, "blackhole and reject")
				}
			}
		},
	},
	{
		Name: "route-next-hop", Outcome: Breaks, Why: "a next hop that is no neighbour leaves the route inactive",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				for _, h := range a.all(r, "next-hop") {
					hop, err := netip.ParseAddr(h.Name())
					if err == nil && !a.connected(hop) {
						a.fault(h, "it is on no segment of the box")
					}
				}
			}
		},
	},
	{
		Name: "route-interface", Outcome: Breaks, Why: "the box takes a route by an interface that is not there",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				for _, i := range a.all(r, "interface") {
					if _, ok := a.named[i.Name()]; !ok {
						a.fault(i, "there is no such interface")
					}
				}
			}
		},
	},
	{
		Name: "blackhole-distance", Outcome: Breaks, Why: "a blackhole without a large distance wins, and FRR takes 255 for unreachable",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				b, ok := r.Child("blackhole")
				if !ok {
					continue
				}
				if d := a.number(b, "distance"); a.backs(r) && (d <= 20 || d == 255) {
					a.fault(b, "distance %q", a.text(b, "distance"))
				}
			}
		},
	},
	{
		Name: "blackhole-longer", Outcome: Breaks, Why: "a blackhole longer than the connected route that it backs up wins at any distance",
		check: func(a *audit) {
			for _, r := range a.staticRoutes() {
				p, err := netip.ParsePrefix(r.Name())
				if err != nil || !a.holds(r, "blackhole") || a.holds(r, "next-hop") {
					continue
				}
				for _, v := range a.of("vti") {
					for _, s := range v.node.Values("address") {
						if c, err := netip.ParsePrefix(s); err == nil && c.Overlaps(p) && p.Bits() > c.Bits() {
							a.fault(r, "it lies within %s of %s", c.Masked(), v.name)
						}
					}
				}
			}
		},
	},
	{
		Name: "blackhole-missing", Outcome: Breaks, Why: "while the VTI is down its packets follow the default route, in clear",
		check: func(a *audit) {
			for _, v := range a.of("vti") {
				for _, s := range v.node.Values("address") {
					if c, err := netip.ParsePrefix(s); err == nil && !a.exists("protocols", "static", "route"+six(c.Addr()), c.Masked().String(), "blackhole") {
						a.fault(v.node, "no blackhole for %s", c.Masked())
					}
				}
			}
		},
	},
	{
		Name: "prefix-list-rule", Outcome: Refused, Why: "a rule has an action and a prefix",
		check: func(a *audit) {
			for _, l := range a.prefixLists() {
				for _, r := range a.all(l, "rule") {
					if !a.holds(r, "action") || !a.holds(r, "prefix") {
						a.fault(r, "action or prefix is missing")
					}
				}
			}
		},
	},
	{
		Name: "prefix-list-range", Outcome: Refused, Why: "ge and le lie above the prefix's own length",
		check: func(a *audit) {
			for _, l := range a.prefixLists() {
				for _, r := range a.all(l, "rule") {
					p, err := netip.ParsePrefix(a.text(r, "prefix"))
					ge, le := a.number(r, "ge"), a.number(r, "le")
					if err == nil && (ge != 0 && ge <= p.Bits() || le != 0 && (le <= p.Bits() || le < ge)) {
						a.fault(r, "%s with ge %d and le %d", p, ge, le)
					}
				}
			}
		},
	},
	{
		Name: "prefix-list-network", Outcome: Refused, Why: "the prefix of a rule is a network",
		check: func(a *audit) {
			for _, l := range a.prefixLists() {
				for _, r := range a.all(l, "rule") {
					if p, err := netip.ParsePrefix(a.text(r, "prefix")); err == nil && p != p.Masked() {
						a.fault(r, "%s has host bits", p)
					}
				}
			}
		},
	},
	{
		Name: "prefix-list-twice", Outcome: Refused, Why: "later releases refuse two equal rules",
		check: func(a *audit) {
			for _, l := range a.prefixLists() {
				seen := make(map[string]string)
				for _, r := range a.all(l, "rule") {
					key := strings.Join([]string{a.text(r, "action"), a.text(r, "prefix"), a.text(r, "ge"), a.text(r, "le")}, " ")
					if first := seen[key]; first != "" {
						a.fault(r, "rule %s says the same", first)
					}
					seen[key] = r.Name()
				}
			}
		},
	},
	{
		Name: "route-map-rule", Outcome: Refused, Why: "a rule has an action, and lists that exist",
		check: func(a *audit) {
			for _, m := range a.list("policy", "route-map") {
				for _, r := range a.all(m, "rule") {
					if !a.holds(r, "action") {
						a.fault(r, "action is missing")
					}
					for ip, kind := range map[string]string{"ip": "prefix-list", "ipv6": "prefix-list6"} {
						if l := a.text(r, "match", ip, "address", "prefix-list"); l != "" && !a.exists("policy", kind, l) {
							a.fault(r, "%s %s does not exist", kind, l)
						}
					}
				}
			}
		},
	},
}

// backs reports whether a blackhole stands behind the connected route of a VTI.
func (a *audit) backs(r config.Node) bool {
	p, err := netip.ParsePrefix(r.Name())
	return err == nil && slices.ContainsFunc(a.of("vti"), func(v audited) bool {
		return slices.ContainsFunc(v.node.Values("address"), func(s string) bool {
			c, err := netip.ParsePrefix(s)
			return err == nil && c.Masked() == p
		})
	})
}
