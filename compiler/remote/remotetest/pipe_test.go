package remotetest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestPipeCarries sends more than a pipe holds, in pieces of all sizes, and reads it in others.
func TestPipeCarries(t *testing.T) {
	want := make([]byte, 5*pipeCapacity+12345)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range want {
		want[i] = byte(random.Uint32())
	}
	near, far := Pipe()
	go func() {
		pieces := rand.New(rand.NewPCG(3, 4))
		for rest := want; len(rest) > 0; {
			n := min(len(rest), pieces.IntN(3*pipeCapacity/2))
			if wrote, err := near.Write(rest[:n]); err != nil || wrote != n {
				t.Errorf("%d of %d octets written: %v", wrote, n, err)
				break
			}
			rest = rest[n:]
		}
		near.Close()
	}()
	var got bytes.Buffer
	for buf := make([]byte, pipeCapacity); ; {
		n, err := far.Read(buf[:1+random.IntN(len(buf)-1)])
		got.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d octets came out of %d, or others", got.Len(), len(want))
	}
}

func TestPipeBothWriteFirst(t *testing.T) {
	near, far := Pipe()
	for _, c := range []net.Conn{near, far} {
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []net.Conn{near, far} {
		b := make([]byte, 5)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
			t.Errorf("%q, %v", b, err)
		}
	}
}

func TestPipeClosed(t *testing.T) {
	near, far := Pipe()
	near.Write([]byte("last words"))
	near.Close()
	if got, err := io.ReadAll(far); err != nil || string(got) != "last words" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := far.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write to an end that nobody reads: %v", err)
	}
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read from a closed end: %v", err)
	}
	if _, err := near.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write to a closed end: %v", err)
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe()
		start := time.Now()
		near.SetReadDeadline(start.Add(time.Hour))
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		near.SetDeadline(time.Now().Add(time.Minute))
		if n, err := near.Write(make([]byte, pipeCapacity+1)); !errors.Is(err, os.ErrDeadlineExceeded) || n != pipeCapacity {
			t.Errorf("%d octets written: %v", n, err)
		}
		near.SetDeadline(time.Time{})
		far.Write([]byte("y"))
		if _, err := near.Read(make([]byte, 1)); err != nil {
			t.Errorf("after the deadline was taken away: %v", err)
		}
	})
}
