package config

import "unicode/utf8"

// AppendJSON appends the configuration as show configuration json prints it: one line, leaves as strings, leaves that hold many
// values as arrays, everything else as objects; octets beyond ASCII escaped.
func (t *Tree) AppendJSON(b []byte, o PrintOptions) ([]byte, error) {
	if t.bad != nil {
		return b, t.bad
	}
	t = t.resolved(o.Grammar)
	p := jsonPrinter{t: t, o: &o, out: b}
	if t.Empty() {
		return append(b, "{}\n"...), nil
	}
	if err := p.object(0); err != nil {
		return p.out, err
	}
	return append(p.out, '\n'), nil
}

type jsonPrinter struct {
	t     *Tree
	o     *PrintOptions
	out   []byte
	order []int32
}

func (p *jsonPrinter) object(id int32) error {
	p.out = append(p.out, '{')
	from := len(p.order)
	p.order = p.t.sorted(p.order, id, p.o.Order)
	empty := true
	for i := from; i < len(p.order); i++ {
		c := p.order[i]
		if p.t.nodes[c].len() == 0 {
			return p.t.pathError(id, ErrEmpty)
		}
		start := len(p.out)
		if !empty {
			p.out = append(p.out, ", "...)
		}
		if err := p.string(c, p.t.str(c)); err != nil {
			return err
		}
		p.out = append(p.out, ": "...)
		printed, err := p.member(c)
		if err != nil {
			return err
		}
		if !printed {
			p.out = p.out[:start]
			continue
		}
		empty = false
	}
	p.order = p.order[:from]
	p.out = append(p.out, '}')
	return nil
}

func (p *jsonPrinter) member(id int32) (printed bool, err error) {
	t := p.t
	if !t.isLeaf(id) {
		return true, p.object(id)
	}
	first, last := t.first(id), t.nodes[id].last
	list := t.nodes[id].meta&isMulti != 0 || first != last
	if list {
		p.out = append(p.out, '[')
	}
	for c := first; ; c = t.nodes[c].next {
		s, ok, err := t.value(c, p.o)
		if err != nil {
			return false, err
		}
		if ok {
			if printed {
				p.out = append(p.out, ", "...)
			}
			printed = true
			if err := p.string(id, s); err != nil {
				return false, err
			}
		}
		if c == last {
			break
		}
	}
	if list {
		p.out = append(p.out, ']')
	}
	return printed, nil
}

const hexDigits = "0123456789abcdef"

func (p *jsonPrinter) string(id int32, s string) error {
	b := append(p.out, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				return p.t.pathError(id, ErrUTF8)
			}
		}
		b = appendRune(b, r)
		i += size
		from = i
	}
	p.out = append(append(b, s[from:]...), '"')
	return nil
}

func appendRune(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case 0x7f:
		return append(b, 0x7f)
	}
	if r >= 0x10000 {
		r -= 0x10000
		b = appendHex(b, 0xd800+r>>10)
		return appendHex(b, 0xdc00+r&0x3ff)
	}
	return appendHex(b, r)
}

func appendHex(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
