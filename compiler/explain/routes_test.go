package explain

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

func routes(t *testing.T, l *lab, ask Ask) *Routes {
	t.Helper()
	r, err := FindRoutes(l.f, ask)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flowOf finds a flow by the kind of its hosts and the start of its target's text.
func flowOf(t *testing.T, r *Routes, class, target string) Flow {
	t.Helper()
	for _, c := range r.Cases {
		for _, f := range c.Flows {
			if f.Class.Kind == class && strings.HasPrefix(f.Target.Text, target) {
				return f
			}
		}
	}
	t.Fatalf("no flow of %s hosts to %s", class, target)
	return Flow{}
}

func finding(t *testing.T, r *Routes, name string) Finding {
	t.Helper()
	for _, c := range r.Cases {
		for _, f := range c.Findings {
			if f.Name == name {
				return f
			}
		}
	}
	t.Fatalf("no finding %s", name)
	return Finding{}
}

// needs lists the routes that a flow needs, as "site prefix via next-hop status".
func needs(r *Routes, f Flow) []string {
	var out []string
	for _, i := range slices.Concat(f.Forward.Needs, f.Return.Needs) {
		q := r.Required[i]
		out = append(out, q.Site+" "+q.Prefix+" via "+q.NextHop+" "+string(q.Status))
	}
	return out
}

// different gives the far site a default gateway of its own.
func different(l *lab) *lab {
	l.f.Stretches[0].Attaches[1].DefaultGateway = netip.MustParseAddr("192.168.10.2")
	return l
}

// external declares a route of a site's device.
func external(l *lab, site int, device, prefix, nextHop string) *lab {
	s := l.f.Sites[site]
	s.ExternalRoutes = append(s.ExternalRoutes, ir.ExternalRoute{Device: device, Prefix: netip.MustParsePrefix(prefix), NextHop: netip.MustParseAddr(nextHop)})
	return l
}

func gcm() *lab { return pair(false, "aes256gcm128") }

// TestFirstHop: local answers are kept apart, and a default gateway that is on the other site only is then
// out of reach.
func TestFirstHop(t *testing.T) {
	l := gcm()
	r := routes(t, l, Ask{})
	if f := flowOf(t, r, "home", "the Internet"); !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "all answer ARP for 192.168.10.1") }) {
		t.Errorf("notes %q", f.Notes)
	}
	if !finding(t, r, "gateways").Problem {
		t.Error("two gateways with one address are no problem")
	}
	l.f.Stretches[0].FirstHopLocal = true
	r = routes(t, l, Ask{})
	if f := flowOf(t, r, "home", "the Internet"); len(f.Notes) > 0 || finding(t, r, "gateways").Problem {
		t.Errorf("notes %q", f.Notes)
	}
	l = different(gcm())
	l.f.Stretches[0].FirstHopLocal = true
	if f := flowOf(t, routes(t, l, Ask{}), "moved", "the Internet"); f.Possible || !strings.Contains(f.Forward.Broken, "first_hop") {
		t.Errorf("%q", f.Forward.Broken)
	}
}

// TestFailover: nobody is at home any more, and what depends on the home site is named.
func TestFailover(t *testing.T) {
	r := routes(t, different(gcm()), Ask{After: Failover})
	for _, f := range r.Cases[0].Flows {
		if f.Class.Kind == "home" {
			t.Errorf("%s after the fail-over", f.Class.Text)
		}
	}
	if f := finding(t, r, "loss"); !f.Problem || !strings.Contains(f.Text[0], "the Internet") {
		t.Errorf("different gateways: %+v", f)
	}
	if f := finding(t, routes(t, gcm(), Ask{After: Failover}), "loss"); f.Problem {
		t.Errorf("same gateway: %+v", f)
	}
	r = routes(t, gcm(), Ask{After: Failover, Home: "cloud"})
	if c := r.Cases[0]; c.Home != "cloud" || !slices.Equal(c.Away, []string{"onprem"}) {
		t.Errorf("home %s, away %s", c.Home, c.Away)
	}
}

