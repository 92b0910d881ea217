package session_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A pair is two routers with a transaction for both.
type pair struct {
	t       *testing.T
	boxes   []*box
	nodes   []string
	before  []forms
	planned []forms // what runs when all went well; empty before that is known
	tx      *apply.Transaction
	o       apply.Options
	journal *apply.Journal
	dir     string
	abandon chan struct{}
	events  []apply.Event
	once    sync.Once

	mu   sync.Mutex
	dead bool   // the tool was killed: nothing gets out of it any more
	left string // the journal in that moment
}

// Forms are the texts of one configuration: releases that save default values state them after a restart.
type forms struct{ running, restarted string }

func (f forms) are(text string) bool { return text == f.running || text == f.restarted }

// restarted is what a router runs, and what it runs after a restart with that saved.
func restarted(r *sessiontest.Router) forms {
	f := forms{running: r.Running()}
	r.Reboot()
	time.Sleep(5 * time.Minute)
	f.restarted = r.Running()
	return f
}

// A pairShape says what a pair is made of.
type pairShape struct {
	release string
	phases  int
	sample  int // how many places each mishap gets, unless told otherwise
}

var pairShapes = []pairShape{{"1.4", 1, 2}, {"1.2", 2, 1}}

const pairRun = "20260102t030405-dr-00ff00"

func newPair(t *testing.T, s pairShape) *pair {
	p := &pair{t: t, dir: t.TempDir(), abandon: make(chan struct{}), nodes: []string{"onprem/gw1", "cloud/gw1"}}
	p.journal = p.openJournal(p.dir)
	p.tx = &apply.Transaction{Run: pairRun, Spec: "dr", Command: "apply"}
	p.o = apply.Options{Abandon: p.abandon, Events: func(e apply.Event) { p.events = append(p.events, e) }}
	for _, node := range p.nodes {
		b := newBox(t, s.release, texts[s.release])
		p.boxes = append(p.boxes, b)
		before, err := reader(t)(s.release, []byte(b.Running()))
		b.must(err)
		base, err := plan.DigestOf(before)
		b.must(err)
		phases := []plan.Phase{b.phase(some...)}
		if s.phases == 2 {
			phases = []plan.Phase{b.phase(some[:1]...), b.phase(some[1:]...)}
		}
		g := p.gateway(node, b)
		p.tx.Targets = append(p.tx.Targets, apply.Target{
			Plan: &plan.Plan{
				Node: node, Backend: "vyos", Release: s.release, Base: base, Takes: 8 * time.Second, Guard: timer, Phases: phases,
			},
			Before: before,
			Open:   func(ctx context.Context) (apply.Device, error) { return p.device(ctx, g) },
		})
	}
	return p
}

func (p *pair) device(ctx context.Context, g *session.Gateway) (apply.Device, error) {
	d, err := g.Open(ctx, pairRun)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (p *pair) openJournal(dir string) *apply.Journal {
	j, err := apply.OpenJournal(dir)
	if err != nil {
		p.t.Fatal(err)
	}
	return j
}

// gateway is what a process knows of a router; connections of a process that was killed do not come about.
func (p *pair) gateway(node string, b *box) *session.Gateway {
	return session.New(session.Options{
		Node: node, Read: reader(p.t), Grammar: func(string) (*release.Grammar, error) { return b.grammar, nil },
		Dial: func(ctx context.Context) (session.Runner, error) {
			return remote.Dial(ctx, remote.Target{
				Name: node, Host: "gw1", User: "vyos", HostKeys: []string{string(ssh.MarshalAuthorizedKey(b.HostKey()))},
				Password: func() ([]byte, error) { return []byte("pw"), nil },
			}, remote.Options{SSHConfig: "none", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				p.mu.Lock()
				dead := p.dead
				p.mu.Unlock()
				if dead {
					return nil, fmt.Errorf("no process: %w", plan.ErrLost)
				}
				return b.Dial(ctx)
			}})
		},
	})
}

