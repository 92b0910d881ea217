package vyos

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// impact says what each step does to traffic and to management.
func (d *differ) impact(p *plan.Plan) {
	access := d.access()
	for i := range p.Phases {
		steps := p.Phases[i].Steps
		for k := range steps {
			st := &steps[k]
			st.Impact = d.impactOf(st)
			if access.touched(st) {
				st.Impact = append(st.Impact, plan.TouchesAccess)
			}
		}
	}
}

// in reports whether a path begins with some words.
func in(path []string, words ...string) bool {
	return len(path) >= len(words) && slices.Equal(path[:len(words)], words)
}

// exists reports whether a tree holds a path.
func exists(t *config.Tree, path ...string) bool {
	_, ok := t.Find(path...)
	return ok
}

func (d *differ) impactOf(st *plan.Step) []plan.Impact {
	switch path := st.Path; {
	case in(path, "interfaces", "vxlan"):
		return d.vxlanImpact(st)
	case in(path, "vpn"):
		return d.ipsecImpact(st)
	case in(path, "protocols", "bgp"):
		return d.bgpImpact(st)
	case in(path, "interfaces", "bridge") && st.Op == plan.Set && len(path) == 6 && path[3] == "member":
		if nic := nicPath(path[5]); !strings.HasPrefix(path[5], "vxlan") && d.joins(nic) {
			return []plan.Impact{plan.FlushesAddresses}
		}
	case in(path, "interfaces") && st.Op == plan.Set && slices.Contains(path, "bridge-group") && path[1] != "vxlan":
		if d.joins(path[:slices.Index(path, "bridge-group")]) {
			return []plan.Impact{plan.FlushesAddresses}
		}
	}
	return nil
}

// joins reports whether an interface that exists becomes a bridge port only now: one that carries our mark
// was one before.
func (d *differ) joins(nic []string) bool {
	return exists(d.have.Tree, nic...) && !d.before.has(join(nic, "description"))
}

// inPlace are the settings of a VXLAN device that change without making it anew.
var inPlace = []string{"description", "mtu", "disable", "bridge-group", "ip", "ipv6", "address"}

func (d *differ) vxlanImpact(st *plan.Step) []plan.Impact {
	if len(st.Path) < 3 {
		return nil
	}
	device := st.Path[:3]
	stays := exists(d.have.Tree, device...) && exists(d.target, device...)
	if st.Op == plan.Delete && len(st.Path) == 3 && d.objects.attaches[st.Object] != nil {
		return []plan.Impact{plan.RebuildsVXLAN} // the stretch gets one of another name
	}
	if stays && (len(st.Path) == 3 && st.Op == plan.Delete || len(st.Path) > 3 && !slices.Contains(inPlace, st.Path[3])) {
		return []plan.Impact{plan.RebuildsVXLAN}
	}
	return nil
}

func (d *differ) ipsecImpact(st *plan.Step) []plan.Impact {
	list := join([]string{"vpn", "ipsec"}, d.rel.IPsec.Interfaces...)
	switch {
	case in(st.Path, list...) || st.Op == plan.Delete && in(list, st.Path...):
		if d.rel.IPsec.Restarts && exists(d.have.Tree, "vpn", "ipsec", "site-to-site", "peer") {
			return []plan.Impact{plan.RestartsIPsec}
		}
	case len(st.Path) > 4 && st.Path[len(st.Path)-1] == "description":
		return nil
	}
	for _, p := range d.peers() {
		if d.wording(p.object) == st.Object || in(p.node.Path(), st.Path...) {
			return []plan.Impact{plan.DropsSA}
		}
	}
	return nil
}

// peers are the IPsec peers that are ours.
func (d *differ) peers() []part {
	var out []part
	for n := range d.before.instances("vpn", "ipsec", "site-to-site", "peer") {
		if p, ours := d.before.at(n); ours {
			out = append(out, p)
		}
	}
	return out
}

// softly are the settings of a neighbor that change without a new session.
var softly = []string{"description", "address-family"}

func (d *differ) bgpImpact(st *plan.Step) []plan.Impact {
	for _, root := range d.before.bgpRoots() {
		neighbors := join(root, "neighbor")
		switch {
		case !exists(d.have.Tree, neighbors...):
		case in(st.Path, neighbors...) && len(st.Path) > len(neighbors):
			nb := st.Path[:len(neighbors)+1]
			rest := st.Path[len(nb):]
			if exists(d.have.Tree, nb...) && (len(rest) == 0 || !slices.Contains(softly, rest[0])) {
				return []plan.Impact{plan.ResetsBGP}
			}
		case in(st.Path, join(root, "parameters")...), in(st.Path, join(root, "system-as")...), st.Op == plan.Delete && in(neighbors, st.Path...):
			return []plan.Impact{plan.ResetsBGP}
		}
	}
	return nil
}

// access is the way by which a node is managed.
type access struct {
	addr   netip.Addr // the address that is connected to, when the node is known to have it
	nic    []string   // path of the interface with that address
	name   string
	vlan   string     // of the interface; empty when the address is its own
	ports  [][]string // paths of its ports, where the interface is a bridge
	inBand bool
	jump   netip.Addr
}

func (d *differ) access() access {
	a := access{inBand: d.n.SSH.InBand}
	host := d.n.SSH.Jump
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, ":")
	a.jump, _ = netip.ParseAddr(host)
	addr, err := netip.ParseAddr(d.n.SSH.Host)
	if err != nil {
		return a
	}
	if addr == d.n.Outer() {
		addr = d.n.Uplink.Address.Addr()
	}
	interfaces, ok := d.have.Tree.Find("interfaces")
	if !ok {
		return a
	}
	for kind := range interfaces.Children() {
		for ifc := range kind.Children() {
			if holds(ifc, addr) {
				a.addr, a.nic, a.name = addr, ifc.Path(), ifc.Name()
			}
			for _, vif := range ifc.Values("vif") {
				if n, _ := ifc.Find("vif", vif); holds(n, addr) {
					a.addr, a.nic, a.name, a.vlan = addr, ifc.Path(), ifc.Name(), vif
				}
			}
		}
	}
	if len(a.nic) == 3 && a.nic[1] == "bridge" {
		a.ports = d.portsOf(a.name)
	}
	return a
}

