package session_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// commit is what an administrator does on a gateway.
func (l *lab) commit(node string, commands ...string) {
	l.t.Helper()
	if err := l.routers[node].Commit("vyos", commands...); err != nil {
		l.t.Fatal(err)
	}
}

// without leaves commands out that hold a word.
func without(node, word string) func(string, []string) []string {
	return func(n string, lines []string) []string {
		if n != node {
			return lines
		}
		return slices.DeleteFunc(lines, func(s string) bool { return strings.Contains(s, word) })
	}
}

// operate types an operational command on a gateway.
func (l *lab) operate(node, command string) {
	l.t.Helper()
	if err := l.devices[node].Operate(l.t.Context(), plan.Operation{Command: command}); err != nil {
		l.t.Fatal(err)
	}
}

const resetPeer = "reset vpn ipsec site-to-site peer L2S-dr-dr"

// TestN11RefusedInitiatorStops: the far end comes later, and nothing happens until somebody initiates.
func TestN11RefusedInitiatorStops(t *testing.T) {
	inLab(t, func(t *testing.T) {
		var peer []string
		l := newLab(t, "1.4", "1.4", func(node string, lines []string) []string {
			if node == far {
				for _, s := range lines {
					if strings.Contains(s, " site-to-site peer ") {
						peer = append(peer, s)
					}
				}
				return without(far, " site-to-site peer ")(node, lines)
			}
			return lines
		})
		time.Sleep(5 * time.Second)
		l.look(near, "sa", false, plan.Waiting, "NO_PROPOSAL_CHOSEN")
		l.look(near, "clear-text", false, plan.Waiting, "nothing leaves")
		l.commit(far, peer...)
		time.Sleep(10 * time.Minute)
		l.both("sa", plan.Waiting, "no IKE SA")
		l.operate(near, resetPeer)
		time.Sleep(5 * time.Second)
		l.both("sa", plan.Passed, "1 child SA")
		l.both("vti", plan.Passed, "")
		l.both("bgp", plan.Passed, "1 prefix")
	})
}

// TestN12VTIMadeAgainStaysDown: the SA outlives the interface, and no event brings the new one up.
func TestN12VTIMadeAgainStaysDown(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(20 * time.Second)
		l.both("vti", plan.Passed, "")
		vti := []string{"set interfaces vti vti1 address 169.254.100.1/30", "set interfaces vti vti1 mtu 1446", "set interfaces vti vti1 description 'l2stretch dr/dr'"}
		l.commit(near, "delete interfaces vti vti1")
		l.look(near, "vti", false, plan.Failed, "no interface vti1")
		l.commit(near, vti...)
		time.Sleep(15 * time.Second)
		l.look(near, "sa", false, plan.Passed, "1 child SA")
		l.look(near, "vti", false, plan.Failed, "although an SA is installed")
		l.operate(near, resetPeer)
		l.both("vti", plan.Passed, "")
	})
}

// TestN13OldSAHidesAWrongKey: with another key on one end all checks pass, until the SA is made anew.
func TestN13OldSAHidesAWrongKey(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(20 * time.Second)
		l.commit(far, "set vpn ipsec authentication psk L2S-dr-dr secret another")
		time.Sleep(time.Minute)
		l.both("sa", plan.Passed, "1 child SA")
		l.both("path", plan.Passed, "")
		l.operate(near, resetPeer)
		l.both("sa", plan.Waiting, "no IKE SA")
		l.both("path", plan.Waiting, "")
	})
}

// TestN13FreshAfterACommit: what is to be made anew by a commit has to be younger than it (N31 for BGP).
func TestN13FreshAfterACommit(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(time.Minute)
		d := l.open(near, "r1")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		l.routers[near].Save()
		_, _, err := d.Inspect(t.Context())
		must(err)
		must(d.Stage(t.Context(), plan.Phase{Steps: []plan.Step{
			{Op: plan.Set, Path: []string{"vpn", "ipsec", "ike-group", "L2S-dr-dr", "dead-peer-detection", "interval"}, Value: "15"},
			{Op: plan.Set, Path: []string{"protocols", "bgp", "neighbor", "169.254.100.2", "timers", "keepalive"}, Value: "9"},
		}}))
		must(d.Arm(t.Context(), plan.Guard{Kind: plan.GuardTimer, Timeout: 5 * time.Minute}))
		must(d.Commit(t.Context()))
		l.devices[near] = d
		for i := range l.checks[near] {
			if c := &l.checks[near][i]; !c.Before {
				c.Args["fresh"] = "true"
			}
		}
		l.look(near, "sa", false, plan.Waiting, "older than the commit")
		time.Sleep(15 * time.Second)
		l.look(near, "bgp", false, plan.Passed, "established") // the commit resets it
		l.operate(near, resetPeer)
		l.look(near, "sa", false, plan.Passed, "1 child SA")
		must(d.Disarm(t.Context(), "r1"))
		must(d.Clean(t.Context(), "r1"))
	})
}

