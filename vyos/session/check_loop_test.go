package session_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// TestN17BeforeTheStretch: without the stretch the probes ask on the NIC.
func TestN17BeforeTheStretch(t *testing.T) {
	bare := func(_ string, lines []string) []string {
		out := slices.DeleteFunc(lines, func(s string) bool {
			return strings.Contains(s, "br5010") || strings.Contains(s, "vxlan") || strings.Contains(s, " vti ") || strings.Contains(s, "vpn ipsec") || strings.Contains(s, "protocols") || strings.Contains(s, "firewall") || strings.Contains(s, "policy")
		})
		return append(out, "set interfaces ethernet eth1 mtu 1500")
	}
	for _, rel := range []string{"1.4", "1.3", "1.2"} {
		t.Run(rel, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, rel, rel, bare)
				l.look(near, "duplicate", true, plan.Passed, "nobody answers")
				l.look(near, "loop", true, plan.Passed, "2 hosts")
				l.look(near, "route", true, plan.Passed, "eth0")
				if got := l.together("loop"); got != plan.Passed {
					t.Errorf("two segments are %s together", got)
				}
				l.segments[near].Host(sessiontest.Host{IP: netip.MustParseAddr("192.168.10.253"), MAC: "52:54:00:de:ad:01"})
				l.look(near, "duplicate", true, plan.Failed, "52:54:00:de:ad:01")
				l.net.Join(l.segments[near], l.segments[far])
				l.look(near, "loop", true, plan.Passed, "3 hosts")
				if got := l.together("loop"); got != plan.Failed {
					t.Errorf("joined segments are %s together", got)
				}
			})
		})
	}
}

// together looks at a check before the change on all gateways, and says what comes of it together.
func (l *lab) together(name string) plan.State {
	l.t.Helper()
	var checks []plan.Check
	var findings []plan.Finding
	for _, n := range l.fabric.Nodes {
		for _, c := range l.checks[n.Name] {
			if c.Name == name && c.Before {
				f, err := l.devices[n.Name].Check(l.t.Context(), c)
				if err != nil {
					l.t.Fatal(err)
				}
				checks, findings = append(checks, c), append(findings, f)
			}
		}
	}
	out := plan.Together(checks, findings)
	for _, f := range out[1:] {
		if f.State != out[0].State {
			l.t.Errorf("the gateways disagree: %+v", out)
		}
	}
	return out[0].State
}

// TestN17LoopWhileItRuns: a second way between the segments shows on the NIC.
func TestN17LoopWhileItRuns(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.2", nil)
		time.Sleep(20 * time.Second)
		l.both("loop", plan.Passed, "none seen")
		l.net.Join(l.segments[near], l.segments[far])
		l.both("loop", plan.Failed, "eth1")
		l.look(near, "end-to-end", false, plan.Failed, "second way")
	})
}

// TestN38CopyOfALiveHost: one MAC address on the segments of both sites fails both, though each alone looks well.
func TestN38CopyOfALiveHost(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		h := sessiontest.Host{IP: netip.MustParseAddr("192.168.10.40"), MAC: "52:54:00:aa:bb:cc"}
		l.segments[near].Host(h)
		time.Sleep(20 * time.Second)
		l.both("hosts", plan.Passed, "")
		checks, findings := l.judged()
		if v := plan.Judge(checks, plan.Together(checks, findings)); v.State != plan.Passed {
			t.Errorf("before the copy it is %s: %+v", v.State, v.Parts)
		}
		l.segments[far].Host(h)
		checks, findings = l.judged()
		n := 0
		for i, f := range plan.Together(checks, findings) {
			if f.State == plan.Failed && checks[i].Name == "hosts" && strings.Contains(f.Measured, h.MAC) {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d gateways see the copy", n)
		}
	})
}
