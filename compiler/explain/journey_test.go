package explain

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// TestReferenceWalk is the published walk: 1320 octets as a frame, 1356 after VXLAN, 1424 on the wire.
func TestReferenceWalk(t *testing.T) {
	for _, tt := range []struct {
		name string
		trip Trip
	}{
		{"by frame", Trip{Frame: 1320}},
		{"by data", Trip{Size: 1266}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := walkNamed(t, travel(t, pair(true, "aes128-sha1"), tt.trip), "data")
			if w.Frame != 1320 || w.Packet != 1356 || !slices.Equal(w.Wire, []int{1424}) {
				t.Errorf("%d, %d, %v; want 1320, 1356, 1424", w.Frame, w.Packet, w.Wire)
			}
			data := w.Hops[0].Stack[len(w.Hops[0].Stack)-1]
			if data.Octets != 1266 {
				t.Errorf("data of %d octets, want 1266", data.Octets)
			}
		})
	}
}

// TestHopsAddUp holds for every walk: the headers of a hop add up to its total, the totals follow from what
// was added and removed, and the last hop has the frame of the first.
func TestHopsAddUp(t *testing.T) {
	labs := map[string]*lab{
		"pair": pair(false, "aes256gcm128"), "natt": pair(true, "aes128-sha1"), "three": three(),
		"old": pair(false, "aes256-sha256", "aes256gcm128"),
	}
	labs["old"].f.Nodes[0].Release = "1.2"
	tagged := pair(false, "aes256gcm128")
	for _, a := range tagged.f.Stretches[0].Attaches {
		a.Tagged = true
	}
	labs["tagged"] = tagged
	nat := pair(true, "aes256gcm128")
	nat.f.Nodes[1].Uplink.Public = netip.MustParseAddr("192.0.2.99")
	nat.f.Tunnels[0].Ends[0].Remote = netip.MustParseAddr("192.0.2.99")
	labs["nat"] = nat
	for name, l := range labs {
		for _, trip := range []Trip{{}, {Frame: 60, Proto: ICMP}, {Frame: 1514, Proto: UDP}, {Frame: 1514}, {Frame: 9000}} {
			t.Run(fmt.Sprintf("%s %+v", name, trip), func(t *testing.T) {
				for _, w := range travel(t, l, trip).Walks {
					total := 0
					for i, h := range w.Hops {
						if h.Stack.Octets() != h.Total {
							t.Errorf("%s hop %d: headers of %d, total %d", w.Name, i+1, h.Stack.Octets(), h.Total)
						}
						if h.Action == "" || h.Node == "" {
							t.Errorf("%s hop %d says nothing: %+v", w.Name, i+1, h)
						}
						if i > 0 && w.Outcome == Delivered && total+h.Added-h.Removed != h.Total {
							t.Errorf("%s hop %d: %d + %d - %d is not %d", w.Name, i+1, total, h.Added, h.Removed, h.Total)
						}
						total = h.Total
					}
					if first, last := w.Hops[0], w.Hops[len(w.Hops)-1]; w.Outcome == Delivered || w.Outcome == Fragmented {
						if d := cmp.Diff(first.Stack, last.Stack); d != "" {
							t.Errorf("%s arrives changed (-sent +received)\n%s", w.Name, d)
						}
					}
				}
			})
		}
	}
}

// TestWalksMeasured follows frames of every measured size over every measured tunnel.
func TestWalksMeasured(t *testing.T) {
	data, err := os.ReadFile("../packet/testdata/wire-sizes.txt")
	if err != nil {
		t.Fatal(err)
	}
	suites := map[string]string{"aes128-sha1": "aes128-sha1", "aes256-sha256": "aes256-sha256", "aes256gcm16": "aes256gcm128", "chacha20poly1305": "chacha20poly1305"}
	rows := 0
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		l := pair(f[1] == "natt=true", suites[f[0]])
		if f[2] == "outer=ipv6" {
			for i, e := range l.f.Tunnels[0].Ends {
				e.Local, e.Remote = netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", i+1)), netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", 2-i))
			}
		}
		l.f.Tunnels[0].MTU, l.f.Tunnels[0].PathMTU = 9500, 9600
		w, _ := newWay(l.f.Stretches[0], l.f.Stretches[0].Attaches[0], l.f.Stretches[0].Attaches[1])
		a, b := hosts(l.f.Stretches[0], w)
		frame := 60
		for _, run := range f[3:] {
			var wire, n int
			if _, err := fmt.Sscanf(run, "%dx%d", &wire, &n); err != nil {
				break
			}
			for range n {
				wk := w.walk("data", "", dataFrame(a, b, TCP, true, frame), a, b, false)
				if wk.Wire[0] != wire {
					t.Fatalf("%s: frame of %d is %d on the wire, measured %d", line[:40], frame, wk.Wire[0], wire)
				}
				frame++
				rows++
			}
		}
	}
	if rows != 16*1541 {
		t.Errorf("%d rows", rows)
	}
}

