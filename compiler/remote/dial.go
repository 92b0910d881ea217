package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// A dialer makes one connection.
type dialer struct {
	opts Options
	name string
}

// maxHostKeyAttempts is how often a host is connected to while a fingerprint does not say which of its keys is meant:
// a host has no more kinds of keys.
const maxHostKeyAttempts = 6

// dial goes the way from host to host, the gateway last.
func (d *dialer) dial(ctx context.Context, way []endpoint) (_ *Conn, err error) {
	c := newConn(d.name, d.opts)
	began := time.Now()
	defer func() {
		if err != nil {
			d.opts.Log.Debug("not connected", "gateway", d.name, "took", time.Since(began).Round(time.Millisecond), "error", err.Error())
			err = errors.Join(err, c.Close())
		}
	}()
	for i := range way {
		if err := d.hop(ctx, c, &way[i]); err != nil {
			return nil, err
		}
		d.opts.Log.Debug("connected", "gateway", d.name, "addr", way[i].addr(), "user", way[i].user, "took", time.Since(began).Round(time.Millisecond))
	}
	c.start()
	return c, nil
}

// hop adds the next host to the connection.
func (d *dialer) hop(ctx context.Context, c *Conn, e *endpoint) error {
	keys, err := readHostKeys(e)
	if err != nil {
		return fmt.Errorf("%s: %w", e.title, err)
	}
	algorithms := keys.algorithms()
	var refused error
	pause := firstPause
	for range maxHostKeyAttempts {
		s, err := d.shake(ctx, c, e, keys, algorithms)
		for errors.Is(err, errTurnedAway) && pause <= lastPause && e.proxy == "" {
			d.opts.Log.Debug("turned away, trying again", "gateway", e.title, "addr", e.addr(), "after", pause)
			if wait(ctx, pause) != nil {
				return err
			}
			pause *= 3
			s, err = d.shake(ctx, c, e, keys, algorithms)
		}
		var mismatch *mismatch
		switch {
		case err == nil:
			return nil
		case errors.As(err, &mismatch):
			refused = mismatch.err
			// A fingerprint does not say which of the host's keys it is of: look at the others.
			if algorithms = keys.without(algorithms, mismatch.key); len(algorithms) == 0 {
				return refused
			}
		case refused != nil && s != nil && s.negotiation:
			return refused // it has no other kind of key
		default:
			return err
		}
	}
	return refused
}

// A host with many connections that are not logged in yet turns away some, and takes them a moment later.
const (
	firstPause = 300 * time.Millisecond
	lastPause  = 3 * time.Second
)

// wait lets some time pass.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// shake connects to a host once, and adds it to the connection when all is well.
func (d *dialer) shake(ctx context.Context, c *Conn, e *endpoint, keys *hostKeys, algorithms []string) (*shake, error) {
	conn, err := d.reach(ctx, c, e)
	if err != nil {
		return nil, err
	}
	s := &shake{endpoint: e, keys: keys, algorithms: algorithms, opts: d.opts, meter: &meter{Conn: conn}}
	client, channels, requests, err := s.run(ctx, c)
	if err != nil {
		return s, err
	}
	c.add(client, channels, requests, s.meter)
	return s, nil
}

// reach makes the connection that the next host's SSH runs over.
func (d *dialer) reach(ctx context.Context, c *Conn, e *endpoint) (net.Conn, error) {
	limited, cancel := context.WithTimeoutCause(ctx, d.opts.Timeout, errTimeout)
	defer cancel()
	var conn net.Conn
	var err error
	switch {
	case len(c.hops) > 0:
		conn, err = c.through(limited, e.addr())
	case e.proxy != "":
		conn, err = d.proxied(e.proxy)
	default:
		conn, err = d.opts.Dial(limited, "tcp", e.addr())
	}
	if err == nil {
		if len(c.hops) == 0 {
			c.carry(conn)
		}
		return conn, nil
	}
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case limited.Err() != nil:
		return nil, fmt.Errorf("%s: connect to %s: no answer within %s; is the address right, and does a firewall let it pass: %w", e.title, printable(e.addr(), errorLimit), d.opts.Timeout, context.DeadlineExceeded)
	}
	var op *net.OpError
	if errors.As(err, &op) { // it repeats the address
		err = op.Err
	}
	return nil, fmt.Errorf("%s: connect to %s: %w", e.title, printable(e.addr(), errorLimit), foreign{err})
}

// proxied runs a ProxyCommand.
func (d *dialer) proxied(command string) (net.Conn, error) {
	p, err := startProxy(command, d.environment())
	if err != nil {
		return nil, err // and not a Conn that holds no proxy
	}
	return p, nil
}

// errTimeout is why a context of ours ended.
var errTimeout = errors.New("no answer in time")

// A shake is the handshake with one host: who it is, and our log-in.
type shake struct {
	endpoint    *endpoint
	keys        *hostKeys
	algorithms  []string
	opts        Options
	meter       *meter
	auth        *auth
	patience    *patience
	negotiation bool // it failed because no algorithm was common

	mu     sync.Mutex
	proven bool // the host proved who it is
}

