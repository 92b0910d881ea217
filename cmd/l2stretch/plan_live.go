package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
)

// readLive asks all gateways that no file speaks for what they run.
func (c *comparison) readLive(ctx context.Context) error {
	var nodes []*ir.Node
	for _, n := range c.now.fabric.Nodes {
		if c.running[n.Name] == nil {
			nodes = append(nodes, n)
		}
	}
	ways, err := c.a.waysTo(ctx, c.now, nodes, c.g)
	if err != nil {
		return err
	}
	all, err := c.a.ask(ctx, nodes, ways, c.run.parallel, c.g)
	if err != nil {
		return err
	}
	c.ways, c.read = ways, all
	found := make(map[string]string)
	for _, r := range all {
		name := r.node.Name
		c.running[name], c.from[name] = r.snapshot, "what "+ways.address(r.node)+" runs"
		found[name] = r.facts.Release
		c.diags = append(c.diags, ways.diagnostics(r.node)...)
		if notes := render.FactNotes(r.facts); len(notes) > 0 && !c.g.quiet {
			text := fmt.Sprintf("Note: gateway %s: %s. l2stretch apply would refuse it.", name, strings.Join(notes, "; "))
			fmt.Fprintln(c.a.stderr, render.Wrap(render.EscapeLine(text), c.a.err.style().Width))
		}
	}
	if c.now, err = c.a.settleReleases(c.now, found, c.g); err != nil {
		return err
	}
	if c.base != nil {
		c.base, err = c.a.settleReleases(c.base, found, c.g)
	}
	return err
}

// ask reads gateways, and fails when one of them cannot be read.
func (a *app) ask(ctx context.Context, nodes []*ir.Node, ways *ways, parallel int, g *globals) ([]reading, error) {
	all, err := a.askEach(ctx, nodes, ways, parallel, g, nil)
	if err != nil {
		return nil, err
	}
	return all, readingErrors(all)
}

// askEach reads gateways and shows on standard error how far that is.
func (a *app) askEach(ctx context.Context, nodes []*ir.Node, ways *ways, parallel int, g *globals, more further) ([]reading, error) {
	counter := &readingCounter{out: a.err.file, live: a.err.live(), what: "Reading", total: len(nodes)}
	note := counter.note
	if g.quiet {
		note = func(reading) {}
	} else {
		counter.begin()
	}
	all := readAll(ctx, nodes, ways.opener, parallel, more, note)
	if !g.quiet {
		counter.end()
	}
	return all, ctx.Err()
}
