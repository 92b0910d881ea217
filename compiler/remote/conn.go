package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// ErrLost reports that a connection ended while something ran, so that what the gateway did is not known.
var ErrLost = errors.New("the connection was lost")

// errClosed is the cause when it was us who ended the connection.
var errClosed = errors.New("it was closed here")

// maxChannels is how many scripts run at the same time on one connection; more wait. OpenSSH allows 10 (MaxSessions).
const maxChannels = 8

// silences is for how many intervals of keep-alives a gateway may be silent.
const silences = 3

// A Conn is a connection to a gateway. Its methods may be called at the same time.
type Conn struct {
	name  string
	opts  Options
	hops  []hop // the gateway last
	slots chan struct{}

	running sync.WaitGroup // goroutines that belong to the connection

	mu     sync.Mutex
	root   net.Conn      // what carries everything; closing it ends all hops
	cause  error         // why it ended
	closed bool          // no more goroutines may begin
	done   chan struct{} // closed when it ended
}

// A hop is the SSH connection with one host on the way.
type hop struct {
	client *ssh.Client
	meter  *meter
}

func newConn(name string, opts Options) *Conn {
	return &Conn{name: name, opts: opts, slots: make(chan struct{}, maxChannels), done: make(chan struct{})}
}

// add takes a host that we have logged in to.
func (c *Conn) add(client ssh.Conn, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request, m *meter) {
	c.hops = append(c.hops, hop{ssh.NewClient(client, channels, requests), m})
}

// through opens a connection from the last host to an address.
func (c *Conn) through(ctx context.Context, addr string) (net.Conn, error) {
	client := c.hops[len(c.hops)-1].client
	conn, err := client.DialContext(ctx, "tcp", addr)
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("the jump host does not pass it on (%s: %s); AllowTcpForwarding of its sshd must permit it", refused.Reason, printable(refused.Message, errorLimit))
	}
	return conn, err
}

// cut ends a connection at once. One that runs through a host ends only when that host says so, unless everything ends.
func (c *Conn) cut(conn net.Conn) {
	c.mu.Lock()
	root := c.root
	c.mu.Unlock()
	if root != nil {
		root.Close()
	}
	conn.Close()
}

// carry says what carries everything.
func (c *Conn) carry(root net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.root = root
}

// start begins to watch a connection that is complete.
func (c *Conn) start() {
	last := c.hops[len(c.hops)-1]
	c.spawn(func() {
		c.lose(ended(last.client.Wait()))
	})
	if c.opts.KeepAlive > 0 {
		c.spawn(func() { c.keepAlive(last) })
	}
}

// ended says why a connection ended that we did not end.
func ended(err error) error {
	if err == nil {
		return errors.New("the other side closed it")
	}
	return foreign{err}
}

// spawn runs f unless the connection is closed; Close waits for it.
func (c *Conn) spawn(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.running.Go(f)
	return true
}

// lose ends a connection for a cause; the first one counts.
func (c *Conn) lose(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
		close(c.done)
	}
	root := c.root
	c.mu.Unlock()
	if root != nil {
		root.Close()
	}
}

// lost is the error for something that a connection's end interrupted.
func (c *Conn) lost(op string) error {
	c.mu.Lock()
	cause := c.cause
	c.mu.Unlock()
	if cause == nil {
		cause = errors.New("the gateway ended the channel without an exit status")
	}
	return fmt.Errorf("%s: %s: %w: %w", c.name, op, ErrLost, cause)
}

// keepAlive asks a silent gateway whether it is there.
func (c *Conn) keepAlive(h hop) {
	ticker := time.NewTicker(c.opts.KeepAlive)
	defer ticker.Stop()
	answered := make(chan struct{}, 1)
	asked, silent, octets := false, 0, h.meter.count()
	for {
		select {
		case <-c.done:
			return
		case <-answered:
			asked = false
			continue
		case <-ticker.C:
		}
		if n := h.meter.count(); n != octets {
			octets, silent = n, 0
			continue
		}
		if silent++; silent > silences {
			c.lose(fmt.Errorf("nothing came from it for %s", silences*c.opts.KeepAlive))
			return
		}
		if !asked {
			asked = true
			c.spawn(func() {
				// Servers refuse the request, and that is an answer.
				h.client.SendRequest("keepalive@openssh.com", true, nil)
				answered <- struct{}{}
			})
		}
	}
}

// Close ends the connection and waits for what it began here. What runs on the gateway may go on there.
// The error is always nil: that the other side cannot be told any more changes nothing.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.lose(errClosed)
	for _, h := range c.hops {
		h.client.Close()
	}
	c.running.Wait()
	return nil
}
