package sessiontest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
)

func (r *Router) makeKeys() {
	key := func(what string) ed25519.PrivateKey {
		seed := sha256.Sum256([]byte(what + r.opts.Hostname))
		return ed25519.NewKeyFromSeed(seed[:])
	}
	signer, err := ssh.NewSignerFromKey(key("host"))
	r.must(err)
	r.host, r.client = signer, key("client")
}

// HostKey is the router's public host key.
func (r *Router) HostKey() ssh.PublicKey { return r.host.PublicKey() }

// ClientKey is the private key that every account accepts.
func (r *Router) ClientKey() ed25519.PrivateKey { return r.client }

// errRefused is what dialling a router fails with that is down or refuses.
var errRefused = fmt.Errorf("connect: %w", syscall.ECONNREFUSED)

// Dial connects to the router's SSH server through memory.
func (r *Router) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	here, there := remotetest.Pipe()
	if !r.accept(there) {
		return nil, errors.Join(errRefused, here.Close(), there.Close())
	}
	if r.opts.Latency > 0 {
		near, far := remotetest.Pipe()
		r.running.Go(func() { carry(here, far, r.opts.Latency) })
		r.running.Go(func() { carry(far, here, r.opts.Latency) })
		return near, nil
	}
	return here, nil
}

// carry moves what arrives at one connection to another, some time later each. It ends with either.
func carry(from, to net.Conn, latency time.Duration) {
	type packet struct {
		data []byte
		due  time.Time
	}
	packets := make(chan packet, 1024)
	var sender sync.WaitGroup
	sender.Go(func() {
		for p := range packets {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				break
			}
		}
		to.Close()
		from.Close()
		for range packets { // nobody wants them
		}
	})
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			packets <- packet{bytes.Clone(buf[:n]), time.Now().Add(latency)}
		}
		if err != nil {
			break
		}
	}
	close(packets)
	sender.Wait()
}

// Listen serves the router's SSH server on a port, as in 127.0.0.1:0, until the router is closed.
func (r *Router) Listen(addr string) (net.Addr, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.listeners = append(r.listeners, l)
	r.mu.Unlock()
	r.running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if !r.accept(c) {
				c.Close()
			}
		}
	})
	return l.Addr(), nil
}

// A conn is a connection that can be frozen.
type conn struct {
	net.Conn
	mu     sync.Mutex
	frozen chan struct{} // closed when it thaws
	done   chan struct{} // closed with the connection
	once   sync.Once
}

func (c *conn) freeze(thaw chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = thaw
}

// wait waits while the connection is frozen.
func (c *conn) wait() {
	c.mu.Lock()
	thaw := c.frozen
	c.mu.Unlock()
	if thaw != nil {
		select {
		case <-thaw:
		case <-c.done:
		}
	}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.wait()
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.wait()
	return c.Conn.Write(p)
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.done) })
	return c.Conn.Close()
}

// accept serves a connection, unless the router does not take any.
func (r *Router) accept(nc net.Conn) bool {
	if !r.manageable() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.down || r.refuse > 0 {
		return false
	}
	c := &conn{Conn: nc, done: make(chan struct{})}
	r.conns[c] = true
	r.running.Go(func() { r.serve(c) })
	return true
}

// dropLocked cuts every connection.
func (r *Router) dropLocked() {
	for c := range r.conns {
		c.Close()
		delete(r.conns, c)
	}
}

func (r *Router) serverConfig() *ssh.ServerConfig {
	public, err := ssh.NewPublicKey(r.client.Public())
	r.must(err)
	cfg := &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-OpenSSH_9.2p1",
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if r.user(c.User()) == nil || subtle.ConstantTimeCompare(key.Marshal(), public.Marshal()) != 1 {
				return nil, errors.New("not accepted")
			}
			return nil, nil
		},
		PasswordCallback: func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			u := r.user(c.User())
			if u == nil || u.Password == "" || u.Password != string(password) {
				return nil, errors.New("not accepted")
			}
			return nil, nil
		},
	}
	cfg.AddHostKey(r.host)
	return cfg
}

func (r *Router) serve(c *conn) {
	defer func() {
		c.Close()
		r.mu.Lock()
		delete(r.conns, c)
		r.mu.Unlock()
	}()
	conn, channels, requests, err := ssh.NewServerConn(c, r.serverConfig())
	if err != nil {
		return
	}
	var sessions sync.WaitGroup
	defer sessions.Wait()
	sessions.Go(func() { ssh.DiscardRequests(requests) })
	sshd := r.newProcess(nil, "sshd", r.identity(r.user(conn.User())))
	defer r.endProcess(sshd)
	for nc := range channels {
		if nc.ChannelType() != "session" {
			if nc.Reject(ssh.UnknownChannelType, "only sessions") != nil {
				break
			}
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			break
		}
		sessions.Go(func() { r.channel(sshd, ch, reqs) })
	}
}

// channel serves the requests of one channel: one program each.
func (r *Router) channel(sshd *process, ch ssh.Channel, reqs <-chan *ssh.Request) {
	env := []string{
		"PATH=" + loginPath, "HOME=" + home(sshd.id.user), "USER=" + sshd.id.user.Name, "LOGNAME=" + sshd.id.user.Name, "SHELL=/bin/vbash", "LANG=C.UTF-8",
		"SSH_CONNECTION=192.0.2.100 40000 192.0.2.1 22", "SSH_CLIENT=192.0.2.100 40000 22",
	}
	terminal := false
	var run sync.WaitGroup
	defer run.Wait()
	for req := range reqs {
		start := func() {}
		ok := true
		switch req.Type {
		case "env":
		case "pty-req", "window-change":
			terminal = true
		case "exec":
			var msg struct{ Command string }
			ok = ssh.Unmarshal(req.Payload, &msg) == nil
			start = func() { r.session(sshd, ch, env, []string{"/bin/vbash", "-c", msg.Command}) }
		case "shell":
			start = func() { r.session(sshd, ch, env, []string{"/bin/vbash"}) }
			if terminal {
				start = func() { r.login(sshd, ch, env) }
			}
		default:
			ok = false
		}
		if req.WantReply && req.Reply(ok, nil) != nil {
			break
		}
		if ok {
			run.Go(start) // once it has been answered: the program may be quick
		}
	}
}

// session runs a program for a channel.
func (r *Router) session(sshd *process, ch ssh.Channel, env []string, args []string) {
	in := bufio.NewReader(ch)
	var held sync.WaitGroup
	c := call{
		args: args, env: env, id: sshd.id, dir: home(sshd.id.user), parent: sshd,
		io: bash.IO{In: in, Out: &remoteWriter{w: ch, holders: &held}, Err: &remoteWriter{w: ch.Stderr(), holders: &held}},
	}
	r.finishChannel(ch, r.run(c), &held)
}

// finishChannel ends a channel with the exit status. It stays open as long as anybody else can still write to it.
func (r *Router) finishChannel(ch ssh.Channel, status int, held *sync.WaitGroup) {
	// The far end may be gone; then nobody wants to know.
	_, err := ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	held.Wait()
	if err == nil {
		err = ch.CloseWrite()
	}
	if err == nil || errors.Is(err, io.EOF) {
		ch.Close()
	}
}

// A remoteWriter is the pipe to sshd: it is broken once the connection is.
type remoteWriter struct {
	w       io.Writer
	holders *sync.WaitGroup // background processes that have it open
}

func (w *remoteWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		return n, syscall.EPIPE
	}
	return n, nil
}
