package session_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A lab is two gateways in a network, with a segment and hosts on each site.
type lab struct {
	t        testing.TB
	fabric   *ir.Fabric
	net      *sessiontest.Network
	routers  map[string]*sessiontest.Router
	segments map[string]*sessiontest.Segment
	devices  map[string]*session.Device
	checks   map[string][]plan.Check
}

const labSpec = `l2stretch {
  name = "dr"
}
secret "psk" {
  env = "PSK"
}
site "onprem" {
  networks = ["10.20.0.0/16"]
  gateway "gw1" {
    release = %q
    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
    }
    inside {
      interface = "eth2"
      address   = "10.20.0.2/24"
      next_hop  = "10.20.0.1"
    }
    bgp {
      asn = 65010
    }
  }
}
site "cloud" {
  networks = ["10.30.0.0/16"]
  gateway "gw1" {
    release = %q
    uplink {
      interface = "eth0"
      address   = "198.51.100.20/24"
    }
    inside {
      interface = "eth2"
      address   = "10.30.0.2/24"
      next_hop  = "10.30.0.1"
    }
    bgp {
      asn = 65020
    }
  }
}
tunnel "dr" {
  psk = secret.psk
  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.1/30"
  }
  end {
    gateway = site.cloud.gateway.gw1
    address = "169.254.100.2/30"
  }
}
stretch "app" {
  tunnels = [tunnel.dr]
  subnet  = "192.168.10.0/24"
  vni     = 5010
  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
    hypervisor      = "kvm"
    probe           = ["192.168.10.20"]
  }
  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.2"
    hypervisor      = "kvm"
  }
}
`

const near, far = "onprem/gw1", "cloud/gw1"

// newLab starts two routers that run what the specification compiles to; edit changes a router's commands. Call it
// within a synctest bubble. Nodes in band are managed through the tunnel.
func newLab(t testing.TB, a, b string, edit func(node string, lines []string) []string, inBand ...string) *lab {
	t.Helper()
	return newLabOf(t, fmt.Sprintf(labSpec, a, b), edit, inBand...)
}

// newLabOf does so for a specification.
func newLabOf(t testing.TB, spec string, edit func(node string, lines []string) []string, inBand ...string) *lab {
	t.Helper()
	l := &lab{t: t, routers: make(map[string]*sessiontest.Router), segments: make(map[string]*sessiontest.Segment), devices: make(map[string]*session.Device), checks: make(map[string][]plan.Check)}
	fabric, snapshots := build(t, spec)
	l.fabric = fabric
	var nodes []sessiontest.Node
	for i, n := range fabric.Nodes {
		c := snapshots[i].(*vyos.Config)
		text, err := c.Tree.AppendCommands(nil, config.PrintOptions{Order: c.Order(), Reveal: func(string) ([]byte, error) { return []byte("shared-secret"), nil }})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if edit != nil {
			lines = edit(n.Name, lines)
		}
		r := sessiontest.New(t, sessiontest.Options{Release: n.Release, Hostname: strings.ReplaceAll(n.Name, "/", "-"), Config: strings.Join(lines, "\n") + "\n", Users: []sessiontest.User{{Name: "vyos", Password: "pw"}}})
		l.routers[n.Name] = r
		l.checks[n.Name] = vyos.Backend{}.Checks(n, nil)
		nodes = append(nodes, sessiontest.Node{Router: r, InBand: slices.Contains(inBand, n.Name)})
	}
	l.net = sessiontest.NewNetwork(nodes...)
	ip := netip.MustParseAddr
	for _, n := range fabric.Nodes {
		l.segments[n.Name] = l.net.Segment(n.Name).Plug(l.routers[n.Name], "eth1")
	}
	l.segments[near].Host(sessiontest.Host{IP: ip("192.168.10.1")}).Host(sessiontest.Host{IP: ip("192.168.10.20")})
	l.segments[far].Host(sessiontest.Host{IP: ip("192.168.10.2")}).Host(sessiontest.Host{IP: ip("192.168.10.30")})
	for _, n := range fabric.Nodes {
		l.devices[n.Name] = l.connect(n.Name)
	}
	return l
}

// build compiles a specification.
func build(t testing.TB, spec string) (*ir.Fabric, []plan.Snapshot) {
	t.Helper()
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: []byte(spec)}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fabric, snapshots, diags := compiler.Build(file, diags, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return fabric, snapshots
}

func (l *lab) connect(node string) *session.Device { return l.open(node, "") }

// open connects for a run.
func (l *lab) open(node, run string) *session.Device {
	l.t.Helper()
	r := l.routers[node]
	g := session.New(session.Options{Node: node, Read: reader(l.t), Dial: func(ctx context.Context) (session.Runner, error) {
		return remote.Dial(ctx, remote.Target{Name: node, Host: "gw1", User: "vyos", HostKeys: []string{string(ssh.MarshalAuthorizedKey(r.HostKey()))},
			Password: func() ([]byte, error) { return []byte("pw"), nil },
		}, remote.Options{SSHConfig: "none", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.Dial(ctx) }})
	}})
	d, err := g.Open(l.t.Context(), run)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { d.Close() })
	return d
}

// look looks at the checks of a name on a gateway, and fails the test unless all find the state and say something.
func (l *lab) look(node, name string, before bool, want plan.State, says string) plan.Finding {
	l.t.Helper()
	var last plan.Finding
	n := 0
	for _, c := range l.checks[node] {
		if c.Name != name || c.Before != before {
			continue
		}
		n++
		f, err := l.devices[node].Check(l.t.Context(), c)
		if err != nil {
			l.t.Fatalf("%s: %s: %v", node, name, err)
		}
		if f.State != want || !strings.Contains(f.Measured+" | "+f.Why, says) {
			l.t.Errorf("%s: %s is %s: %q, %q; want %s with %q", node, name, f.State, f.Measured, f.Why, want, says)
		}
		last = f
	}
	if n == 0 {
		l.t.Errorf("%s has no check %s", node, name)
	}
	return last
}

// both looks on both gateways.
func (l *lab) both(name string, want plan.State, says string) {
	l.t.Helper()
	l.look(near, name, false, want, says)
	l.look(far, name, false, want, says)
}

// inLab runs a test in fake time.
func inLab(t *testing.T, test func(t *testing.T)) { synctest.Test(t, test) }

// TestHealthyPairPasses looks at everything on a pair that works, for every pair of releases.
func TestHealthyPairPasses(t *testing.T) {
	for _, rel := range [][2]string{{"1.4", "1.4"}, {"1.4", "1.3"}, {"1.3", "1.2"}, {"1.5", "rolling"}} {
		t.Run(rel[0]+"-"+rel[1], func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, rel[0], rel[1], nil)
				time.Sleep(15 * time.Second)
				for _, node := range []string{near, far} {
					found, err := l.devices[node].CheckAll(t.Context(), l.checks[node])
					if err != nil {
						t.Fatal(err)
					}
					for i, c := range l.checks[node] {
						f := found[i]
						if one, err := l.devices[node].Check(t.Context(), c); err != nil || one.State != f.State {
							t.Errorf("%s: %s is %s alone, and %s with all others (%v)", node, c.Name, one.State, f.State, err)
						}
						if f.State != plan.Passed {
							t.Errorf("%s: %s (before %v) is %s: %q, %q", node, c.Name, c.Before, f.State, f.Measured, f.Why)
						}
					}
				}
			})
		})
	}
}
