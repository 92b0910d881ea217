package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A port is a box's part in a stretch: the VXLAN device, the bridge, the NIC in the subnet.
type port struct {
	box      *gate
	vxlan    config.Node
	bridge   config.Node // zero when the VXLAN is in none
	name     string      // of the stretch, in the language; empty when nothing names it
	index    int         // n of vxlanN; -1 for another name
	vni      ir.VNI
	member   string // the NIC, as in eth1 or eth1.20; empty when there is none
	address  netip.Prefix
	mac      string
	mtu      int
	aging    int // seconds; 0: not set
	routes   bool
	source   netip.Addr
	loopback bool // the source is an address of the box, not of a tunnel
	remotes  []netip.Addr
	paused   bool
	hopMAC   string  // of the default gateway that is kept from the far site
	links    []*link // that it sends over; nil: not looked for yet
}

// readPorts finds the VXLAN devices with their bridges.
func (b *gate) readPorts() {
	for v := range below(b.root, "interfaces", "vxlan") {
		if p := b.readPort(v); p != nil {
			b.ports = append(b.ports, p)
		}
	}
	slices.SortFunc(b.ports, func(x, y *port) int { return config.LexicalNumeric.Compare(x.vxlan.Name(), y.vxlan.Name()) })
}

func (b *gate) readPort(v config.Node) *port {
	br, members := b.bridgeOf(v)
	spec, object := markAt(br)
	if spec == "" {
		spec, object = markAt(v)
	}
	if b.spec != "" && spec != b.spec {
		return nil
	}
	vni, err := strconv.ParseUint(get(v, "vni"), 10, 24)
	if err != nil {
		b.remark(v, "%s has no VNI.", v.Name())
		return nil
	}
	p := &port{
		box: b, vxlan: v, bridge: br, index: ifaceNumber(v.Name(), "vxlan"), vni: ir.VNI(vni),
		mtu: number(v, 0, "mtu"), mac: strings.ToLower(get(br, "mac")), aging: number(br, 0, "aging"),
		routes: !has(br, "ip", "disable-forwarding") && b.can(release.BridgeNoForwarding),
	}
	for _, r := range all(v, "remote") {
		if a := address(r); a.IsValid() {
			p.remotes = append(p.remotes, a)
		}
	}
	if len(p.remotes) == 0 {
		b.remark(v, "%s has no remote address: multicast and learning from a controller cannot be expressed.", v.Name())
		return nil
	}
	if has(br, "enable-vlan") {
		b.remark(br, "%s tells VLANs apart; a stretch has a bridge of its own.", br.Name())
	}
	p.name = objectName(object)
	if object == "" {
		p.name = ""
	}
	p.sources()
	b.member(p, members)
	p.paused = has(v, "disable") || !p.bridge.Valid() || b.run.Release.STPOff != nil && !b.can(release.VXLANDisable) && !slices.Contains(members, v.Name())
	b.hop(p)
	b.part(v)
	if p.bridge.Valid() {
		b.part(p.bridge)
	}
	return p
}

// sources finds the address that frames are sent from.
func (p *port) sources() {
	b := p.box
	p.source = address(get(p.vxlan, "source-address"))
	for _, kind := range []string{"dummy", "loopback"} {
		for d := range below(b.root, "interfaces", kind) {
			for _, a := range all(d, "address") {
				q := prefix(a)
				if q.IsValid() && q.IsSingleIP() && (q.Addr() == p.source || !p.source.IsValid() && get(p.vxlan, "source-interface") == d.Name()) {
					p.source, p.loopback = q.Addr(), true
					b.part(d)
				}
			}
		}
	}
}

// bridgeOf finds the bridge of a VXLAN device and the bridge's members. A device that is in none belongs to
// the bridge with its mark, or its number: older releases pause a stretch by taking it out.
func (b *gate) bridgeOf(v config.Node) (config.Node, []string) {
	byName := func(name string) (config.Node, []string) {
		br := find(b.root, "interfaces", "bridge", name)
		return br, b.members(br)
	}
	for br := range below(b.root, "interfaces", "bridge") {
		if slices.Contains(all(br, "member", "interface"), v.Name()) {
			return byName(br.Name())
		}
	}
	if name := get(v, "bridge-group", "bridge"); name != "" {
		return byName(name)
	}
	spec, object := markAt(v)
	for br := range below(b.root, "interfaces", "bridge") {
		if s, o := markAt(br); s != "" && s == spec && o == object {
			return byName(br.Name())
		}
	}
	if n := ifaceNumber(v.Name(), "vxlan"); n >= 0 {
		return byName("br" + strconv.Itoa(n))
	}
	return config.Node{}, nil
}

// members are the interfaces in a bridge, joined from either side.
func (b *gate) members(br config.Node) []string {
	if !br.Valid() {
		return nil
	}
	out := all(br, "member", "interface")
	for _, n := range b.nics {
		if get(n.node, "bridge-group", "bridge") == br.Name() {
			out = append(out, n.name)
		}
	}
	for v := range below(b.root, "interfaces", "vxlan") {
		if get(v, "bridge-group", "bridge") == br.Name() {
			out = append(out, v.Name())
		}
	}
	return out
}

// member finds the NIC among a bridge's members and what else the bridge says.
func (b *gate) member(p *port, members []string) {
	var others []string
	for _, m := range members {
		switch n := b.nic(m); {
		case m == p.vxlan.Name():
		case p.member == "" && (n != nil || nicForm.MatchString(m)):
			p.member = m
			if n == nil {
				break // a NIC of which nothing is configured but this
			}
			if p.mtu == 0 {
				p.mtu = n.mtu
			}
			b.portParts(n)
		default:
			others = append(others, m)
		}
	}
	if len(others) > 0 {
		b.remark(p.bridge, "%s also has %s. A stretch has one NIC and one VXLAN device in its bridge.", p.bridge.Name(), strings.Join(others, ", "))
	}
	if p.mtu == 0 {
		p.mtu = number(p.bridge, 1500, "mtu")
	}
	for _, a := range all(p.bridge, "address") {
		q := prefix(a)
		switch {
		case !q.IsValid():
		case !p.address.IsValid():
			p.address = q
		default:
			b.remark(p.bridge, "%s has another address, %s. A stretch has one subnet.", p.bridge.Name(), q)
		}
	}
}

// portParts notes what of a NIC in a bridge belongs to the stretch: its VLAN whole, else what it says of the
// bridge.
func (b *gate) portParts(n *nic) {
	if strings.Contains(n.name, ".") {
		b.part(n.node)
		return
	}
	for _, leaf := range []string{"description", "mtu", "bridge-group"} {
		if c := find(n.node, leaf); c.Valid() {
			b.part(c)
		}
	}
}

// hop finds the rule that keeps frames of the default gateway from the far site.
func (b *gate) hop(p *port) {
	for r := range below(b.root, "firewall", "bridge", "forward", "filter", "rule") {
		if get(r, "action") == "drop" && get(r, "outbound-interface", "name") == p.vxlan.Name() && get(r, "source", "mac-address") != "" {
			p.hopMAC = strings.ToLower(get(r, "source", "mac-address"))
			b.part(r)
		}
	}
}

// ages is the ageing time of a port's bridge, 0 when it is not set.
func (p *port) ages() time.Duration { return time.Duration(p.aging) * time.Second }
