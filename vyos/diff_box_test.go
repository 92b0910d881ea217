package vyos_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestBoxContradicts holds what a running configuration contradicts: the code, and a line that the message
// must show.
func TestBoxContradicts(t *testing.T) {
	uplink := "set interfaces ethernet eth0 address '203.0.113.10/24'\n"
	all := uplink + "set interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\n"
	for _, tt := range []struct {
		name, release, have, code, shows string
	}{
		{"fine", "1.4", all, "", ""},
		{"NIC absent", "1.4", uplink, "E0706", "eth1"},
		{"NICs not listed", "1.4", "set system host-name 'x'\n", "W0705", ""},
		{"NIC disabled", "1.4", all + "set interfaces ethernet eth1 disable\n", "E0707", "delete interfaces ethernet eth1 disable"},
		{"address on the port", "1.3", all + "set interfaces ethernet eth1 address '192.0.2.1/24'\n", "E0708", "192.0.2.1/24"},
		{"another bridge (N41)", "1.4", all + "set interfaces bridge br9 member interface eth1\n", "E0709", "set interfaces bridge br9 member interface eth1"},
		{"another bridge on 1.2", "1.2", all + "set interfaces bridge br9\nset interfaces ethernet eth1 bridge-group bridge 'br9'\n", "E0709", "br9"},
		{"bond", "1.4", all + "set interfaces bonding bond0 member interface eth1\n", "E0709", "bond0"},
		{"built on", "1.4", all + "set interfaces pseudo-ethernet peth0 source-interface 'eth1'\n", "E0709", "peth0"},
		{"refused at commit", "1.4", all + "set vrf name red table '100'\nset interfaces ethernet eth1 vrf 'red'\n", "E0721", "bridge-member-vrf"},
		{"refused before", "1.4", all + "set interfaces vxlan vxlan9 remote '192.0.2.9'\n", "", ""},
		{"VNI", "1.4", all + "set interfaces vxlan vxlan9 vni '5001'\n", "E0710", "set interfaces vxlan vxlan9 vni 5001"},
		{"peer by address", "1.3", all + "set vpn ipsec site-to-site peer 198.51.100.1 description 'mine'\n", "E0711", "mine"},
		{"peer by name", "1.4", all + "set vpn ipsec site-to-site peer X remote-address '198.51.100.1'\n", "E0711", "peer X"},
		{"AS", "1.3", all + "set protocols bgp 64999 neighbor 192.0.2.1 remote-as '1'\n", "E0704", "64999"},
		{"router-id", "1.4", all + "set protocols bgp system-as '65010'\nset protocols bgp parameters router-id '9.9.9.9'\nset protocols bgp neighbor 192.0.2.1 remote-as '1'\n", "E0703", "9.9.9.9"},
		{"uplink mtu", "1.4", all + "set interfaces ethernet eth0 mtu '1400'\n", "E0703", "mtu 1400"},
		{"NIC larger than the path (N39)", "1.4", all + "set interfaces ethernet eth0 mtu '9000'\n", "", ""},
		{"uplink address", "1.4", "set interfaces ethernet eth0 address '203.0.113.99/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\n", "E0705", "203.0.113.99/24"},
		{"static route", "1.4", all + "set protocols static route 10.20.0.0/16 next-hop 192.0.2.9\n", "E0701", "192.0.2.9"},
		{"strict validation on 1.3 (N9)", "1.3", all + "set firewall source-validation 'strict'\n", "E0715", "loose"},
		{"strict validation elsewhere", "1.2", all + "set firewall source-validation 'strict'\n", "", ""},
		{"bridge firewall (N18)", "1.4", all + "set firewall bridge forward filter default-action 'drop'\n", "E0716", "accept"},
		{"release", "1.4", "interfaces {\n    ethernet eth0 {\n        address 203.0.113.10/24\n    }\n    ethernet eth1 {\n    }\n}\n\n// vyos-config-version: \"x@1\"\n// Release version: 1.3.6\n", "E0717", "1.3"},
		{"input chain drops", "1.4", all + "set firewall ipv4 input filter default-action 'drop'\n", "E0712", "destination port 4789"},
		{"input chain lets the tunnel in", "1.4", all + strings.Join([]string{
			"set firewall ipv4 input filter default-action 'drop'",
			"set firewall ipv4 input filter rule 10 action 'accept'", "set firewall ipv4 input filter rule 10 state 'established'",
			"set firewall ipv4 input filter rule 20 action 'accept'", "set firewall ipv4 input filter rule 20 inbound-interface name 'vti+'",
			"set firewall ipv4 input filter rule 30 action 'accept'", "set firewall ipv4 input filter rule 30 inbound-interface name 'vti1'", "",
		}, "\n"), "", ""},
		{"a rule before drops", "1.4", all + "set firewall ipv4 input filter rule 5 action 'drop'\nset firewall ipv4 input filter rule 5 protocol 'udp'\nset firewall ipv4 input filter rule 5 destination port '4000-5000'\n", "E0712", "rule 1 "},
		{"an unknown group", "1.4", all + "set firewall ipv4 input filter rule 5 action 'drop'\nset firewall ipv4 input filter rule 5 source group domain-group 'BAD'\n", "W0701", "rule 5"},
		{"local chain on 1.3", "1.3", all + "set interfaces ethernet eth0 firewall local name 'WAN'\nset firewall name WAN default-action 'drop'\nset firewall name WAN rule 10 action 'accept'\nset firewall name WAN rule 10 protocol 'icmp'\n", "E0712", "set firewall name WAN rule"},
		{"zones on 1.3", "1.3", all + "set zone-policy zone LOCAL local-zone\nset zone-policy zone LOCAL default-action 'drop'\nset zone-policy zone WAN interface 'eth0'\n", "E0712", "500"},
		{"a gateway's zone cuts off the VTI, which is in none", "1.4", all + zones("firewall zone"), "E0712", "set firewall zone VTI1 interface vti1"},
		{"the same on 1.3", "1.3", all + zones("zone-policy zone"), "E0712", "set zone-policy zone LOCAL from VTI1 firewall name VTI1"},
		{"no zone of the gateway itself", "1.4", all + "set firewall zone WAN interface 'eth0'\nset firewall zone WAN default-action 'drop'\n", "", ""},
		{"zones that let all pass", "1.4", all + zones("firewall zone") + "set firewall ipv4 name ALL default-action 'accept'\nset firewall zone VTI interface 'vti1'\nset firewall zone LOCAL from VTI firewall name 'ALL'\nset firewall zone VTI from LOCAL firewall name 'ALL'\nset firewall zone WAN from LOCAL firewall name 'ALL'\nset firewall zone LOCAL from WAN firewall name 'ALL'\n", "", ""},
		{"output chain drops", "1.4", all + "set firewall ipv4 output filter default-action 'drop'\n", "E0712", "destination address 198.51.100.1"},
		{"output chain of other packets", "1.4", all + "set firewall ipv6 output filter default-action 'drop'\nset firewall ipv6 input filter default-action 'drop'\n", "", ""},
		{"masquerade everywhere", "1.3", all + "set nat source rule 10 outbound-interface 'any'\nset nat source rule 10 translation address 'masquerade'\n", "E0713", "exclude"},
		{"masquerade on the uplink", "1.4", all + "set nat source rule 10 outbound-interface name 'eth0'\nset nat source rule 10 translation address 'masquerade'\n", "", ""},
		{"port forward of IKE", "1.4", all + "set nat destination rule 10 inbound-interface name 'eth0'\nset nat destination rule 10 protocol 'udp'\nset nat destination rule 10 destination port '500'\nset nat destination rule 10 translation address '10.0.0.1'\n", "E0713", "rule 9 exclude"},
		{"masquerade between the networks", "1.4", all + "set nat source rule 10 source address '10.0.0.0/8'\nset nat source rule 10 translation address 'masquerade'\n", "W0703", "rule 9 destination address 10.31.0.0/16"},
		{"unknown settings", "1.4", all + "set nowhere at all\n", "W0706", "1 settings"},
		{"SSH everywhere (N23)", "1.4", all + "set service ssh port '22'\n", "W0708", "listen-address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := backend()
			x, want := hub(t, b, branchSpec("dr", tt.release, 1))
			have, diags, err := b.Read(x.n, "running", []byte(tt.have))
			if err != nil {
				t.Fatal(err)
			}
			_, more := b.Diff(x.n, have, want, plan.Options{Box: true})
			diags = append(diags, more...)
			if tt.code == "" {
				for _, d := range diags {
					t.Errorf("%s %s", compiler.CodeOf(d), d.Detail)
				}
				return
			}
			var text strings.Builder
			for _, d := range diags {
				if compiler.CodeOf(d) == tt.code {
					text.WriteString(d.Detail)
				}
			}
			if !slices.Contains(errorsOf(diags), tt.code) || !strings.Contains(text.String(), tt.shows) {
				t.Errorf("want %s with %q, have %v\n%s", tt.code, tt.shows, errorsOf(diags), text.String())
			}
		})
	}
}

