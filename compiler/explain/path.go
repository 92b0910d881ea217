package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A destination is a target with what forwarding needs of it.
type destination struct {
	Target
	site   *ir.Site // nil for the Internet
	addr   netip.Addr
	prefix netip.Prefix
	host   string // name of the last step
}

// A hiker follows one packet.
type hiker struct {
	w       *world
	to      destination
	source  netip.Addr // of the packet
	path    Path
	seen    map[string]bool
	notes   []string
	missing bool
}

func (w *world) hiker(source netip.Addr, to destination) *hiker {
	return &hiker{w: w, to: to, source: source, seen: map[string]bool{}}
}

func (h *hiker) step(kind, name string, site *ir.Site, by string) {
	s := Step{Kind: kind, Name: name, By: by}
	if site != nil {
		s.Site = site.Name
	}
	h.path.Steps = append(h.path.Steps, s)
}

func (h *hiker) broken(format string, args ...any) Path {
	h.path.Broken = fmt.Sprintf(format, args...)
	return h.path
}

func (h *hiker) arrived() Path {
	h.path.Works = !h.missing
	return h.path
}

// again reports whether the packet has been at a device before, which is a loop.
func (h *hiker) again(name string) bool {
	if h.seen[name] {
		return true
	}
	h.seen[name] = true
	return false
}

// fromHost sends a packet from a host of the stretched subnet.
func (h *hiker) fromHost(name string, at *ir.Site, gateway netip.Addr) Path {
	w := h.w
	if h.to.addr.IsValid() && w.stretch.Subnet.Contains(h.to.addr) && !(w.moved != nil && h.to.site != w.moved) {
		h.step("host", name, at, h.to.addr.String()+" is in its own subnet")
		return h.overSegment(at, h.to.site, h.to.host)
	}
	if !gateway.IsValid() {
		h.step("host", name, at, "")
		return h.broken("it has no default gateway")
	}
	h.step("host", name, at, "default gateway "+gateway.String())
	owner, node := w.owner(at, gateway)
	if owner == nil {
		return h.broken("nobody has the default gateway %s", gateway)
	}
	if owner != at {
		if w.stretch.FirstHopLocal {
			return h.broken("first_hop = \"local\" drops ARP for %s between the sites, and %s does not have it", gateway, at.Name)
		}
		if !w.joined {
			return h.broken("%s is on %s, and the two halves of the subnet are not joined", gateway, owner.Name)
		}
		h.step("stretch", w.stretchName(), nil, "")
	} else if !w.stretch.FirstHopLocal && w.joined && node == nil {
		var names []string
		for _, s := range w.sitesWith(gateway) {
			names = append(names, routerName(s))
		}
		if len(names) > 1 {
			h.note(fmt.Sprintf("%s all answer ARP for %s: a host keeps whichever answer came last. first_hop = \"local\" keeps the answers apart.", list(names, "and"), gateway))
		}
	}
	if node != nil {
		if !w.stretch.RouteFromStretch {
			return h.broken("%s has %s, but does not route for hosts of the subnet: route_from_stretch is not set", node.Name, gateway)
		}
		return h.atGateway(node, "")
	}
	return h.atRouter(owner)
}

func (h *hiker) note(s string) {
	if !slices.Contains(h.notes, s) {
		h.notes = append(h.notes, s)
	}
}

// sitesWith are the sites whose router has a default gateway.
func (w *world) sitesWith(gateway netip.Addr) []*ir.Site {
	var out []*ir.Site
	for _, s := range sites(w.f) {
		if slices.Contains(w.gatewaysAt(s), gateway) {
			out = append(out, s)
		}
	}
	return out
}

// owner is the site that answers for a default gateway, its own if it does, and the gateway of the
// specification if it is one of those.
func (w *world) owner(at *ir.Site, gateway netip.Addr) (*ir.Site, *ir.Node) {
	if n := w.ownGateway(gateway); n != nil && w.moved == nil {
		return n.Site, n
	}
	sites := w.sitesWith(gateway)
	if len(sites) == 0 {
		return nil, nil
	}
	if slices.Contains(sites, at) {
		return at, nil
	}
	return sites[0], nil
}

