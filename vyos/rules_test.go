package vyos_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// The rules of the network, and where each is held. What can only be seen beside a running box is the plan's;
// what only a commit brings about is the transaction's.
//
//	N1  blackholes, exactly              here; Verify (blackhole-*); properties over random specifications
//	N2  routed networks leak too         here
//	N3  second guard                     here
//	N4  source of the VTEP               here; E0605
//	N5  a way in for networks            here (W0403, E0410); the best route on the box: plan
//	N6  filters                          here; E0404, E0405, E0406, W0405, W0407
//	N7  NAT                              here; E0303, E0304, E0306; against the SA: status
//	N8  MOBIKE                           here; Verify (ike-mobike)
//	N9  rp_filter                        here; strict for the whole box on 1.3: plan
//	N10 one initiator                    here; Verify (peer-responder)
//	N11 recovery                         here (connection-type); order of commits: the transaction
//	N12 SAs outlive configuration        plan (operations of a plan)
//	N13 old SA, new key                  plan, checks of the transaction
//	N14 times                            here; W0303
//	N15 text of keys                     here (PRF, groups); the text itself where secrets are read
//	N16 restart bombs                    plan (impact)
//	N17 loops                            here (E0502 to E0510); probes: preflight
//	N18 BPDUs                            here; W0603; a default of drop on the box: plan
//	N19 port security                    here (W0510 to W0515, E0130)
//	N20 MAC of the bridge                here; E0514
//	N21 two default gateways             here; E0608, W0501
//	N22 DHCP and RA                      here; E0609, W0606
//	N23 the gateway is a host            here; W0604; SSH on all addresses: plan
//	N24 ageing                           here; E0513
//	N25 untagged attach on a trunk       here (W0520, E0507); the NIC on the box: plan
//	N26 drills                           here
//	N27 the last VNI                     here (E0604)
//	N28 1.2 over a VTI                   here; changes in two commits: plan
//	N29 to N33                           package session: checks, against a network of routers in memory
//	N34 to N37, N41                      operations and reports of the transaction
//	N38, N39                             packages explain and session: locate, probe-mtu, capture
//	N40 the controller's subnet          here (W0409)

var everyRelease = []string{"1.2", "1.3", "1.4", "1.5", "rolling"}

// onEach runs a test for both gateways of the same specification in each release.
func onEach(t *testing.T, extra []string, check func(t *testing.T, c *vyos.Config, text string)) {
	t.Helper()
	for _, rel := range everyRelease {
		t.Run(rel, func(t *testing.T) {
			_, configs := compile(t, pairSpec(rel, rel, extra...))
			for _, node := range []string{"onprem/gw1", "cloud/gw1"} {
				check(t, configs[node], "\n"+strings.Join(lines(t, configs[node]), "\n")+"\n")
			}
		})
	}
}

// diagnose lists the codes of everything that is reported of a specification.
func diagnose(t *testing.T, text string) []string {
	t.Helper()
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fabric, diags := compiler.Compile(file)
	_, more := compiler.Lower(fabric, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	return diagnosed(slices.Concat(diags, more))
}

// diagnosed is the codes of diagnostics, in order.
func diagnosed(diags hcl.Diagnostics) (codes []string) {
	for _, d := range diags {
		codes = append(codes, compiler.CodeOf(d))
	}
	return codes
}

// reports sees that the specifications of the corpus give their code: the name of each begins with it.
func reports(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("../testdata/spec/invalid", name+".hcl"))
		if err != nil {
			t.Error(err)
			continue
		}
		code := strings.ToUpper(name[:5])
		if got := diagnose(t, string(text)); !slices.Contains(got, code) {
			t.Errorf("%s gives %v", name, got)
		}
	}
}

func mustContain(t *testing.T, c *vyos.Config, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, l) {
			t.Errorf("%s on %s has no line with %q", c.Node, c.Release(), l)
		}
	}
}

func mustNotContain(t *testing.T, c *vyos.Config, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if strings.Contains(text, l) {
			t.Errorf("%s on %s has a line with %q", c.Node, c.Release(), l)
		}
	}
}