// TestN05WayInOnTheBox: an announced network whose best route is the default route.
func TestN05WayInOnTheBox(t *testing.T) {
	base := "set interfaces ethernet eth0 address '203.0.113.10/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset protocols static route 0.0.0.0/0 next-hop 203.0.113.1\n"
	spec := strings.Replace(branchSpec("dr", "1.4", 1), "      next_hop  = \"203.0.113.1\"\n", "", 1)
	for _, tt := range []struct{ name, more, code string }{
		{"default route only", "", "E0714"},
		{"static route", "set protocols static route 10.20.0.0/16 next-hop 192.0.2.1\n", ""},
		{"static route to more", "set protocols static route 10.0.0.0/8 next-hop 192.0.2.1\n", ""},
		{"static route to less", "set protocols static route 10.20.1.0/24 next-hop 192.0.2.1\n", "E0714"},
		{"connected", "set interfaces dummy dum1 address '10.20.0.1/16'\n", ""},
		{"the far site's larger network", "larger", "E0714"},
		{"perhaps OSPF", "set protocols ospf area 0 network '10.0.0.0/8'\n", "W0707"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := backend()
			spec, more := spec, tt.more
			if more == "larger" {
				spec, more = strings.Replace(spec, `"10.31.0.0/16"`, `"10.0.0.0/8"`, 1), ""
			}
			x, want := hub(t, b, spec)
			have, _, err := b.Read(x.n, "running", []byte(base+more))
			if err != nil {
				t.Fatal(err)
			}
			_, diags := b.Diff(x.n, have, want, plan.Options{Box: true})
			if got := strings.Join(errorsOf(diags), " "); got != tt.code {
				t.Errorf("have %q, want %q", got, tt.code)
			}
		})
	}
}

