package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// A Result is what a command left.
type Result struct {
	Stdout, Stderr []byte // at most Options.MaxOutput octets each
	Truncated      bool   // there was more output, which was thrown away
	Status         int    // exit status; 128 plus the signal's number when a signal ended it; -1 when it is not known
	Signal         string // the signal that ended it, as in KILL; else empty
}

// commandLimit is how much of a command an error shows, in runes.
const commandLimit = 60

// Run runs a command in a channel of its own and waits for its end; stdin may be nil. A status other than 0 is no
// error. An error that wraps ErrLost says that the connection ended first; the command may go on.
//
// When ctx ends, the channel is closed and Run returns what there was until then, without waiting for the gateway.
// Reading stdin must not block, and its content must not change before Close.
func (c *Conn) Run(ctx context.Context, command string, stdin io.Reader) (Result, error) {
	op := printable(command, commandLimit)
	began := time.Now()
	stopped := func() error {
		if deadline, ok := ctx.Deadline(); ok && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%s: %s: it did not end within %s: %w", c.name, op, deadline.Sub(began).Round(time.Millisecond), context.Cause(ctx))
		}
		return fmt.Errorf("%s: %s: %w", c.name, op, context.Cause(ctx))
	}
	select {
	case <-c.done:
		return Result{Status: -1}, c.lost(op)
	default:
	}
	select {
	case c.slots <- struct{}{}:
	case <-c.done:
		return Result{Status: -1}, c.lost(op)
	case <-ctx.Done():
		return Result{Status: -1}, stopped()
	}
	if ctx.Err() != nil { // select takes either when both are possible
		<-c.slots
		return Result{Status: -1}, stopped()
	}
	s := &session{limit: c.opts.MaxOutput, status: -1}
	outcome := make(chan error, 1)
	gateway := c.hops[len(c.hops)-1]
	if !c.spawn(func() {
		defer func() { <-c.slots }()
		s.run(gateway.client, command, stdin, func(err error) {
			if err == nil {
				err = c.confirm(gateway.meter)
			}
			outcome <- err
		})
	}) {
		<-c.slots
		return Result{Status: -1}, c.lost(op)
	}
	select {
	case err := <-outcome:
		if errors.Is(err, errGone) {
			return s.result(), c.lost(op)
		} else if err != nil {
			return s.result(), fmt.Errorf("%s: %s: %w", c.name, op, err)
		}
		return s.result(), nil
	case <-ctx.Done():
		s.abandon()
		return s.result(), stopped()
	}
}

// confirm waits until it is clear that a channel ended by itself, and not with the connection. A gateway may send the
// exit status before the last of the output, which would then be missing.
func (c *Conn) confirm(m *meter) error {
	select {
	case <-m.alive():
		return nil
	case <-c.done:
		return errGone
	}
}

// errGone is that a channel ended before the command did.
var errGone = errors.New("the channel is gone")

// A session is one command in its channel.
type session struct {
	limit int

	mu             sync.Mutex
	channel        ssh.Channel
	abandoned      bool
	stdout, stderr []byte
	truncated      bool
	status         int
	signal         string
}

// result is what there is so far.
func (s *session) result() Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What is appended later lies behind the lengths that these have.
	return Result{Stdout: slices.Clip(s.stdout), Stderr: slices.Clip(s.stderr), Truncated: s.truncated, Status: s.status, Signal: s.signal}
}

// abandon ends the channel, or keeps one that is about to be opened from running anything.
func (s *session) abandon() {
	s.mu.Lock()
	channel := s.channel
	s.abandoned = true
	s.mu.Unlock()
	if channel != nil {
		channel.Close()
	}
}

// run opens the channel, reports what became of the command, and returns when nothing of it is left here.
func (s *session) run(client *ssh.Client, command string, stdin io.Reader, report func(error)) {
	channel, requests, err := client.OpenChannel("session", nil)
	var refused *ssh.OpenChannelError
	switch {
	case errors.As(err, &refused):
		report(fmt.Errorf("the gateway opens no further channel on this connection (%s: %s); its limits are MaxSessions of its sshd and what its user may do",
			refused.Reason, printable(refused.Message, errorLimit)))
		return
	case err != nil:
		report(errGone)
		return
	}
	defer channel.Close()
	s.mu.Lock()
	s.channel = channel
	abandoned := s.abandoned
	s.mu.Unlock()

	var working sync.WaitGroup
	defer working.Wait()
	over := make(chan struct{})
	working.Go(func() {
		defer close(over)
		s.listen(requests)
	})
	err = errGone
	if !abandoned {
		err = s.exec(channel, command, stdin, &working, over)
	}
	if err != nil {
		channel.Close()
	}
	report(err)
}

