package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// defaultParallel is how many gateways are spoken to at the same time.
const defaultParallel = 16

// readTimeout is how long reading one gateway may take, connection included.
const readTimeout = 2 * time.Minute

// A reading is what one gateway says of itself.
type reading struct {
	node     *ir.Node
	snapshot plan.Snapshot
	facts    plan.Facts
	err      error
}

// An opener opens a connection to a gateway for a run, or without one to look only.
type opener func(ctx context.Context, run string) (apply.Device, error)

// A further is what else is to be looked at on a gateway that has been read, by its place among the nodes.
type further func(ctx context.Context, d apply.Device, i int, facts plan.Facts) error

// readAll reads gateways, a number of them at a time, and reports each to note, one after the other. The readings are in
// the order of the nodes; what went wrong with one is in its reading. more may be nil.
func readAll(ctx context.Context, nodes []*ir.Node, open func(*ir.Node) opener, parallel int, more further, note func(reading)) []reading {
	out := make([]reading, len(nodes))
	next := make(chan int)
	var workers sync.WaitGroup
	var one sync.Mutex
	for range min(max(parallel, 1), len(nodes)) {
		workers.Go(func() {
			for i := range next {
				var look func(context.Context, apply.Device, plan.Facts) error
				if more != nil {
					look = func(ctx context.Context, d apply.Device, f plan.Facts) error { return more(ctx, d, i, f) }
				}
				out[i] = readOne(ctx, nodes[i], open(nodes[i]), look)
				one.Lock()
				note(out[i])
				one.Unlock()
			}
		})
	}
	for i := range nodes {
		next <- i
	}
	close(next)
	workers.Wait()
	return out
}

// readOne reads one gateway over a connection of its own.
func readOne(ctx context.Context, n *ir.Node, open opener, more func(context.Context, apply.Device, plan.Facts) error) (r reading) {
	r.node = n
	if r.err = ctx.Err(); r.err != nil {
		return r
	}
	ctx, cancel := context.WithTimeoutCause(ctx, readTimeout, fmt.Errorf("no answer within %s", readTimeout))
	defer cancel()
	d, err := open(ctx, "")
	if err != nil {
		r.err = err
		return r
	}
	defer func() { r.err = errors.Join(r.err, d.Close()) }()
	if r.snapshot, r.facts, r.err = d.Inspect(ctx); r.err == nil && more != nil {
		r.err = more(ctx, d, r.facts)
	}
	return r
}

// problemsShown is how many gateways with the same kind of trouble are told of one by one.
const problemsShown = 10

// readingErrors says which gateways could not be read, and why.
func readingErrors(all []reading) error {
	var lines []string
	for _, r := range all {
		if r.err != nil {
			text := r.err.Error()
			if !strings.HasPrefix(text, r.node.Name+":") {
				text = r.node.Name + ": " + text
			}
			lines = append(lines, "gateway "+text+refusalCode(r.err))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if n := len(lines) - problemsShown; n > 0 {
		lines = append(lines[:problemsShown], fmt.Sprintf("and %d more", n))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// refusalCode is the code of an error that is a refusal, as it stands behind a message and as help takes it.
func refusalCode(err error) string {
	var refusal *apply.Refusal
	if !errors.As(err, &refusal) {
		return ""
	}
	return " [" + string(refusal.Code) + "]"
}

// A readingCounter shows how many gateways have been read: one line that is drawn again on a terminal, one line
// altogether elsewhere.
type readingCounter struct {
	out   io.Writer
	live  bool
	what  string // as in "Reading"
	total int
	done  int
}

func (c *readingCounter) begin() {
	if c.live {
		c.draw("")
		return
	}
	fmt.Fprintf(c.out, "%s %s over SSH.\n", c.what, gateways(c.total))
}

func (c *readingCounter) note(r reading) {
	c.done++
	if c.live {
		c.draw(r.node.Name)
	}
}

func (c *readingCounter) draw(last string) {
	if last != "" {
		last = ": " + last
	}
	fmt.Fprintf(c.out, "\r\x1b[K%s %s over SSH, %d done%s", c.what, gateways(c.total), c.done, last)
}

func (c *readingCounter) end() {
	if c.live {
		fmt.Fprint(c.out, "\r\x1b[K")
	}
}

// gateways is a number of gateways in words.
func gateways(n int) string {
	if n == 1 {
		return "1 gateway"
	}
	return fmt.Sprintf("%d gateways", n)
}
