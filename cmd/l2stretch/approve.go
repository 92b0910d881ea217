package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/l2stretch/l2stretch/render"
)

// errDeclined ends a command whose question was not answered with yes.
var errDeclined = errors.New("not approved: nothing was changed")

// canAsk refuses to begin what needs an answer when nobody can give one.
func (a *app) canAsk(r *applyRun) error {
	switch {
	case r.autoApprove:
		return nil
	case r.format.value == "json":
		return usagef("--json leaves out the plan and the question: it needs --auto-approve")
	case a.interactive():
		return nil
	}
	return &usageError{
		err:  errors.New("there is no terminal to ask for approval"),
		hint: "Nothing was changed. Run it on a terminal, or with --auto-approve when the plan has been reviewed.",
	}
}

// interactive reports whether a question can be shown and answered.
func (a *app) interactive() bool {
	in, ok := a.stdin.(*os.File)
	return ok && term.IsTerminal(int(in.Fd())) && (a.err.is() || a.out.is())
}

// approve asks a question; anything but yes is errDeclined.
func (a *app) approve(ctx context.Context, question string) error {
	if err := a.stdout.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "\n%s\nType yes to go on: ", render.Wrap(question, a.err.style().Width))
	answer, err := a.readLine(ctx)
	if err != nil {
		fmt.Fprintln(a.stderr)
		if errors.Is(err, io.EOF) {
			return errDeclined
		}
		return err
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return errDeclined
	}
	return nil
}

// readLine reads a line from standard input until the context ends. Reading a terminal cannot be interrupted, so after
// that the line that comes next is lost; the process is about to end then.
func (a *app) readLine(ctx context.Context) (string, error) {
	type reading struct {
		line string
		err  error
	}
	done := make(chan reading, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, 256)).ReadString('\n')
		done <- reading{line, err}
	}()
	select {
	case r := <-done:
		if r.line != "" && errors.Is(r.err, io.EOF) {
			r.err = nil
		}
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
