package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// TestRunCancel cancels a command that has said something and goes on.
func TestRunCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		closed := make(chan struct{})
		s.exec = func(_ string, channel ssh.Channel) int {
			io.WriteString(channel, "begun")
			io.Copy(io.Discard, channel) // until the channel is closed
			close(closed)
			time.Sleep(time.Hour)
			return 0
		}
		c := connect(t, s, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		never, _ := remotetest.Pipe()
		got, err := c.Run(ctx, "vbash -s"+escapes, struct{ io.Reader }{never})
		checkError(t, err, "vbash -s", "it did not end within 30s")
		if !errors.Is(err, context.DeadlineExceeded) || string(got.Stdout) != "begun" || got.Status != -1 {
			t.Errorf("%+v, %v", got, err)
		}
		never.Close()
		<-closed
		// The connection goes on.
		s.exec = func(string, ssh.Channel) int { return 4 }
		if got, err := c.Run(t.Context(), "true", nil); err != nil || got.Status != 4 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestKeepAlive has a host that is gone without a word: with something running, and without.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int {
			time.Sleep(10 * time.Minute) // it is silent, and alive
			return 0
		}
		c := connect(t, s, Options{})
		if got, err := c.Run(t.Context(), "sleep 600", nil); err != nil || got.Status != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		s.exec = func(_ string, channel ssh.Channel) int {
			s.freeze()
			return -1
		}
		began := time.Now()
		_, err := c.Run(t.Context(), "reboot", nil)
		checkError(t, err, "reboot: the connection was lost: nothing came from it for 45s")
		if d := time.Since(began); !errors.Is(err, ErrLost) || d < 45*time.Second || d > 75*time.Second {
			t.Errorf("after %s: %v", d, err)
		}
		if _, err = c.Run(t.Context(), "true", nil); !errors.Is(err, ErrLost) {
			t.Error(err)
		}
	})
}

// TestOutput limits what a command may say.
func TestOutput(t *testing.T) {
	s := newServer(t, nil)
	const limit = 100 << 10
	c := connect(t, s, Options{MaxOutput: limit})
	for _, tt := range []struct {
		name      string
		out, errs int
		truncated bool
		fails     bool
	}{
		{name: "none"},
		{name: "just enough", out: limit, errs: limit},
		{name: "too much", out: limit + 1, errs: 5, truncated: true},
		{name: "too much of an error", errs: limit + 40000, truncated: true},
		{name: "without end", out: 1 << 40, truncated: true, fails: true},
		{name: "without end, as an error", errs: 1 << 40, truncated: true, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.exec = func(_ string, channel ssh.Channel) int {
				for _, w := range []struct {
					to io.Writer
					n  int
				}{{channel, tt.out}, {channel.Stderr(), tt.errs}} {
					for piece := bytes.Repeat([]byte("x"), 1000); w.n > 0; w.n -= len(piece) {
						if _, err := w.to.Write(piece[:min(w.n, len(piece))]); err != nil {
							return -1
						}
					}
				}
				return 0
			}
			got, err := c.Run(t.Context(), "show", nil)
			if tt.fails {
				checkError(t, err, "does not stop")
			} else if err != nil || len(got.Stdout) != min(tt.out, limit) || len(got.Stderr) != min(tt.errs, limit) || got.Status != 0 {
				t.Errorf("%d and %d octets, status %d, %v", len(got.Stdout), len(got.Stderr), got.Status, err)
			}
			if got.Truncated != tt.truncated || len(got.Stdout) > limit || cap(got.Stdout) > 2*limit || len(got.Stderr) > limit {
				t.Errorf("truncated %t, %d and %d octets", got.Truncated, len(got.Stdout), len(got.Stderr))
			}
		})
	}
}

