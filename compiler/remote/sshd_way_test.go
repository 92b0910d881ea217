package remote

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// TestServerJump goes through two hosts, each of which must prove who it is.
func TestServerJump(t *testing.T) {
	t.Parallel()
	first, second, gateway := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	line := func(s *remotetest.Server, key string) string { return fmt.Sprintf("[%s]:%d %s", s.Host, s.Port, key) }
	known := line(first, first.Read("host_ed25519.pub")) + line(second, second.Read("host_ed25519.pub"))
	for _, s := range []*remotetest.Server{first, second, gateway} {
		s.Write("authorized_keys", first.Read("id_ed25519.pub"))
	}
	jump := fmt.Sprintf("%s@%s:%d,%s@%s:%d", first.User, first.Host, first.Port, second.User, second.Host, second.Port)
	to := target(gateway)
	to.IdentityFile, to.Jump = first.Identity, jump
	t.Run("there", func(t *testing.T) {
		to := to
		to.KnownHosts = first.Write("known_hosts", known)
		c := login(t, to, Options{})
		script := bytes.Repeat([]byte(": line of a script\n"), 50000)
		if got, err := c.Run(t.Context(), "wc -c", bytes.NewReader(script)); err != nil || strings.TrimSpace(string(got.Stdout)) != strconv.Itoa(len(script)) {
			t.Errorf("%+v, %v", got, err)
		}
		if !strings.Contains(second.Log(), "Accepted publickey") {
			t.Errorf("it did not go through the second host:\n%s", second.Log())
		}
	})
	for _, tt := range []struct {
		name, known, says string
	}{
		{"first is not known", line(second, second.Read("host_ed25519.pub")), fmt.Sprintf("onprem/gw1: jump host %s: the host key of %[1]s:%d is not known", first.Host, first.Port)},
		{"second is another", line(first, first.Read("host_ed25519.pub")) + line(second, gateway.Read("host_ed25519.pub")), fmt.Sprintf("onprem/gw1: jump host %s: the host key of %[1]s:%d is not the known one", second.Host, second.Port)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to := to
			to.KnownHosts = first.Write("known_hosts", tt.known)
			if _, err := Dial(t.Context(), to, Options{}); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("a host that passes nothing on", func(t *testing.T) {
		closed := remotetest.Start(t, remotetest.Options{Config: []string{"AllowTcpForwarding no"}})
		closed.Write("authorized_keys", first.Read("id_ed25519.pub"))
		to := to
		to.Jump = fmt.Sprintf("%s@%s:%d", closed.User, closed.Host, closed.Port)
		to.KnownHosts = first.Write("known_hosts", line(closed, closed.Read("host_ed25519.pub")))
		if _, err := Dial(t.Context(), to, Options{}); err == nil || !strings.Contains(err.Error(), "AllowTcpForwarding") {
			t.Errorf("%v", err)
		}
	})
	t.Run("dropped in between", func(t *testing.T) {
		to := to
		to.KnownHosts = first.Write("known_hosts", known)
		c := login(t, to, Options{})
		done := make(chan error, 1)
		go func() {
			_, err := c.Run(t.Context(), "sleep 60", nil)
			done <- err
		}()
		until(t, "the command runs", func() bool {
			return strings.Contains(gateway.Log(), "Starting session: forced-command (config)")
		})
		second.Drop()
		if err := <-done; !errors.Is(err, ErrLost) {
			t.Errorf("%v", err)
		}
	})
}

// TestServerConfiguration finds a genuine server by the user's configuration, with ssh and without.
func TestServerConfiguration(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("there is no ssh (Debian's package openssh-client)")
	}
	bastion, gateway := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	gateway.Write("authorized_keys", bastion.Read("id_ed25519.pub"))
	gateway.Write("known hosts", "gateway-one "+gateway.Read("host_ed25519.pub"))
	gateway.Write("bastion_hosts", fmt.Sprintf("[%s]:%d %s", bastion.Host, bastion.Port, bastion.Read("host_ed25519.pub")))
	gateway.Write("included", "Host bastion\n  HostName 127.0.0.1\n  UserKnownHostsFile ~/bastion_hosts\n  Port "+strconv.Itoa(bastion.Port)+"\n")
	config := gateway.Write("config", strings.NewReplacer("DIR", gateway.Dir, "ID", bastion.Identity, "USER", gateway.User, "PORT", strconv.Itoa(gateway.Port)).Replace(`
Include DIR/included
Host gw1 gw1-*
  HostName=127.0.0.1
  Port PORT
  HostKeyAlias gateway-one
  UserKnownHostsFile "DIR/known hosts" DIR/none
Match host 127.0.0.1 originalhost gw1-direct
  ProxyCommand `+netcat(t)+` %h %p
Match originalhost gw1,gw1-jump
  ProxyJump bastion
Host *
  User USER
  IdentityFile ID
  IdentitiesOnly yes
`))
	for _, how := range []struct {
		name, program string
	}{{"ssh -G", program}, {"files", ""}} {
		o := Options{SSH: how.program, SSHConfig: config, Home: gateway.Dir}
		if how.program != "" {
			// ssh takes the home directory from the system.
			gateway.Write("included", strings.ReplaceAll(gateway.Read("included"), "~", gateway.Dir))
		} else {
			gateway.Write("included", strings.ReplaceAll(gateway.Read("included"), gateway.Dir, "~"))
		}
		for _, host := range []string{"gw1-jump", "gw1-direct"} {
			t.Run(how.name+", "+host, func(t *testing.T) {
				c := login(t, Target{Name: "onprem/gw1", Host: host}, o)
				if got, err := c.Run(t.Context(), "echo $SSH_CONNECTION", nil); err != nil || len(got.Stdout) == 0 {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		t.Run(how.name+", the specification wins", func(t *testing.T) {
			login(t, Target{
				Name: "onprem/gw1", Host: "gw1", Port: bastion.Port, User: bastion.User, IdentityFile: bastion.Identity,
				HostKeys: []string{bastion.Read("host_ed25519.pub")}, Jump: "none",
			}, o)
		})
		t.Run(how.name+", a line that cannot be read", func(t *testing.T) {
			o := o
			o.SSHConfig = gateway.Write("bad", "Host *\n  User x\n  IdentityFile \"open\nMatch exec true\n")
			_, err := Dial(t.Context(), Target{Name: "onprem/gw1", Host: "gw1"}, o)
			if err == nil || !strings.Contains(err.Error(), "bad") || !strings.Contains(err.Error(), "3") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("files, Match exec", func(t *testing.T) {
		o := Options{SSHConfig: gateway.Write("bad", "Host other\n  User x\nMatch originalhost other exec false\n  User x\nMatch exec \"true\"\n"), Home: gateway.Dir}
		_, err := Dial(t.Context(), Target{Name: "onprem/gw1", Host: "gw1"}, o)
		if err == nil || !strings.Contains(err.Error(), "bad:5: it takes ssh to judge a Match exec") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a ProxyCommand that fails", func(t *testing.T) {
		o := Options{SSHConfig: gateway.Write("bad", "ProxyCommand echo canary-complaint >&2; exit 1\n"), Home: gateway.Dir}
		_, err := Dial(t.Context(), Target{Name: "onprem/gw1", Host: "gw1", User: "vyos"}, o)
		if err == nil || !strings.Contains(err.Error(), "ProxyCommand") || !strings.Contains(err.Error(), "canary-complaint") {
			t.Errorf("%v", err)
		}
	})
}

// TestServerEnvironment checks that programs started here see none of our variables that they do not need.
func TestServerEnvironment(t *testing.T) {
	s := remotetest.Start(t, remotetest.Options{})
	t.Setenv("L2STRETCH_PSK", "canary")
	env := s.Dir + "/env"
	o := Options{SSHConfig: s.Write("config", "ProxyCommand env >"+env+"; exit 1\n")}
	Dial(t.Context(), target(s), o)
	if got := s.Read("env"); strings.Contains(got, "canary") || !strings.Contains(got, "PATH=") {
		t.Errorf("%s", got)
	}
}

// netcat is a command that connects standard input and output to an address.
func netcat(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nc", "ncat"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	// ssh itself can do it, but only through a server; a few lines do it in any case.
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is neither nc nor python3")
	}
	path := filepath.Join(t.TempDir(), "nc.py")
	program := `import os, socket, sys, threading
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def back():
    while (b := s.recv(65536)): os.write(1, b)
    os._exit(0)
threading.Thread(target=back).start()
while (b := os.read(0, 65536)): s.sendall(b)
`
	if err := os.WriteFile(path, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	return python + " " + path
}
