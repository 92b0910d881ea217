package vyos_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
)

func TestN17Loops(t *testing.T) {
	reports(t, "e0502-two-gateways", "e0502-one-gateway-twice", "e0503-one-vlan", "e0504-one-nic", "e0506-uplink", "e0508-two-gateways", "e0509-mesh", "e0510-two-tunnels")
	for _, rel := range everyRelease {
		_, configs := example(t, "standby", rel)
		spare := strings.Join(lines(t, configs["cloud/gw2"]), "\n")
		if r, _ := release.Lookup(rel); r.Has(release.VXLANDisable) {
			mustContain(t, configs["cloud/gw2"], spare, "vxlan5010 disable")
		} else {
			mustNotContain(t, configs["cloud/gw2"], spare, "vxlan5010 bridge-group")
		}
	}
}

func TestN18BPDUs(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		for _, br := range below(c.Tree, "interfaces", "bridge") {
			if stp := value(br, "", "stp"); has(br, "stp") && stp != "false" || !has(br, "stp") && !c.For.Has(release.BridgeMembers) {
				t.Errorf("%s: STP is %q", c.Release(), stp)
			}
		}
		if !c.For.Has(release.BridgeFilter) {
			if got := diagnose(t, pairSpec(c.Release(), c.Release())); !slices.Contains(got, "W0603") {
				t.Errorf("nothing is said: %v", got)
			}
			return
		}
		seen := make(map[string]bool)
		for _, r := range below(c.Tree, "firewall", "bridge", "forward", "filter", "rule") {
			for _, dir := range []string{"inbound", "outbound"} {
				if value(r, "", "action") == "drop" && value(r, "", dir+"-interface", "group") == "L2S-dr-vxlan" {
					seen[value(r, "", "destination", "mac-address")+dir] = true
				}
			}
		}
		if len(seen) != 4 || !seen["01:80:c2:00:00:00inbound"] || !seen["01:00:0c:cc:cc:cdoutbound"] {
			t.Errorf("%s drops %v", c.Release(), seen)
		}
	})
}

func TestN19PortSecurity(t *testing.T) {
	reports(t, "w0510-esxi", "w0511-ahv", "w0512-kvm", "w0513-cloud", "w0514-physical", "w0515-unknown", "e0130-dvs")
}

func TestN20BridgeMAC(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, "interfaces bridge br5010 mac '02:4c:32:")
	})
	fabric, _ := compile(t, pairSpec("1.2", "rolling"))
	if a := fabric.Stretches[0].Attaches; a[0].MAC == a[1].MAC {
		t.Errorf("both bridges have %s", a[0].MAC)
	}
	_, configs := compile(t, strings.Replace(pairSpec("1.3", "1.4"), "hypervisor = \"kvm\"\n", "hypervisor = \"kvm\"\n    mac = \"52:54:00:12:34:56\"\n", 1))
	mustContain(t, configs["onprem/gw1"], strings.Join(lines(t, configs["onprem/gw1"]), "\n"), "mac '52:54:00:12:34:56'")
	reports(t, "e0514-same-mac")
}

func TestN21FirstHop(t *testing.T) {
	for _, rel := range everyRelease {
		text := pairSpec(rel, rel, `stretch: first_hop = "local"`, `stretch: gateway_mac = "00:00:5e:00:01:0a"`)
		if r, _ := release.Lookup(rel); !r.Has(release.BridgeFilter) {
			if got := diagnose(t, text); !slices.Contains(got, "E0608") {
				t.Errorf("%s: %v", rel, got)
			}
			continue
		}
		_, configs := compile(t, text)
		for _, c := range configs {
			mustContain(t, c, strings.Join(lines(t, c), "\n"), "source mac-address '00:00:5e:00:01:0a'", "outbound-interface name 'vxlan5010'")
		}
	}
	reports(t, "e0608-no-mac", "e0608-old", "w0501-gateways")
}

func TestN22Leaks(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if c.For.Has(release.BridgeNoLinkLocal) {
			mustContain(t, c, text, "interfaces bridge br5010 ipv6 address no-default-link-local")
		}
	})
	for _, rel := range everyRelease {
		if _, configs := example(t, "ipv6-subnet", rel); configs != nil {
			for _, c := range configs {
				mustNotContain(t, c, strings.Join(lines(t, c), "\n"), "no-default-link-local", "autoconf")
			}
		}
	}
	reports(t, "e0609-no-mac", "e0609-old", "w0606-block")
}

func TestN23Host(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) {
		if c.For.Has(release.BridgeNoForwarding) {
			mustContain(t, c, text, "br5010 ip disable-forwarding")
		} else if got := diagnose(t, pairSpec(c.Release(), c.Release())); !slices.Contains(got, "W0604") {
			t.Errorf("nothing is said: %v", got)
		}
	})
	onEach(t, []string{"stretch: route_from_stretch = true"}, func(t *testing.T, c *vyos.Config, text string) {
		mustNotContain(t, c, text, "disable-forwarding")
	})
	for _, rel := range everyRelease {
		_, configs := example(t, "ipv6-subnet", rel)
		for _, c := range configs {
			mustContain(t, c, strings.Join(lines(t, c), "\n"), "br5010 ipv6 disable-forwarding")
		}
	}
}

