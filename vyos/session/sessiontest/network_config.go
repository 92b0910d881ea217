package sessiontest

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A view is what the network sees of a router's configuration.
type view struct {
	addresses map[netip.Addr]string // to the interface
	prefixes  map[string][]netip.Prefix
	mtu       map[string]int // of interfaces, octets
	peers     []peerView
	esp       map[string]proposals
	ipsecOn   []string // interfaces that IPsec listens on
	ipsec     bool     // it is configured
	asn       string
	neighbors map[netip.Addr]neighborView
	networks  []netip.Prefix
	bridges   map[string]bridgeView
	vxlans    map[string]vxlanView
	statics   map[netip.Prefix]staticView
	lists     map[string][]listRule
	drops     []dropView
}

type proposals struct {
	list []string // encryption/hash/group, sorted
	pfs  string
}

// A peerView is an IPsec peer.
type peerView struct {
	connection string // as charon calls it
	child      string
	local      netip.Addr
	remote     netip.Addr
	localID    string
	remoteID   string
	psk        string
	ike        []string
	esp        []string
	pfs        string
	initiates  bool
	forced     bool // UDP encapsulation
	vti        string
	interval   time.Duration // of DPD
	settings   string        // everything but the key: what charon compares when it loads
	parent     string        // what two connections have to share for one IKE SA to serve both: not the key, nor the child's
}

type neighborView struct {
	as         string
	source     netip.Addr
	hold, keep time.Duration
	password   string
	in, out    string // prefix lists
	soft       bool
	down       bool
	reset      string // what the session starts anew for
}

type bridgeView struct {
	address []netip.Prefix
	mac     string
	members []string
}

type vxlanView struct {
	vni      string
	remotes  []netip.Addr
	source   netip.Addr
	port     string
	disabled bool
}

type staticView struct {
	blackhole bool
	hops      []netip.Addr
}

type listRule struct {
	number int
	permit bool
	prefix netip.Prefix
	le     int
}

type dropView struct {
	to         netip.Addr
	but        string // the interface, or the group with an @
	interfaces []string
}

// viewOf reads a router's kernel configuration.
func viewOf(t *config.Tree) *view {
	v := &view{
		addresses: make(map[netip.Addr]string), prefixes: make(map[string][]netip.Prefix), mtu: make(map[string]int), neighbors: make(map[netip.Addr]neighborView),
		bridges: make(map[string]bridgeView), vxlans: make(map[string]vxlanView), statics: make(map[netip.Prefix]staticView), lists: make(map[string][]listRule),
	}
	v.readInterfaces(t)
	v.readIPsec(t)
	v.readBGP(t)
	v.readRouting(t)
	return v
}

func value(n config.Node, path ...string) string {
	last := len(path) - 1
	at, ok := n.Find(path[:last]...)
	if !ok {
		return ""
	}
	s, _ := at.Value(path[last])
	return s
}

func present(n config.Node, path ...string) bool {
	_, ok := n.Find(path...)
	return ok
}

func children(t *config.Tree, path ...string) []config.Node {
	n, ok := t.Find(path...)
	if !ok {
		return nil
	}
	return slices.Collect(n.Children())
}

func addr(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

func (v *view) readInterfaces(t *config.Tree) {
	note := func(name string, n config.Node) {
		for _, s := range n.Values("address") {
			if p, err := netip.ParsePrefix(s); err == nil {
				v.addresses[p.Addr()] = name
				v.prefixes[name] = append(v.prefixes[name], p)
			}
		}
		v.mtu[name] = 1500
		if m, err := strconv.Atoi(value(n, "mtu")); err == nil {
			v.mtu[name] = m
		}
	}
	grouped := make(map[string][]string) // 1.2: the port names its bridge
	for _, kind := range []string{"ethernet", "bonding", "dummy", "vti", "bridge", "vxlan"} {
		for _, n := range children(t, "interfaces", kind) {
			note(n.Name(), n)
			if b := value(n, "bridge-group", "bridge"); b != "" {
				grouped[b] = append(grouped[b], n.Name())
			}
			if vifs, ok := n.Child("vif"); ok {
				for vif := range vifs.Children() {
					note(n.Name()+"."+vif.Name(), vif)
				}
			}
		}
	}
	for _, n := range children(t, "interfaces", "bridge") {
		b := bridgeView{address: v.prefixes[n.Name()], mac: strings.ToLower(value(n, "mac")), members: grouped[n.Name()]}
		for _, m := range children(t, "interfaces", "bridge", n.Name(), "member", "interface") {
			b.members = append(b.members, m.Name())
		}
		v.bridges[n.Name()] = b
	}
	for _, n := range children(t, "interfaces", "vxlan") {
		x := vxlanView{vni: value(n, "vni"), source: addr(value(n, "source-address")), port: value(n, "port") + value(n, "remote-port"), disabled: present(n, "disable")}
		for _, r := range n.Values("remote") {
			x.remotes = append(x.remotes, addr(r))
		}
		v.vxlans[n.Name()] = x
	}
}

func seconds(s string, otherwise time.Duration) time.Duration {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(n) * time.Second
	}
	return otherwise
}

