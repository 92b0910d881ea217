// Package sessiontest is a router that exists only in memory. It speaks SSH, runs the very scripts that a real one is
// sent, and does with them what a VyOS of its release does: sessions and candidates, commits that fail in part, values and
// paths that are refused, timers that go off after the connection is gone, the disk that is full, the reboot into what
// was saved. Time is that of the testing/synctest bubble where there is one.
//
// What a script asks of it that it does not know is reported as an error of the test: a fake must not guess.
package sessiontest

import (
	"crypto/ed25519"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A Reporter is told what a test must fail for; every testing.TB is one.
type Reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Options describe a router. The zero value is a box of release 1.4 with an empty configuration.
type Options struct {
	Release  string // 1.4 when empty
	Hostname string // vyos when empty
	Config   string // what runs: text with braces or set commands
	Saved    string // what is saved; Config when empty
	Users    []User // vyos, admin2 (administrators) and oper (an operator) when nil

	// Grammar is the release's; it is read when it is nil. Many routers of one release can share it.
	Grammar *release.Grammar

	// Instant makes commits and other tools take no time.
	Instant bool
	// Latency is how long a packet takes from one end of a connection to the other.
	Latency time.Duration
	// BootTime is how long a reboot takes; a minute when it is 0.
	BootTime time.Duration
}

// A Router is a simulated VyOS. It may be used by several goroutines.
type Router struct {
	t       Reporter
	opts    Options
	rel     *release.Release
	grammar *release.Grammar
	fs      *vfs.FS
	users   []*User
	host    ssh.Signer
	client  ed25519.PrivateKey

	mu         sync.Mutex
	commands   map[string]Command
	operations map[string]Command
	active     *config.Tree // what show configuration prints; never changed in place
	kernel     *config.Tree // what the system does: equal to active unless a commit was killed
	last       vfs.Cred     // of who has committed last
	half       bool         // the end of a commit, while active is copied
	gen        int          // of active
	sessions   map[int]*session
	commits    []Commit
	lock       int // the process that commits, 0 when there is none
	procs      map[int]*process
	nextPid    int
	conns      map[*conn]bool
	onKernel   func(kernelEvent)
	reachable  func() bool
	absent     map[string]bool // programs that the box has not, and may be looked for
	listeners  []net.Listener
	units      map[string]*unit
	jobs       map[int]*atJob
	nextJob    int
	down       bool // while it reboots
	refuse     int  // above 0, connections are refused
	pending    []Fault
	timers     []*time.Timer // of faults
	closed     bool
	skew       atomic.Int64 // what date is ahead of time
	booted     time.Time
	steps      []string
	faults     []*Fault
	nodeFault  map[string]string // what the commit of a path fails with
	changed    map[string]time.Time
	unknown    int
	running    sync.WaitGroup
	wake       *time.Timer // ends a reboot
	boots      int
	logins     map[string]time.Time // the last one, by user
	unsaved    bool                 // a commit of a terminal has not been saved
	revisions  []*config.Tree       // newest first
	audited    *config.Tree         // what audit is about
	audit      []vyos.Fault
}

// New starts a router, which is closed when the test ends.
func New(t Reporter, o Options) *Router {
	t.Helper()
	if o.Release == "" {
		o.Release = "1.4"
	}
	if o.Hostname == "" {
		o.Hostname = "vyos"
	}
	if o.BootTime == 0 {
		o.BootTime = time.Minute
	}
	rel, ok := release.Lookup(o.Release)
	if !ok {
		panic(fmt.Sprintf("sessiontest: there is no release %q", o.Release))
	}
	r := &Router{
		t: t, opts: o, rel: rel, grammar: o.Grammar, users: makeUsers(o.Users), nextPid: 1000,
		commands: make(map[string]Command), operations: make(map[string]Command), logins: make(map[string]time.Time), sessions: make(map[int]*session), procs: make(map[int]*process),
		conns: make(map[*conn]bool), units: make(map[string]*unit), jobs: make(map[int]*atJob), nodeFault: make(map[string]string),
		changed: make(map[string]time.Time), booted: time.Now(),
	}
	if r.grammar == nil {
		r.grammar = grammarOf(o.Release)
	}
	r.makeKeys()
	r.active = r.parse("running", o.Config)
	r.kernel = r.active
	r.last = vfs.Cred{GID: groupIDs["vyattacfg"]}
	saved := r.active
	if o.Saved != "" {
		saved = r.parse("saved", o.Saved)
	}
	r.makeFiles(r.saveText(saved))
	r.makeCommands()
	if maxRevisions(r.active) > 0 {
		r.keep(r.active)
	}
	t.Cleanup(r.Close)
	return r
}

// parse reads a configuration that the test gave.
func (r *Router) parse(name, text string) *config.Tree {
	tree, err := config.ParseString(name, text, config.ParseOptions{Grammar: r.grammar})
	if err != nil {
		panic(fmt.Sprintf("sessiontest: %v", err))
	}
	if n := tree.Unknown(r.grammar); n > 0 {
		panic(fmt.Sprintf("sessiontest: release %s does not know %d words of the %s configuration", r.rel.Name, n, name))
	}
	return tree
}

// Close ends every connection, process and timer, and waits for them.
func (r *Router) Close() {
	r.mu.Lock()
	r.closed = true
	r.dropLocked()
	listeners := r.listeners
	r.listeners = nil
	for _, u := range r.units {
		u.stopTimer()
	}
	for _, j := range r.jobs {
		j.timer.Stop()
	}
	for _, t := range r.timers {
		t.Stop()
	}
	if r.wake != nil {
		r.wake.Stop()
	}
	for _, p := range r.procs {
		p.signalLocked("KILL")
	}
	r.mu.Unlock()
	for _, l := range listeners {
		l.Close()
	}
	r.running.Wait()
}

// Release is the router's release.
func (r *Router) Release() *release.Release { return r.rel }

// Hostname is the router's name.
func (r *Router) Hostname() string { return r.opts.Hostname }

// Now is the router's clock, which a fault may have set wrong.
func (r *Router) Now() time.Time { return time.Now().Add(time.Duration(r.skew.Load())) }

// Active returns the running configuration. It must not be changed.
func (r *Router) Active() *config.Tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active
}

