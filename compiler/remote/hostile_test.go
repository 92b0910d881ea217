package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// escapes is text that a terminal would obey.
const escapes = "\x1b[2J\x1b]0;owned\a\u202eevil\x9b31m\r\n"

// checkError checks that an error is there, says things, names the gateway, and has nothing that a terminal obeys.
func checkError(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, s := range append(says, "onprem/gw1: ") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q is not in %s", s, err)
		}
	}
	if strings.ContainsAny(err.Error(), "\x1b\a\r\n\u202e") || len(err.Error()) > 3000 {
		t.Errorf("unsafe or too long: %q", err)
	}
}

// plainTarget is the server that a test talks to without being let in.
func plainTarget(s *server) Target {
	return Target{Name: "onprem/gw1", Host: "192.0.2.10", User: "vyos", HostKeys: []string{pinOf(s.keys[0].PublicKey())}}
}

// TestSilence has hosts that accept the connection and then take their time: the limit holds for the whole of a step.
func TestSilence(t *testing.T) {
	write := func(conn net.Conn, every time.Duration, text string) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			time.Sleep(every)
		}
	}
	for _, tt := range []struct {
		name string
		raw  func(net.Conn)
		want string
	}{
		{"nothing", func(conn net.Conn) { io.Copy(io.Discard, conn) }, "did not end the SSH handshake within 15s"},
		{"an octet a second", func(conn net.Conn) { write(conn, time.Second, "x") }, "did not end the SSH handshake within 15s"},
		{"a line a second", func(conn net.Conn) { write(conn, time.Second, "welcome\r\n") }, "did not end the SSH handshake within 15s"},
		{"its version, and nothing else", func(conn net.Conn) { io.WriteString(conn, "SSH-2.0-x\r\n"); io.Copy(io.Discard, conn) }, "did not end the SSH handshake within 15s"},
		{"lines without end", func(conn net.Conn) { write(conn, 0, strings.Repeat("welcome\r\n", 100)) }, "SSH handshake"},
		{"a line without end", func(conn net.Conn) { write(conn, 0, escapes) }, "SSH handshake"},
		{"another protocol", func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n"); conn.Close() }, `closed the connection at once after it said "HTTP/1.1 400 Bad Request"`},
		{"a version and its end", func(conn net.Conn) { io.WriteString(conn, "SSH-2.0-x\r\n"); conn.Close() }, "SSH handshake"},
		{"its end", func(conn net.Conn) { conn.Close() }, "closed the connection at once; is it an SSH server"},
		{"what a terminal obeys", func(conn net.Conn) { io.WriteString(conn, escapes); conn.Close() }, `after it said "\x1b[2J`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, nil)
				s.raw = func(conn net.Conn) bool {
					conn.Read(make([]byte, 100)) // our version, which otherwise may meet a closed connection
					tt.raw(conn)
					return true
				}
				began := time.Now()
				_, err := Dial(t.Context(), plainTarget(s), Options{Dial: s.dial})
				checkError(t, err, "192.0.2.10:22", tt.want)
				if d := time.Since(began); d > DefaultTimeout {
					t.Errorf("it took %s", d)
				}
				s.running.Wait()
			})
		})
	}
}

// TestTurnedAway has a host that has no room at first.
func TestTurnedAway(t *testing.T) {
	path, public := writeKey(t, t.TempDir(), nil)
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, public)
		turned := 0
		s.raw = func(conn net.Conn) bool {
			if turned++; turned > 2 {
				return false
			}
			if turned == 2 {
				conn.Read(make([]byte, 100)) // else it also ends while we write
			}
			io.WriteString(conn, "Exceeded MaxStartups\r\n")
			return true
		}
		to := plainTarget(s)
		to.IdentityFile = path
		c, err := Dial(t.Context(), to, Options{Dial: s.dial})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		s.running.Wait()
	})
}

