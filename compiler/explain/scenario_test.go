package explain

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// TestScenarioA: same gateway on both sites. Hosts in the cloud need a static route in the cloud for other
// networks on premises, which moved hosts honour as well; hosts on premises need one on the switch for other
// networks of the cloud.
func TestScenarioA(t *testing.T) {
	r := routes(t, gcm(), Ask{})
	for _, tt := range []struct {
		class, target string
		forward, back string
		needs         []string
	}{
		{"created", "10.20.0.0/16",
			"host created on cloud -> router of cloud -> cloud/gw1 -> tunnel dr -> onprem/gw1 -> router of onprem -> 10.20.0.0/16 of onprem",
			"10.20.0.0/16 of onprem -> router of onprem -> stretch app (VNI 5010) -> host created on cloud",
			[]string{"cloud 10.20.0.0/16 via 10.30.0.2 missing"}},
		{"moved", "10.20.0.0/16",
			"host moved to cloud -> router of cloud -> cloud/gw1 -> tunnel dr -> onprem/gw1 -> router of onprem -> 10.20.0.0/16 of onprem",
			"10.20.0.0/16 of onprem -> router of onprem -> stretch app (VNI 5010) -> host moved to cloud",
			[]string{"cloud 10.20.0.0/16 via 10.30.0.2 missing"}},
		{"home", "10.30.0.0/16",
			"host on onprem -> router of onprem -> onprem/gw1 -> tunnel dr -> cloud/gw1 -> router of cloud -> 10.30.0.0/16 of cloud",
			"10.30.0.0/16 of cloud -> router of cloud -> stretch app (VNI 5010) -> host on onprem",
			[]string{"onprem 10.30.0.0/16 via 10.20.0.2 missing"}},
	} {
		f := flowOf(t, r, tt.class, tt.target)
		if d := cmp.Diff([]string{tt.forward, tt.back}, []string{f.Forward.String(), f.Return.String()}); d != "" {
			t.Errorf("%s to %s (-want +got)\n%s", tt.class, tt.target, d)
		}
		if d := cmp.Diff(tt.needs, needs(r, f)); d != "" {
			t.Errorf("%s to %s needs (-want +got)\n%s", tt.class, tt.target, d)
		}
		if f.Works || !f.Possible || !f.Asymmetric || f.Trombone {
			t.Errorf("%s to %s: works %t, possible %t, asymmetric %t, trombone %t", tt.class, tt.target, f.Works, f.Possible, f.Asymmetric, f.Trombone)
		}
	}

	// With the routes declared everything works, and they are found among the declared ones.
	l := external(external(gcm(), 0, "tor", "10.30.0.0/16", "10.20.0.2"), 1, "vpc", "10.20.0.0/16", "10.30.0.2")
	r = routes(t, l, Ask{})
	for _, c := range r.Cases {
		for _, f := range c.Flows {
			if !f.Works {
				t.Errorf("%s to %s: %s %s, %s %s", f.Class.Text, f.Target.Text, f.Forward, f.Forward.Broken, f.Return, f.Return.Broken)
			}
		}
	}
	for _, q := range r.Required {
		if q.Status != Present || q.Device != map[string]string{"onprem": "tor", "cloud": "vpc"}[q.Site] {
			t.Errorf("%+v", q)
		}
	}
	if f := flowOf(t, r, "moved", "10.20.0.0/16"); !strings.Contains(f.Forward.String(), "vpc of cloud") || !strings.Contains(f.Return.String(), "tor of onprem") {
		t.Errorf("paths %s, %s", f.Forward, f.Return)
	}
}

