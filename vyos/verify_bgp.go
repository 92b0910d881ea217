package vyos

import (
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// neighbors lists the BGP neighbors.
func (a *audit) neighbors() []config.Node {
	bgp, ok := a.bgpProcess()
	if !ok {
		return nil
	}
	return a.all(bgp, "neighbor")
}

// groupOf is the peer group of a neighbor.
func (a *audit) groupOf(n config.Node) (config.Node, bool) {
	bgp, _ := a.bgpProcess()
	g := a.text(n, "peer-group")
	if g == "" {
		return config.Node{}, false
	}
	return bgp.Find("peer-group", g)
}

var bgpRules = []Rule{
	{
		Name: "bgp-system-as", Outcome: Refused, Why: "the number of the autonomous system is missing",
		Only: knows(release.SystemAS),
		check: func(a *audit) {
			if n, ok := a.root.Find("protocols", "bgp"); ok && !a.holds(n, "system-as") {
				a.fault(n, "system-as is missing")
			}
		},
	},
	{
		Name: "bgp-one-as", Outcome: Refused, Why: "there is one BGP process",
		Only: lacks(release.SystemAS),
		check: func(a *audit) {
			if n, ok := a.root.Find("protocols", "bgp"); ok && len(slices.Collect(n.Children())) > 1 {
				a.fault(n, "several autonomous systems")
			}
		},
	},
	{
		Name: "bgp-router-id", Outcome: Breaks, Why: "cloned boxes may share one, and refuse each other",
		check: func(a *audit) {
			if n, ok := a.bgpProcess(); ok && len(a.neighbors()) > 0 && !a.holds(n, "parameters", "router-id") {
				a.fault(n, "parameters router-id is missing")
			}
		},
	},
	{
		Name: "neighbor-remote-as", Outcome: Refused, Why: "a neighbor has a remote-as, or a peer-group with one",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				g, grouped := a.groupOf(n)
				own, shared := a.holds(n, "remote-as"), grouped && a.holds(g, "remote-as")
				if own == shared {
					a.fault(n, "remote-as is missing, or given twice")
				}
			}
		},
	},
	{
		Name: "neighbor-peer-group", Outcome: Refused, Why: "a peer-group exists",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				if _, ok := a.groupOf(n); !ok && a.holds(n, "peer-group") {
					a.fault(n, "peer-group %s does not exist", a.text(n, "peer-group"))
				}
			}
		},
	},
	{
		Name: "neighbor-address-family", Outcome: Breaks, Why: "the commit only warns, and the session carries nothing",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				if !a.holds(n, "address-family") && !a.holds(n, "peer-group") {
					a.fault(n, "it has no address-family")
				}
			}
		},
	},
	{
		Name: "neighbor-filter", Outcome: Breaks, Why: "what is announced and accepted is filtered",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				for _, af := range a.below(n, "address-family") {
					for _, dir := range []string{"export", "import"} {
						if a.text(af, "prefix-list", dir) == "" && a.text(af, "route-map", dir) == "" {
							a.fault(af, "no %s filter", dir)
						}
					}
				}
			}
		},
	},
	{
		Name: "neighbor-filter-exists", Outcome: Refused, Why: "a filter that is named exists; deleting one in use is not refused",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				for _, af := range a.below(n, "address-family") {
					list := "prefix-list"
					if af.Name() == "ipv6-unicast" {
						list = "prefix-list6"
					}
					for _, dir := range []string{"export", "import"} {
						if l := a.text(af, "prefix-list", dir); l != "" && !a.exists("policy", list, l) {
							a.fault(af, "%s %s does not exist", list, l)
						}
						if m := a.text(af, "route-map", dir); m != "" && !a.exists("policy", "route-map", m) {
							a.fault(af, "route-map %s does not exist", m)
						}
					}
				}
			}
		},
	},
	{
		Name: "neighbor-timers", Outcome: Refused, Why: "keepalive and hold time come as a pair",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				t, ok := n.Child("timers")
				if !ok {
					continue
				}
				k, h := a.number(t, "keepalive"), a.number(t, "holdtime")
				if a.holds(t, "keepalive") != a.holds(t, "holdtime") {
					a.fault(t, "one of keepalive and holdtime is missing")
				} else if h != 0 && (h < 4 || k >= h) {
					a.fault(t, "keepalive %d with holdtime %d", k, h)
				}
			}
		},
	},
	{
		Name: "neighbor-bfd", Outcome: Refused, Why: "bfd of a neighbor needs the peer under protocols bfd",
		Only: lacks(release.BFDByNeighbor),
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				if a.holds(n, "bfd") && !a.exists("protocols", "bfd", "peer", n.Name()) {
					a.fault(n, "protocols bfd peer %s is missing", n.Name())
				}
			}
		},
	},
	{
		Name: "neighbor-own-address", Outcome: Refused, Why: "a neighbor is not the box itself",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				if addr, err := netip.ParseAddr(n.Name()); err == nil && a.owner[addr] != "" {
					a.fault(n, "%s has this address", a.owner[addr])
				}
			}
		},
	},
	{
		Name: "neighbor-source", Outcome: Breaks, Why: "the box takes an update-source that it does not have",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				s := a.text(n, "update-source")
				if addr, err := netip.ParseAddr(s); err == nil && a.owner[addr] == "" {
					a.fault(n, "update-source %s is on no interface", s)
				} else if _, ok := a.named[s]; err != nil && s != "" && !ok {
					a.fault(n, "update-source %s does not exist", s)
				}
			}
		},
	},
	{
		Name: "neighbor-connected", Outcome: Breaks, Why: "an eBGP neighbor is one hop away, or has ebgp-multihop",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				addr, err := netip.ParseAddr(n.Name())
				if err == nil && !a.holds(n, "ebgp-multihop") && !a.holds(n, "disable-connected-check") && !a.internal(n) && !a.connected(addr) {
					a.fault(n, "it is on no segment of the box")
				}
			}
		},
	},
	{
		Name: "neighbor-hops", Outcome: Refused, Why: "ebgp-multihop and ttl-security exclude each other",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				if a.holds(n, "ebgp-multihop") && a.holds(n, "ttl-security") {
					a.fault(n, "ebgp-multihop and ttl-security")
				}
			}
		},
	},
	{
		Name: "neighbor-one-filter", Outcome: Refused, Why: "prefix-list and distribute-list exclude each other",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				for _, af := range a.below(n, "address-family") {
					for _, dir := range []string{"export", "import"} {
						if a.holds(af, "prefix-list", dir) && a.holds(af, "distribute-list", dir) {
							a.fault(af, "prefix-list and distribute-list, %s", dir)
						}
					}
				}
			}
		},
	},
	{
		Name: "neighbor-soft-reconfiguration", Outcome: Refused, Why: "soft-reconfiguration says inbound",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				for _, af := range a.below(n, "address-family") {
					if a.holds(af, "soft-reconfiguration") && !a.holds(af, "soft-reconfiguration", "inbound") {
						a.fault(af, "soft-reconfiguration without inbound")
					}
				}
			}
		},
	},
	{
		Name: "neighbor-local-as", Outcome: Refused, Why: "local-as is neither the own number nor the neighbor's",
		check: func(a *audit) {
			bgp, _ := a.bgpProcess()
			for _, n := range a.neighbors() {
				for _, l := range a.all(n, "local-as") {
					if l.Name() == a.asOf(bgp) || l.Name() == a.text(n, "remote-as") {
						a.fault(l, "it is the own number or the neighbor's")
					}
				}
			}
		},
	},
	{
		Name: "neighbor-reflector", Outcome: Refused, Why: "route-reflector-client is for iBGP",
		check: func(a *audit) {
			for _, n := range a.neighbors() {
				for _, af := range a.below(n, "address-family") {
					if a.holds(af, "route-reflector-client") && !a.internal(n) {
						a.fault(af, "route-reflector-client of an eBGP neighbor")
					}
				}
			}
		},
	},
}

// asOf is the number of a BGP process.
func (a *audit) asOf(bgp config.Node) string {
	if a.rel.Has(release.SystemAS) {
		return a.text(bgp, "system-as")
	}
	return bgp.Name()
}

// internal reports whether a neighbor is in the box's own autonomous system.
func (a *audit) internal(n config.Node) bool {
	bgp, _ := a.bgpProcess()
	as := a.text(n, "remote-as")
	if g, ok := a.groupOf(n); ok && as == "" {
		as = a.text(g, "remote-as")
	}
	return as == "internal" || as == a.asOf(bgp)
}