// TestUnreachable has addresses where nobody answers.
func TestUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := Target{Name: "onprem/gw1", Host: "192.0.2.10", User: "vyos", Port: 2222}
		_, err := Dial(t.Context(), target, Options{Timeout: 7 * time.Second, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		checkError(t, err, "connect to 192.0.2.10:2222: no answer within 7s")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		refused := errors.New("connection refused" + escapes)
		_, err = Dial(t.Context(), target, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: refused}
		}})
		checkError(t, err, "connect to 192.0.2.10:2222: connection refused")
		if !errors.Is(err, refused) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		interrupted := errors.New("interrupted")
		_, err = Dial(ctx, target, Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel(interrupted)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		if checkError(t, err, "interrupted"); !errors.Is(err, interrupted) {
			t.Error(err)
		}
	})
}

// TestCancelHandshake cancels while a host is silent.
func TestCancelHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		s.raw = func(conn net.Conn) bool { io.Copy(io.Discard, conn); return true }
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, interrupted)
		defer cancel()
		_, err := Dial(ctx, plainTarget(s), Options{Dial: s.dial})
		if checkError(t, err, "interrupted"); !errors.Is(err, interrupted) {
			t.Error(err)
		}
	})
}

// TestLogin goes through what a host may ask, and what it may send instead.
func TestLogin(t *testing.T) {
	password := func() ([]byte, error) { return []byte("canary"), nil }
	check := func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		if string(p) != "canary" {
			return nil, errors.New("wrong")
		}
		return nil, nil
	}
	ask := func(rounds int, questions []string, echos []bool) func(ssh.ConnMetadata, ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		return func(_ ssh.ConnMetadata, challenge ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			for range rounds {
				answers, err := challenge(escapes, escapes, questions, echos)
				if err != nil {
					return nil, err
				}
				if len(questions) == 1 && answers[0] != "canary" {
					return nil, errors.New("wrong")
				}
			}
			if _, err := challenge("", "", nil, nil); err != nil { // as PAM does
				return nil, err
			}
			return nil, nil
		}
	}
	for _, tt := range []struct {
		name     string
		config   ssh.ServerConfig
		password func() ([]byte, error)
		says     []string // of the error; nil is success
	}{
		{name: "password", config: ssh.ServerConfig{PasswordCallback: check}, password: password},
		{name: "keyboard-interactive", config: ssh.ServerConfig{KeyboardInteractiveCallback: ask(1, []string{"Password: "}, []bool{false})}, password: password},
		{name: "banner", config: ssh.ServerConfig{PasswordCallback: check, BannerCallback: func(ssh.ConnMetadata) string { return escapes }}, password: password},
		{name: "no password", config: ssh.ServerConfig{PasswordCallback: check}, says: []string{"takes password", "nothing to offer"}},
		{
			name: "wrong password", config: ssh.ServerConfig{PasswordCallback: check}, password: func() ([]byte, error) { return []byte("canary2"), nil },
			says: []string{"takes password", "it refused the password"},
		},
		{
			name: "password that cannot be had", config: ssh.ServerConfig{PasswordCallback: check}, password: func() ([]byte, error) { return nil, errors.New("secret ssh is not set") },
			says: []string{"the password cannot be had: secret ssh is not set"},
		},
		{
			name: "two questions", config: ssh.ServerConfig{KeyboardInteractiveCallback: ask(1, []string{"Password: ", "Token" + escapes}, []bool{false, false})}, password: password,
			says: []string{"it asks 2 questions", "keyboard-interactive"},
		},
		{
			name: "question with an echo", config: ssh.ServerConfig{KeyboardInteractiveCallback: ask(1, []string{"Token" + escapes}, []bool{true})}, password: password,
			says: []string{`its question "Token`, "is none for a password"},
		},
		{
			name: "questions without end", config: ssh.ServerConfig{KeyboardInteractiveCallback: ask(1000, []string{"Password: "}, []bool{false})}, password: password,
			says: []string{"asked more than 8 times"},
		},
		{
			name: "a huge banner", config: ssh.ServerConfig{PasswordCallback: check, BannerCallback: func(ssh.ConnMetadata) string { return strings.Repeat(escapes, 5000) }}, password: password,
			says: []string{"of banner"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, nil)
			s.config = &tt.config
			to := plainTarget(s)
			to.Password = tt.password
			var log bytes.Buffer
			c, err := Dial(t.Context(), to, Options{Dial: s.dial, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			if tt.says == nil && err != nil {
				t.Fatal(err)
			}
			if strings.Contains(log.String(), "canary") || strings.ContainsAny(log.String(), "\x1b\a\r\u202e") {
				t.Errorf("a secret, or what a terminal obeys, is in the log: %q", log.String())
			}
			if tt.says != nil {
				checkError(t, err, append(tt.says, "log in to 192.0.2.10:22 as vyos")...)
				if strings.Contains(err.Error(), "canary") {
					t.Errorf("a secret is in %s", err)
				}
			} else {
				c.Close()
			}
			s.running.Wait()
		})
	}
}

