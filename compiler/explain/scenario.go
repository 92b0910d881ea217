package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A scene is a state of a stretch with the sites that it is about.
type scene struct {
	after State
	home  *ir.Site
	away  []*ir.Site
}

// scenes are those that an ask leads to: one, or after a move one for each site that hosts may move to.
func scenes(s *ir.Stretch, ask Ask) []scene {
	var sites []*ir.Site
	for _, a := range active(s) {
		if !slices.Contains(sites, a.Node.Site) {
			sites = append(sites, a.Node.Site)
		}
	}
	if len(sites) == 0 {
		return nil
	}
	home := sites[0]
	if ask.Home != "" {
		i := slices.IndexFunc(sites, func(s *ir.Site) bool { return s.Name == ask.Home })
		if i < 0 {
			return nil
		}
		home = sites[i]
	}
	var away []*ir.Site
	for _, s := range sites {
		if s != home {
			away = append(away, s)
		}
	}
	if ask.After == Now {
		return []scene{{Now, home, away}}
	}
	var out []scene
	for _, a := range away {
		out = append(out, scene{ask.After, home, []*ir.Site{a}})
	}
	return out
}

// A resident is a class of hosts with what forwarding needs of it.
type resident struct {
	Class
	site    *ir.Site
	gateway netip.Addr
	addr    netip.Addr
}

// name is the resident as a step of a path.
func (r resident) name() string {
	switch r.Kind {
	case "moved":
		return "host moved to " + r.At
	case "created":
		return "host created on " + r.At
	}
	return "host on " + r.At
}

// residents are the classes of a scene.
func residents(w *world, sc scene) []resident {
	s := w.stretch
	set := newHostSet(s)
	gateway := func(site *ir.Site) netip.Addr {
		if a := w.attachAt(site); a != nil && a.DefaultGateway.IsValid() {
			return a.DefaultGateway
		}
		for _, a := range active(s) {
			if a.DefaultGateway.IsValid() {
				return a.DefaultGateway
			}
		}
		return netip.Addr{}
	}
	var out []resident
	add := func(kind string, at, from *ir.Site, gw netip.Addr, text string) {
		r := resident{Class: Class{Kind: kind, At: at.Name, Text: text}, site: at, gateway: gw, addr: set.next(10 * (len(out) + 1))}
		if from != nil {
			r.From = from.Name
		}
		if gw.IsValid() {
			r.Gateway = gw.String()
		}
		out = append(out, r)
	}
	if sc.after == Now {
		add("home", sc.home, nil, gateway(sc.home), "at home on "+sc.home.Name)
	}
	for _, a := range sc.away {
		add("moved", a, sc.home, gateway(sc.home), fmt.Sprintf("moved from %s to %s", sc.home.Name, a.Name))
		add("created", a, nil, gateway(a), "created on "+a.Name)
	}
	return out
}