// TestTooLarge holds what was measured above the limit, per kernel.
func TestTooLarge(t *testing.T) {
	off := false
	on := true
	for _, tt := range []struct {
		name      string
		release   string
		platform  ir.Platform
		proposal  string
		trip      Trip
		outcome   Outcome
		wire      []int
		want      string // in the summary or an action
		hostMTU   int
		tunnelMTU int
	}{
		{name: "1.4 answers TCP", release: "1.4", proposal: "aes128-sha1", trip: Trip{Frame: 1403}, outcome: Answered, want: "type 3 code 4, MTU 1388"},
		{name: "1.5 answers TCP", release: "1.5", proposal: "aes256gcm128", outcome: Answered, want: "type 3 code 4, MTU 1396"},
		{name: "rolling answers TCP", release: "rolling", proposal: "aes256gcm128", outcome: Answered, want: "kernel 6.6"},
		{name: "Linux answers TCP", platform: ir.Linux, proposal: "aes256gcm128", outcome: Answered, want: "5.9 or later"},
		{name: "1.3 fragments TCP", release: "1.3", proposal: "aes128-sha1", trip: Trip{Frame: 1403}, outcome: Fragmented, wire: []int{1496, 88}, want: "kernel 5.4"},
		{name: "1.2 fragments TCP", release: "1.2", proposal: "aes256-sha256", trip: Trip{Frame: 1403}, outcome: Fragmented, wire: []int{1500, 92}, want: "kernel 4.19"},
		{name: "1.4 fragments DF 0", release: "1.4", proposal: "aes256gcm128", trip: Trip{Frame: 1411, DF: &off}, outcome: Fragmented, wire: []int{1500, 80}, want: "arrives whole"},
		{name: "1.4 fragments UDP", release: "1.4", proposal: "aes128-sha1", trip: Trip{Frame: 1514, Proto: UDP}, outcome: Fragmented, wire: []int{1496, 200}, want: "1496 + 200"},
		{name: "1.4 answers UDP with DF", release: "1.4", proposal: "aes128-sha1", trip: Trip{Frame: 1514, Proto: UDP, DF: &on}, outcome: Answered, want: "MTU 1388"},
		{name: "1.4 answers IPv6", release: "1.4", proposal: "aes256gcm128", outcome: Answered, want: "type 2, MTU 1396"},
		{name: "hosts do not send more than their MTU", release: "1.4", proposal: "aes256gcm128", trip: Trip{Frame: 1600}, outcome: NotSent, want: "do not send"},
		{name: "a limit below 576 is not told", release: "1.4", proposal: "aes256gcm128", tunnelMTU: 600, outcome: Fragmented, want: "below what a host can be told"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := pair(false, tt.proposal)
			n := l.f.Nodes[0]
			n.Release = tt.release
			if tt.platform != "" {
				n.Platform, n.Release = tt.platform, ""
			}
			if strings.Contains(tt.name, "IPv6") {
				s := l.f.Stretches[0]
				s.Subnet = netip.MustParsePrefix("2001:db8:10::/64")
				for i, a := range s.Attaches {
					a.Address = netip.MustParsePrefix(fmt.Sprintf("2001:db8:10::f%d/64", i))
					a.DefaultGateway = netip.MustParseAddr("2001:db8:10::1")
				}
			}
			if tt.tunnelMTU > 0 {
				l.f.Tunnels[0].MTU = tt.tunnelMTU
			}
			w := walkNamed(t, travel(t, l, tt.trip), "too-large")
			if w.Outcome != tt.outcome {
				t.Errorf("outcome %s, want %s", w.Outcome, tt.outcome)
			}
			if tt.wire != nil && !slices.Equal(w.Wire, tt.wire) {
				t.Errorf("on the wire %v, want %v", w.Wire, tt.wire)
			}
			text := strings.Join(w.Summary, " ")
			for _, h := range w.Hops {
				text += " " + h.Action + " " + strings.Join(h.Notes, " ")
			}
			if !strings.Contains(text, tt.want) {
				t.Errorf("does not say %q:\n%s", tt.want, text)
			}
		})
	}
}