// mismatch is a key that does not fit any fingerprint.
type mismatch struct {
	key ssh.PublicKey
	err error
}

func (m *mismatch) Error() string { return m.err.Error() }
func (m *mismatch) Unwrap() error { return m.err }

func (s *shake) run(ctx context.Context, c *Conn) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	s.patience = newPatience(s.opts.Timeout, func() { c.cut(s.meter) })
	defer s.patience.end()
	stop := context.AfterFunc(ctx, func() { c.cut(s.meter) })
	defer stop()
	s.auth = newAuth(ctx, s.endpoint, s.opts, s.patience)
	defer s.auth.close()

	supported := ssh.SupportedAlgorithms()
	config := &ssh.ClientConfig{
		// The library's defaults have algorithms that rest on SHA-1.
		Config:            ssh.Config{KeyExchanges: supported.KeyExchanges, Ciphers: supported.Ciphers, MACs: supported.MACs},
		User:              s.endpoint.user,
		Auth:              s.auth.methods(),
		AuthCallback:      s.auth.look,
		HostKeyAlgorithms: s.algorithms,
		HostKeyCallback:   s.hostKey,
		BannerCallback:    s.auth.banner,
		ClientVersion:     "SSH-2.0-l2stretch",
	}
	client, channels, requests, err := ssh.NewClientConn(s.meter, s.endpoint.addr(), config)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil { // without the library's own words
			err = inner
		}
		return nil, nil, nil, s.explain(ctx, err)
	}
	return client, channels, requests, nil
}

// hostKey judges the key that the host has just proved to have.
func (s *shake) hostKey(_ string, _ net.Addr, key ssh.PublicKey) error {
	s.patience.renew()
	err := s.keys.check(key)
	if err == nil {
		s.mu.Lock()
		s.proven = true
		s.mu.Unlock()
		s.opts.Log.Debug("host key accepted", "gateway", s.endpoint.title, "addr", s.endpoint.addr(), "type", key.Type(), "fingerprint", ssh.FingerprintSHA256(key))
		return nil
	}
	return &mismatch{key: key, err: err}
}

// explain says what went wrong in a handshake.
func (s *shake) explain(ctx context.Context, err error) error {
	s.mu.Lock()
	proven := s.proven
	s.mu.Unlock()
	e, addr := s.endpoint, printable(s.endpoint.addr(), errorLimit)
	var refused *mismatch
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case errors.As(err, &refused):
		if s.keys.mayBeAnother() {
			return refused
		}
		return refused.err
	case ctx.Err() != nil:
		return fmt.Errorf("%s: connect to %s: %w", e.title, addr, context.Cause(ctx))
	case s.patience.over() && proven:
		return fmt.Errorf("%s: log in to %s as %s: no answer within %s: %w", e.title, addr, printable(e.user, errorLimit), s.opts.Timeout, context.DeadlineExceeded)
	case s.patience.over():
		return fmt.Errorf("%s: connect to %s: it accepted the connection and did not end the SSH handshake within %s; is it an SSH server, and is it overloaded: %w",
			e.title, addr, s.opts.Timeout, context.DeadlineExceeded)
	case proven:
		return s.auth.failed(err)
	case errors.As(err, &negotiation):
		s.negotiation = negotiation.What == "host key"
		return fmt.Errorf("%s: connect to %s: no common algorithm for %s: it offers %s, and only %s are accepted, which do not rest on SHA-1",
			e.title, addr, negotiation.What, list(negotiation.RequestedAlgorithms), list(negotiation.SupportedAlgorithms))
	}
	said := s.meter.said()
	if strings.HasPrefix(said, "SSH-") || !closed(err) {
		return fmt.Errorf("%s: connect to %s: SSH handshake: %w", e.title, addr, foreign{err})
	}
	word := ""
	if said != "" {
		word = " after it said " + quote(strings.TrimSpace(said), errorLimit)
	}
	return fmt.Errorf("%s: connect to %s: %w%s; is it an SSH server, does it let this address in, and has it room for one more (MaxStartups): %w", e.title, addr, errTurnedAway, word, foreign{err})
}

// closed says whether an error is that the other side closed the connection, also while we wrote.
func closed(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// errTurnedAway reports that a host closed the connection before it spoke SSH.
var errTurnedAway = errors.New("it closed the connection at once")

// A patience is a time limit that stands still while the user is asked.
type patience struct {
	mu      sync.Mutex
	limit   time.Duration
	timer   *time.Timer
	expired bool
	ended   bool
}

// newPatience calls lose unless it ends in time.
func newPatience(limit time.Duration, lose func()) *patience {
	p := &patience{limit: limit}
	p.timer = time.AfterFunc(limit, func() {
		p.mu.Lock()
		if p.ended {
			p.mu.Unlock()
			return
		}
		p.expired = true
		p.mu.Unlock()
		lose()
	})
	return p
}

func (p *patience) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.expired
}

// renew begins the limit anew.
func (p *patience) renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended && !p.expired {
		p.timer.Reset(p.limit)
	}
}

// pause stops the limit until renew.
func (p *patience) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
}
