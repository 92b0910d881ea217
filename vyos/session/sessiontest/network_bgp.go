package sessiontest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A bgpSession is that of two routers over a tunnel.
type bgpSession struct {
	ends    [2]*netNode
	addr    [2]netip.Addr
	reset   [2]string // what each end was configured with when it came up
	pending time.Time // since when it could come up; zero: it cannot
	up      time.Time // since when it is up; zero: it is not
	lost    time.Time // since when nothing is heard; zero: the far end is heard
	why     string    // why it ended last
	dropped int
}

// bgpTakes is how long a session takes to come up once it can.
const bgpTakes = 3 * time.Second

// settleBGP lets sessions come up and end.
func (n *Network) settleBGP(now time.Time) {
	for _, x := range n.nodes {
		for to, nb := range x.view.neighbors {
			if y := n.holder(to); y != nil && y != x && nb.source.IsValid() && !slices.ContainsFunc(n.sessions, func(s *bgpSession) bool { return s.is(nb.source, to) }) {
				n.sessions = append(n.sessions, &bgpSession{ends: [2]*netNode{x, y}, addr: [2]netip.Addr{nb.source, to}})
			}
		}
	}
	for _, s := range n.sessions {
		s.settle(n, now)
	}
}

// holder is the router that has an address on one of its interfaces.
func (n *Network) holder(a netip.Addr) *netNode {
	for _, x := range n.nodes {
		if _, ok := x.view.addresses[a]; ok {
			return x
		}
	}
	return nil
}

func (s *bgpSession) is(a, b netip.Addr) bool {
	return s.addr[0] == a && s.addr[1] == b || s.addr[0] == b && s.addr[1] == a
}

func (s *bgpSession) settle(n *Network, now time.Time) {
	x, y := s.ends[0], s.ends[1]
	a, okA := x.view.neighbors[s.addr[1]]
	b, okB := y.view.neighbors[s.addr[0]]
	agreed := okA && okB && !a.down && !b.down && a.source == s.addr[0] && b.source == s.addr[1] && a.as == y.view.asn && b.as == x.view.asn && a.password == b.password && !x.off && !y.off
	carried := n.linked(x, s.addr[0], y, s.addr[1])
	if !s.up.IsZero() {
		switch {
		case !agreed:
			s.down("Peer closed the session")
		case s.reset != [2]string{a.reset, b.reset}:
			s.down("Config change")
		case !carried && s.lost.IsZero():
			s.lost = now
		case carried:
			s.lost = time.Time{}
		case now.Sub(s.lost) >= min(a.hold, b.hold):
			s.down("Hold Timer Expired")
		}
	}
	if !s.up.IsZero() {
		return
	}
	takes := bgpTakes
	if x.r.opts.Instant && y.r.opts.Instant {
		takes = 0
	}
	if !agreed || !carried {
		s.pending = time.Time{}
		return
	}
	if s.pending.IsZero() {
		s.pending = now
	}
	if now.Sub(s.pending) >= takes {
		s.up, s.lost, s.reset = s.pending.Add(takes), time.Time{}, [2]string{a.reset, b.reset}
	}
}

func (s *bgpSession) down(why string) {
	s.up, s.lost, s.pending, s.why = time.Time{}, time.Time{}, time.Time{}, why
	s.dropped++
}

// linked reports whether packets pass between two addresses: over a tunnel whose interfaces have them.
func (n *Network) linked(x *netNode, from netip.Addr, y *netNode, to netip.Addr) bool {
	vti := x.view.addresses[from]
	sa := n.between(x, vti)
	if sa == nil {
		return false
	}
	_, far := sa.at(x)
	return far.node == y && y.view.addresses[to] == far.peer.vti
}

// received are the prefixes that a router gets from a neighbor before its filter, sorted.
func (n *Network) received(x *netNode, from netip.Addr) []netip.Prefix {
	for _, s := range n.sessions {
		for i, e := range s.ends {
			if e != x || s.addr[1-i] != from || s.up.IsZero() {
				continue
			}
			y := s.ends[1-i]
			var out []netip.Prefix
			for _, p := range y.view.networks {
				if y.view.passes(y.view.neighbors[s.addr[i]].out, p) {
					out = append(out, p)
				}
			}
			slices.SortFunc(out, netip.Prefix.Compare)
			return out
		}
	}
	return nil
}

// accepted are those that pass the filter.
func (n *Network) accepted(x *netNode, from netip.Addr) []netip.Prefix {
	in := x.view.neighbors[from].in
	return slices.DeleteFunc(n.received(x, from), func(p netip.Prefix) bool { return !x.view.passes(in, p) })
}

