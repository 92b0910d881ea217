package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A Graph is the topology. What there is a lot of stands in groups: sites of one for_each, the tunnels
// between groups, stretches that join the same places.
type Graph struct {
	Name      string
	Sites     []GraphSite
	Tunnels   []GraphTunnel
	Stretches []GraphStretch
}

// A GraphSite is a site or a group of sites.
type GraphSite struct {
	Name     string
	Members  []string // of a group, sorted; nil for a single site
	Networks []string
	Gateways []GraphGateway
}

// A GraphGateway is a gateway, or those of one label in a group of sites.
type GraphGateway struct {
	ID       string // SITE/GW
	Platform string // as in "VyOS 1.4"
	ASN      string
	Uplink   string // as in "eth0 203.0.113.10/24"
	Inside   string // as in "eth2 10.20.0.2/24 via 10.20.0.1"; empty for none
	Loopback string
}

// A GraphTunnel is a tunnel, or those between two groups.
type GraphTunnel struct {
	Name     string
	Members  []string
	Ends     [2]GraphEnd
	Proposal string // of ESP; empty when IPsec is somebody else's
	NATT     bool
	MTU      int // octets; 0 when it is not known
	Managed  bool
}

// A GraphEnd is one end of a tunnel.
type GraphEnd struct {
	Gateway   string // SITE/GW
	Interface string
	Address   string
}

// A GraphStretch is a stretch, or those that join the same places.
type GraphStretch struct {
	Name     string
	Members  []string // in the order of their VNIs
	Subnet   string
	VNI      string
	Tunnels  []string
	Attaches []GraphAttach
	Paused   bool
}

// A GraphAttach is a gateway's part in a stretch.
type GraphAttach struct {
	Gateway        string // SITE/GW
	Site           string // of a gateway in a group: those that take part
	Port           string // eth1, eth1.20
	VLAN           string // empty when it is not known
	Bridge, VXLAN  string
	Address        string
	DefaultGateway string
	Standby        bool
}

// A Grouping says from how many on things are put into groups.
type Grouping struct {
	Sites, Stretches int // 0: never
}

// DefaultGrouping is what pictures are made with.
// It is never changed.
var DefaultGrouping = Grouping{Sites: 8, Stretches: 12}

// Topology draws the graph of a fabric.
func Topology(f *ir.Fabric, by Grouping) *Graph {
	g := &Graph{Name: f.Name}
	siteGroup := map[*ir.Site]string{}
	var groups [][]*ir.Site
	for _, s := range sites(f) {
		key := s.Name
		if label, _, ok := strings.Cut(s.Name, "."); ok && by.Sites > 0 && len(f.Sites) > by.Sites {
			key = label + ".*"
		}
		i := slices.IndexFunc(groups, func(g []*ir.Site) bool { return siteGroup[g[0]] == key })
		siteGroup[s] = key
		if i < 0 {
			groups = append(groups, []*ir.Site{s})
			continue
		}
		groups[i] = append(groups[i], s)
	}
	for _, members := range groups {
		if len(members) == 1 {
			siteGroup[members[0]] = members[0].Name
		}
		g.Sites = append(g.Sites, graphSite(siteGroup[members[0]], members))
	}
	id := func(n *ir.Node) string { return siteGroup[n.Site] + "/" + n.Label }
	g.Tunnels = graphTunnels(f, id)
	g.leftToRight()
	g.Stretches = graphStretches(f, by, id)
	return g
}

// leftToRight turns the ends of tunnels so that they follow the order of the sites.
func (g *Graph) leftToRight() {
	place := map[string]int{}
	for _, s := range g.Sites {
		for _, gw := range s.Gateways {
			place[gw.ID] = len(place)
		}
	}
	for i := range g.Tunnels {
		if e := &g.Tunnels[i].Ends; place[e[1].Gateway] < place[e[0].Gateway] {
			e[0], e[1] = e[1], e[0]
		}
	}
}

