package sessiontest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/release"
)

const peerNames = release.PeerNames

// ip is iproute2's, as far as it is asked.
func (x *netNode) ip(p *Proc) int {
	words := p.Args[1:]
	var flags []string
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		flags, words = append(flags, words[0]), words[1:]
	}
	_, done := x.n.ask()
	defer done()
	line := strings.Join(words, " ")
	switch {
	case len(words) == 4 && strings.HasPrefix(line, "link show dev "):
		return x.ipLink(p, words[3], slices.Contains(flags, "-j"))
	case len(words) == 7 && strings.HasPrefix(line, "link set dev ") && strings.HasSuffix(line, " type bridge_slave fdb_flush"):
		if !p.root("RTNETLINK answers: Operation not permitted") {
			return 2
		}
		if x.view.bridgeOf(words[3]) == "" {
			p.err("RTNETLINK answers: Operation not supported\n")
			return 2
		}
		x.flushed[words[3]] = time.Now()
		return 0
	case len(words) >= 3 && strings.HasPrefix(line, "route get "):
		return x.ipRouteGet(p, words[2:])
	case len(words) == 4 && strings.HasPrefix(line, "route show root "):
		within, err := netip.ParsePrefix(words[3])
		if err != nil {
			return p.Unknown()
		}
		for _, r := range x.n.routes(x) {
			if r.selected && within.Bits() <= r.prefix.Bits() && within.Contains(r.prefix.Addr()) {
				p.out(r.line())
			}
		}
		return 0
	case len(words) == 4 && strings.HasPrefix(line, "neigh show dev "):
		for _, a := range x.heard(words[3]) {
			p.out(a + "\n")
		}
		return 0
	}
	return p.Unknown()
}

// line is a route as ip prints it.
func (r fibRoute) line() string {
	if r.blackhole {
		return fmt.Sprintf("blackhole %s proto static metric 20 \n", r.prefix)
	}
	s := r.prefix.String() + " "
	if r.via.IsValid() {
		s += "via " + r.via.String() + " "
	}
	proto := map[string]string{"connected": "kernel scope link", "static": "static metric 20", "bgp": "bgp metric 20", "dhcp": "static metric 20"}[r.protocol]
	return s + "dev " + r.dev + " proto " + proto + " \n"
}