// Kernel returns the configuration that the system works by. It differs from Active after a commit was killed. It must
// not be changed.
func (r *Router) Kernel() *config.Tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kernel
}

// Running is the running configuration as the router prints it.
func (r *Router) Running() string { return r.showText(r.Active()) }

// Saved is the saved configuration in the form of Running: what the box would boot. Where the release saves default
// values as well, those that what runs does not state are left out.
func (r *Router) Saved() string {
	data, err := r.fs.ReadFile(vfs.Root(), bootFile)
	if err != nil {
		return ""
	}
	tree, err := config.Parse(bootFile, data, config.ParseOptions{Grammar: r.grammar})
	if err != nil {
		return string(data)
	}
	if r.savesDefaults() {
		tree = r.withoutDefaults(tree, r.Active())
	}
	return r.showText(tree)
}

// Changed returns when the commit last touched anything at or below a path, the start of the router when none did.
func (r *Router) Changed(path string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.booted
	for p, at := range r.changed {
		if (p == path || len(p) > len(path) && p[:len(path)+1] == path+" " || len(path) > len(p) && path[:len(p)+1] == p+" ") && at.After(last) {
			last = at
		}
	}
	return last
}

// problem reports what the fake does not know.
func (r *Router) problem(format string, args ...any) {
	r.mu.Lock()
	closed := r.closed
	r.unknown++
	r.mu.Unlock()
	if !closed {
		r.t.Errorf("sessiontest: "+r.opts.Hostname+": "+format, args...)
	}
}
