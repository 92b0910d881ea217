package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// A Form is a way of writing a configuration.
type Form uint8

// The forms.
const (
	FormAuto     Form = iota // told by how the file begins
	FormCommands             // set commands, as typed or as show configuration commands prints them
	FormText                 // config.boot or show configuration
	FormJSON                 // show configuration json
)

// Escapes says what a backslash in a quoted value is.
type Escapes uint8

// What a backslash is.
const (
	// EscapesAuto decides by file: in commands a backslash escapes if none stands alone; in text it does if
	// every value is quoted, as 1.4 and later save it.
	EscapesAuto Escapes = iota
	EscapesOff          // itself
	EscapesOn           // the first of two
)

// ParseOptions say how a configuration is read. The zero value fits every form.
type ParseOptions struct {
	Form    Form
	Escapes Escapes

	// Grammar resolves the tree, see Tree.Resolve. Without it, of a leaf that is set several times all values
	// are kept.
	Grammar Grammar

	// Lines makes the tree remember on which line each word was first set, see Node.Line.
	Lines bool

	// Limit is the largest input in octets, 0 for 128 MiB.
	Limit int
}

const defaultLimit = 128 << 20

// byteOrderMark is what some editors put in front of a text; it is no part of it.
const byteOrderMark = "\ufeff"

// Reasons for which reading stops; they come wrapped in an *Error.
var (
	ErrTooDeep = errors.New("nested too deeply")
	ErrSyntax  = errors.New("syntax error")
	ErrBinary  = errors.New("not a text")
)

// An Error is what is wrong with one place of a file.
type Error struct {
	File   string
	Line   int    // from 1
	Column int    // in octets, from 1
	Text   string // the offending text, escaped and cut
	Msg    string
	Err    error // ErrSyntax and the like
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", Escape(e.File, 200), e.Line, e.Column, e.Msg)
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads a configuration; name is for messages. The error is an *Error. Memory is bounded by a small multiple of the
// input. src is not kept.
func Parse(name string, src []byte, o ParseOptions) (*Tree, error) {
	t, err := ParseString(name, unsafe.String(unsafe.SliceData(src), len(src)), o) // read only, words are copied
	return t, err
}

// ParseString is Parse for a string.
func ParseString(name, src string, o ParseOptions) (*Tree, error) {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	if len(src) > o.Limit {
		return nil, &Error{File: name, Line: 1, Column: 1, Err: ErrTreeTooBig, Msg: fmt.Sprintf("file is larger than %d octets", o.Limit)}
	}
	p := parser{file: name, src: src, t: New(), escapes: o.Escapes, lines: o.Lines}
	if strings.HasPrefix(src, byteOrderMark) {
		p.at = len(byteOrderMark)
	}
	if i := firstBad(src); i >= 0 {
		return nil, p.fail(i, i+8, ErrBinary, "neither text nor UTF-8")
	}
	form := o.Form
	if form == FormAuto {
		form = Detect(src[p.at:])
	}
	var err error
	switch form {
	case FormCommands:
		err = p.commands(o.Grammar)
	case FormJSON:
		err = p.json()
	default:
		err = p.textForm()
	}
	if err == nil && p.t.bad != nil {
		err = p.fail(len(src), len(src), p.t.bad, p.t.bad.Error())
	}
	if err != nil {
		return nil, err
	}
	if p.lines {
		p.mark(len(src))
	}
	p.finish(o.Grammar)
	return p.t, nil
}

// A parser holds what the parsers of all forms need.
type parser struct {
	file    string
	src     string
	at      int // offset of what is read next
	t       *Tree
	escapes Escapes
	again   []int32 // values that were set again, in order

	lines  bool // are remembered
	line   int32
	marked int // offset of the beginning of line
}

func (p *parser) finish(g Grammar) {
	t := p.t
	t.words = nil
	t.shrink()
	t.again = p.again
	t.Resolve(g)
}

// fail makes the error for src[from:to].
func (p *parser) fail(from, to int, reason error, msg string) error {
	from = min(from, len(p.src))
	to = min(max(to, from), len(p.src))
	before := p.src[:from]
	text := p.src[from:to]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return &Error{
		File: p.file, Line: 1 + strings.Count(before, "\n"), Column: from - strings.LastIndexByte(before, '\n'),
		Text: Escape(text, 60), Msg: msg, Err: reason,
	}
}

func (p *parser) syntax(from, to int, msg string) error { return p.fail(from, to, ErrSyntax, msg) }

// Detect tells the form of a text by how it begins.
func Detect(src string) Form {
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '{':
			return FormJSON
		case line[0] == '#':
			return FormCommands
		case strings.HasPrefix(line, "//"):
		default:
			word, rest, _ := strings.Cut(line, " ")
			if commandWords[word] && !strings.HasSuffix(rest, "{") {
				return FormCommands
			}
			return FormText
		}
	}
	return FormText
}

// firstBad returns the offset of the first octet that no form holds: control characters other than tab and line
// breaks, and what is not UTF-8. It returns -1 if there is none.
func firstBad(s string) int {
	i := 0
	ascii := uint64(0)
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		x := le64(s[i:])
		ascii |= x
		if (x-ones*' ')&^x&tops != 0 {
			if j := badControl(s[i : i+8]); j >= 0 {
				return min(i+j, badUTF8(s))
			}
		}
	}
	if j := badControl(s[i:]); j >= 0 {
		return min(i+j, badUTF8(s))
	}
	for j := i; j < len(s); j++ {
		ascii |= uint64(s[j])
	}
	if ascii&tops == 0 {
		return -1
	}
	if bad := badUTF8(s); bad < len(s) {
		return bad
	}
	return -1
}

func badControl(s string) int {
	for j := range len(s) {
		if c := s[j]; c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return j
		}
	}
	return -1
}

// badUTF8 returns the offset of the first octet that is not UTF-8, or the length.
func badUTF8(s string) int {
	if utf8.ValidString(s) {
		return len(s)
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}

// unescape undoes the escapes of a quoted value. Where it meets none that it knows it returns false.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	var b bytes.Buffer
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return s, false
		}
		switch c := s[i]; c {
		case '\\', '"', '\'':
			b.WriteByte(c)
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		default:
			if i+2 >= len(s) || !isDigit(c) || !isDigit(s[i+1]) || !isDigit(s[i+2]) {
				return s, false
			}
			n := int(c-'0')*100 + int(s[i+1]-'0')*10 + int(s[i+2]-'0')
			if n >= utf8.RuneSelf {
				return s, false
			}
			b.WriteByte(byte(n))
			i += 2
		}
	}
	return b.String(), true
}