func graphSite(name string, members []*ir.Site) GraphSite {
	gs := GraphSite{Name: name}
	var nets []netip.Prefix
	var labels []string
	nodes := map[string][]*ir.Node{}
	for _, s := range members {
		if len(members) > 1 {
			gs.Members = append(gs.Members, s.Name)
		}
		nets = append(nets, s.Networks...)
		for _, n := range s.Nodes {
			if nodes[n.Label] == nil {
				labels = append(labels, n.Label)
			}
			nodes[n.Label] = append(nodes[n.Label], n)
		}
	}
	slices.Sort(gs.Members)
	for _, n := range nets {
		gs.Networks = append(gs.Networks, n.String())
	}
	if len(members) > 1 {
		gs.Networks = ends(gs.Networks)
	}
	for _, label := range labels {
		gs.Gateways = append(gs.Gateways, graphGateway(name+"/"+label, nodes[label]))
	}
	return gs
}

// span is the common value of a group, or the first and the last.
func span(values []string) string {
	if all := ends(values); len(all) > 0 {
		return strings.Join(all, " … ")
	}
	return ""
}

func ends(values []string) []string {
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	values = slices.CompactFunc(values, func(a, b string) bool { return a == b })
	if len(values) > 2 {
		return []string{values[0], values[len(values)-1]}
	}
	return values
}

// collect gathers one text of each member.
func collect[T any](members []T, text func(T) string) string {
	var out []string
	for _, m := range members {
		out = append(out, text(m))
	}
	return span(out)
}

func graphGateway(id string, nodes []*ir.Node) GraphGateway {
	return GraphGateway{
		ID: id,
		Platform: collect(nodes, func(n *ir.Node) string {
			switch {
			case n.Platform == ir.Linux:
				return "Linux"
			case n.Appliance != "":
				return "VyOS " + n.Release + " (appliance " + n.Appliance + ")"
			}
			return "VyOS " + n.Release
		}),
		ASN: collect(nodes, func(n *ir.Node) string {
			if n.ASN == 0 {
				return ""
			}
			return "AS " + strconv.FormatUint(uint64(n.ASN), 10)
		}),
		Uplink: collect(nodes, func(n *ir.Node) string {
			text := n.Uplink.Interface + " " + n.Uplink.Address.String()
			if n.Uplink.Public.IsValid() {
				text += " (outside " + n.Uplink.Public.String() + ")"
			}
			return text
		}),
		Inside: collect(nodes, func(n *ir.Node) string {
			if n.Inside == nil {
				return ""
			}
			text := n.Inside.Interface + " " + n.Inside.Address.String()
			if n.Inside.NextHop.IsValid() {
				text += " via " + n.Inside.NextHop.String()
			}
			return text
		}),
		Loopback: collect(nodes, func(n *ir.Node) string {
			if !n.Loopback.IsValid() {
				return ""
			}
			return n.Loopback.String()
		}),
	}
}

func graphTunnels(f *ir.Fabric, id func(*ir.Node) string) []GraphTunnel {
	type key struct{ label, a, b string }
	var order []key
	members := map[key][]*ir.Tunnel{}
	for _, t := range f.Tunnels {
		k := key{t.Name, id(t.Ends[0].Node), id(t.Ends[1].Node)}
		if label, _, ok := strings.Cut(t.Name, "."); ok && (strings.Contains(k.a, ".*/") || strings.Contains(k.b, ".*/")) {
			k.label = label + ".*"
		}
		if k.b < k.a && strings.HasSuffix(k.label, ".*") {
			k.a, k.b = k.b, k.a
		}
		if members[k] == nil {
			order = append(order, k)
		}
		members[k] = append(members[k], t)
	}
	var out []GraphTunnel
	for _, k := range order {
		ts := members[k]
		g := GraphTunnel{Name: k.label, NATT: ts[0].NATT.Encap, MTU: ts[0].MTU, Managed: ts[0].Managed}
		if len(ts[0].ESP.Proposals) > 0 {
			g.Proposal = worst(ts[0]).Name
		}
		for _, t := range ts {
			if len(ts) > 1 {
				g.Members = append(g.Members, t.Name)
			}
		}
		if len(ts) == 1 {
			g.Name = ts[0].Name
		}
		for i, gw := range []string{k.a, k.b} {
			end := func(t *ir.Tunnel) *ir.End {
				if id(t.Ends[0].Node) == gw && (i == 0 || k.a != k.b) {
					return t.Ends[0]
				}
				return t.Ends[1]
			}
			g.Ends[i] = GraphEnd{Gateway: gw,
				Interface: collect(ts, func(t *ir.Tunnel) string { return end(t).Interface }),
				Address: collect(ts, func(t *ir.Tunnel) string {
					if !end(t).Address.IsValid() {
						return ""
					}
					return end(t).Address.String()
				})}
		}
		out = append(out, g)
	}
	return out
}

