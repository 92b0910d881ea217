package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// findings are what to know of a scene beside its paths.
func findings(w *world, sc scene, flows []Flow) []Finding {
	out := []Finding{}
	switch sc.after {
	case Now:
		out = append(out, gatewayFinding(w, flows), w.without(sc), drill(w.stretch, sc))
	case Failover:
		out = append(out, gatewayFinding(w, flows), lossOf(w, sc, flows))
	case Cutover:
		out = append(out, cutover(w, sc), failback(w, sc))
	}
	for _, s := range sites(w.f) {
		if sc.after != Cutover && s.Nutanix != nil && s.Nutanix.PCVM.IsValid() && w.stretch.Subnet.Contains(s.Nutanix.PCVM) {
			out = append(out, w.controller(s))
		}
	}
	return out
}

// sameGateway reports whether all sites have the default gateway at one address.
func sameGateway(s *ir.Stretch) (netip.Addr, bool) {
	var first netip.Addr
	for i, a := range active(s) {
		if !a.DefaultGateway.IsValid() || i > 0 && a.DefaultGateway != first {
			return netip.Addr{}, false
		}
		first = a.DefaultGateway
	}
	return first, first.IsValid()
}

// gatewayFinding says what the default gateways mean for hosts that move.
func gatewayFinding(w *world, flows []Flow) Finding {
	s := w.stretch
	f := Finding{Name: "gateways"}
	if gw, same := sameGateway(s); same {
		f.Text = append(f.Text, fmt.Sprintf("Every site has %s, so a host that moves is served by the site it is on, and the static routes there serve moved and new hosts alike.", gw))
		if !s.FirstHopLocal && w.joined {
			f.Problem = true
			f.Text = append(f.Text, fmt.Sprintf("Nothing keeps the answers to ARP for %s on their site: first_hop = \"local\" does (VyOS from 1.4, by gateway_mac; Linux exactly).", gw))
		}
		return f
	}
	for _, fl := range flows {
		if fl.Class.Kind == "moved" && fl.Target.Kind == "internet" && fl.Possible {
			exit := fl.Forward.exit
			if exit != nil && exit.Name != fl.Class.At {
				f.Text = append(f.Text, fmt.Sprintf("Moved hosts keep the default gateway of %s: their way to other subnets and to the Internet leads through %s, whose firewall goes on controlling it.", fl.Class.From, exit.Name))
			}
		}
	}
	f.Text = append(f.Text, "All hosts of a site should use that site's gateway in the end: change it on moved hosts, or give both sites the same address.")
	return f
}

// without says what happens to the subnet when nothing joins it.
func (w *world) without(sc scene) Finding {
	f := Finding{Name: "without", Problem: !w.joined, Text: []string{}}
	if len(sc.away) == 0 {
		return f
	}
	alone := *w
	alone.joined = false
	alone.ledger = newLedger(w.f)
	r := residents(&alone, sc)[0]
	for _, d := range targets(&alone, r.site) {
		if d.Kind == "subnet" && d.site == sc.away[0] {
			p := alone.hiker(r.addr, d).fromHost(r.name(), r.site, r.gateway)
			what := "Without the stretch"
			if w.stretch.Paused {
				what = "While the stretch is paused"
			}
			f.Text = append(f.Text, fmt.Sprintf("%s hosts of %s do not reach each other across sites: %s.", what, w.stretch.Subnet.Masked(), p.Broken))
		}
	}
	return f
}

// drill says what a copy of a live host does.
func drill(s *ir.Stretch, sc scene) Finding {
	f := Finding{Name: "drill"}
	if s.Paused {
		f.Text = append(f.Text, fmt.Sprintf("The stretch is paused, so a copy of a live host of %s on another site is no duplicate: the segments are not joined. Resume only when the copy is gone.", sc.home.Name))
		return f
	}
	f.Problem = true
	f.Text = append(f.Text,
		"A copy of a live host on this segment (a fail-over test, say) is a duplicate: the same IP and MAC address on both sites. Both bridges move the MAC to and fro, hosts reach one or the other by chance, and connections break.",
		"Test in a network that is not stretched, or pause the stretch for the drill (paused = true), which parts hosts that have moved from the rest.")
	return f
}

// lossOf says what depends on the home site after a fail-over.
func lossOf(w *world, sc scene, flows []Flow) Finding {
	f := Finding{Name: "loss"}
	var lost []string
	for _, fl := range flows {
		if fl.Class.Kind != "moved" || fl.Target.Site == sc.home.Name || !fl.Possible {
			continue
		}
		through := slices.ContainsFunc(append(slices.Clone(fl.Forward.Steps), fl.Return.Steps...), func(s Step) bool { return s.Site == sc.home.Name })
		if through && !slices.Contains(lost, fl.Target.Text) {
			lost = append(lost, fl.Target.Text)
		}
	}
	if len(lost) == 0 {
		f.Text = append(f.Text, fmt.Sprintf("If %s is lost altogether, moved hosts lose nothing but %s itself.", sc.home.Name, sc.home.Name))
		return f
	}
	f.Problem = true
	f.Text = append(f.Text, fmt.Sprintf("If %s is lost altogether, moved hosts also lose %s, because their way leads through it: cut over then (l2stretch routes --after cutover).", sc.home.Name, list(lost, "and")))
	return f
}

