// Package applytest holds a gateway that is nothing but its state, for tests of transactions. It checks what
// it is told, and can fail at any call in any way.
package applytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Config is a configuration: values by path, the words of a path joined by blanks.
type Config map[string]string

// Backend is the backend of every Config.
func (Config) Backend() string { return "fake" }

// Release is the release of every Config.
func (Config) Release() string { return "1" }

// AppendText appends the lines in order.
func (c Config) AppendText(b []byte) ([]byte, error) {
	for _, k := range slices.Sorted(maps.Keys(c)) {
		b = fmt.Appendf(b, "%s = %s\n", k, c[k])
	}
	return b, nil
}

// Apply is the configuration after some steps.
func (c Config) Apply(steps ...plan.Step) Config {
	out := maps.Clone(c)
	for _, s := range steps {
		path := strings.Join(s.Path, " ")
		if s.Op == plan.Set {
			out[path] = s.Value
			continue
		}
		maps.DeleteFunc(out, func(k, _ string) bool { return k == path || strings.HasPrefix(k, path+" ") })
	}
	return out
}

// A Box is one gateway. Time is that of the test, so that guards and waits take none under testing/synctest.
type Box struct {
	t    testing.TB
	name string

	// Reach says whether a box can be reached now; nil: always. It is asked when a connection is opened and at
	// every call.
	Reach func() bool
	// Facts are what Inspect reports beside the release.
	Facts plan.Facts
	// Find answers checks; nil: all pass.
	Find func(c plan.Check) plan.Finding

	mu      sync.Mutex
	running Config
	saved   Config
	memory  *memory // of the run, in a file system that a reboot empties; nil: none
	boots   int     // a connection does not survive one
	calls   map[Call]int
	faults  []Fault
	log     []string
	killed  bool
}

// A memory is what a box knows of a run.
type memory struct {
	run       string
	before    Config
	candidate Config // nil: none is staged
	planned   Config // what runs when every phase so far is committed
	progress  plan.Progress
	phase     int // that was staged last
	guard     *time.Timer
	armed     bool
	fires     time.Time
}

// NewBox makes a box that runs and boots a configuration.
func NewBox(t testing.TB, name string, c Config) *Box {
	return &Box{
		t: t, name: name, running: maps.Clone(c), saved: maps.Clone(c), calls: make(map[Call]int),
		Facts: plan.Facts{Release: "1", Version: "1", User: "admin", Administrator: true, Booted: true},
	}
}

// Running is what the box runs.
func (b *Box) Running() Config {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.running)
}

// Saved is what the box boots.
func (b *Box) Saved() Config {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.saved)
}

// Armed reports whether a guard waits.
func (b *Box) Armed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.memory != nil && b.memory.armed
}

// Leftovers reports whether anything of a run is left on the box.
func (b *Box) Leftovers() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.memory != nil
}

// Set changes the box as somebody else would.
func (b *Box) Set(path, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running[path] = value
}

// Calls lists the calls made so far, in order, each with its number.
func (b *Box) Calls() []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Call
	for c, n := range b.calls {
		for i := range n {
			out = append(out, Call{c.Method, i + 1})
		}
	}
	slices.SortFunc(out, func(x, y Call) int {
		if c := strings.Compare(x.Method, y.Method); c != 0 {
			return c
		}
		return x.Nth - y.Nth
	})
	return out
}

// Log lists what was called, one line a call, for the message of a test that fails.
func (b *Box) Log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.log, "\n")
}

// Kill makes everything that is connected a dead process: no call has an effect any more. Revive ends that.
func (b *Box) Kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.killed = true
	b.boots++ // its connections are gone
}

// Revive lets new connections in again.
func (b *Box) Revive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.killed = false
}

// Reboot boots the saved configuration. What a run left, guard and all, is gone.
func (b *Box) Reboot() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reboot()
}

func (b *Box) reboot() {
	b.boots++
	b.running = maps.Clone(b.saved)
	if b.memory != nil && b.memory.guard != nil {
		b.memory.guard.Stop()
	}
	b.memory = nil
}

// restore is what the guard does.
func (b *Box) restore() {
	m := b.memory
	if m == nil || !m.armed {
		return
	}
	m.guard.Stop()
	m.armed, m.candidate, m.progress = false, nil, plan.Restored
	b.running = maps.Clone(m.before)
}

// errCut is what a call over a connection returns that is gone.
var errCut = fmt.Errorf("broken pipe: %w", plan.ErrLost)

// Open connects.
func (b *Box) Open(ctx context.Context) (*Device, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	up := b.reach()
	d, f, err := b.connect(up)
	if f != nil && f.Then != nil {
		f.Then()
	}
	return d, err
}

func (b *Box) connect(up bool) (*Device, *Fault, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.killed || !up {
		return nil, nil, errors.New("connect: no route to host")
	}
	b.count("Open")
	f := b.fault("Open")
	switch {
	case f == nil || f.How == Works:
	case f.How == Reboot:
		b.reboot()
		return nil, f, errors.New("connect: connection refused")
	case f.How == GuardFires:
		b.restore()
	default:
		return nil, f, errors.New("connect: connection timed out")
	}
	return &Device{b: b, boot: b.boots}, f, nil
}

func (b *Box) reach() bool { return b.Reach == nil || b.Reach() }

func (b *Box) count(method string) {
	b.calls[Call{Method: method}]++
	b.log = append(b.log, fmt.Sprintf("%s %s %s#%d", time.Now().Format("15:04:05"), b.name, method, b.calls[Call{Method: method}]))
}
