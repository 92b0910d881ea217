package vyos_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestImpact changes one thing of what is in place and looks at what the plan says of it.
func TestImpact(t *testing.T) {
	for _, tt := range []struct {
		name, release, foreign string
		old, new               string // of the specification; empty: nothing is in place before
		want                   []plan.Impact
		phases                 int
	}{
		{"VNI, recreated silently", "1.4", "", "vni     = 5001", "vni     = 6001\n  index   = 5001", []plan.Impact{plan.RebuildsVXLAN}, 1},
		{"VNI, in two commits (1.2)", "1.2", "", "vni     = 5001", "vni     = 6001\n  index   = 5001", []plan.Impact{plan.RebuildsVXLAN}, 2},
		{"VNI and with it the index", "1.4", "", "vni     = 5001", "vni     = 6001", []plan.Impact{plan.RebuildsVXLAN}, 1},
		{"lifetime", "1.4", "", "  psk   = secret.psk", "  psk   = secret.psk\n  ike {\n    proposals = [\"aes256-sha256-dh14\"]\n    lifetime = \"4h\"\n  }", []plan.Impact{plan.DropsSA}, 1},
		{"BGP timers", "1.4", "", "  psk   = secret.psk", "  psk   = secret.psk\n  bgp {\n    hold = \"60s\"\n  }", []plan.Impact{plan.ResetsBGP}, 1},
		{"MAC ageing", "1.4", "", "  vni ", "  mac_aging = \"600s\"\n  vni ", nil, 1},
		{"list of interfaces, with others' peers (1.3)", "1.3", "set vpn ipsec site-to-site peer 192.0.2.9 description 'other'\n", "", "", []plan.Impact{plan.RestartsIPsec, plan.FlushesAddresses}, 1},
		{"list of interfaces, alone (1.3)", "1.3", "", "", "", []plan.Impact{plan.FlushesAddresses}, 1},
		{"list of interfaces (1.4)", "1.4", "set vpn ipsec site-to-site peer X remote-address '192.0.2.9'\n", "", "", []plan.Impact{plan.FlushesAddresses}, 1},
		{"managed by the NIC that joins", "1.4", "set interfaces ethernet eth1 vif 7 address '192.0.2.1/24'\nset interfaces ethernet eth2 address '192.0.2.10/24'\n", "      asn = 65010\n    }", "      asn = 65010\n    }\n    ssh {\n      host = \"203.0.113.10\"\n    }", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := backend()
			spec := branchSpec("dr", tt.release, 1)
			x, before := hub(t, b, spec)
			for line := range strings.Lines(tt.foreign) {
				words := strings.Fields(strings.TrimPrefix(line, "set "))
				for i := range words {
					words[i] = strings.Trim(words[i], "'")
				}
				x.tree.Put(x.g, words...)
			}
			want := before
			if tt.old != "" {
				x.do(x.diff(before).Steps())
				if !strings.Contains(spec, tt.old) {
					t.Fatalf("no %q in the specification", tt.old)
				}
				y, after := hub(t, b, strings.Replace(spec, tt.old, tt.new, 1))
				x.n, want = y.n, after
			}
			p := x.diff(want)
			if got := p.Impacts(); !slices.Equal(got, tt.want) {
				t.Errorf("impacts %v, want %v", got, tt.want)
			}
			if len(p.Phases) != tt.phases || (p.Between != "") != (tt.phases > 1) {
				t.Errorf("%d phases, want %d; between: %q", len(p.Phases), tt.phases, p.Between)
			}
		})
	}
}

// TestTouchesAccess: the address that management connects to lies on the bridge's future port's sibling, on
// the uplink, or beyond the tunnel.
func TestTouchesAccess(t *testing.T) {
	b := backend()
	spec := strings.Replace(branchSpec("dr", "1.4", 1), "      asn = 65010\n    }", "      asn = 65010\n    }\n    ssh {\n      host = \"192.0.2.1\"\n      in_band = true\n    }", 1)
	x, want := hub(t, b, spec)
	p := x.diff(want)
	touched := func(path ...string) bool {
		return slices.ContainsFunc(p.Steps(), func(s plan.Step) bool {
			return len(s.Path) >= len(path) && slices.Equal(s.Path[:len(path)], path) && slices.Contains(s.Impact, plan.TouchesAccess)
		})
	}
	if !touched("interfaces", "vti", "vti1") || !touched("vpn", "ipsec") {
		t.Error("a gateway that is managed through the tunnel: changes of the tunnel touch management")
	}
	if touched("interfaces", "bridge") {
		t.Error("the bridge is not the way")
	}
	x, want = hub(t, b, strings.Replace(spec, "in_band = true", "in_band = false", 1))
	x.tree.Put(x.g, "interfaces", "ethernet", "eth1", "vif", "7", "address", "192.0.2.1/24")
	p = x.diff(want)
	if !touched("interfaces", "bridge", "br5001", "member", "interface", "eth1") && !touched("interfaces", "ethernet", "eth1") {
		t.Error("management by a VLAN of the NIC that becomes a bridge port")
	}
}

// TestTouchesAccessOverTheStretch: who is on the bridge of a stretch is cut off by what happens to its ports, and an
// address of the tunnel is one beyond the tunnel whether that is written or not.
func TestTouchesAccessOverTheStretch(t *testing.T) {
	for _, rel := range []string{"1.2", "1.4"} {
		b := backend()
		managed := func(host string) string {
			return strings.Replace(branchSpec("dr", rel, 1), "      asn = 65010\n    }", "      asn = 65010\n    }\n    ssh {\n      host = \""+host+"\"\n    }", 1)
		}
		touched := func(p *plan.Plan, path ...string) bool {
			return slices.ContainsFunc(p.Steps(), func(s plan.Step) bool {
				return in(s.Path, path) && slices.Contains(s.Impact, plan.TouchesAccess)
			})
		}
		x, want := hub(t, b, managed("192.168.11.253"))
		x.do(x.diff(want).Steps())
		spec := strings.NewReplacer(`subnet  = "192.168.11.0/24"`, "subnet = \"192.168.11.0/24\"\n  host_mtu = 1460").Replace(managed("192.168.11.253"))
		y, want := hub(t, b, spec)
		x.n = y.n
		p := x.diff(want)
		if !touched(p, "interfaces", "vxlan", "vxlan5001") || !touched(p, "interfaces", "ethernet", "eth1") || touched(p, "vpn") {
			t.Errorf("%s: on the bridge: %v", rel, p.Steps())
		}
		x, want = hub(t, b, managed("169.254.101.1"))
		if p := x.diff(want); !touched(p, "interfaces", "vti", "vti1") || !touched(p, "vpn") || !x.n.SSH.InBand {
			t.Errorf("%s: an address of the VTI", rel)
		}
	}
}

// in reports whether a path begins with another.
func in(path, with []string) bool {
	return len(path) >= len(with) && slices.Equal(path[:len(with)], with)
}
