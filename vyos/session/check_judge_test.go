package session

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A judged is a look at outputs that are given.
type judged struct {
	name   string
	args   args
	out    outputs
	since  time.Duration
	want   plan.State
	says   string // in what was measured or why
	before bool
}

func judgeAll(t *testing.T, check string, cases []judged) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			l, err := lookFor(plan.Check{Name: check, Before: tt.before})
			if err != nil {
				t.Fatal(err)
			}
			f := l.judge(tt.args, tt.out, tt.since)
			if f.State != tt.want || !strings.Contains(f.Measured+" | "+f.Why, tt.says) {
				t.Errorf("%s: %q, %q; want %s with %q", f.State, f.Measured, f.Why, tt.want, tt.says)
			}
			if f.State != plan.Passed && f.Why == "" {
				t.Error("it does not say why")
			}
		})
	}
}

func good(text string) output { return output{0, text} }

// rawSA is the raw form of one SA with children of these ages in seconds.
func rawSA(age int, children ...int) output {
	var b strings.Builder
	fmt.Fprintf(&b, "list-sa event {L2S-dr-dr {uniqueid=1 version=2 state=ESTABLISHED local-host=192.0.2.1 remote-host=192.0.2.2 remote-id=192.0.2.2 established=%d child-sas {", age)
	for i, c := range children {
		fmt.Fprintf(&b, "L2S-dr-dr-vti-%d {name=L2S-dr-dr-vti uniqueid=%d state=INSTALLED spi-in=c00000%02d install-time=%d local-ts=[0.0.0.0/0 ::/0]} ", i, i, c%100, c)
	}
	b.WriteString("}}}\nlist-sas reply {}")
	return good(b.String())
}

// TestN10OneChildSA: none and several are told apart from one, and several right after a negotiation from
// several that stay.
func TestN10OneChildSA(t *testing.T) {
	a := args{"connection": "L2S-dr-dr", "remote": "192.0.2.2", "encap": "false"}
	judgeAll(t, "sa", []judged{
		{name: "one", args: a, out: outputs{"sas": rawSA(40, 40)}, want: plan.Passed, says: "1 child SA"},
		{name: "none at all", args: a, out: outputs{"sas": good("list-sas reply {}")}, want: plan.Waiting, says: "NO_PROPOSAL_CHOSEN"},
		{name: "of another peer", args: a, out: outputs{"sas": good(healthy(t, "sudo swanctl --list-sas --raw"))}, want: plan.Waiting, says: "no IKE SA"},
		{name: "no child", args: a, out: outputs{"sas": rawSA(40)}, want: plan.Waiting, says: "no child SA"},
		{name: "two for a moment", args: a, out: outputs{"sas": rawSA(40, 40, 5)}, want: plan.Waiting, says: "2 child SAs"},
		{name: "two that stay", args: a, out: outputs{"sas": rawSA(400, 400, 40)}, want: plan.Failed, says: "both ends initiate"},
		{name: "captured: both initiate", args: args{"connection": "PEER"}, out: outputs{"sas": good(healthy(t, "sudo swanctl --list-sas --raw"))}, want: plan.Waiting, says: "2 child SAs"},
		{name: "no tool", args: a, out: outputs{"sas": {127, "vbash: swanctl: command not found"}}, want: plan.Skipped, says: "no swanctl"},
		{name: "not a word of it", args: a, out: outputs{}, want: plan.Skipped, says: "not run"},
		{name: "the older tool", args: args{"connection": "peer-192.0.2.2-tunnel-vti"}, out: outputs{"sas": {127, ""}, "sas-old": good(oldSAs)}, want: plan.Passed, says: "1 child SA"},
	})
}

const oldSAs = `Security Associations (1 up, 0 connecting):
peer-192.0.2.2-tunnel-vti[7]: ESTABLISHED 12 seconds ago, 192.0.2.1[192.0.2.1]...192.0.2.2[192.0.2.2]
peer-192.0.2.2-tunnel-vti{9}:  INSTALLED, TUNNEL, reqid 1, ESP SPIs: c3a1b2c4_i cafebabe_o
`