func (w *world) stretchName() string {
	return fmt.Sprintf("stretch %s (VNI %d)", w.stretch.Name, w.stretch.VNI)
}

// overSegment delivers on the stretched segment.
func (h *hiker) overSegment(from, to *ir.Site, host string) Path {
	w := h.w
	if from == to {
		h.step("host", host, to, "")
		return h.arrived()
	}
	if !w.joined {
		return h.broken("%s has %s as a connected route: its distance, 0, beats eBGP's, 20. So it asks its own segment for %s, where nobody answers",
			from.Name, w.stretch.Subnet.Masked(), h.to.addr)
	}
	if w.attachAt(from) == nil || w.attachAt(to) == nil {
		return h.broken("%s has no part in the stretch", from.Name)
	}
	h.step("stretch", w.stretchName(), nil, "")
	h.step("host", host, to, "")
	return h.arrived()
}

// atRouter goes on at the router of a site.
func (h *hiker) atRouter(s *ir.Site) Path {
	name := routerName(s)
	if h.again(name) {
		h.step("router", name, s, "")
		return h.broken("the packet was here before: a loop")
	}
	if h.to.site == nil {
		return h.toInternet(s)
	}
	best, lost := lookup(h.w.routerTable(s), h.to.addr)
	elsewhere := best.kind == toInternet || (best.kind == toNetwork || best.kind == toNowhere) && h.to.site != s
	if best.kind == toSegment && !h.w.joined && h.to.site != s {
		elsewhere = true // a longer route would win over the connected one
	}
	if elsewhere && (best.kind == toInternet || h.to.prefix.Bits() > best.prefix.Bits()) || best.kind == toNowhere {
		if n := h.gatewayFor(s); n != nil {
			return h.needRoute(s, n, best)
		}
	}
	switch best.kind {
	case toSegment:
		h.step("router", name, s, best.text)
		return h.overSegment(s, h.to.site, h.to.host)
	case toNetwork:
		h.step("router", name, s, best.text)
		if h.to.site != s {
			return h.broken("%s has the same prefix, %s, itself%s: the packet stays on %s", s.Name, best.prefix, beats(best, lost), s.Name)
		}
		h.step(h.to.Kind, h.to.host, s, "")
		return h.arrived()
	case toGateway:
		h.step("router", name, s, best.text)
		h.use(s, best)
		return h.atGateway(best.node, h.facing(best.node))
	case toNowhere:
		h.step("router", name, s, best.text)
		return h.broken("%s is no gateway that the specification knows", best.external.NextHop)
	}
	h.step("router", name, s, best.text)
	return h.broken("no gateway of %s has a route to %s: the packet leaves for the Internet", s.Name, h.to.prefix)
}

// toInternet leaves a site by its own exit, unless a declared default route leads to a gateway.
func (h *hiker) toInternet(s *ir.Site) Path {
	name := routerName(s)
	for _, e := range h.w.routerTable(s) {
		if e.external == nil || e.prefix.Bits() != 0 {
			continue
		}
		h.step("router", name, s, e.text)
		if e.kind == toGateway {
			h.use(s, e)
			return h.atGateway(e.node, h.facing(e.node))
		}
		h.w.ledger.used[e.external] = true
		h.step("internet", "Internet", nil, "")
		h.path.exit = s
		return h.arrived()
	}
	h.step("router", name, s, "default route")
	h.step("internet", "Internet", nil, "")
	h.path.exit = s
	return h.arrived()
}

// beats says why a route lost to one of the same prefix.
func beats(best, lost entry) string {
	if lost.text == "" || lost.distance <= best.distance {
		return ", and distance 0 of a connected route beats eBGP's 20"
	}
	return fmt.Sprintf(", and its distance, %d, beats %d of %s", best.distance, lost.distance, lost.text)
}

// gatewayFor is the gateway of a site that has a way to the target.
func (h *hiker) gatewayFor(s *ir.Site) *ir.Node {
	for _, n := range s.Nodes {
		if addr, _ := h.w.faces(n); !addr.IsValid() {
			continue
		}
		if best, _ := lookup(h.w.nodeTable(n), h.to.addr); best.kind == toTunnel || best.kind == toSegment && h.w.joined {
			return n
		}
	}
	return nil
}

