package remote

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// maxComplaint is how much of a ProxyCommand's standard error is kept, in octets.
const maxComplaint = 4 << 10

// lastWords is how long a program that has closed its end may take to say why.
const lastWords = time.Second

// A proxy is a connection through a program. It has no deadlines; it is closed instead.
type proxy struct {
	io.WriteCloser // its standard input
	stdout         io.ReadCloser
	cmd            *exec.Cmd
	complaint      complaint
	ended          sync.Once
	err            error
}

func newProxy(cmd *exec.Cmd) (*proxy, error) {
	p := &proxy{cmd: cmd}
	var err error
	if p.WriteCloser, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	cmd.Stderr = &p.complaint
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	return p, nil
}

func (p *proxy) Read(b []byte) (int, error) {
	n, err := p.stdout.Read(b)
	return n, p.explain(err)
}

func (p *proxy) Write(b []byte) (int, error) {
	n, err := p.WriteCloser.Write(b)
	return n, p.explain(err)
}

// explain adds to an error what the program says.
func (p *proxy) explain(err error) error {
	if err == nil {
		return nil
	}
	p.end(lastWords)
	if text := p.complaint.String(); text != "" {
		err = fmt.Errorf("ProxyCommand: %w: it says %s", err, printable(text, errorLimit))
	}
	return err
}

// end waits for the program to end, and makes it.
func (p *proxy) end(patience time.Duration) {
	p.ended.Do(func() {
		p.WriteCloser.Close()
		timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
		defer timer.Stop()
		p.err = p.cmd.Wait()
	})
}

// Close ends the program.
func (p *proxy) Close() error {
	p.end(0)
	var killed *exec.ExitError
	if errors.As(p.err, &killed) || errors.Is(p.err, exec.ErrWaitDelay) {
		return nil
	}
	return p.err
}

func (p *proxy) LocalAddr() net.Addr              { return proxyAddr{} }
func (p *proxy) RemoteAddr() net.Addr             { return proxyAddr{} }
func (p *proxy) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (p *proxy) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (p *proxy) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }

// A proxyAddr is the address of either end.
type proxyAddr struct{}

func (proxyAddr) Network() string { return "command" }
func (proxyAddr) String() string  { return "ProxyCommand" }

// A complaint is the beginning of what a program writes to its standard error.
type complaint struct {
	mu   sync.Mutex
	text []byte
}

func (c *complaint) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = append(c.text, b[:min(len(b), maxComplaint-len(c.text))]...)
	return len(b), nil
}

func (c *complaint) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.TrimSpace(string(c.text))
}