// TestLimitsMeasured compares what is said of a frame one octet above the limit with the measurement: its
// fragments, and the MTU that its sender is told of.
func TestLimitsMeasured(t *testing.T) {
	data, err := os.ReadFile("../packet/testdata/limits.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Suite string `json:"suite"`
		NATT  bool   `json:"natt"`
		Outer string `json:"outer"`
		MTU   int    `json:"outer_mtu"`
		Max   int    `json:"max_inner_frame"`
		Host  int    `json:"inner_ip_mtu"`
		Plus1 string `json:"measured_at_max_plus_1"`
		DF    string `json:"measured_at_max_plus_1_inner_df"`
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	suites := map[string]string{"aes128-sha1": "aes128-sha1", "aes256-sha256": "aes256-sha256", "aes256gcm16": "aes256gcm128", "chacha20poly1305": "chacha20poly1305"}
	for _, r := range rows {
		l := pair(r.NATT, suites[r.Suite])
		tn := l.f.Tunnels[0]
		if r.Outer == "ipv6" {
			for i, e := range tn.Ends {
				e.Local, e.Remote = netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", i+1)), netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", 2-i))
			}
		}
		e := worst(tn)
		tn.PathMTU, tn.MTU = r.MTU, e.MaxPacket(r.MTU)
		for _, a := range l.f.Stretches[0].Attaches {
			a.HostMTU = 9000
		}
		off := false
		w := walkNamed(t, travel(t, l, Trip{Frame: r.Max + 1, DF: &off}), "too-large")
		got := fmt.Sprintf("%d wire packet(s) %s, delivered", len(w.Wire), strings.ReplaceAll(sum(w.Wire), " ", ""))
		if got != r.Plus1 {
			t.Errorf("%s natt=%t %s %d: %s, measured %s", r.Suite, r.NATT, r.Outer, r.MTU, got, r.Plus1)
		}
		if !strings.Contains(r.DF, "ICMP") {
			continue // frames of 4 KiB and more from a raw socket get no answer; those of a real stack do
		}
		j := travel(t, l, Trip{Frame: r.Max + 1})
		w = walkNamed(t, j, "too-large")
		if w.Outcome != Answered || !strings.HasSuffix(r.DF, fmt.Sprintf("mtu=%d", j.MaxHostMTU)) || j.MaxHostMTU != r.Host {
			t.Errorf("%s natt=%t %s %d: %s with %d, measured %s", r.Suite, r.NATT, r.Outer, r.MTU, w.Outcome, j.MaxHostMTU, r.DF)
		}
	}
}

// TestIPv6VTEPs loses what is too large, whatever its flags, unless the host can be told.
func TestIPv6VTEPs(t *testing.T) {
	l := pair(false, "aes256gcm128")
	s := l.f.Stretches[0]
	for i, a := range s.Attaches {
		a.Source = netip.MustParseAddr(fmt.Sprintf("fd00::%d", i+1))
		a.Remotes[0].VTEP = netip.MustParseAddr(fmt.Sprintf("fd00::%d", 2-i))
	}
	w := walkNamed(t, travel(t, l, Trip{Proto: UDP, Frame: 1514}), "too-large")
	if w.Outcome != Lost || w.Packet != 1514+56 {
		t.Errorf("outcome %s of a packet of %d", w.Outcome, w.Packet)
	}
	j := travel(t, l, Trip{})
	if w := walkNamed(t, j, "too-large"); w.Outcome != Answered || j.MaxHostMTU != 1376 {
		t.Errorf("outcome %s, hosts' MTU %d", w.Outcome, j.MaxHostMTU)
	}
}

// TestARP follows question and answer: the far bridge learns the source MAC, and the answer is unicast.
func TestARP(t *testing.T) {
	j := travel(t, pair(false, "aes256gcm128"), Trip{})
	q := walkNamed(t, j, "arp-request")
	var where, learns []string
	for _, h := range q.Hops {
		where = append(where, strings.TrimSpace(h.Node+" "+h.Interface))
		if h.Learns != "" {
			learns = append(learns, h.Node+" "+h.Interface+": "+h.Learns)
		}
	}
	want := []string{"host 192.168.10.10", "onprem/gw1 eth1", "onprem/gw1 br5010", "onprem/gw1 vxlan5010", "onprem/gw1 vti1", "onprem/gw1 eth0",
		"cloud/gw1 eth0", "cloud/gw1 vti1", "cloud/gw1 vxlan5010", "cloud/gw1 br5010", "cloud/gw1 eth1", "host 192.168.10.20"}
	if d := cmp.Diff(want, where); d != "" {
		t.Errorf("way of the request (-want +got)\n%s", d)
	}
	want = []string{
		"onprem/gw1 br5010: 00:00:5e:00:53:0a on eth1",
		"cloud/gw1 vxlan5010: 00:00:5e:00:53:0a at VTEP 169.254.100.1",
		"cloud/gw1 br5010: 00:00:5e:00:53:0a on vxlan5010",
	}
	if d := cmp.Diff(want, learns); d != "" {
		t.Errorf("learned (-want +got)\n%s", d)
	}
	if q.Hops[0].Stack[0].Dst != broadcast || q.Frame != packet.MinFrame {
		t.Errorf("request to %s of %d octets", q.Hops[0].Stack[0].Dst, q.Frame)
	}
	r := walkNamed(t, j, "arp-reply")
	if got := r.Hops[0].Stack[0]; got.Src != "00:00:5e:00:53:14" || got.Dst != "00:00:5e:00:53:0a" {
		t.Errorf("reply from %s to %s", got.Src, got.Dst)
	}
	if got := r.Hops[2].Action; got != "finds 00:00:5e:00:53:0a behind vxlan5010" {
		t.Errorf("the bridge %s", got)
	}
}

