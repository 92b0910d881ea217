package explain

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// many adds stretches to a pair.
func many(l *lab, n int) *lab {
	for i := range n {
		l.stretch(fmt.Sprintf("web%03d", i), fmt.Sprintf("172.16.%d.0/24", i), l.f.Tunnels[:1], l.f.Nodes[:2],
			fmt.Sprintf("172.16.%d.253 172.16.%d.1", i, i), fmt.Sprintf("172.16.%d.254 172.16.%d.1", i, i))
		l.f.Stretches[len(l.f.Stretches)-1].Tunnels = []*ir.Tunnel{l.f.Tunnels[0]}
	}
	return l
}

func TestTopology(t *testing.T) {
	g := Topology(gcm().f, DefaultGrouping)
	want := &Graph{
		Name: "app-dr",
		Sites: []GraphSite{
			{Name: "onprem", Networks: []string{"10.20.0.0/16"}, Gateways: []GraphGateway{{ID: "onprem/gw1", Platform: "VyOS 1.4", Uplink: "eth0 203.0.113.10/24", Inside: "eth2 10.20.0.2/24 via 10.20.0.1"}}},
			{Name: "cloud", Networks: []string{"10.30.0.0/16"}, Gateways: []GraphGateway{{ID: "cloud/gw1", Platform: "VyOS 1.3", Uplink: "eth0 198.51.100.20/24", Inside: "eth2 10.30.0.2/24 via 10.30.0.1"}}},
		},
		Tunnels: []GraphTunnel{{Name: "dr", Proposal: "aes256gcm128", MTU: 1446, Managed: true,
			Ends: [2]GraphEnd{{"onprem/gw1", "vti1", "169.254.100.1/30"}, {"cloud/gw1", "vti1", "169.254.100.2/30"}}}},
		Stretches: []GraphStretch{{Name: "app", Subnet: "192.168.10.0/24", VNI: "5010", Tunnels: []string{"dr"}, Attaches: []GraphAttach{
			{Gateway: "onprem/gw1", Port: "eth1", VLAN: "20", Bridge: "br5010", VXLAN: "vxlan5010", Address: "192.168.10.253/24", DefaultGateway: "192.168.10.1"},
			{Gateway: "cloud/gw1", Port: "eth1", VLAN: "100", Bridge: "br5010", VXLAN: "vxlan5010", Address: "192.168.10.254/24", DefaultGateway: "192.168.10.1"},
		}}},
	}
	if d := cmp.Diff(want, g); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestTopologyGroupsStretches puts stretches that join the same places into one, but not a paused one.
func TestTopologyGroupsStretches(t *testing.T) {
	l := many(gcm(), 99)
	l.f.Stretches[5].Paused = true
	g := Topology(l.f, DefaultGrouping)
	if len(g.Stretches) != 2 || len(g.Stretches[0].Members) != 99 {
		t.Fatalf("%d groups", len(g.Stretches))
	}
	s := g.Stretches[0]
	if s.Name != "99 stretches: app … web098" || s.VNI != "5010 … 5109" || s.Attaches[0].Bridge != "br5010 … br5109" {
		t.Errorf("%+v", s)
	}
	if g = Topology(l.f, Grouping{}); len(g.Stretches) != 100 {
		t.Errorf("%d without grouping", len(g.Stretches))
	}
}

// TestTopologyGroupsSites puts the sites of a for_each into one.
func TestTopologyGroupsSites(t *testing.T) {
	l := &lab{f: &ir.Fabric{Name: "branches"}}
	hub := l.node(l.site("hub", "10.20.0.0/16"), "1.4", "203.0.113.10/24", "", "203.0.113.1")
	for i := range 20 {
		s := l.site(fmt.Sprintf("branch.b%02d", i), fmt.Sprintf("10.30.%d.0/24", i))
		n := l.node(s, "1.4", fmt.Sprintf("198.51.100.%d/24", 20+i), "", "198.51.100.1")
		l.tunnel(fmt.Sprintf("spoke.b%02d", i), false, netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, 100, byte(4 * i)}), 30).String(), hub, n, "aes256gcm128")
	}
	l.stretch("app", "192.168.10.0/24", l.f.Tunnels[3:4], []*ir.Node{hub, l.f.Nodes[4]}, "192.168.10.253", "192.168.10.254")
	g := Topology(l.f, DefaultGrouping)
	if at := g.Stretches[0].Attaches; at[0].Site != "" || at[1].Site != "branch.b03" {
		t.Errorf("attached at %+v", at)
	}
	if len(g.Sites) != 2 || g.Sites[1].Name != "branch.*" || len(g.Sites[1].Members) != 20 || len(g.Sites[1].Gateways) != 1 {
		t.Fatalf("%+v", g.Sites)
	}
	if len(g.Tunnels) != 1 || g.Tunnels[0].Name != "spoke.*" || len(g.Tunnels[0].Members) != 20 || g.Tunnels[0].Ends[0].Gateway != "hub/gw1" {
		t.Errorf("%+v", g.Tunnels)
	}
	if want := "eth0 198.51.100.20/24 … eth0 198.51.100.39/24"; g.Sites[1].Gateways[0].Uplink != want {
		t.Errorf("uplink %q", g.Sites[1].Gateways[0].Uplink)
	}
}
