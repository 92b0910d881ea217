package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A world is the network that flows are judged in: the gateways of the specification, and of each site one
// router that stands for its other devices. It has the networks of the site behind it, the default gateway
// of the stretched subnet where the attachment names one, the routes that are declared of the site's
// devices, and a default route to the Internet.
type world struct {
	f       *ir.Fabric
	stretch *ir.Stretch // whose hosts are asked about; nil for the routed networks
	joined  bool        // the stretch carries frames
	moved   *ir.Site    // the site that has the subnet and its default gateways for itself, after a cut-over
	ledger  *ledger
}

// An entry of a routing table.
type entry struct {
	prefix   netip.Prefix
	distance int // administrative distance, as in FRR
	kind     hopKind
	node     *ir.Node          // toGateway
	end      *ir.End           // toTunnel
	external *ir.ExternalRoute // where it is declared
	text     string
}

type hopKind int

const (
	toInternet hopKind = iota // default route
	toNetwork                 // delivered: behind this router
	toSegment                 // delivered: on the stretched segment
	toRouter
	toGateway
	toTunnel
	toNowhere // a next hop outside the specification
)

// attachAt is the attachment of a site in the stretch.
func (w *world) attachAt(s *ir.Site) *ir.Attachment {
	if w.stretch == nil {
		return nil
	}
	for _, a := range active(w.stretch) {
		if a.Node.Site == s {
			return a
		}
	}
	return nil
}

// gatewaysAt are the default gateways of the subnet that the router of a site has.
func (w *world) gatewaysAt(s *ir.Site) []netip.Addr {
	var out []netip.Addr
	add := func(a *ir.Attachment) {
		if a != nil && a.DefaultGateway.IsValid() && !slices.Contains(out, a.DefaultGateway) {
			out = append(out, a.DefaultGateway)
		}
	}
	switch w.moved {
	case nil:
		add(w.attachAt(s))
	case s:
		for _, a := range active(w.stretch) {
			add(a)
		}
	}
	return out
}

// ownGateway reports whether an address is that of a gateway of the specification in the subnet, which
// then routes for its hosts itself.
func (w *world) ownGateway(addr netip.Addr) *ir.Node {
	if w.stretch == nil {
		return nil
	}
	for _, a := range active(w.stretch) {
		if a.Address.Addr() == addr {
			return a.Node
		}
	}
	return nil
}

// routerName is what the router of a site is called: the device of its external routes if there is one.
func routerName(s *ir.Site) string {
	var names []string
	for _, e := range s.ExternalRoutes {
		if !slices.Contains(names, e.Device) {
			names = append(names, e.Device)
		}
	}
	if len(names) == 1 && names[0] != "" {
		return names[0] + " of " + s.Name
	}
	return "router of " + s.Name
}

// deviceName is the same without the site.
func deviceName(s *ir.Site) string {
	if n := len(routerName(s)) - len(" of "+s.Name); n > 0 && len(s.ExternalRoutes) > 0 && routerName(s) != "router of "+s.Name {
		return routerName(s)[:n]
	}
	return "router of " + s.Name
}

// faces is the address of a gateway that devices of its site can route to, and the segment they share; the
// zero address when there is none.
func (w *world) faces(n *ir.Node) (netip.Addr, netip.Prefix) {
	switch {
	case n.Inside != nil:
		return n.Inside.Address.Addr(), n.Inside.Address.Masked()
	case n.Uplink.NextHop.IsValid():
		return n.Uplink.Address.Addr(), n.Uplink.Address.Masked()
	case w.stretch != nil && w.stretch.RouteFromStretch && w.moved == nil:
		for _, a := range n.Attaches {
			if a.Stretch == w.stretch {
				return a.Address.Addr(), w.stretch.Subnet
			}
		}
	}
	return netip.Addr{}, netip.Prefix{}
}

// nextHopNode is the gateway of a site that has an address which its devices may use as a next hop, and
// the attachment when that is its address in a stretched subnet.
func nextHopNode(s *ir.Site, addr netip.Addr) (*ir.Node, *ir.Attachment, bool) {
	for _, n := range s.Nodes {
		if n.Inside != nil && n.Inside.Address.Addr() == addr || n.Uplink.Address.Addr() == addr {
			return n, nil, true
		}
		for _, a := range n.Attaches {
			if a.Address.Addr() == addr {
				return n, a, true
			}
		}
	}
	return nil, nil, false
}

