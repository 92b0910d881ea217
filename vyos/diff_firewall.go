package vyos

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// probes are the packets that an end must receive, and those that it must be able to send.
func (d *differ) probes(e *ir.End) []probe {
	var out []probe
	both := func(p probe) {
		there := p
		there.src, there.dst, there.in, there.out, there.established = p.dst, p.src, "", p.in, p.protocol != "tcp" && p.in == d.n.Uplink.Interface && !p.established
		for _, p := range []probe{p, there} {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	if e.Tunnel.Managed {
		for _, port := range []int{500, 4500} {
			both(probe{what: "IKE", protocol: "udp", port: port, src: e.Remote, dst: e.Local, in: d.n.Uplink.Interface, established: e.Initiator})
		}
		if !e.Tunnel.NATT.Forced {
			both(probe{what: "ESP", protocol: "esp", src: e.Remote, dst: e.Local, in: d.n.Uplink.Interface, established: e.Initiator})
		}
		peer, own := e.Peer.Address.Addr(), e.Address.Addr()
		both(probe{what: "BGP", protocol: "tcp", port: 179, src: peer, dst: own, in: e.Interface})
		if e.Tunnel.BGP.BFD {
			both(probe{what: "BFD", protocol: "udp", port: 3784, src: peer, dst: own, in: e.Interface})
		}
	}
	for _, a := range d.n.Attaches {
		for _, r := range a.Remotes {
			dst := a.Source
			if !dst.IsValid() {
				dst = e.Address.Addr()
			}
			if r.End == e {
				both(probe{what: "VXLAN", protocol: "udp", port: 4789, src: r.VTEP, dst: dst, in: e.Interface})
			}
		}
	}
	return out
}

// A dropped is what a hook drops, with the rule that does it.
type dropped struct {
	hook
	probes []probe
	by     []string // numbers of the rules, or the default action
	unsure bool
}

// checkFirewall looks whether the gateway's own rules let the tunnels in, and out.
func (d *differ) checkFirewall() {
	f := &filter{tree: d.target}
	stateful := d.stateful()
	for _, e := range d.n.Ends {
		var all []*dropped
		for _, p := range d.probes(e) {
			if p.established && stateful {
				continue
			}
			for _, h := range d.hooks(&p) {
				got := d.decide(f, h, &p)
				if got.accept == yes || got.accept == returned {
					continue
				}
				i := slices.IndexFunc(all, func(x *dropped) bool {
					return slices.Equal(x.chain, h.chain) && x.zoneless == h.zoneless && x.unsure == (got.accept == maybe)
				})
				if i < 0 {
					all = append(all, &dropped{hook: h, unsure: got.accept == maybe})
					i = len(all) - 1
				}
				x := all[i]
				x.probes = append(x.probes, p)
				by := "the default action"
				if got.by.Valid() {
					by = "rule " + strings.Join(got.by.Path()[1:], " ")
				}
				if !slices.Contains(x.by, by) {
					x.by = append(x.by, by)
				}
			}
		}
		for _, x := range all {
			d.reportDropped(e, x)
		}
	}
}

func (d *differ) reportDropped(e *ir.End, x *dropped) {
	var what []string
	for _, p := range x.probes {
		name := p.what
		if p.port > 0 {
			name += " (" + strings.ToUpper(p.protocol) + " " + itoa(p.port) + ")"
		}
		_, _, way := p.far()
		what = append(what, name+" "+way)
	}
	if x.zoneless != "" {
		d.reportOnce("E0712", e.Tunnel.Origin, "On gateway %s interface %s is in no zone, and %q, the zone of the gateway itself, drops what comes from and goes to such an interface:\n  %s\nThe tunnel %s needs them. A zone of its own lets them pass; for packets between it and other zones add what these have between each other:\n%s",
			d.n.Name, x.zoneless, strings.Join(x.chain, " "), strings.Join(what, "\n  "), e.Tunnel.Name, d.zoneFor(x))
		return
	}
	code, verb := ir.Code("E0712"), "drops"
	if x.unsure {
		code, verb = "W0701", "may drop"
	}
	d.report(code, e.Tunnel.Origin, "On gateway %s %s in %q %s:\n  %s\nThe tunnel %s needs them. These rules let them pass:\n%s",
		d.n.Name, strings.Join(x.by, " and "), strings.Join(x.chain, " "), verb, strings.Join(what, "\n  "), e.Tunnel.Name, d.accepting(x))
}

// zoneFor prints a zone for an interface that has none.
func (d *differ) zoneFor(x *dropped) string {
	name := strings.ToUpper(x.zoneless)
	zone, local, chain := join(d.zonesPath(), name), x.chain, d.namedChain(x.probes[0].dst.Is6(), name)
	leaf := d.leafOfChain(x.probes[0].dst.Is6())
	return strings.TrimSuffix(line(join(chain, "default-action", "accept")...)+
		line(join(zone, "default-action", "drop")...)+
		line(join(zone, "interface", x.zoneless)...)+
		line(join(zone, "from", local[len(local)-1], "firewall", leaf, name)...)+
		line(join(local, "from", name, "firewall", leaf, name)...), "\n")
}

// accepting prints the rules that are missing, at numbers that are free and stand before what drops.
func (d *differ) accepting(x *dropped) string {
	used := make(map[int]bool)
	first := 0
	if n, ok := d.target.Find(x.chain...); ok {
		if rules, ok := n.Child("rule"); ok {
			for r := range rules.Children() {
				number, err := strconv.Atoi(r.Name())
				if err != nil {
					continue
				}
				used[number] = true
				if action, _ := r.Value("action"); action != "accept" && !d.replaces(r) && (first == 0 || number < first) {
					first = number
				}
			}
		}
	}
	number := 1
	if first == 0 {
		for n := range used {
			number = max(number, n+1)
		}
	}
	var b strings.Builder
	for _, p := range x.probes {
		for used[number] {
			number++
		}
		if first > 0 && number >= first {
			fmt.Fprintf(&b, "  (there is no free number before rule %d: renumber it first)\n", first)
			break
		}
		used[number] = true
		rule := join(x.chain, "rule", itoa(number))
		side, far, _ := p.far()
		b.WriteString(line(join(rule, "action", "accept")...))
		b.WriteString(line(join(rule, "description", "'"+p.what+" of a tunnel'")...))
		b.WriteString(line(join(rule, "protocol", p.protocol)...))
		b.WriteString(line(join(rule, side, "address", far.String())...))
		if p.port > 0 {
			b.WriteString(line(join(rule, "destination", "port", itoa(p.port))...))
		}
	}
	if x.bind != nil {
		b.WriteString(line(x.bind...))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// checkNAT looks for translations that would catch packets of the tunnels.
func (d *differ) checkNAT() {
	f := &filter{tree: d.target}
	for _, e := range d.n.Ends {
		out := []probe{{what: "VXLAN and BGP", protocol: "udp", port: 4789, src: e.Address.Addr(), dst: e.Peer.Address.Addr(), out: e.Interface}}
		for _, from := range e.Export {
			for _, to := range e.Import {
				out = append(out, probe{what: "packets from " + from.String() + " to " + to.String(), protocol: "tcp", port: 1, src: host(from), dst: host(to), within: to, out: e.Interface})
			}
		}
		for _, p := range out {
			d.natRule(f, e, "source", p)
		}
		if e.Tunnel.Managed {
			for _, p := range d.probes(e) {
				if p.what == "IKE" || p.what == "ESP" {
					d.natRule(f, e, "destination", p)
				}
			}
		}
	}
}

// host is an address within a prefix.
func host(p netip.Prefix) netip.Addr {
	if a := p.Addr().Next(); p.Contains(a) {
		return a
	}
	return p.Addr()
}

// natRule reports the first rule of a kind of NAT that takes a packet.
func (d *differ) natRule(f *filter, e *ir.End, kind string, p probe) {
	n, ok := d.target.Find("nat", kind, "rule")
	if !ok {
		return
	}
	rules := slices.Collect(n.Children())
	slices.SortFunc(rules, func(a, b config.Node) int { return config.LexicalNumeric.Compare(a.Name(), b.Name()) })
	for _, r := range rules {
		v := f.matches(r, &p)
		if _, excluded := r.Child("exclude"); v == no || excluded && v == yes {
			if v == yes {
				return
			}
			continue
		}
		code, verb := ir.Code("E0713"), "translates"
		if v == maybe || strings.HasPrefix(p.what, "packets") {
			code, verb = "W0703", "may translate"
		}
		d.reportOnce(code, e.Tunnel.Origin, "Gateway %s has:\n%sIt %s %s of tunnel %s. Limit the rule to the interface that it is meant for, or put a rule with a lower number before it:\n%s",
			d.n.Name, d.lines(r), verb, p.what, e.Tunnel.Name, d.excluding(kind, r, p))
		return
	}
}

// excluding prints a rule that keeps packets out of a NAT rule.
func (d *differ) excluding(kind string, r config.Node, p probe) string {
	number, err := strconv.Atoi(r.Name())
	if err != nil || number < 2 {
		return "  (there is no free number before rule " + r.Name() + ")"
	}
	rule := []string{"nat", kind, "rule", itoa(number - 1)}
	to := p.dst.String()
	if p.within.IsValid() {
		to = p.within.String()
	}
	side, name := []string{"outbound-interface"}, p.out
	if kind == "destination" {
		side, name = []string{"inbound-interface"}, p.in
	}
	if d.rel.Has(release.OutputFilter) {
		side = append(side, "name")
	}
	return strings.TrimSuffix(line(join(rule, "exclude")...)+line(join(join(rule, side...), name)...)+line(join(rule, "destination", "address", to)...), "\n")
}