// TestN13OldSA: an SA from before the commit does not pass, however healthy it is.
func TestN13OldSA(t *testing.T) {
	fresh := args{"connection": "L2S-dr-dr", "fresh": "true"}
	judgeAll(t, "sa", []judged{
		{name: "younger", args: fresh, out: outputs{"sas": rawSA(9, 9)}, since: 10 * time.Second, want: plan.Passed},
		{name: "rounded", args: fresh, out: outputs{"sas": rawSA(10, 10)}, since: 9500 * time.Millisecond, want: plan.Passed},
		{name: "older", args: fresh, out: outputs{"sas": rawSA(300, 300)}, since: 10 * time.Second, want: plan.Waiting, says: "older than the commit"},
		{name: "a child from before", args: fresh, out: outputs{"sas": rawSA(9, 300)}, since: 10 * time.Second, want: plan.Waiting, says: "older than the commit"},
		{name: "older, where nothing changed", args: args{"connection": "L2S-dr-dr"}, out: outputs{"sas": rawSA(300, 300)}, since: 10 * time.Second, want: plan.Passed},
		{name: "older, without a commit", args: fresh, out: outputs{"sas": rawSA(300, 300)}, want: plan.Passed},
	})
}

// TestN13Rekey: only another SPI passes.
func TestN13Rekey(t *testing.T) {
	a := args{"connection": "L2S-dr-dr", "child": "L2S-dr-dr-vti"}
	judgeAll(t, "rekey", []judged{
		{name: "another SPI", args: a, out: outputs{"sas": rawSA(40, 40), "rekey": good("rekey completed"), "then": rawSA(43, 2)}, want: plan.Passed, says: "c0000002 after c0000040"},
		{name: "the same", args: a, out: outputs{"sas": rawSA(40, 40), "rekey": {22, "rekey failed"}, "then": rawSA(43, 40)}, want: plan.Failed, says: "PFS"},
		{name: "nothing to rekey", args: a, out: outputs{"sas": rawSA(40), "rekey": good(""), "then": rawSA(40)}, want: plan.Waiting},
		{name: "no tool", args: a, out: outputs{"sas": good(""), "rekey": {127, ""}}, want: plan.Skipped},
	})
}

// TestN12VTIDownWithAnSA: the state that nothing repairs by itself is told from one that passes.
func TestN12VTIDownWithAnSA(t *testing.T) {
	a := args{"interface": "vti1", "connection": "L2S-dr-dr", "mtu": "1400"}
	up, down := healthy(t, "ip -j -d link show vti1"), "6: vti1@NONE: <NOARP> mtu 1400 state DOWN"
	judgeAll(t, "vti", []judged{
		{name: "up", args: a, out: outputs{"link": good(up), "sas": rawSA(40, 40)}, want: plan.Passed, says: "MTU 1400"},
		{name: "another MTU", args: args{"interface": "vti1", "mtu": "1446"}, out: outputs{"link": good(up)}, want: plan.Failed, says: "not 1446"},
		{name: "down without an SA", args: a, out: outputs{"link": good(down), "sas": good("list-sas reply {}")}, want: plan.Waiting},
		{name: "down with an SA of this moment", args: a, out: outputs{"link": good(down), "sas": rawSA(3, 3)}, want: plan.Waiting},
		{name: "down with an SA", args: a, out: outputs{"link": good(down), "sas": rawSA(40, 40)}, want: plan.Failed, says: "repair"},
		{name: "absent", args: a, out: outputs{"link": {1, `Device "vti1" does not exist.`}}, want: plan.Failed, says: "no interface"},
		{name: "somebody else's", args: args{"interface": "vti1"}, out: outputs{"link": good(down)}, want: plan.Waiting, before: true},
	})
}