// TestChannels has a host that does not do what it is asked.
func TestChannels(t *testing.T) {
	t.Run("refuses to open", func(t *testing.T) {
		s := newServer(t, nil)
		s.open = func(n ssh.NewChannel) bool { n.Reject(ssh.ResourceShortage, "no more"+escapes); return true }
		_, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
		checkError(t, err, "resource shortage: no more", "MaxSessions")
	})
	t.Run("does not open", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, nil)
			s.open = func(ssh.NewChannel) bool { return true }
			c := connect(t, s, Options{})
			for range maxChannels + 2 { // also when all that may be are waiting
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				_, err := c.Run(ctx, "true", nil)
				cancel()
				checkError(t, err, "it did not end within 1m0s")
			}
		})
	})
	t.Run("refuses to run", func(t *testing.T) {
		s := newServer(t, nil)
		s.open = func(n ssh.NewChannel) bool {
			_, requests, err := n.Accept()
			if err == nil {
				s.running.Go(func() { ssh.DiscardRequests(requests) })
			}
			return true
		}
		_, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
		checkError(t, err, "refuses to run")
	})
	t.Run("ends without a status", func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int { io.WriteString(channel, "half"); return -1 }
		got, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
		if checkError(t, err, "without an exit status"); !errors.Is(err, ErrLost) || string(got.Stdout) != "half" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("is gone after the status, before the last of the output", func(t *testing.T) {
		for range 100 {
			s := newServer(t, nil)
			s.exec = func(_ string, channel ssh.Channel) int {
				io.WriteString(channel, "half")
				channel.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
				s.drop()
				return -1
			}
			_, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
			if checkError(t, err, "the connection was lost"); !errors.Is(err, ErrLost) {
				t.Fatal(err)
			}
		}
	})
	t.Run("is killed", func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int {
			channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
				Signal     string
				Core       bool
				Text, Lang string
			}{"KILL", false, escapes, ""}))
			return -1
		}
		got, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
		if err != nil || got.Status != 137 || got.Signal != "KILL" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("a script that cannot be read", func(t *testing.T) {
		s := newServer(t, nil)
		clean := make(chan bool, 1)
		s.exec = func(_ string, channel ssh.Channel) int {
			script, _ := io.ReadAll(channel)
			clean <- bytes.HasSuffix(script, []byte("commit\n"))
			return 0
		}
		broken := errors.New("broken")
		_, err := connect(t, s, Options{}).Run(t.Context(), "vbash -s", io.MultiReader(strings.NewReader("set\n"), errorReader{broken}))
		if checkError(t, err, "read what to send: broken"); !errors.Is(err, broken) || <-clean {
			t.Error(err)
		}
	})
	t.Run("asks for channels and more, without end", func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int {
			io.Copy(channel, channel)
			return 0
		}
		c := connect(t, s, Options{})
		stop := make(chan struct{})
		for range 4 {
			s.running.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					client := s.client()
					if client == nil { // the server is a little behind
						continue
					}
					if _, _, err := client.OpenChannel("x11"+escapes, nil); err == nil {
						t.Error("the channel was opened")
					}
					client.SendRequest("tcpip-forward", true, []byte(escapes))
				}
			})
		}
		script := strings.Repeat("set\n", 1<<18)
		got, err := c.Run(t.Context(), "vbash -s", strings.NewReader(script))
		close(stop)
		if err != nil || string(got.Stdout) != script {
			t.Errorf("%d octets, %v", len(got.Stdout), err)
		}
	})
	t.Run("reads nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, nil)
			block := make(chan struct{})
			s.exec = func(string, ssh.Channel) int { <-block; return 0 }
			c := connect(t, s, Options{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := c.Run(ctx, "vbash -s", strings.NewReader(strings.Repeat("x", 16<<20)))
			checkError(t, err, "it did not end within 1m0s")
			began := time.Now()
			s.freeze() // so that not even the end of the channel is answered
			if err := c.Close(); err != nil || time.Since(began) != 0 {
				t.Errorf("%v after %s", err, time.Since(began))
			}
			close(block)
		})
	})
	t.Run("changes keys all the time", func(t *testing.T) {
		s := newServer(t, nil)
		s.config.RekeyThreshold = 16 << 10
		script := strings.Repeat("set\n", 1<<17)
		got, err := connect(t, s, Options{}).Run(t.Context(), "vbash -s", strings.NewReader(script))
		if err != nil || string(got.Stdout) != "vbash -s: "+script {
			t.Errorf("%d octets, %v", len(got.Stdout), err)
		}
	})
	t.Run("ends the connection with words", func(t *testing.T) {
		c := connect(t, newServer(t, nil), Options{})
		c.lose(ended(errors.New("disconnect, reason 2: " + escapes)))
		_, err := c.Run(t.Context(), "true", nil)
		checkError(t, err, `the connection was lost: disconnect, reason 2: \x1b[2J`)
	})
	t.Run("floods", func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int {
			for range 5000 {
				channel.SendRequest("window-change"+escapes, false, nil)
			}
			io.WriteString(channel, "done")
			return 0
		}
		got, err := connect(t, s, Options{}).Run(t.Context(), "true", nil)
		if err != nil || string(got.Stdout) != "done" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestClose closes a connection with commands under way.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		s.exec = func(_ string, channel ssh.Channel) int { io.Copy(io.Discard, channel); return -1 }
		c := connect(t, s, Options{})
		errs := make(chan error)
		for range maxChannels + 3 {
			go func() {
				_, err := c.Run(t.Context(), "vbash -s", strings.NewReader(strings.Repeat("x", 1<<20)))
				errs <- err
			}()
		}
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		for range maxChannels + 3 {
			if err := <-errs; !errors.Is(err, ErrLost) {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil { // again
			t.Error(err)
		}
	})
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// TestRun sends a script and takes what comes back.
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
