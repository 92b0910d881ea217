package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/render/internal/svg"
)

// The measures of a picture of walks, in pixels.
const (
	walkLeft   = 310 // width of the column that says where and what
	walkTotals = 96  // width of the column of octets
	boxGap     = 4
	boxPad     = 6
)

var (
	walkTitle = svg.Font{Size: 15, Bold: true}
	hopPlace  = svg.Font{Size: 12, Bold: true}
	hopText   = svg.Font{Class: "muted", Size: 11}
	boxName   = svg.Font{Size: 11, Bold: true, Align: 0.5}
	boxText   = svg.Font{Size: 9.5, Align: 0.5}
)

// JourneySVG draws the walks: a row for each hop, its headers side by side, outermost first. Equal headers
// stand below each other, so that one sees them come and go.
func JourneySVG(w io.Writer, j *explain.Journey) error {
	title := fmt.Sprintf("Stretch %s: from %s to %s", j.Stretch, j.From, j.To)
	c := svg.New(title, journeyDescription(j))
	y := 16.0
	c.Text(0, y, title, svg.Font{Size: 18, Bold: true})
	y += 10
	width := 0.0
	for _, wk := range j.Walks {
		width = max(width, newSlots(wk).width())
	}
	width += walkLeft + walkTotals
	for _, line := range svg.Wrap(journeyTerms(j)+" Headers with a dashed border are encrypted.", width, hopText.Size, false) {
		y += 15
		c.Text(0, y, line, hopText)
	}
	for _, wk := range j.Walks {
		y = drawWalk(c, wk, y+34, width)
	}
	_, err := c.WriteTo(w)
	return err
}

// journeyDescription says in words what the picture shows.
func journeyDescription(j *explain.Journey) string {
	var parts []string
	for _, wk := range j.Walks {
		parts = append(parts, wk.Title+": "+strings.Join(wk.Summary, " "))
	}
	return strings.Join(parts, " ")
}

// slots are the columns of a walk's headers, counted from the innermost; the trailer has one of its own.
type slots struct {
	inner   []float64 // widths
	trailer float64
}

func newSlots(wk explain.Walk) *slots {
	s := &slots{}
	for _, h := range wk.Hops {
		inner, trailer := split(h.Stack)
		if trailer != nil {
			s.trailer = max(s.trailer, boxWidth(*trailer))
		}
		for i := range inner {
			if i == len(s.inner) {
				s.inner = append(s.inner, 0)
			}
			s.inner[i] = max(s.inner[i], boxWidth(inner[len(inner)-1-i]))
		}
	}
	return s
}

// split parts a packet from its trailer.
func split(s explain.Stack) (explain.Stack, *explain.Header) {
	if n := len(s); n > 0 && s[n-1].Layer == "esp-trailer" {
		return s[:n-1], &s[n-1]
	}
	return s, nil
}

func (s *slots) width() float64 {
	w := s.trailer
	if s.trailer > 0 {
		w += boxGap
	}
	for _, x := range s.inner {
		w += x + boxGap
	}
	return w
}

// boxLines are what a header's box says below its name.
func boxLines(h explain.Header) []string {
	switch {
	case h.Layer == "udp" || h.Layer == "tcp":
		if h.Src == "" {
			return nil
		}
		return []string{h.Src + " → " + h.Dst}
	case h.Src != "":
		return []string{h.Src, "→ " + h.Dst}
	case h.Layer == "vxlan" || h.Layer == "tag":
		return []string{h.Info}
	case h.Layer == "icmp" && h.Info != "" || h.Layer == "arp":
		return strings.SplitN(h.Info, ", ", 2)
	case h.Layer == "esp" || h.Layer == "esp-trailer":
		return strings.Split(h.Info, ", ")
	case h.Layer == "data" && h.Info != "":
		return svg.Wrap(h.Info, 110, boxText.Size, false)
	}
	return nil
}

func boxTitle(h explain.Header) string { return h.Name + " " + strconv.Itoa(h.Octets) }

func boxWidth(h explain.Header) float64 {
	w := svg.Width(boxTitle(h), boxName.Size, true)
	for _, l := range boxLines(h) {
		w = max(w, svg.Width(l, boxText.Size, false))
	}
	return w + 2*boxPad
}

// drawWalk draws a walk from y on, and returns where it ends.
func drawWalk(c *svg.Canvas, wk explain.Walk, y, width float64) float64 {
	c.Text(0, y, wk.Title, walkTitle)
	y += 10
	s := newSlots(wk)
	for i, h := range wk.Hops {
		y = drawHop(c, i+1, h, s, y, width)
	}
	y += 4
	class := "good"
	switch wk.Outcome {
	case explain.Lost, explain.NotSent:
		class = "bad"
	case explain.Answered:
		class = "warn"
	}
	for k, text := range wk.Summary {
		f := svg.Font{Size: 12}
		if k == 0 {
			f.Class = class
		}
		for _, line := range svg.Wrap(text, width, f.Size, f.Bold) {
			y += 16
			c.Text(0, y, line, f)
		}
	}
	return y
}

// drawHop draws one row.
func drawHop(c *svg.Canvas, n int, h explain.Hop, s *slots, y, width float64) float64 {
	text := h.Action
	if h.Learns != "" {
		text += "; learns " + h.Learns
	}
	lines := svg.Wrap(text, walkLeft-36, hopText.Size, false)
	boxRows := 0
	for _, x := range h.Stack {
		boxRows = max(boxRows, len(boxLines(x)))
	}
	boxHeight := 20 + 12*float64(boxRows)
	height := max(24+14*float64(len(lines)), boxHeight+12)
	c.Rect(0, y, width, height, "row")
	c.Text(22, y+16, strconv.Itoa(n), svg.Font{Class: "muted", Size: 12, Align: 1})
	c.Short(30, y+16, walkLeft-38, place(h), hopPlace)
	for k, l := range lines {
		c.Text(30, y+31+14*float64(k), l, hopText)
	}
	inner, trailer := split(h.Stack)
	x := width - walkTotals
	if s.trailer > 0 {
		x -= s.trailer + boxGap
		if trailer != nil {
			drawBox(c, *trailer, x, y+6, s.trailer, boxHeight)
		}
	}
	for i := range inner {
		x -= s.inner[i] + boxGap
		drawBox(c, inner[len(inner)-1-i], x, y+6, s.inner[i], boxHeight)
	}
	change := ""
	switch {
	case h.Added > 0:
		change = "+" + strconv.Itoa(h.Added)
	case h.Removed > 0:
		change = "−" + strconv.Itoa(h.Removed)
	}
	right := width - 8
	c.Text(right, y+18, strconv.Itoa(h.Total), svg.Font{Size: 14, Bold: true, Align: 1})
	c.Text(right, y+32, strings.TrimSpace(h.Unit), svg.Font{Class: "muted", Size: 10, Align: 1})
	c.Text(width-walkTotals+8, y+18, change, svg.Font{Class: "muted", Size: 12})
	return y + height + 4
}

// drawBox draws one header.
func drawBox(c *svg.Canvas, h explain.Header, x, y, w, height float64) {
	class := h.Layer
	if h.Encrypted {
		class += " sealed"
	}
	c.Rect(x, y, w, height, class)
	c.Text(x+w/2, y+13, boxTitle(h), boxName)
	for i, l := range boxLines(h) {
		c.Text(x+w/2, y+26+12*float64(i), l, boxText)
	}
}
