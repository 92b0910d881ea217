package remotetest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Options are what a Server is told.
type Options struct {
	// Config are lines of sshd_config(5) that come before those of the server, and so win over them. DIR in them is the
	// server's directory.
	Config []string

	// Programs are shell scripts that stand in for programs, by name: they come first in PATH, and a command that begins
	// with /bin/NAME or /usr/bin/NAME runs them too. In their environment, SERVER_DIR is the server's directory.
	Programs map[string]string

	// Prepare is called when the server's directory has its keys, and before the server runs; nil is nothing.
	Prepare func(dir string)
}

// A Server is a genuine OpenSSH server on a loopback port. It lets in whoever runs the test, by the key in Identity.
type Server struct {
	Dir      string // everything of the server
	Host     string
	Port     int
	User     string // who may log in
	Identity string // file with the private key that is authorized
	HostKey  string // file with the host's private Ed25519 key; with .pub, the public one

	t       testing.TB
	sshd    string
	running sync.WaitGroup
	mu      sync.Mutex
	log     bytes.Buffer
	live    map[*os.Process]bool
	closed  bool
}

// Start runs a server until the test ends, and skips the test when there is no sshd.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the server's files and commands are for a POSIX system")
	}
	s := &Server{t: t, Dir: t.TempDir(), sshd: findSSHD(t), live: make(map[*os.Process]bool)}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		// sshd separates its privileges there, and gives up without it.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skipf("sshd run by root needs a directory: %v", err)
		}
	}
	s.User = me.Username
	s.Identity = s.Key("id_ed25519")
	s.HostKey = s.Key("host_ed25519")
	s.Write("authorized_keys", s.Read("id_ed25519.pub"))
	s.programs(o.Programs)
	if o.Prepare != nil {
		o.Prepare(s.Dir)
	}
	var config strings.Builder
	for _, line := range o.Config {
		fmt.Fprintln(&config, strings.ReplaceAll(line, "DIR", s.Dir))
	}
	fmt.Fprintf(&config, `HostKey %[1]s/host_ed25519
AuthorizedKeysFile %[1]s/authorized_keys
ForceCommand %[1]s/command
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
`, s.Dir)
	s.Write("sshd_config", config.String())
	if out, err := exec.Command(s.sshd, "-t", "-f", s.Dir+"/sshd_config").CombinedOutput(); err != nil {
		t.Fatalf("sshd -t: %v\n%s", err, out)
	}
	s.listen()
	return s
}

// findSSHD finds the server, which is seldom in a user's PATH.
func findSSHD(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no sshd (Debian's package openssh-server)")
	return ""
}

// programs writes the scripts, and the command that runs whatever is asked for with them in reach.
func (s *Server) programs(scripts map[string]string) {
	s.t.Helper()
	command := "#!/bin/sh\nSERVER_DIR='" + s.Dir + "'\nPATH=\"$SERVER_DIR/bin:$PATH\"\nexport SERVER_DIR PATH\ncase $SSH_ORIGINAL_COMMAND in\n"
	if err := os.Mkdir(filepath.Join(s.Dir, "bin"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	names := make([]string, 0, len(scripts))
	for name := range scripts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s.write(filepath.Join("bin", name), scripts[name], 0o755)
		for _, dir := range []string{"/bin/", "/usr/bin/"} {
			command += fmt.Sprintf("%s%[2]s|\"%[1]s%[2]s \"*) SSH_ORIGINAL_COMMAND=%[2]s${SSH_ORIGINAL_COMMAND#%[1]s%[2]s} ;;\n", dir, name)
		}
	}
	s.write("command", command+"esac\neval \"$SSH_ORIGINAL_COMMAND\"\n", 0o755)
}

// listen gives each connection to an sshd of its own, so that the port is free and known.
func (s *Server) listen() {
	s.t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Host, s.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	s.running.Go(func() {
		for {
			conn, err := l.AcceptTCP()
			if err != nil {
				return
			}
			s.running.Go(func() { s.serve(conn) })
		}
	})
	s.t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		s.closed = true // or one that begins now would outlive Drop
		s.mu.Unlock()
		s.Drop()
		s.running.Wait()
		if s.t.Failed() {
			s.t.Logf("sshd says:\n%s", s.log.String())
		}
	})
}

func (s *Server) serve(conn *net.TCPConn) {
	file, err := conn.File()
	conn.Close()
	if err != nil {
		return
	}
	cmd := exec.Command(s.sshd, "-i", "-e", "-f", s.Dir+"/sshd_config")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = file, file, (*logWriter)(s)
	// sshd has a process for the network besides the one that is started here.
	startGroup(cmd)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		file.Close()
		return
	}
	err = cmd.Start()
	if err == nil {
		s.live[cmd.Process] = true
	}
	s.mu.Unlock()
	file.Close()
	if err != nil {
		return
	}
	cmd.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, cmd.Process)
}

// Drop ends all connections at once, without a word to the clients.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.live {
		killGroup(p)
	}
}

// Log is what the server has logged so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// logWriter takes the server's log.
type logWriter Server

func (w *logWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// Key makes an Ed25519 key in the server's directory, with the public one in a file of its own, and returns the path.
func (s *Server) Key(name string) string {
	s.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, name)
	if err != nil {
		s.t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(name+".pub", string(ssh.MarshalAuthorizedKey(signer.PublicKey())), 0o644)
	return s.write(name, string(pem.EncodeToMemory(block)), 0o600)
}

// Write writes a file in the server's directory, and returns its path.
func (s *Server) Write(name, text string) string {
	s.t.Helper()
	return s.write(name, text, 0o644)
}

func (s *Server) write(name, text string, mode os.FileMode) string {
	s.t.Helper()
	path := filepath.Join(s.Dir, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// Read reads a file in the server's directory.
func (s *Server) Read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
