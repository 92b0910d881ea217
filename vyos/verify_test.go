package vyos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// pairSpec is a stretch between two gateways: what is said of a site, a tunnel or a stretch besides is
// given.
func pairSpec(a, b string, extra ...string) string {
	more := func(what string) (lines string) {
		for _, e := range extra {
			if l, ok := strings.CutPrefix(e, what+": "); ok {
				lines += "  " + l + "\n"
			}
		}
		return lines
	}
	side := func(name, rel, uplink string, n, as int) string {
		return fmt.Sprintf("site %q {\n  networks = [\"10.%d.0.0/16\"]\n  gateway \"gw1\" {\n    release = %q\n    uplink {\n      interface = \"eth0\"\n      address   = %q\n%s    }\n"+
			"    inside {\n      interface = \"eth2\"\n      address   = \"10.%d.0.2/24\"\n      next_hop  = \"10.%d.0.1\"\n    }\n    bgp {\n      asn = %d\n    }\n  }\n}\n",
			name, n, rel, uplink, more(name), n, n, as)
	}
	attach := func(name string, vlan int, addr string) string {
		return fmt.Sprintf("  attach {\n    gateway    = site.%s.gateway.gw1\n    interface  = \"eth1\"\n    vlan       = %d\n    address    = %q\n    hypervisor = \"kvm\"\n%s  }\n", name, vlan, addr, more("attach"))
	}
	return "l2stretch {\n  name = \"dr\"\n}\nsecret \"psk\" {\n  env = \"PSK\"\n}\n" +
		side("onprem", a, "203.0.113.10/24", 20, 65010) + side("cloud", b, "198.51.100.20/24", 30, 65020) +
		"tunnel \"dr\" {\n  psk = secret.psk\n" + more("tunnel") +
		"  end {\n    gateway = site.onprem.gateway.gw1\n    address = \"169.254.100.1/30\"\n  }\n  end {\n    gateway = site.cloud.gateway.gw1\n    address = \"169.254.100.2/30\"\n  }\n}\n" +
		"stretch \"app\" {\n  tunnels = [tunnel.dr]\n  subnet  = \"192.168.10.0/24\"\n  vni     = 5010\n" + more("stretch") +
		attach("onprem", 20, "192.168.10.253") + attach("cloud", 100, "192.168.10.254") + "}\n"
}