// TestScenarioB: different gateways. The route in the cloud serves hosts created there only; a moved host
// reaches all networks on premises through its gateway there, and other networks of the cloud only when the
// switch has a route to them.
func TestScenarioB(t *testing.T) {
	r := routes(t, different(gcm()), Ask{})
	f := flowOf(t, r, "moved", "10.20.0.0/16")
	if want := "host moved to cloud -> stretch app (VNI 5010) -> router of onprem -> 10.20.0.0/16 of onprem"; !f.Works || f.Forward.String() != want || f.Asymmetric || f.Trombone {
		t.Errorf("moved host to other networks on premises: %t %s", f.Works, f.Forward)
	}
	f = flowOf(t, r, "created", "10.20.0.0/16")
	if d := cmp.Diff([]string{"cloud 10.20.0.0/16 via 10.30.0.2 missing"}, needs(r, f)); d != "" || f.Works {
		t.Errorf("created host to other networks on premises needs (-want +got)\n%s", d)
	}
	f = flowOf(t, r, "moved", "10.30.0.0/16")
	if want := "host moved to cloud -> stretch app (VNI 5010) -> router of onprem -> onprem/gw1 -> tunnel dr -> cloud/gw1 -> router of cloud -> 10.30.0.0/16 of cloud"; f.Forward.String() != want {
		t.Errorf("moved host to other networks of the cloud:\n%s\nwant\n%s", f.Forward, want)
	}
	if d := cmp.Diff([]string{"onprem 10.30.0.0/16 via 10.20.0.2 missing"}, needs(r, f)); d != "" || f.Works || !f.Trombone || !f.Asymmetric {
		t.Errorf("works %t, trombone %t, asymmetric %t; needs (-want +got)\n%s", f.Works, f.Trombone, f.Asymmetric, d)
	}
	if !slices.ContainsFunc(f.Notes, func(n string) bool {
		return strings.Contains(n, "strict source validation") && strings.Contains(n, "vti1")
	}) {
		t.Errorf("no word of source validation: %q", f.Notes)
	}
	f = flowOf(t, r, "moved", "the Internet")
	if want := "host moved to cloud -> stretch app (VNI 5010) -> router of onprem -> Internet"; f.Forward.String() != want || !f.Trombone {
		t.Errorf("moved host to the Internet: %s", f.Forward)
	}
	if g := finding(t, r, "gateways"); !strings.Contains(g.Text[0], "whose firewall goes on controlling it") {
		t.Errorf("gateways: %q", g.Text)
	}
	// The route on the switch alone, then the moved host works and the created one still does not.
	r = routes(t, external(different(gcm()), 0, "tor", "10.30.0.0/16", "10.20.0.2"), Ask{})
	if !flowOf(t, r, "moved", "10.30.0.0/16").Works || flowOf(t, r, "created", "10.20.0.0/16").Works {
		t.Error("the route on the switch does not serve moved hosts alone")
	}
	// The route in the cloud alone does nothing for a moved host.
	r = routes(t, external(different(gcm()), 1, "vpc", "10.20.0.0/16", "10.30.0.2"), Ask{})
	if flowOf(t, r, "moved", "10.30.0.0/16").Works || !flowOf(t, r, "created", "10.20.0.0/16").Works {
		t.Error("the route in the cloud serves moved hosts")
	}
}

// controllerLab stretches the subnet that the controller VM lives in.
func controllerLab() *lab {
	l := gcm()
	s := l.f.Stretches[0]
	s.Subnet = netip.MustParsePrefix("10.20.5.0/24")
	for i, a := range s.Attaches {
		a.Address = netip.MustParsePrefix([]string{"10.20.5.253/24", "10.20.5.254/24"}[i])
		a.DefaultGateway = netip.MustParseAddr("10.20.5.1")
	}
	for _, e := range l.f.Nodes[1].Ends {
		e.Hosts = []netip.Prefix{netip.MustParsePrefix("10.20.5.10/32")}
	}
	return l
}