// TestN13RekeyShowsPFS: a difference in PFS shows at a rekeying and nowhere else.
func TestN13RekeyShowsPFS(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(20 * time.Second)
		l.look(near, "rekey", false, plan.Passed, "rekeyed")
		l.commit(far, "set vpn ipsec esp-group L2S-dr-dr pfs dh-group19")
		l.both("sa", plan.Passed, "")
		l.look(near, "rekey", false, plan.Failed, "PFS")
	})
}

// TestN29PingProvesNoAttachment: from bridge to bridge all is well while a NIC sees nothing.
func TestN29PingProvesNoAttachment(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		l.segments[near].Remove(netip.MustParseAddr("192.168.10.1"))
		time.Sleep(20 * time.Second)
		l.both("end-to-end", plan.Passed, "02:")
		l.both("fragments", plan.Passed, "told 1396")
		l.look(near, "gateway", false, plan.Waiting, "does not answer")
		l.look(far, "gateway", false, plan.Passed, "")
		l.look(far, "probe", false, plan.Passed, "vxlan5010")
		l.segments[near].Remove(netip.MustParseAddr("192.168.10.20"))
		l.look(near, "hosts", false, plan.Waiting, "no MAC address on eth1")
		l.look(far, "hosts", false, plan.Passed, "")
		l.look(far, "probe", false, plan.Waiting, "")

		v := plan.Judge(l.judged())
		var got []string
		for _, p := range v.Parts {
			got = append(got, strings.TrimSpace(string(p.Scope)+" "+p.Node)+"="+string(p.State))
		}
		want := []string{"tunnel=passed", "attachment cloud/gw1=passed", "attachment onprem/gw1=waiting", "end-to-end=waiting"}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// judged looks at everything that follows a change.
func (l *lab) judged() (checks []plan.Check, findings []plan.Finding) {
	l.t.Helper()
	for _, n := range l.fabric.Nodes {
		for _, c := range l.checks[n.Name] {
			if c.Before || c.Asked {
				continue
			}
			f, err := l.devices[n.Name].Check(l.t.Context(), c)
			if err != nil {
				l.t.Fatal(err)
			}
			checks, findings = append(checks, c), append(findings, f)
		}
	}
	return checks, findings
}

// TestN19DeafPort: a hypervisor's port keeps foreign frames from the NIC.
func TestN19DeafPort(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		l.segments[far].Deafen()
		time.Sleep(20 * time.Second)
		l.look(far, "gateway", false, plan.Waiting, "promiscuous")
		l.look(far, "hosts", false, plan.Waiting, "promiscuous")
		l.look(near, "hosts", false, plan.Passed, "")
		l.segments[far].Hear()
		l.look(far, "gateway", false, plan.Passed, "eth1")
	})
}

// TestN30SmallerPath: the path carries less than it should, and drops fragments.
func TestN30SmallerPath(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.3", nil)
		l.net.SetPath(l.routers[near], l.routers[far], sessiontest.Path{MTU: 1400, Silent: true, DropFragments: true})
		time.Sleep(20 * time.Second)
		l.both("path", plan.Waiting, "probe-mtu")
		l.both("fragments", plan.Waiting, "do not arrive")
		l.both("end-to-end", plan.Passed, "")
	})
}

