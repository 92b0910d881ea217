package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/render/internal/svg"
)

// The measures of the picture of a topology, in pixels. Gateways are columns; tunnels and stretches are
// rows, so that no label ever meets another one, however many there are.
const (
	gutter      = 250 // at most, for the names of rows
	columnMin   = 190
	columnMax   = 330
	columnGap   = 18
	siteGap     = 30
	cardPad     = 8
	cardLine    = 14
	rowGap      = 10
	sitePadding = 10
)

var (
	graphName  = svg.Font{Size: 12, Bold: true}
	graphText  = svg.Font{Class: "muted", Size: 11}
	graphTitle = svg.Font{Size: 15, Bold: true}
)

// A column is a gateway's place in the picture.
type column struct {
	x, w  float64
	lines []string
}

func (c column) middle() float64 { return c.x + c.w/2 }

// A graphPicture is a topology while it is laid out.
type graphPicture struct {
	c       *svg.Canvas
	g       *explain.Graph
	columns map[string]*column
	order   []string
	left    float64 // where the columns begin

}

// GraphSVG draws the topology: sites with their gateways side by side, below them a row for each tunnel and
// each stretch, with what each gateway calls its part.
func GraphSVG(w io.Writer, g *explain.Graph) error {
	p := &graphPicture{c: svg.New("Topology of "+g.Name, graphDescription(g)), g: g, columns: map[string]*column{}}
	p.measure()
	y := 16.0
	p.c.Text(0, y, "Topology of "+g.Name, svg.Font{Size: 18, Bold: true})
	bottom := p.sites(y + 14)
	y = bottom + 34
	var rows []func(y float64, draw bool) float64
	for _, t := range g.Tunnels {
		rows = append(rows, func(y float64, draw bool) float64 { return p.tunnel(t, y, draw) })
	}
	tunnels := len(rows)
	for _, s := range g.Stretches {
		rows = append(rows, func(y float64, draw bool) float64 { return p.stretch(s, y, draw) })
	}
	// The guides lead from each gateway to the last row, behind everything else.
	end := y
	for i, row := range rows {
		end = p.heading(i, tunnels, end, false)
		end = row(end, false)
	}
	for _, id := range p.order {
		p.c.Line("guide", p.columns[id].middle(), bottom, p.columns[id].middle(), end)
	}
	for i, row := range rows {
		y = p.heading(i, tunnels, y, true)
		y = row(y, true)
	}
	_, err := p.c.WriteTo(w)
	return err
}

// heading stands above the first tunnel and the first stretch.
func (p *graphPicture) heading(row, tunnels int, y float64, draw bool) float64 {
	title := ""
	switch row {
	case 0:
		title = "Tunnels"
		if tunnels == 0 {
			title = "Stretches"
		}
	case tunnels:
		title = "Stretches"
		y += 14
	default:
		return y
	}
	if draw {
		p.c.Text(0, y, title, graphTitle)
	}
	return y + 14
}

// graphDescription says in words what the picture shows.
func graphDescription(g *explain.Graph) string {
	var parts []string
	for _, t := range g.Tunnels {
		parts = append(parts, fmt.Sprintf("Tunnel %s joins %s and %s.", tunnelName(t), t.Ends[0].Gateway, t.Ends[1].Gateway))
	}
	for _, s := range g.Stretches {
		var at []string
		for _, a := range s.Attaches {
			at = append(at, a.Gateway)
		}
		parts = append(parts, fmt.Sprintf("%s, %s, VNI %s, joins %s.", s.Name, s.Subnet, s.VNI, strings.Join(at, ", ")))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d sites without a tunnel.", len(g.Sites))
	}
	return strings.Join(parts, " ")
}

// measure gives each gateway its column, as wide as its longest text.
func (p *graphPicture) measure() {
	for _, t := range p.g.Tunnels {
		p.left = max(p.left, svg.Width(tunnelName(t), graphName.Size, true), svg.Width(tunnelTerms(t), graphText.Size, false))
	}
	for _, s := range p.g.Stretches {
		for _, l := range stretchLines(s) {
			p.left = max(p.left, svg.Width(l, graphName.Size, true))
		}
	}
	p.left = min(p.left, gutter) + 24
	x := p.left
	for _, s := range p.g.Sites {
		x += sitePadding
		for _, gw := range s.Gateways {
			c := &column{x: x, w: columnMin, lines: gatewayLines(gw)}
			for i, l := range c.lines {
				c.fit(l, i == 0)
			}
			for _, t := range p.g.Tunnels {
				for _, e := range t.Ends {
					if e.Gateway == gw.ID {
						c.fit(e.Interface+" "+e.Address, false)
					}
				}
			}
			for _, st := range p.g.Stretches {
				for _, a := range st.Attaches {
					if a.Gateway == gw.ID {
						for _, l := range attachLines(a) {
							c.fit(l, false)
						}
					}
				}
			}
			p.columns[gw.ID] = c
			p.order = append(p.order, gw.ID)
			x += c.w + columnGap
		}
		x += siteGap - columnGap + sitePadding
		if len(s.Gateways) == 0 {
			x += columnMin + columnGap
		}
	}
}

