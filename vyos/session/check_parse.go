package session

import (
	"encoding/json"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jsonIn finds the JSON document in what a command printed: tools that warn do so before it.
func jsonIn(text string, v any) bool {
	const tries = 8 // lines of a warning that look like the beginning of a document
	for off, n := 0, 0; n < tries; n++ {
		i := strings.IndexAny(text[off:], "[{")
		if i < 0 {
			return false
		}
		if off += i; json.NewDecoder(strings.NewReader(text[off:])).Decode(v) == nil {
			return true
		}
		next := strings.IndexByte(text[off:], '\n') // a bracket in a warning
		if next < 0 {
			return false
		}
		off += next
	}
	return false
}

// macOf reads a MAC address; the result is in lower case, or empty.
func macOf(s string) string {
	m, err := net.ParseMAC(s)
	if err != nil || len(m) != 6 {
		return ""
	}
	return m.String()
}

// A link is an interface as `ip link show` prints it, as JSON or as a line.
type link struct {
	name    string
	up      bool // administratively
	carrier bool // LOWER_UP
	mtu     int  // octets
	master  string
}

func parseLink(text string) (link, bool) {
	var list []struct {
		Ifname string
		Flags  []string
		MTU    int
		Master string
	}
	if jsonIn(text, &list) && len(list) == 1 {
		l := list[0]
		return link{l.Ifname, slices.Contains(l.Flags, "UP"), slices.Contains(l.Flags, "LOWER_UP"), l.MTU, l.Master}, true
	}
	// 6: vti1@NONE: <NOARP,UP,LOWER_UP> mtu 1400 qdisc noqueue master br1 state UNKNOWN
	_, rest, ok := strings.Cut(text, ": ")
	if !ok {
		return link{}, false
	}
	name, rest, ok := strings.Cut(rest, ": <")
	flags, rest, more := strings.Cut(rest, ">")
	if !ok || !more {
		return link{}, false
	}
	name, _, _ = strings.Cut(name, "@")
	set := strings.Split(flags, ",")
	l := link{name: name, up: slices.Contains(set, "UP"), carrier: slices.Contains(set, "LOWER_UP"), master: after(rest, "master")}
	l.mtu, _ = strconv.Atoi(after(rest, "mtu")) // 0: not said
	return l, true
}

// after is the word that follows a word.
func after(text, word string) string {
	f := strings.Fields(text)
	if i := slices.Index(f, word); i >= 0 && i+1 < len(f) {
		return f[i+1]
	}
	return ""
}

// An fdbEntry is where a bridge has learned a MAC address.
type fdbEntry struct {
	mac     string // in lower case
	port    string // interface
	dst     string // of an entry of a VXLAN device: the VTEP
	bridge  string
	learned bool // from a frame, as opposed to being the port's own or written by hand
}

// parseFDB reads `bridge fdb show`, as JSON or as lines.
func parseFDB(text string) ([]fdbEntry, bool) {
	var list []struct {
		MAC, Ifname, Dst, Master, State string
		Flags                           []string
	}
	var out []fdbEntry
	if jsonIn(text, &list) {
		for _, e := range list {
			if mac := macOf(e.MAC); mac != "" {
				own := e.State == "permanent" || e.State == "static" || slices.Contains(e.Flags, "self") && e.Dst == ""
				out = append(out, fdbEntry{mac, e.Ifname, e.Dst, e.Master, !own && !group(mac)})
			}
		}
		return out, true
	}
	// 7e:99:df:5c:48:d7 dev eth1 master br5010
	known := strings.TrimSpace(text) == ""
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != "dev" || macOf(f[0]) == "" {
			continue
		}
		known = true
		e := fdbEntry{mac: macOf(f[0]), port: f[2], dst: after(line, "dst"), bridge: after(line, "master")}
		own := slices.Contains(f, "permanent") || slices.Contains(f, "static") || slices.Contains(f, "self") && e.dst == ""
		e.learned = !own && !group(e.mac)
		out = append(out, e)
	}
	return out, known
}

// group reports whether a MAC address is that of a group, or none at all.
func group(mac string) bool {
	hw, err := net.ParseMAC(mac)
	return err != nil || hw[0]&1 == 1 || mac == "00:00:00:00:00:00"
}

// A neighbor is a BGP session as `show bgp neighbors X json` prints it.
type neighbor struct {
	state    string
	up       time.Duration
	heard    time.Duration // since the last message
	hold     time.Duration // negotiated
	accepted int           // prefixes that passed the filter
	reset    string        // why the session ended last
}

func parseNeighbor(text, addr string) (n neighbor, ok bool) {
	var all map[string]json.RawMessage
	if !jsonIn(text, &all) || all[addr] == nil {
		return n, false
	}
	var j struct {
		BgpState              string
		BgpTimerUpMsec        int64
		BgpTimerLastRead      int64
		BgpTimerHoldTimeMsecs int64
		LastResetDueTo        string
		AddressFamilyInfo     map[string]struct{ AcceptedPrefixCounter int }
	}
	if json.Unmarshal(all[addr], &j) != nil {
		return n, false
	}
	n = neighbor{state: j.BgpState, up: millis(j.BgpTimerUpMsec), heard: millis(j.BgpTimerLastRead), hold: millis(j.BgpTimerHoldTimeMsecs), reset: j.LastResetDueTo}
	for _, af := range j.AddressFamilyInfo {
		n.accepted += af.AcceptedPrefixCounter
	}
	return n, true
}

