package config

import "strings"

// textForm reads text with braces, line by line, as VyOS writes it.
func (p *parser) textForm() error {
	t := p.t
	lines := strings.Count(p.src, "\n") + 1
	t.reserve(min(lines*3/2, len(p.src)/12)+16, min(lines*10, len(p.src)))
	var open [maxDepth + 1]int32 // the nodes whose braces are open
	var where [maxDepth + 1]int  // where they were opened
	var words [maxDepth + 1]int  // of their paths
	depth := 0
	note := ""
	src := p.src
	for p.at < len(src) {
		i := p.at
		for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
			i++
		}
		if i+1 < len(src) && src[i] == '/' && src[i+1] == '*' {
			text, next, err := p.comment(i)
			if err != nil {
				return err
			}
			p.at = next
			if !t.footer.note(text) {
				note = text
			}
			continue
		}
		line := src[i:]
		if nl := strings.IndexByte(line, '\n'); nl >= 0 {
			line = line[:nl]
		}
		if p.lines {
			p.mark(i)
		}
		p.at = i + len(line) + 1
		end := len(line)
		for end > 0 && (line[end-1] == ' ' || line[end-1] == '\r' || line[end-1] == '\t') {
			end--
		}
		line = line[:end]
		if end == 0 {
			continue
		}
		if line[0] == '}' {
			if end > 1 {
				return p.syntax(i+1, i+end, "text follows a closing brace")
			}
			if depth == 0 {
				return p.syntax(i, i+1, "closing brace without an opening one")
			}
			note = "" // it belongs to nothing
			depth--
			continue
		}
		if strings.HasPrefix(line, "//") {
			t.footer.note(line[2:])
			continue
		}
		name := line
		for k := range len(line) {
			if line[k] == ' ' || line[k] == '\t' {
				name = line[:k]
				break
			}
		}
		if name == "{" {
			return p.syntax(i, i+end, "brace without a name")
		}
		id := t.ensure(open[depth], name, 0)
		rest := line[len(name):]
		for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
			rest = rest[1:]
		}
		noted := id
		switch {
		case rest == "":
		case rest == "{":
			if words[depth]+1 >= maxDepth {
				return p.fail(i, i+end, ErrTooDeep, ErrTooDeep.Error())
			}
			t.nodes[id].meta |= hasBraces
			t.nodes[id].meta &^= isTag | isValue
			depth++
			open[depth], where[depth], words[depth] = id, i, words[depth-1]+1
		case rest[len(rest)-1] == '{' && len(rest) > 1 && (rest[len(rest)-2] == ' ' || rest[len(rest)-2] == '\t'):
			word, err := p.instance(i+end-len(rest), rest)
			if err != nil {
				return err
			}
			if words[depth]+2 >= maxDepth {
				return p.fail(i, i+end, ErrTooDeep, ErrTooDeep.Error())
			}
			t.nodes[id].meta |= isTag
			noted = t.ensure(id, word, 0)
			depth++
			open[depth], where[depth], words[depth] = noted, i, words[depth-1]+2
		default:
			if err := p.leafValue(i+end-len(rest), id, rest); err != nil {
				return err
			}
		}
		if note != "" {
			Node{t, noted}.Comment(strings.Clone(note))
			note = ""
		}
		if t.bad != nil {
			return p.fail(i, i+end, t.bad, t.bad.Error())
		}
	}
	if depth > 0 {
		return p.syntax(where[depth], len(src), "brace is not closed")
	}
	return nil
}

// comment reads the comment that begins at i and what is left of its line if nothing stands there.
func (p *parser) comment(i int) (text string, next int, err error) {
	end := strings.Index(p.src[i+2:], "*/")
	if end < 0 {
		return "", 0, p.syntax(i, len(p.src), "comment is not closed")
	}
	return strings.TrimSpace(p.src[i+2 : i+2+end]), i + 2 + end + 2, nil
}

