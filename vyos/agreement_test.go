package vyos_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A view is what one end's configuration says of a tunnel, read back from it with the defaults of its
// release, so that what two ends say can be compared whatever their releases.
type view struct {
	ids                []string // of the key, sorted
	localID, remoteID  string
	remote             string
	connection         string
	ike, esp           []string
	ikeLife, espLife   string
	pfs                string
	mtu                string
	address            netip.Prefix
	as, remoteAS       string
	neighbor           bool
	holdtime, keep     string
	dpdAction, closing string
	mobike             bool
}

func value(n config.Node, def string, path ...string) string {
	last := len(path) - 1
	at, ok := n.Find(path[:last]...)
	if last == 0 {
		at, ok = n, true
	}
	if !ok {
		return def
	}
	if v, ok := at.Value(path[last]); ok {
		return v
	}
	return def
}

// effective is the value of a leaf, or what the release has where nobody sets it.
func effective(c *vyos.Config, n config.Node, path ...string) string {
	def, _ := c.For.Default(append(n.Path(), path...)...)
	return value(n, def, path...)
}

func has(n config.Node, path ...string) bool {
	_, ok := n.Find(path...)
	return ok
}

func proposalsOf(c *vyos.Config, group config.Node) (out []string) {
	for _, p := range children(group, "proposal") {
		out = append(out, strings.Join([]string{effective(c, p, "encryption"), effective(c, p, "hash"), effective(c, p, "dh-group"), value(p, "", "prf")}, "-"))
	}
	return out
}

// viewOf reads one end of a tunnel back from its configuration.
func viewOf(e *ir.End, c *vyos.Config) (view, error) {
	root := c.Tree.Root()
	var v view
	name := ir.ObjectName(e.Node.Spec, e.Tunnel.Name)
	key := e.Remote.String()
	if c.For.Has(release.PeerNames) {
		key = name
	}
	peer, ok := root.Find("vpn", "ipsec", "site-to-site", "peer", key)
	if !ok {
		return v, fmt.Errorf("%s has no peer %s", c.Node, key)
	}
	v.remoteID = value(peer, "", "authentication", "remote-id")
	if c.For.Has(release.PeerNames) {
		v.remote = value(peer, "", "remote-address")
		v.localID = value(peer, "", "authentication", "local-id")
		psk, _ := root.Find("vpn", "ipsec", "authentication", "psk", key)
		v.ids = psk.Values("id")
	} else {
		v.remote = peer.Name()
		v.localID = value(peer, "", "authentication", "id")
		v.ids = []string{v.localID, v.remoteID}
	}
	slices.Sort(v.ids)
	v.connection = effective(c, peer, "connection-type")
	ike, ok1 := root.Find("vpn", "ipsec", "ike-group", value(peer, "", "ike-group"))
	esp, ok2 := root.Find("vpn", "ipsec", "esp-group", value(peer, "", "vti", "esp-group"))
	vti, ok3 := root.Find("interfaces", "vti", value(peer, "", "vti", "bind"))
	if !ok1 || !ok2 || !ok3 {
		return v, fmt.Errorf("%s: peer %s names groups or a VTI that do not exist", c.Node, key)
	}
	v.ike, v.esp = proposalsOf(c, ike), proposalsOf(c, esp)
	v.ikeLife, v.espLife = effective(c, ike, "lifetime"), effective(c, esp, "lifetime")
	v.pfs = effective(c, esp, "pfs")
	v.dpdAction, v.closing = effective(c, ike, "dead-peer-detection", "action"), effective(c, ike, "close-action")
	v.mobike = !has(ike, "disable-mobike") && effective(c, ike, "mobike") != "disable"
	if auth := effective(c, peer, "authentication", "mode"); auth != "pre-shared-secret" {
		return v, fmt.Errorf("%s: authentication mode %q", c.Node, auth)
	}
	if effective(c, ike, "key-exchange") != "ikev2" {
		return v, fmt.Errorf("%s: key exchange is not ikev2", c.Node)
	}
	v.mtu = effective(c, vti, "mtu")
	v.address = netip.MustParsePrefix(value(vti, "0.0.0.0/0", "address"))
	bgp, _ := root.Find("protocols", "bgp")
	if c.For.Has(release.SystemAS) {
		v.as = value(bgp, "", "system-as")
	} else {
		for n := range bgp.Children() {
			v.as, bgp = n.Name(), n
		}
	}
	nb, ok := bgp.Find("neighbor", e.Peer.Address.Addr().String())
	if !ok {
		return v, fmt.Errorf("%s has no neighbor %s", c.Node, e.Peer.Address.Addr())
	}
	v.neighbor = true
	v.remoteAS = value(nb, "", "remote-as")
	v.holdtime, v.keep = effective(c, nb, "timers", "holdtime"), effective(c, nb, "timers", "keepalive")
	for _, dir := range []string{"export", "import"} {
		family, kind := "ipv4-unicast", "prefix-list"
		if e.Address.Addr().Is6() {
			family, kind = "ipv6-unicast", "prefix-list6"
		}
		list := value(nb, "", "address-family", family, "prefix-list", dir)
		if !has(root, "policy", kind, list) {
			return v, fmt.Errorf("%s: neighbor without the prefix list %q", c.Node, list)
		}
	}
	return v, nil
}

