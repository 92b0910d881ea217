package config

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// json reads an object of objects, strings and arrays of strings.
func (p *parser) json() error {
	p.t.reserve(len(p.src)/13+16, len(p.src)*2/5)
	p.blank()
	if err := p.object(0, 0); err != nil {
		return err
	}
	p.blank()
	if p.at < len(p.src) {
		return p.syntax(p.at, len(p.src), "text follows the configuration")
	}
	return nil
}

func (p *parser) blank() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\n', '\t', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the octet that is read next, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

func (p *parser) expect(c byte) error {
	p.blank()
	if p.peek() != c {
		return p.unexpected("expected " + string(rune(c)))
	}
	p.at++
	return nil
}

func (p *parser) unexpected(msg string) error {
	if p.at >= len(p.src) {
		return p.syntax(p.at, p.at, msg+", not the end")
	}
	return p.syntax(p.at, p.at+20, msg)
}

func (p *parser) object(id int32, depth int) error {
	if depth > maxDepth {
		return p.fail(p.at, p.at+1, ErrTooDeep, ErrTooDeep.Error())
	}
	if err := p.expect('{'); err != nil {
		return err
	}
	if p.blank(); p.peek() == '}' {
		p.at++
		return nil
	}
	for {
		p.blank()
		from := p.at
		name, err := p.str()
		if err != nil {
			return err
		}
		if name == "" {
			return p.syntax(from, p.at, "empty word")
		}
		if err := p.expect(':'); err != nil {
			return err
		}
		if p.lines {
			p.mark(from)
		}
		child := p.t.ensure(id, name, 0)
		if p.t.bad != nil {
			return p.fail(from, p.at, p.t.bad, p.t.bad.Error())
		}
		if err := p.member(child, depth); err != nil {
			return err
		}
		p.blank()
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return nil
		default:
			return p.unexpected("expected , or }")
		}
	}
}

func (p *parser) member(id int32, depth int) error {
	p.blank()
	switch p.peek() {
	case '{':
		return p.object(id, depth+1)
	case '"':
		return p.jsonValue(id)
	case '[':
		p.at++
		if p.blank(); p.peek() == ']' {
			p.at++
			return nil
		}
		for {
			p.blank()
			if err := p.jsonValue(id); err != nil {
				return err
			}
			p.blank()
			switch p.peek() {
			case ',':
				p.at++
			case ']':
				p.at++
				return nil
			default:
				return p.unexpected("expected , or ]")
			}
		}
	}
	return p.unexpected("expected a string, a list of strings or an object")
}

func (p *parser) jsonValue(leaf int32) error {
	if p.lines {
		p.mark(p.at)
	}
	s, err := p.str()
	if err != nil {
		return err
	}
	t := p.t
	if t.nodes[leaf].last == 0 {
		t.add(leaf, s, isValue, 0)
	} else if id := t.ensure(leaf, s, isValue); t.nodes[leaf].last != id {
		p.again = append(p.again, id)
	}
	return nil
}

// str reads a string.
func (p *parser) str() (string, error) {
	if p.peek() != '"' {
		return "", p.unexpected("expected a string")
	}
	from := p.at
	src := p.src
	for i := from + 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"':
			p.at = i + 1
			return src[from+1 : i], nil
		case c == '\\':
			return p.escapedString(from)
		case c < ' ':
			return "", p.syntax(from, i, "control character in a string")
		}
	}
	return "", p.syntax(from, len(src), "string is not closed")
}

func (p *parser) escapedString(from int) (string, error) {
	var b strings.Builder
	src := p.src
	for i := from + 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"':
			p.at = i + 1
			return b.String(), nil
		case c < ' ':
			return "", p.syntax(from, i, "control character in a string")
		case c != '\\':
			b.WriteByte(c)
		default:
			r, size := jsonEscape(src[i+1:])
			if size == 0 {
				return "", p.syntax(i, i+6, "unknown escape")
			}
			b.WriteRune(r)
			i += size
		}
	}
	return "", p.syntax(from, len(src), "string is not closed")
}

// jsonEscape reads what follows a backslash; size is 0 when that is no escape.
func jsonEscape(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		return rune(to[i]), 1
	}
	r, ok := jsonHex(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 5
	}
	if len(s) > 6 && s[5] == '\\' {
		if low, ok := jsonHex(s[6:]); ok {
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				return r, 11
			}
		}
	}
	return 0, 0
}

func jsonHex(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[1:5]) {
		i := strings.IndexByte(hexDigits, c|0x20)
		if i < 0 || c < '0' {
			return 0, false
		}
		r = r<<4 | rune(i)
	}
	return r, true
}
