package sessiontest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/release"
)

// A fate is what becomes of an echo request.
type fate struct {
	answered bool
	tooLong  int // the own host refuses: the MTU
	told     int // somebody on the way refuses: the MTU
}

// send decides what becomes of a packet, in octets of IP.
func (n *Network) send(x *netNode, to netip.Addr, dev string, size int, df bool) fate {
	if dev == "" {
		r, ok := n.lookup(x, to)
		if !ok || r.blackhole {
			return fate{}
		}
		dev = r.dev
	}
	mtu := x.view.mtu[dev]
	if df && size > mtu {
		return fate{tooLong: mtu}
	}
	if _, ok := x.view.bridges[dev]; ok {
		return n.sendBridged(x, to, dev, size, df)
	}
	if up, vti := x.vtis[dev]; vti {
		sa := n.between(x, dev)
		if !up || sa == nil {
			return fate{}
		}
		_, far := sa.at(x)
		if _, ok := far.node.view.addresses[to]; !ok {
			return fate{}
		}
		path := n.path(x, far.node)
		whole := sa.wire(min(size, mtu)) <= path.MTU
		return fate{answered: whole || !df && !path.DropFragments}
	}
	y := n.at(to)
	if y == nil || y.off {
		return fate{}
	}
	path := n.path(x, y)
	switch {
	case path.Cut:
		return fate{}
	case size <= path.MTU:
		return fate{answered: true}
	case df && path.Silent:
		return fate{}
	case df:
		return fate{told: path.MTU}
	}
	return fate{answered: !path.DropFragments}
}

// sendBridged sends to a neighbor in the subnet of a bridge.
func (n *Network) sendBridged(x *netNode, to netip.Addr, bridge string, size int, df bool) fate {
	vx, _, _ := x.view.vxlanOf(bridge)
	for port, places := range n.behind(x, bridge) {
		for _, p := range places {
			if p.node == x || len(p.owners(to)) == 0 {
				continue
			}
			if port != vx {
				return fate{answered: true}
			}
			return n.sendVXLAN(x, bridge, size, df)
		}
	}
	return fate{}
}

// sendVXLAN sends a frame by a bridge's VXLAN device.
func (n *Network) sendVXLAN(x *netNode, bridge string, size int, df bool) fate {
	const overhead = 14 + 8 + 8 + 20 // RFC 7348, section 5, over IPv4
	_, v, _ := x.view.vxlanOf(bridge)
	r, ok := n.lookup(x, v.remotes[0])
	if !ok {
		return fate{}
	}
	sa := n.between(x, r.dev)
	if sa == nil {
		return fate{}
	}
	mtu := x.view.mtu[r.dev]
	if df && size+overhead > mtu && x.r.Release().Has(release.TunnelICMP) {
		return fate{told: mtu - overhead}
	}
	_, far := sa.at(x)
	path := n.path(x, far.node)
	return fate{answered: sa.wire(min(size+overhead, mtu)) <= path.MTU || !path.DropFragments}
}

func (x *netNode) ping(p *Proc) int {
	f := p.flags("c:i:W:w:I:M:s:n6q")
	if !f.ok || len(f.args) != 1 {
		return 2
	}
	to := addr(f.args[0])
	count, err := strconv.Atoi(f.given["c"])
	if !to.IsValid() || err != nil {
		return p.Unknown()
	}
	data := 56
	if s, ok := f.given["s"]; ok {
		if data, err = strconv.Atoi(s); err != nil {
			return p.Unknown()
		}
	}
	size := data + 28
	if to.Is6() {
		size = data + 48
	}
	_, done := x.n.ask()
	dev := ""
	if i := f.given["I"]; i != "" {
		if a := addr(i); !a.IsValid() {
			dev = i
		} else if _, ok := x.view.addresses[a]; !ok {
			done()
			p.err("ping: bind: Cannot assign requested address\n")
			return 2
		}
	}
	var result fate
	if _, own := x.view.addresses[to]; own {
		result.answered = true
	} else {
		result = x.n.send(x, to, dev, size, f.given["M"] == "do")
	}
	done()
	p.out(fmt.Sprintf("PING %s (%s) %d(%d) bytes of data.\n", to, to, data, size))
	received, errors := 0, ""
	for i := range count {
		switch {
		case result.tooLong > 0:
			p.err(fmt.Sprintf("ping: local error: message too long, mtu=%d\n", result.tooLong))
		case result.told > 0:
			p.out(fmt.Sprintf("From %s icmp_seq=%d Frag needed and DF set (mtu = %d)\n", to, i+1, result.told))
		case result.answered:
			p.out(fmt.Sprintf("%d bytes from %s: icmp_seq=%d ttl=64 time=3.35 ms\n", data+8, to, i+1))
			received++
		}
	}
	if result.tooLong > 0 || result.told > 0 {
		errors = fmt.Sprintf(" +%d errors,", count)
	}
	if !x.r.opts.Instant {
		p.Sleep(time.Duration(count-1)*200*time.Millisecond + time.Duration(boolToInt(received == 0))*time.Second)
	}
	p.out(fmt.Sprintf("\n--- %s ping statistics ---\n%d packets transmitted, %d received,%s %d%% packet loss, time 201ms\n", to, count, received, errors, 100*(count-received)/max(1, count)))
	return boolToInt(received == 0)
}

// arping is iputils'.
func (x *netNode) arping(p *Proc) int {
	if len(p.Args) == 2 && p.Args[1] == "-h" {
		p.err("\nUsage:\n  arping [options] <destination>\n\nOptions:\n  -f            quit on first reply\n  -D            duplicate address detection mode\n")
		return 2
	}
	f := p.flags("c:w:I:Df")
	if !f.ok || len(f.args) != 1 || !addr(f.args[0]).Is4() {
		return p.Unknown()
	}
	_, done := x.n.ask()
	dev, ip := f.given["I"], addr(f.args[0])
	if _, ok := x.view.mtu[dev]; !ok {
		done()
		p.err("arping: Device " + dev + " not available.\n")
		return 2
	}
	from := "0.0.0.0"
	if !f.has("D") {
		if len(x.view.prefixes[dev]) == 0 {
			done()
			p.err("arping: " + dev + " has no address, and there is no source address in not-DAD mode\n")
			return 2
		}
		from = x.view.prefixes[dev][0].Addr().String()
	}
	macs := x.n.answersOn(x, dev, ip)
	done()
	p.out(fmt.Sprintf("ARPING %s from %s %s\n", ip, from, dev))
	for _, m := range macs {
		p.out(fmt.Sprintf("Unicast reply from %s [%s]  1.122ms\n", ip, strings.ToUpper(m)))
	}
	if !x.r.opts.Instant {
		p.Sleep(time.Second * time.Duration(1+boolToInt(len(macs) == 0)))
	}
	p.out(fmt.Sprintf("Sent 2 probes (%d broadcast(s))\nReceived %d response(s)\n", 1+boolToInt(len(macs) == 0), len(macs)))
	if f.has("D") {
		return boolToInt(len(macs) > 0)
	}
	return boolToInt(len(macs) == 0)
}
