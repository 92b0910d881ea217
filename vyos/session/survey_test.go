package session_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// TestN39LargestPacket searches the path outside and inside.
func TestN39LargestPacket(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.2", nil)
		time.Sleep(20 * time.Second)
		ip := netip.MustParseAddr
		search := func(node string, from, to string, low, high int) int {
			t.Helper()
			n, err := l.devices[node].LargestPacket(t.Context(), ip(from), ip(to), low, high)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, tt := range []struct {
			name                  string
			path                  sessiontest.Path
			outside, inside, here int
		}{
			{"clean", sessiontest.Path{}, 1500, 1446, 9216},
			{"smaller, with a message", sessiontest.Path{MTU: 1400}, 1400, 1346, 9216},
			{"smaller, silent", sessiontest.Path{MTU: 1280, Silent: true, DropFragments: true}, 1280, 1226, 1500},
			{"cut", sessiontest.Path{Cut: true}, 0, 0, 1500},
		} {
			l.net.SetPath(l.routers[near], l.routers[far], tt.path)
			if got := search(near, "203.0.113.10", "198.51.100.20", 84, tt.here); got != tt.outside {
				t.Errorf("%s: outside %d, want %d", tt.name, got, tt.outside)
			}
			if got := search(far, "169.254.100.2", "169.254.100.1", 84, 1446); got != tt.inside {
				t.Errorf("%s: inside %d, want %d", tt.name, got, tt.inside)
			}
		}
	})
}

// TestN38Survey reads tables with ages, asks for an address, and empties the tables.
func TestN38Survey(t *testing.T) {
	for _, rel := range []string{"1.4", "1.2"} {
		t.Run(rel, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, rel, "1.4", nil)
				time.Sleep(20 * time.Second)
				from := map[string]string{"br5010": "192.168.10.253"}
				s, err := l.devices[near].Survey(t.Context(), []string{"br5010"}, from, netip.MustParseAddr("192.168.10.30"))
				if err != nil {
					t.Fatal(err)
				}
				if len(s.Replies) != 1 {
					t.Fatalf("%+v", s.Replies)
				}
				at := slices.IndexFunc(s.Learned, func(e session.Learned) bool { return e.MAC == s.Replies[0].MAC })
				if at < 0 {
					t.Fatalf("%+v", s.Learned)
				}
				e := s.Learned[at]
				heard := 3 * time.Second
				if rel == "1.2" {
					heard = -1 // its tool does not say
				}
				if e.Port != "vxlan5010" || e.VTEP != "169.254.100.2" || e.Own || e.Heard != heard {
					t.Errorf("%+v", e)
				}
				if err := l.devices[near].Flush(t.Context(), "eth1", "vxlan5010"); err != nil {
					t.Fatal(err)
				}
				s, err = l.devices[near].Survey(t.Context(), []string{"br5010"}, from, netip.Addr{})
				if err != nil || slices.ContainsFunc(s.Learned, func(e session.Learned) bool { return !e.Own }) {
					t.Errorf("%+v, %v", s, err)
				}
				if err := l.devices[near].Flush(t.Context(), "eth7"); err == nil {
					t.Error("a port that does not exist is flushed")
				}
				if _, err := l.devices[near].Survey(t.Context(), []string{"br7"}, from, netip.Addr{}); err == nil {
					t.Error("a bridge that does not exist has a table")
				}
			})
		})
	}
}

// TestN39Capture captures, and says so when it cannot.
func TestN39Capture(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		c := session.Capture{Interface: "vti1", Filter: "udp port 4789 and udp[12:4] & 0xffffff00 = 0x00139200", For: 3 * time.Second, Count: 10, Snap: 96}
		pcap, err := l.devices[near].Capture(t.Context(), c)
		if err != nil || len(pcap) != 24 {
			t.Errorf("%d octets, %v", len(pcap), err)
		}
		c.Interface = "eth9"
		if _, err := l.devices[near].Capture(t.Context(), c); err == nil {
			t.Error("an interface that does not exist is captured on")
		}
		l.routers[near].Without("tcpdump")
		if _, err := l.devices[near].Capture(t.Context(), c); err == nil {
			t.Error("without tcpdump something is captured")
		}
	})
}

// TestCheckOfUnknownName is an error, not a finding.
func TestCheckOfUnknownName(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		if _, err := l.devices[near].Check(t.Context(), plan.Check{Name: "nothing"}); err == nil {
			t.Error("it can be looked at")
		}
	})
}