func graphStretches(f *ir.Fabric, by Grouping, id func(*ir.Node) string) []GraphStretch {
	group := by.Stretches > 0 && len(f.Stretches) > by.Stretches
	type entry struct {
		key     string
		members []*ir.Stretch
	}
	var order []*entry
	for _, s := range f.Stretches {
		key := s.Name
		if group {
			key = fmt.Sprint(s.Paused)
			for _, a := range s.Attaches {
				key += "|" + id(a.Node) + " " + a.Interface + fmt.Sprint(a.Tagged, a.Standby)
			}
		}
		i := slices.IndexFunc(order, func(e *entry) bool { return e.key == key })
		if i < 0 {
			order = append(order, &entry{key: key})
			i = len(order) - 1
		}
		order[i].members = append(order[i].members, s)
	}
	var out []GraphStretch
	for _, e := range order {
		out = append(out, graphStretch(e.members, id))
	}
	return out
}

func graphStretch(members []*ir.Stretch, id func(*ir.Node) string) GraphStretch {
	first := members[0]
	g := GraphStretch{Name: first.Name, Paused: first.Paused}
	byVNI := slices.SortedFunc(slices.Values(members), func(a, b *ir.Stretch) int { return cmp.Compare(a.VNI, b.VNI) })
	if len(members) > 1 {
		for _, s := range byVNI {
			g.Members = append(g.Members, s.Name)
		}
		g.Name = fmt.Sprintf("%d stretches: %s", len(members), span(g.Members))
	}
	g.Subnet = collect(byVNI, func(s *ir.Stretch) string { return s.Subnet.Masked().String() })
	g.VNI = collect(byVNI, func(s *ir.Stretch) string { return strconv.FormatUint(uint64(s.VNI), 10) })
	for _, t := range first.Tunnels {
		g.Tunnels = append(g.Tunnels, t.Name)
	}
	seen := map[string]bool{}
	for _, a := range attaches(first) {
		gw := id(a.Node)
		if seen[gw] {
			continue // another site of the same group
		}
		seen[gw] = true
		var same []*ir.Attachment
		for _, s := range byVNI {
			for _, x := range s.Attaches {
				if id(x.Node) == gw {
					same = append(same, x)
				}
			}
		}
		sites := ""
		if gw != a.Node.Site.Name+"/"+a.Node.Label {
			sites = collect(same, func(a *ir.Attachment) string { return a.Node.Site.Name })
		}
		g.Attaches = append(g.Attaches, GraphAttach{Gateway: gw, Site: sites, Standby: a.Standby,
			Port: collect(same, (*ir.Attachment).Port), Bridge: collect(same, (*ir.Attachment).Bridge), VXLAN: collect(same, (*ir.Attachment).VXLAN),
			VLAN: collect(same, func(a *ir.Attachment) string {
				if a.VLAN == 0 {
					return ""
				}
				return strconv.Itoa(a.VLAN)
			}),
			Address: collect(same, func(a *ir.Attachment) string { return a.Address.String() }),
			DefaultGateway: collect(same, func(a *ir.Attachment) string {
				if !a.DefaultGateway.IsValid() {
					return ""
				}
				return a.DefaultGateway.String()
			})})
	}
	return g
}