// instance reads the instance of a tag from the rest of a line that ends with a brace.
func (p *parser) instance(at int, rest string) (string, error) {
	word := rest[:len(rest)-2]
	for len(word) > 0 && (word[len(word)-1] == ' ' || word[len(word)-1] == '\t') {
		word = word[:len(word)-1]
	}
	if word[0] == '"' || word[0] == '\'' {
		if len(word) < 2 || word[len(word)-1] != word[0] {
			return "", p.syntax(at, at+len(rest), "quote is not closed")
		}
		s, err := p.quotedText(at, word)
		if err == nil && s == "" {
			err = p.syntax(at, at+len(rest), "empty word")
		}
		return s, err
	}
	for k := range len(word) {
		if word[k] == ' ' || word[k] == '\t' {
			return "", p.syntax(at, at+len(rest), "more than a name before a brace")
		}
	}
	return word, nil
}

// leafValue reads a leaf's value from the rest of a line.
func (p *parser) leafValue(at int, leaf int32, rest string) error {
	var err error
	if rest[0] == '"' || rest[0] == '\'' {
		if n := len(rest); n >= 2 && strings.IndexByte(rest[1:], rest[0]) == n-2 && strings.IndexByte(rest, '\\') < 0 {
			rest = rest[1 : n-1]
		} else if rest, err = p.quotedText(at, rest); err != nil {
			return err
		}
	} else {
		for k := range len(rest) {
			if rest[k] == ' ' || rest[k] == '\t' {
				return p.syntax(at+k, at+len(rest), "text follows a value")
			}
		}
	}
	t := p.t
	if t.nodes[leaf].last == 0 {
		t.add(leaf, rest, isValue, 0)
		return nil
	}
	before := len(t.nodes)
	if id := t.ensure(leaf, rest, isValue); len(t.nodes) == before && t.nodes[leaf].last != id {
		p.again = append(p.again, id)
	}
	return nil
}

// quotedText reads a quoted value that fills s, quotes included, with its escapes or without.
func (p *parser) quotedText(at int, s string) (string, error) {
	quote := s[0]
	n := len(s)
	if n < 2 || s[n-1] != quote {
		if i := strings.LastIndexByte(s, quote); i > 0 {
			return "", p.syntax(at+i+1, at+n, "text follows a closing quote")
		}
		return "", p.syntax(at, at+n, "quote is not closed")
	}
	raw := s[1 : n-1]
	escaped, ok := unescape(raw)
	if ok && bareQuote(raw, quote) {
		ok = false
	}
	plain := strings.IndexByte(raw, quote) < 0
	switch {
	case ok && (!plain || p.textEscapes()):
		return escaped, nil
	case plain:
		return raw, nil
	}
	return "", p.syntax(at, at+n, "quote inside a value")
}

// bareQuote reports whether a quote in s is not escaped.
func bareQuote(s string, quote byte) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return true
		}
	}
	return false
}

// textEscapes reports whether a backslash escapes in this file. A writer that leaves values bare that need no
// quotes does not escape; one that quotes all does. The majority of such values decides.
func (p *parser) textEscapes() bool {
	if p.escapes == EscapesAuto {
		bare, quoted := 0, 0
		for line := range strings.Lines(p.src) {
			line = strings.TrimSpace(line)
			_, rest, two := strings.Cut(line, " ")
			rest = strings.TrimLeft(rest, " \t")
			switch {
			case !two, rest == "", rest[len(rest)-1] == '{', strings.HasPrefix(line, "/*"), strings.HasPrefix(line, "//"):
			case rest[0] != '"' && rest[0] != '\'':
				bare++
			case !strings.ContainsAny(rest, " \t*{};") && len(rest) > 2:
				quoted++ // in vain
			}
		}
		p.escapes = EscapesOn
		if bare > quoted {
			p.escapes = EscapesOff
		}
	}
	return p.escapes == EscapesOn
}
