package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
)

// own adds the numbers of the specification in the current directory to topics that teach. Without one, or
// with one that has errors, there is nothing to add: help never complains about a specification.
func (a *app) own(topic string) string {
	write, ok := ownNumbers()[topic]
	if !ok {
		return ""
	}
	var found []string
	for _, pattern := range []string{"*.hcl", "*.hcl.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return ""
		}
		found = append(found, names...)
	}
	if len(found) == 0 {
		return ""
	}
	s, err := a.load(".", &globals{log: slog.New(slog.DiscardHandler)})
	if err != nil || s.diags.HasErrors() {
		return ""
	}
	text := write(s.fabric)
	if text == "" {
		return ""
	}
	return fmt.Sprintf("\n## In the specification of this directory, %s\n\n%s", s.fabric.Name, text)
}

// ownNumbers are the topics that have numbers, and what writes them.
func ownNumbers() map[string]func(*ir.Fabric) string {
	return map[string]func(*ir.Fabric) string{
		"journey": ownJourney, "mtu": ownMTU, "gateways": ownGateways, "arp": ownARP, "dr-test": ownDrill, "vxlan": ownVXLAN,
	}
}

// most is how many tunnels or stretches a topic shows.
const most = 5

func more(b *strings.Builder, n int, what string) {
	if n > most {
		fmt.Fprintf(b, "- and %d more %s.\n", n-most, what)
	}
}

func ownJourney(f *ir.Fabric) string {
	var b strings.Builder
	for _, s := range f.Stretches[:min(most, len(f.Stretches))] {
		j, err := explain.Travel(f, explain.Trip{Stretch: s.Name}, kernelOf)
		if err != nil {
			continue
		}
		for _, wk := range j.Walks {
			if wk.Name == "data" || wk.Name == "too-large" {
				fmt.Fprintf(&b, "- Stretch %s, %s to %s, %s: %s\n", s.Name, j.From, j.To, strings.ToLower(wk.Title), strings.Join(wk.Summary, " "))
			}
		}
	}
	more(&b, len(f.Stretches), "stretches")
	return b.String()
}

func ownMTU(f *ir.Fabric) string {
	budget, err := explain.Budgets(f, "")
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, t := range budget.Tunnels[:min(most, len(budget.Tunnels))] {
		for _, p := range t.Proposals {
			if !p.Worst {
				continue
			}
			fmt.Fprintf(&b, "- Tunnel %s, %s, path %d: its interface has an MTU of %d, so hosts with an MTU of %d (MSS %d) never meet the limit. Hosts at %d would not meet it on a path of %d.\n",
				t.Tunnel, p.Proposal, t.PathMTU, t.MTU, p.MaxHostMTU, p.MSS4, t.HostMTU, p.PathFor)
			for _, r := range t.Rules {
				fmt.Fprintf(&b, "  - %d: %s.\n", r.MTU, r.Verdict)
			}
			break
		}
	}
	more(&b, len(budget.Tunnels), "tunnels")
	return b.String()
}

func ownGateways(f *ir.Fabric) string {
	r, err := explain.FindRoutes(f, explain.Ask{})
	if err != nil {
		return ""
	}
	var b strings.Builder
	shown := 0
	for _, c := range r.Cases {
		if c.Stretch != "" && shown < most {
			fmt.Fprintf(&b, "- Stretch %s: default gateway %s; first_hop: %s.\n", c.Stretch, c.Gateways, c.FirstHop)
			shown++
		}
	}
	more(&b, len(f.Stretches), "stretches")
	for _, q := range r.Required {
		device := strings.TrimSuffix(q.Device, " of "+q.Site) + " of " + q.Site
		fmt.Fprintf(&b, "- The %s needs a static route to %s via %s: it is %s.\n", device, q.Prefix, q.NextHop, strings.ReplaceAll(string(q.Status), "-", " "))
	}
	return b.String()
}

func ownARP(f *ir.Fabric) string {
	var b strings.Builder
	for _, s := range f.Stretches[:min(most, len(f.Stretches))] {
		j, err := explain.Travel(f, explain.Trip{Stretch: s.Name}, kernelOf)
		if err != nil {
			continue
		}
		var way []string
		for _, h := range j.Walks[0].Hops {
			place := strings.TrimSpace(h.Node + " " + h.Interface)
			if h.Learns != "" {
				place += " (learns " + h.Learns + ")"
			}
			way = append(way, place)
		}
		fmt.Fprintf(&b, "- Stretch %s, the question: %s.\n", s.Name, strings.Join(way, ", "))
	}
	more(&b, len(f.Stretches), "stretches")
	return b.String()
}

func ownDrill(f *ir.Fabric) string {
	r, err := explain.FindRoutes(f, explain.Ask{})
	if err != nil {
		return ""
	}
	var b strings.Builder
	shown := 0
	for _, c := range r.Cases {
		for _, found := range c.Findings {
			if found.Name == "drill" && shown < most {
				fmt.Fprintf(&b, "- Stretch %s, %s: %s\n", c.Stretch, c.Subnet, strings.Join(found.Text, " "))
				shown++
			}
		}
	}
	more(&b, len(f.Stretches), "stretches")
	return b.String()
}

func ownVXLAN(f *ir.Fabric) string {
	var b strings.Builder
	for _, s := range f.Stretches[:min(most, len(f.Stretches))] {
		fmt.Fprintf(&b, "- Stretch %s: VNI %d.\n", s.Name, s.VNI)
		for _, at := range s.Attaches {
			var remotes []string
			for _, r := range at.Remotes {
				remotes = append(remotes, r.VTEP.String())
			}
			vlan := ""
			if at.VLAN > 0 {
				vlan = fmt.Sprintf(" (VLAN %d)", at.VLAN)
			}
			fmt.Fprintf(&b, "  - %s: %s joins %s%s and %s, which sends to %s.\n", at.Node.Name, at.Bridge(), at.Port(), vlan, at.VXLAN(), strings.Join(remotes, ", "))
		}
	}
	more(&b, len(f.Stretches), "stretches")
	return b.String()
}