// TestCutover: the subnet is the far site's alone, and the devices of the old home need a route to it.
func TestCutover(t *testing.T) {
	r := routes(t, gcm(), Ask{After: Cutover})
	f := flowOf(t, r, "moved", "10.20.0.0/16")
	if want := "10.20.0.0/16 of onprem -> router of onprem -> onprem/gw1 -> tunnel dr -> cloud/gw1 -> router of cloud -> host moved to cloud"; f.Return.String() != want || f.Asymmetric {
		t.Errorf("answers: %s, asymmetric %t", f.Return, f.Asymmetric)
	}
	if d := cmp.Diff([]string{"cloud 10.20.0.0/16 via 10.30.0.2 missing", "onprem 192.168.10.0/24 via 10.20.0.2 missing"}, needs(r, f)); d != "" {
		t.Errorf("needs (-want +got)\n%s", d)
	}
	g := finding(t, r, "cutover")
	text := strings.Join(g.Text, "\n")
	for _, want := range []string{"192.168.10.1 is answered by", "gratuitous ARP", "paused = true", "its connected route, distance 0", "not before step 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	if finding(t, r, "failback").Text == nil {
		t.Error("no way back")
	}
	if f := flowOf(t, routes(t, different(gcm()), Ask{After: Cutover}), "moved", "the Internet"); f.Forward.String() != "host moved to cloud -> router of cloud -> Internet" {
		t.Errorf("to the Internet: %s", f.Forward)
	}
}

// TestDeclaredRoutes are judged: a wrong next hop, the tunnel's address, one that nobody needs.
func TestDeclaredRoutes(t *testing.T) {
	l := external(gcm(), 1, "vpc", "10.20.0.0/16", "10.30.0.9")
	r := routes(t, l, Ask{})
	i := slices.IndexFunc(r.Required, func(q Required) bool { return q.Site == "cloud" })
	if q := r.Required[i]; q.Status != OtherNextHop || q.Have != "10.30.0.9" || q.NextHop != "10.30.0.2" || q.Segment != "10.30.0.0/24" {
		t.Errorf("%+v", q)
	}
	l = external(external(gcm(), 1, "vpc", "10.99.0.0/16", "169.254.100.2"), 1, "vpc", "10.98.0.0/16", "10.30.0.2")
	r = routes(t, l, Ask{})
	if len(r.Unneeded) != 2 || !strings.Contains(r.Unneeded[0].Why, "address of tunnel dr") || r.Unneeded[1].Why == "" {
		t.Errorf("%+v", r.Unneeded)
	}
	// A larger prefix serves as well.
	r = routes(t, external(gcm(), 1, "vpc", "10.0.0.0/8", "10.30.0.2"), Ask{})
	if f := flowOf(t, r, "created", "10.20.0.0/16"); !f.Works {
		t.Errorf("%s %q", f.Forward, f.Forward.Broken)
	}
	// A next hop is an address on a segment of the device, never that of the tunnel.
	for _, q := range r.Required {
		if !netip.MustParsePrefix(q.Segment).Contains(netip.MustParseAddr(q.NextHop)) || strings.HasPrefix(q.NextHop, "169.254.") {
			t.Errorf("%+v", q)
		}
	}
}

// TestNoWayIn: without an inside interface the devices of the site have no next hop, and the gateway no way
// to its networks.
func TestNoWayIn(t *testing.T) {
	l := gcm()
	l.f.Nodes[1].Inside = nil
	f := flowOf(t, routes(t, l, Ask{}), "created", "10.20.0.0/16")
	if f.Possible || !strings.Contains(f.Forward.Broken, "no gateway of cloud has a route") {
		t.Errorf("%q", f.Forward.Broken)
	}
	f = flowOf(t, routes(t, l, Ask{}), "home", "10.30.0.0/16")
	if f.Possible || !strings.Contains(f.Forward.Broken, "no way in") {
		t.Errorf("%q", f.Forward.Broken)
	}
	l.f.Nodes[1].Uplink.NextHop = netip.MustParseAddr("198.51.100.1")
	r := routes(t, l, Ask{})
	f = flowOf(t, r, "created", "10.20.0.0/16")
	if d := cmp.Diff([]string{"cloud 10.20.0.0/16 via 198.51.100.20 missing"}, needs(r, f)); d != "" {
		t.Errorf("one-armed needs (-want +got)\n%s", d)
	}
}