// TestN31BGPIsFresh: established is not enough.
func TestN31BGPIsFresh(t *testing.T) {
	session := func(state string, up, heard, accepted int) outputs {
		return outputs{"bgp": good(fmt.Sprintf(`{"10.255.0.2":{"bgpState":%q,"bgpTimerUpMsec":%d,"bgpTimerLastRead":%d,"bgpTimerHoldTimeMsecs":30000,"lastResetDueTo":"Waiting for NHT","addressFamilyInfo":{"ipv4Unicast":{"acceptedPrefixCounter":%d}}}}`, state, up*1000, heard*1000, accepted))}
	}
	a := args{"neighbor": "10.255.0.2", "hold": "30", "keepalive": "10", "accept": "1"}
	fresh := args{"neighbor": "10.255.0.2", "hold": "30", "keepalive": "10", "accept": "1", "fresh": "true"}
	judgeAll(t, "bgp", []judged{
		{name: "established", args: a, out: session("Established", 60, 3, 1), want: plan.Passed, says: "last heard 3 s ago, 1 prefix"},
		{name: "connecting", args: a, out: session("Active", 0, 3, 0), want: plan.Waiting, says: "Waiting for NHT"},
		{name: "silent", args: a, out: session("Established", 60, 25, 1), want: plan.Waiting, says: "keepalive"},
		{name: "nothing accepted", args: a, out: session("Established", 60, 3, 0), want: plan.Waiting, says: "1 of the far"},
		{name: "from before", args: fresh, out: session("Established", 60, 3, 1), since: 10 * time.Second, want: plan.Waiting, says: "before the commit"},
		{name: "since the commit", args: fresh, out: session("Established", 8, 3, 1), since: 10 * time.Second, want: plan.Passed},
		{name: "captured", args: args{"neighbor": "169.254.100.2"}, out: outputs{"bgp": good(capture(t, "bgp-neighbors.json"))}, want: plan.Waiting, says: "Active"},
		{name: "not configured", args: a, out: outputs{"bgp": good("% BGP instance not found")}, want: plan.Waiting, says: "no neighbor"},
		{name: "no tool", args: a, out: outputs{"bgp": {127, ""}}, want: plan.Skipped},
	})
}

const (
	pingFits = "3 packets transmitted, 3 received, 0% packet loss"
	pingLost = "3 packets transmitted, 0 received, 100% packet loss"
	pingHere = "ping: local error: message too long, mtu=1396\n3 packets transmitted, 0 received, +3 errors"
	pingNeed = "From 192.168.10.254 icmp_seq=1 Frag needed and DF set (mtu = 1396)\n" + pingLost
)

// TestN30Sizes: exactly the VTI's MTU with DF, the hosts' MTU without; with DF by what the kernel can.
func TestN30Sizes(t *testing.T) {
	a := args{"from": "169.254.100.1", "to": "169.254.100.2", "size": "1446"}
	if words := strings.Join(pinging(a["from"], a["to"], 1446, "do"), " "); !strings.Contains(words, "-M do -s 1418 ") {
		t.Error(words)
	}
	if words := strings.Join(pinging("fd00::1", "fd00::2", 1446, "do"), " "); !strings.Contains(words, "-s 1398 ") {
		t.Error(words)
	}
	judgeAll(t, "path", []judged{
		{name: "whole", args: a, out: outputs{"small": good(pingFits), "large": good(pingFits)}, want: plan.Passed, says: "3 of 3"},
		{name: "only small ones", args: a, out: outputs{"small": good(pingFits), "large": {1, pingLost}}, want: plan.Waiting, says: "probe-mtu"},
		{name: "none", args: a, out: outputs{"small": {1, pingLost}, "large": {1, pingLost}}, want: plan.Waiting, says: "does not answer"},
		{name: "too long here", args: a, out: outputs{"small": good(pingFits), "large": {1, pingHere}}, want: plan.Failed, says: "MTU 1396"},
		{name: "no ping", args: a, out: outputs{"small": {127, ""}, "large": {127, ""}}, want: plan.Skipped},
	})
	f := args{"from": "192.168.10.253", "address": "192.168.10.254", "size": "1500", "fits": "1396", "icmp": "true"}
	old := args{"from": "192.168.10.253", "address": "192.168.10.254", "size": "1500", "fits": "1396"}
	judgeAll(t, "fragments", []judged{
		{name: "told", args: f, out: outputs{"dont": good(pingFits), "do": {1, pingNeed}}, want: plan.Passed, says: "told 1396"},
		{name: "told by the own kernel, which remembers", args: f, out: outputs{"dont": good(pingFits), "do": {1, pingHere}}, want: plan.Passed, says: "told 1396"},
		{name: "told something else", args: f, out: outputs{"dont": good(pingFits), "do": {1, strings.Replace(pingNeed, "1396", "1350", 1)}}, want: plan.Failed, says: "1350"},
		{name: "told nothing", args: f, out: outputs{"dont": good(pingFits), "do": {1, pingLost}}, want: plan.Waiting, says: "vanish"},
		{name: "an old kernel", args: old, out: outputs{"dont": good(pingFits), "do": good(pingFits)}, want: plan.Passed, says: "in fragments"},
		{name: "fragments are dropped", args: f, out: outputs{"dont": {1, pingLost}, "do": {1, pingNeed}}, want: plan.Waiting, says: "fragments"},
	})
}