// agreement reports what the two ends of a tunnel, and of the stretches over it, say differently.
func agreement(t *ir.Tunnel, configs map[string]*vyos.Config) (errs []error) {
	ea, eb := t.Ends[0], t.Ends[1]
	ca, cb := configs[ea.Node.Name], configs[eb.Node.Name]
	a, err := viewOf(ea, ca)
	if err != nil {
		return []error{err}
	}
	b, err := viewOf(eb, cb)
	if err != nil {
		return []error{err}
	}
	same := func(what string, x, y any) {
		if fmt.Sprint(x) != fmt.Sprint(y) {
			errs = append(errs, fmt.Errorf("%s: %v and %v", what, x, y))
		}
	}
	same("ids of the key", a.ids, b.ids)
	same("identity", a.localID, b.remoteID)
	same("identity", b.localID, a.remoteID)
	same("address", a.remote, b.localID)
	same("address", b.remote, a.localID)
	same("IKE proposals", a.ike, b.ike)
	same("ESP proposals", a.esp, b.esp)
	same("PFS", a.pfs, b.pfs)
	same("IKE lifetime", a.ikeLife, b.ikeLife)
	same("ESP lifetime", a.espLife, b.espLife)
	same("MTU", a.mtu, b.mtu)
	same("prefix", a.address.Masked(), b.address.Masked())
	same("AS", a.as, b.remoteAS)
	same("AS", b.as, a.remoteAS)
	same("hold time", a.holdtime, b.holdtime)
	same("keepalive", a.keep, b.keep)
	same("MOBIKE", a.mobike, false)
	same("MOBIKE", b.mobike, false)
	for _, v := range []view{a, b} {
		if v.connection == "respond" {
			same("responder's actions", v.dpdAction+" "+v.closing, "clear none")
		} else if v.closing == "none" {
			errs = append(errs, fmt.Errorf("the initiator does nothing when the child is closed"))
		}
	}
	if (a.connection == "initiate") == (b.connection == "initiate") {
		errs = append(errs, fmt.Errorf("both ends %s", a.connection))
	}
	for _, x := range ea.Node.Attaches {
		for _, y := range eb.Node.Attaches {
			if x.Stretch == y.Stretch && slices.Contains(x.Stretch.Tunnels, t) {
				errs = append(errs, segment(x, y, ca, cb)...)
			}
		}
	}
	return errs
}

// segment reports what two VXLAN devices of one stretch say differently.
func segment(x, y *ir.Attachment, cx, cy *vyos.Config) (errs []error) {
	if x.Standby || y.Standby {
		return nil // a spare is sent nothing
	}
	owns := func(c *vyos.Config, addr string) bool {
		for _, n := range []*ir.Node{x.Node, y.Node} {
			for _, e := range n.Ends {
				if n.Name == c.Node && !e.Tunnel.Managed && e.Address.Addr().String() == addr {
					return true // the VTI is somebody else's
				}
			}
		}
		return owns(c, addr)
	}
	a, _ := cx.Tree.Find("interfaces", "vxlan", x.VXLAN())
	b, _ := cy.Tree.Find("interfaces", "vxlan", y.VXLAN())
	port := func(c *vyos.Config, n config.Node) string { return effective(c, n, c.For.VXLANPort) }
	for _, s := range []struct{ what, a, b string }{
		{"VNI", value(a, "", "vni"), value(b, "", "vni")},
		{"port", port(cx, a), "4789"},
		{"port", port(cy, b), "4789"},
		{"VXLAN MTU", effective(cx, a, "mtu"), effective(cy, b, "mtu")},
	} {
		if s.a != s.b {
			errs = append(errs, fmt.Errorf("stretch %s: %s %q and %q", x.Stretch.Name, s.what, s.a, s.b))
		}
	}
	ra, rb := a.Values("remote"), b.Values("remote")
	if !slices.ContainsFunc(ra, func(r string) bool { return owns(cy, r) }) || !slices.ContainsFunc(rb, func(r string) bool { return owns(cx, r) }) {
		errs = append(errs, fmt.Errorf("stretch %s: remotes %v and %v do not reach each other", x.Stretch.Name, ra, rb))
	}
	for _, e := range []struct {
		c *vyos.Config
		n config.Node
	}{{cx, a}, {cy, b}} {
		if src := value(e.n, "", "source-address"); src != "" && !owns(e.c, src) {
			errs = append(errs, fmt.Errorf("stretch %s: %s sends from %s, which it does not have", x.Stretch.Name, e.c.Node, src))
		}
	}
	return errs
}

// owns reports whether a configuration gives an address to a VTI or a dummy interface.
func owns(c *vyos.Config, addr string) bool {
	for _, kind := range []string{"vti", "dummy"} {
		for _, i := range below(c.Tree, "interfaces", kind) {
			for _, a := range i.Values("address") {
				if ip, _, _ := strings.Cut(a, "/"); ip == addr {
					return true
				}
			}
		}
	}
	return false
}