// needRoute goes on as if the router had the route that it lacks.
func (h *hiker) needRoute(s *ir.Site, n *ir.Node, best entry) Path {
	addr, segment := h.w.faces(n)
	r := Required{Site: s.Name, Device: deviceName(s), Prefix: h.to.prefix.String(), NextHop: addr.String(), Segment: segment.String(), Status: Missing}
	if best.kind == toNowhere && best.prefix == h.to.prefix {
		r.Status, r.Have = OtherNextHop, best.external.NextHop.String()
		h.w.ledger.used[best.external] = true
	}
	h.missing = true
	h.path.Needs = append(h.path.Needs, h.w.ledger.need(r))
	h.step("router", routerName(s), s, fmt.Sprintf("static route %s via %s", r.Prefix, r.NextHop))
	return h.atGateway(n, h.facing(n))
}

// use records that a declared route is one that is needed.
func (h *hiker) use(s *ir.Site, e entry) {
	if e.external == nil {
		return
	}
	h.w.ledger.used[e.external] = true
	_, segment := h.w.faces(e.node)
	h.path.Needs = append(h.path.Needs, h.w.ledger.need(Required{Site: s.Name, Device: e.external.Device, Prefix: e.external.Prefix.String(),
		NextHop: e.external.NextHop.String(), Segment: segment.String(), Status: Present}))
}

// facing is the interface on which a gateway receives what devices of its site send it.
func (h *hiker) facing(n *ir.Node) string {
	if n.Inside != nil {
		return n.Inside.Interface
	}
	return n.Uplink.Interface
}

// atGateway goes on at a gateway, which received the packet on an interface.
func (h *hiker) atGateway(n *ir.Node, in string) Path {
	if h.again(n.Name) {
		h.step("gateway", n.Name, n.Site, "")
		return h.broken("the packet was here before: a loop")
	}
	h.checkSource(n, in)
	if h.to.site == nil {
		h.step("gateway", n.Name, n.Site, "default route")
		h.step("internet", "Internet", nil, "")
		h.path.exit = n.Site
		return h.arrived()
	}
	best, lost := lookup(h.w.nodeTable(n), h.to.addr)
	h.step("gateway", n.Name, n.Site, best.text)
	switch best.kind {
	case toSegment:
		return h.overSegment(n.Site, h.to.site, h.to.host)
	case toRouter:
		if h.to.site != n.Site {
			return h.broken("%s has the same prefix, %s, itself%s: the packet stays on %s", n.Site.Name, best.prefix, beats(best, lost), n.Site.Name)
		}
		return h.atRouter(n.Site)
	case toTunnel:
		h.step("tunnel", "tunnel "+best.end.Tunnel.Name, nil, "")
		return h.atGateway(best.end.Peer.Node, best.end.Peer.Interface)
	}
	if n.Inside == nil && !n.Uplink.NextHop.IsValid() && h.to.site == n.Site {
		return h.broken("%s has no way in to the networks of %s: neither inside nor uplink.next_hop is given, so the packet follows the default route to the Internet in clear", n.Name, n.Site.Name)
	}
	return h.broken("%s has no route to %s: the packet follows the default route to the Internet in clear", n.Name, h.to.prefix)
}

// checkSource notes where reverse path filtering matters: the packet's source is connected on the bridge,
// and it comes in elsewhere.
func (h *hiker) checkSource(n *ir.Node, in string) {
	w := h.w
	if w.stretch == nil || in == "" || w.moved != nil || !w.stretch.Subnet.Contains(h.source) {
		return
	}
	for _, a := range n.Attaches {
		if a.Stretch != w.stretch {
			continue
		}
		what := fmt.Sprintf("%s receives packets of the subnet on %s although the subnet is connected on %s: strict source validation drops them, loose passes them.", n.Name, in, a.Bridge())
		vti := slices.ContainsFunc(n.Ends, func(e *ir.End) bool { return e.Interface == in && e.Tunnel.Managed })
		switch {
		case !vti || n.Platform != ir.VyOS || w.ledger.loose == nil:
		case w.ledger.loose(n):
			what += " It is set to loose on " + in + "."
		default:
			what += fmt.Sprintf(" VyOS %s has no setting for a VTI: the box must not be strict globally.", n.Release)
		}
		h.note(what)
	}
}
