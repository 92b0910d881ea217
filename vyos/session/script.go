package session

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
)

//go:embed script/*.sh
var scripts embed.FS

// A script is the input of one vbash: parameters, then pieces of scripts and data in turn.
type script struct {
	parameters strings.Builder
	pieces     []io.Reader
	parts      []string // what the pieces are, for the log
	err        error
}

// newScript makes a script that begins with common.sh.
func newScript() *script {
	s := &script{}
	s.run("common")
	return s
}

// set gives the script a parameter.
func (s *script) set(name, value string) *script {
	word, err := config.Quote(value)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("parameter %s of a script: %w", name, err)
	}
	fmt.Fprintf(&s.parameters, "%s=%s\n", name, word)
	return s
}

// number gives the script a number.
func (s *script) number(name string, n int) *script { return s.set(name, fmt.Sprint(n)) }

// args gives the script its words $1 and on.
func (s *script) args(words ...string) *script {
	s.parameters.WriteString("set --")
	for _, w := range words {
		word, err := config.Quote(w)
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("word %q of a script: %w", config.Escape(w, 60), err)
		}
		s.parameters.WriteString(" " + word)
	}
	s.parameters.WriteByte('\n')
	return s
}

// run adds one of the embedded scripts.
func (s *script) run(name string) *script {
	s.pieces = append(s.pieces, strings.NewReader(embedded(name)))
	s.parts = append(s.parts, name+".sh")
	return s
}

// text adds lines of a script.
func (s *script) text(lines string) *script {
	s.pieces = append(s.pieces, strings.NewReader(lines))
	return s
}

// file adds data that becomes a file in the run's directory. Its name has no character that needs quoting.
func (s *script) file(name string, data []byte) *script {
	s.pieces = append(s.pieces,
		strings.NewReader(fmt.Sprintf("store %s %d\n", name, len(data))), bytes.NewReader(data))
	s.parts = append(s.parts, fmt.Sprintf("%s (%d octets)", name, len(data)))
	return s
}

// embedded returns one of the embedded scripts.
func embedded(name string) string {
	b, err := scripts.ReadFile("script/" + name + ".sh")
	if err != nil {
		panic("session: " + err.Error()) // the script is part of the program
	}
	return string(b)
}

func (s *script) reader() io.Reader {
	return io.MultiReader(append([]io.Reader{strings.NewReader(s.parameters.String())}, s.pieces...)...)
}

// runScript runs a script in a channel of its own and returns its frames. limit is how long it may take; 0 leaves that to ctx.
// A fail frame is returned as a *failure. doing is for messages, as in "commit".
func (d *Device) runScript(ctx context.Context, doing string, s *script, limit time.Duration) (*reply, error) {
	if s.err != nil {
		return nil, d.errorf(doing, "%w", s.err)
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
		defer cancel()
	}
	s.parameters.WriteString("RUN='" + d.run + "' D='/run/l2stretch." + d.run + "'\n")
	d.traceScript(ctx, doing, s)
	result, err := d.exchange(ctx, doing, s.reader())
	if err != nil {
		return nil, err
	}
	if result.Truncated {
		return nil, d.errorf(doing, "%w: it is longer than any configuration may be", ErrHostile)
	}
	r, err := parseReply(result.Stdout)
	if err != nil {
		if said := d.said(result.Stderr, 300); said != "" {
			return nil, d.errorf(doing, "%w; the status is %d, and on standard error is %q", err, result.Status, said)
		}
		return nil, d.errorf(doing, "%w; the status is %d", err, result.Status)
	}
	d.traceReply(ctx, doing, r)
	why, err := r.word("fail")
	if err != nil {
		return nil, d.errorf(doing, "%w", err)
	}
	if why != "" {
		return r, &failure{doing: d.o.Node + ": " + doing, why: why}
	}
	return r, nil
}

// A failure is what a script found to be wrong.
type failure struct {
	doing string
	why   string // the words after fail
}

func (f *failure) Error() string {
	word, rest, _ := strings.Cut(f.why, " ")
	text, ok := failures[word]
	if !ok {
		text = "the script on the router gives the reason " + config.Escape(f.why, 60)
	} else if rest != "" {
		text += " (" + config.Escape(rest, 60) + ")"
	}
	return f.doing + ": " + text
}

// Unwrap returns the condition that the failure is, if it is one that callers know.
func (f *failure) Unwrap() error {
	switch word, _, _ := strings.Cut(f.why, " "); word {
	case "moved", "differs":
		return ErrMoved
	case "fired", "restoring":
		return ErrFired
	case "armed":
		return ErrArmed
	}
	return nil
}

// is reports whether the script gave that reason.
func (f *failure) is(word string) bool {
	first, _, _ := strings.Cut(f.why, " ")
	return first == word
}

// failures are the reasons that the scripts give.
var failures = map[string]string{
	"unreadable": "the running configuration cannot be read while nothing changes it; a commit may be running",
	"exists":     "the run's directory is there already: the run was begun before",
	"gone":       "the router knows nothing of this run; it waited too long for the go-ahead, or was restarted",
	"directory":  "sudo could not make the run's directory in /run",
	"space":      "a file could not be written to /run; it may be full",
	"moved":      "what runs is not what is expected: somebody else has committed since",
	"differs":    "what runs is not what the run led to: somebody else has committed since, and the guard stays",
	"start":      "the script that works detached from the connection could not be started",
	"native":     "the router's commit-confirm could not be started; another one may be pending",
	"timer":      "the guard could not be started",
	"state":      "no candidate is staged",
	"unguarded":  "no guard waits, so nothing is committed",
	"armed":      "the guard still waits, and could not be ended or is not to be",
	"fired":      "the guard has fired",
	"restoring":  "the guard is at work",
	"applying":   "the script that sets and commits is still at work",
	"left":       "the run's directory could not be removed",
}
