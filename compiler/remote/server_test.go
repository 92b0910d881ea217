package remote

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
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
	s.running.Go(func() { s.serve(far) })
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
