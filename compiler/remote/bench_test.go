package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// BenchmarkRun sends a script and reads it back: beside Run, the library's own session, which is the floor, and that to
// the same server over the same pipe.
func BenchmarkRun(b *testing.B) {
	s := newServer(b, nil)
	s.exec = func(_ string, channel ssh.Channel) int {
		io.Copy(io.Discard, channel)
		return 0
	}
	c := connect(b, s, Options{})
	client := c.hops[0].client
	for _, size := range []int{1 << 10, 1 << 20, 16 << 20} {
		script := bytes.Repeat([]byte("x"), size)
		b.Run(fmt.Sprintf("octets=%d/floor", size), func(b *testing.B) { benchmark(b, script, func() error { return bare(client, script) }) })
		b.Run(fmt.Sprintf("octets=%d/Run", size), func(b *testing.B) {
			benchmark(b, script, func() error {
				_, err := c.Run(context.Background(), "vbash -s", bytes.NewReader(script))
				return err
			})
		})
	}
}

// BenchmarkServer is the same with a genuine server.
func BenchmarkServer(b *testing.B) {
	s := remotetest.Start(b, remotetest.Options{})
	c, err := Dial(b.Context(), target(s), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	client := c.hops[0].client
	script := bytes.Repeat([]byte(": set interfaces\n"), 1<<20/17)
	b.Run("floor", func(b *testing.B) { benchmark(b, script, func() error { return bare(client, script) }) })
	b.Run("Run", func(b *testing.B) {
		benchmark(b, script, func() error {
			_, err := c.Run(context.Background(), "cat >/dev/null", bytes.NewReader(script))
			return err
		})
	})
}

func benchmark(b *testing.B, script []byte, run func() error) {
	b.SetBytes(int64(len(script)))
	b.ReportAllocs()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
}

// bare pipes a script to a command without anything of ours.
func bare(client *ssh.Client, script []byte) error {
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	session.Stdin = bytes.NewReader(script)
	return session.Run("cat >/dev/null")
}

// BenchmarkDial is a connection from the first octet to the log-in.
func BenchmarkDial(b *testing.B) {
	path, public := writeKey(b, b.TempDir(), nil)
	s := newServer(b, public)
	to := plainTarget(s)
	to.IdentityFile = path
	b.ReportAllocs()
	for b.Loop() {
		c, err := Dial(b.Context(), to, Options{Dial: s.dial})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
	s.running.Wait()
}