// fit widens the column for a text.
func (c *column) fit(text string, bold bool) {
	c.w = min(columnMax, max(c.w, svg.Width(text, graphText.Size+1, bold)+2*cardPad))
}

// sites draws the row of sites and returns where it ends.
func (p *graphPicture) sites(y float64) float64 {
	networks, gateways := 0, 0
	for _, s := range p.g.Sites {
		networks = max(networks, min(len(s.Networks), 4))
		for _, gw := range s.Gateways {
			gateways = max(gateways, len(gatewayLines(gw)))
		}
	}
	head := 24 + cardLine*float64(networks)
	card := 2*cardPad + cardLine*float64(gateways)
	x := p.left
	for _, s := range p.g.Sites {
		w := 2.0 * sitePadding
		for i, gw := range s.Gateways {
			w += p.columns[gw.ID].w
			if i > 0 {
				w += columnGap
			}
		}
		if len(s.Gateways) == 0 {
			w += columnMin
		}
		p.c.Rect(x, y, w, head+card+2*sitePadding, "card")
		p.c.Short(x+sitePadding, y+20, w-2*sitePadding, siteName(s), graphTitle)
		for i, n := range s.Networks {
			if i == 3 && len(s.Networks) > 4 {
				p.c.Text(x+sitePadding, y+20+cardLine*4, fmt.Sprintf("and %d more", len(s.Networks)-3), graphText)
				break
			}
			p.c.Short(x+sitePadding, y+20+cardLine*float64(i+1), w-2*sitePadding, n, graphText)
		}
		for _, gw := range s.Gateways {
			p.card(p.columns[gw.ID], y+head+sitePadding, card, p.columns[gw.ID].lines, true)
		}
		x += w + siteGap
	}
	return y + head + card + 2*sitePadding
}

// card draws a box in a column; the first line may be a name.
func (p *graphPicture) card(c *column, y, h float64, lines []string, named bool) {
	p.c.Rect(c.x, y, c.w, h, "inner")
	for i, l := range lines {
		f := graphText
		if named && i == 0 {
			f = graphName
		}
		p.c.Short(c.x+cardPad, y+cardPad+cardLine*float64(i)+10, c.w-2*cardPad, l, f)
	}
}

// label draws the name of a row.
func (p *graphPicture) label(y float64, lines []string) {
	for i, l := range lines {
		f := graphText
		if i == 0 {
			f = graphName
		}
		p.c.Short(0, y+cardPad+cardLine*float64(i)+10, p.left-24, l, f)
	}
}

// row draws a line through columns and a card in each, and returns where the next row begins.
func (p *graphPicture) row(y float64, name []string, class string, at []string, lines [][]string, draw bool) float64 {
	most := len(name)
	for _, l := range lines {
		most = max(most, len(l))
	}
	h := 2*cardPad + cardLine*float64(most)
	if !draw {
		return y + h + rowGap
	}
	first, last := -1.0, -1.0
	for _, id := range at {
		if c := p.columns[id]; c != nil {
			if first < 0 || c.middle() < first {
				first = c.middle()
			}
			last = max(last, c.middle())
		}
	}
	if first >= 0 && last > first {
		p.c.Line(class, first, y+h/2, last, y+h/2)
	}
	for i, id := range at {
		if c := p.columns[id]; c != nil {
			p.card(c, y, h, lines[i], false)
		}
	}
	p.label(y, name)
	return y + h + rowGap
}

func (p *graphPicture) tunnel(t explain.GraphTunnel, y float64, draw bool) float64 {
	var at []string
	var lines [][]string
	for _, e := range t.Ends {
		at = append(at, e.Gateway)
		lines = append(lines, []string{e.Interface, e.Address})
	}
	if at[0] == at[1] {
		at, lines = at[:1], [][]string{{"between its members", t.Ends[0].Interface}}
	}
	return p.row(y, []string{tunnelName(t), tunnelTerms(t)}, "tunnel", at, lines, draw)
}

func (p *graphPicture) stretch(s explain.GraphStretch, y float64, draw bool) float64 {
	class := "stretch"
	if s.Paused {
		class += " paused"
	}
	var at []string
	var lines [][]string
	for _, a := range s.Attaches {
		at = append(at, a.Gateway)
		lines = append(lines, attachLines(a))
	}
	return p.row(y, stretchLines(s), class, at, lines, draw)
}
