package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a word can be refused for. VyOS of every release refuses both quote characters and line breaks in values; there is
// no way to escape them.
var (
	ErrQuote   = errors.New("a quote character cannot stand in a VyOS value")
	ErrControl = errors.New("a control character cannot stand in a VyOS value")
	ErrUTF8    = errors.New("value is not valid UTF-8")
	ErrSpace   = errors.New("white space cannot stand in a node's name")
	ErrEmpty   = errors.New("a node's name cannot be empty")
	ErrName    = errors.New("a character in the name would not survive the VyOS command line")
)

// CheckValue reports whether a leaf can hold the value: no quotes, no control characters other than the tab, valid UTF-8. An
// empty value is fine.
func CheckValue(s string) error {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\'' || c == '"':
			return ErrQuote
		case c < ' ' && c != '\t' || c == 0x7f:
			return ErrControl
		case c >= utf8.RuneSelf:
			if !utf8.ValidString(s[i:]) {
				return ErrUTF8
			}
			return restOfValue(s[i:])
		}
	}
	return nil
}

// restOfValue checks what follows the first octet beyond ASCII, C1 control characters included.
func restOfValue(s string) error {
	for _, r := range s {
		switch {
		case r == '\'' || r == '"':
			return ErrQuote
		case r < ' ' && r != '\t' || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029:
			return ErrControl
		}
	}
	return nil
}

// CheckName reports whether a word can stand unquoted in a command: as the name of a node, or as the instance of a tag (its
// value). White space is refused, and so is what the router's shell would not hand on as it is.
func CheckName(s string) error {
	if s == "" {
		return ErrEmpty
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case nameClass[c] == 0:
			continue
		case c == '\'' || c == '"':
			return ErrQuote
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f':
			return ErrSpace
		case c == '#' && i > 0 || c == '~' && i > 0 || c == '!' && i+1 < len(s):
			continue // special at their ends only
		case c >= utf8.RuneSelf:
			if err := CheckValue(s); err != nil {
				return err
			}
		case c < ' ' || c == 0x7f:
			return ErrControl
		default:
			return ErrName
		}
	}
	return nil
}

// nameClass marks the octets of a name that need a closer look.
var nameClass = func() (t [256]byte) {
	for c := range 256 {
		if c <= ' ' || c >= 0x7f {
			t[c] = 1
		}
	}
	for _, c := range "'\"\\$`;&|<>(){}*?#~!" {
		t[c] = 1
	}
	return t
}()

// Quote returns the value as it stands in a command: between single quotes, with nothing escaped. What it accepts the router reads
// back as the same word.
func Quote(s string) (string, error) {
	if err := CheckValue(s); err != nil {
		return "", err
	}
	return "'" + s + "'", nil
}

// Escape makes text from a file or a device fit for a terminal or a message: what is not printable is escaped as in
// Go, and more than limit runes are cut.
func Escape(s string, limit int) string {
	var b strings.Builder
	n := 0
	for len(s) > 0 {
		if n == limit {
			b.WriteString("...")
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
		n++
	}
	return b.String()
}