// TestN32Mechanism: that nothing leaves in clear is not seen by looking at packets while the tunnel is up.
func TestN32Mechanism(t *testing.T) {
	a := args{"from": "169.254.100.1", "to": "169.254.100.2", "interface": "vti1", "prefix": "169.254.100.0/30", "rule": "!vti1"}
	const (
		toVTI = "169.254.100.2 from 169.254.100.1 dev vti1 uid 1002 \n    cache "
		both  = `{"169.254.100.0/30":[{"protocol":"connected","selected":true,"nexthops":[{}]},{"protocol":"static","distance":254,"nexthops":[{"unreachable":true,"blackhole":true}]}]}`
		one   = `{"169.254.100.0/30":[{"protocol":"connected","selected":true,"nexthops":[{}]}]}`
		rule  = "table ip vyos_filter {\n  chain VYOS_OUTPUT_filter {\n    ip daddr 169.254.100.2 udp dport 4789 oifname != \"vti1\" counter packets 3 bytes 300 drop comment \"ipv4-OUT-filter-10001\"\n"
	)
	judgeAll(t, "clear-text", []judged{
		{name: "all of it", args: a, out: outputs{"get": good(toVTI), "routes": good(both), "rules": good(rule)}, want: plan.Passed, says: "rule dropped 3 packets"},
		{name: "in clear", args: a, out: outputs{"get": good("169.254.100.2 from 169.254.100.1 via 203.0.113.1 dev eth0"), "routes": good(both), "rules": good(rule)}, want: plan.Failed, says: "by eth0"},
		{name: "no blackhole", args: a, out: outputs{"get": good(toVTI), "routes": good(one), "rules": good(rule)}, want: plan.Failed, says: "no blackhole"},
		{name: "no rule", args: a, out: outputs{"get": good(toVTI), "routes": good(both), "rules": good("table ip vyos_filter {\n}")}, want: plan.Failed, says: "rule"},
		{name: "a rule for another tunnel", args: a, out: outputs{"get": good(toVTI), "routes": good(both), "rules": good(strings.ReplaceAll(rule, "vti1", "vti2"))}, want: plan.Failed, says: "rule"},
		{name: "the tunnel is down", args: a, out: outputs{"get": {2, "RTNETLINK answers: Invalid argument"}, "routes": good(both), "rules": good(rule)}, want: plan.Waiting, says: "Nothing leaves in clear"},
		{name: "a release without the rule", args: args{"from": "169.254.100.1", "to": "169.254.100.2", "interface": "vti1", "prefix": "169.254.100.0/30"}, out: outputs{"get": good(toVTI), "routes": good(both)}, want: plan.Passed},
	})
}

// TestN33StretchedPrefix: a more specific route is a failure, what the filter drops is said.
func TestN33StretchedPrefix(t *testing.T) {
	a := args{"subnets": "192.168.10.0/24", "neighbor": "169.254.100.2", "family": "ipv4", "filtered": "true", "allowed": "192.168.10.77/32"}
	const connected = "192.168.10.0/24 dev br5010 proto kernel scope link src 192.168.10.253 \n"
	none := good(`{"receivedRoutes":{"10.30.0.0/16":{}}}`)
	judgeAll(t, "prefix", []judged{
		{name: "connected alone", args: a, out: outputs{"r0": good(connected), "received": none}, want: plan.Passed, says: "only the connected"},
		{name: "a host route", args: a, out: outputs{"r0": good(connected + "192.168.10.20 via 10.20.0.1 dev eth2 proto bgp metric 20 \n"), "received": none}, want: plan.Failed, says: "192.168.10.20/32 via 10.20.0.1"},
		{name: "the controller's", args: a, out: outputs{"r0": good(connected + "192.168.10.77 via 169.254.100.2 dev vti1 proto static \n"), "received": none}, want: plan.Passed},
		{name: "announced, dropped", args: a, out: outputs{"r0": good(connected), "received": good(`{"receivedRoutes":{"192.168.10.0/24":{}}}`)}, want: plan.Passed, says: "announces 192.168.10.0/24"},
		{name: "the neighbor cannot be looked at", args: a, out: outputs{"r0": good(connected), "received": good("% no")}, want: plan.Passed, says: "could not"},
	})
}

