package session

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A reply is what a script has printed in frames: lines of L2S, a key and words. What else is on the way, such as a
// banner, is passed by.
type reply struct {
	frames map[string][]string
}

// Limits of a reply. A configuration is one frame.
const (
	maxFrames    = 10000
	maxKey       = 20
	frameComment = 300 // runes of what else was printed, for an error
)

// parseReply reads what a script has printed. It refuses what no script of ours prints, and what is not whole.
func parseReply(out []byte) (*reply, error) {
	r := &reply{frames: make(map[string][]string)}
	var other strings.Builder
	n := 0
	for len(out) > 0 {
		line, rest, whole := bytes.Cut(out, []byte("\n"))
		out = rest
		text, ok := bytes.CutPrefix(line, []byte("L2S "))
		if !ok {
			if other.Len() < 4*frameComment {
				other.Write(line[:min(len(line), frameComment)])
				other.WriteByte(' ')
			}
			continue
		}
		if _, ended := r.frames["end"]; ended || !whole {
			return nil, fmt.Errorf("%w: it goes on after its end, or breaks off within a line", ErrHostile)
		}
		if n++; n > maxFrames {
			return nil, fmt.Errorf("%w: it has more than %d frames", ErrHostile, maxFrames)
		}
		key, value, _ := strings.Cut(string(text), " ")
		if !isKey(key) {
			return nil, fmt.Errorf("%w: a frame has the key %q", ErrHostile, config.Escape(key, maxKey))
		}
		if !printable(value) {
			return nil, fmt.Errorf("%w: frame %s is no text", ErrHostile, key)
		}
		r.frames[key] = append(r.frames[key], strings.TrimRight(value, " "))
	}
	if _, ended := r.frames["end"]; !ended {
		said := config.Escape(strings.TrimSpace(other.String()), frameComment)
		if said == "" {
			said = "nothing else was printed"
		}
		return nil, fmt.Errorf("%w: it has no end (%s)", ErrHostile, said)
	}
	return r, nil
}

func isKey(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != "" && len(s) <= maxKey
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

// has reports whether there is a frame of that key.
func (r *reply) has(key string) bool { return len(r.frames[key]) > 0 }

// all returns the frames of a key.
func (r *reply) all(key string) []string { return r.frames[key] }

// word returns the one frame of a key, or nothing when there is none.
func (r *reply) word(key string) (string, error) {
	switch f := r.frames[key]; len(f) {
	case 0:
		return "", nil
	case 1:
		return f[0], nil
	default:
		return "", fmt.Errorf("%w: it has frame %s %d times", ErrHostile, key, len(f))
	}
}

// number returns a frame that is a whole number, or begins with one and a point.
func (r *reply) number(key string) (int, error) {
	s, err := r.word(key)
	if err != nil || s == "" {
		return 0, err
	}
	s, _, _ = strings.Cut(s, " ")
	s, _, _ = strings.Cut(s, ".")
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%w: frame %s is no number", ErrHostile, key)
	}
	return n, nil
}

// text returns a frame that is in base64; ok is false when there is none.
func (r *reply) text(key string) (text []byte, ok bool, err error) {
	s, err := r.word(key)
	if err != nil || !r.has(key) {
		return nil, false, err
	}
	text, err = decode(s)
	if err != nil {
		return nil, false, fmt.Errorf("%w: frame %s: %w", ErrHostile, key, err)
	}
	return text, true, nil
}

func decode(s string) ([]byte, error) { return base64.StdEncoding.Strict().DecodeString(s) }