func TestN24Ageing(t *testing.T) {
	onEach(t, nil, func(t *testing.T, c *vyos.Config, text string) { mustContain(t, c, text, "br5010 aging '300'") })
	onEach(t, []string{`stretch: mac_aging = "60s"`}, func(t *testing.T, c *vyos.Config, text string) {
		mustContain(t, c, text, "br5010 aging '60'")
	})
	reports(t, "e0513-aging")
}

func TestN25Trunk(t *testing.T) {
	reports(t, "w0520-trunk", "e0507-tagged-and-not", "e0516-tagged-without")
}

func TestN26Drills(t *testing.T) {
	onEach(t, []string{"stretch: paused = true"}, func(t *testing.T, c *vyos.Config, text string) {
		if c.For.Has(release.VXLANDisable) {
			mustContain(t, c, text, "vxlan vxlan5010 disable\n")
		} else {
			mustNotContain(t, c, text, "vxlan5010 bridge-group", "vxlan5010 disable")
			mustContain(t, c, text, "eth1 bridge-group bridge 'br5010'")
		}
	})
}

func TestN27LastVNI(t *testing.T) {
	for _, rel := range everyRelease {
		got := diagnose(t, strings.Replace(pairSpec(rel, rel), "vni     = 5010", "vni     = 16777215", 1))
		if slices.Contains(got, "E0604") == (rel == "1.2") {
			t.Errorf("%s: %v", rel, got)
		}
	}
	reports(t, "e0604-last-vni")
}

func TestN28OldOverVTI(t *testing.T) {
	for _, far := range everyRelease {
		_, configs := compile(t, pairSpec("1.2", far))
		c := configs["onprem/gw1"]
		text := strings.Join(lines(t, c), "\n")
		mustContain(t, c, text, "vxlan5010 remote-port '4789'", "br5010 stp 'false'", "vxlan5010 mtu '1500'", "169.254.100.0/30 blackhole distance '254'")
		mustNotContain(t, c, text, "source-address", " link ", "bridge br5010 mtu", "member interface")
	}
	reports(t, "e0605-mesh", "e0610-hosts", "e0607-ipv6", "w0605-12")
}

func TestN40Controller(t *testing.T) {
	for _, rel := range everyRelease {
		_, configs := example(t, "controller", rel)
		far := strings.Join(lines(t, configs["cloud/gw1"]), "\n")
		near := strings.Join(lines(t, configs["onprem/gw1"]), "\n")
		if !strings.Contains(far, "/32 next-hop") {
			t.Errorf("%s: the far gateway has no route to the controller", rel)
		}
		mustNotContain(t, configs["onprem/gw1"], near, "/32 next-hop")
	}
	reports(t, "w0409-controller")
}

// TestN40ControllerOverTheTunnelOfOthers: who runs the tunnel does not change that the sites lose each other.
func TestN40ControllerOverTheTunnelOfOthers(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("../testdata/examples", "unmanaged", "main.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rel := range everyRelease {
		spec := strings.NewReplacer(`default     = "1.4"`, fmt.Sprintf("default     = %q", rel), `networks = ["10.20.0.0/16"]`, "networks = [\"10.20.0.0/16\"]\n  nutanix {\n    pcvm = \"192.168.10.9\"\n  }").Replace(string(text))
		fabric, configs := compile(t, spec)
		c := configs["cloud/gw1"]
		mustContain(t, c, strings.Join(lines(t, c), "\n"), "route 192.168.10.9/32 next-hop 169.254.100.1", "guard rule 50001 prefix '192.168.10.9/32'")
		near := configs["onprem/gw1"]
		mustNotContain(t, near, strings.Join(lines(t, near), "\n"), "192.168.10.9")
		for _, n := range fabric.Nodes {
			if n.Name != "cloud/gw1" {
				continue
			}
			have, _, err := backend().Read(n, "running", []byte(strings.Join(lines(t, c), "\n")+"\nset protocols static route 10.9.0.0/16 next-hop 10.30.0.9\n"))
			if err != nil {
				t.Fatal(err)
			}
			p, _ := backend().Diff(n, have, nil, plan.Options{})
			if !slices.ContainsFunc(p.Steps(), func(s plan.Step) bool {
				return s.Op == plan.Delete && slices.Equal(s.Path, []string{"protocols", "static", "route", "192.168.10.9/32"})
			}) {
				t.Errorf("%s: the route to the controller stays: %v", rel, p.Steps())
			}
		}
	}
}