func millis(n int64) time.Duration {
	const most = 1 << 40 // 34 years; what a device says must not overflow
	return time.Duration(min(max(n, 0), most)) * time.Millisecond
}

// parseReceived reads the prefixes of `show bgp ... neighbors X received-routes json`; older releases call
// them advertised here as well.
func parseReceived(text string) (prefixes []netip.Prefix, ok bool) {
	var j struct {
		ReceivedRoutes, AdvertisedRoutes map[string]json.RawMessage
	}
	if !jsonIn(text, &j) {
		return nil, false
	}
	for _, m := range []map[string]json.RawMessage{j.ReceivedRoutes, j.AdvertisedRoutes} {
		for p := range m {
			if prefix, err := netip.ParsePrefix(p); err == nil {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return prefixes, true
}

// A candidate is one of the routes that the routing daemon knows for a prefix.
type candidate struct {
	protocol  string
	selected  bool
	distance  int
	blackhole bool
}

// parseCandidates reads `show ip route P json`.
func parseCandidates(text, prefix string) (out []candidate, ok bool) {
	var all map[string][]struct {
		Protocol string
		Selected bool
		Distance int
		Nexthops []struct{ Blackhole, Unreachable bool }
	}
	if !jsonIn(text, &all) {
		return nil, false
	}
	for _, r := range all[prefix] {
		c := candidate{protocol: r.Protocol, selected: r.Selected, distance: r.Distance}
		for _, h := range r.Nexthops {
			c.blackhole = c.blackhole || h.Blackhole || h.Unreachable
		}
		out = append(out, c)
	}
	return out, true
}

// parseRoutes reads the prefixes and interfaces of `ip route show root P`: a line for each route.
func parseRoutes(text string) (out []kernelRoute) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		kind := ""
		if slices.Contains([]string{"blackhole", "unreachable", "prohibit", "throw", "broadcast", "local", "unicast"}, f[0]) {
			kind, f = f[0], f[1:]
		}
		if len(f) == 0 {
			continue
		}
		p, err := netip.ParsePrefix(f[0])
		if err != nil {
			addr, err := netip.ParseAddr(f[0])
			if err != nil {
				continue
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, kernelRoute{prefix: p, kind: kind, via: after(line, "via"), dev: after(line, "dev"), connected: after(line, "proto") == "kernel"})
	}
	return out
}

// A kernelRoute is a route of the main table.
type kernelRoute struct {
	prefix    netip.Prefix
	kind      string // blackhole and the like; empty for a plain one
	via, dev  string
	connected bool
}

// A ping is what ping counted.
type ping struct {
	sent, received int
	tooLong        int // the MTU that the own host named: nothing was sent
	fragNeeded     int // the MTU that somebody on the way named
}

var (
	pingCount  = regexp.MustCompile(`(\d{1,6}) packets transmitted, (\d{1,6}) (?:packets )?received`)
	pingLocal  = regexp.MustCompile(`message too long, mtu[=:] ?(\d{1,6})`)
	pingNeeded = regexp.MustCompile(`(?i)(?:frag needed and df set|packet too big|fragmentation needed)[^\n]{0,20}mtu ?= ?(\d{1,6})`)
)

func parsePing(text string) (p ping, ok bool) {
	m := pingCount.FindStringSubmatch(text)
	if m == nil {
		return p, false
	}
	p.sent, p.received = small(m[1]), small(m[2])
	if m := pingLocal.FindStringSubmatch(text); m != nil {
		p.tooLong = small(m[1])
	}
	if m := pingNeeded.FindStringSubmatch(text); m != nil {
		p.fragNeeded = small(m[1])
	}
	return p, true
}

// small converts digits that a pattern has counted.
func small(digits string) int {
	n, _ := strconv.Atoi(digits) // at most six digits
	return n
}

var (
	arpIputils = regexp.MustCompile(`reply from ([0-9.]{7,15}) \[([0-9A-Fa-f:]{17})\]`)
	arpHabets  = regexp.MustCompile(`bytes from ([0-9A-Fa-f:]{17}) \(([0-9.]{7,15})\)`)
)

// parseArping reads the answers, of iputils or of Habets' arping: the MAC addresses that an address has, sorted.
func parseArping(text, addr string) []string {
	var out []string
	for _, m := range arpIputils.FindAllStringSubmatch(text, maxItems) {
		if m[1] == addr {
			out = append(out, macOf(m[2]))
		}
	}
	for _, m := range arpHabets.FindAllStringSubmatch(text, maxItems) {
		if m[2] == addr {
			out = append(out, macOf(m[1]))
		}
	}
	out = slices.DeleteFunc(out, func(m string) bool { return m == "" })
	slices.Sort(out)
	return slices.Compact(out)
}

// parseNeigh reads the MAC address of an address from `ip neigh show`.
func parseNeigh(text, addr string) string {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 && f[0] == addr {
			return macOf(after(line, "lladdr"))
		}
	}
	return ""
}
