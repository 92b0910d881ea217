package remote

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable returns text of others so that a terminal shows it and does nothing else: what is not printable, such as
// controls and marks that turn the direction of writing, is escaped, and what is longer than limit runes is cut.
func printable(s string, limit int) string {
	var b strings.Builder
	for n := 0; s != ""; n++ {
		if n == limit {
			b.WriteString("...")
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// errorLimit is how much of an error is shown that may quote the other side, in runes.
const errorLimit = 300

// A foreign is an error whose text may quote the other side.
type foreign struct{ err error }

func (f foreign) Error() string { return printable(f.err.Error(), errorLimit) }
func (f foreign) Unwrap() error { return f.err }

// quote is printable in quotation marks.
func quote(s string, limit int) string { return `"` + printable(s, limit) + `"` }
