package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// ways say how the gateways of a specification are reached.
type ways struct {
	keys *keyring
	to   map[string]*way // by gateway
}

// A way leads to one gateway.
type way struct {
	open    opener
	foreign plan.Foreign // what an undo does where somebody else has committed; empty leaves that to the run

	one   sync.Mutex
	diags hcl.Diagnostics // of the last running configuration that was read
}

// waysTo prepares connections to gateways and makes none. The secrets that logging in needs are read at once, so that
// whatever is wrong with any of them is said before the first connection.
func (a *app) waysTo(ctx context.Context, s *specification, nodes []*ir.Node, g *globals) (*ways, error) {
	w := &ways{keys: a.keyring(s), to: make(map[string]*way, len(nodes))}
	l := &linking{
		dir: s.dir, keys: w.keys, options: a.remoteOptions(g.log), grammar: grammarsOnce(),
		passphrases: &passphrases{a: a, known: make(map[string][]byte)},
	}
	var errs []error
	for _, n := range nodes {
		way, err := l.wayTo(ctx, n)
		if err != nil {
			errs = append(errs, fmt.Errorf("gateway %s: %w", n.Name, err))
			continue
		}
		w.to[n.Name] = way
	}
	return w, errors.Join(errs...)
}

// A linking is what ways have in common.
type linking struct {
	dir         string // of the specification
	keys        *keyring
	options     remote.Options
	grammar     func(name string) (*release.Grammar, error)
	passphrases *passphrases
}

func (l *linking) wayTo(ctx context.Context, n *ir.Node) (*way, error) {
	if n.SSH.Host == "" {
		return nil, errors.New("the specification does not say how to reach it; give the gateway a block ssh { host = \"...\" }, or use --running")
	}
	if n.Platform != ir.VyOS {
		return nil, fmt.Errorf("platform %q over SSH: %w", n.Platform, errors.ErrUnsupported)
	}
	secret := func(name string) ([]byte, error) {
		key, err := l.keys.get(ctx, name)
		if err != nil {
			return nil, err
		}
		return []byte(key.reveal()), nil
	}
	var password func() ([]byte, error)
	if name := n.SSH.Password.Name; name != "" {
		key, err := l.keys.password(ctx, name)
		if err != nil {
			return nil, err
		}
		password = func() ([]byte, error) { return []byte(key.reveal()), nil }
	}
	w := &way{}
	target := targetOf(n, l.dir, password)
	options := session.Options{
		Node: n.Name, Secret: secret, Log: l.options.Log, Grammar: l.grammar,
		Dial: func(ctx context.Context) (session.Runner, error) {
			o := l.options
			o.Passphrase = l.passphrases.forConnection()
			conn, err := remote.Dial(ctx, target, o)
			if err != nil {
				return nil, refusalOf(n.Name, err)
			}
			return conn, nil
		},
		Read: func(release string, text []byte) (plan.Snapshot, error) {
			s, diags, err := vyos.Backend{Grammar: l.grammar}.Read(withRelease(n, release), "what "+n.Name+" runs", text)
			w.one.Lock()
			defer w.one.Unlock()
			w.diags = diags
			return s, err
		},
	}
	runs := make(map[string]*session.Gateway)
	w.open = func(ctx context.Context, run string) (apply.Device, error) {
		w.one.Lock()
		gateway := runs[run]
		if gateway == nil {
			options.Foreign = w.foreign
			gateway = session.New(options)
			runs[run] = gateway
		}
		w.one.Unlock()
		d, err := gateway.Open(ctx, run)
		if err != nil {
			return nil, err // not d, which would be a Device that is nil
		}
		return d, nil
	}
	return w, nil
}

// merge has an undo take back what a run has changed also where others have committed since, and leave theirs.
func (w *ways) merge() {
	for _, way := range w.to {
		way.foreign = plan.ForeignMerge
	}
}

// opener opens connections to a gateway.
func (w *ways) opener(n *ir.Node) opener { return w.to[n.Name].open }

// diagnostics are about the running configuration of a gateway, once it has been read.
func (w *ways) diagnostics(n *ir.Node) hcl.Diagnostics { return w.to[n.Name].diags }

// address is how a gateway is reached, as in vyos@192.0.2.10.
func (w *ways) address(n *ir.Node) string {
	host := n.SSH.Host
	if n.SSH.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(n.SSH.Port))
	}
	if n.SSH.User != "" {
		host = n.SSH.User + "@" + host
	}
	return host
}
