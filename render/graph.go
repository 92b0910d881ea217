package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
)

// gatewayLines are what a picture says of a gateway, its label first.
func gatewayLines(g explain.GraphGateway) []string {
	_, label, _ := strings.Cut(g.ID, "/")
	lines := []string{label}
	about := g.Platform
	if g.ASN != "" {
		about += ", " + g.ASN
	}
	lines = append(lines, about, g.Uplink)
	if g.Inside != "" {
		lines = append(lines, g.Inside)
	}
	if g.Loopback != "" {
		lines = append(lines, "loopback "+g.Loopback)
	}
	return lines
}

// tunnelTerms are what a tunnel goes by.
func tunnelTerms(t explain.GraphTunnel) string {
	terms := t.Proposal
	switch {
	case !t.Managed:
		terms = "managed by somebody else"
	case t.NATT:
		terms += ", NAT-T"
	}
	if t.MTU > 0 {
		terms += ", MTU " + strconv.Itoa(t.MTU)
	}
	return strings.TrimPrefix(terms, ", ")
}

// tunnelName is a tunnel's name, with the number of those that stand in it.
func tunnelName(t explain.GraphTunnel) string {
	if len(t.Members) > 0 {
		return fmt.Sprintf("%s (%d)", t.Name, len(t.Members))
	}
	return t.Name
}

// siteName is a site's name, with the number of those that stand in it.
func siteName(s explain.GraphSite) string {
	if len(s.Members) > 0 {
		return fmt.Sprintf("%s (%d sites)", s.Name, len(s.Members))
	}
	return s.Name
}

// attachLines are what a picture says of a gateway's part in a stretch.
func attachLines(a explain.GraphAttach) []string {
	lines := []string{a.Bridge + ": " + a.Port + " + " + a.VXLAN}
	if columns(lines[0]) > 44 { // those of a group
		lines = []string{a.Bridge, a.Port, a.VXLAN}
	}
	if a.VLAN != "" {
		lines = append(lines, "VLAN "+a.VLAN)
	}
	lines = append(lines, a.Address)
	if a.DefaultGateway != "" {
		lines = append(lines, "default gateway "+a.DefaultGateway)
	}
	if a.Site != "" {
		lines = append(lines, "on "+a.Site)
	}
	if a.Standby {
		lines = append(lines, "standby")
	}
	return lines
}

// identifiers hands out names that Mermaid and dot take without quotes, one for each thing.
type identifiers struct {
	given map[string]string
	taken map[string]bool
}

func newIdentifiers() *identifiers {
	return &identifiers{given: map[string]string{}, taken: map[string]bool{}}
}

func (ids *identifiers) of(kind, name string) string {
	key := kind + " " + name
	if id, ok := ids.given[key]; ok {
		return id
	}
	id := kind + "_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	base := id
	for n := 2; ids.taken[id]; n++ {
		id = base + "_" + strconv.Itoa(n)
	}
	ids.taken[id], ids.given[key] = true, id
	return id
}

// GraphMermaid writes the topology for Mermaid, as merge requests and wikis show it.
func GraphMermaid(w io.Writer, g *explain.Graph) error {
	e := &errWriter{w: w}
	ids := newIdentifiers()
	label := func(lines ...string) string {
		var out []string
		for _, l := range lines {
			if l != "" {
				out = append(out, mermaidText(l))
			}
		}
		return `"` + strings.Join(out, "<br/>") + `"`
	}
	e.printf("flowchart LR\n")
	for _, s := range g.Sites {
		e.printf("  subgraph %s[%s]\n", ids.of("site", s.Name), label(append([]string{siteName(s)}, s.Networks...)...))
		for _, gw := range s.Gateways {
			e.printf("    %s[%s]\n", ids.of("gw", gw.ID), label(gatewayLines(gw)...))
		}
		e.printf("  end\n")
	}
	for _, t := range g.Tunnels {
		e.printf("  %s <==>|%s| %s\n", ids.of("gw", t.Ends[0].Gateway),
			label("tunnel "+tunnelName(t), tunnelTerms(t), t.Ends[0].Interface+" "+t.Ends[0].Address, t.Ends[1].Interface+" "+t.Ends[1].Address),
			ids.of("gw", t.Ends[1].Gateway))
	}
	for _, s := range g.Stretches {
		id := ids.of("stretch", s.Name)
		e.printf("  %s([%s])\n", id, label(stretchLines(s)...))
		for _, a := range s.Attaches {
			link := "---"
			if s.Paused || a.Standby {
				link = "-.-"
			}
			e.printf("  %s %s|%s| %s\n", ids.of("gw", a.Gateway), link, label(attachLines(a)...), id)
		}
	}
	return e.err
}

// stretchLines are what a picture says of a stretch.
func stretchLines(s explain.GraphStretch) []string {
	lines := []string{"stretch " + s.Name, s.Subnet, "VNI " + s.VNI}
	if count, names, ok := strings.Cut(s.Name, ": "); ok {
		lines = slices.Insert(lines, 1, names)
		lines[0] = count
	}
	if s.Paused {
		lines = append(lines, "paused")
	}
	return lines
}

// mermaidText replaces what Mermaid would take for syntax by its entity codes.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "&", "#amp;", "`", "#96;").Replace(EscapeLine(s))
}

// GraphDot writes the topology for Graphviz.
func GraphDot(w io.Writer, g *explain.Graph) error {
	e := &errWriter{w: w}
	ids := newIdentifiers()
	label := func(lines ...string) string {
		var b strings.Builder
		b.WriteByte('"')
		for i, l := range lines {
			if i > 0 {
				b.WriteString(`\n`)
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(EscapeLine(l)))
		}
		return b.String() + `"`
	}
	e.printf("graph %s {\n  graph [rankdir=LR, compound=true, fontname=\"sans-serif\"];\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n", label(g.Name))
	for _, s := range g.Sites {
		e.printf("  subgraph cluster_%s {\n    label=%s;\n", ids.of("site", s.Name), label(append([]string{siteName(s)}, s.Networks...)...))
		for _, gw := range s.Gateways {
			e.printf("    %s [label=%s];\n", ids.of("gw", gw.ID), label(gatewayLines(gw)...))
		}
		e.printf("  }\n")
	}
	for _, t := range g.Tunnels {
		e.printf("  %s -- %s [label=%s, taillabel=%s, headlabel=%s, penwidth=2];\n", ids.of("gw", t.Ends[0].Gateway), ids.of("gw", t.Ends[1].Gateway),
			label("tunnel "+tunnelName(t), tunnelTerms(t)), label(t.Ends[0].Interface, t.Ends[0].Address), label(t.Ends[1].Interface, t.Ends[1].Address))
	}
	for _, s := range g.Stretches {
		id := ids.of("stretch", s.Name)
		e.printf("  %s [shape=ellipse, label=%s];\n", id, label(stretchLines(s)...))
		for _, a := range s.Attaches {
			style := "solid"
			if s.Paused || a.Standby {
				style = "dashed"
			}
			e.printf("  %s -- %s [label=%s, style=%s];\n", ids.of("gw", a.Gateway), id, label(attachLines(a)...), style)
		}
	}
	e.printf("}\n")
	return e.err
}
