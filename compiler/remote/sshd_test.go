package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

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
	t.Parallel()
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

// TestServerSessions opens more channels than the server allows, and more than run at the same time here.
func TestServerSessions(t *testing.T) {
	t.Parallel()
	s := remotetest.Start(t, remotetest.Options{Config: []string{"MaxSessions 1"}})
	c := login(t, target(s), Options{})
	var one sync.WaitGroup
	release := filepath.Join(s.Dir, "release")
	one.Go(func() {
		got, err := c.Run(t.Context(), "touch "+s.Dir+"/began; while ! [ -e "+release+" ]; do sleep 0.05; done; echo done", nil)
		if err != nil || string(got.Stdout) != "done\n" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	appears(t, s.Dir+"/began")
	if _, err := c.Run(t.Context(), "true", nil); err == nil || !strings.Contains(err.Error(), "MaxSessions") {
		t.Errorf("%v", err)
	}
	s.Write("release", "")
	one.Wait()

	s = remotetest.Start(t, remotetest.Options{})
	c = login(t, target(s), Options{})
	var many sync.WaitGroup
	for i := range 12 {
		many.Go(func() {
			got, err := c.Run(t.Context(), fmt.Sprintf("sleep 0.1; echo %d", i), nil)
			if err != nil || strings.TrimSpace(string(got.Stdout)) != strconv.Itoa(i) {
				t.Errorf("%d: %+v, %v", i, got, err)
			}
		})
	}
	many.Wait()
}

// TestServerLost loses a genuine server.
func TestServerLost(t *testing.T) {
	t.Parallel()
	s := remotetest.Start(t, remotetest.Options{})
	c := login(t, target(s), Options{})
	done := make(chan error, 1)
	go func() {
		_, err := c.Run(t.Context(), "touch "+s.Dir+"/began; sleep 60", nil)
		done <- err
	}()
	appears(t, s.Dir+"/began")
	s.Drop()
	for range 2 {
		err := <-done
		if !errors.Is(err, ErrLost) || !strings.HasPrefix(err.Error(), "onprem/gw1: ") {
			t.Errorf("%v", err)
		}
		_, err = c.Run(t.Context(), "true", nil)
		done <- err
	}
}

// until waits for something in another process, and fails the test when that does not come. A minute is much even on
// a machine that is busy.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("within a minute it did not come about that %s", what)
		}
	}
}

// appears waits for a file that another process makes.
func appears(t *testing.T, path string) {
	t.Helper()
	until(t, "there is "+path, func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	return runEnv(t, nil, name, args...)
}

func runEnv(t *testing.T, env []string, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("there is no %s (Debian's package openssh-client)", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

// readKey is the public key beside a private one.
func readKey(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fingerprintOf(t *testing.T, key string) string {
	t.Helper()
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(public)
}
