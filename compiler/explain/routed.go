package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// routedCase judges the routed networks of each two sites that a tunnel joins.
func routedCase(f *ir.Fabric, l *ledger) Case {
	w := &world{f: f, ledger: l}
	c := Case{Away: []string{}, Flows: []Flow{}, Findings: []Finding{}}
	for _, a := range sites(f) {
		for _, b := range sites(f) {
			if a == b || !joinedByTunnel(f, a, b) {
				continue
			}
			for _, p := range a.Networks {
				for _, q := range b.Networks {
					c.Flows = append(c.Flows, w.routedFlow(a, b, p, q))
				}
			}
		}
	}
	return c
}

func joinedByTunnel(f *ir.Fabric, a, b *ir.Site) bool {
	return slices.ContainsFunc(f.Tunnels, func(t *ir.Tunnel) bool {
		x, y := t.Ends[0].Node.Site, t.Ends[1].Node.Site
		return x == a && y == b || x == b && y == a
	})
}

func (w *world) routedFlow(a, b *ir.Site, p, q netip.Prefix) Flow {
	text := fmt.Sprintf("in %s of %s", p, a.Name)
	fl := Flow{Class: Class{Kind: "network", At: a.Name, Text: text},
		Target: Target{Kind: "network", Site: b.Name, Prefix: q.String(), Text: q.String() + " of " + b.Name}}
	from := destination{Target: Target{Kind: "network"}, site: a, addr: w.within(p), prefix: p, host: p.String() + " of " + a.Name}
	to := destination{Target: fl.Target, site: b, addr: w.within(q), prefix: q, host: fl.Target.Text}
	there, back := w.hiker(from.addr, to), w.hiker(to.addr, from)
	there.step("network", from.host, a, "")
	fl.Forward = there.atRouter(a)
	if fl.Forward.Broken == "" {
		back.step("network", to.host, b, "")
		fl.Return = back.atRouter(b)
	}
	w.verdict(&fl, false)
	label := "hosts " + text + " to " + to.host
	w.ledger.because(fl.Forward.Needs, label)
	w.ledger.because(fl.Return.Needs, label+" (the answers)")
	return fl
}
