// Package remotetest has what a test puts at the other end of a connection: a pipe in memory, and a genuine OpenSSH
// server. It is imported by tests and by simulated gateways.
package remotetest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeCapacity is what one direction of a pipe holds, in octets: about what the kernel gives a TCP connection.
const pipeCapacity = 256 << 10

// Pipe returns the two ends of a connection in memory. Unlike net.Pipe's, each direction has a buffer: both ends of
// an SSH connection write before they read. What was written before an end was closed can still be read from the
// other one. It works with deadlines and inside a testing/synctest bubble.
func Pipe() (net.Conn, net.Conn) {
	there, back := newStream(), newStream()
	return &end{in: back, out: there}, &end{in: there, out: back}
}

// An end is one end of a pipe.
type end struct{ in, out *stream }

func (e *end) Read(b []byte) (int, error)  { return e.in.read(b) }
func (e *end) Write(b []byte) (int, error) { return e.out.write(b) }

func (e *end) Close() error {
	e.in.abandon()
	e.out.finish()
	return nil
}

func (e *end) LocalAddr() net.Addr  { return address{} }
func (e *end) RemoteAddr() net.Addr { return address{} }

func (e *end) SetDeadline(t time.Time) error {
	e.in.setDeadline(&e.in.readBy, t)
	e.out.setDeadline(&e.out.writeBy, t)
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.in.setDeadline(&e.in.readBy, t)
	return nil
}

func (e *end) SetWriteDeadline(t time.Time) error {
	e.out.setDeadline(&e.out.writeBy, t)
	return nil
}

// An address is that of either end.
type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

// A stream is one direction of a pipe.
type stream struct {
	mu        sync.Mutex
	changed   sync.Cond // anything below
	buf       []byte    // a ring
	start, n  int       // n octets of buf from start wait to be read
	finished  bool      // the writer closed its end
	abandoned bool      // the reader closed its end
	readBy    deadline
	writeBy   deadline
}

func newStream() *stream {
	s := &stream{buf: make([]byte, 0)}
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.abandoned:
			return 0, net.ErrClosed
		case s.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case s.n > 0:
			n := copy(b, s.buf[s.start:min(s.start+s.n, len(s.buf))])
			n += copy(b[n:], s.buf[:max(0, s.start+s.n-len(s.buf))])
			s.start, s.n = (s.start+n)%len(s.buf), s.n-n
			s.changed.Broadcast()
			return n, nil
		case s.finished:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.finished:
			return written, net.ErrClosed
		case s.abandoned:
			return written, io.ErrClosedPipe
		case s.writeBy.passed:
			return written, os.ErrDeadlineExceeded
		}
		n := min(len(b), pipeCapacity-s.n)
		s.append(b[:n])
		b, written = b[n:], written+n
		if n > 0 {
			s.changed.Broadcast()
		}
		if len(b) == 0 {
			return written, nil
		}
		s.changed.Wait()
	}
}

// append puts octets into the ring, which grows so that a pipe that carries little costs little.
func (s *stream) append(b []byte) {
	if s.n+len(b) > len(s.buf) {
		grown := make([]byte, min(pipeCapacity, max(4096, 2*(s.n+len(b)))))
		n := copy(grown, s.buf[s.start:min(s.start+s.n, len(s.buf))])
		copy(grown[n:], s.buf[:s.n-n])
		s.buf, s.start = grown, 0
	}
	if len(b) == 0 {
		return
	}
	to := (s.start + s.n) % len(s.buf)
	n := copy(s.buf[to:], b)
	copy(s.buf, b[n:])
	s.n += len(b)
}

// finish is what the writer's close does: the reader gets what is left, and then the end.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = true
	s.changed.Broadcast()
}

// abandon is what the reader's close does.
func (s *stream) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned, s.buf, s.start, s.n = true, nil, 0, 0
	s.changed.Broadcast()
}

// A deadline is a time after which reads or writes fail.
type deadline struct {
	passed bool
	timer  *time.Timer
	set    int // how often it was set, so that an old timer is known
}

func (s *stream) setDeadline(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.set++
	d.passed = false
	if set, left := d.set, time.Until(t); t.IsZero() {
		// none
	} else if left <= 0 {
		d.passed = true
	} else {
		d.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if d.set == set {
				d.passed = true
				s.changed.Broadcast()
			}
		})
	}
	s.changed.Broadcast()
}