// example compiles an example for a release; configurations by node, nil when it is refused.
func example(t *testing.T, name, rel string) (*ir.Fabric, map[string]*vyos.Config) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../testdata/examples", name, "main.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	file, diags := schema.Decode(&schema.Source{
		Files: []schema.SourceFile{{Name: "main.hcl", Bytes: text}}, Vars: []schema.Assignment{{Name: "release", Value: rel}},
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fabric, diags := compiler.Compile(file)
	snapshots, more := compiler.Lower(fabric, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	if diags.HasErrors() || more.HasErrors() {
		return nil, nil
	}
	out := make(map[string]*vyos.Config)
	for _, s := range snapshots {
		out[s.(*vyos.Config).Node] = s.(*vyos.Config)
	}
	return fabric, out
}

func TestN01Blackhole(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, "protocols static route 169.254.100.0/30 blackhole distance '254'")
		mustNotContain(t, c, text, "169.254.100.1/32", "169.254.100.2/32", "distance '255'")
	})
	for _, rel := range everyRelease[2:] {
		_, configs := example(t, "ipv6", rel)
		text := strings.Join(lines(t, configs["onprem/gw1"]), "\n")
		mustContain(t, configs["onprem/gw1"], text, "protocols static route6 fd00:100::/126 blackhole distance '254'")
	}
	for _, rel := range everyRelease[1:] {
		_, configs := example(t, "loopback", rel)
		for _, c := range configs { // a /32 that a static route by the VTI stands beside
			for _, r := range below(c.Tree, "protocols", "static", "route") {
				if p := netip.MustParsePrefix(r.Name()); p.Bits() == 32 && (!has(r, "blackhole") || !has(r, "next-hop")) {
					t.Errorf("%s on %s: %v", c.Node, rel, r.Path())
				}
			}
		}
	}
}

func TestN02RoutedNetworks(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		far := map[string]string{"onprem/gw1": "10.30.0.0/16", "cloud/gw1": "10.20.0.0/16"}[c.Node]
		mustContain(t, c, text, "protocols static route "+far+" blackhole distance '254'")
	})
	onEach(t, []string{"tunnel: backup_path = true"}, func(t *testing.T, c *vyos.Config, text string) {
		mustNotContain(t, c, text, "10.30.0.0/16 blackhole", "10.20.0.0/16 blackhole")
		mustContain(t, c, text, "169.254.100.0/30 blackhole")
	})
	reports(t, "w0402-backup")
}

func TestN03SecondGuard(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if !c.For.Has(release.OutputFilter) {
			mustNotContain(t, c, text, "output filter")
			if got := diagnose(t, pairSpec(c.Release(), c.Release())); !slices.Contains(got, "W0602") {
				t.Errorf("nothing is said: %v", got)
			}
			return
		}
		for _, chain := range below(c.Tree, "firewall", "ipv4", "output", "filter", "rule") {
			if value(chain, "", "action") != "drop" || value(chain, "", "destination", "port") != "4789" || value(chain, "", "outbound-interface", "name") != "!vti1" {
				t.Errorf("%v does not keep VXLAN inside", chain.Path())
			}
		}
		mustContain(t, c, text, "firewall ipv4 output filter rule")
	})
}

func TestN04Source(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if c.For.Has(release.VXLANSource) {
			mustContain(t, c, text, "vxlan5010 source-address '169.254.100.")
		} else {
			mustNotContain(t, c, text, "source-address")
		}
	})
	for _, rel := range everyRelease[1:] {
		_, mesh := example(t, "mesh", rel)
		for _, c := range mesh {
			text := strings.Join(lines(t, c), "\n")
			mustNotContain(t, c, text, "source-address")
			for _, vx := range below(c.Tree, "interfaces", "vxlan") {
				if len(vx.Values("remote")) != 2 {
					t.Errorf("%s: remotes %v", c.Node, vx.Values("remote"))
				}
			}
		}
		_, loopback := example(t, "loopback", rel)
		for _, c := range loopback {
			for _, vx := range below(c.Tree, "interfaces", "vxlan") {
				if src := value(vx, "", "source-address"); !owns(c, src) || value(vx, "", "mtu") == "" {
					t.Errorf("%s sends from %q", c.Node, src)
				}
			}
		}
	}
	reports(t, "e0605-mesh", "e0606-loopback")
}

func TestN05WayIn(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		own := map[string]string{"onprem/gw1": "10.20.0.0/16 next-hop 10.20.0.1", "cloud/gw1": "10.30.0.0/16 next-hop 10.30.0.1"}[c.Node]
		mustContain(t, c, text, "protocols static route "+own)
	})
	reports(t, "w0403-no-way-in", "w0403-no-next-hop", "e0410-inside", "e0410-uplink")
}

func TestN06Filters(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		for _, dir := range []string{"export", "import"} {
			mustContain(t, c, text, "address-family ipv4-unicast prefix-list "+dir+" 'L2S-dr-dr-"+dir+"'", "address-family ipv4-unicast soft-reconfiguration inbound")
			list, _ := c.Tree.Find("policy", "prefix-list", "L2S-dr-dr-"+dir)
			permitted := false
			for _, r := range children(list, "rule") {
				prefix := netip.MustParsePrefix(value(r, "", "prefix"))
				switch value(r, "", "action") {
				case "deny":
					if permitted {
						t.Errorf("%v denies behind a permit", r.Path())
					}
					if le := value(r, "", "le"); prefix.Bits() < 32 && le != "32" || prefix.Bits() == 32 && le != "" {
						t.Errorf("%v: le %q for %s", r.Path(), le, prefix)
					}
				case "permit":
					permitted = true
					if has(r, "le") || has(r, "ge") {
						t.Errorf("%v permits more than it says", r.Path())
					}
				}
			}
		}
	})
	// a stretched subnet that is listed is not announced
	text := strings.Replace(pairSpec("1.4", "1.2"), `["10.20.0.0/16"]`, `["10.20.0.0/16", "192.168.10.0/24"]`, 1)
	_, configs := compile(t, text)
	for _, c := range configs {
		mustNotContain(t, c, strings.Join(lines(t, c), "\n"), "network 192.168.10.0/24", "route 192.168.10.0/24")
	}
	reports(t, "w0407-stretched", "w0405-covers", "e0406-inside-stretch", "e0404-uplink-in-network", "e0405-vti-in-network")
}

