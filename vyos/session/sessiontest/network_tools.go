package sessiontest

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// handleTools gives a router the programs that tell of the network. Before 1.4 connections come from ipsec.conf, and
// swanctl sees them all the same: the package of VyOS's IPsec depends on it (vyatta-cfg-vpn, debian/control).
func (x *netNode) handleTools() {
	r := x.r
	r.Handle("/usr/sbin/swanctl", x.swanctl)
	if !r.Release().Has(peerNames) {
		r.Handle("/usr/sbin/ipsec", x.ipsec)
	}
	for file, cmd := range map[string]Command{
		"/usr/bin/vtysh": x.vtysh, "/usr/sbin/ip": x.ip, "/usr/sbin/bridge": x.bridge, "/usr/sbin/nft": x.nft,
		"/usr/bin/ping": x.ping, "/usr/bin/pidof": x.pidof, "/usr/bin/arping": x.arping, "/usr/bin/tcpdump": x.tcpdump,
	} {
		r.Handle(file, cmd)
	}
	r.Operate("reset vpn ipsec", x.operational)
	r.Operate("reset vpn ipsec-peer", x.operational)
}

// root refuses a program that only root may run.
func (p *Proc) root(what string) bool {
	if p.User() == "root" {
		return true
	}
	p.err(what + "\n")
	return false
}

func (x *netNode) swanctl(p *Proc) int {
	if !p.root("connecting to 'unix:///var/run/charon.vici' failed: Permission denied") {
		return 13
	}
	if !x.daemon() || time.Now().Before(x.ready) {
		p.err("connecting to 'unix:///var/run/charon.vici' failed: No such file or directory\n")
		return 2
	}
	now, done := x.n.ask()
	defer done()
	say := func(ok bool, what, why string) int {
		if ok {
			return p.out(what + " completed successfully\n")
		}
		p.err(what + " failed: " + why + "\n")
		return 22
	}
	switch words := p.Args[1:]; {
	case len(words) == 2 && words[0] == "--list-sas" && words[1] == "--raw":
		return p.out(x.n.listRaw(x, "", now))
	case len(words) == 4 && words[0] == "--list-sas" && words[1] == "--raw" && words[2] == "--ike":
		return p.out(x.n.listRaw(x, words[3], now))
	case len(words) == 3 && words[0] == "--terminate" && words[1] == "--ike":
		return say(x.n.terminate(x, words[2], true, now) > 0, "terminate", "no matching SAs to terminate found")
	case len(words) == 3 && words[0] == "--initiate" && words[1] == "--child":
		name := ""
		for _, p := range x.view.peers {
			if p.child == words[2] {
				name = p.connection
			}
		}
		if name == "" {
			return say(false, "initiate", "CHILD_SA config '"+words[2]+"' not found")
		}
		ok, why := x.n.initiate(x, name, now)
		return say(ok, "initiate", why)
	case len(words) == 3 && words[0] == "--rekey" && words[1] == "--child":
		ok, why := x.n.rekey(x, words[2], now)
		return say(ok, "rekey", why)
	}
	return p.Unknown()
}

// daemon reports whether charon runs: it does as long as IPsec is configured.
func (x *netNode) daemon() bool {
	_, configured := x.r.Kernel().Find("vpn", "ipsec")
	return configured
}

func (x *netNode) pidof(p *Proc) int {
	if !x.daemon() {
		return 1
	}
	return p.out("4711\n")
}

func (x *netNode) ipsec(p *Proc) int {
	if !p.root("Permission denied (must be superuser)") {
		return 4
	}
	if !x.daemon() {
		return 7
	}
	now, done := x.n.ask()
	defer done()
	switch words := p.Args[1:]; {
	case len(words) == 1 && words[0] == "statusall":
		return p.out(x.n.statusAll(x, now))
	case len(words) == 2 && words[0] == "down":
		x.down(words[1], now)
		return 0
	case len(words) == 2 && words[0] == "up":
		if ok, why := x.n.initiate(x, words[1], now); !ok {
			return p.out("establishing connection '" + words[1] + "' failed: " + why + "\n")
		}
		return p.out("connection '" + words[1] + "' established successfully\n")
	}
	return p.Unknown()
}

// down is what ipsec makes of what it is to end: NAME and NAME[] are the first IKE SA of a name, NAME[*] all, NAME{} and
// NAME{*} child SAs (strongSwan 5.7.2, stroke_control.c, parse_specifier). Whatever comes of it, it says 0 (stroke.c,
// send_stroke_msg), as it does for up.
func (x *netNode) down(what string, now time.Time) {
	name, kind, all := what, "[", false
	for _, k := range []string{"[*]", "[]", "{*}", "{}"} {
		if n, ok := strings.CutSuffix(what, k); ok {
			name, kind, all = n, k[:1], len(k) == 3
		}
	}
	if kind == "[" {
		x.n.terminate(x, name, all, now)
		return
	}
	x.n.terminateChild(x, name, all, now)
}

