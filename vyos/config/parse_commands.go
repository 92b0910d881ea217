package config

import (
	"math/bits"
	"strings"
)

// commandWords are what a line of commands may begin with. Only the first three do something.
var commandWords = map[string]bool{
	"set": true, "delete": true, "comment": true,
	"configure": true, "commit": true, "save": true, "exit": true, "top": true,
}

// commands reads set commands. Most lines share all but their last words with the line before; what is shared is
// not read again: ends and ids remember where the words of the last set command ended and what they became.
func (p *parser) commands(g Grammar) error {
	t := p.t
	lines := strings.Count(p.src, "\n") + 1
	t.reserve(min(lines*5/2, len(p.src)/16)+16, min(lines*14, len(p.src)))
	var (
		ends  [maxDepth + 1]int32 // offset in the line of the blank after each word
		ids   [maxDepth + 1]int32
		bare  [maxDepth + 1]bool // a word up to here is not quoted: then a last one that is quoted is a value
		depth = 0
		prev  = ""
		src   = p.src
	)
	for p.at < len(src) {
		start := p.at
		line := src[start:]
		if nl := strings.IndexByte(line, '\n'); nl >= 0 {
			line = line[:nl]
		}
		if p.lines {
			p.mark(start)
		}
		p.at = start + len(line) + 1
		if len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if len(line) < 5 || line[:4] != "set " {
			keep, err := p.otherLine(start, line, g)
			if err != nil {
				return err
			}
			if !keep {
				depth, prev = 0, ""
			}
			continue
		}
		common := int32(commonPrefix(line, prev))
		for depth > 0 && ends[depth] >= common {
			depth--
		}
		i, cur := 4, int32(0)
		if depth > 0 {
			i, cur = int(ends[depth])+1, ids[depth]
		}
		for i < len(line) {
			c := line[i]
			if c == ' ' || c == '\t' {
				i++
				continue
			}
			if depth == maxDepth {
				return p.fail(start+i, start+len(line), ErrTooDeep, ErrTooDeep.Error())
			}
			var word string
			var quoted bool
			next := i
			for next < len(line) && !wordEnd[line[next]] {
				next++
			}
			if next == len(line) || next > i && line[next] == ' ' {
				word = line[i:next]
			} else {
				var err error
				if word, next, quoted, err = p.word(start, line, i); err != nil {
					return err
				}
			}
			last := next == len(line) || next+1 == len(line) || line[next+1] <= ' ' && onlyBlanks(line[next:])
			if word == "" && !last {
				return p.syntax(start+i, start+next, "empty word")
			}
			var flags uint32
			if last && quoted && bare[depth] {
				flags = isValue
			}
			i = next
			id, hint := t.search(cur, word)
			if id == 0 {
				id = t.add(cur, word, flags, hint)
			} else if last {
				if n := &t.nodes[id]; n.last == 0 {
					n.meta |= flags
				}
				if t.nodes[cur].last != id {
					p.again = append(p.again, id)
				}
			}
			cur = id
			depth++
			ends[depth], ids[depth], bare[depth] = int32(i), cur, bare[depth-1] || !quoted
			if t.bad != nil {
				return p.fail(start, start+len(line), t.bad, t.bad.Error())
			}
		}
		if cur == 0 {
			return p.syntax(start, start+len(line), "set without a path")
		}
		prev = line
	}
	return nil
}

func onlyBlanks(s string) bool { return strings.TrimLeft(s, " \t") == "" }

// commonPrefix returns how many octets two lines share at their beginning.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := le64(a[i:]) ^ le64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// wordEnd marks what ends a bare word or needs a closer look.
var wordEnd = [256]bool{' ': true, '\t': true, '\'': true, '"': true, '\\': true}