// networksOf are the networks behind a site's router.
func (w *world) networksOf(s *ir.Site) []netip.Prefix {
	out := slices.Clone(s.Networks)
	for _, n := range s.Nodes {
		if n.Inside != nil && !slices.Contains(out, n.Inside.Address.Masked()) {
			out = append(out, n.Inside.Address.Masked())
		}
	}
	return out
}

// routerTable is the routing table of a site's router.
func (w *world) routerTable(s *ir.Site) []entry {
	var t []entry
	if len(w.gatewaysAt(s)) > 0 {
		t = append(t, entry{prefix: w.stretch.Subnet.Masked(), kind: toSegment, text: "connected " + w.stretch.Subnet.Masked().String()})
	}
	for _, p := range w.networksOf(s) {
		t = append(t, entry{prefix: p, kind: toNetwork, text: p.String() + " is its own"})
	}
	for i := range s.ExternalRoutes {
		e := &s.ExternalRoutes[i]
		x := entry{prefix: e.Prefix, distance: 1, kind: toNowhere, external: e, text: fmt.Sprintf("static route %s via %s", e.Prefix, e.NextHop)}
		if n, a, ok := nextHopNode(s, e.NextHop); ok && (a == nil || a.Stretch.RouteFromStretch) {
			x.kind, x.node = toGateway, n
		}
		t = append(t, x)
	}
	return t
}

// nodeTable is the routing table of a gateway.
func (w *world) nodeTable(n *ir.Node) []entry {
	var t []entry
	for _, a := range n.Attaches {
		if a.Stretch == w.stretch && w.moved == nil {
			t = append(t, entry{prefix: w.stretch.Subnet.Masked(), kind: toSegment, text: "connected " + w.stretch.Subnet.Masked().String() + " on " + a.Bridge()})
		}
	}
	networks := w.networksOf(n.Site)
	if w.moved == n.Site {
		networks = append(networks, w.stretch.Subnet.Masked())
	}
	inward := netip.Addr{}
	if n.Inside != nil {
		inward = n.Inside.NextHop
		t = append(t, entry{prefix: n.Inside.Address.Masked(), kind: toRouter, text: "connected " + n.Inside.Address.Masked().String()})
	} else {
		inward = n.Uplink.NextHop
	}
	if inward.IsValid() {
		for _, p := range networks {
			t = append(t, entry{prefix: p, distance: 1, kind: toRouter, text: fmt.Sprintf("static route %s via %s", p, inward)})
		}
	}
	for _, e := range n.Ends {
		t = append(t, w.learned(e)...)
		for _, p := range e.Hosts {
			t = append(t, entry{prefix: p, distance: 1, kind: toTunnel, end: e, text: fmt.Sprintf("static route %s via %s", p, e.Interface)})
		}
	}
	return t
}

// learned are the routes that a gateway has over a tunnel by eBGP (distance 20).
func (w *world) learned(e *ir.End) []entry {
	prefixes := e.Import
	if !e.Tunnel.Managed && len(prefixes) == 0 {
		prefixes = e.Peer.Node.Site.Networks
	}
	if w.moved == e.Peer.Node.Site {
		prefixes = append(slices.Clone(prefixes), w.stretch.Subnet.Masked())
	}
	var t []entry
	for _, p := range prefixes {
		t = append(t, entry{prefix: p, distance: 20, kind: toTunnel, end: e, text: fmt.Sprintf("eBGP %s via %s", p, e.Interface)})
	}
	return t
}

// lookup is the longest match, by distance among equals; the default route when nothing matches. lost is
// the entry of the same length that a smaller distance beat, if there is one.
func lookup(table []entry, addr netip.Addr) (best, lost entry) {
	best = entry{kind: toInternet, text: "default route"}
	found := false
	for _, e := range table {
		if !e.prefix.Contains(addr) {
			continue
		}
		switch {
		case !found || e.prefix.Bits() > best.prefix.Bits():
			best, lost, found = e, entry{}, true
		case e.prefix.Bits() == best.prefix.Bits() && e.distance < best.distance:
			best, lost = e, best
		case e.prefix.Bits() == best.prefix.Bits() && lost.text == "" && e.distance > best.distance:
			lost = e
		}
	}
	return best, lost
}