func TestN07NAT(t *testing.T) {
	for _, side := range []string{"onprem", "cloud"} {
		for _, a := range everyRelease {
			for _, b := range everyRelease {
				text := pairSpec(a, b, side+`:     public_address = "192.0.2.7"`)
				text = strings.Replace(text, map[string]string{"onprem": "203.0.113.10/24", "cloud": "198.51.100.20/24"}[side], "172.16.0.10/24", 1)
				fabric, configs := compile(t, text)
				tun := fabric.Tunnels[0]
				for _, err := range agreement(tun, configs) {
					t.Errorf("%s %s behind NAT, %s: %v", a, side, b, err)
				}
				for _, e := range tun.Ends {
					v, err := viewOf(e, configs[e.Node.Name])
					if err != nil {
						t.Fatal(err)
					}
					hidden := e.Node.Name == side+"/gw1"
					if hidden != (v.connection == "initiate") {
						t.Errorf("%s: connection-type %s", e.Node.Name, v.connection)
					}
					if hidden && (e.Local.String() != "172.16.0.10" || v.localID != "192.0.2.7") || !hidden && (v.remote != "192.0.2.7" || v.remoteID != "192.0.2.7") {
						t.Errorf("%s: %+v", e.Node.Name, v)
					}
				}
			}
		}
	}
	reports(t, "e0303-both-nat", "e0304-off-behind-nat", "e0306-responder-behind-nat", "w0305-private")
}

func TestN08MOBIKE(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, map[bool]string{true: "ike-group L2S-dr-dr disable-mobike", false: "ike-group L2S-dr-dr mobike 'disable'"}[c.For.Has(release.PeerNames)])
	})
}

func TestN09SourceValidation(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if c.For.Has(release.VTISourceValidation) {
			mustContain(t, c, text, "interfaces vti vti1 ip source-validation 'loose'")
		} else {
			mustNotContain(t, c, text, "source-validation")
		}
	})
	for _, rel := range everyRelease {
		if r, _ := release.Lookup(rel); r.Has(release.VTISourceValidation) == (rel == "1.3") {
			t.Errorf("%s: the node is there in 1.2 and from 1.4 on", rel)
		}
	}
}

func TestN10OneInitiator(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if c.Node == "cloud/gw1" {
			mustContain(t, c, text, "connection-type 'respond'", "close-action 'none'", "dead-peer-detection action 'clear'")
			return
		}
		mustContain(t, c, text, "connection-type 'initiate'", "dead-peer-detection action 'restart'")
		if action := c.For.IPsec.CloseRestart; !strings.Contains(text, "close-action '"+action+"'") {
			t.Errorf("%s: the initiator does not start the child again by %s", c.Release(), action)
		}
	})
	// dpd.action is the initiator's alone, in the release's own word
	onEach(t, []string{`tunnel: dpd { action = "trap" }`}, func(t *testing.T, c *vyos.Config, text string) {
		want := "clear"
		if c.Node == "onprem/gw1" {
			want = c.For.IPsec.DPDTrap
		}
		mustContain(t, c, text, "dead-peer-detection action '"+want+"'")
	})
}

func TestN11ConnectionType(t *testing.T) {
	for _, initiator := range []string{"onprem", "cloud"} {
		onEach(t, []string{"tunnel: initiator = site." + initiator + ".gateway.gw1"}, func(t *testing.T, c *vyos.Config, text string) {
			want := "respond"
			if c.Node == initiator+"/gw1" {
				want = "initiate"
			}
			mustContain(t, c, text, "connection-type '"+want+"'")
		})
	}
}

func TestN14Times(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, "timers connect '10'", "parameters router-id")
		mustNotContain(t, c, text, "ebgp-multihop", "dead-peer-detection timeout")
	})
	reports(t, "w0303-dpd-timeout")
}

func TestN15Proposals(t *testing.T) {
	onEach(t, []string{`tunnel: ike { proposals = ["aes256gcm128-sha384-dh20"] }`}, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, "ike-group L2S-dr-dr proposal 1 hash 'sha384'")
	})
	reports(t, "e0307-ike-aead", "e0603-dh31")
}
