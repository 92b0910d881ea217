package vyos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// branchSpec is a hub with one branch. Every number in it follows from n, so that two of them share the
// hub's box without touching each other.
func branchSpec(name, release string, n int) string {
	return fmt.Sprintf(`
l2stretch {
  name = %[1]q
}
secret "psk" {
  env = "PSK"
}
site "hub" {
  networks = ["10.20.0.0/16"]
  gateway "gw1" {
    platform = "vyos"
    release  = %[2]q
    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
      next_hop  = "203.0.113.1"
    }
    bgp {
      asn = 65010
    }
  }
}
site "branch" {
  networks = ["10.3%[3]d.0.0/16"]
  gateway "gw1" {
    platform = "vyos"
    release  = %[2]q
    uplink {
      interface = "eth0"
      address   = "198.51.100.%[3]d/24"
      next_hop  = "198.51.100.254"
    }
    bgp {
      asn = 6510%[3]d
    }
  }
}
tunnel "t" {
  index = %[3]d
  psk   = secret.psk
  end {
    gateway = site.hub.gateway.gw1
    address = "169.254.10%[3]d.1/30"
  }
  end {
    gateway = site.branch.gateway.gw1
    address = "169.254.10%[3]d.2/30"
  }
}
stretch "app" {
  tunnels = [tunnel.t]
  subnet  = "192.168.1%[3]d.0/24"
  vni     = 500%[3]d
  attach {
    gateway         = site.hub.gateway.gw1
    interface       = "eth%[3]d"
    address         = "192.168.1%[3]d.253"
    default_gateway = "192.168.1%[3]d.1"
    hypervisor      = "kvm"
  }
  attach {
    gateway         = site.branch.gateway.gw1
    interface       = "eth1"
    address         = "192.168.1%[3]d.254"
    default_gateway = "192.168.1%[3]d.1"
    hypervisor      = "kvm"
  }
}
`, name, release, n)
}

const nics = "set interfaces ethernet eth0 address '203.0.113.10/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset interfaces ethernet eth2 hw-id '52:54:00:00:00:02'\n"

// hub is the configuration of the hub of a branchSpec.
func hub(t *testing.T, b vyos.Backend, spec string) (*box, *vyos.Config) {
	f, all := compileSpec(t, spec)
	for i, n := range f.Nodes {
		if n.Name == "hub/gw1" {
			return newBox(t, b, n, nics), all[i]
		}
	}
	t.Fatal("no hub")
	return nil, nil
}

// TestTwoSpecifications puts two specifications on one box, one with a name that begins like the other's,
// and takes them away again in both orders.
func TestTwoSpecifications(t *testing.T) {
	b := backend()
	for _, r := range release.All() {
		for _, order := range [][2]int{{1, 2}, {2, 1}} {
			t.Run(fmt.Sprintf("%s/%d first", r.Name, order[0]), func(t *testing.T) {
				names := map[int]string{1: "dr", 2: "dr-t"}
				x, first := hub(t, b, branchSpec(names[order[0]], r.Name, order[0]))
				y, second := hub(t, b, branchSpec(names[order[1]], r.Name, order[1]))
				y.tree = x.tree // one box
				original := x.text()
				x.do(x.diff(first).Steps())
				alone := x.text()
				y.do(y.diff(second).Steps())
				both := x.text()
				if lost := without(strings.Split(alone, "\n"), strings.Split(both, "\n")); len(lost) > 0 {
					t.Errorf("the second changed lines of the first:\n%s", strings.Join(lost, "\n"))
				}
				for _, p := range []*plan.Plan{x.diff(first), y.diff(second)} {
					if !p.Empty() {
						t.Errorf("with both in place there is something to do: %v", p.Steps())
					}
				}
				x.do(x.diff(nil).Steps())
				if p := y.diff(second); !p.Empty() {
					t.Errorf("removing the first touched the second: %v", p.Steps())
				}
				y.do(y.diff(nil).Steps())
				if d := firstDifference(original, x.text()); d != "" {
					t.Errorf("removing both does not lead back: %s", d)
				}
			})
		}
	}
}

// TestNamesThatMeanTwoThings: L2S-dr-t-t is tunnel t-t of dr, or tunnel t of dr-t.
func TestNamesThatMeanTwoThings(t *testing.T) {
	b := backend()
	x, first := hub(t, b, branchSpec("dr-t", "1.4", 1))
	x.do(x.diff(first).Steps())
	spec := strings.NewReplacer(`tunnel "t"`, `tunnel "t-t"`, "tunnel.t]", "tunnel.t-t]").Replace(branchSpec("dr", "1.4", 2))
	y, second := hub(t, b, spec)
	y.tree = x.tree
	_, diags := b.Diff(y.n, y.snapshot(), second, plan.Options{Box: true})
	if codes := errorsOf(diags); !slices.Contains(codes, "E0701") && !slices.Contains(codes, "E0702") {
		t.Errorf("codes %v, want a conflict", codes)
	}
}
