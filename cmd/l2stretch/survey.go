package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// A surveyor is a connection to a gateway that can look further than a transaction needs to.
type surveyor interface {
	LargestPacket(ctx context.Context, from, to netip.Addr, low, high int) (int, error)
	Survey(ctx context.Context, bridges []string, from map[string]string, address netip.Addr) (*session.Survey, error)
	Flush(ctx context.Context, ports ...string) error
	Capture(ctx context.Context, c session.Capture) ([]byte, error)
}

// visit connects to gateways, a number of them at a time, and has something done on each. What went wrong with one is at its
// place in the result; the error is about all of them.
func (a *app) visit(ctx context.Context, s *specification, nodes []*ir.Node, parallel int, g *globals, do func(ctx context.Context, i int, d surveyor) error) ([]error, error) {
	ways, err := a.waysTo(ctx, s, nodes, g)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(nodes))
	places := make(chan struct{}, max(1, parallel))
	var work sync.WaitGroup
	for i, n := range nodes {
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			errs[i] = visitOne(ctx, ways.opener(n), func(d surveyor) error { return do(ctx, i, d) })
		})
	}
	work.Wait()
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	failed := 0
	for i, err := range errs {
		if err == nil {
			continue
		}
		failed++
		if !g.quiet {
			fmt.Fprintf(a.stderr, "Gateway %s: %s\n", render.EscapeLine(nodes[i].Name), render.EscapeLine(err.Error()))
		}
	}
	if failed == len(nodes) && failed > 0 {
		return nil, errors.Join(errs...)
	}
	return errs, nil
}

func visitOne(ctx context.Context, open opener, do func(surveyor) error) (err error) {
	d, err := open(ctx, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sv, ok := d.(surveyor)
	if !ok {
		return errors.ErrUnsupported
	}
	return do(sv)
}

// nodesOf are the gateways of attachments, each once, in order.
func nodesOf(list []*ir.Attachment) []*ir.Node {
	var out []*ir.Node
	seen := make(map[*ir.Node]bool)
	for _, a := range list {
		if !seen[a.Node] {
			seen[a.Node] = true
			out = append(out, a.Node)
		}
	}
	return out
}
