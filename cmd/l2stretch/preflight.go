package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// preflight shows what apply would refuse.
func (a *app) preflight(ctx context.Context, s *specification, path string, g *globals, r *statusRun) error {
	ways, err := a.waysTo(ctx, s, s.fabric.Nodes, g)
	if err != nil {
		return err
	}
	all, err := a.askEach(ctx, s.fabric.Nodes, ways, r.parallel, g, nil)
	if err != nil {
		return err
	}
	refusals, err := a.refusals(ctx, s, path, ways, all, g, r)
	if err != nil {
		return err
	}
	reports := make([]render.RefusalReport, len(refusals))
	for i, f := range refusals {
		reports[i] = refusalReport(f)
	}
	if r.format.value == "json" {
		err = render.JSON(a.stdout, render.NewPreflightDocument(envelope("status"), s.fabric.Name, reports))
	} else {
		err = render.PreflightText(a.stdout, reports, len(s.fabric.Nodes), a.out.style())
	}
	if err == nil && len(refusals) > 0 {
		return errReported
	}
	return err
}

func refusalReport(f apply.Refusal) render.RefusalReport {
	return render.RefusalReport{Code: string(f.Code), Node: f.Node, Summary: f.Summary, Detail: f.Detail}
}

// refusals are what apply would refuse: gateways that could not be read, contradictions, and what the transaction's own
// preflight finds on the others.
func (a *app) refusals(ctx context.Context, s *specification, path string, ways *ways, all []reading, g *globals, r *statusRun) ([]apply.Refusal, error) {
	c := &comparison{a: a, g: g, run: &planRun{parallel: r.parallel}, path: path, now: s, backends: backendsOnce(), ways: ways}
	c.running, c.from = make(map[string]plan.Snapshot), make(map[string]string)
	var out []apply.Refusal
	found := make(map[string]string)
	for _, x := range all {
		name := x.node.Name
		var refusal *apply.Refusal
		switch {
		case errors.As(x.err, &refusal):
			out = append(out, *refusal)
		case x.err != nil:
			out = append(out, *apply.Refuse(apply.CodeUnreadable, name, "%s.", x.err))
		case x.facts.Release != x.node.Release && !x.node.Assumed:
			out = append(out, *apply.Refuse(apply.CodeRelease, name, "It runs VyOS %s, and the specification says release = %q.", x.facts.Release, x.node.Release))
		default:
			c.running[name], found[name] = x.snapshot, x.facts.Release
		}
	}
	var err error
	if c.now, err = a.settleReleases(s, found, g); err != nil {
		return nil, err
	}
	review, err := c.review(ctx)
	if err != nil {
		return nil, err
	}
	if err := render.Diagnostics(a.stderr, review.Diags, review.Sources, a.err.style()); err != nil {
		return nil, err
	}
	run, err := apply.NewRun(time.Now(), s.fabric.Name, rand.Reader)
	if err != nil {
		return nil, err
	}
	flags := &applyRun{parallel: r.parallel}
	ch := &change{now: c.now, nodes: c.now.fabric.Nodes, ways: ways, running: c.running, backends: c.backends, review: review}
	tx := &apply.Transaction{Run: run, Spec: s.fabric.Name, Command: "status"}
	for _, gw := range review.Gateways {
		tx.Targets = append(tx.Targets, ch.target(gw.Plan, 1, run, flags))
	}
	more, err := apply.Preflight(ctx, tx, apply.Options{Parallel: r.parallel})
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	if unfinished, err := a.unfinished(s.fabric.Name); err != nil {
		return nil, err
	} else if len(unfinished) > 0 {
		u := unfinished[0]
		out = append(out, *apply.Refuse(apply.CodeUnfinished, "", "Run %s (%s of %s) did not come to its end. Type `l2stretch rollback %s`.", u.Run, u.Command, when(u.Started), u.Run))
	}
	slices.SortStableFunc(out, func(x, y apply.Refusal) int {
		return cmp.Or(strings.Compare(x.Node, y.Node), strings.Compare(string(x.Code), string(y.Code)))
	})
	return out, nil
}
