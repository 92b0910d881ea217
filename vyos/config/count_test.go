package config

import (
	"fmt"
	"testing"
)

// fabric builds n stretches as a release has them: for each a bridge, a VXLAN interface and a VLAN of eth1.
func fabric(release string, n int) *Tree {
	t := New()
	t.Ensure("interfaces", "ethernet", "eth0").Leaf("address", "203.0.113.10/24")
	t.Ensure("interfaces", "ethernet", "eth1").Leaf("description", "inside")
	for i := range n {
		addStretch(t, release, i)
	}
	return t
}

// addStretch adds stretch i: 12 commands in 1.2, 13 in later releases.
func addStretch(t *Tree, release string, i int) {
	bridge, vni := fmt.Sprint("br", i), fmt.Sprint(5000+i)
	br := t.Ensure("interfaces", "bridge", bridge)
	br.Leaf("address", fmt.Sprintf("10.%d.%d.253/24", i/250, i%250)).Leaf("description", "l2stretch "+bridge).Leaf("aging", "300")
	vx := t.Ensure("interfaces", "vxlan", "vxlan"+vni)
	vx.Leaf("vni", vni).Leaf("remote", "169.254.100.2").Leaf("mtu", "1500").Leaf("description", "l2stretch "+bridge)
	vif := t.Ensure("interfaces", "ethernet", "eth1", "vif", fmt.Sprint(i))
	if release == "1.2" {
		br.Leaf("stp", "false")
		vx.Leaf("remote-port", "4789")
		vx.Ensure("bridge-group").Leaf("bridge", bridge)
		vif.Ensure("bridge-group").Leaf("bridge", bridge)
		vif.Leaf("description", bridge)
		return
	}
	br.Leaf("mtu", "1500")
	br.Ensure("ip").Flag("disable-forwarding")
	br.Ensure("member", "interface", "vxlan"+vni)
	br.Ensure("member", "interface", fmt.Sprint("eth1.", i))
	vx.Leaf("source-address", "169.254.100.1")
	vif.Leaf("description", bridge)
}

