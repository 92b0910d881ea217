package remote

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// target is a server as the specification has it, with its key pinned.
func target(s *remotetest.Server) Target {
	return Target{
		Name: "onprem/gw1", Host: s.Host, Port: s.Port, User: s.User, IdentityFile: s.Identity,
		HostKeys: []string{s.Read("host_ed25519.pub")},
	}
}

// login connects to a genuine server, and fails when that fails.
func login(t *testing.T, target Target, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestServer runs a script on a genuine server, where a stand-in takes the place of the shell.
func TestServer(t *testing.T) {
	s := remotetest.Start(t, remotetest.Options{Programs: map[string]string{"vbash": "#!/bin/sh\necho \"vbash $*\"\nexec sh \"$@\"\n"}})
	c := login(t, target(s), Options{})
	for _, command := range []string{"vbash -s", "/bin/vbash -s", "/usr/bin/vbash -s"} {
		got, err := c.Run(t.Context(), command, strings.NewReader("echo out; echo err >&2; exit 3\n"))
		if err != nil || string(got.Stdout) != "vbash -s\nout\n" || string(got.Stderr) != "err\n" || got.Status != 3 {
			t.Errorf("%s: %+v, %v", command, got, err)
		}
	}
	script := bytes.Repeat([]byte(": set interfaces ethernet eth0 address dhcp\n"), 100000)
	got, err := c.Run(context.Background(), "wc -c", bytes.NewReader(script))
	if err != nil || strings.TrimSpace(string(got.Stdout)) != "4400000" {
		t.Errorf("%+v, %v", got, err)
	}
}