// targets are what the residents of a site want to reach.
func targets(w *world, at *ir.Site) []destination {
	var out []destination
	subnet := w.stretch.Subnet.Masked()
	set := newHostSet(w.stretch)
	add := func(kind string, s *ir.Site, p netip.Prefix, addr netip.Addr, text string) {
		d := destination{Target: Target{Kind: kind, Prefix: p.String(), Text: text}, site: s, addr: addr, prefix: p, host: text}
		if s != nil {
			d.Site = s.Name
		}
		out = append(out, d)
	}
	for _, a := range active(w.stretch) {
		s := a.Node.Site
		if w.moved != nil && s != w.moved {
			continue
		}
		where := "there, on " + s.Name
		if s == at {
			where = "here"
		}
		add("subnet", s, subnet, set.next(100), "own subnet "+where)
		out[len(out)-1].host = "host on " + s.Name
	}
	for _, s := range sites(w.f) {
		for _, p := range s.Networks {
			add("network", s, p, w.within(p), p.String()+" of "+s.Name)
		}
		if s.Nutanix == nil || !s.Nutanix.PCVM.IsValid() {
			continue
		}
		pc := s.Nutanix.PCVM
		home, p := s, netip.PrefixFrom(pc, pc.BitLen())
		for _, n := range s.Networks {
			if n.Contains(pc) {
				p = n
			}
		}
		if subnet.Contains(pc) {
			if w.moved != nil {
				home = w.moved
			}
		}
		add("controller", home, p, pc, fmt.Sprintf("controller VM %s of %s", pc, s.Name))
		out[len(out)-1].Prefix = netip.PrefixFrom(pc, pc.BitLen()).String()
	}
	all := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	if subnet.Addr().Is6() {
		all = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	add("internet", nil, all, netip.Addr{}, "the Internet "+all.String())
	return out
}

// within is an address of a network that lies in no stretched subnet, in no smaller network and on no
// segment of a gateway.
func (w *world) within(p netip.Prefix) netip.Addr {
	addr, ok := w.ledger.within[p]
	if !ok {
		addr = w.search(p)
		w.ledger.within[p] = addr
	}
	return addr
}

func (w *world) search(p netip.Prefix) netip.Addr {
	var smaller []netip.Prefix
	for _, s := range w.f.Stretches {
		smaller = append(smaller, s.Subnet.Masked())
	}
	for _, s := range sites(w.f) {
		smaller = append(smaller, w.networksOf(s)...)
	}
	smaller = slices.DeleteFunc(smaller, func(x netip.Prefix) bool { return x.Bits() <= p.Bits() || !p.Overlaps(x) })
	addr := p.Masked().Addr()
	if p.Bits() < p.Addr().BitLen() {
		addr = addr.Next()
	}
	for range 4096 {
		i := slices.IndexFunc(smaller, func(x netip.Prefix) bool { return x.Contains(addr) })
		if i < 0 {
			return addr
		}
		next := lastOf(smaller[i]).Next()
		if !p.Contains(next) {
			break
		}
		addr = next
	}
	return p.Masked().Addr()
}

// lastOf is the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// judgeScene is the case of a scene.
func judgeScene(f *ir.Fabric, s *ir.Stretch, sc scene, l *ledger) Case {
	w := &world{f: f, stretch: s, joined: !s.Paused && sc.after != Cutover, ledger: l}
	if sc.after == Cutover {
		w.moved = sc.away[0]
	}
	c := Case{Stretch: s.Name, Subnet: s.Subnet.Masked().String(), Home: sc.home.Name, FirstHop: "not set", Away: []string{}, Flows: []Flow{}}
	if s.FirstHopLocal {
		c.FirstHop = "local"
	}
	for _, a := range sc.away {
		c.Away = append(c.Away, a.Name)
	}
	c.Gateways = gatewayText(s)
	for _, r := range residents(w, sc) {
		for _, d := range targets(w, r.site) {
			c.Flows = append(c.Flows, w.flow(r, d))
		}
	}
	c.Findings = findings(w, sc, c.Flows)
	return c
}

// gatewayText says how the default gateways of a stretch relate.
func gatewayText(s *ir.Stretch) string {
	var parts []string
	var all []netip.Addr
	for _, a := range active(s) {
		if !a.DefaultGateway.IsValid() {
			parts = append(parts, "none on "+a.Node.Site.Name)
			continue
		}
		all = append(all, a.DefaultGateway)
		parts = append(parts, a.DefaultGateway.String()+" on "+a.Node.Site.Name)
	}
	if len(all) > 1 && len(all) == len(parts) && !slices.ContainsFunc(all, func(a netip.Addr) bool { return a != all[0] }) {
		return "the same on all sites, " + all[0].String()
	}
	return list(parts, "and")
}

// flow judges a resident and a destination.
func (w *world) flow(r resident, d destination) Flow {
	fl := Flow{Class: r.Class, Target: d.Target}
	out := w.hiker(r.addr, d)
	fl.Forward = out.fromHost(r.name(), r.site, r.gateway)
	notes := out.notes
	if fl.Forward.Broken == "" {
		back := w.hiker(d.addr, w.home(r))
		fl.Return = w.back(back, r, d, fl.Forward)
		for _, n := range back.notes {
			if !slices.Contains(notes, n) {
				notes = append(notes, n)
			}
		}
	}
	fl.Notes = notes
	w.verdict(&fl, d.site == nil || d.site == r.site)
	label := "hosts " + r.Text + " to " + d.Text
	w.ledger.because(fl.Forward.Needs, label)
	w.ledger.because(fl.Return.Needs, label+" (the answers)")
	return fl
}

// home is a resident as the destination of answers.
func (w *world) home(r resident) destination {
	p := r.addr
	d := destination{site: r.site, addr: p, host: r.name(), Target: Target{Kind: "host"}}
	d.prefix = netip.PrefixFrom(p, p.BitLen())
	if w.stretch != nil {
		d.prefix = w.stretch.Subnet.Masked()
	}
	return d
}

// back is the path of the answers.
func (w *world) back(h *hiker, r resident, d destination, forward Path) Path {
	switch {
	case d.site == nil:
		h.step("internet", "Internet", nil, "the exit that the packet left by")
		return h.atRouter(forward.exit)
	case w.stretch != nil && w.stretch.Subnet.Contains(d.addr) && (w.moved == nil || d.site == w.moved):
		h.step("host", d.host, d.site, r.addr.String()+" is in its own subnet")
		return h.overSegment(d.site, r.site, r.name())
	}
	h.step(d.Kind, d.host, d.site, "")
	return h.atRouter(d.site)
}

// verdict fills in what follows from the paths.
func (w *world) verdict(fl *Flow, sameSite bool) {
	fl.Works = fl.Forward.Works && fl.Return.Works
	fl.Possible = fl.Forward.Broken == "" && fl.Return.Broken == ""
	if !fl.Possible {
		return
	}
	there, back := devices(fl.Forward), devices(fl.Return)
	slices.Reverse(back)
	if !slices.Equal(there, back) {
		fl.Asymmetric = true
		var first, second []string
		for _, d := range there {
			if !slices.Contains(back, d) {
				first = append(first, d)
			}
		}
		for _, d := range back {
			if !slices.Contains(there, d) {
				second = append(second, d)
			}
		}
		note := "A stateful firewall on the way sees one direction only"
		if len(first) > 0 {
			note += "; on the way there alone: " + list(first, "and")
		}
		if len(second) > 0 {
			note += "; on the way back alone: " + list(second, "and")
		}
		fl.Notes = append(fl.Notes, note+".")
	}
	least := 1
	if sameSite {
		least = 0
	}
	fl.Trombone = crossings(fl.Forward) > least || crossings(fl.Return) > least
}

// devices are the routers and gateways of a path.
func devices(p Path) []string {
	var out []string
	for _, s := range p.Steps {
		if s.Kind == "router" || s.Kind == "gateway" {
			out = append(out, s.Name)
		}
	}
	return out
}

// crossings counts how often a path goes from site to site.
func crossings(p Path) int {
	n := 0
	for _, s := range p.Steps {
		if s.Kind == "stretch" || s.Kind == "tunnel" {
			n++
		}
	}
	return n
}
