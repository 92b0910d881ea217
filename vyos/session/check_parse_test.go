package session

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// capture is what a genuine 1.4 printed.
func capture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/captures/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// healthy is the output of a command on a pair with everything up; the n-th time that it was run.
func healthy(t testing.TB, command string) string {
	t.Helper()
	_, rest, ok := strings.Cut(capture(t, "health-established.txt"), " :: "+command+"\n")
	if !ok {
		t.Fatalf("%q was not recorded", command)
	}
	text, _, _ := strings.Cut(rest, "\n### rc=")
	return text
}

func TestParseListSAs(t *testing.T) {
	got := parseListSAs(healthy(t, "sudo swanctl --list-sas --raw"))
	sa := func(age time.Duration, initiator bool, child childSA) ikeSA {
		return ikeSA{name: "PEER", state: "ESTABLISHED", local: "192.0.2.1", remote: "192.0.2.2", age: age, initiator: initiator, children: []childSA{child}}
	}
	want := []ikeSA{
		sa(49*time.Second, false, childSA{name: "PEER-vti", state: "INSTALLED", spiIn: "c79474f6", age: 49 * time.Second, aged: true}),
		sa(7*time.Second, true, childSA{name: "PEER-vti", state: "INSTALLED", spiIn: "cc37ec91", age: 26 * time.Second, aged: true, packetsIn: 5}),
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(ikeSA{}, childSA{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestParseVici(t *testing.T) {
	p := viciParser{text: "a {k=pre-shared key l=[x y] empty= sub {z=1}} b=2}"}
	s := p.section(0)
	if s.values["b"] != "2" || s.sub["a"] == nil || s.sub["a"].values["k"] != "pre-shared key" || s.sub["a"].values["l"] != "[x y]" || s.sub["a"].sub["sub"].values["z"] != "1" {
		t.Errorf("%+v %+v", s, s.sub["a"])
	}
	if got := (&viciParser{text: strings.Repeat("a {", 100000)}).section(0); got == nil {
		t.Error("nothing")
	}
}

func TestParseStatusAll(t *testing.T) {
	const text = `Status of IKE charon daemon (strongSwan 5.7.2, Linux 4.19.0, x86_64):
  uptime: 2 hours, since Nov 22 10:00:00 2026
Connections:
peer-192.0.2.2-tunnel-vti:  192.0.2.1...192.0.2.2  IKEv2, dpddelay=10s
Security Associations (1 up, 0 connecting):
peer-192.0.2.2-tunnel-vti[7]: ESTABLISHED 12 minutes ago, 192.0.2.1[192.0.2.1]...192.0.2.2[192.0.2.2]
peer-192.0.2.2-tunnel-vti[7]: IKEv2 SPIs: aa_i* bb_r, rekeying in 7 hours
peer-192.0.2.2-tunnel-vti{9}:  INSTALLED, TUNNEL, reqid 1, ESP in UDP SPIs: c3a1b2c4_i cafebabe_o
peer-192.0.2.2-tunnel-vti{9}:  AES_CBC_256/HMAC_SHA2_256_128, 0 bytes_i, 0 bytes_o
`
	want := []ikeSA{{name: "peer-192.0.2.2-tunnel-vti", state: "ESTABLISHED", local: "192.0.2.1", remote: "192.0.2.2", age: 12 * time.Minute, coarse: true, encap: true,
		children: []childSA{{name: "peer-192.0.2.2-tunnel-vti", state: "INSTALLED", spiIn: "c3a1b2c4", encap: true}}}}
	if d := cmp.Diff(want, parseStatusAll(text), cmp.AllowUnexported(ikeSA{}, childSA{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestParseLink(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       link
		ok         bool
	}{
		{"JSON", healthy(t, "ip -j -d link show vxlan1"), link{"vxlan1", true, true, 1350, "br1"}, true},
		{"JSON of a VTI", healthy(t, "ip -j -d link show vti1"), link{"vti1", true, true, 1400, ""}, true},
		{"a line", "6: vti1@NONE: <NOARP,UP,LOWER_UP> mtu 1400 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/none", link{"vti1", true, true, 1400, ""}, true},
		{"a port", "5: eth1@p1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop master br5010 state DOWN", link{"eth1", false, false, 1500, "br5010"}, true},
		{"absent", `Device "vti9" does not exist.`, link{}, false},
		{"nothing", "", link{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parseLink(tt.text)
			if got != tt.want || ok != tt.ok {
				t.Errorf("%+v %v, want %+v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestParseFDB(t *testing.T) {
	got, ok := parseFDB(capture(t, "bridge-j-fdb.json"))
	if !ok || len(got) != 40 {
		t.Fatalf("%d entries", len(got))
	}
	if macs := learnedOn(got, "br5010", "eth1"); !slices.Equal(macs, []string{"7e:99:df:5c:48:d7"}) {
		t.Errorf("learned on eth1: %v", macs)
	}
	if macs := learnedOn(got, "br5010", "vxlan5010"); len(macs) != 0 {
		t.Errorf("learned on vxlan5010: %v", macs)
	}
	const lines = `7e:99:df:5c:48:d7 dev eth1 master br5010
ae:58:50:4b:77:f3 dev eth1 master br5010 permanent
33:33:00:00:00:01 dev eth1 self permanent
52:54:00:00:00:99 dev vxlan5010 master br5010
52:54:00:00:00:99 dev vxlan5010 dst 169.254.100.2 self
`
	text, ok := parseFDB(lines)
	if !ok || !slices.Equal(learnedOn(text, "br5010", "eth1"), []string{"7e:99:df:5c:48:d7"}) || portOf(text, "br5010", "52:54:00:00:00:99") != "vxlan5010" || text[4].dst != "169.254.100.2" {
		t.Errorf("%+v %v", text, ok)
	}
	if _, ok := parseFDB("Cannot find bridge device"); ok {
		t.Error("an error message is a table")
	}
	if e, ok := parseFDB(""); !ok || len(e) != 0 {
		t.Error("an empty table is none")
	}
}

func TestParseNeighbor(t *testing.T) {
	n, ok := parseNeighbor(capture(t, "bgp-neighbors.json"), "169.254.100.2")
	if !ok || n.state != "Active" || n.hold != 30*time.Second || n.heard != 27*time.Second || n.reset != "Waiting for NHT" || n.accepted != 0 {
		t.Errorf("%+v %v", n, ok)
	}
	if _, ok := parseNeighbor(`{"bgpNoSuchNeighbor":true}`, "169.254.100.2"); ok {
		t.Error("a neighbor that is not there")
	}
	n, ok = parseNeighbor("% warning [x]\n"+`{"10.255.0.2":{"bgpState":"Established","bgpTimerUpMsec":4000,"bgpTimerLastRead":99999999999999999,"addressFamilyInfo":{"ipv4Unicast":{"acceptedPrefixCounter":3}}}}`, "10.255.0.2")
	if !ok || n.state != "Established" || n.up != 4*time.Second || n.accepted != 3 || n.heard <= 0 {
		t.Errorf("%+v %v", n, ok)
	}
}

func TestParseReceived(t *testing.T) {
	got, ok := parseReceived(healthy(t, "sudo vtysh -c show bgp ipv4 unicast neighbors 10.255.0.2 advertised-routes json"))
	if !ok || !slices.Equal(got, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}) {
		t.Errorf("%v %v", got, ok)
	}
}

func TestParsePing(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       ping
	}{
		{"fits", healthy(t, "ping -M do -s 1372 -c 2 -i 0.2 -W 1 10.255.0.2"), ping{sent: 2, received: 2}},
		{"one too many", healthy(t, "ping -M do -s 1373 -c 2 -i 0.2 -W 1 10.255.0.2"), ping{sent: 2, tooLong: 1400}},
		{"told on the way", "From 192.168.10.254 icmp_seq=1 Frag needed and DF set (mtu = 1396)\n\n3 packets transmitted, 0 received, +1 errors, 100% packet loss", ping{sent: 3, fragNeeded: 1396}},
		{"told by IPv6", "From fe80::1 icmp_seq=1 Packet too big: mtu=1376\n\n3 packets transmitted, 0 received", ping{sent: 3, fragNeeded: 1376}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parsePing(tt.text)
			if got != tt.want || !ok {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
	if _, ok := parsePing("ping: unknown host"); ok {
		t.Error("an error is a count")
	}
}

func TestParseArping(t *testing.T) {
	got := parseArping(healthy(t, "arping -c 2 -I br1 10.50.0.2"), "10.50.0.2")
	if !slices.Equal(got, []string{"c6:33:f9:08:ef:8a"}) {
		t.Errorf("iputils: %v", got)
	}
	const habets = `ARPING 10.50.0.2
42 bytes from c6:33:f9:08:ef:8a (10.50.0.2): index=0 time=5.2 msec
42 bytes from C6:33:F9:08:EF:8B (10.50.0.2): index=1 time=6.2 msec
42 bytes from c6:33:f9:08:ef:8c (10.50.0.3): index=2 time=6.2 msec
`
	if got := parseArping(habets, "10.50.0.2"); !slices.Equal(got, []string{"c6:33:f9:08:ef:8a", "c6:33:f9:08:ef:8b"}) {
		t.Errorf("Habets: %v", got)
	}
}

func TestParseCandidates(t *testing.T) {
	const text = `{"169.254.100.0/30":[{"prefix":"169.254.100.0/30","protocol":"connected","selected":true,"nexthops":[{"directlyConnected":true,"interfaceName":"vti1"}]},
{"prefix":"169.254.100.0/30","protocol":"static","distance":254,"nexthops":[{"unreachable":true,"blackhole":true}]}]}`
	got, ok := parseCandidates(text, "169.254.100.0/30")
	want := []candidate{{"connected", true, 0, false}, {"static", false, 254, true}}
	if !ok || !slices.Equal(got, want) {
		t.Errorf("%+v %v", got, ok)
	}
}

// FuzzParsers feeds what a device could say to every parser.
func FuzzParsers(f *testing.F) {
	f.Add(healthy(f, "sudo swanctl --list-sas --raw"))
	f.Add(healthy(f, "ip -j -d link show vti1"))
	f.Add(healthy(f, "arping -c 2 -I br1 10.50.0.2"))
	f.Add(capture(f, "bgp-neighbors.json"))
	f.Add("@ sas 0 bGlzdC1zYSBldmVudCB7\n@ x y z\n")
	f.Add("blackhole 10.0.0.0/8 proto static\n10.0.0.1 dev eth0\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, sa := range append(parseListSAs(text), parseStatusAll(text)...) {
			if sa.age < 0 {
				t.Errorf("an age of %s", sa.age)
			}
		}
		if n, ok := parseNeighbor(text, "169.254.100.2"); ok && (n.up < 0 || n.heard < 0) {
			t.Errorf("%+v", n)
		}
		if entries, ok := parseFDB(text); ok {
			for _, e := range entries {
				if len(e.mac) != 17 {
					t.Errorf("MAC address %q", e.mac)
				}
			}
		}
		for _, m := range parseArping(text, "10.50.0.2") {
			if macOf(m) != m {
				t.Errorf("MAC address %q", m)
			}
		}
		if p, ok := parsePing(text); ok && (p.sent < 0 || p.received < 0) {
			t.Errorf("%+v", p)
		}
		parseLink(text)
		parseReceived(text)
		parseCandidates(text, "10.0.0.0/8")
		parseRoutes(text)
		parseNeigh(text, "fe80::1")
		dropRule(text, "169.254.100.2", "!vti1")
		parseLearned(text, "br5010")
		all, _ := parseOutputs([]byte(text))
		for name, l := range looks() {
			if f := l.judge(args{}, all, 0); f.State == "" {
				t.Errorf("%s has no state", name)
			}
		}
		if s := excerpt(text); strings.ContainsAny(s, "\x1b\n\r\u202e") || len([]rune(s)) > 163 {
			t.Errorf("excerpt %q", s)
		}
	})
}
