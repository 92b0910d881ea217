package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func commands(t *testing.T, src string, g Grammar) *Tree {
	t.Helper()
	tree, err := ParseString("test", src, ParseOptions{Form: FormCommands, Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestInterpreter(t *testing.T) {
	for _, tt := range []struct {
		name, release, src, want string
	}{
		{"one value replaces", "1.4", "set interfaces bridge br1 mtu 1500\nset interfaces bridge br1 mtu 1400\n", "set interfaces bridge br1 mtu '1400'\n"},
		{"many add", "1.4", "set interfaces bridge br1 address a/8\nset interfaces bridge br1 address b/8\n",
			"set interfaces bridge br1 address 'a/8'\nset interfaces bridge br1 address 'b/8'\n"},
		{"remote holds one value in 1.2", "1.2", "set interfaces vxlan vxlan1 remote 1.1.1.1\nset interfaces vxlan vxlan1 remote 2.2.2.2\n",
			"set interfaces vxlan vxlan1 remote '2.2.2.2'\n"},
		{"a value set again is the last", "1.4", "set interfaces bridge br1 mtu 1\nset interfaces bridge br1 mtu 2\nset interfaces bridge br1 mtu 1\n",
			"set interfaces bridge br1 mtu '1'\n"},
		{"a leaf goes with its last value", "1.4", "set interfaces bridge br1 address a/8\nset interfaces bridge br1 stp\ndelete interfaces bridge br1 address a/8\n",
			"set interfaces bridge br1 stp\n"},
		{"an instance stays without leaves", "1.4", "set interfaces bridge br1 stp\ndelete interfaces bridge br1 stp\n", "set interfaces bridge br1\n"},
		{"a tag goes with its last instance", "1.4", "set interfaces bridge br1\ndelete interfaces bridge br1\n", "set interfaces\n"},
		{"a node stays", "1.4", "set protocols bgp parameters router-id 1.1.1.1\ndelete protocols bgp parameters router-id\n", "set protocols bgp parameters\n"},
		{"deleting nothing", "1.4", "set interfaces bridge br1 stp\ndelete interfaces bridge br2\n", "set interfaces bridge br1 stp\n"},
		{"deleting another value", "1.4", "set interfaces bridge br1 mtu 1500\ndelete interfaces bridge br1 mtu 1400\n", "set interfaces bridge br1 mtu '1500'\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, text(commands(t, tt.src, grammar(t, tt.release)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const someCommands = `set interfaces bridge br1 address '10.0.0.1/24'
set interfaces bridge br1 member interface eth1
set interfaces bridge br1 mtu '1500'
set interfaces bridge br2 stp
set system host-name 'a'
comment system 'mine'
`

func TestSubtrees(t *testing.T) {
	g := grammar(t, "1.4")
	tree := commands(t, someCommands, g)
	part := tree.Extract([]string{"interfaces", "bridge", "br1", "member"}, []string{"system"}, []string{"nowhere"})
	want := "set interfaces bridge br1 member interface eth1\nset system host-name 'a'\ncomment system 'mine'\n"
	if diff := cmp.Diff(want, text(part)); diff != "" {
		t.Errorf("extract (-want +got):\n%s", diff)
	}
	if whole := tree.Extract(nil); !Equal(tree, whole) {
		t.Errorf("extracting all gives\n%s", text(whole))
	}
	n, _ := tree.Find("interfaces", "bridge", "br2", "stp")
	n.Remove()
	if _, ok := tree.Find("interfaces", "bridge", "br2"); ok {
		t.Error("br2 is left with nothing and stays")
	}
	over := commands(t, "set interfaces bridge br1 mtu 1400\nset interfaces bridge br1 address '10.0.0.2/24'\nset interfaces bridge br3\n", g)
	tree.Overlay(g, over)
	want = `set interfaces bridge br1 address '10.0.0.1/24'
set interfaces bridge br1 address '10.0.0.2/24'
set interfaces bridge br1 member interface eth1
set interfaces bridge br1 mtu '1400'
set interfaces bridge br3
set system host-name 'a'
comment system 'mine'
`
	if diff := cmp.Diff(want, text(tree)); diff != "" {
		t.Errorf("overlay (-want +got):\n%s", diff)
	}
	if !EqualAt(tree, over, "nowhere") || EqualAt(tree, over, "system") || EqualAt(tree, over, "interfaces", "bridge", "br1") || !EqualAt(tree, part, "system") {
		t.Error("EqualAt is wrong")
	}
	count := 0
	for range tree.Root().Terminals() {
		count++
	}
	if count != 6 {
		t.Errorf("%d terminals", count)
	}
	tree.Root().Remove()
	if !tree.Empty() {
		t.Error("the root keeps what it had")
	}
}

func TestSecretsInTrees(t *testing.T) {
	g := grammar(t, "1.4")
	compiled := New()
	compiled.Ensure("vpn", "ipsec", "authentication", "psk", "A").Secret("secret", "psk")
	running := commands(t, "set vpn ipsec authentication psk A secret 'abc'\n", g)
	same := func(ref, value string) bool { return ref == "psk" && value == "abc" }
	if d := Diff(running, compiled, DiffOptions{Grammar: g, SameSecret: same}); !d.Empty() {
		t.Errorf("the same secret differs:\n%s", lines(d))
	}
	d := Diff(running, compiled, DiffOptions{Grammar: g})
	out, err := d.AppendCommands(nil, PrintOptions{Secrets: SecretsMark})
	if err != nil {
		t.Fatal(err)
	}
	if want := "# needs secret psk: set vpn ipsec authentication psk A secret ***\n"; string(out) != want {
		t.Errorf("got %s", out)
	}
	back := Diff(compiled, running, DiffOptions{Grammar: g})
	if out, err = back.AppendCommands(nil, PrintOptions{Mask: true}); err != nil || string(out) != "# needs secret: set vpn ipsec authentication psk A secret ***\n" {
		t.Errorf("got %s, %v", out, err)
	}
	got := running.Clone()
	got.Apply(g, d)
	if !Equal(got, compiled) {
		t.Errorf("applied: %s", text(got))
	}
	for _, tt := range []struct {
		path   []string
		secret bool
	}{
		{[]string{"vpn", "ipsec", "authentication", "psk", "A", "secret"}, true},
		{[]string{"vpn", "ipsec", "authentication", "psk", "A", "secret", "abc"}, true},
		{[]string{"vpn", "ipsec", "authentication", "psk", "A", "id"}, false},
		{[]string{"vpn", "ipsec", "nowhere", "secret"}, false},
	} {
		if _, secret := Lookup(g, tt.path...); secret != tt.secret {
			t.Errorf("%v: secret is %v", tt.path, secret)
		}
	}
}
