package config

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// AppendText appends the configuration as text with braces: a config.boot, or what show configuration prints.
func (t *Tree) AppendText(b []byte, o PrintOptions) ([]byte, error) {
	if t.bad != nil {
		return b, t.bad
	}
	t = t.resolved(o.Grammar)
	if o.Bare {
		b = appendHeader(b, o.Header, "/* ", " */") // the reader of 1.2 knows no other comment
	} else {
		b = appendHeader(b, o.Header, "// ", "")
	}
	if !t.Empty() {
		p := textPrinter{t: t, o: &o, out: b}
		if err := p.below(0, 0); err != nil {
			return p.out, err
		}
		b = p.out
	}
	return o.Footer.append(b), nil
}

const blanks = "                                                                "

type textPrinter struct {
	t     *Tree
	o     *PrintOptions
	out   []byte
	order []int32
}

func (p *textPrinter) indent(depth int) {
	n := 4 * depth
	for ; n > len(blanks); n -= len(blanks) {
		p.out = append(p.out, blanks...)
	}
	p.out = append(p.out, blanks[:n]...)
}

func (p *textPrinter) below(id int32, depth int) error {
	from := len(p.order)
	p.order = p.t.sorted(p.order, id, p.o.Order)
	for i := from; i < len(p.order); i++ {
		if err := p.node(p.order[i], depth); err != nil {
			return err
		}
	}
	p.order = p.order[:from]
	return nil
}

func (p *textPrinter) node(id int32, depth int) error {
	t := p.t
	n := &t.nodes[id]
	word := t.str(id)
	if err := p.checkName(id, word); err != nil {
		return err
	}
	switch {
	case n.last == 0:
		p.note(id, depth)
		p.indent(depth)
		p.out = append(p.out, word...)
		if n.meta&hasBraces != 0 && p.o.Bare {
			p.out = append(p.out, " {\n"...)
			p.indent(depth)
			p.out = append(p.out, '}')
		}
		p.out = append(p.out, '\n')
		return nil
	case n.meta&isTag != 0:
		return p.tag(id, word, depth)
	case t.isLeaf(id):
		return p.leaf(id, word, depth)
	}
	p.note(id, depth)
	p.indent(depth)
	p.out = append(append(p.out, word...), " {\n"...)
	if err := p.below(id, depth+1); err != nil {
		return err
	}
	p.indent(depth)
	p.out = append(p.out, "}\n"...)
	return nil
}

func (p *textPrinter) tag(id int32, word string, depth int) error {
	from := len(p.order)
	p.order = p.t.sorted(p.order, id, p.o.Order)
	for i := from; i < len(p.order); i++ {
		c := p.order[i]
		name := p.t.str(c)
		if err := p.checkName(c, name); err != nil && (!errors.Is(err, ErrSpace) || CheckValue(name) != nil) {
			return err
		}
		p.note(c, depth)
		p.indent(depth)
		p.out = append(append(p.out, word...), ' ')
		if strings.ContainsAny(name, " \t") {
			name = "\"" + name + "\"" // which 1.2 does not refuse
		}
		p.out = append(append(p.out, name...), " {\n"...)
		if err := p.below(c, depth+1); err != nil {
			return err
		}
		p.indent(depth)
		p.out = append(p.out, "}\n"...)
	}
	p.order = p.order[:from]
	return nil
}

func (p *textPrinter) leaf(id int32, word string, depth int) error {
	t := p.t
	last := t.nodes[id].last
	noted := false
	for c := t.nodes[last].next; ; c = t.nodes[c].next {
		s, ok, err := t.value(c, p.o)
		if err != nil {
			return err
		}
		if ok {
			if !noted {
				p.note(id, depth)
				noted = true
			}
			p.indent(depth)
			p.out = append(append(p.out, word...), ' ')
			if err := p.value(s); err != nil {
				return t.pathError(id, err)
			}
			p.out = append(p.out, '\n')
		}
		if c == last {
			return nil
		}
	}
}

// checkName refuses words that would be read back as something else.
func (p *textPrinter) checkName(id int32, s string) error {
	if s == "" {
		return p.t.pathError(id, ErrEmpty)
	}
	if !utf8.ValidString(s) {
		return p.t.pathError(id, ErrUTF8)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			return p.t.pathError(id, ErrSpace)
		case c < ' ' || c == 0x7f:
			return p.t.pathError(id, ErrControl)
		}
	}
	if c := s[0]; c == '"' || c == '\'' {
		return p.t.pathError(id, ErrQuote)
	}
	if strings.HasPrefix(s, byteOrderMark) {
		return p.t.pathError(id, ErrName) // at the beginning of a file it would be no part of the name
	}
	if c := s[len(s)-1]; c == '{' || c == '}' || s[0] == '{' || s[0] == '}' || strings.HasPrefix(s, "/*") || strings.HasPrefix(s, "//") {
		return p.t.pathError(id, ErrName)
	}
	return nil
}

func (p *textPrinter) note(id int32, depth int) {
	if note := p.t.notes[id]; note != "" {
		p.indent(depth)
		p.out = append(p.out, "/* "...)
		p.out = append(p.out, strings.ReplaceAll(note, "*/", "* /")...)
		p.out = append(p.out, " */\n"...)
	}
}

// masked is what show configuration prints in place of some secrets.
const masked = "****************"

func (p *textPrinter) value(s string) error {
	if !utf8.ValidString(s) {
		return ErrUTF8
	}
	if !p.o.Bare {
		p.out = append(appendEscaped(append(p.out, '"'), s), '"')
		return nil
	}
	quote := s == ""
	if s == masked {
		p.out = append(p.out, s...) // put there after the quoting
		return nil
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '*' || c == '{' || c == '}' || c == ';':
			quote = true
		case c == '"' || c == '\'':
			return ErrQuote
		case c < ' ' || c == 0x7f:
			return ErrControl
		}
	}
	if quote {
		p.out = append(append(append(p.out, '"'), s...), '"')
	} else {
		p.out = append(p.out, s...)
	}
	return nil
}

// appendEscaped escapes quotes, backslashes and control characters; everything else stays as it is.
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b = append(append(b, s[from:i]...), '\\')
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\n':
			b = append(b, 'n')
		case '\t':
			b = append(b, 't')
		case '\r':
			b = append(b, 'r')
		case '\b':
			b = append(b, 'b')
		default:
			b = append(b, '0'+c/100, '0'+c/10%10, '0'+c%10) // three decimal digits
		}
	}
	return append(b, s[from:]...)
}