// neighborJSON is what vtysh prints of a neighbor.
func (n *Network) neighborJSON(x *netNode, to netip.Addr, now time.Time) string {
	nb, ok := x.view.neighbors[to]
	if !ok {
		return "{\"bgpNoSuchNeighbor\":true}\n"
	}
	state, heard, up, why, dropped := "Active", time.Duration(0), "", "Waiting for NHT", 0
	for _, s := range n.sessions {
		if !s.is(nb.source, to) {
			continue
		}
		dropped = s.dropped
		if s.why != "" {
			why = s.why
		}
		if !s.up.IsZero() {
			state = "Established"
			since := now
			if !s.lost.IsZero() {
				since = s.lost
				heard = now.Sub(s.lost)
			}
			heard += since.Sub(s.up) % max(nb.keep, time.Second)
			up = fmt.Sprintf("    \"bgpTimerUpMsec\":%d,\n    \"bgpTimerUpString\":\"00:00:00\",\n", now.Sub(s.up).Milliseconds())
		}
	}
	family := "ipv4Unicast"
	if to.Is6() {
		family = "ipv6Unicast"
	}
	return fmt.Sprintf("{\n  %q:{\n    \"remoteAs\":%s,\n    \"localAs\":%s,\n    \"bgpState\":%q,\n%s    \"bgpTimerLastRead\":%d,\n    \"bgpTimerHoldTimeMsecs\":%d,\n    \"bgpTimerKeepAliveIntervalMsecs\":%d,\n    \"addressFamilyInfo\":{\n      %q:{\n        \"acceptedPrefixCounter\":%d\n      }\n    },\n    \"connectionsDropped\":%d,\n    \"lastResetDueTo\":%q\n  }\n}\n",
		to, nb.as, x.view.asn, state, up, heard.Milliseconds(), nb.hold.Milliseconds(), nb.keep.Milliseconds(), family, len(n.accepted(x, to)), dropped, why)
}

// receivedJSON is what vtysh prints of the prefixes that a neighbor has sent.
func (n *Network) receivedJSON(x *netNode, from netip.Addr) string {
	nb, ok := x.view.neighbors[from]
	if !ok {
		return "% No such neighbor or address family\n"
	}
	if !nb.soft {
		return "{\n  \"warning\":\"Inbound soft reconfiguration not enabled\"\n}\n"
	}
	var b strings.Builder
	b.WriteString("{\n  \"bgpLocalRouterId\":\"0.0.0.0\",\n  \"receivedRoutes\":{\n")
	list := n.received(x, from)
	for i, p := range list {
		fmt.Fprintf(&b, "    %q:{\"addrPrefix\":%q,\"prefixLen\":%d,\"network\":%q}", p, p.Addr(), p.Bits(), p)
		if i < len(list)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  },\n  \"totalPrefixCounter\":%d,\n  \"filteredPrefixCounter\":0\n}\n", len(list))
	return b.String()
}

// summaryJSON is what vtysh prints of all neighbors.
func (n *Network) summaryJSON(x *netNode, now time.Time) string {
	if x.view.asn == "" {
		return "% BGP instance not found\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{\n\"ipv4Unicast\":{\n  \"as\":%s,\n  \"peers\":{\n", x.view.asn)
	var all []netip.Addr
	for to := range x.view.neighbors {
		all = append(all, to)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	for i, to := range all {
		state, up := "Active", int64(0)
		for _, s := range n.sessions {
			if s.is(x.view.neighbors[to].source, to) && !s.up.IsZero() {
				state, up = "Established", now.Sub(s.up).Milliseconds()
			}
		}
		fmt.Fprintf(&b, "    %q:{\"remoteAs\":%s,\"peerUptimeMsec\":%d,\"pfxRcd\":%d,\"state\":%q}", to, x.view.neighbors[to].as, up, len(n.accepted(x, to)), state)
		if i < len(all)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("  }\n}\n}\n")
	return b.String()
}

// A fibRoute is a route that a router would use.
type fibRoute struct {
	prefix    netip.Prefix
	protocol  string // connected, static, bgp
	distance  int
	dev       string
	via       netip.Addr
	blackhole bool
	selected  bool
}

// routes are all routes of a router, by prefix; the best of each is selected.
func (n *Network) routes(x *netNode) []fibRoute {
	var out []fibRoute
	for dev, list := range x.view.prefixes {
		if up, vti := x.vtis[dev]; vti && !up {
			continue
		}
		for _, p := range list {
			out = append(out, fibRoute{prefix: p.Masked(), protocol: "connected", dev: dev})
		}
	}
	connected := slices.Clone(out)
	by := func(hop netip.Addr) string {
		for _, r := range connected {
			if r.prefix.Contains(hop) {
				return r.dev
			}
		}
		return ""
	}
	for p, s := range x.view.statics {
		for _, hop := range s.hops {
			if dev := by(hop); dev != "" {
				out = append(out, fibRoute{prefix: p, protocol: "static", distance: 1, dev: dev, via: hop})
			}
		}
		if s.blackhole {
			out = append(out, fibRoute{prefix: p, protocol: "static", distance: 254, blackhole: true})
		}
	}
	for to := range x.view.neighbors {
		for _, p := range n.accepted(x, to) {
			out = append(out, fibRoute{prefix: p, protocol: "bgp", distance: 20, dev: by(to), via: to})
		}
	}
	slices.SortFunc(out, func(a, b fibRoute) int {
		if c := a.prefix.Compare(b.prefix); c != 0 {
			return c
		}
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.dev+a.via.String(), b.dev+b.via.String())
	})
	for i := range out {
		out[i].selected = i == 0 || out[i-1].prefix != out[i].prefix
	}
	return out
}

// lookup is the route that packets for an address take; without any other they leave by the uplink, as over a
// default route that a provider's DHCP gave.
func (n *Network) lookup(x *netNode, to netip.Addr) (fibRoute, bool) {
	best, found := fibRoute{}, false
	for _, r := range n.routes(x) {
		if r.selected && r.prefix.Contains(to) && (!found || r.prefix.Bits() > best.prefix.Bits()) {
			best, found = r, true
		}
	}
	if found {
		return best, true
	}
	for _, dev := range append(x.view.ipsecOn, "eth0") {
		for _, p := range x.view.prefixes[dev] {
			if p.Addr().Is6() == to.Is6() {
				return fibRoute{prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 0), protocol: "dhcp", dev: dev, via: p.Masked().Addr().Next()}, true
			}
		}
	}
	return fibRoute{}, false
}