// exec runs the command and takes its output, until the gateway has closed the channel.
func (s *session) exec(channel ssh.Channel, command string, stdin io.Reader, working *sync.WaitGroup, over <-chan struct{}) error {
	ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{command}))
	if err != nil {
		return errGone
	} else if !ok {
		return errors.New("the gateway refuses to run a command; is the user one that may log in")
	}
	failed := make(chan error, 3)
	working.Go(func() { failed <- s.feed(channel, stdin) })
	working.Go(func() { failed <- s.collect(channel.Stderr(), &s.stderr) })
	working.Go(func() { failed <- s.collect(channel, &s.stdout) })
	for waiting := 3; waiting > 0; {
		select {
		case err := <-failed:
			if err != nil {
				return err
			}
			waiting--
		case <-over:
			// Nothing more comes, and what has come is read to its end; nobody reads what is still fed.
			over = nil
		}
	}
	if over != nil {
		<-over
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status < 0 {
		return errGone
	}
	return nil
}

// A sink remembers that writing failed.
type sink struct {
	ssh.Channel
	err error
}

func (w *sink) Write(b []byte) (int, error) {
	n, err := w.Channel.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}

// feed sends the script. That the command does not want all of it is its own business.
func (s *session) feed(channel ssh.Channel, stdin io.Reader) error {
	if stdin != nil {
		to := &sink{Channel: channel}
		if _, err := io.Copy(to, stdin); err != nil && to.err == nil {
			// The end of a script that was not sent whole must not look like its end.
			return fmt.Errorf("read what to send: %w", err)
		}
	}
	channel.CloseWrite()
	return nil
}

// collect reads one stream to its end.
func (s *session) collect(from io.Reader, to *[]byte) error {
	var kept, scratch []byte
	for dropped := 0; ; {
		room := scratch
		if len(kept) < s.limit {
			if len(kept) == cap(kept) {
				kept = slices.Grow(kept, max(len(kept), 4<<10))
			}
			room = kept[len(kept):min(cap(kept), s.limit)]
		} else if scratch == nil {
			scratch = make([]byte, 32<<10)
			room = scratch
		}
		n, err := from.Read(room)
		s.mu.Lock()
		if len(kept) < s.limit {
			kept = kept[:len(kept)+n]
			*to = kept
		} else if dropped += n; n > 0 {
			s.truncated = true
		}
		s.mu.Unlock()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errGone
		case dropped > s.limit:
			return fmt.Errorf("it wrote more than %d octets and does not stop; the channel was closed", 2*s.limit)
		}
	}
}

// listen takes what the gateway says of the command besides its output, until the channel is closed.
func (s *session) listen(requests <-chan *ssh.Request) {
	for r := range requests {
		switch r.Type {
		case "exit-status":
			if len(r.Payload) == 4 {
				s.mu.Lock()
				s.status = int(binary.BigEndian.Uint32(r.Payload))
				s.mu.Unlock()
			}
		case "exit-signal":
			var p struct {
				Signal     string
				CoreDumped bool
				Message    string
				Language   string
			}
			if ssh.Unmarshal(r.Payload, &p) == nil {
				s.mu.Lock()
				s.status, s.signal = 128+signalNumber(p.Signal), printable(p.Signal, 20)
				s.mu.Unlock()
			}
		}
		r.Reply(false, nil) // nothing, unless one is wanted
	}
}

// signalNumber is that of a signal of RFC 4254, section 6.10, on Linux; 0 is unknown.
func signalNumber(name string) int {
	switch name {
	case "HUP":
		return 1
	case "INT":
		return 2
	case "QUIT":
		return 3
	case "ILL":
		return 4
	case "ABRT":
		return 6
	case "FPE":
		return 8
	case "KILL":
		return 9
	case "USR1":
		return 10
	case "SEGV":
		return 11
	case "USR2":
		return 12
	case "PIPE":
		return 13
	case "ALRM":
		return 14
	case "TERM":
		return 15
	}
	return 0
}