// controller is the case where the stretched subnet is that of a controller (Prism Central): the sites have
// to reach it before there is a stretch.
func (w *world) controller(home *ir.Site) Finding {
	pc := home.Nutanix.PCVM
	pin := netip.PrefixFrom(pc, pc.BitLen())
	f := Finding{Name: "controller"}
	f.Text = append(f.Text, fmt.Sprintf("The subnet is that of the controller VM %s of %s. As soon as %s exists on another site, that site has it as a connected route (distance 0 beats eBGP's 20) and no longer reaches the controller: the sites lose each other before the stretch exists. So there are two phases.", pc, home.Name, w.stretch.Subnet.Masked()))
	first := "Phase 1, before the stretch (paused = true): a route of its own for the controller, " + pin.String() + ", longer than the connected route:"
	alone := *w
	alone.joined, alone.ledger = false, newLedger(w.f)
	for _, a := range active(w.stretch) {
		s := a.Node.Site
		if s == home {
			continue
		}
		if p := w.fromNetwork(s, pc, home); !p.Works {
			f.Problem = true
		}
		p := alone.fromNetwork(s, pc, home)
		for _, i := range p.Needs {
			first += fmt.Sprintf(" on the %s via %s (%s);", deviceName(s), alone.ledger.required[i].NextHop, alone.ledger.required[i].Status)
		}
		for _, e := range a.Node.Ends {
			if slices.Contains(e.Hosts, pin) {
				first += fmt.Sprintf(" on %s via %s, which is configured;", a.Node.Name, e.Interface)
			}
		}
		if p.Broken != "" {
			first += fmt.Sprintf(" but from %s: %s.", s.Name, p.Broken)
			continue
		}
		first += fmt.Sprintf(" then the way from %s is %s.", s.Name, p.names())
	}
	f.Text = append(f.Text, first,
		"Phase 2: the stretch. Then the controller answers ARP across it.",
		fmt.Sprintf("%s may go when a host on the other site reaches %s by ARP across the stretch: the bridge there then has its MAC address behind the VXLAN port. While the stretch is paused or broken the route is needed again, so it does well to stay.", pin, pc))
	return f
}

// fromNetwork is the path from the devices of a site to the controller on its home site.
func (w *world) fromNetwork(s *ir.Site, addr netip.Addr, home *ir.Site) Path {
	d := destination{Target: Target{Kind: "controller"}, site: home, addr: addr, prefix: netip.PrefixFrom(addr, addr.BitLen()), host: "controller VM " + addr.String()}
	h := w.hiker(netip.Addr{}, d)
	p := h.atRouter(s)
	w.ledger.because(p.Needs, fmt.Sprintf("devices of %s to controller VM %s of %s", s.Name, addr, home.Name))
	return p
}

// names is a path in one line.
func (p Path) names() string {
	out := ""
	for i, s := range p.Steps {
		if i > 0 {
			out += " -> "
		}
		out += s.Name
	}
	return out
}

// String is the path in one line, with what breaks it.
func (p Path) String() string {
	if p.Broken != "" {
		return p.names() + " -x"
	}
	return p.names()
}

// cutover lists what happens in which order when the subnet moves for good.
func cutover(w *world, sc scene) Finding {
	s, home, away := w.stretch, sc.home, sc.away[0]
	f := Finding{Name: "cutover"}
	var own, theirs netip.Addr
	for _, a := range active(s) {
		switch a.Node.Site {
		case home:
			own = a.DefaultGateway
		case away:
			theirs = a.DefaultGateway
		}
	}
	gw := own
	if !gw.IsValid() {
		gw = theirs
	}
	before := "the " + deviceName(home)
	if own == theirs {
		before += fmt.Sprintf(" for hosts of %s, the %s for hosts of %s", home.Name, deviceName(away), away.Name)
	}
	f.Text = append(f.Text,
		fmt.Sprintf("%s is answered by %s before, and by the %s afterwards.", gw, before, deviceName(away)),
		fmt.Sprintf("1. Move the last hosts. Shorten the ARP time-out of devices that talk to the subnet beforehand, where it is hours; hosts forget a gateway's MAC within seconds to minutes (%d s after the last use is common).", 60),
		fmt.Sprintf("2. Pause stretch %s (paused = true, on both sites): from here on the halves are apart.", s.Name),
		fmt.Sprintf("3. Take %s and the subnet off the %s: its connected route, distance 0, would hide every other one.", gw, deviceName(home)))
	if own != theirs {
		f.Text = append(f.Text, fmt.Sprintf("4. Give %s to the %s and let it announce the address by a gratuitous ARP; clear its ARP entries.", gw, deviceName(away)))
	} else {
		f.Text = append(f.Text, fmt.Sprintf("4. The %s has %s already; let it announce the address by a gratuitous ARP, so that hosts that had the other MAC forget it.", deviceName(away), gw))
	}
	f.Text = append(f.Text,
		fmt.Sprintf("5. In the specification: remove stretch %s, add %s to the networks of site %s; apply. eBGP then carries the subnet.", s.Name, s.Subnet.Masked(), away.Name),
		"6. Now, and not before step 3, add the routes that are listed as missing.")
	return f
}

// failback is the way back from a cut-over.
func failback(w *world, sc scene) Finding {
	return Finding{Name: "failback", Text: []string{fmt.Sprintf("Back again in the opposite order: take the routes of step 6 away, the subnet out of the networks of %s, apply with the stretch of before, paused; give the default gateway back to the %s, resume, move the hosts.",
		sc.away[0].Name, deviceName(sc.home))}}
}
