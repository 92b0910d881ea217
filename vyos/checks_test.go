package vyos_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos"
)

// checksOf are the checks of both gateways of a specification, without a change.
func checksOf(t *testing.T, text string) map[string][]plan.Check {
	t.Helper()
	f, _ := compile(t, text)
	out := make(map[string][]plan.Check)
	for _, n := range f.Nodes {
		out[n.Name] = vyos.Backend{}.Checks(n, nil)
	}
	return out
}

func findCheck(t *testing.T, checks []plan.Check, name string, before bool) plan.Check {
	t.Helper()
	i := slices.IndexFunc(checks, func(c plan.Check) bool { return c.Name == name && c.Before == before })
	if i < 0 {
		t.Fatalf("there is no check %s (before: %v)", name, before)
	}
	return checks[i]
}

func hasCheck(checks []plan.Check, name string, before bool) bool {
	return slices.ContainsFunc(checks, func(c plan.Check) bool { return c.Name == name && c.Before == before })
}

// TestChecksOfAPair holds what is looked at on the gateways of a plain pair, in order, for each release.
func TestChecksOfAPair(t *testing.T) {
	for _, rel := range everyRelease {
		t.Run(rel, func(t *testing.T) {
			var got []string
			for _, c := range checksOf(t, pairSpec(rel, rel))["onprem/gw1"] {
				what := string(c.Scope) + " " + c.Name
				if c.Before {
					what = "before " + what
				}
				got = append(got, what)
				if c.Node != "onprem/gw1" || c.Object == "" || c.What == "" {
					t.Errorf("%s says too little: %+v", what, c)
				}
			}
			want := []string{
				"before tunnel route", "tunnel sa", "tunnel vti", "tunnel bgp", "tunnel path", "tunnel clear-text", "tunnel prefix", "tunnel rekey",
				"before attachment duplicate", "before end-to-end loop", "attachment hosts",
				"end-to-end end-to-end", "end-to-end fragments", "end-to-end loop",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestN10ConnectionNames: a check looks at the peer by what charon calls it, which depends on the release.
func TestN10ConnectionNames(t *testing.T) {
	for rel, want := range map[string]string{"1.2": "peer-", "1.3": "peer-", "1.4": "L2S-", "1.5": "L2S-"} {
		sa := findCheck(t, checksOf(t, pairSpec(rel, rel))["onprem/gw1"], "sa", false)
		if got := sa.Args["connection"]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: connection %q", rel, got)
		}
	}
}

// TestN13FreshAfterAChange: SA and session must be younger than the commit exactly where the plan makes them anew.
func TestN13FreshAfterAChange(t *testing.T) {
	f, _ := compile(t, pairSpec("1.4", "1.4"))
	n := f.Nodes[0]
	tunnel := "tunnel " + f.Tunnels[0].Name
	peer := []string{"vpn", "ipsec", "site-to-site", "peer", "x", "ike-group"}
	neighbor := []string{"protocols", "bgp", "neighbor", "x", "timers", "holdtime"}
	for _, tt := range []struct {
		name    string
		step    plan.Step
		sa, bgp bool
	}{
		{name: "a key", step: plan.Step{Path: []string{"vpn", "ipsec", "authentication", "psk", "x", "secret"}, Object: tunnel, Impact: []plan.Impact{plan.DropsSA}}, sa: true},
		{name: "a new peer", step: plan.Step{Path: peer, Object: tunnel}, sa: true},
		{name: "a description", step: plan.Step{Path: append(peer[:5:5], "description"), Object: tunnel}},
		{name: "another tunnel", step: plan.Step{Path: peer, Object: "tunnel other", Impact: []plan.Impact{plan.DropsSA}}},
		{name: "a restart of IPsec", step: plan.Step{Path: peer[:2], Object: "gateway x", Impact: []plan.Impact{plan.RestartsIPsec}}, sa: true},
		{name: "a hold time", step: plan.Step{Path: neighbor, Object: tunnel, Impact: []plan.Impact{plan.ResetsBGP}}, bgp: true},
		{name: "the router ID", step: plan.Step{Path: []string{"protocols", "bgp", "parameters", "router-id"}, Object: "gateway x", Impact: []plan.Impact{plan.ResetsBGP}}, bgp: true},
		{name: "another neighbor", step: plan.Step{Path: neighbor, Object: "tunnel other", Impact: []plan.Impact{plan.ResetsBGP}}},
		{name: "a VXLAN device", step: plan.Step{Path: []string{"interfaces", "vxlan", "x", "vni"}, Object: "stretch app"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.step.Op = plan.Set
			checks := vyos.Backend{}.Checks(n, &plan.Plan{Phases: []plan.Phase{{Steps: []plan.Step{tt.step}}}})
			if got := findCheck(t, checks, "sa", false).Args["fresh"] == "true"; got != tt.sa {
				t.Errorf("fresh SA: %v", got)
			}
			if got := findCheck(t, checks, "bgp", false).Args["fresh"] == "true"; got != tt.bgp {
				t.Errorf("fresh BGP: %v", got)
			}
		})
	}
}

// TestN13RekeyIsAsked: the check that does something is not made unless it is asked for, and at one end only.
func TestN13RekeyIsAsked(t *testing.T) {
	n := 0
	for _, checks := range checksOf(t, pairSpec("1.4", "1.4")) {
		for _, c := range checks {
			if c.Name == "rekey" {
				n++
			}
			if c.Asked != (c.Name == "rekey") {
				t.Errorf("%s: asked %v", c.Name, c.Asked)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d ends rekey", n)
	}
}

// TestN29Attachment: each attachment is looked at on its own: the gateway of the site, a host, and probes from
// the other gateway.
func TestN29Attachment(t *testing.T) {
	checks := checksOf(t, pairSpec("1.4", "1.4", `attach: default_gateway = "192.168.10.1"`, `attach: probe = ["192.168.10.20"]`))
	for node, list := range checks {
		gw := findCheck(t, list, "gateway", false)
		if gw.Scope != plan.ScopeAttachment || gw.Args["address"] != "192.168.10.1" || gw.Args["port"] != "eth1" {
			t.Errorf("%s: %+v", node, gw)
		}
		probe := findCheck(t, list, "probe", false)
		if probe.Scope != plan.ScopeEndToEnd || probe.Args["address"] != "192.168.10.20" || !strings.Contains(probe.Args["vxlan"], "vxlan") {
			t.Errorf("%s: %+v", node, probe)
		}
	}
}

// TestN30Sizes: a packet as large as the VTI's MTU, and one as large as the hosts'.
func TestN30Sizes(t *testing.T) {
	for rel, icmp := range map[string]string{"1.2": "", "1.3": "", "1.4": "true"} {
		list := checksOf(t, pairSpec(rel, rel))["onprem/gw1"]
		if got := findCheck(t, list, "path", false).Args["size"]; got != "1446" {
			t.Errorf("%s: path %s", rel, got)
		}
		want := map[string]string{"size": "1500", "fits": "1396", "icmp": icmp}
		got := findCheck(t, list, "fragments", false).Args
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %q, want %q", rel, k, got[k], v)
			}
		}
	}
}

// TestN32Mechanism: where a release has the second guard, the check looks for its rule.
func TestN32Mechanism(t *testing.T) {
	for rel, rule := range map[string]string{"1.2": "", "1.3": "", "1.4": "!vti1"} {
		got := findCheck(t, checksOf(t, pairSpec(rel, rel))["onprem/gw1"], "clear-text", false).Args
		if got["rule"] != rule || got["interface"] != "vti1" || !strings.HasSuffix(got["prefix"], "/30") {
			t.Errorf("%s: %v", rel, got)
		}
	}
}

// TestN33StretchedPrefix: routes into the stretched subnet are looked for.
func TestN33StretchedPrefix(t *testing.T) {
	got := findCheck(t, checksOf(t, pairSpec("1.4", "1.4"))["onprem/gw1"], "prefix", false).Args
	if got["subnets"] != "192.168.10.0/24" || got["filtered"] != "true" {
		t.Errorf("%v", got)
	}
}

// TestN17Before: duplicate addresses and joined segments are looked for before the change.
func TestN17Before(t *testing.T) {
	for node, list := range checksOf(t, pairSpec("1.4", "1.4", `attach: default_gateway = "192.168.10.1"`)) {
		own := findCheck(t, list, "duplicate", true).Args["address"]
		loop := strings.Split(findCheck(t, list, "loop", true).Args["addresses"], ",")
		if slices.Contains(loop, own) || !slices.Contains(loop, "192.168.10.1") || len(loop) != 2 {
			t.Errorf("%s: own %s, asked for %v", node, own, loop)
		}
	}
}

// TestSomebodyElsesTunnelIsACondition: a tunnel that is not ours has to be up before the change.
func TestSomebodyElsesTunnelIsACondition(t *testing.T) {
	text, err := os.ReadFile("../testdata/examples/unmanaged/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := compile(t, string(text))
	found := false
	for _, n := range f.Nodes {
		list := vyos.Backend{}.Checks(n, nil)
		if hasCheck(list, "sa", false) || hasCheck(list, "rekey", false) {
			t.Errorf("%s: IPsec of a tunnel that is not ours is looked at", n.Name)
		}
		found = found || hasCheck(list, "vti", true) && hasCheck(list, "bgp", true) && hasCheck(list, "vti", false)
	}
	if !found {
		t.Error("nothing is a condition")
	}
}

// TestPausedStretchIsNotLookedAt: a stretch that is to carry nothing has no checks after the change.
func TestPausedStretchIsNotLookedAt(t *testing.T) {
	for node, list := range checksOf(t, pairSpec("1.4", "1.4", "stretch: paused = true")) {
		for _, c := range list {
			if strings.HasPrefix(c.Object, "stretch ") && !c.Before {
				t.Errorf("%s: %s", node, c.Name)
			}
		}
	}
}

// TestChecksAreDeterministic: twice the same.
func TestChecksAreDeterministic(t *testing.T) {
	a, b := checksOf(t, pairSpec("1.4", "1.3")), checksOf(t, pairSpec("1.4", "1.3"))
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	if len(slices.Collect(maps.Keys(a))) != 2 {
		t.Error("not two gateways")
	}
}
