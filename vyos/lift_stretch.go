package vyos

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// makeStretches joins the ports with one VNI.
func (l *lifting) makeStretches() {
	byVNI := make(map[ir.VNI][]*port)
	for _, b := range l.boxes {
		for _, p := range b.ports {
			byVNI[p.vni] = append(byVNI[p.vni], p)
		}
	}
	taken := make(map[string]bool)
	for _, vni := range slices.Sorted(maps.Keys(byVNI)) {
		for _, p := range byVNI[vni] {
			taken[p.name] = p.name != ""
		}
	}
	for _, vni := range slices.Sorted(maps.Keys(byVNI)) {
		l.makeStretch(vni, byVNI[vni], taken)
	}
}

func (l *lifting) makeStretch(vni ir.VNI, ports []*port, taken map[string]bool) {
	s := &ir.Stretch{VNI: vni, Index: int(vni), VTEP: ir.VTEPVTI, MACAging: 300 * time.Second, Preserve: true}
	for _, p := range ports {
		if s.Name == "" {
			s.Name = p.name
		}
	}
	if s.Name == "" {
		s.Name = toLabel(get(ports[0].bridge, "description"), "")
		if s.Name == "" {
			s.Name = "stretch" + strconv.Itoa(int(vni))
		}
		s.Name = free(taken, s.Name)
	}
	for i, p := range ports {
		if p.index >= 0 && i == 0 {
			s.Index = p.index
		} else if p.index >= 0 && p.index != s.Index {
			p.box.remark(p.vxlan, "%s carries the VNI of stretch %s, which has number %d elsewhere; in a specification a stretch has one number.", p.vxlan.Name(), s.Name, s.Index)
		}
		if p.loopback {
			s.VTEP = ir.VTEPLoopback
		}
		if p.aging != 0 {
			s.MACAging = p.ages()
		}
		s.RouteFromStretch = s.RouteFromStretch || p.routes
	}
	s.HostMTU = commonMTU(ports)
	l.subnet(s, ports)
	l.firstHop(s, ports)
	far := make(map[*gate]bool)
	for _, p := range ports {
		for _, k := range l.over(s, p) {
			if !slices.Contains(s.Tunnels, k.tunnel) {
				s.Tunnels = append(s.Tunnels, k.tunnel)
			}
			if o := k.other(p.box).box; o.run == nil {
				far[o] = true
			}
		}
	}
	if len(s.Tunnels) == 0 {
		for _, p := range ports {
			p.box.remark(p.vxlan, "%s runs over no tunnel, so its frames leave in clear. A stretch runs over tunnels.", p.vxlan.Name())
		}
		return
	}
	for _, p := range ports {
		s.Attaches = append(s.Attaches, l.attach(s, p))
	}
	for _, b := range l.far {
		if far[b] {
			s.Attaches = append(s.Attaches, l.farAttach(s, b))
		}
	}
	l.pauses(s, ports)
	l.controllers(s, ports)
	l.fabric.Stretches = append(l.fabric.Stretches, s)
}

// commonMTU is the MTU that most ports have, the larger one of two.
func commonMTU(ports []*port) int {
	count := make(map[int]int)
	best := 0
	for _, p := range ports {
		count[p.mtu]++
	}
	for _, mtu := range slices.Sorted(maps.Keys(count)) {
		if best == 0 || count[mtu] >= count[best] {
			best = mtu
		}
	}
	return best
}

// subnet finds the subnet: that of the bridges' addresses, else what the filters deny.
func (l *lifting) subnet(s *ir.Stretch, ports []*port) {
	for _, p := range ports {
		switch {
		case !p.address.IsValid():
		case !s.Subnet.IsValid():
			s.Subnet = p.address.Masked()
		case p.address.Masked() != s.Subnet:
			p.box.remark(p.bridge, "%s has an address in %s, and stretch %s is %s elsewhere.", p.bridge.Name(), p.address.Masked(), s.Name, s.Subnet)
		}
	}
	if s.Subnet.IsValid() {
		return
	}
	rule := strconv.Itoa(denyRule(s.Index))
	for _, p := range ports {
		for _, e := range p.box.ends {
			list := ir.ObjectName(p.box.spec, e.name) + "-export"
			if q := prefix(get(find(p.box.root, "policy", "prefix-list"+six(e.address.Addr()), list, "rule", rule), "prefix")); q.IsValid() {
				s.Subnet = q
				return
			}
		}
	}
	s.Subnet = netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(int(s.VNI) % 251), 0}), 24)
	l.gap("stretch "+s.Name, "subnet", "CHANGE-ME", "the bridge has no address")
}