// portsOf are the paths of a bridge's ports.
func (d *differ) portsOf(bridge string) [][]string {
	var out [][]string
	if n, ok := d.have.Tree.Find("interfaces", "bridge", bridge, "member", "interface"); ok {
		for m := range n.Children() {
			out = append(out, nicPathOf(m.Name()))
		}
	}
	for _, kind := range []string{"ethernet", "bonding", "vxlan"} {
		for n := range d.before.instances("interfaces", kind) {
			at := []config.Node{n}
			if vifs, ok := n.Child("vif"); ok {
				at = slices.AppendSeq(at, vifs.Children())
			}
			for _, n := range at {
				if group, ok := n.Child("bridge-group"); ok {
					if name, _ := group.Value("bridge"); name == bridge {
						out = append(out, n.Path())
					}
				}
			}
		}
	}
	return out
}

// holds reports whether an interface has an address.
func holds(ifc config.Node, a netip.Addr) bool {
	return slices.ContainsFunc(ifc.Values("address"), func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Addr() == a
	})
}

// touched reports whether a step may cut off management.
func (a access) touched(st *plan.Step) bool {
	path := st.Path
	switch {
	case len(path) > 3 && path[len(path)-1] == "description":
		return false
	case a.nic != nil && in(path, join(a.nic, "vif")...) && len(path) > len(a.nic)+1 && path[len(a.nic)+1] != a.vlan:
		return false // another VLAN of the same NIC
	case a.nic != nil && (in(path, a.nic...) || st.Op == plan.Delete && in(a.nic, path...)):
		return true
	case a.name != "" && in(path, "interfaces", "bridge"):
		return slices.Contains(path, a.name) || a.vlan != "" && slices.Contains(path, a.name+"."+a.vlan)
	case slices.ContainsFunc(a.ports, func(port []string) bool { return in(path, port...) || st.Op == plan.Delete && in(port, path...) }):
		return true
	case a.inBand && strings.HasPrefix(st.Object, "tunnel ") && (in(path, "interfaces", "vti") || in(path, "vpn") || in(path, "protocols")):
		return true
	case a.jump.IsValid() && len(path) > 3 && in(path, "protocols", "static"):
		p, err := netip.ParsePrefix(path[3])
		return err == nil && p.Contains(a.jump)
	}
	return false
}

// operations are what follows the commits: SAs outlive their configuration, and an initiator that was turned
// down does not try again by itself (N11, N12).
func (d *differ) operations(p *plan.Plan) []plan.Operation {
	var out []plan.Operation
	for _, peer := range sorted(d.peers()) {
		if _, stays := peer.node.Twin(d.target); !stays {
			out = append(out, d.ending(d.wording(peer.object), peer.node.Name(), "the SAs of a peer outlive its configuration"))
		}
	}
	touched := make(map[string]bool) // objects of which something of IPsec changes
	for _, ph := range p.Phases {
		for _, st := range ph.Steps {
			if in(st.Path, "vpn") {
				touched[st.Object] = true
			}
		}
	}
	for _, e := range d.n.Ends {
		object := tunnelObject(e.Tunnel)
		name := peerName(d.rel, e)
		if !e.Tunnel.Managed || !exists(d.target, "vpn", "ipsec", "site-to-site", "peer", name) {
			continue
		}
		if !touched[object] {
			continue
		}
		switch before := exists(d.have.Tree, "vpn", "ipsec", "site-to-site", "peer", name); {
		case exists(d.target, "vpn", "ipsec", "site-to-site", "peer", name, "disable"):
			out = append(out, d.ending(object, name, "a peer that is disabled is as good as not configured, and its SAs outlive that"))
		case before && e.Initiator:
			out = append(out, renegotiation(d.rel, e, "after the commit on both ends: the old SAs stay until they are replaced; then see "+e.Interface+" up")...)
		case before:
			out = append(out, renegotiation(d.rel, e, "after the commit: the old SAs stay until they are replaced")...)
		case e.Initiator:
			out = append(out, renegotiation(d.rel, e, fmt.Sprintf("after the commit on both ends, if %s is not up: an initiator that was turned down does not try again", e.Interface))...)
		}
	}
	return out
}

// ending is the operation that ends the SAs of a peer that charon does not know any more.
func (d *differ) ending(object, peer, why string) plan.Operation {
	return plan.Operation{Object: object, Command: strings.Join(d.rel.IPsec.Ending(peer), " "), Why: why}
}

// renegotiation are the operations that end the IKE SAs of a tunnel's end and negotiate them again; the initiator's
// wait for those of the other end.
func renegotiation(rel *release.Release, e *ir.End, why string) []plan.Operation {
	var out []plan.Operation
	for _, words := range rel.IPsec.Renegotiation(peerName(rel, e), e.Initiator) {
		out = append(out, plan.Operation{Object: tunnelObject(e.Tunnel), Command: strings.Join(words, " "), Last: e.Initiator, Why: why})
	}
	return out
}

// peerName is the name of the IPsec peer at a tunnel's end: its address in releases whose peers have no names.
func peerName(rel *release.Release, e *ir.End) string {
	if rel.Has(release.PeerNames) {
		return ir.ObjectName(e.Node.Spec, e.Tunnel.Name)
	}
	return e.Remote.String()
}
