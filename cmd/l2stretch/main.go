// Command l2stretch turns a description of a Layer 2 stretch into the configuration of its gateways. It
// is the only place where files are named, secrets are resolved, parts are wired together and errors
// become exit codes.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/l2stretch/l2stretch/render"
)

// How memory is looked after. A run is short, and what it holds goes with it: letting the heap grow to eleven times
// what is in use before garbage is collected, and to 40 MiB before that happens at all, saves a fifth of the time, at some
// tens of megabytes for a thousand stretches. Where that would be much, close to the limit, it is collected as often as
// needed.
const (
	collectAt   = 1000    // percent of what is in use
	memoryLimit = 1 << 30 // octets; not a hard one
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// An app is one run of the command: its streams, and how it writes to people.
type app struct {
	args   []string // as rewritten by longFlags
	stdin  io.Reader
	stdout *bufio.Writer
	stderr io.Writer

	out, err terminal // what stdout and stderr lead to

	dial dialFunc // reaches gateways; nil is over TCP
}

// A dialFunc reaches a host, as net.Dialer.DialContext does.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// run carries out one command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr *os.File) int {
	return runWith(args, stdin, stdout, stderr, nil)
}

// runWith is run with another way to reach gateways; nil is over TCP.
func runWith(args []string, stdin io.Reader, stdout, stderr *os.File, dial dialFunc) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{
		stdin: stdin, stdout: bufio.NewWriter(stdout), stderr: stderr,
		out: terminal{file: stdout}, err: terminal{file: stderr}, dial: dial,
	}
	root := newRoot(a)
	a.args = longFlags(root, args)
	root.SetArgs(a.args)
	err := root.ExecuteContext(ctx)
	if flushErr := a.stdout.Flush(); flushErr != nil {
		err = errors.Join(err, fmt.Errorf("standard output: %w", flushErr))
	}
	return a.exitCode(ctx, err)
}

// An exit ends the command with a code. Without an error everything has been said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// The exit codes that commands end with; `help exit-codes` explains them.
const (
	exitError       = 1
	exitChanges     = 2
	exitInterrupted = 130
)

// errReported ends a command that has shown diagnostics.
var errReported error = &exit{code: exitError}

// A usageError is a command line that cannot be carried out; hint is a line of its own.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// exitCode says what went wrong, unless that was done, and returns the exit code.
func (a *app) exitCode(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	code, said := exitError, false
	var e *exit
	if errors.As(err, &e) {
		code, said = e.code, e.err == nil && err == error(e)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.stderr, "Interrupted.")
		return exitInterrupted
	}
	if !said {
		a.complain(err)
	}
	return code
}

func (a *app) complain(err error) {
	st := a.err.style()
	fmt.Fprintln(a.stderr, render.Complaint(err.Error()+refusalCode(err), st))
	var u *usageError
	if errors.As(err, &u) && u.hint != "" {
		fmt.Fprintln(a.stderr, "\n"+render.Wrap(render.Escape(u.hint), st.Width))
	}
}
