package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// A change is what a command wants to do to gateways, ready to be shown, approved and carried out.
type change struct {
	command  string // as in apply
	of       string // the run that it takes back; empty: none
	now      *specification
	nodes    []*ir.Node
	ways     *ways
	running  map[string]plan.Snapshot // that the plans start from, by gateway
	backends map[ir.Platform]compiler.Backend
	review   *render.Review
	saved    *plan.Saved
	question string                // instead of that for a change of configurations
	notes    []string              // below the preview
	idle     string                // what to say when there is nothing to do, instead of the review's verdict
	text     string                // the preview, instead of the review
	done     string                // what was done, instead of how many gateways were changed
	settles  bool                  // taking everything back is what was asked for
	holds    func(plan.Check) bool // which checks have to hold afterwards; nil: all
}

// settled opens the journal and keeps others from changing the same specification's gateways meanwhile. A run that
// was killed has to be dealt with before anything else begins.
func (a *app) settled(spec string, f func(*apply.Journal) error) (err error) {
	return a.locked(spec, func(j *apply.Journal) error {
		unfinished, err := j.Unfinished(spec)
		if err != nil {
			return err
		}
		if len(unfinished) > 0 {
			return unfinishedError(unfinished)
		}
		return f(j)
	})
}

// locked opens the journal and keeps others from changing the same specification's gateways meanwhile.
func (a *app) locked(spec string, f func(*apply.Journal) error) (err error) {
	j, err := a.journal()
	if err != nil {
		return err
	}
	unlock, err := j.Lock(spec)
	if err != nil {
		return err
	}
	defer func() {
		if unlockErr := unlock(); unlockErr != nil {
			err = errors.Join(err, unlockErr)
		}
	}()
	return f(j)
}

func (a *app) journal() (*apply.Journal, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	return apply.OpenJournal(dir)
}

// unfinishedError says what to do about runs that nobody saw the end of.
func unfinishedError(rs []*apply.Record) error {
	r := rs[0]
	return &usageError{
		err: apply.Refuse(apply.CodeUnfinished, "", "Run %s (%s of %s) did not come to its end, and what it left on %s is not known.",
			r.Run, r.Command, r.Started.Local().Format(time.DateTime), strings.Join(recordedNodes(r), ", ")),
		hint: fmt.Sprintf("Type `l2stretch rollback %s`: it asks the gateways and takes back what is left of the run. See l2stretch help recovery.", r.Run),
	}
}

// carryOut shows a change, asks, and carries it out as a transaction. The caller holds the journal's lock.
func (a *app) carryOut(ctx context.Context, c *change, j *apply.Journal, g *globals, r *applyRun) error {
	if err := r.guards(c.review); err != nil {
		return err
	}
	if err := r.skipsAt(c.now.fabric.Nodes); err != nil {
		return err
	}
	text := r.format.value == "text"
	if text {
		if err := a.preview(c, g); err != nil {
			return err
		}
	}
	run, err := apply.NewRun(time.Now(), c.now.fabric.Name, rand.Reader)
	if err != nil {
		return err
	}
	targets := c.targets(run, r)
	if len(targets) == 0 {
		if !text {
			return a.jsonLines(render.Event{Time: time.Now(), Run: run, Phase: "end", Event: "nothing-to-do", Detail: cmp.Or(c.idle, c.review.Verdict())})
		}
		return nil
	}
	if err := c.resolveSecrets(ctx); err != nil {
		return err
	}
	record, err := forJournal(c.saved)
	if err != nil {
		return err
	}
	tx := &apply.Transaction{Run: run, Spec: c.now.fabric.Name, Command: c.command, Of: c.of, Saved: record, Targets: targets}
	if text && !r.autoApprove {
		if err := a.approved(ctx, c, tx, r); err != nil {
			return err
		}
	}
	w := a.watch(targets, g, r)
	began := time.Now()
	outcome, err := apply.Run(ctx, tx, j, apply.Options{
		ConfirmTimeout: r.confirm, CheckTimeout: r.check, Soak: r.soak, SkipCheck: r.skip, Parallel: r.parallel, Waves: r.waves, NoSave: r.noSave,
		Abandon: w.abandon, Events: w.note,
	})
	err = errors.Join(err, w.close())
	return a.conclude(c, outcome, time.Since(began), err, r)
}