// die cuts the tool off from all routers, and keeps its journal as it is in this moment.
func (p *pair) die() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	left := filepath.Join(p.t.TempDir(), "left")
	if err := os.CopyFS(left, os.DirFS(p.dir)); err != nil {
		p.t.Error(err)
	}
	for _, b := range p.boxes {
		b.Fault(sessiontest.Fault{Kind: sessiontest.Drop})
	}
	p.mu.Lock()
	p.left = left
	p.mu.Unlock()
	close(p.abandon)
}

// died is the journal that was left when the tool was killed, empty when it was not.
func (p *pair) died() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// recover does what the next process does: it knows nothing but the journal and what the routers say.
func (p *pair) recover(dir string, undo bool) *apply.Outcome {
	p.mu.Lock()
	p.dead = false
	p.mu.Unlock()
	j := p.openJournal(dir)
	rec, err := j.Load(pairRun)
	if errors.Is(err, apply.ErrNoRun) { // it died in the preflight
		return &apply.Outcome{}
	} else if err != nil {
		p.t.Fatal(err)
	}
	p.o.Abandon, p.o.Undo = nil, undo
	out, err := apply.Recover(p.t.Context(), rec, j, func(node string) func(context.Context) (apply.Device, error) {
		i := slices.Index(p.nodes, node)
		g := p.gateway(node, p.boxes[i])
		return func(ctx context.Context) (apply.Device, error) { return p.device(ctx, g) }
	}, p.o)
	if err != nil {
		p.t.Error(err)
	}
	return out
}

// judge looks at the routers at the end of a run, and an hour later.
func (p *pair) judge(out *apply.Outcome) {
	p.t.Helper()
	applied, other := 0, 0
	for i, n := range out.Nodes {
		b := p.boxes[i]
		ok := false
		switch n.State {
		case apply.Applied:
			applied++
			ok = p.planned[i].are(b.Running()) && p.planned[i].are(b.Saved()) && len(b.Timers()) == 0
		case apply.NotSaved:
			applied++
			ok = p.planned[i].are(b.Running()) && len(b.Timers()) == 0 && n.Type != ""
		case apply.Reverted, apply.Untouched:
			other++
			ok = p.before[i].are(b.Running()) && p.before[i].are(b.Saved()) && len(b.Timers()) == 0
		case apply.Unproven:
			ok = n.Type != "" && n.Detail != ""
		}
		if !ok {
			p.t.Errorf("%s is said to be %s: %s; planned %v, before %v, saved %v, left %v, timers %v", n.Node, n.State, n.Detail,
				p.planned[i].are(b.Running()), p.before[i].are(b.Running()), b.Saved() == b.Running(), b.Leftovers(), b.Timers())
		}
	}
	if applied > 0 && other > 0 && !out.NeedsHelp() {
		p.t.Error("the routers are not alike")
	}
	time.Sleep(time.Hour)
	planned := 0
	for i, b := range p.boxes {
		if p.planned[i].are(b.Running()) {
			planned++
		}
		if n := len(out.Nodes); n > 0 && out.Nodes[i].Type == "" && len(b.Leftovers()) > 0 {
			p.t.Errorf("%s: left over: %v", p.nodes[i], b.Leftovers())
		}
	}
	if planned != 0 && planned != len(p.boxes) && !out.NeedsHelp() {
		p.t.Error("the routers do not stay alike")
	}
}

// secret fails the test when a secret of router or specification is in a run's files.
func (p *pair) secret(run string) {
	p.t.Helper()
	files, err := os.ReadDir(filepath.Join(p.dir, run))
	if err != nil || len(files) != 3 {
		p.t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(p.dir, run, f.Name()))
		if err != nil || strings.Contains(string(text), "canary") {
			p.t.Errorf("%s: %v, or there is a secret in it:\n%s", f.Name(), err, text)
		}
	}
}

// report prints what happened.
func (p *pair) report(out *apply.Outcome) {
	var s strings.Builder
	fmt.Fprintf(&s, "%+v\n", out)
	for _, e := range p.events {
		if e.Event != apply.Wait {
			fmt.Fprintf(&s, "%s %s %s %s %s\n", e.Time.Format("15:04:05"), e.Node, e.Phase, e.Event, e.Detail)
		}
	}
	p.t.Log(s.String())
}