// TestN31SessionOutlivesTheTunnel: BGP stays established for the hold time although nothing arrives.
func TestN31SessionOutlivesTheTunnel(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(33 * time.Second)
		l.both("bgp", plan.Passed, "")
		l.net.SetPath(l.routers[near], l.routers[far], sessiontest.Path{Cut: true})
		time.Sleep(20 * time.Second)
		l.both("sa", plan.Passed, "") // IKE lives on, for its retransmissions
		l.look(near, "bgp", false, plan.Waiting, "Nothing was heard")
		time.Sleep(2 * time.Minute)
		l.look(near, "bgp", false, plan.Waiting, "Hold Timer Expired")
		time.Sleep(5 * time.Minute)
		l.both("sa", plan.Waiting, "")
		l.net.SetPath(l.routers[near], l.routers[far], sessiontest.Path{})
		time.Sleep(10 * time.Second)
		l.both("bgp", plan.Passed, "")
	})
}

// TestN32MechanismIsMissing: while the tunnel is up nothing leaves in clear, and all the same something is wrong.
func TestN32MechanismIsMissing(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.3", without(near, "firewall ipv4 output"))
		time.Sleep(20 * time.Second)
		l.look(near, "clear-text", false, plan.Failed, "not in the firewall")
		l.look(far, "clear-text", false, plan.Passed, "blackhole")
		l.commit(far, "delete protocols static route 169.254.100.0/30")
		l.look(far, "clear-text", false, plan.Failed, "no blackhole")
		l.commit(far, "set protocols static route 169.254.100.1/32 next-hop 198.51.100.1")
		l.look(far, "clear-text", false, plan.Failed, "leave by eth0")
	})
}

// TestN33StrangeRoutes: a route into the stretched subnet, and one that the far side announces.
func TestN33StrangeRoutes(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		time.Sleep(20 * time.Second)
		l.commit(far, "set protocols bgp address-family ipv4-unicast network 192.168.10.128/25", "set policy prefix-list L2S-dr-dr-export rule 1 action permit", "set policy prefix-list L2S-dr-dr-export rule 1 prefix 192.168.10.128/25")
		l.look(near, "prefix", false, plan.Passed, "announces 192.168.10.128/25")
		l.commit(near, "set protocols static route 192.168.10.77/32 next-hop 10.20.0.1")
		l.look(near, "prefix", false, plan.Failed, "192.168.10.77/32 via 10.20.0.1")
	})
}

// TestMissingToolIsSkipped: what cannot be looked at is neither well nor bad.
func TestMissingToolIsSkipped(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		l.routers[near].Without("arping")
		time.Sleep(20 * time.Second)
		l.look(near, "gateway", false, plan.Skipped, "no arping")
		l.look(near, "duplicate", true, plan.Skipped, "arping")
	})
}

// TestInBandGatewayIsOutOfReach: a gateway that is managed through the tunnel cannot be dialled while that is down.
func TestInBandGatewayIsOutOfReach(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.4", "1.4", nil)
		l.net.ManageInBand(l.routers[far])
		time.Sleep(20 * time.Second)
		l.look(far, "sa", false, plan.Passed, "")
		l.commit(near, "set vpn ipsec authentication psk L2S-dr-dr secret another")
		l.look(far, "sa", false, plan.Passed, "")
		l.operate(near, resetPeer)
		if _, err := l.routers[far].Dial(t.Context()); err == nil {
			t.Error("it can be dialled")
		}
		if _, err := l.devices[far].Check(t.Context(), l.checks[far][1]); err == nil {
			t.Error("the connection lives on")
		}
		l.commit(near, "set vpn ipsec authentication psk L2S-dr-dr secret shared-secret")
		l.operate(near, resetPeer)
		if c, err := l.routers[far].Dial(t.Context()); err != nil {
			t.Error(err)
		} else {
			c.Close()
		}
	})
}

// TestWayOfTheConnection: a gateway tells by which interface its answers leave, since it is cut off with that.
func TestWayOfTheConnection(t *testing.T) {
	for _, tt := range []struct{ rel, hop, want string }{{"1.2", "169.254.100.1", "vti1"}, {"1.4", "169.254.100.1", "vti1"}, {"1.4", "198.51.100.1", "eth0"}} {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, "1.4", tt.rel, func(node string, lines []string) []string {
				return append(lines, "set protocols static route 192.0.2.100/32 next-hop "+tt.hop)
			})
			time.Sleep(30 * time.Second)
			_, facts, err := l.devices[far].Inspect(t.Context())
			if err != nil || facts.Way != tt.want {
				t.Errorf("%s: by %q, %v; want %s", tt.rel, facts.Way, err, tt.want)
			}
		})
	}
}