const fdbTable = `[{"mac":"02:4c:32:53:00:01","ifname":"br5010","flags":[],"master":"br5010","state":"permanent"},
{"mac":"52:54:00:00:00:01","ifname":"eth1","flags":[],"master":"br5010","state":""},
{"mac":"52:54:00:00:00:14","ifname":"vxlan5010","flags":[],"master":"br5010","state":""},
{"mac":"02:4c:32:53:00:02","ifname":"vxlan5010","flags":[],"master":"br5010","state":""}]`

func answered(addr string, macs ...string) output {
	text := "ARPING " + addr + " from 192.168.10.253 br5010\n"
	for _, m := range macs {
		text += "Unicast reply from " + addr + " [" + strings.ToUpper(m) + "]  1.122ms\n"
	}
	return output{1 - min(1, len(macs)), text + "Sent 2 probes (1 broadcast(s))\n"}
}

// TestN29Attachment: the site's gateway has to answer by the NIC; by the VXLAN interface it proves nothing of it.
func TestN29Attachment(t *testing.T) {
	a := args{"bridge": "br5010", "port": "eth1", "vxlan": "vxlan5010", "address": "192.168.10.1", "from": "192.168.10.253"}
	shared := maps.Clone(a)
	shared["shared"] = "yes"
	fdb := good(fdbTable)
	judgeAll(t, "gateway", []judged{
		{name: "by the NIC", args: a, out: outputs{"ask": answered("192.168.10.1", "52:54:00:00:00:01"), "fdb": fdb}, want: plan.Passed, says: "on eth1"},
		{name: "by the far side", args: a, out: outputs{"ask": answered("192.168.10.1", "52:54:00:00:00:14"), "fdb": fdb}, want: plan.Waiting, says: "not by eth1"},
		{name: "by the far side, which shares it", args: shared, out: outputs{"ask": answered("192.168.10.1", "52:54:00:00:00:14"), "fdb": fdb}, want: plan.Passed, says: "which this site shares"},
		{name: "shared, not at all", args: shared, out: outputs{"ask": answered("192.168.10.1"), "fdb": fdb}, want: plan.Waiting, says: "promiscuous"},
		{name: "by both", args: a, out: outputs{"ask": answered("192.168.10.1", "52:54:00:00:00:14", "52:54:00:00:00:01"), "fdb": fdb}, want: plan.Passed, says: "a gateway on each site"},
		{name: "not at all", args: a, out: outputs{"ask": answered("192.168.10.1"), "fdb": fdb}, want: plan.Waiting, says: "promiscuous"},
		{name: "no arping", args: a, out: outputs{"ask": {1, "sudo: arping: command not found"}, "fdb": fdb}, want: plan.Skipped, says: "no arping"},
	})
	judgeAll(t, "hosts", []judged{
		{name: "one", args: a, out: outputs{"fdb": fdb}, want: plan.Passed, says: "1 MAC address on eth1"},
		{name: "captured", args: a, out: outputs{"fdb": good(capture(t, "bridge-j-fdb.json"))}, want: plan.Passed, says: "1 MAC address on eth1"},
		{name: "none", args: args{"bridge": "br5010", "port": "eth2", "node": "cloud/gw1"}, out: outputs{"fdb": fdb}, want: plan.Waiting, says: "--skip-check hosts@cloud/gw1"},
	})
}