// parsed reads commands as they are, without a grammar that would mend them.
func parsed(t testing.TB, lines []string) *config.Tree {
	t.Helper()
	tree, err := config.ParseString("case", strings.Join(lines, "\n")+"\n", config.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestRulesBroken breaks every rule of the table once, in each form that it has: a sound configuration
// without some lines and with others.
func TestRulesBroken(t *testing.T) {
	const (
		ike  = "vpn ipsec ike-group L2S-dr-dr "
		esp  = "vpn ipsec esp-group L2S-dr-dr "
		psk  = "vpn ipsec authentication psk L2S-dr-dr "
		peer = "vpn ipsec site-to-site peer L2S-dr-dr "
		old  = "vpn ipsec site-to-site peer 198.51.100.20 "
		nb   = "protocols bgp neighbor 169.254.100.2 "
		nb3  = "protocols bgp 65010 neighbor 169.254.100.2 "
		vx   = "interfaces vxlan vxlan5010 "
		br   = "interfaces bridge br5010 "
		list = "policy prefix-list L2S-dr-dr-export rule 5010 "
		out  = "firewall ipv4 output filter rule 10001 "
	)
	tests := []struct {
		rule, release string
		edits         []string // "- PREFIX" removes lines, "+ PATH" adds one
	}{
		{"interface-single-value", "1.4", []string{"+ interfaces ethernet eth1 mtu '9000'"}},
		{"interface-name", "1.2", []string{"+ interfaces ethernet eno1 mtu '1500'"}},
		{"interface-address-twice", "1.4", []string{"+ interfaces dummy dum0 address '169.254.100.1/32'"}},
		{"interface-segment-twice", "1.3", []string{"+ interfaces ethernet eth3 address '10.20.0.3/16'"}},
		{"interface-mtu-ipv6", "1.4", []string{"- " + vx + "mtu", "+ " + vx + "mtu '1200'"}},
		{"interface-address-ipv6-mtu", "1.4", []string{"- interfaces vti vti1 mtu", "+ interfaces vti vti1 mtu '1200'", "+ interfaces vti vti1 address 'fd00::1/126'"}},
		{"vif-parent-mtu", "1.3", []string{"+ interfaces ethernet eth3 vif 20 mtu '9000'"}},
		{"vif-parent-mtu", "1.4", []string{"+ interfaces ethernet eth1 vif 20 mtu '1600'"}},
		{"vti-unbound", "1.4", []string{"+ interfaces vti vti9 address '169.254.9.1/30'"}},
		{"vti-bound-twice", "1.2", []string{"+ vpn ipsec site-to-site peer 192.0.2.1 vti bind 'vti1'"}},
		{"vti-address", "1.4", []string{"- interfaces vti vti1 address"}},
		{"vti-address-ipv4", "1.3", []string{"+ interfaces vti vti1 address 'fd00::1/126'"}},
		{"bridge-member-exists", "1.4", []string{"+ " + br + "member interface eth7"}},
		{"bridge-group-exists", "1.2", []string{"+ interfaces ethernet eth7 bridge-group bridge 'br7'"}},
		{"bridge-member-address", "1.4", []string{"+ interfaces ethernet eth1 address '192.0.2.1/24'"}},
		{"bridge-member-address", "1.2", []string{"+ interfaces ethernet eth1 address '192.0.2.1/24'"}},
		{"bridge-member-vrf", "1.4", []string{"+ interfaces ethernet eth1 vrf 'red'"}},
		{"bridge-member-twice", "1.3", []string{"+ interfaces bridge br7 member interface eth1"}},
		{"bridge-member-bond", "1.4", []string{"+ interfaces bonding bond0 member interface 'eth1'"}},
		{"bridge-member-underlay", "1.4", []string{"+ " + vx + "source-interface 'eth1'"}},
		{"bridge-member-loopback", "1.4", []string{"+ " + br + "member interface lo"}},
		{"bridge-member-trunk", "1.4", []string{"+ interfaces ethernet eth1 vif 20 address '192.0.2.1/24'"}},
		{"bridge-vlan-aware", "1.4", []string{"+ " + br + "vif 20 address '192.0.2.1/24'"}},
		{"bridge-vlan-aware", "1.3", []string{"+ " + br + "member interface eth1 native-vlan '20'"}},
		{"bridge-vlan-aware", "1.3", []string{"+ " + br + "enable-vlan", "+ " + br + "vif 1 address '192.0.2.1/24'"}},
		{"bridge-mac", "1.2", []string{"- " + br + "mac"}},
		{"bridge-stp", "1.4", []string{"+ " + br + "stp"}},
		{"bridge-stp", "1.2", []string{"- " + br + "stp", "+ " + br + "stp 'true'"}},
		{"vxlan-vni", "1.2", []string{"- " + vx + "vni"}},
		{"vxlan-vni", "1.4", []string{"+ " + vx + "parameters external"}},
		{"vxlan-vni-twice", "1.4", []string{"+ interfaces vxlan vxlan9 vni '5010'"}},
		{"vxlan-vni-range", "1.3", []string{"- " + vx + "vni", "+ " + vx + "vni '16777215'"}},
		{"vxlan-remote", "1.2", []string{"- " + vx + "remote '"}},
		{"vxlan-remote", "1.4", []string{"- " + vx + "remote '"}},
		{"vxlan-one-remote", "1.2", []string{"+ " + vx + "remote '169.254.100.3'"}},
		{"vxlan-families", "1.4", []string{"+ " + vx + "remote 'fd00::2'"}},
		{"vxlan-group", "1.3", []string{"+ " + vx + "group '239.0.0.1'"}},
		{"vxlan-source", "1.4", []string{"- " + vx + "source-address", "+ " + vx + "source-address '169.254.100.9'"}},
		{"vxlan-link", "1.2", []string{"+ " + vx + "link 'vti1'"}},
		{"vxlan-underlay-mtu", "1.4", []string{"+ " + vx + "source-interface 'eth0'"}},
		{"vxlan-port", "1.3", []string{"- " + vx + "port"}},
		{"vxlan-port", "1.2", []string{"- " + vx + "remote-port"}},
		{"vxlan-mtu-range", "1.2", []string{"- " + vx + "mtu", "+ " + vx + "mtu '1400'"}},
		{"vxlan-mtu-bridge", "1.4", []string{"- " + vx + "mtu", "+ " + vx + "mtu '1450'"}},
		{"vxlan-fragment", "1.4", []string{"+ " + vx + "parameters ip df 'set'"}},
		{"vxlan-neighbor-suppress", "1.4", []string{"- " + br + "member interface vxlan5010", "+ " + vx + "parameters neighbor-suppress"}},
		{"vxlan-vlan-to-vni", "1.4", []string{"- " + br + "member interface vxlan5010", "+ " + vx + "vlan-to-vni 20 vni '5020'"}},
		{"vxlan-gpe", "1.5", []string{"+ " + vx + "gpe"}},
		{"ipsec-interface", "1.4", []string{"- vpn ipsec interface"}},
		{"ipsec-interface", "1.2", []string{"- vpn ipsec ipsec-interfaces"}},
		{"ipsec-routes", "1.4", []string{"- vpn ipsec options"}},
		{"ipsec-proposals", "1.4", []string{"- " + esp + "proposal"}},
		{"ipsec-proposals", "1.3", []string{"- " + ike + "proposal"}},
		{"ike-dh-group", "1.4", []string{"- " + ike + "proposal 1 dh-group"}},
		{"ipsec-hash", "1.3", []string{"- " + esp + "proposal 1 hash"}},
		{"ipsec-vocabulary", "1.2", []string{"- " + ike + "proposal 1 dh-group", "+ " + ike + "proposal 1 dh-group '31'"}},
		{"ipsec-vocabulary", "1.4", []string{"- " + ike + "proposal 1 encryption", "+ " + ike + "proposal 1 encryption 'rot13'"}},
		{"ike-version", "1.2", []string{"- " + ike + "key-exchange"}},
		{"ike-version-only", "1.3", []string{"- " + ike + "key-exchange", "+ " + ike + "key-exchange 'ikev1'"}},
		{"ike-version-only", "1.4", []string{"+ " + ike + "mode 'aggressive'"}},
		{"ike-mobike", "1.4", []string{"- " + ike + "disable-mobike"}},
		{"ike-mobike", "1.2", []string{"- " + ike + "mobike", "+ " + ike + "mobike 'enable'"}},
		{"ike-dead-peer", "1.4", []string{"- " + ike + "dead-peer-detection"}},
		{"esp-mode", "1.3", []string{"+ " + esp + "mode 'transport'"}},
		{"psk-complete", "1.4", []string{"- " + psk + "id"}},
		{"psk-complete", "1.4", []string{"- " + psk + "secret"}},
		{"peer-name", "1.3", []string{"+ vpn ipsec site-to-site peer @cloud vti bind 'vti1'"}},
		{"peer-name", "1.2", []string{"+ vpn ipsec site-to-site peer 0.0.0.0 vti bind 'vti1'"}},
		{"peer-name-characters", "1.4", []string{"+ vpn ipsec site-to-site peer 198.51.100.20 vti bind 'vti1'"}},
		{"peer-remote", "1.4", []string{"- " + peer + "remote-address"}},
		{"peer-local", "1.4", []string{"- " + peer + "local-address"}},
		{"peer-local", "1.3", []string{"+ " + old + "dhcp-interface 'eth0'"}},
		{"peer-local", "1.2", []string{"- " + old + "local-address", "+ " + old + "local-address 'any'"}},
		{"peer-local-configured", "1.4", []string{"- interfaces ethernet eth0 address"}},
		{"peer-families", "1.4", []string{"- " + peer + "remote-address", "+ " + peer + "remote-address '2001:db8::1'"}},
		{"peer-vti-ipv4", "1.3", []string{"+ vpn ipsec site-to-site peer 2001:db8::1 vti bind 'vti1'"}},
		{"peer-twice", "1.4", []string{"+ vpn ipsec site-to-site peer B local-address '203.0.113.10'", "+ vpn ipsec site-to-site peer B remote-address '198.51.100.20'", "+ vpn ipsec site-to-site peer B vti bind 'vti2'"}},
		{"peer-ike-group", "1.4", []string{"- " + peer + "ike-group"}},
		{"peer-ike-group", "1.2", []string{"- " + ike}},
		{"peer-esp-group", "1.4", []string{"- " + peer + "vti esp-group", "- " + peer + "default-esp-group"}},
		{"peer-esp-group", "1.3", []string{"- " + esp}},
		{"peer-authentication", "1.4", []string{"- " + peer + "authentication mode"}},
		{"peer-authentication", "1.2", []string{"- " + old + "authentication pre-shared-secret"}},
		{"peer-ids", "1.4", []string{"- " + peer + "authentication local-id"}},
		{"peer-ids", "1.3", []string{"- " + old + "authentication remote-id"}},
		{"peer-psk", "1.4", []string{"- " + psk + "id '198.51.100.20'"}},
		{"peer-x509-id", "1.3", []string{"+ " + old + "authentication use-x509-id"}},
		{"peer-vti", "1.4", []string{"- interfaces vti"}},
		{"peer-vti", "1.2", []string{"- " + old + "vti bind"}},
		{"peer-vti-or-tunnel", "1.4", []string{"+ " + peer + "tunnel 1 local prefix '10.0.0.0/8'"}},
		{"peer-connection-type", "1.3", []string{"- " + old + "connection-type"}},
		{"peer-responder", "1.4", []string{"- " + peer + "connection-type", "+ " + peer + "connection-type 'respond'"}},
		{"route-target", "1.4", []string{"- protocols static route 10.20.0.0/16", "+ protocols static route 10.20.0.0/16 description 'x'"}},
		{"route-blackhole-reject", "1.4", []string{"+ protocols static route 10.30.0.0/16 reject"}},
		{"route-next-hop", "1.3", []string{"+ protocols static route 10.40.0.0/16 next-hop 192.0.2.99"}},
		{"route-interface", "1.4", []string{"+ protocols static route 10.40.0.0/16 interface vti9"}},
		{"blackhole-distance", "1.4", []string{"- protocols static route 169.254.100.0/30", "+ protocols static route 169.254.100.0/30 blackhole distance '255'"}},
		{"blackhole-longer", "1.2", []string{"+ protocols static route 169.254.100.2/32 blackhole distance '254'"}},
		{"blackhole-missing", "1.3", []string{"- protocols static route 169.254.100.0/30"}},
		{"prefix-list-rule", "1.4", []string{"- " + list + "action"}},
		{"prefix-list-rule", "1.2", []string{"- " + list + "prefix"}},
		{"prefix-list-range", "1.4", []string{"- " + list + "le", "+ " + list + "le '24'"}},
		{"prefix-list-network", "1.3", []string{"- " + list + "prefix", "+ " + list + "prefix '192.168.10.1/24'"}},
		{"prefix-list-twice", "1.4", []string{"+ policy prefix-list X rule 1 action 'permit'", "+ policy prefix-list X rule 1 prefix '10.0.0.0/8'", "+ policy prefix-list X rule 2 action 'permit'", "+ policy prefix-list X rule 2 prefix '10.0.0.0/8'"}},
		{"route-map-rule", "1.4", []string{"+ policy route-map RM rule 10 match ip address prefix-list 'NOPE'"}},
		{"bgp-system-as", "1.4", []string{"- protocols bgp system-as"}},
		{"bgp-one-as", "1.3", []string{"+ protocols bgp 65099 parameters router-id '192.0.2.1'"}},
		{"bgp-router-id", "1.2", []string{"- protocols bgp 65010 parameters"}},
		{"neighbor-remote-as", "1.4", []string{"- " + nb + "remote-as"}},
		{"neighbor-remote-as", "1.3", []string{"+ " + nb3 + "peer-group 'PG'", "+ protocols bgp 65010 peer-group PG remote-as '65020'"}},
		{"neighbor-peer-group", "1.4", []string{"+ " + nb + "peer-group 'PG'"}},
		{"neighbor-address-family", "1.4", []string{"- " + nb + "address-family"}},
		{"neighbor-filter", "1.4", []string{"- " + nb + "address-family ipv4-unicast prefix-list import"}},
		{"neighbor-filter-exists", "1.3", []string{"- policy prefix-list L2S-dr-dr-import"}},
		{"neighbor-filter-exists", "1.4", []string{"+ " + nb + "address-family ipv4-unicast route-map export 'NOPE'"}},
		{"neighbor-timers", "1.2", []string{"- " + nb3 + "timers keepalive"}},
		{"neighbor-timers", "1.4", []string{"- " + nb + "timers holdtime", "+ " + nb + "timers holdtime '3'"}},
		{"neighbor-bfd", "1.3", []string{"+ " + nb3 + "bfd"}},
		{"neighbor-bfd", "1.2", []string{"+ " + nb3 + "bfd"}},
		{"neighbor-own-address", "1.4", []string{"+ protocols bgp neighbor 169.254.100.1 remote-as '65020'"}},
		{"neighbor-source", "1.2", []string{"- " + nb3 + "update-source", "+ " + nb3 + "update-source '169.254.100.9'"}},
		{"neighbor-source", "1.4", []string{"- " + nb + "update-source", "+ " + nb + "update-source 'dum9'"}},
		{"neighbor-connected", "1.4", []string{"+ protocols bgp neighbor 192.0.2.77 remote-as '65020'"}},
		{"neighbor-hops", "1.3", []string{"+ " + nb3 + "ebgp-multihop '2'", "+ " + nb3 + "ttl-security hops '1'"}},
		{"neighbor-one-filter", "1.4", []string{"+ " + nb + "address-family ipv4-unicast distribute-list export '1'"}},
		{"neighbor-soft-reconfiguration", "1.2", []string{"- " + nb3 + "address-family ipv4-unicast soft-reconfiguration", "+ " + nb3 + "address-family ipv4-unicast soft-reconfiguration"}},
		{"neighbor-local-as", "1.4", []string{"+ " + nb + "local-as 65010"}},
		{"neighbor-reflector", "1.3", []string{"+ " + nb3 + "address-family ipv4-unicast route-reflector-client"}},
		{"firewall-action", "1.4", []string{"- " + out + "action"}},
		{"firewall-port", "1.4", []string{"- " + out + "protocol"}},
		{"firewall-interface-group", "1.4", []string{"- firewall group"}},
		{"firewall-interface-group", "1.5", []string{"+ " + out + "outbound-interface group '!L2S-dr-vxlan'"}},
		{"firewall-group-member", "1.4", []string{"- " + vx, "- " + br + "member interface vxlan5010"}},
		{"firewall-group", "1.4", []string{"+ firewall ipv4 input filter rule 5 action 'drop'", "+ firewall ipv4 input filter rule 5 source group network-group 'NOPE'"}},
		{"firewall-jump", "1.4", []string{"+ firewall ipv4 input filter rule 5 action 'jump'", "+ firewall ipv4 input filter rule 5 jump-target 'NOPE'"}},
		{"firewall-jump", "1.4", []string{"+ firewall ipv4 input filter rule 5 action 'jump'"}},
		{"firewall-rule-number", "1.4", []string{"+ firewall ipv4 input filter rule 1000000 action 'drop'"}},
		{"firewall-bridge-default", "1.4", []string{"+ firewall bridge forward filter default-action 'drop'"}},
		{"firewall-options-interface", "1.2", []string{"+ firewall options interface vti9 adjust-mss '1400'"}},
	}
	seen := make(map[string]bool)
	for _, tt := range tests {
		t.Run(tt.rule+"/"+tt.release, func(t *testing.T) {
			seen[tt.rule] = true
			_, configs := compile(t, pairSpec(tt.release, tt.release))
			c := configs["onprem/gw1"]
			base := typed(t, c)
			if faults := vyos.Verify(parsed(t, base), c.For); len(faults) > 0 {
				t.Fatalf("the sound configuration: %v", faults)
			}
			for _, e := range tt.edits {
				if add, ok := strings.CutPrefix(e, "+ "); ok {
					base = append(base, "set "+add)
					continue
				}
				n := len(base)
				base = slices.DeleteFunc(base, func(l string) bool { return strings.HasPrefix(l, "set "+e[2:]) })
				if len(base) == n {
					t.Fatalf("no line begins with %q", e[2:])
				}
			}
			var names []string
			for _, f := range vyos.Verify(parsed(t, base), c.For) {
				names = append(names, f.Rule.Name)
				if f.Text == "" || len(f.Path) == 0 && f.Rule.Name == tt.rule {
					t.Errorf("%v says nothing", f)
				}
			}
			if !slices.Contains(names, tt.rule) {
				t.Errorf("found %v", names)
			}
		})
	}
	names := make(map[string]bool)
	for _, r := range vyos.Rules() {
		if names[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		names[r.Name] = true
		if !seen[r.Name] {
			t.Errorf("no case breaks %s", r.Name)
		}
		if r.Why == "" || r.Outcome == "" {
			t.Errorf("%s does not say why", r.Name)
		}
		if r.Only != nil && !slices.ContainsFunc(release.All(), r.Only) {
			t.Errorf("%s holds for no release", r.Name)
		}
	}
}

// verified holds a lowered configuration against the rules. What others configure (the VTI of a tunnel that
// is not managed) is put beside it first.
func verified(n *ir.Node, c *vyos.Config) (errs []error) {
	tree := c.Tree.Clone()
	foreign := make(map[string]bool)
	for _, e := range n.Ends {
		if !e.Tunnel.Managed {
			foreign[e.Interface] = true
			tree.Ensure("interfaces", "vti", e.Interface).Leaf("address", e.Address.String())
		}
	}
	for _, f := range vyos.Verify(tree, c.For) {
		if f.Rule.Name == "vti-unbound" && foreign[f.Path[len(f.Path)-1]] {
			continue
		}
		errs = append(errs, fmt.Errorf("%v", f))
	}
	return errs
}
