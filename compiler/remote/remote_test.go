package remote

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

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

func TestRun(t *testing.T) {
	s := newServer(t, nil)
	c := connect(t, s, Options{})
	script := bytes.Repeat([]byte("set interfaces\n"), 100000)
	got, err := c.Run(t.Context(), "vbash -s", bytes.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]byte("vbash -s: "), script...); !bytes.Equal(got.Stdout, want) || got.Status != 0 || got.Truncated {
		t.Errorf("%d octets came back of %d, status %d", len(got.Stdout), len(want), got.Status)
	}
}

func TestRunStatus(t *testing.T) {
	s := newServer(t, nil)
	s.exec = func(_ string, channel ssh.Channel) int {
		io.WriteString(channel, "out")
		io.WriteString(channel.Stderr(), "err")
		return 7
	}
	got, err := connect(t, s, Options{}).Run(t.Context(), "false", strings.NewReader(strings.Repeat("not read", 1<<20)))
	if err != nil || got.Status != 7 || string(got.Stdout) != "out" || string(got.Stderr) != "err" {
		t.Errorf("%+v, %v", got, err)
	}
}
