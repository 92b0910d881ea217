package schema

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A plainReader reads the plain part of HCL's native syntax, which nearly all of a large specification is written in: blocks,
// and attributes that are numbers, strings without templates, true, false, references and lists of these. Of
// anything else it gives up, and HCL's own parser takes over; where it does not, the result is the same as that
// parser's, in a tenth of the time, since it makes no list of tokens. Tests and a fuzzer compare the two.
type plainReader struct {
	name string // of the file
	text string
	at   int

	base  int // offset of text in the file
	line  int // at at, from 1
	begin int // offset of the line in text
}

// parsePlain parses whole lines of a file, of which the first begins at start. The body's own ranges are not set.
func parsePlain(src []byte, name string, start hcl.Pos) (*hclsyntax.Body, bool) {
	for _, c := range src {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return nil, false // columns count what a reader sees as one character; here each octet is one
		}
	}
	p := plainReader{name: name, text: string(src), base: start.Byte, line: start.Line}
	body := newBody()
	for {
		switch c := p.next(); {
		case c == 0:
			return body, true
		case !p.item(body):
			return nil, false
		}
	}
}

func newBody() *hclsyntax.Body {
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, Blocks: hclsyntax.Blocks{}}
}

// next passes over blanks, line ends and comments and returns the octet that follows, 0 at the end.
func (p *plainReader) next() byte {
	for {
		c := p.blank()
		if c != '\n' {
			return c
		}
		p.at++
		p.line++
		p.begin = p.at
	}
}

// blank passes over blanks and a comment and returns the octet that follows, 0 at the end.
func (p *plainReader) blank() byte {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t':
		case c == '#' || strings.HasPrefix(p.text[p.at:], "//"):
			n := strings.IndexByte(p.text[p.at:], '\n')
			if n < 0 {
				return '#' // the end of the file is not a line end
			}
			p.at += n
			return '\n'
		default:
			return c
		}
	}
	return 0
}

func (p *plainReader) pos(at int) hcl.Pos {
	return hcl.Pos{Line: p.line, Column: at - p.begin + 1, Byte: p.base + at}
}

// span is the range of what stands between two offsets of the line.
func (p *plainReader) span(from, to int) hcl.Range {
	return hcl.Range{Filename: p.name, Start: p.pos(from), End: p.pos(to)}
}

// ident passes over an identifier and returns it, empty if there is none.
func (p *plainReader) ident() string {
	from := p.at
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if !isLower(c|0x20) && c != '_' && (p.at == from || !isDigit(c) && c != '-') {
			break
		}
	}
	return p.text[from:p.at]
}

// item reads an attribute or a block with the line end after it.
func (p *plainReader) item(body *hclsyntax.Body) bool {
	from := p.at
	name := p.ident()
	if name == "" {
		return false
	}
	at := p.span(from, p.at)
	ok := false
	switch p.blank() {
	case '=':
		ok = p.attribute(body, name, at)
	case '"', '{':
		ok = p.block(body, name, at)
	}
	return ok && p.blank() == '\n'
}

func (p *plainReader) attribute(body *hclsyntax.Body, name string, at hcl.Range) bool {
	if body.Attributes[name] != nil {
		return false
	}
	equals := p.span(p.at, p.at+1)
	p.at++
	p.blank()
	e := p.expression()
	if e == nil {
		return false
	}
	body.Attributes[name] = &hclsyntax.Attribute{
		Name: name, Expr: e, NameRange: at, EqualsRange: equals,
		SrcRange: hcl.Range{Filename: p.name, Start: at.Start, End: p.pos(p.at)},
	}
	return true
}

func (p *plainReader) block(parent *hclsyntax.Body, name string, at hcl.Range) bool {
	b := &hclsyntax.Block{Type: name, TypeRange: at, Body: newBody()}
	c := p.blank()
	for ; c == '"'; c = p.blank() {
		from := p.at
		label, ok := p.quoted()
		if !ok {
			return false
		}
		b.Labels = append(b.Labels, label)
		b.LabelRanges = append(b.LabelRanges, p.span(from, p.at))
	}
	if c != '{' {
		return false
	}
	b.OpenBraceRange = p.span(p.at, p.at+1)
	p.at++
	if p.blank() != '\n' {
		return false
	}
	for p.next() != '}' {
		if !p.item(b.Body) {
			return false
		}
	}
	b.CloseBraceRange = p.span(p.at, p.at+1)
	p.at++
	b.Body.SrcRange = hcl.Range{Filename: p.name, Start: b.OpenBraceRange.Start, End: b.CloseBraceRange.End}
	b.Body.EndRange = hcl.Range{Filename: p.name, Start: b.CloseBraceRange.End, End: b.CloseBraceRange.End}
	parent.Blocks = append(parent.Blocks, b)
	return true
}

// quoted reads a string that stands for itself.
func (p *plainReader) quoted() (string, bool) {
	from := p.at + 1
	for i := from; i < len(p.text); i++ {
		switch p.text[i] {
		case '"':
			p.at = i + 1
			return p.text[from:i], true
		case '\\', '$', '%', '\n':
			return "", false
		}
	}
	return "", false
}

// expression reads an expression that is followed by the end of its line, or of its place in a list; nil for
// every other.
func (p *plainReader) expression() hclsyntax.Expression {
	if p.at == len(p.text) {
		return nil
	}
	from := p.at
	switch c := p.text[p.at]; {
	case c == '"':
		s, ok := p.quoted()
		if !ok {
			return nil
		}
		within := p.span(from+1, p.at-1)
		if s == "" {
			within = p.span(p.at, p.at) // where HCL sees it
		}
		return &hclsyntax.TemplateExpr{
			Parts:    []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(s), SrcRange: within}},
			SrcRange: p.span(from, p.at),
		}
	case isDigit(c):
		for p.at < len(p.text) && isDigit(p.text[p.at]) {
			p.at++
		}
		v, err := cty.ParseNumberVal(p.text[from:p.at])
		if err != nil {
			return nil
		}
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: p.span(from, p.at)}
	case c == '[':
		return p.list()
	}
	switch name := p.ident(); name {
	case "", "null", "for":
		return nil
	case "true", "false":
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(name == "true"), SrcRange: p.span(from, p.at)}
	default:
		return p.reference(name, from)
	}
}

// reference reads the rest of a reference that begins with a name.
func (p *plainReader) reference(name string, from int) hclsyntax.Expression {
	t := hcl.Traversal{hcl.TraverseRoot{Name: name, SrcRange: p.span(from, p.at)}}
	for p.at < len(p.text) && p.text[p.at] == '.' {
		dot := p.at
		p.at++
		name := p.ident()
		if name == "" {
			return nil
		}
		t = append(t, hcl.TraverseAttr{Name: name, SrcRange: p.span(dot, p.at)})
	}
	return &hclsyntax.ScopeTraversalExpr{Traversal: t, SrcRange: p.span(from, p.at)}
}

// list reads a list that stands on one line.
func (p *plainReader) list() hclsyntax.Expression {
	from := p.at
	e := &hclsyntax.TupleConsExpr{OpenRange: p.span(from, from+1)}
	p.at++
	for c := p.blank(); c != ']'; c = p.blank() {
		if len(e.Exprs) > 0 {
			if c != ',' {
				return nil
			}
			p.at++
			p.blank()
		}
		one := p.expression()
		if one == nil {
			return nil
		}
		e.Exprs = append(e.Exprs, one)
	}
	p.at++
	e.SrcRange = p.span(from, p.at)
	return e
}