// TestScenarioC: the controller's subnet has two phases, a route of its own for the controller first.
func TestScenarioC(t *testing.T) {
	f := finding(t, routes(t, controllerLab(), Ask{}), "controller")
	text := strings.Join(f.Text, "\n")
	for _, want := range []string{
		"distance 0 beats eBGP's 20",
		"Phase 1, before the stretch", "10.20.5.10/32", "on the router of cloud via 10.30.0.2 (missing)", "on cloud/gw1 via vti1",
		"router of cloud -> cloud/gw1 -> tunnel dr -> onprem/gw1 -> controller VM 10.20.5.10",
		"Phase 2: the stretch", "10.20.5.10/32 may go when",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	// In phase 1 the route is one that others must have; declared, it is found.
	l := controllerLab()
	l.f.Stretches[0].Paused = true
	r := routes(t, l, Ask{})
	find := func() RouteStatus {
		for _, q := range r.Required {
			if q.Site == "cloud" && q.Prefix == "10.20.5.10/32" && q.NextHop == "10.30.0.2" {
				return q.Status
			}
		}
		return "none"
	}
	if find() != Missing || !finding(t, r, "controller").Problem {
		t.Errorf("phase 1: route is %s, problem %t", find(), finding(t, r, "controller").Problem)
	}
	r = routes(t, external(l, 1, "vpc", "10.20.5.10/32", "10.30.0.2"), Ask{})
	if find() != Present || finding(t, r, "controller").Problem || len(r.Unneeded) > 0 {
		t.Errorf("phase 1 with the route: %s, problem %t, unneeded %v", find(), finding(t, r, "controller").Problem, r.Unneeded)
	}
	// Without a route of its own on the gateway the far site does not reach the controller.
	l = controllerLab()
	for _, e := range l.f.Nodes[1].Ends {
		e.Hosts = nil
	}
	w := &world{f: l.f, stretch: l.f.Stretches[0], ledger: newLedger(l.f)}
	if p := w.fromNetwork(l.f.Sites[1], l.f.Sites[0].Nutanix.PCVM, l.f.Sites[0]); !strings.Contains(p.Broken, "distance, 0, beats eBGP's, 20") {
		t.Errorf("without a route: %s, %q", p, p.Broken)
	}
	// Another subnet has no such finding, and the controller is reached as part of its network.
	r = routes(t, gcm(), Ask{})
	for _, c := range r.Cases {
		if slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Name == "controller" }) {
			t.Error("two phases for a controller outside the subnet")
		}
	}
	if f := flowOf(t, r, "home", "controller VM"); !f.Works || f.Target.Prefix != "10.20.5.10/32" {
		t.Errorf("%+v", f)
	}
}

// TestScenarioD: no stretch, the same subnet on both sites. The connected route beats eBGP.
func TestScenarioD(t *testing.T) {
	l := gcm()
	l.f.Stretches[0].Paused = true
	r := routes(t, l, Ask{})
	f := flowOf(t, r, "home", "own subnet there")
	if f.Works || f.Possible || !strings.Contains(f.Forward.Broken, "its distance, 0, beats eBGP's, 20") || !strings.Contains(f.Forward.Broken, "nobody answers") {
		t.Errorf("home to there: %t, %q", f.Works, f.Forward.Broken)
	}
	// From another network of the far site the same: its router asks its own segment.
	f = flowOf(t, r, "home", "10.30.0.0/16")
	if f.Possible || !strings.Contains(f.Return.Broken, "cloud has 192.168.10.0/24 as a connected route") {
		t.Errorf("answers from another network: %q", f.Return.Broken)
	}
	if g := finding(t, r, "without"); !g.Problem || !strings.Contains(g.Text[0], "While the stretch is paused") {
		t.Errorf("%+v", g)
	}
	if g := finding(t, routes(t, gcm(), Ask{}), "without"); g.Problem || !strings.Contains(g.Text[0], "distance, 0, beats eBGP's, 20") {
		t.Errorf("%+v", g)
	}
	// Routed, with the same prefix in both sites' networks: it stays on its own side.
	l = &lab{f: &ir.Fabric{Name: "routed"}}
	a, b := l.site("onprem", "10.20.0.0/16", "192.168.10.0/24"), l.site("cloud", "192.168.10.0/24")
	l.tunnel("dr", false, "169.254.100.0/30", l.node(a, "1.4", "203.0.113.10/24", "10.20.0.2/24", "10.20.0.1"),
		l.node(b, "1.4", "198.51.100.20/24", "192.168.10.2/24", "192.168.10.1"), "aes256gcm128")
	for _, c := range routes(t, l, Ask{}).Cases {
		for _, f := range c.Flows {
			same := strings.HasPrefix(f.Class.Text, "in 192.168.10.0/24") && f.Target.Prefix == "192.168.10.0/24"
			if same && (f.Possible || !strings.Contains(f.Forward.Broken, "the same prefix")) {
				t.Errorf("%s to %s: %s %q", f.Class.Text, f.Target.Text, f.Forward, f.Forward.Broken)
			}
		}
	}
}

// TestScenarioE: a copy of a live host on a joined segment is a duplicate; on a paused one it is not.
func TestScenarioE(t *testing.T) {
	if f := finding(t, routes(t, gcm(), Ask{}), "drill"); !f.Problem || !strings.Contains(f.Text[0], "duplicate") || !strings.Contains(f.Text[1], "paused = true") {
		t.Errorf("%+v", f)
	}
	l := gcm()
	l.f.Stretches[0].Paused = true
	if f := finding(t, routes(t, l, Ask{}), "drill"); f.Problem || !strings.Contains(f.Text[0], "no duplicate") {
		t.Errorf("%+v", f)
	}
}