// TestHopNamesEveryAddress: on the wire the headers carry uplink addresses, VTEP addresses, ports and MACs.
func TestHopNamesEveryAddress(t *testing.T) {
	w := walkNamed(t, travel(t, pair(true, "aes128-sha1"), Trip{Frame: 1320}), "data")
	i := slices.IndexFunc(w.Hops, func(h Hop) bool { return h.Interface == "eth0" })
	type row struct {
		Name, Src, Dst string
		Octets         int
		Encrypted      bool
	}
	var got []row
	for _, h := range w.Hops[i].Stack {
		got = append(got, row{h.Name, h.Src, h.Dst, h.Octets, h.Encrypted})
	}
	want := []row{
		{"IPv4", "203.0.113.10", "198.51.100.20", 20, false},
		{"UDP", "4500", "4500", 8, false},
		{"ESP", "", "", 24, false},
		{"IPv4", "169.254.100.1", "169.254.100.2", 20, true},
		{"UDP", "hash", "4789", 8, true},
		{"VXLAN", "", "", 8, true},
		{"Ethernet", "00:00:5e:00:53:0a", "00:00:5e:00:53:14", 14, true},
		{"IPv4", "192.168.10.10", "192.168.10.20", 20, true},
		{"TCP", "49152", "443", 20, true},
		{"data", "", "", 1266, true},
		{"ESP trailer", "", "", 16, false},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("headers on the wire (-want +got)\n%s", d)
	}
	if h := w.Hops[i]; h.Added != 68 || h.Total != 1424 {
		t.Errorf("the uplink adds %d and makes %d", h.Added, h.Total)
	}
}

// TestPaused ends the walk at the near bridge.
func TestPaused(t *testing.T) {
	l := pair(false, "aes256gcm128")
	s := l.f.Stretches[0]
	s.Paused = true
	for _, a := range s.Attaches {
		a.Paused = true
	}
	for _, w := range travel(t, l, Trip{}).Walks {
		if last := w.Hops[len(w.Hops)-1]; w.Outcome != Lost || !strings.HasSuffix(last.Node, "/gw1") || !strings.Contains(last.Action, "paused") {
			t.Errorf("%s: %s, at last %s %s", w.Name, w.Outcome, last.Node, last.Action)
		}
	}
}

// TestSomebodyElsesTunnel takes the proposal that the compiler assumes, and says so.
func TestSomebodyElsesTunnel(t *testing.T) {
	l := pair(false)
	l.f.Tunnels[0].Managed = false
	if j := travel(t, l, Trip{}); j.MaxFrame != 1402 || j.Proposal != "aes256-sha256" || !j.Assumed {
		t.Errorf("largest frame %d, proposal %q, assumed %t", j.MaxFrame, j.Proposal, j.Assumed)
	}
	if j := travel(t, gcm(), Trip{}); j.Assumed {
		t.Error("the proposal of the specification is assumed")
	}
}

// TestTripNames reports names that the stretch does not have, and copies of a broadcast to every VTEP.
func TestTripNames(t *testing.T) {
	l := three()
	for _, trip := range []Trip{{Stretch: "web"}, {From: "east/gw1"}, {To: "east/gw1"}, {From: "west/gw1", To: "west/gw1"}, {Frame: 20}} {
		if _, err := Travel(l.f, trip, kernelOf); err == nil {
			t.Errorf("%+v is no error", trip)
		}
	}
	j := travel(t, l, Trip{From: "south/gw1", To: "west/gw1"})
	if j.Tunnel != "south-west" || j.Interface != "vti3" {
		t.Errorf("tunnel %s, interface %s", j.Tunnel, j.Interface)
	}
	q := walkNamed(t, j, "arp-request")
	if n := q.Hops[3].Notes; len(n) != 1 || !strings.Contains(n[0], "169.254.100.1") {
		t.Errorf("notes %q", n)
	}
	j = travel(t, l, Trip{})
	if j.From != "north/gw1" || j.To != "south/gw1" {
		t.Errorf("from %s to %s", j.From, j.To)
	}
}
