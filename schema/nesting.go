package schema

import (
	"bytes"
	"fmt"
)

// Limits on one expression. HCL's parser and evaluation call themselves for each level, and a stack that
// overflows cannot be recovered from.
const (
	maxNesting   = 100  // brackets, braces and templates within each other
	maxOperators = 2000 // operators and indexes in a row
)

// A frame is what a position of the source is within: a bracket, an interpolation ($), a quoted string or
// a heredoc (<).
type frame struct {
	kind   byte
	ops    int    // so far in the expression at hand
	marker []byte // of a heredoc
}

// tooDeep looks for expressions that are nested too deeply to be parsed; why is empty when there are none.
// It knows as much of HCL's syntax as that takes, and does not mind errors.
func tooDeep(src []byte) (at int, why string) { return scanNesting(src, 0, nil) }

// tooDeepTemplate is tooDeep for what stands between quotes.
func tooDeepTemplate(src []byte) (at int, why string) { return scanNesting(src, 't', nil) }

// scanNesting calls between, unless it is nil, with the offset of each line that begins outside of all
// blocks and expressions.
func scanNesting(src []byte, start byte, between func(offset int)) (at int, why string) {
	var stack [maxNesting + 2]frame
	stack[0].kind = start
	top := 0
	push := func(kind byte, marker []byte) bool {
		if top++; top > maxNesting {
			return false
		}
		stack[top] = frame{kind: kind, marker: marker}
		return true
	}
	for i := 0; i < len(src); i++ {
		f := &stack[top]
		ok := true
		switch c := src[i]; f.kind {
		case '"', '<', 't': // text
			switch {
			case c == '"' && f.kind == '"':
				top--
			case c == '\\' && f.kind == '"':
				i++
			case c == '\n' && f.kind == '"':
				top--
			case c == '\n' && f.kind == '<':
				if endsHeredoc(src[i+1:], f.marker) {
					top--
				}
			case (c == '$' || c == '%') && i+1 < len(src) && src[i+1] == '{':
				if i > 0 && src[i-1] == c {
					break // an escape
				}
				if c == '%' { // each can open a level that only another directive closes
					f.ops += maxOperators / maxNesting
				}
				ok = f.ops <= maxOperators && push('$', nil)
				i++
			}
		default: // code
			switch c {
			case '"':
				ok = push('"', nil)
			case '(', '[', '{':
				f.ops++
				ok = f.ops <= maxOperators && push(c, nil)
			case ')', ']', '}':
				top = max(top-1, 0)
			case ',':
				f.ops = 0
			case '\n':
				if f.kind == 0 || f.kind == '{' {
					f.ops = 0
				}
				if top == 0 && between != nil {
					between(i + 1)
				}
			case '#':
				i = lineEnd(src, i) - 1
			case '/':
				switch {
				case i+1 < len(src) && src[i+1] == '/':
					i = lineEnd(src, i) - 1
				case i+1 < len(src) && src[i+1] == '*':
					n := bytes.Index(src[i+2:], []byte("*/"))
					if n < 0 {
						return 0, ""
					}
					i += n + 3
				default:
					f.ops++
				}
			case '<':
				if marker, n := heredoc(src[i:]); n > 0 {
					i += n - 1 // the newline, which may be followed by the end at once
					ok = push('<', marker)
					if ok && endsHeredoc(src[i+1:], marker) {
						top--
					}
					break
				}
				f.ops++
			case '!', '-', '+', '*', '%', '&', '|', '=', '>', '?', ':':
				f.ops++
				ok = f.ops <= maxOperators
			}
		}
		if !ok {
			return i, fmt.Sprintf("The expression is nested more than %d levels deep, or has more than %d operators. Take it apart, with locals for the parts.", maxNesting, maxOperators)
		}
	}
	return 0, ""
}

func lineEnd(src []byte, i int) int {
	if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(src)
}

// heredoc recognises <<MARKER or <<-MARKER at the end of a line; n is what stands before the newline and it.
func heredoc(src []byte) (marker []byte, n int) {
	rest, ok := bytes.CutPrefix(src, []byte("<<"))
	if !ok {
		return nil, 0
	}
	rest = bytes.TrimPrefix(rest, []byte("-"))
	line, _, ok := bytes.Cut(rest, []byte("\n"))
	marker = bytes.TrimRight(line, "\r")
	if !ok || len(marker) == 0 || len(marker) > 64 || bytes.ContainsAny(marker, " \t\"(){}[],=") {
		return nil, 0
	}
	return marker, len(src) - len(rest) + len(line) + 1
}

func endsHeredoc(src, marker []byte) bool {
	line := src[:lineEnd(src, 0)]
	return bytes.Equal(bytes.TrimSpace(line), marker)
}
