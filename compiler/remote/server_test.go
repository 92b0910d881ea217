package remote

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// A server is a gateway in the test's process.
type server struct {
	t       testing.TB
	config  *ssh.ServerConfig
	keys    []ssh.Signer                                  // host keys
	exec    func(command string, channel ssh.Channel) int // the exit status; below 0 is none
	open    func(ssh.NewChannel) bool                     // takes care of a channel itself
	raw     func(net.Conn) bool                           // takes care of a connection itself
	running sync.WaitGroup

	mu   sync.Mutex
	ends []*frozen
	last ssh.Conn
}

// client is who has logged in last.
func (s *server) client() ssh.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// A frozen is a connection that can fall silent: nothing arrives any more, and nothing is refused.
type frozen struct {
	net.Conn
	silent atomic.Bool
}

func (f *frozen) Write(b []byte) (int, error) {
	if f.silent.Load() {
		return len(b), nil
	}
	return f.Conn.Write(b)
}

// freeze silences the server's connections.
func (s *server) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.ends {
		f.silent.Store(true)
	}
}

// drop ends the server's connections.
func (s *server) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.ends {
		f.Close()
	}
}

// newServer has a host key and lets in the user vyos with the client's key.
func newServer(t testing.TB, client ssh.PublicKey) *server {
	t.Helper()
	s := &server{t: t, keys: []ssh.Signer{newKey(t)}, config: &ssh.ServerConfig{
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if client == nil || c.User() != "vyos" || !same(key, client) {
				return nil, errors.New("not this key")
			}
			return nil, nil
		},
	}}
	s.exec = func(command string, channel ssh.Channel) int {
		io.WriteString(channel, command+": ")
		io.Copy(channel, channel)
		return 0
	}
	return s
}

// dial connects to the server; it is an Options.Dial.
func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	near, far := remotetest.Pipe()
	end := &frozen{Conn: far}
	s.mu.Lock()
	s.ends = append(s.ends, end)
	s.mu.Unlock()
	s.running.Go(func() { s.serve(end) })
	return near, nil
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	if s.raw != nil && s.raw(conn) {
		return
	}
	config := *s.config
	for _, k := range s.keys {
		config.AddHostKey(k)
	}
	client, channels, requests, err := ssh.NewServerConn(conn, &config)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.last = client
	s.mu.Unlock()
	s.running.Go(func() { ssh.DiscardRequests(requests) })
	for n := range channels {
		if s.open != nil && s.open(n) {
			continue
		}
		if n.ChannelType() != "session" {
			n.Reject(ssh.UnknownChannelType, "no")
			continue
		}
		channel, requests, err := n.Accept()
		if err != nil {
			break
		}
		s.running.Go(func() { s.session(channel, requests) })
	}
	client.Close()
}

func (s *server) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		if r.Type != "exec" {
			r.Reply(false, nil)
			continue
		}
		r.Reply(true, nil)
		command := string(r.Payload[4:])
		s.running.Go(func() {
			if status := s.exec(command, channel); status >= 0 {
				channel.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, uint32(status)))
			}
			channel.Close()
		})
	}
}

func newKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, private)
}

func signerOf(t testing.TB, private any) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// writeKey makes a key and writes its file; a passphrase may be nil.
func writeKey(t testing.TB, dir string, passphrase []byte) (path string, public ssh.PublicKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "id_ed25519")
	if err := os.WriteFile(path, pemOf(t, private, passphrase), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, signerOf(t, private).PublicKey()
}

// pinOf is a key as the specification has it.
func pinOf(k ssh.PublicKey) string { return string(ssh.MarshalAuthorizedKey(k)) }

func pemOf(t testing.TB, private any, passphrase []byte) []byte {
	t.Helper()
	var block *pem.Block
	var err error
	if passphrase == nil {
		block, err = ssh.MarshalPrivateKey(private, "test")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "test", passphrase)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// connect logs in to a server.
func connect(t testing.TB, s *server, o Options) *Conn {
	t.Helper()
	path, public := writeKey(t, t.TempDir(), nil)
	s.config.PublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() != "vyos" || !same(key, public) {
			return nil, errors.New("not this key")
		}
		return nil, nil
	}
	o.Dial = s.dial
	c, err := Dial(context.Background(), Target{Name: "onprem/gw1", Host: "192.0.2.10", User: "vyos", IdentityFile: path, HostKeys: []string{pinOf(s.keys[0].PublicKey())}}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		s.running.Wait()
	})
	return c
}
