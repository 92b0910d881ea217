// Package session is the device for VyOS: it reads a router, sets and commits a phase, and keeps a guard on the router
// that takes everything back by itself. What it does there are the scripts in script, each the input of one vbash in
// one channel; whatever must not end with the connection runs detached, and leaves its state in files.
//
// Results are judged by exit status and by reading back, never by a phrase. What differs by release is data of
// package release; when to do what is decided by package apply.
package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A Runner is a connection on which commands run, such as a *remote.Conn.
type Runner interface {
	Run(ctx context.Context, command string, stdin io.Reader) (remote.Result, error)
	Close() error
}

// Options say which gateway a Gateway is and how it is reached.
type Options struct {
	Node string // site/gateway, for messages

	// Dial opens a connection.
	Dial func(ctx context.Context) (Runner, error)
	// Read makes a snapshot of a configuration in the router's own text. The text holds secrets; the snapshot does not.
	Read func(release string, text []byte) (plan.Snapshot, error)
	// Secret returns a secret of the specification.
	Secret func(name string) ([]byte, error)
	// Grammar returns a release's grammar; nil is release.ReadGrammar, which reads it anew each time.
	Grammar func(release string) (*release.Grammar, error)

	// Foreign is what Undo does where somebody else has committed since; empty leaves that to what the run's guard was told.
	Foreign plan.Foreign

	Limits Limits
	Log    *slog.Logger // nil is none
}

// Limits are how long things may take. Zero stands for the default.
type Limits struct {
	GoAhead time.Duration // how long a staged candidate waits for Commit; default 15 min
	Stage   time.Duration // besides what the commands need; default 2 min
	Commit  time.Duration // besides what the commands need; default 10 min
	Undo    time.Duration // default 20 min
	Operate time.Duration // default 60 s
}

func (l Limits) withDefaults() Limits {
	or := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	or(&l.GoAhead, 15*time.Minute)
	or(&l.Stage, 2*time.Minute)
	or(&l.Commit, 10*time.Minute)
	or(&l.Undo, 20*time.Minute)
	or(&l.Operate, time.Minute)
	return l
}

// A Gateway is one router for the length of a run, over however many connections. It remembers what Inspect read,
// secrets included, which later steps are compared with.
type Gateway struct {
	o Options

	mu    sync.Mutex // Devices of one Gateway may be used by different goroutines, one at a time for each run
	rel   *release.Release
	g     *release.Grammar
	base  *content     // what ran before the run
	now   *content     // what is expected to run: base, and after each Commit what it led to
	next  *config.Tree // what the staged phase leads to; nil when nothing is staged
	phase int          // that was staged last, from 1
	mask  *mask
	began time.Time // the first Commit; SAs and sessions that it makes anew are younger
}

// A content is a running configuration as the router printed it. It holds secrets: it is never printed.
type content struct {
	text []byte
	sum  string // SHA-256 of text, in hexadecimal
	tree *config.Tree
}

// New makes a Gateway. It does not connect.
func New(o Options) *Gateway {
	o.Limits = o.Limits.withDefaults()
	if o.Grammar == nil {
		o.Grammar = release.ReadGrammar
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Gateway{o: o, mask: newMask()}
}

// A Device is one connection to a router for a run. It implements apply.Device.
type Device struct {
	*Gateway
	run  string
	conn Runner
}

// runForm is what the name of a run may be: it stands in the names of files and units.
var runForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Open connects for a run. Without a run the device can be inspected and checked.
func (g *Gateway) Open(ctx context.Context, run string) (*Device, error) {
	if run != "" && !runForm.MatchString(run) {
		return nil, fmt.Errorf("%s: %q cannot name a run", g.o.Node, run)
	}
	conn, err := g.o.Dial(ctx)
	if err != nil {
		return nil, lost(err, g.o.Node)
	}
	return &Device{Gateway: g, run: run, conn: conn}, nil
}

// Close ends the connection. What runs on the router goes on.
func (d *Device) Close() error { return d.conn.Close() }

// lost makes a lost connection what apply knows it by. What the connection says of itself begins with the gateway's name and
// the command, which whoever reads it knows.
func lost(err error, node string) error {
	if errors.Is(err, remote.ErrLost) && !errors.Is(err, plan.ErrLost) {
		text := strings.TrimPrefix(err.Error(), node+": ")
		return &lostError{strings.TrimPrefix(text, shell+": "), err}
	}
	return err
}

// errorf makes an error that begins with the node and what was being done.
func (d *Device) errorf(doing, format string, args ...any) error {
	return fmt.Errorf("%s: %s: "+format, append([]any{d.o.Node, doing}, args...)...)
}
