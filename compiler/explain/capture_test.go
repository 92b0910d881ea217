package explain

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// TestN39CaptureHops: each place of the way, and nothing that is not the stretch's.
func TestN39CaptureHops(t *testing.T) {
	f := twoSites()
	s := f.Stretches[0]
	s.VNI = 5010
	tunnel := &ir.Tunnel{Name: "dr", Managed: true, Index: 1}
	for i, a := range s.Attaches {
		a.Node.Uplink.Interface = "eth0"
		tunnel.Ends[i] = &ir.End{Tunnel: tunnel, Node: a.Node, Interface: "vti1", Remote: netip.AddrFrom4([4]byte{203, 0, 113, byte(20 - i)})}
	}
	for i, a := range s.Attaches {
		a.Remotes = []ir.Remote{{VTEP: netip.AddrFrom4([4]byte{169, 254, 100, byte(2 - i)}), End: tunnel.Ends[i], Peer: s.Attaches[1-i]}}
	}
	hops, err := CaptureHops(s, "02:00:5e:10:20:30")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range hops {
		got = append(got, h.Node.Name+" "+h.Name+" "+h.Interface)
		if h.Filter == "" {
			t.Errorf("%s takes everything", h.Name)
		}
	}
	want := "cloud/gw1 nic eth1,cloud/gw1 vxlan vxlan5010,cloud/gw1 vti vti1,cloud/gw1 uplink eth0,onprem/gw1 nic eth1,onprem/gw1 vxlan vxlan5010,onprem/gw1 vti vti1,onprem/gw1 uplink eth0"
	if strings.Join(got, ",") != want {
		t.Errorf("%v", got)
	}
	for i, part := range []string{"ether host 02:00:5e:10:20:30", "ether host", "udp[12:4] & 0xffffff00 = 0x00139200 and ( ( udp[16:4] = 0x02005e10 and udp[20:2] = 0x2030 )", "host 203.0.113.20 and ( esp"} {
		if !strings.Contains(hops[i].Filter, part) {
			t.Errorf("%s: filter %q has no %q", hops[i].Name, hops[i].Filter, part)
		}
	}
	if hops, err = CaptureHops(s, "192.168.10.20"); err != nil || hops[0].Filter != "host 192.168.10.20" {
		t.Errorf("%+v, %v", hops[0], err)
	}
	for _, bad := range []string{"x", "02:00:5e:10:20", "1.2.3", "host 1 or 1"} {
		if _, err := CaptureHops(s, bad); err == nil {
			t.Errorf("%q is a host", bad)
		}
	}
}

// TestCountPackets counts whole and cut packets, in both orders of octets.
func TestCountPackets(t *testing.T) {
	little := "\xd4\xc3\xb2\xa1" + strings.Repeat("\x00", 20)
	record := strings.Repeat("\x00", 8) + "\x04\x00\x00\x00\x40\x00\x00\x00" + "abcd"
	big := "\xa1\xb2\xc3\xd4" + strings.Repeat("\x00", 20) + strings.Repeat("\x00", 8) + "\x00\x00\x00\x04\x00\x00\x00\x40" + "abcd"
	for text, want := range map[string]int{little: 0, little + record: 1, little + record + record: 2, little + record + record[:18]: 2, big: 1, "x": -1, "": -1, strings.Repeat("z", 40): -1} {
		if got := CountPackets([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