// TestThreeSites: every other site is a place to move to, and the routes of all are found.
func TestThreeSites(t *testing.T) {
	r := routes(t, three(), Ask{})
	if c := r.Cases[0]; c.Home != "north" || !slices.Equal(c.Away, []string{"south", "west"}) {
		t.Errorf("home %s, away %s", c.Home, c.Away)
	}
	if n := len(r.Required); n != 6 {
		t.Errorf("%d routes, want 6: %+v", n, r.Required)
	}
	if n := len(routes(t, three(), Ask{After: Failover}).Cases); n != 2 {
		t.Errorf("%d cases after a fail-over, want 2", n)
	}
}

// TestCoveringNetwork: a site without a part in the stretch reaches the subnet through a network that
// covers it, and not otherwise.
func TestCoveringNetwork(t *testing.T) {
	build := func(networks ...string) *lab {
		l := gcm()
		l.f.Sites[0].Networks = nil
		for _, n := range networks {
			l.f.Sites[0].Networks = append(l.f.Sites[0].Networks, netip.MustParsePrefix(n))
		}
		s := l.site("branch", "10.40.0.0/16")
		n := l.node(s, "1.4", "192.0.2.30/24", "10.40.0.2/24", "10.40.0.1")
		l.tunnel("branch", false, "169.254.101.0/30", l.f.Nodes[0], n, "aes256gcm128")
		return l
	}
	f := flowOf(t, routes(t, build("10.20.0.0/16"), Ask{}), "home", "10.40.0.0/16")
	if f.Possible || !strings.Contains(f.Return.Broken, "no gateway of branch has a route to 192.168.10.0/24") {
		t.Errorf("%s %q", f.Return, f.Return.Broken)
	}
	f = flowOf(t, routes(t, build("10.20.0.0/16", "192.168.0.0/16"), Ask{}), "home", "10.40.0.0/16")
	if !f.Possible || !strings.Contains(f.Return.String(), "tunnel branch -> onprem/gw1") {
		t.Errorf("%s %q", f.Return, f.Return.Broken)
	}
}

// TestRoutesAreTheSameTwice holds for order and text.
func TestRoutesAreTheSameTwice(t *testing.T) {
	a, b := routes(t, three(), Ask{}), routes(t, three(), Ask{})
	if d := cmp.Diff(a, b, cmp.AllowUnexported(Path{}), cmp.Comparer(func(x, y *ir.Site) bool { return (x == nil) == (y == nil) })); d != "" {
		t.Errorf("(-first +second)\n%s", d)
	}
}

// TestRouteNames reports names that the specification does not have.
func TestRouteNames(t *testing.T) {
	for _, ask := range []Ask{{Stretch: "web"}, {Home: "moon"}} {
		if _, err := FindRoutes(gcm().f, ask); err == nil {
			t.Errorf("%+v is no error", ask)
		}
	}
}

// TestSourceValidation says what holds for the release of the gateway that a packet enters.
func TestSourceValidation(t *testing.T) {
	r := routes(t, different(gcm()), Ask{Loose: func(n *ir.Node) bool { return n.Release != "1.3" }})
	has := func(f Flow, want string) bool {
		return slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, want) })
	}
	if f := flowOf(t, r, "moved", "10.30.0.0/16"); !has(f, "VyOS 1.3 has no setting for a VTI") {
		t.Errorf("%q", f.Notes)
	}
	if f := flowOf(t, r, "created", "10.20.0.0/16"); !has(f, "It is set to loose on vti1") {
		t.Errorf("%q", f.Notes)
	}
}