// TestPasswordIsSafe checks that nobody gets the password who has not proved who he is.
func TestPasswordIsSafe(t *testing.T) {
	s := newServer(t, nil)
	got := false
	s.config.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		got = true
		return nil, nil
	}
	to := plainTarget(s)
	to.HostKeys = []string{pinOf(newKey(t).PublicKey())}
	to.Password = func() ([]byte, error) {
		t.Error("the password was asked for")
		return []byte("canary"), nil
	}
	_, err := Dial(t.Context(), to, Options{Dial: s.dial})
	checkError(t, err, "not the known one")
	s.running.Wait()
	if got {
		t.Error("the password was sent")
	}
}

// TestPrompt has a user who takes longer for a passphrase than a host may.
func TestPrompt(t *testing.T) {
	path, public := writeKey(t, t.TempDir(), []byte("correct horse"))
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, public)
		to := plainTarget(s)
		to.IdentityFile = path
		c, err := Dial(t.Context(), to, Options{Dial: s.dial, Passphrase: func(string) ([]byte, error) {
			time.Sleep(10 * time.Minute)
			return []byte("correct horse"), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		s.running.Wait()
	})
}

// TestPins reads entries of host_keys.
func TestPins(t *testing.T) {
	key := newKey(t).PublicKey()
	text := strings.TrimSpace(pinOf(key))
	sum := ssh.FingerprintSHA256(key)
	for _, tt := range []struct {
		pin, want string
	}{
		{pin: text},
		{pin: "  " + text + " vyos@gw1"},
		{pin: sum},
		{pin: sum + "="},
		{pin: "256 " + sum + " root@vyos (ED25519)"},
		{pin: "cert-authority " + text, want: "certificate by"},
		{pin: "", want: "neither a key"},
		{pin: "SHA256:abc", want: "43 characters"},
		{pin: ssh.FingerprintLegacyMD5(key), want: "MD5"},
		{pin: "256 MD5:" + ssh.FingerprintLegacyMD5(key) + " root@vyos (ED25519)", want: "MD5"},
		{pin: "ssh-ed25519 AAAA" + escapes, want: "neither a key"},
		{pin: "192.0.2.10 " + text, want: "192.0.2.10 before the key is not understood"},
		{pin: `command="x" ` + text, want: "before the key is not understood"},
	} {
		e := &endpoint{title: "onprem/gw1", host: "192.0.2.10", port: 22, pins: []string{tt.pin}}
		k, err := readHostKeys(e)
		if err == nil {
			err = k.check(key)
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v", tt.pin, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\a\r\n") {
			t.Errorf("unsafe: %q", err)
		}
	}
}

// TestPrintable escapes what a terminal could obey.
func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"vyos@gw1:~$ ж", "vyos@gw1:~$ ж"},
		{escapes, `\x1b[2J\x1b]0;owned\x07\u202eevil\x9b31m\x0d\x0a`},
		{strings.Repeat("é", 61), strings.Repeat("é", 60) + "..."},
	} {
		if got := printable(tt.in, 60); got != tt.want {
			t.Errorf("%q: %q", tt.in, got)
		}
	}
}