func (v *view) readIPsec(t *config.Tree) {
	groups := func(kind string) map[string]proposals {
		out := make(map[string]proposals)
		for _, g := range children(t, "vpn", "ipsec", kind) {
			p := proposals{pfs: value(g, "pfs")}
			for _, n := range children(t, "vpn", "ipsec", kind, g.Name(), "proposal") {
				p.list = append(p.list, value(n, "encryption")+"/"+value(n, "hash")+"/"+value(n, "dh-group"))
			}
			slices.Sort(p.list)
			out[g.Name()] = p
		}
		return out
	}
	ike, esp := groups("ike-group"), groups("esp-group")
	v.esp = esp
	if n, ok := t.Find("vpn", "ipsec"); ok {
		v.ipsec, v.ipsecOn = true, n.Values("interface")
		if old, ok := n.Find("ipsec-interfaces"); ok {
			v.ipsecOn = append(v.ipsecOn, old.Values("interface")...)
		}
	}
	for _, n := range children(t, "vpn", "ipsec", "site-to-site", "peer") {
		if present(n, "disable") {
			continue
		}
		p := peerView{
			local: addr(value(n, "local-address")), localID: value(n, "authentication", "local-id"), remoteID: value(n, "authentication", "remote-id"),
			initiates: value(n, "connection-type") != "respond", vti: value(n, "vti", "bind"), forced: present(n, "force-udp-encapsulation") || present(n, "force-encapsulation"),
		}
		if r := value(n, "remote-address"); r != "" { // peers with names
			p.remote, p.connection, p.child = addr(r), n.Name(), n.Name()+"-vti"
			for _, k := range children(t, "vpn", "ipsec", "authentication", "psk") {
				ids := k.Values("id")
				if slices.Contains(ids, p.localID) && slices.Contains(ids, p.remoteID) {
					p.psk = value(k, "secret")
				}
			}
		} else {
			p.remote, p.localID, p.psk = addr(n.Name()), value(n, "authentication", "id"), value(n, "authentication", "pre-shared-secret")
			p.connection = "peer-" + n.Name() + "-tunnel-vti"
			p.child = p.connection
		}
		group := value(n, "ike-group")
		p.ike = ike[group].list
		e := esp[value(n, "vti", "esp-group")]
		p.esp, p.pfs = e.list, e.pfs
		p.interval = seconds(value(n, "interval"), 30*time.Second)
		if g, ok := t.Find("vpn", "ipsec", "ike-group", group); ok {
			p.interval = seconds(value(g, "dead-peer-detection", "interval"), 30*time.Second)
		}
		p.parent = strings.Join([]string{p.connection, p.local.String(), p.remote.String(), p.localID, p.remoteID, strings.Join(p.ike, ","), p.interval.String(), strconv.FormatBool(p.initiates), strconv.FormatBool(p.forced)}, " ")
		p.settings = strings.Join([]string{p.local.String(), p.remote.String(), p.localID, p.remoteID, strings.Join(p.ike, ","), strings.Join(p.esp, ","), p.pfs, p.vti}, " ")
		v.peers = append(v.peers, p)
	}
}

