package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

var peerRules = []Rule{
	{
		Name: "peer-name", Outcome: Refused, Why: "a peer with a VTI is named by an address in this release",
		Only: lacks(release.PeerNames),
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				if r, err := netip.ParseAddr(p.Name()); err != nil || r.IsUnspecified() {
					a.fault(p, "it is not an address")
				}
			}
		},
	},
	{
		Name: "peer-name-characters", Outcome: Refused, Why: "the name of a peer holds no dot and no colon",
		Only: knows(release.PeerNames),
		check: func(a *audit) {
			for _, p := range a.peers() {
				if strings.ContainsAny(p.Name(), ".:") {
					a.fault(p, "it has a dot or a colon")
				}
			}
		},
	},
	{
		Name: "peer-remote", Outcome: Breaks, Why: "the box only hints that the address of the peer is missing",
		Only: knows(release.PeerNames),
		check: func(a *audit) {
			for _, p := range a.peers() {
				if !a.holds(p, "remote-address") {
					a.fault(p, "it has no remote-address")
				}
			}
		},
	},
	{
		Name: "peer-local", Outcome: Refused, Why: "a peer has a local address, and a peer with a VTI a literal one",
		check: func(a *audit) {
			for _, p := range a.peers() {
				address, dhcp := a.text(p, "local-address"), a.holds(p, "dhcp-interface")
				switch {
				case (address == "") == !dhcp:
					a.fault(p, "it has neither local-address nor dhcp-interface, or both")
				case a.holds(p, "vti") && (address == "any" || address == "0.0.0.0"):
					a.fault(p, "local-address %s with a VTI", address)
				}
			}
		},
	},
	{
		Name: "peer-local-configured", Outcome: Breaks, Why: "the box takes a local address that it does not have",
		check: func(a *audit) {
			for _, p := range a.peers() {
				if l, err := netip.ParseAddr(a.text(p, "local-address")); err == nil && !l.IsUnspecified() && a.owner[l] == "" {
					a.fault(p, "local-address %s is on no interface", l)
				}
			}
		},
	},
	{
		Name: "peer-families", Outcome: Refused, Why: "both ends of the outer packets are of one family",
		check: func(a *audit) {
			for _, p := range a.peers() {
				l, err1 := netip.ParseAddr(a.text(p, "local-address"))
				r, err2 := netip.ParseAddr(a.remoteOf(p))
				if err1 == nil && err2 == nil && l.Is4() != r.Is4() {
					a.fault(p, "%s and %s", l, r)
				}
			}
		},
	},
	{
		Name: "peer-vti-ipv4", Outcome: Breaks, Why: "this release makes its VTIs as devices for IPv4 outside",
		Only: lacks(release.VTIOuter6),
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				if r, err := netip.ParseAddr(p.Name()); err == nil && r.Is6() {
					a.fault(p, "an IPv6 peer with a VTI")
				}
			}
		},
	},
	{
		Name: "peer-twice", Outcome: Breaks, Why: "IKE cannot tell two connections between the same addresses apart",
		check: func(a *audit) {
			seen := make(map[[2]string]string)
			for _, p := range a.viaVTI() {
				key := [2]string{a.text(p, "local-address"), a.remoteOf(p)}
				if first := seen[key]; first != "" {
					a.fault(p, "%s has the same addresses", first)
				}
				seen[key] = p.Name()
			}
		},
	},
	{
		Name: "peer-ike-group", Outcome: Refused, Why: "a peer has an IKE group that exists",
		check: func(a *audit) {
			for _, p := range a.peers() {
				if g := a.text(p, "ike-group"); !a.exists("vpn", "ipsec", "ike-group", g) || g == "" {
					a.fault(p, "ike-group %q does not exist", g)
				}
			}
		},
	},
	{
		Name: "peer-esp-group", Outcome: Refused, Why: "a peer's ESP group exists; without any the box writes a broken file",
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				if g := a.espGroupOf(p); g == "" {
					a.fault(p, "neither vti esp-group nor default-esp-group")
				}
				for _, g := range []string{a.text(p, "vti", "esp-group"), a.text(p, "default-esp-group")} {
					if g != "" && !a.exists("vpn", "ipsec", "esp-group", g) {
						a.fault(p, "esp-group %q does not exist", g)
					}
				}
			}
		},
	},
	{
		Name: "peer-authentication", Outcome: Refused, Why: "a peer says how it is authenticated",
		check: func(a *audit) {
			for _, p := range a.peers() {
				mode := a.text(p, "authentication", "mode")
				if mode == "" {
					a.fault(p, "authentication mode is missing")
				}
				if !a.rel.Has(release.PeerNames) && mode == "pre-shared-secret" && !a.holds(p, "authentication", "pre-shared-secret") {
					a.fault(p, "the pre-shared-secret is missing")
				}
			}
		},
	},
	{
		Name: "peer-ids", Outcome: Breaks, Why: "behind NAT the ids decide which key is taken",
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				local := "id"
				if a.rel.Has(release.PeerNames) {
					local = "local-id"
				}
				if a.text(p, "authentication", local) == "" || a.text(p, "authentication", "remote-id") == "" {
					a.fault(p, "authentication %s or remote-id is missing", local)
				}
			}
		},
	},
	{
		Name: "peer-psk", Outcome: Breaks, Why: "the box does not look whether a key is for the peer's ids",
		Only: knows(release.PeerNames),
		check: func(a *audit) {
			for _, p := range a.peers() {
				if a.text(p, "authentication", "mode") != "pre-shared-secret" {
					continue
				}
				l, r := a.text(p, "authentication", "local-id"), a.text(p, "authentication", "remote-id")
				if !slices.ContainsFunc(a.list("vpn", "ipsec", "authentication", "psk"), func(k config.Node) bool {
					ids := k.Values("id")
					return slices.Contains(ids, l) && slices.Contains(ids, r)
				}) {
					a.fault(p, "no psk has the ids %s and %s", l, r)
				}
			}
		},
	},
	{
		Name: "peer-x509-id", Outcome: Refused, Why: "the id is the certificate's or stated, not both",
		check: func(a *audit) {
			for _, p := range a.peers() {
				if a.holds(p, "authentication", "use-x509-id") && (a.holds(p, "authentication", "id") || a.holds(p, "authentication", "local-id")) {
					a.fault(p, "use-x509-id and an id")
				}
			}
		},
	},
	{
		Name: "peer-vti", Outcome: Refused, Why: "a peer binds a VTI that exists",
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				if v := a.text(p, "vti", "bind"); v == "" || !a.exists("interfaces", "vti", v) {
					a.fault(p, "vti bind %q does not exist", v)
				}
			}
		},
	},
	{
		Name: "peer-vti-or-tunnel", Outcome: Breaks, Why: "with both the child of the VTI is dropped without a word (1.2 and 1.3 refuse it)",
		check: func(a *audit) {
			for _, p := range a.peers() {
				if a.holds(p, "vti") == a.holds(p, "tunnel") {
					a.fault(p, "it has neither vti nor tunnel, or both")
				}
			}
		},
	},
	{
		Name: "peer-connection-type", Outcome: Breaks, Why: "left out both ends initiate, which makes duplicate SAs",
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				if !a.holds(p, "connection-type") {
					a.fault(p, "connection-type is not stated")
				}
			}
		},
	},
	{
		Name: "peer-responder", Outcome: Breaks, Why: "a responder that starts SAs is a second initiator",
		check: func(a *audit) {
			for _, p := range a.viaVTI() {
				g, ok := a.root.Find("vpn", "ipsec", "ike-group", a.text(p, "ike-group"))
				if !ok || a.text(p, "connection-type") != "respond" {
					continue
				}
				if c := a.text(g, "close-action"); c != "" && c != "none" {
					a.fault(g, "close-action %s of a responder", c)
				}
				if d := a.text(g, "dead-peer-detection", "action"); d == "restart" {
					a.fault(g, "dead-peer-detection action restart of a responder")
				}
			}
		},
	},
}
