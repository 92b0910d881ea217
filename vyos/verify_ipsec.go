package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// groups lists the IKE or ESP groups.
func (a *audit) groups(kind string) []config.Node { return a.list("vpn", "ipsec", kind) }

// peers lists the site-to-site peers.
func (a *audit) peers() []config.Node { return a.list("vpn", "ipsec", "site-to-site", "peer") }

// viaVTI lists the peers that bind a VTI.
func (a *audit) viaVTI() []config.Node {
	return slices.DeleteFunc(a.peers(), func(p config.Node) bool { return !a.holds(p, "vti") })
}

// remoteOf is the address that a peer is reached at, empty when it has none.
func (a *audit) remoteOf(p config.Node) string {
	if a.rel.Has(release.PeerNames) {
		return a.text(p, "remote-address")
	}
	return p.Name()
}

// used reports whether a group serves a peer with a VTI.
func (a *audit) used(kind, name string) bool {
	return slices.ContainsFunc(a.viaVTI(), func(p config.Node) bool {
		if kind == "ike-group" {
			return a.text(p, "ike-group") == name
		}
		return a.espGroupOf(p) == name
	})
}

func (a *audit) espGroupOf(p config.Node) string {
	if g := a.text(p, "vti", "esp-group"); g != "" {
		return g
	}
	return a.text(p, "default-esp-group")
}

var ipsecRules = []Rule{
	{
		Name: "ipsec-interface", Outcome: Breaks, Why: "the peers' addresses are on interfaces that IPsec listens on",
		check: func(a *audit) {
			n, ok := a.root.Find(join([]string{"vpn", "ipsec"}, a.rel.IPsec.Interfaces[:len(a.rel.IPsec.Interfaces)-1]...)...)
			var listed []string
			if ok {
				listed = n.Values(a.rel.IPsec.Interfaces[len(a.rel.IPsec.Interfaces)-1])
			}
			for _, p := range a.viaVTI() {
				local, err := netip.ParseAddr(a.text(p, "local-address"))
				if err == nil && !slices.Contains(listed, a.owner[local]) {
					a.fault(p, "local-address %s is on %s, which IPsec is not told of", local, nothing(a.owner[local]))
				}
			}
		},
	},
	{
		Name: "ipsec-routes", Outcome: Breaks, Why: "charon routes 0.0.0.0/0 into the tunnel unless it is told not to",
		check: func(a *audit) {
			if n, ok := a.root.Find("vpn", "ipsec"); ok && len(a.viaVTI()) > 0 && !a.holds(n, "options", "disable-route-autoinstall") {
				a.fault(n, "options disable-route-autoinstall is missing")
			}
		},
	},
	{
		Name: "ipsec-proposals", Outcome: Breaks, Why: "a group without proposals negotiates nothing that was agreed on",
		check: func(a *audit) {
			for _, kind := range []string{"ike-group", "esp-group"} {
				for _, g := range a.groups(kind) {
					if len(a.all(g, "proposal")) == 0 {
						a.fault(g, "it has no proposal")
					}
				}
			}
		},
	},
	{
		Name: "ike-dh-group", Outcome: Breaks, Why: "left out it is group 2, which is broken",
		check: func(a *audit) {
			for _, g := range a.groups("ike-group") {
				for _, p := range a.all(g, "proposal") {
					if !a.holds(p, "dh-group") {
						a.fault(p, "it has no dh-group")
					}
				}
			}
		},
	},
	{
		Name: "ipsec-hash", Outcome: Breaks, Why: "left out it is sha1, and for an AEAD cipher of IKE it decides the PRF",
		check: func(a *audit) {
			for _, kind := range []string{"ike-group", "esp-group"} {
				for _, g := range a.groups(kind) {
					for _, p := range a.all(g, "proposal") {
						if !a.holds(p, "hash") {
							a.fault(p, "it has no hash")
						}
					}
				}
			}
		},
	},
	{
		Name: "ipsec-vocabulary", Outcome: Refused, Why: "the release does not know the word",
		check: func(a *audit) {
			for _, kind := range []string{"ike-group", "esp-group"} {
				for _, g := range a.groups(kind) {
					for _, p := range a.all(g, "proposal") {
						for leaf, known := range map[string][]string{"encryption": a.rel.Encryptions, "hash": a.rel.Hashes, "prf": a.rel.PRFs} {
							if v := a.text(p, leaf); v != "" && !slices.Contains(known, v) {
								a.fault(p, "%s %s", leaf, v)
							}
						}
						if n := a.number(p, "dh-group"); n != 0 && !slices.Contains(a.rel.DHGroups, n) {
							a.fault(p, "dh-group %d", n)
						}
					}
				}
			}
		},
	},
	{
		Name: "ike-version", Outcome: Breaks, Why: "the releases' defaults differ, and the ends must agree",
		check: func(a *audit) {
			for _, g := range a.groups("ike-group") {
				if a.used("ike-group", g.Name()) && a.text(g, "key-exchange") != "ikev2" {
					a.fault(g, "key-exchange is not stated as ikev2")
				}
			}
		},
	},
	{
		Name: "ike-version-only", Outcome: Refused, Why: "mobike is IKEv2's, mode is IKEv1's",
		check: func(a *audit) {
			for _, g := range a.groups("ike-group") {
				v := a.text(g, "key-exchange")
				if v == "ikev1" && a.holds(g, "mobike") {
					a.fault(g, "mobike with ikev1")
				}
				if v == "ikev2" && a.holds(g, "mode") {
					a.fault(g, "mode with ikev2")
				}
			}
		},
	},
	{
		Name: "ike-mobike", Outcome: Breaks, Why: "charon may move the SA to another address of the box",
		check: func(a *audit) {
			for _, g := range a.groups("ike-group") {
				off := a.rel.IPsec.NoMOBIKE
				if a.used("ike-group", g.Name()) && (!a.holds(g, off[0]) || len(off) > 1 && a.text(g, off[0]) != off[1]) {
					a.fault(g, "%s is missing", strings.Join(off, " "))
				}
			}
		},
	},
	{
		Name: "ike-dead-peer", Outcome: Breaks, Why: "without it an SA outlives its peer",
		check: func(a *audit) {
			for _, g := range a.groups("ike-group") {
				if a.used("ike-group", g.Name()) && a.text(g, "dead-peer-detection", "action") == "" {
					a.fault(g, "dead-peer-detection action is not stated")
				}
			}
		},
	},
	{
		Name: "esp-mode", Outcome: Refused, Why: "a VTI carries whole packets",
		check: func(a *audit) {
			for _, g := range a.groups("esp-group") {
				if a.used("esp-group", g.Name()) && a.text(g, "mode") == "transport" {
					a.fault(g, "mode transport for a peer with a VTI")
				}
			}
		},
	},
	{
		Name: "psk-complete", Outcome: Refused, Why: "a key has an id and a secret",
		Only: knows(release.PeerNames),
		check: func(a *audit) {
			for _, k := range a.list("vpn", "ipsec", "authentication", "psk") {
				if len(k.Values("id")) == 0 && !a.holds(k, "dhcp-interface") || !a.holds(k, "secret") {
					a.fault(k, "id or secret is missing")
				}
			}
		},
	},
}

// nothing names an interface that may not be there.
func nothing(name string) string {
	if name == "" {
		return "no interface"
	}
	return name
}