// zones are those of a gateway that is a zone itself, at the path of a release.
func zones(at string) string {
	return "set " + at + " LOCAL local-zone\nset " + at + " LOCAL default-action 'drop'\nset " + at + " WAN interface 'eth0'\nset " + at + " WAN default-action 'drop'\n"
}

// TestFirewallOfIPv6Uplinks: what the tunnel is made of outside is IPv6 there, and what it carries is not.
func TestFirewallOfIPv6Uplinks(t *testing.T) {
	spec := strings.NewReplacer(`"203.0.113.10/24"`, `"2001:db8:1::10/64"`, `"198.51.100.1/24"`, `"2001:db8:2::1/64"`, `      next_hop  = "203.0.113.1"`, "", `      next_hop  = "198.51.100.254"`, "",
		"asn = 65010", "asn = 65010\n      router_id = \"10.255.0.1\"", "asn = 65101", "asn = 65101\n      router_id = \"10.255.0.2\"", `networks = ["10.20.0.0/16"]`, "").Replace(branchSpec("dr", "1.4", 1))
	base := "set interfaces ethernet eth0 address '2001:db8:1::10/64'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\n"
	for _, tt := range []struct{ name, more, want, not string }{
		{"IPv6 drops", "set firewall ipv6 input filter default-action 'drop'\n", "IKE (UDP 500) from 2001:db8:2::1 on eth0", "VXLAN"},
		{"IPv4 drops", "set firewall ipv4 input filter default-action 'drop'\n", "VXLAN (UDP 4789) from 169.254.101.2 on vti1", "IKE"},
		{"answers are accepted", "set firewall ipv6 input filter default-action 'drop'\nset firewall global-options state-policy established action 'accept'\n", "", "IKE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := backend()
			x, want := hub(t, b, spec)
			have, _, err := b.Read(x.n, "running", []byte(base+tt.more))
			if err != nil {
				t.Fatal(err)
			}
			_, diags := b.Diff(x.n, have, want, plan.Options{Box: true})
			var text strings.Builder
			for _, d := range diags {
				text.WriteString(d.Detail)
			}
			if got := text.String(); !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
				t.Errorf("want %q and not %q:\n%s", tt.want, tt.not, got)
			}
		})
	}
}