// firstHop takes over the rule that keeps the default gateway's frames from the far site.
func (l *lifting) firstHop(s *ir.Stretch, ports []*port) {
	for _, p := range ports {
		if p.hopMAC == "" {
			continue
		}
		if slices.ContainsFunc(ports, func(q *port) bool { return !q.box.can(release.BridgeFilter) }) {
			p.box.remark(p.vxlan, "The rule against frames from %s cannot be expressed: the other end's release has none.", p.hopMAC)
			continue
		}
		s.FirstHopLocal, s.GatewayMAC = true, p.hopMAC
	}
}

// over finds the tunnels that a port's frames leave by.
func (l *lifting) over(s *ir.Stretch, p *port) []*link {
	if p.links != nil {
		return p.links
	}
	out := []*link{}
	for _, r := range p.remotes {
		found := false
		take := func(hop netip.Addr) {
			for _, e := range p.box.ends {
				if e.far == hop && e.link != nil {
					found = true
					out = append(out, e.link)
					if o := e.link.other(p.box).box; s.VTEP == ir.VTEPLoopback && o.run == nil {
						o.node.RouterID = r
					}
				}
			}
		}
		if s.VTEP == ir.VTEPLoopback {
			route, hops := p.box.hostRoute(r)
			if route.Valid() {
				p.box.part(route)
			}
			for _, h := range hops {
				take(h)
			}
		} else {
			take(r)
		}
		if !found {
			p.box.remark(p.vxlan, "%s sends to %s, which is the far end of no tunnel that was found.", p.vxlan.Name(), r)
		}
	}
	p.links = out
	return out
}

func (l *lifting) attach(s *ir.Stretch, p *port) *ir.Attachment {
	a := &ir.Attachment{Stretch: s, Node: p.box.node, Address: p.address, MAC: p.mac, HostMTU: p.mtu, Paused: p.paused}
	object := "attach " + s.Name + " " + p.box.node.Name
	nic, vlan, tagged := strings.Cut(p.member, ".")
	a.Interface, a.Tagged = nic, tagged
	if n, err := strconv.Atoi(vlan); err == nil {
		a.VLAN = n
	}
	if p.member == "" {
		a.Interface = "eth1"
		l.gap(object, "interface", "CHANGE-ME", "the bridge has no NIC")
	}
	return a
}

// farAddress is a free address of the subnet for a gateway that was not given.
func (l *lifting) farAddress(a *ir.Attachment, object string) {
	var taken []netip.Addr
	for _, o := range a.Stretch.Attaches {
		taken = append(taken, o.Address.Addr())
	}
	for _, b := range l.boxes {
		for _, p := range b.ports {
			taken = append(taken, p.address.Addr())
		}
	}
	a.Address = netip.PrefixFrom(otherHost(a.Stretch.Subnet, taken...), a.Stretch.Subnet.Bits())
	l.gap(object, "address", "CHANGE-ME", "a free address of the subnet")
}

// farAttach derives the part of a gateway whose configuration was not given.
func (l *lifting) farAttach(s *ir.Stretch, b *gate) *ir.Attachment {
	a := &ir.Attachment{Stretch: s, Node: b.node, Interface: "eth" + strconv.Itoa(len(l.fabric.Stretches)+1), HostMTU: s.HostMTU}
	object := "attach " + s.Name + " " + b.node.Name
	l.gap(object, "interface", "CHANGE-ME", "the NIC in the subnet there")
	l.farAddress(a, object)
	return a
}

// controllers finds the hosts of the subnet that are routed over a tunnel all the same: the far site's
// controller, which must be reached before the stretch exists.
func (l *lifting) controllers(s *ir.Stretch, ports []*port) {
	for _, p := range ports {
		for _, k := range l.over(s, p) {
			for _, e := range k.ends {
				for _, h := range e.hosts {
					if e.box == p.box && s.Subnet.Contains(h.addr) {
						k.other(p.box).box.node.Site.Nutanix = &ir.Nutanix{PCVM: h.addr}
						p.box.part(h.route)
					}
				}
			}
		}
	}
}

// pauses finds out whether the stretch is paused, or which ports are spares. A spare is paused while others
// are not, or is sent nothing by those that it sends to.
func (l *lifting) pauses(s *ir.Stretch, ports []*port) {
	s.Paused = !slices.ContainsFunc(ports, func(p *port) bool { return !p.paused })
	for i, p := range ports {
		a := s.Attaches[i]
		a.Standby = p.paused && !s.Paused
		if !s.Paused {
			continue
		}
		for _, k := range l.over(s, p) {
			o := k.other(p.box)
			for _, q := range ports {
				if q.box == o.box && !slices.ContainsFunc(l.over(s, q), func(back *link) bool { return back.other(q.box).box == p.box }) {
					a.Standby = true
				}
			}
		}
	}
}
