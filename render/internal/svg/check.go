package svg

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A box is a rectangle in a picture.
type box struct {
	left, top, right, bottom float64
	what                     string
}

func (b box) contains(c box) bool {
	const slack = 0.15 // lengths are written with one decimal
	return c.left >= b.left-slack && c.right <= b.right+slack && c.top >= b.top-slack && c.bottom <= b.bottom+slack
}

func (b box) overlaps(c box) bool {
	const slack = 0.15
	return b.left < c.right-slack && c.left < b.right-slack && b.top < c.bottom-slack && c.top < b.bottom-slack
}

// Check reads a picture and measures its texts anew: it reports each text that leaves the picture or a box
// that it begins in, each two that overlap, and boxes that cut a text. It is for tests.
func Check(r io.Reader) ([]string, error) {
	texts, rects, page, err := read(r)
	if err != nil {
		return nil, err
	}
	var problems []string
	for i, t := range texts {
		if !page.contains(t) {
			problems = append(problems, fmt.Sprintf("%q leaves the picture", t.what))
		}
		for _, rect := range rects {
			if rect.overlaps(t) && !rect.contains(t) {
				problems = append(problems, fmt.Sprintf("%q lies half in a box of class %s", t.what, rect.what))
			}
		}
		for _, u := range texts[:i] {
			if t.overlaps(u) {
				problems = append(problems, fmt.Sprintf("%q overlaps %q", t.what, u.what))
			}
		}
	}
	if len(texts) == 0 {
		problems = append(problems, "no text")
	}
	return problems, nil
}

// read collects texts, boxes and the page of a picture.
func read(r io.Reader) (texts, rects []box, page box, err error) {
	d := xml.NewDecoder(r)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, rects, page, nil
		}
		if err != nil {
			return nil, nil, page, err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Name.Local] = a.Value
		}
		n := func(name string) float64 {
			f, convErr := strconv.ParseFloat(attr[name], 64)
			if convErr != nil && err == nil {
				err = fmt.Errorf("%s: %s is %q", e.Name.Local, name, attr[name])
			}
			return f
		}
		switch e.Name.Local {
		case "rect":
			b := box{n("x"), n("y"), n("x") + n("width"), n("y") + n("height"), attr["class"]}
			if attr["class"] == "page" {
				page = b
			} else {
				rects = append(rects, b)
			}
		case "text":
			var t struct {
				Text string `xml:",chardata"`
			}
			if err := d.DecodeElement(&t, &e); err != nil {
				return nil, nil, page, err
			}
			size := n("font-size")
			w := Width(strings.TrimSpace(t.Text), size, attr["font-weight"] != "")
			texts = append(texts, box{n("x"), n("y") - Ascent*size, n("x") + w, n("y") + Descent*size, t.Text})
		}
		if err != nil {
			return nil, nil, page, err
		}
	}
}
