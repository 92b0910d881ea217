package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// TestServerIdentities logs in to a genuine server with each kind of key.
func TestServerIdentities(t *testing.T) {
	t.Parallel()
	s := remotetest.Start(t, remotetest.Options{Config: []string{"TrustedUserCAKeys DIR/authority.pub"}, Prepare: func(dir string) {
		run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/authority")
	}})
	make := func(name string, args ...string) string {
		path := filepath.Join(s.Dir, name)
		run(t, "ssh-keygen", append([]string{"-q", "-f", path}, args...)...)
		s.Write("authorized_keys", s.Read("authorized_keys")+readKey(t, path))
		return path
	}
	rsa := make("rsa", "-t", "rsa", "-b", "2048", "-N", "")
	locked := make("locked", "-t", "ed25519", "-N", "correct horse")
	old := make("old", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "battery staple")
	older := make("older", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "battery staple")
	if err := os.Remove(older + ".pub"); err != nil {
		t.Fatal(err)
	}
	agentOnly := make("agent", "-t", "ed25519", "-N", "")
	socket := startAgent(t)
	runEnv(t, []string{"SSH_AUTH_SOCK=" + socket}, "ssh-add", "-q", agentOnly, rsa)
	if err := os.Remove(agentOnly); err != nil {
		t.Fatal(err)
	}
	certified := s.Key("certified")
	run(t, "ssh-keygen", "-q", "-s", s.Dir+"/authority", "-I", "me", "-n", s.User, certified+".pub")

	asked := 0
	passphrase := func(path string) ([]byte, error) {
		asked++
		switch {
		case path == locked && asked == 1:
			return []byte("a slip"), nil
		case path == locked:
			return []byte("correct horse"), nil
		}
		return []byte("battery staple"), nil
	}
	for _, tt := range []struct {
		name     string
		identity string
		options  Options
		asked    int
	}{
		{name: "file", identity: s.Identity},
		{name: "RSA", identity: rsa},
		{name: "passphrase, after a slip", identity: locked, options: Options{Passphrase: passphrase}, asked: 2},
		{name: "passphrase of the old format", identity: old, options: Options{Passphrase: passphrase}, asked: 1},
		{name: "passphrase of the old format without a public key", identity: older, options: Options{Passphrase: passphrase}, asked: 1},
		{name: "agent", options: Options{Agent: socket}},
		{name: "public key of the agent", identity: agentOnly + ".pub", options: Options{Agent: socket}},
		{name: "RSA of the agent", identity: rsa + ".pub", options: Options{Agent: socket}},
		{name: "certificate", identity: certified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked = 0
			to := target(s)
			to.IdentityFile = tt.identity
			c := login(t, to, tt.options)
			if got, err := c.Run(t.Context(), "echo in", nil); err != nil || string(got.Stdout) != "in\n" {
				t.Errorf("%+v, %v", got, err)
			}
			if asked != tt.asked {
				t.Errorf("a passphrase was asked for %d times, not %d", asked, tt.asked)
			}
		})
	}
	t.Run("certificate in the agent", func(t *testing.T) {
		socket := startAgent(t)
		runEnv(t, []string{"SSH_AUTH_SOCK=" + socket}, "ssh-add", "-q", certified)
		to := target(s)
		to.IdentityFile = ""
		login(t, to, Options{Agent: socket})
	})
	t.Run("too many keys in the agent", func(t *testing.T) {
		socket := startAgent(t)
		for i := range 8 {
			runEnv(t, []string{"SSH_AUTH_SOCK=" + socket}, "ssh-add", "-q", s.Key(fmt.Sprintf("wrong%d", i)))
		}
		to := target(s)
		to.IdentityFile = ""
		var refused *AuthError
		_, err := Dial(t.Context(), to, Options{Agent: socket})
		if checkError(t, err, "Too many authentication failures", "name the right one with identity_file"); !errors.As(err, &refused) {
			t.Errorf("%T", err)
		}
		to.IdentityFile = s.Identity // which the agent does not even have
		login(t, to, Options{Agent: socket})
	})
	t.Run("certificate that the configuration names", func(t *testing.T) {
		to := target(s)
		to.IdentityFile = ""
		apart := s.Write("apart.pub", s.Read("certified-cert.pub"))
		bare := s.Write("bare", s.Read("certified"))
		config := s.Write("config", "Host *\nIdentityFile "+bare+"\nCertificateFile "+apart+"\n")
		login(t, to, Options{SSHConfig: config})
	})

	var refused *AuthError
	for _, tt := range []struct {
		name     string
		identity string
		options  Options
		says     []string
	}{
		{name: "wrong key", identity: s.Key("stranger"), says: []string{"onprem/gw1", s.User, "takes publickey", "it refused ssh-ed25519 SHA256:", "stranger"}},
		{name: "nothing", says: []string{"there is nothing to offer it", "identity_file"}},
		{name: "agent that is not there", options: Options{Agent: s.Dir + "/none"}, says: []string{"the agent at " + s.Dir + "/none cannot be used"}},
		{name: "no such file", identity: s.Dir + "/none", says: []string{s.Dir + "/none", "no such file"}},
		{name: "no key", identity: s.Dir + "/sshd_config", says: []string{"sshd_config is no private key"}},
		{name: "nobody to ask", identity: locked, says: []string{"has a passphrase", "ssh-add " + locked}},
		{name: "wrong passphrase", identity: locked, options: Options{Passphrase: func(string) ([]byte, error) { return []byte("canary"), nil }}, says: []string{"the passphrase of " + locked + " is wrong"}},
		{name: "asking fails", identity: locked, options: Options{Passphrase: func(string) ([]byte, error) { return nil, errors.New("no terminal") }}, says: []string{"no terminal"}},
		{name: "public key of no private one", identity: certified + ".pub", says: []string{"is a public key, and the agent does not have its private one"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to := target(s)
			to.IdentityFile = tt.identity
			_, err := Dial(t.Context(), to, tt.options)
			if err == nil {
				t.Fatal("it let us in")
			}
			for _, s := range append(tt.says, "onprem/gw1: ") {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q is not in %s", s, err)
				}
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("a secret is in %s", err)
			}
			if (tt.name == "wrong key" || tt.name == "nothing") && !errors.As(err, &refused) {
				t.Errorf("%T", err)
			}
		})
	}
}

// startAgent runs an agent until the test ends, and returns its socket.
func startAgent(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("ssh-agent")
	if err != nil {
		t.Skip("there is no ssh-agent (Debian's package openssh-client)")
	}
	dir, err := os.MkdirTemp("", "agent") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "socket")
	cmd := exec.Command(program, "-D", "-a", socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.RemoveAll(dir)
	})
	until(t, "an agent listens at "+socket, func() bool { // the socket is there before that
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	return socket
}