// heard are lines of the neighbor table: those of IPv6 that a bridge reaches.
func (x *netNode) heard(dev string) []string {
	var out []string
	for _, list := range x.n.behind(x, dev) {
		for _, pl := range list {
			if pl.seg != nil {
				for _, h := range pl.seg.hosts {
					out = append(out, fmt.Sprintf("%s lladdr %s REACHABLE", h.IP, h.MAC))
				}
			} else if pl.node != x {
				for _, a := range pl.node.view.bridges[pl.bridge].address {
					out = append(out, fmt.Sprintf("%s lladdr %s router REACHABLE", a.Addr(), pl.node.bridgeMAC(pl.bridge)))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *netNode) ipLink(p *Proc, dev string, asJSON bool) int {
	mtu, ok := x.view.mtu[dev]
	if !ok {
		p.err("Device \"" + dev + "\" does not exist.\n")
		return 1
	}
	flags, state := []string{"BROADCAST", "MULTICAST", "UP", "LOWER_UP"}, "UP"
	if up, vti := x.vtis[dev]; vti {
		flags, state = []string{"NOARP", "UP", "LOWER_UP"}, "UNKNOWN"
		if !up {
			flags, state = []string{"NOARP"}, "DOWN"
		}
	}
	if v, ok := x.view.vxlans[dev]; ok && v.disabled {
		flags, state = []string{"BROADCAST", "MULTICAST"}, "DOWN"
	}
	master := x.view.bridgeOf(dev)
	if asJSON {
		doc := []map[string]any{{"ifname": dev, "flags": flags, "mtu": mtu, "operstate": state, "address": macFor(x.r.Hostname() + dev)}}
		if master != "" {
			doc[0]["master"] = master
		}
		text, err := json.Marshal(doc)
		if err != nil {
			panic(err) // of strings and numbers
		}
		return p.out(string(text) + "\n")
	}
	if master != "" {
		master = " master " + master
	}
	return p.out(fmt.Sprintf("7: %s: <%s> mtu %d qdisc noqueue%s state %s mode DEFAULT group default qlen 1000\\    link/ether %s brd ff:ff:ff:ff:ff:ff\n", dev, strings.Join(flags, ","), mtu, master, state, macFor(x.r.Hostname()+dev)))
}

func (x *netNode) ipRouteGet(p *Proc, words []string) int {
	to := addr(words[0])
	if !to.IsValid() || len(words) != 1 && (len(words) != 3 || words[1] != "from") {
		return p.Unknown()
	}
	from := ""
	if len(words) == 3 {
		if _, ok := x.view.addresses[addr(words[2])]; !ok {
			p.err("RTNETLINK answers: Invalid argument\n")
			return 2
		}
		from = " from " + words[2]
	}
	r, ok := x.n.lookup(x, to)
	if !ok {
		p.err("RTNETLINK answers: Network is unreachable\n")
		return 2
	}
	if r.blackhole {
		p.err("RTNETLINK answers: Invalid argument\n")
		return 2
	}
	via := ""
	if r.via.IsValid() {
		via = " via " + r.via.String()
	}
	return p.out(fmt.Sprintf("%s%s%s dev %s uid 0 \n    cache \n", to, from, via, r.dev))
}

// An fdbLine is an entry of a bridge's table as bridge prints it in JSON.
type fdbLine struct {
	MAC     string   `json:"mac"`
	Ifname  string   `json:"ifname"`
	Dst     string   `json:"dst,omitempty"`
	Used    *int     `json:"used,omitempty"`
	Updated *int     `json:"updated,omitempty"`
	Flags   []string `json:"flags"`
	Master  string   `json:"master,omitempty"`
	State   string   `json:"state"`
}

// relearned is how long a port knows nothing after it was flushed: until hosts are heard again.
const relearned = 5 * time.Second

// table is what a bridge has learned, and its own addresses.
func (x *netNode) table(name string) []fdbLine {
	var out []fdbLine
	own := func(dev, mac string) {
		out = append(out, fdbLine{MAC: mac, Ifname: dev, Flags: []string{}, Master: name, State: "permanent"})
	}
	own(name, x.bridgeMAC(name))
	for _, m := range x.view.bridges[name].members {
		own(m, macFor(x.r.Hostname()+m))
		out = append(out, fdbLine{MAC: "33:33:00:00:00:01", Ifname: m, Flags: []string{"self"}, State: "permanent"})
	}
	for port, places := range x.n.behind(x, name) {
		if time.Since(x.flushed[port]) < relearned {
			continue
		}
		for _, pl := range places {
			if pl.node == x && pl.bridge == name {
				continue // the kernel keeps its own address, and warns in its log
			}
			for _, o := range pl.owners(netip.Addr{}) {
				if o.silent {
					continue
				}
				out = append(out, fdbLine{MAC: o.mac, Ifname: port, Flags: []string{}, Master: name})
				if v, ok := x.view.vxlans[port]; ok && len(v.remotes) > 0 {
					out = append(out, fdbLine{MAC: o.mac, Ifname: port, Dst: v.remotes[0].String(), Flags: []string{"self"}})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b fdbLine) int {
		return strings.Compare(a.Ifname+a.MAC+strings.Join(a.Flags, ""), b.Ifname+b.MAC+strings.Join(b.Flags, ""))
	})
	return slices.CompactFunc(out, func(a, b fdbLine) bool { return a.MAC == b.MAC && a.Ifname == b.Ifname && len(a.Flags) == len(b.Flags) })
}

func (x *netNode) bridge(p *Proc) int {
	words := p.Args[1:]
	aged, asJSON := false, false
	for len(words) > 0 && (words[0] == "-s" || words[0] == "-j") {
		aged, asJSON = aged || words[0] == "-s", asJSON || words[0] == "-j"
		words = words[1:]
	}
	if aged && !asJSON {
		return p.Unknown()
	}
	if len(words) != 4 || strings.Join(words[:3], " ") != "fdb show br" {
		return p.Unknown()
	}
	if asJSON && x.r.Release().Debian < 10 {
		p.err("Option \"-j\" is unknown, try \"bridge help\".\n")
		return 255
	}
	_, done := x.n.ask()
	defer done()
	if _, ok := x.view.bridges[words[3]]; !ok {
		p.err("Cannot find bridge device \"" + words[3] + "\"\n")
		return 255
	}
	list := x.table(words[3])
	if aged {
		ago := 3
		for i := range list {
			if list[i].State == "" {
				list[i].Used, list[i].Updated = &ago, &ago
			}
		}
	}
	if asJSON {
		text, err := json.Marshal(list)
		if err != nil {
			panic(err) // of strings
		}
		return p.out(string(text) + "\n")
	}
	for _, e := range list {
		line := e.MAC + " dev " + e.Ifname
		for _, w := range []struct{ name, value string }{{"dst ", e.Dst}, {"master ", e.Master}} {
			if w.value != "" {
				line += " " + w.name + w.value
			}
		}
		p.out(strings.Join(append([]string{line}, append(e.Flags, e.State)...), " ") + "\n")
	}
	return 0
}