func (v *view) readBGP(t *config.Tree) {
	root, ok := t.Find("protocols", "bgp")
	if !ok {
		return
	}
	if v.asn = value(root, "system-as"); v.asn == "" {
		for n := range root.Children() { // the number is part of the path
			if _, err := strconv.Atoi(n.Name()); err == nil {
				root, v.asn = n, n.Name()
				break
			}
		}
	}
	for _, family := range []string{"ipv4-unicast", "ipv6-unicast"} {
		if n, ok := root.Find("address-family", family, "network"); ok {
			for p := range n.Children() {
				if prefix, err := netip.ParsePrefix(p.Name()); err == nil {
					v.networks = append(v.networks, prefix)
				}
			}
		}
	}
	list, ok := root.Child("neighbor")
	if !ok {
		return
	}
	for n := range list.Children() {
		nb := neighborView{
			as: value(n, "remote-as"), source: addr(value(n, "update-source")), password: value(n, "password"), down: present(n, "shutdown"),
			hold: seconds(value(n, "timers", "holdtime"), 180*time.Second), keep: seconds(value(n, "timers", "keepalive"), 60*time.Second),
		}
		for _, family := range []string{"ipv4-unicast", "ipv6-unicast"} {
			if af, ok := n.Find("address-family", family); ok {
				nb.in, nb.out, nb.soft = value(af, "prefix-list", "import"), value(af, "prefix-list", "export"), present(af, "soft-reconfiguration", "inbound")
			}
		}
		nb.reset = strings.Join([]string{nb.as, nb.source.String(), nb.password, nb.hold.String(), nb.keep.String(), v.asn, value(root, "parameters", "router-id")}, " ")
		v.neighbors[addr(n.Name())] = nb
	}
}

func (v *view) readRouting(t *config.Tree) {
	for _, kind := range []string{"route", "route6"} {
		for _, n := range children(t, "protocols", "static", kind) {
			p, err := netip.ParsePrefix(n.Name())
			if err != nil {
				continue
			}
			s := staticView{blackhole: present(n, "blackhole")}
			for _, h := range children(t, "protocols", "static", kind, n.Name(), "next-hop") {
				s.hops = append(s.hops, addr(h.Name()))
			}
			v.statics[p] = s
		}
	}
	for _, kind := range []string{"prefix-list", "prefix-list6"} {
		for _, l := range children(t, "policy", kind) {
			var rules []listRule
			for _, n := range children(t, "policy", kind, l.Name(), "rule") {
				r := listRule{permit: value(n, "action") == "permit"}
				r.number, _ = strconv.Atoi(n.Name()) // the grammar has seen it
				r.prefix, _ = netip.ParsePrefix(value(n, "prefix"))
				if r.le, _ = strconv.Atoi(value(n, "le")); r.le == 0 {
					r.le = r.prefix.Bits()
				}
				rules = append(rules, r)
			}
			slices.SortFunc(rules, func(a, b listRule) int { return a.number - b.number })
			v.lists[l.Name()] = rules
		}
	}
	for _, ip := range []string{"ipv4", "ipv6"} {
		for _, n := range children(t, "firewall", ip, "output", "filter", "rule") {
			if value(n, "action") != "drop" || value(n, "destination", "port") != "4789" {
				continue
			}
			d := dropView{to: addr(value(n, "destination", "address"))}
			if name, ok := strings.CutPrefix(value(n, "outbound-interface", "name"), "!"); ok {
				d.but, d.interfaces = name, []string{name}
			} else if group, ok := strings.CutPrefix(value(n, "outbound-interface", "group"), "!"); ok {
				d.but = "@I_" + group
				if g, ok := t.Find("firewall", "group", "interface-group", group); ok {
					d.interfaces = g.Values("interface")
				}
			}
			v.drops = append(v.drops, d)
		}
	}
}

// passes reports whether a prefix list permits a prefix; a list that does not exist permits all.
func (v *view) passes(list string, p netip.Prefix) bool {
	rules, ok := v.lists[list]
	if !ok {
		return true
	}
	for _, r := range rules {
		if r.prefix.Contains(p.Addr()) && p.Bits() >= r.prefix.Bits() && p.Bits() <= r.le {
			return r.permit
		}
	}
	return false
}

// bridgeOf is the bridge that an interface is a port of; empty for none.
func (v *view) bridgeOf(port string) string {
	for name, b := range v.bridges {
		if slices.Contains(b.members, port) {
			return name
		}
	}
	return ""
}

// vxlanOf is the VXLAN device of a bridge, if it has one that is up.
func (v *view) vxlanOf(bridge string) (name string, x vxlanView, ok bool) {
	for _, m := range v.bridges[bridge].members {
		if x, ok := v.vxlans[m]; ok && !x.disabled {
			return m, x, true
		}
	}
	return "", vxlanView{}, false
}