// word reads the word that begins at i of a line; next is where it ends.
func (p *parser) word(start int, line string, i int) (word string, next int, quoted bool, err error) {
	if line[i] == '\'' {
		end := strings.IndexByte(line[i+1:], '\'')
		if end < 0 {
			return "", 0, false, p.syntax(start+i, start+len(line), "quote is not closed")
		}
		end += i + 1
		if end+1 == len(line) || line[end+1] == ' ' || line[end+1] == '\t' {
			word = line[i+1 : end]
			if strings.IndexByte(word, '\\') >= 0 {
				word = p.unshow(word)
			}
			return word, end + 1, true, nil
		}
		return "", 0, false, p.syntax(start+i, start+len(line), "text follows a closing quote")
	}
	for j := i; ; j++ {
		if j == len(line) || line[j] == ' ' || line[j] == '\t' {
			return line[i:j], j, false, nil
		}
		if wordEnd[line[j]] {
			return p.oddWord(start, line, i)
		}
	}
}

// oddWord reads words with double quotes or backslashes, which are typed.
func (p *parser) oddWord(start int, line string, i int) (word string, next int, quoted bool, err error) {
	if line[i] != '"' {
		end := i
		for end < len(line) && line[end] != ' ' && line[end] != '\t' {
			if line[end] == '\'' || line[end] == '"' {
				return "", 0, false, p.syntax(start+i, start+len(line), "quote inside a word")
			}
			end++
		}
		return line[i:end], end, false, nil
	}
	var b strings.Builder
	for j := i + 1; j < len(line); j++ {
		switch c := line[j]; {
		case c == '"':
			if j+1 < len(line) && line[j+1] != ' ' && line[j+1] != '\t' {
				return "", 0, false, p.syntax(start+i, start+len(line), "text follows a closing quote")
			}
			return b.String(), j + 1, true, nil
		case c == '\\' && j+1 < len(line) && strings.IndexByte("\"\\$`", line[j+1]) >= 0:
			j++
			b.WriteByte(line[j])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false, p.syntax(start+i, start+len(line), "quote is not closed")
}

// unshow undoes the doubling of backslashes where the file does that.
func (p *parser) unshow(s string) string {
	if p.escapes == EscapesAuto {
		p.escapes = EscapesOn
		for rest := p.src; ; {
			i := strings.IndexByte(rest, '\\')
			if i < 0 {
				break
			}
			if i+1 == len(rest) || rest[i+1] != '\\' {
				p.escapes = EscapesOff
				break
			}
			rest = rest[i+2:]
		}
	}
	if p.escapes == EscapesOff {
		return s
	}
	return strings.ReplaceAll(s, `\\`, `\`)
}

// otherLine reads a line that is no simple set command. It reports whether the tree stayed as it was.
func (p *parser) otherLine(start int, line string, g Grammar) (keep bool, err error) {
	text := strings.TrimLeft(line, " \t")
	if text == "" || text[0] == '#' {
		return true, nil
	}
	start += len(line) - len(text)
	command := text
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		command = text[:i]
	}
	if !commandWords[command] {
		return false, p.syntax(start, start+len(text), "not a command of a configuration")
	}
	var path []string
	plain, quoted := false, false
	for i := len(command); i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		if len(path) == maxDepth {
			return false, p.fail(start+i, start+len(text), ErrTooDeep, ErrTooDeep.Error())
		}
		word, next, q, err := p.word(start, text, i)
		if err != nil {
			return false, err
		}
		if word == "" && !onlyBlanks(text[next:]) {
			return false, p.syntax(start+i, start+next, "empty word")
		}
		path = append(path, word)
		plain = plain || !q
		quoted = q
		i = next
	}
	switch command {
	case "set":
		if len(path) == 0 {
			return false, p.syntax(start, start+len(text), "set without a path")
		}
		n := p.t.Ensure(path...)
		if plain && quoted && p.t.nodes[n.id].last == 0 {
			p.t.nodes[n.id].meta |= isValue
		}
	case "delete":
		if len(path) == 0 {
			return false, p.syntax(start, start+len(text), "delete without a path")
		}
		p.t.Delete(g, path...)
	case "comment":
		if len(path) < 2 {
			return false, p.syntax(start, start+len(text), "comment without a path and a text")
		}
		p.t.Ensure(path[:len(path)-1]...).Comment(path[len(path)-1])
	}
	return false, nil
}
