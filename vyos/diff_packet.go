package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A probe is a packet that must get through for a tunnel to work.
type probe struct {
	what        string // IKE, ESP, VXLAN, BGP, BFD
	protocol    string // udp, tcp, esp
	port        int    // of the destination; 0 for ESP
	src, dst    netip.Addr
	within      netip.Prefix // the network that dst stands for; not valid when it is only itself
	in, out     string       // interfaces; one of them is empty
	established bool         // the answer to something that the gateway sent
}

// A verdict is what a rule, or all of them, do to a packet. A rule may depend on what a configuration does
// not say.
type verdict int8

const (
	no verdict = iota
	maybe
	yes
)

func and(vs ...verdict) verdict { return slices.Min(vs) }

func is(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// A filter evaluates rules of a configuration.
type filter struct {
	tree *config.Tree
}

// protocols are the numbers and names of the protocols that matter here.
var protocols = map[string][]string{
	"udp": {"udp", "17", "tcp_udp"},
	"tcp": {"tcp", "6", "tcp_udp"},
	"esp": {"esp", "50"},
}

// ports are names that rules use for the ports that matter here.
var ports = map[string]int{"isakmp": 500, "ipsec-nat-t": 4500, "vxlan": 4789, "bgp": 179}

// matches reports whether a rule of a firewall or of NAT takes a packet.
func (f *filter) matches(rule config.Node, p *probe) verdict {
	if _, ok := rule.Child("disable"); ok {
		return no
	}
	v := yes
	for c := range rule.Children() {
		switch c.Name() {
		case "action", "description", "log", "log-options", "jump-target", "translation", "exclude", "queue", "set":
		case "protocol":
			name, _ := rule.Value("protocol")
			v = and(v, negatable(name, func(s string) verdict {
				return is(s == "all" || slices.Contains(protocols[p.protocol], s))
			}))
		case "source":
			v = and(v, f.side(c, p.src, 0, p))
		case "destination":
			v = and(v, f.side(c, p.dst, p.port, p))
		case "inbound-interface":
			v = and(v, f.inter(c, p.in))
		case "outbound-interface":
			v = and(v, f.inter(c, p.out))
		case "state":
			v = and(v, state(c, p.established))
		case "ipsec":
			v = and(v, is((p.what == "VXLAN" || p.what == "BGP" || p.what == "BFD") == exists0(c, "match-ipsec")))
		case "icmp", "icmpv6", "tcp", "fragment", "p2p":
			if c.Name() == "tcp" && p.protocol == "tcp" {
				v = and(v, maybe)
				break
			}
			v = no
		default:
			v = and(v, maybe)
		}
		if v == no {
			return no
		}
	}
	return v
}

func exists0(n config.Node, name string) bool {
	_, ok := n.Child(name)
	return ok
}

// negatable matches a value that an exclamation mark may stand before.
func negatable(value string, match func(string) verdict) verdict {
	rest, not := strings.CutPrefix(value, "!")
	v := match(rest)
	if not {
		return yes - v
	}
	return v
}

// side matches source or destination.
func (f *filter) side(n config.Node, a netip.Addr, port int, p *probe) verdict {
	v := yes
	for c := range n.Children() {
		value, _ := n.Value(c.Name())
		switch c.Name() {
		case "address":
			v = and(v, negatable(value, func(s string) verdict { return inRange(s, a) }))
		case "port":
			switch {
			case p.protocol == "esp":
				return no
			case port == 0:
				v = and(v, maybe) // a source port may be any
			default:
				v = and(v, negatable(value, func(s string) verdict { return portIn(s, port) }))
			}
		case "group":
			for g := range c.Children() {
				name, _ := c.Value(g.Name())
				v = and(v, negatable(name, func(s string) verdict { return f.group(g.Name(), s, a, port) }))
			}
		default:
			v = and(v, maybe)
		}
	}
	return v
}

// inRange matches an address with an address, a prefix or a range.
func inRange(s string, a netip.Addr) verdict {
	if from, to, ok := strings.Cut(s, "-"); ok {
		lo, err1 := netip.ParseAddr(from)
		hi, err2 := netip.ParseAddr(to)
		if err1 != nil || err2 != nil {
			return maybe
		}
		return is(lo.Compare(a) <= 0 && a.Compare(hi) <= 0)
	}
	if q, err := netip.ParsePrefix(s); err == nil {
		return is(q.Contains(a))
	}
	b, err := netip.ParseAddr(s)
	if err != nil {
		return maybe
	}
	return is(a == b)
}

// portIn matches a port with a list of ports, names and ranges.
func portIn(s string, port int) verdict {
	for part := range strings.SplitSeq(s, ",") {
		from, to, ok := strings.Cut(part, "-")
		if n, known := ports[part]; known {
			from, to = strconv.Itoa(n), strconv.Itoa(n)
		} else if !ok {
			to = from
		}
		lo, err1 := strconv.Atoi(from)
		hi, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil {
			continue // the name of another port
		}
		if lo <= port && port <= hi {
			return yes
		}
	}
	return no
}

// group matches an address or a port with a group.
func (f *filter) group(kind, name string, a netip.Addr, port int) verdict {
	leaf := map[string]string{
		"address-group": "address", "network-group": "network", "ipv6-address-group": "address",
		"ipv6-network-group": "network", "port-group": "port",
	}[kind]
	g, ok := f.tree.Find("firewall", "group", kind, name)
	if leaf == "" || !ok {
		return maybe
	}
	if _, ok := g.Child("include"); ok {
		return maybe
	}
	for _, value := range g.Values(leaf) {
		if leaf == "port" && port != 0 && portIn(value, port) == yes {
			return yes
		}
		if leaf != "port" && inRange(value, a) == yes {
			return yes
		}
	}
	if leaf == "port" && port == 0 {
		return maybe
	}
	return no
}

// inter matches an interface: 1.4 and later have a name or a group, releases before it a value.
func (f *filter) inter(n config.Node, name string) verdict {
	if n.IsLeaf() {
		value, _ := n.Parent().Value(n.Name())
		return interfaceIs(value, name)
	}
	if value, ok := n.Value("name"); ok {
		return interfaceIs(value, name)
	}
	if value, ok := n.Value("interface-name"); ok {
		return interfaceIs(value, name)
	}
	value, ok := n.Value("group")
	if !ok {
		if value, ok = n.Value("interface-group"); !ok {
			return maybe
		}
	}
	return negatable(value, func(s string) verdict {
		g, ok := f.tree.Find("firewall", "group", "interface-group", s)
		if !ok {
			return maybe
		}
		return is(slices.Contains(g.Values("interface"), name))
	})
}

func interfaceIs(value, name string) verdict {
	if name == "" {
		return no // the packet has no such side in this chain
	}
	return negatable(value, func(s string) verdict {
		if prefix, ok := strings.CutSuffix(s, "*"); ok {
			return is(strings.HasPrefix(name, prefix))
		}
		return is(s == "any" || s == name)
	})
}

// state matches connection tracking: a list of states, or a leaf for each.
func state(n config.Node, established bool) verdict {
	now := "new"
	if established {
		now = "established"
	}
	if n.IsLeaf() {
		for v := range n.Children() {
			if v.Name() == now {
				return yes
			}
		}
		return no
	}
	if v, ok := n.Value(now); ok {
		return is(v == "enable")
	}
	return no
}

// A decision is what a chain does to a packet and which rule decides.
type decision struct {
	accept verdict
	by     config.Node // the rule; the zero Node for the default action
}

// chain evaluates rules in order. The default action is that of the release unless it is written.
func (f *filter) chain(chain config.Node, byDefault string, p *probe, depth int) decision {
	action, ok := chain.Value("default-action")
	if !ok {
		action = byDefault
	}
	unsure := decision{accept: maybe}
	doubt := false
	rules, ok := chain.Child("rule")
	if ok {
		numbered := slices.Collect(rules.Children())
		slices.SortFunc(numbered, func(a, b config.Node) int { return config.LexicalNumeric.Compare(a.Name(), b.Name()) })
		for _, r := range numbered {
			v := f.matches(r, p)
			if v == no {
				continue
			}
			what, _ := r.Value("action")
			d := decision{by: r}
			switch what {
			case "accept":
				d.accept = yes
			case "drop", "reject":
				d.accept = no
			case "jump":
				target, _ := r.Value("jump-target")
				next, ok := f.named(chain, target)
				if !ok || depth > 8 {
					d.accept = maybe
					break
				}
				if d = f.chain(next, "drop", p, depth+1); d.accept == returned {
					continue
				}
			case "return":
				return decision{accept: returned}
			case "continue":
				continue
			default:
				d.accept = maybe
			}
			if v == maybe {
				if !doubt {
					doubt, unsure.by = true, r
				}
				if d.accept != no { // it may be let in here
					continue
				}
				continue
			}
			if doubt && d.accept != maybe {
				return unsureOf(unsure, d)
			}
			return d
		}
	}
	d := decision{accept: is(action == "accept")}
	if action == "return" {
		d.accept = returned
	}
	if doubt {
		return unsureOf(unsure, d)
	}
	return d
}

// returned is what a chain that hands the packet back decides.
const returned verdict = -1

func unsureOf(unsure, d decision) decision {
	if d.accept == returned {
		return d
	}
	return unsure
}

// named finds the chain that a rule jumps to.
func (f *filter) named(from config.Node, name string) (config.Node, bool) {
	path := from.Path()
	if len(path) < 2 || path[0] != "firewall" {
		return config.Node{}, false
	}
	return f.tree.Find("firewall", path[1], "name", name)
}
