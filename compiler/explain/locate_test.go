package explain

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// twoSites is a stretch of two sites, as far as locate looks at it.
func twoSites() *ir.Fabric {
	s := &ir.Stretch{Name: "app", Index: 5010}
	for i, name := range []string{"cloud", "onprem"} {
		n := &ir.Node{Name: name + "/gw1", Site: &ir.Site{Name: name}}
		s.Attaches = append(s.Attaches, &ir.Attachment{Stretch: s, Node: n, Interface: "eth1", MAC: "02:4c:32:53:00:0" + string(rune('1'+i)),
			Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, 10, byte(253 + i)}), 24)})
	}
	return &ir.Fabric{Stretches: []*ir.Stretch{s}}
}

// TestN38Locate: where a host is, and what its places mean.
func TestN38Locate(t *testing.T) {
	const host, cloud, onprem = "52:54:00:00:00:01", "02:4c:32:53:00:01", "02:4c:32:53:00:02"
	at := func(node, port, mac string) Sighting { return Sighting{Node: node, Port: port, MAC: mac, Heard: -1} }
	own := func(node, mac string) Sighting {
		return Sighting{Node: node, Port: "br5010", MAC: mac, Own: true, Heard: -1}
	}
	for _, tt := range []struct {
		name  string
		mac   string
		seen  []Sighting
		sites string
		says  string // a problem; empty: none
	}{
		{"on one site", host, []Sighting{at("onprem/gw1", "eth1", host), at("cloud/gw1", "vxlan5010", host)}, "onprem", ""},
		{"on both", host, []Sighting{at("onprem/gw1", "eth1", host), at("cloud/gw1", "eth1", host)}, "cloud onprem", "copy of a live host"},
		{"heard by the stretch alone", host, []Sighting{at("cloud/gw1", "vxlan5010", host)}, "", ""},
		{"a bridge of ours", onprem, []Sighting{own("onprem/gw1", onprem), at("cloud/gw1", "vxlan5010", onprem)}, "onprem", ""},
		{"its own bridge comes in by the stretch", onprem, []Sighting{own("onprem/gw1", onprem), at("onprem/gw1", "vxlan5010", onprem)}, "onprem", "LOOP"},
		{"the far bridge comes in by the NIC", cloud, []Sighting{own("cloud/gw1", cloud), at("onprem/gw1", "eth1", cloud)}, "cloud onprem", "LOOP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Locate(twoSites(), tt.mac, netip.Addr{}, Seen{Stretch: "app", Sightings: tt.seen})
			if len(got) != 1 || strings.Join(got[0].Sites, " ") != tt.sites || len(got[0].Places) != len(tt.seen) {
				t.Fatalf("%+v", got)
			}
			problems := strings.Join(got[0].Problems, " ")
			if tt.says == "" && problems != "" || !strings.Contains(problems, tt.says) {
				t.Errorf("problems %q, want %q", problems, tt.says)
			}
		})
	}
	if got := Locate(twoSites(), "52:54:00:00:00:99", netip.Addr{}, Seen{Stretch: "app"}); len(got) != 0 {
		t.Errorf("nobody is somewhere: %+v", got)
	}
}

// TestN38LocateByAddress: who answers is looked for; two who answer are a duplicate.
func TestN38LocateByAddress(t *testing.T) {
	ip := netip.MustParseAddr("192.168.10.20")
	seen := Seen{Stretch: "app", Sightings: []Sighting{
		{Node: "onprem/gw1", Port: "eth1", MAC: "52:54:00:00:00:01", Heard: 3 * time.Second}, {Node: "cloud/gw1", Port: "eth1", MAC: "52:54:00:00:00:02", Heard: -1},
	}, Replies: map[string][]string{"onprem/gw1": {"52:54:00:00:00:01", "52:54:00:00:00:02"}, "cloud/gw1": {"52:54:00:00:00:01"}}}
	got := Locate(twoSites(), "", ip, seen)
	if len(got) != 2 || got[0].MAC != "52:54:00:00:00:01" || len(got[0].Answers) != 2 || *got[0].Places[0].Heard != 3 || !strings.Contains(strings.Join(got[1].Problems, ""), "Two MAC addresses answer") {
		t.Errorf("%+v", got)
	}
}

// TestN39ProbeMTU: the path is compared with the specification, and the tunnel with the path.
func TestN39ProbeMTU(t *testing.T) {
	tunnel := &ir.Tunnel{Name: "dr", PathMTU: 1500, MTU: 1446, ESP: ir.ESP{Proposals: []ir.Proposal{{Encryption: "aes256gcm128"}}}}
	for i := range tunnel.Ends {
		tunnel.Ends[i] = &ir.End{Tunnel: tunnel, Address: netip.MustParsePrefix("169.254.100.1/30"), Local: netip.MustParseAddr("203.0.113.10")}
	}
	for _, tt := range []struct {
		name            string
		outside, inside int
		want            MTUVerdict
		says            string
		proposal        int
	}{
		{"as planned", 1500, 1446, MTUFits, "as the specification says", 0},
		{"smaller", 1400, 1346, MTUSmaller, "uplink { mtu = 1400 }", 1400},
		{"larger", 9000, 1446, MTULarger, "uplink { mtu = 9000 }", 9000},
		{"the SA adds more", 1500, 1438, MTUInside, "UDP encapsulation", 0},
		{"no tunnel", 1500, 0, MTUInside, "does not answer", 0},
		{"no ICMP outside", 0, 1446, MTUFits, "at least 1500", 0},
		{"no ICMP outside, and too large", 0, 1400, MTUInside, "Lower uplink.mtu", 0},
		{"nothing", 0, 0, MTUUnknown, "Nothing answered", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := JudgeMTU(tunnel, []Measured{{From: "b/gw1", Outside: tt.outside, Inside: tt.inside}, {From: "a/gw1", Outside: tt.outside, Inside: tt.inside}})
			if r.State != tt.want || !strings.Contains(r.Verdict, tt.says) || r.Ends[0].Gateway != "a/gw1" {
				t.Errorf("%s: %s", r.State, r.Verdict)
			}
			if (r.Proposal == nil) != (tt.proposal == 0) || r.Proposal != nil && r.Proposal.UplinkMTU != tt.proposal {
				t.Errorf("proposal %+v", r.Proposal)
			}
			if tt.proposal == 1400 && (r.Proposal.TunnelMTU != 1346 || r.Proposal.HostMTU != 1296) {
				t.Errorf("proposal %+v", r.Proposal)
			}
		})
	}
}