// TestN29EndToEnd: the far bridge and probes have to answer by the VXLAN interface.
func TestN29EndToEnd(t *testing.T) {
	a := args{"bridge": "br5010", "port": "eth1", "vxlan": "vxlan5010", "address": "192.168.10.254", "mac": "02:4c:32:53:00:02", "from": "192.168.10.253"}
	p := args{"bridge": "br5010", "port": "eth1", "vxlan": "vxlan5010", "address": "192.168.10.20", "from": "192.168.10.253"}
	fdb := good(fdbTable)
	judgeAll(t, "end-to-end", []judged{
		{name: "by VXLAN", args: a, out: outputs{"ask": answered("192.168.10.254", "02:4c:32:53:00:02"), "fdb": fdb}, want: plan.Passed},
		{name: "somebody else", args: a, out: outputs{"ask": answered("192.168.10.254", "52:54:00:00:00:01"), "fdb": fdb}, want: plan.Failed, says: "somebody else"},
		{name: "two", args: a, out: outputs{"ask": answered("192.168.10.254", "52:54:00:00:00:01", "02:4c:32:53:00:02"), "fdb": fdb}, want: plan.Failed, says: "Two hosts"},
		{name: "nobody", args: a, out: outputs{"ask": answered("192.168.10.254"), "fdb": fdb}, want: plan.Waiting},
	})
	judgeAll(t, "probe", []judged{
		{name: "by VXLAN", args: p, out: outputs{"ask": answered("192.168.10.20", "52:54:00:00:00:14"), "fdb": fdb}, want: plan.Passed},
		{name: "by the NIC", args: p, out: outputs{"ask": answered("192.168.10.20", "52:54:00:00:00:01"), "fdb": fdb}, want: plan.Failed, says: "second way"},
	})
}

// TestN17Probes: duplicates and joined segments before a change, a loop after it.
func TestN17Probes(t *testing.T) {
	a := args{"bridge": "br5010", "port": "eth1", "vxlan": "vxlan5010", "address": "192.168.10.253", "addresses": "192.168.10.1,192.168.10.254", "macs": "02:4c:32:53:00:02", "own": "02:4c:32:53:00:01"}
	link := good("5: eth1@p1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP")
	judgeAll(t, "duplicate", []judged{
		{name: "nobody", args: a, out: outputs{"link": link, "dad": {0, "ARPING 192.168.10.253 from 0.0.0.0 eth1\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)"}}, want: plan.Passed, before: true},
		{name: "somebody", args: a, out: outputs{"link": link, "dad": {1, "ARPING 192.168.10.253 from 0.0.0.0 eth1\nUnicast reply from 192.168.10.253 [52:54:00:00:00:01]  0.9ms\n"}}, want: plan.Failed, says: "52:54:00:00:00:01", before: true},
		{name: "no NIC", args: a, out: outputs{"link": {1, `Device "eth1" does not exist.`}}, want: plan.Skipped, before: true},
		{name: "refused", args: a, out: outputs{"link": link, "dad": {2, "arping: socket: Operation not permitted"}}, want: plan.Skipped, says: "not permitted", before: true},
	})
	judgeAll(t, "loop", []judged{
		{name: "two segments", args: a, out: outputs{"link": link, "a0": answered("192.168.10.1", "52:54:00:00:00:01"), "a1": answered("192.168.10.254")}, want: plan.Passed, says: "1 host", before: true},
		{name: "the far bridge is here", args: a, out: outputs{"link": link, "a0": answered("192.168.10.1"), "a1": answered("192.168.10.254", "02:4c:32:53:00:02")}, want: plan.Failed, says: "close a loop", before: true},
		{name: "nobody to ask for", args: args{"port": "eth1"}, out: outputs{"link": link}, want: plan.Skipped, before: true},
		{name: "running, well", args: a, out: outputs{"fdb": good(fdbTable)}, want: plan.Passed},
		{name: "running, the far bridge comes in by the NIC", args: a, out: outputs{"fdb": good(strings.Replace(fdbTable, `00:02","ifname":"vxlan5010"`, `00:02","ifname":"eth1"`, 1))}, want: plan.Failed, says: "pause"},
		{name: "running, our own bridge comes in", args: args{"bridge": "br5010", "port": "eth1", "vxlan": "vxlan5010", "own": "52:54:00:00:00:14"}, out: outputs{"fdb": good(fdbTable)}, want: plan.Failed, says: "own bridge"},
	})
	l, _ := lookFor(plan.Check{Name: "loop", Before: true})
	f := l.judge(a, outputs{"link": link, "fdb": good(fdbTable)}, 0)
	if f.State != plan.Passed || len(f.Seen) != 1 || f.Seen["52:54:00:00:00:01"] == "" {
		t.Errorf("%+v", f)
	}
}

