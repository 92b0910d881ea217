// Package svg writes pictures: boxes, lines and texts that are placed by font metrics. A picture follows
// the viewer's colour scheme, names itself for screen readers, and refers to nothing outside.
package svg

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Canvas collects the parts of a picture, in the order in which they are painted. The origin is the upper
// left corner; all lengths are pixels.
type Canvas struct {
	title, desc   string
	width, height float64
	body          strings.Builder
}

// New begins a picture with a title and a description for those who do not see it.
func New(title, desc string) *Canvas { return &Canvas{title: title, desc: desc} }

// grow makes the picture large enough for a point and a margin.
func (c *Canvas) grow(x, y float64) {
	c.width, c.height = max(c.width, x), max(c.height, y)
}

// Rect paints a box with rounded corners. The class decides its colours.
func (c *Canvas) Rect(x, y, w, h float64, class string) {
	c.grow(x+w, y+h)
	fmt.Fprintf(&c.body, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="3"/>`+"\n", class, num(x), num(y), num(w), num(h))
}

// Line paints a line through points, given as x and y in turn.
func (c *Canvas) Line(class string, points ...float64) {
	var p strings.Builder
	for i := 0; i+1 < len(points); i += 2 {
		c.grow(points[i], points[i+1])
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(num(points[i]) + "," + num(points[i+1]))
	}
	fmt.Fprintf(&c.body, `<polyline class="%s" points="%s"/>`+"\n", class, p.String())
}

// A Font is how a text is set.
type Font struct {
	Class string // as in the style sheet
	Size  float64
	Bold  bool
	Align float64 // 0: x is the left end, 0.5: the middle, 1: the right end
}

// Ascent and Descent are how far texts reach above and below their base line, in parts of the size.
const (
	Ascent  = 0.80
	Descent = 0.22
)

// Text sets a text with its base line at y.
func (c *Canvas) Text(x, y float64, s string, f Font) {
	c.hinted(x, y, s, "", f)
}

// Short sets a text, shortened to a width; the whole text is shown to who points at it.
func (c *Canvas) Short(x, y, width float64, s string, f Font) {
	short := Shorten(s, width, f.Size, f.Bold)
	hint := ""
	if short != s {
		hint = s
	}
	c.hinted(x, y, short, hint, f)
}

func (c *Canvas) hinted(x, y float64, s, hint string, f Font) {
	if s == "" {
		return
	}
	w := Width(s, f.Size, f.Bold)
	x -= w * f.Align
	c.grow(x+w, y+Descent*f.Size)
	weight := ""
	if f.Bold {
		weight = ` font-weight="600"`
	}
	if hint != "" {
		hint = "<title>" + escape(hint) + "</title>"
	}
	fmt.Fprintf(&c.body, `<text class="%s" x="%s" y="%s" font-size="%s"%s textLength="%s" lengthAdjust="spacingAndGlyphs">%s%s</text>`+"\n",
		f.Class, num(x), num(y), num(f.Size), weight, num(w), hint, escape(s))
}

// WriteTo writes the picture with a margin on all sides.
func (c *Canvas) WriteTo(w io.Writer) (int64, error) {
	const margin = 16
	n, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="l2s" role="img" aria-labelledby="l2s-title l2s-desc" width="%[1]s" height="%[2]s" viewBox="-%[3]d -%[3]d %[1]s %[2]s">
<title id="l2s-title">%[4]s</title>
<desc id="l2s-desc">%[5]s</desc>
<style>
%[6]s</style>
<rect class="page" x="-%[3]d" y="-%[3]d" width="%[1]s" height="%[2]s"/>
%[7]s</svg>
`, num(c.width+2*margin), num(c.height+2*margin), margin, escape(c.title), escape(c.desc), style, c.body.String())
	return int64(n), err
}

// num writes a length with one decimal at most.
func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

// escape makes text fit for XML; characters that XML cannot carry become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

func split(s string) []string { return strings.Fields(s) }