// TestN23ListenAddress: a server listens on an address of the gateway, not on what the gateway is called elsewhere.
func TestN23ListenAddress(t *testing.T) {
	base := "set interfaces ethernet eth0 address '10.20.9.10/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset service ssh port '22'\n"
	for host, want := range map[string]string{"203.0.113.77": "10.20.9.10", "gw1.example.net": "ADDRESS", "10.20.9.10": "10.20.9.10", "192.0.2.77": "ADDRESS"} {
		spec := strings.Replace(branchSpec("dr", "1.4", 1), `      address   = "203.0.113.10/24"
      next_hop  = "203.0.113.1"
    }`, `      address = "10.20.9.10/24"
      public_address = "203.0.113.77"
      next_hop = "10.20.9.1"
    }
    ssh {
      host = "`+host+`"
    }`, 1)
		b := backend()
		x, wanted := hub(t, b, spec)
		have, _, err := b.Read(x.n, "running", []byte(base))
		if err != nil {
			t.Fatal(err)
		}
		_, diags := b.Diff(x.n, have, wanted, plan.Options{Box: true})
		i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return compiler.CodeOf(d) == "W0708" })
		if i < 0 || !strings.Contains(diags[i].Detail, "listen-address "+want+"\n") {
			t.Errorf("reached as %s: want listen-address %s in %v", host, want, diags)
		}
	}
}

// TestTrunkMTU: the NIC of a trunk that carries nothing but VLANs of the specification is raised with their hosts' MTU;
// where somebody else uses it, that is his to do.
func TestTrunkMTU(t *testing.T) {
	spec := strings.NewReplacer(`interface       = "eth1"`, "interface = \"eth1\"\n    vlan = 20\n    tagged = true", "vni     = 5001", "vni     = 5001\n  host_mtu = 9000").Replace(branchSpec("dr", "1.4", 1))
	base := "set interfaces ethernet eth0 address '203.0.113.10/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset interfaces ethernet eth1 mtu '4000'\n"
	for _, tt := range []struct {
		name, more string
		raised     bool
	}{
		{"nobody else", "", true},
		{"an address", "set interfaces ethernet eth1 address '192.0.2.1/24'\n", false},
		{"another VLAN", "set interfaces ethernet eth1 vif 30 address '192.0.2.1/24'\n", false},
		{"built on", "set interfaces macsec macsec0 source-interface 'eth1'\n", false},
		{"in a bridge", "set interfaces bridge br9 member interface eth1\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := backend()
			x, want := hub(t, b, spec)
			have, _, err := b.Read(x.n, "running", []byte(base+tt.more))
			if err != nil {
				t.Fatal(err)
			}
			p, diags := b.Diff(x.n, have, want, plan.Options{Box: true})
			set := slices.ContainsFunc(p.Steps(), func(s plan.Step) bool {
				return s.Op == plan.Set && s.Value == "9000" && slices.Equal(s.Path, []string{"interfaces", "ethernet", "eth1", "mtu"})
			})
			if set != tt.raised || slices.Contains(errorsOf(diags), "E0719") == tt.raised {
				t.Errorf("raised is %v, %v", set, errorsOf(diags))
			}
		})
	}
}

// TestManagedByThePort: who manages a gateway by the NIC that is to become a bridge port is not told to cut himself off.
func TestManagedByThePort(t *testing.T) {
	base := "set interfaces ethernet eth0 address '203.0.113.10/24'\nset interfaces ethernet eth1 address '192.0.2.1/24'\n"
	for host, want := range map[string]string{"192.0.2.1": "It is how the gateway is managed", "203.0.113.10": "delete interfaces ethernet eth1 address"} {
		b := backend()
		x, wanted := hub(t, b, strings.Replace(branchSpec("dr", "1.4", 1), "      asn = 65010\n    }", "      asn = 65010\n    }\n    ssh {\n      host = \""+host+"\"\n    }", 1))
		have, _, err := b.Read(x.n, "running", []byte(base))
		if err != nil {
			t.Fatal(err)
		}
		_, diags := b.Diff(x.n, have, wanted, plan.Options{Box: true})
		if i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return compiler.CodeOf(d) == "E0708" }); i < 0 || !strings.Contains(diags[i].Detail, want) {
			t.Errorf("%s: want %q in %v", host, want, diags)
		}
	}
}