// operational runs VyOS's own commands as far as they touch the network.
func (x *netNode) operational(p *Proc) int {
	words := p.Args[1:]
	line := strings.Join(words, " ")
	now, done := x.n.ask()
	defer done()
	if peer, ok := strings.CutPrefix(line, "reset vpn ipsec-peer "); ok && !x.r.Release().Has(peerNames) {
		return x.resetChild(p, peer, now)
	}
	if name, ok := strings.CutPrefix(line, "reset vpn ipsec site-to-site peer "); ok && x.r.Release().Has(peerNames) {
		if !x.n.reset(x, name, now) {
			p.out("Peer not found, aborting\n")
			return 1
		}
		return p.out("Peer reset result: success\n")
	}
	return p.Unknown()
}

// resetChild is VyOS's own command before 1.4: it ends the child SAs of a peer and starts one, at a responder as well. The
// IKE SA stays, and with it the authentication (vyatta-op-vpn, scripts/vyatta-vpn-op.pl, clear_tunnel).
func (x *netNode) resetChild(p *Proc, peer string, now time.Time) int {
	name := "peer-" + peer + "-tunnel-vti"
	if x.loaded[name] == nil {
		p.err("No tunnel defined for peer " + peer + "\n")
		return 255
	}
	x.down(name+"{*}", now)
	x.n.initiate(x, name, now)
	return p.out("Resetting tunnel vti with peer " + peer + "...\n")
}

func (x *netNode) vtysh(p *Proc) int {
	if len(p.Args) != 3 || p.Args[1] != "-c" {
		return p.Unknown()
	}
	now, done := x.n.ask()
	defer done()
	words := strings.Fields(p.Args[2])
	has := func(pattern string) ([]netip.Addr, bool) {
		form := strings.Fields(pattern)
		if len(form) != len(words) {
			return nil, false
		}
		var addrs []netip.Addr
		for i, f := range form {
			if f == "ADDR" {
				addrs = append(addrs, addr(words[i]))
			} else if f != "*" && f != words[i] {
				return nil, false
			}
		}
		return addrs, true
	}
	if _, ok := has("show bgp summary json"); ok {
		return p.out(x.n.summaryJSON(x, now))
	}
	if a, ok := has("show bgp neighbors ADDR json"); ok {
		if x.view.asn == "" {
			return p.out("% BGP instance not found\n")
		}
		return p.out(x.n.neighborJSON(x, a[0], now))
	}
	if a, ok := has("show bgp * unicast neighbors ADDR received-routes json"); ok {
		return p.out(x.n.receivedJSON(x, a[0]))
	}
	if _, ok := has("show ip route * json"); ok {
		return p.out(x.candidates(words[3]))
	}
	if _, ok := has("show ipv6 route * json"); ok {
		return p.out(x.candidates(words[3]))
	}
	return p.Unknown()
}

// candidates are the routes of a prefix that the routing daemon knows.
func (x *netNode) candidates(prefix string) string {
	var list []string
	for _, r := range x.n.routes(x) {
		if r.prefix.String() != prefix {
			continue
		}
		hop := fmt.Sprintf(`{"fib":%v,"directlyConnected":%v,"interfaceName":%q,"active":true}`, r.selected, !r.via.IsValid(), r.dev)
		if r.blackhole {
			hop = `{"unreachable":true,"blackhole":true,"active":true}`
		}
		selected := ""
		if r.selected {
			selected = `"selected":true,"installed":true,`
		}
		list = append(list, fmt.Sprintf(`{"prefix":%q,"protocol":%q,%s"distance":%d,"metric":0,"nexthops":[%s]}`, prefix, r.protocol, selected, r.distance, hop))
	}
	if len(list) == 0 {
		return "{}\n"
	}
	return fmt.Sprintf("{%q:[%s]}\n", prefix, strings.Join(list, ","))
}

func (x *netNode) nft(p *Proc) int {
	if !p.root("Operation not permitted (you must be root)") {
		return 1
	}
	words := p.Args[1:]
	if len(words) != 4 || words[0] != "list" || words[1] != "table" || words[3] != "vyos_filter" {
		return p.Unknown()
	}
	_, done := x.n.ask()
	defer done()
	var b strings.Builder
	fmt.Fprintf(&b, "table %s vyos_filter {\n\tchain VYOS_OUTPUT_filter {\n\t\ttype filter hook output priority filter; policy accept;\n", words[2])
	for _, d := range x.view.drops {
		if d.to.Is6() != (words[2] == "ip6") {
			continue
		}
		but := `"` + d.but + `"`
		if strings.HasPrefix(d.but, "@") {
			but = d.but
		}
		fmt.Fprintf(&b, "\t\t%s daddr %s udp dport 4789 oifname != %s counter packets 0 bytes 0 drop comment \"%s-OUT-filter\"\n", words[2], d.to, but, words[2])
	}
	b.WriteString("\t}\n}\n")
	return p.out(b.String())
}

// tcpdump captures nothing: the network knows no packets. It writes an empty capture where one is asked for.
func (x *netNode) tcpdump(p *Proc) int {
	if !p.root("tcpdump: eth0: You don't have permission to perform this capture on that device") {
		return 1
	}
	f := p.flags("i:nc:s:w:UQ:pG:W:e")
	if !f.ok {
		return 1
	}
	dev := f.given["i"]
	_, done := x.n.ask()
	_, ok := x.view.mtu[dev]
	done()
	if !ok {
		p.err("tcpdump: " + dev + ": No such device exists\n")
		return 1
	}
	if f.given["w"] == "-" {
		// magic, version 2.4, zone, accuracy, snap length, Ethernet
		p.write(p.Stdout, "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00")
	}
	return 0
}