// TestOutputsCannotBeForged: a command whose output looks like another's line is not taken for it.
func TestOutputsCannotBeForged(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	got, whole := parseOutputs([]byte("noise\n@ one 0 " + b64("@ two 0 AAAA\n") + "\n@ two 3 " + b64("hello") + "\n@ two 0 " + b64("later") + "\n@ three 1 \n@ bad x AAAA\n@ bad 0 !!\n"))
	if whole || len(got) != 3 || got["one"].text != "@ two 0 AAAA\n" || got["two"] != (output{3, "hello"}) || got["three"] != (output{1, ""}) {
		t.Errorf("%+v", got)
	}
	if _, whole := parseOutputs([]byte("@ one 0 AAAA\n@ end 0\n")); !whole {
		t.Error("the end is not seen")
	}
}

// TestRouteToTheFarUplink: IKE has to leave, and not into the tunnel that it makes.
func TestRouteToTheFarUplink(t *testing.T) {
	a := args{"to": "198.51.100.20", "interface": "vti1,vti2"}
	judgeAll(t, "route", []judged{
		{name: "by the uplink", args: a, out: outputs{"get": good("198.51.100.20 via 203.0.113.1 dev eth0 src 203.0.113.10 uid 0 \n    cache ")}, want: plan.Passed, says: "by eth0", before: true},
		{name: "into the tunnel", args: a, out: outputs{"get": good("198.51.100.20 dev vti2 src 169.254.100.1")}, want: plan.Failed, says: "leads into", before: true},
		{name: "none", args: a, out: outputs{"get": {2, "RTNETLINK answers: Network is unreachable"}}, want: plan.Failed, says: "unreachable", before: true},
		{name: "no tool", args: a, out: outputs{"get": {127, ""}}, want: plan.Skipped, before: true},
	})
}

// TestScriptsRunInBash: a genuine bash reads the scripts of all looks, and runs many at once without mixing them up.
func TestScriptsRunInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	a := args{"interface": "vti1", "connection": "it's", "child": "x y", "neighbor": "$(reboot)", "from": "169.254.100.1", "to": "169.254.100.2", "size": "1446", "prefix": "169.254.100.0/30", "rule": "true",
		"subnets": "192.168.10.0/24", "family": "ipv4", "bridge": "br1", "port": "eth1", "vxlan": "vxlan1", "address": "192.168.10.1", "addresses": "192.168.10.1,192.168.10.2"}
	var each []*commands
	for _, l := range looks() {
		each = append(each, l.script(a))
	}
	check := exec.Command(bash, "-n", "-s")
	check.Stdin = strings.NewReader(all(each).String())
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	const many = 3*atOnce + 1
	var echoes []*commands
	for i := range many {
		// A command that reads its input must not take the rest of the script.
		echoes = append(echoes, newCommands().run("eats", "cat").run("say", "echo", strings.Repeat(fmt.Sprintf("%d it's $x;\n", i), 2000)).run("fail", "false"))
	}
	run := exec.Command(bash, "-s")
	run.Stdin = strings.NewReader(all(echoes).String())
	var stdout bytes.Buffer
	run.Stdout = &stdout
	if err := run.Run(); err != nil {
		t.Fatal(err)
	}
	one := exec.Command(bash, "-s")
	one.Stdin = strings.NewReader(echoes[0].String())
	if out, err := one.Output(); err != nil || !bytes.Contains(out, []byte("@ fail 1")) {
		t.Errorf("%v: %.80s", err, out)
	}
	o, whole := parseOutputs(stdout.Bytes())
	if !whole {
		t.Error("the end is missing")
	}
	for i, one := range o.split(many) {
		if want := strings.Repeat(fmt.Sprintf("%d it's $x;\n", i), 2000); one["say"].text != want || one["fail"].status != 1 {
			t.Errorf("%d: %.40q, %d", i, one["say"].text, one["fail"].status)
		}
	}
}
