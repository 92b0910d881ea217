package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func stretch(t *Tree) {
	br := t.Ensure("interfaces", "bridge", "br5010")
	br.Leaf("mtu", "1500").Leaf("address", "192.168.10.253/24").Leaf("description", "l2stretch dr/app")
	br.Ensure("ip").Flag("disable-forwarding")
	br.Ensure("member", "interface", "vxlan5010")
	br.Ensure("member", "interface", "eth1")
	psk := t.Ensure("vpn", "ipsec", "authentication", "psk", "L2S-dr")
	psk.Leaf("id", "203.0.113.10").Leaf("id", "198.51.100.20").Leaf("id", "203.0.113.10").Secret("secret", "psk")
	t.Ensure("interfaces", "loopback", "lo")
}

func TestBuildAndPrintCommands(t *testing.T) {
	tree := New()
	stretch(tree)
	want := `set interfaces bridge br5010 address '192.168.10.253/24'
set interfaces bridge br5010 description 'l2stretch dr/app'
set interfaces bridge br5010 ip disable-forwarding
set interfaces bridge br5010 member interface eth1
set interfaces bridge br5010 member interface vxlan5010
set interfaces bridge br5010 mtu '1500'
set interfaces loopback lo
set vpn ipsec authentication psk L2S-dr id '203.0.113.10'
set vpn ipsec authentication psk L2S-dr id '198.51.100.20'
`
	secret := "set vpn ipsec authentication psk L2S-dr secret "
	reveal := func(ref string) ([]byte, error) { return []byte("key of " + ref), nil }
	for _, tt := range []struct {
		name string
		opts PrintOptions
		want string
	}{
		{"mark", PrintOptions{Secrets: SecretsMark}, want + "# needs secret psk: " + secret + "***\n"},
		{"omit", PrintOptions{Secrets: SecretsOmit}, want},
		{"reference", PrintOptions{Secrets: SecretsByName}, want + secret + "'secret:psk'\n"},
		{"reveal", PrintOptions{Reveal: reveal}, want + secret + "'key of psk'\n"},
		{"header", PrintOptions{Secrets: SecretsOmit, Header: "one\ntwo\n"}, "# one\n# two\n" + want},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tree.AppendCommands(nil, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := tree.AppendCommands(nil, PrintOptions{}); !errors.Is(err, ErrSecret) {
		t.Errorf("got %v, want ErrSecret", err)
	}
	if _, err := tree.AppendText(nil, PrintOptions{}); !errors.Is(err, ErrSecret) {
		t.Errorf("got %v, want ErrSecret", err)
	}
}

func TestPrintSubtree(t *testing.T) {
	tree := New()
	stretch(tree)
	n, ok := tree.Find("interfaces", "bridge", "br5010", "member")
	if !ok {
		t.Fatal("not found")
	}
	got, err := n.AppendCommands(nil, PrintOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := "set interfaces bridge br5010 member interface eth1\nset interfaces bridge br5010 member interface vxlan5010\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadTree(t *testing.T) {
	tree := New()
	stretch(tree)
	br, ok := tree.Find("interfaces", "bridge", "br5010")
	if !ok {
		t.Fatal("no br5010")
	}
	if v, ok := br.Value("mtu"); v != "1500" || !ok {
		t.Errorf("mtu is %q, %v", v, ok)
	}
	if diff := cmp.Diff([]string{"interfaces", "bridge", "br5010"}, br.Path()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := br.Find("member", "interface", "eth2"); ok {
		t.Error("found what is not there")
	}
	psk, _ := tree.Find("vpn", "ipsec", "authentication", "psk", "L2S-dr")
	if diff := cmp.Diff([]string{"203.0.113.10", "198.51.100.20"}, psk.Values("id")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	br.Set("mtu", "1400").Set("mtu", "1300")
	if diff := cmp.Diff([]string{"1300"}, br.Values("mtu")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManyChildren(t *testing.T) {
	tree := New()
	bridges := tree.Ensure("interfaces", "bridge")
	for i := range 3000 {
		bridges.Ensure("br" + itoa(i*7%3000))
	}
	for i := range 3000 {
		if _, ok := bridges.Child("br" + itoa(i)); !ok {
			t.Fatalf("br%d is lost", i)
		}
	}
	if _, ok := bridges.Child("br3000"); ok {
		t.Error("found what is not there")
	}
	out, err := tree.AppendCommands(nil, PrintOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), "\n"); n != 3000 {
		t.Errorf("%d lines", n)
	}
	if !strings.HasSuffix(string(out), "br2998\nset interfaces bridge br2999\n") {
		t.Errorf("wrong end: %q", out[len(out)-60:])
	}
}

func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		order Order
		words string // in order
	}{
		{LexicalNumeric, "eth2 eth10 eth10.5 eth10.20 ethx"},
		{LexicalNumeric, "10.0.0.0/8 10.0.0.0/16 10.0.1.0/24 10.0.10.0/24 192.0.2.0/24"},
		{LexicalNumeric, "5 10 100 A a a-b a0 aa é"},
		{LexicalNumeric, "eth1 eth01x eth1x eth2"},
		{DebianVersion, "a~ a a0 aa a- a_"},
		{DebianVersion, "eth2 eth10 eth10.5 eth10.20"},
		{DebianVersion, "bridge ethernet loopback vti vxlan"},
		{DebianVersion, "disable disable-forwarding"},
	} {
		words := strings.Fields(tt.words)
		for i := range words {
			for j := range words {
				got := tt.order.Compare(words[i], words[j])
				if want := i - j; sign(got) != sign(want) {
					t.Errorf("order %d: compare %q with %q: %d", tt.order, words[i], words[j], got)
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		in          string
		value, name error
	}{
		{"", nil, ErrEmpty},
		{"plain", nil, nil},
		{"10.0.0.0/8", nil, nil},
		{"two words", nil, ErrSpace},
		{"tab\there", nil, ErrSpace},
		{"it's", ErrQuote, ErrQuote},
		{`say"hi"`, ErrQuote, ErrQuote},
		{"a\nb", ErrControl, ErrSpace},
		{"a\x00b", ErrControl, ErrControl},
		{"a\x1bb", ErrControl, ErrControl},
		{"a\x7fb", ErrControl, ErrControl},
		{"\u0085", ErrControl, ErrControl},
		{"a\xffb", ErrUTF8, ErrUTF8},
		{"é", nil, nil},
		{`back\slash`, nil, ErrName},
		{"$d `x` |;<>{}", nil, ErrName},
		{"#comment", nil, ErrName},
		{"no#comment", nil, nil},
		{"/* */", nil, ErrName},
		{"@peer", nil, nil},
	} {
		if got := CheckValue(tt.in); got != tt.value {
			t.Errorf("CheckValue(%q) = %v, want %v", tt.in, got, tt.value)
		}
		if got := CheckName(tt.in); got != tt.name {
			t.Errorf("CheckName(%q) = %v, want %v", tt.in, got, tt.name)
		}
		q, err := Quote(tt.in)
		if err == nil && q != "'"+tt.in+"'" || err != nil && err != tt.value {
			t.Errorf("Quote(%q) = %q, %v", tt.in, q, err)
		}
	}
}

func TestRefuseInCommands(t *testing.T) {
	tree := New()
	tree.Ensure("interfaces", "ethernet", "eth0").Leaf("description", "it's")
	_, err := tree.AppendCommands(nil, PrintOptions{})
	if !errors.Is(err, ErrQuote) || err.Error() != "interfaces ethernet eth0 description: a quote character cannot stand in a VyOS value" {
		t.Errorf("got %v", err)
	}
	tree = New()
	tree.Ensure("system", "login", "user", "two\nlines").Flag("x")
	if _, err := tree.AppendCommands(nil, PrintOptions{}); !errors.Is(err, ErrControl) {
		t.Errorf("got %v", err)
	}
}

func TestZeroTree(t *testing.T) {
	var tree Tree
	if !tree.Empty() || !tree.Root().Empty() {
		t.Error("zero tree is not empty")
	}
	if _, ok := tree.Find("a"); ok {
		t.Error("found a")
	}
	for range tree.Root().Children() {
		t.Error("zero tree has a child")
	}
	if out, err := tree.AppendJSON(nil, PrintOptions{}); string(out) != "{}\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	tree.Ensure("a").Leaf("b", "")
	if out, err := tree.AppendCommands(nil, PrintOptions{}); string(out) != "set a b ''\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}