// approved asks for approval, unless what is asked for would be refused anyway.
func (a *app) approved(ctx context.Context, c *change, tx *apply.Transaction, r *applyRun) error {
	changing := *tx
	changing.Targets = slices.DeleteFunc(slices.Clone(tx.Targets), func(t apply.Target) bool { return t.Plan.Empty() })
	began := time.Now()
	refusals, err := apply.Preflight(ctx, &changing, apply.Options{SkipCheck: r.skip, Parallel: r.parallel})
	if err != nil {
		return err
	}
	if len(refusals) > 0 {
		return a.conclude(c, &apply.Outcome{Run: tx.Run, Refusals: refusals}, time.Since(began), nil, r)
	}
	return a.approve(ctx, c.asks(tx.Targets))
}

// preview shows what is going to be done.
func (a *app) preview(c *change, g *globals) error {
	if c.text != "" {
		fmt.Fprintln(a.stdout, c.text)
		return a.stdout.Flush()
	}
	if c.idle != "" && !c.review.Changed() && len(c.plansWithOperations()) == 0 {
		fmt.Fprintln(a.stdout, c.idle)
		return a.stdout.Flush()
	}
	if err := render.ReviewText(a.stdout, c.review, a.out.style()); err != nil {
		return err
	}
	for _, n := range c.notes {
		fmt.Fprintf(a.stdout, "\n%s\n", render.Wrap(n, a.out.style().Width))
	}
	return a.stdout.Flush()
}

func (c *change) plansWithOperations() []*plan.Plan {
	var out []*plan.Plan
	for _, gw := range c.review.Gateways {
		if len(gw.Plan.Operations) > 0 {
			out = append(out, gw.Plan)
		}
	}
	return out
}

// asks is the question before a change.
func (c *change) asks(targets []apply.Target) string {
	if c.question != "" {
		return c.question
	}
	changing := 0
	for _, t := range targets {
		if !t.Plan.Empty() {
			changing++
		}
	}
	return fmt.Sprintf("This changes %s. If anything fails, all of them are taken back to what they run now.", gateways(changing))
}

// targets are the gateways of a run, in the order in which they are changed.
func (c *change) targets(run string, r *applyRun) []apply.Target {
	plans := make(map[string]*plan.Plan)
	for _, gw := range c.review.Gateways {
		plans[gw.Plan.Node] = gw.Plan
	}
	numbers := components(c.now.fabric, plans)
	var out []apply.Target
	for _, gw := range c.review.Gateways {
		if number := numbers[gw.Plan.Node]; number > 0 {
			out = append(out, c.target(gw.Plan, number, run, r))
		}
	}
	return out
}

func (c *change) target(p *plan.Plan, component int, run string, r *applyRun) apply.Target {
	n := c.node(p.Node)
	open := c.ways.opener(n)
	return apply.Target{
		Plan: p, Before: c.running[p.Node], Component: component, InBand: n.SSH.InBand, Checks: c.checks(n, p, r),
		Open: func(ctx context.Context) (apply.Device, error) { return open(ctx, run) },
	}
}

func (c *change) node(name string) *ir.Node {
	i := slices.IndexFunc(c.nodes, func(n *ir.Node) bool { return n.Name == name })
	return c.nodes[i] // a plan is of a node
}

// checks are what is looked at on a gateway, without what has to be asked for and was not.
func (c *change) checks(n *ir.Node, p *plan.Plan, r *applyRun) []plan.Check {
	return slices.DeleteFunc(c.backends[n.Platform].Checks(n, p), func(k plan.Check) bool {
		return k.Asked && !r.rekey || c.holds != nil && !c.holds(k)
	})
}

// resolveSecrets reads all secrets that the change needs, so that a missing one is said before anything is touched.
func (c *change) resolveSecrets(ctx context.Context) error {
	var names []string
	for _, gw := range c.review.Gateways {
		for _, s := range gw.Plan.Steps() {
			if name, ok := strings.CutPrefix(s.Value, "secret:"); ok && s.Secret && name != "device" {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var errs []error
	for _, name := range slices.Compact(names) {
		if _, err := c.ways.keys.get(ctx, name); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return &usageError{err: errors.Join(errs...), hint: "Nothing was changed. `l2stretch help secrets` says where secrets come from."}
	}
	return nil
}