// TestCounts compares the number of commands with what was derived by hand, for 1,000 and 10,000 stretches of
// which 1 % change, go or come.
func TestCounts(t *testing.T) {
	type edit func(t *Tree, release string, i int)
	bridge := func(t *Tree, i int) Node { return t.Ensure("interfaces", "bridge", fmt.Sprint("br", i)) }
	vxlan := func(t *Tree, i int) Node { return t.Ensure("interfaces", "vxlan", fmt.Sprint("vxlan", 5000+i)) }
	remove := func(n Node, name string) {
		if c, ok := n.Child(name); ok {
			c.Remove()
		}
	}
	kinds := []struct {
		name string
		edit edit
		// commands for each stretch that is touched, and phases, in 1.2 and in later releases
		old, oldPhases, new, newPhases int
	}{
		{"nothing", func(t *Tree, _ string, i int) {}, 0, 0, 0, 0},
		// A leaf that holds one value: set. The MTU can change in place, in 1.2 too.
		{"mtu of a VXLAN", func(t *Tree, _ string, i int) { vxlan(t, i).Set("mtu", "1450") }, 1, 1, 1, 1},
		{"description of a bridge", func(t *Tree, _ string, i int) { bridge(t, i).Set("description", "new") }, 1, 1, 1, 1},
		// A leaf that holds many: the old value goes, the new one comes.
		{"address of a bridge", func(t *Tree, _ string, i int) { bridge(t, i).Set("address", "192.0.2.1/24") }, 2, 1, 2, 1},
		{"a second address", func(t *Tree, _ string, i int) { bridge(t, i).Leaf("address", "192.0.2.1/24") }, 1, 1, 1, 1},
		// 1.2 makes the interface anew: delete it and commit, then its six leaves.
		{"VNI", func(t *Tree, _ string, i int) { vxlan(t, i).Set("vni", fmt.Sprint(90000+i)) }, 1 + 6, 2, 1, 1},
		// One value in 1.2, where the interface is made anew; many later: delete the old, set the new.
		{"remote", func(t *Tree, _ string, i int) { vxlan(t, i).Set("remote", "169.254.100.6") }, 1 + 6, 2, 2, 1},
		{"VNI, MTU and address", func(t *Tree, _ string, i int) {
			vxlan(t, i).Set("vni", fmt.Sprint(90000+i)).Set("mtu", "1450")
			bridge(t, i).Set("address", "192.0.2.1/24")
		}, 1 + 6 + 2, 2, 1 + 1 + 2, 1},
		// A value goes with its leaf, a leaf with the node that held nothing else.
		{"aging goes", func(t *Tree, _ string, i int) { remove(bridge(t, i), "aging") }, 1, 1, 1, 1},
		{"stp", func(t *Tree, release string, i int) {
			if release == "1.2" {
				bridge(t, i).Set("stp", "true")
			} else {
				bridge(t, i).Flag("stp")
			}
		}, 1, 1, 1, 1},
		// The only port in 1.2 is a leaf of the VLAN; later one of two instances of a tag goes, the other stays.
		{"the NIC leaves the bridge", func(t *Tree, release string, i int) {
			if release == "1.2" {
				remove(t.Ensure("interfaces", "ethernet", "eth1", "vif", fmt.Sprint(i)), "bridge-group")
			} else {
				remove(bridge(t, i).Ensure("member", "interface"), fmt.Sprint("eth1.", i))
			}
		}, 1, 1, 1, 1},
		// Bridge, VXLAN and VLAN go whole: three deletions.
		{"a stretch goes", func(t *Tree, _ string, i int) {
			remove(t.Ensure("interfaces", "bridge"), fmt.Sprint("br", i))
			remove(t.Ensure("interfaces", "vxlan"), fmt.Sprint("vxlan", 5000+i))
			remove(t.Ensure("interfaces", "ethernet", "eth1", "vif"), fmt.Sprint(i))
		}, 3, 1, 3, 1},
		// Every leaf of a new one is set.
		{"a stretch comes", func(t *Tree, release string, i int) { addStretch(t, release, 100000+i) }, 12, 1, 13, 1},
	}
	for _, release := range []string{"1.2", "1.3", "1.4", "1.5"} {
		g := grammar(t, release)
		for _, n := range []int{1000, 10000} {
			old := fabric(release, n)
			old.Resolve(g)
			for _, tt := range kinds {
				changed := old.Clone()
				for i := 0; i < n; i += 100 {
					tt.edit(changed, release, i)
				}
				perStretch, phases := tt.new, tt.newPhases
				if release == "1.2" {
					perStretch, phases = tt.old, tt.oldPhases
				}
				d := Diff(old, changed, DiffOptions{Grammar: g})
				if d.Len() != perStretch*n/100 || len(d.Phases) != phases || d.Unknown != 0 {
					t.Errorf("%s, %s, %d stretches: %d commands in %d phases, %d unknown; want %d in %d",
						tt.name, release, n, d.Len(), len(d.Phases), d.Unknown, perStretch*n/100, phases)
				}
				got := old.Clone()
				got.Apply(g, d)
				if !Equal(got, changed) {
					t.Errorf("%s, %s, %d stretches: applied it is something else", tt.name, release, n)
				}
			}
		}
	}
	g := grammar(t, "1.4")
	all := fabric("1.4", 1000)
	bare := fabric("1.4", 0)
	if d := Diff(all, bare, DiffOptions{Grammar: g}); d.Len() != 3 {
		t.Errorf("removing all stretches takes %d commands, want 3:\n%s", d.Len(), lines(d))
	}
	if d := Diff(all, New(), DiffOptions{Grammar: g}); d.Len() != 1 {
		t.Errorf("removing everything takes %d commands, want 1", d.Len())
	}
}

// TestPhases shows what 1.2 cannot change in place.
func TestPhases(t *testing.T) {
	g := grammar(t, "1.2")
	old := commands(t, "set interfaces vxlan vxlan1 vni 1\nset interfaces vxlan vxlan1 remote 1.1.1.1\nset interfaces bridge br1\nset interfaces ethernet eth1 bridge-group bridge br1\n"+
		"set protocols bgp 65010 neighbor 10.0.0.1 remote-as 65020\nset vpn ipsec logging log-level 1\n", g)
	new := commands(t, "set interfaces vxlan vxlan1 vni 2\nset interfaces vxlan vxlan1 remote 1.1.1.1\nset interfaces bridge br2\nset interfaces ethernet eth1 bridge-group bridge br2\n"+
		"set protocols bgp 65011 neighbor 10.0.0.1 remote-as 65020\n", g)
	want := `delete interfaces vxlan vxlan1
commit
delete vpn
delete protocols bgp 65010
delete interfaces bridge br1
set interfaces bridge br2
set interfaces ethernet eth1 bridge-group bridge 'br2'
set interfaces vxlan vxlan1 remote '1.1.1.1'
set interfaces vxlan vxlan1 vni '2'
set protocols bgp 65011 neighbor 10.0.0.1 remote-as '65020'
`
	if got := lines(Diff(old, new, DiffOptions{Grammar: g, Order: DebianVersion})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
