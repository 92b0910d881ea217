package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// A statusRun is one run of status.
type statusRun struct {
	format    format
	preflight bool
	detailed  bool
	parallel  int
}

func newStatus(a *app, g *globals) *cobra.Command {
	var r statusRun
	cmd := &cobra.Command{
		Use:   "status [PATH] [flags]",
		Short: "Show health and drift of every gateway",
		Long: "Ask every gateway how it is: whether it runs what the specification says, and whether tunnels and stretches work. Nothing is changed. `l2stretch help status` says how to read " +
			"it; --verbose lists what was measured.",
		Example: "  l2stretch status\n  l2stretch status --verbose\n  l2stretch status --preflight\n  l2stretch status --json --detailed-exitcode",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.usable(specPath(args), g)
			if err != nil {
				return err
			}
			if r.preflight {
				return a.preflight(cmd.Context(), s, specPath(args), g, &r)
			}
			return a.status(cmd.Context(), s, specPath(args), g, &r)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&r.preflight, "preflight", false, "show what apply would refuse")
	flags.BoolVar(&r.detailed, "detailed-exitcode", false, "end with 2 when something does not work or differs")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "ask `N` gateways at a time")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

func (a *app) status(ctx context.Context, s *specification, path string, g *globals, r *statusRun) error {
	nodes := s.fabric.Nodes
	ways, err := a.waysTo(ctx, s, nodes, g)
	if err != nil {
		return err
	}
	c := &comparison{a: a, g: g, run: &planRun{parallel: r.parallel}, path: path, now: s, backends: backendsOnce(), ways: ways}
	looks := make([]looked, len(nodes))
	all, err := a.askEach(ctx, nodes, ways, r.parallel, g, func(ctx context.Context, d apply.Device, i int, facts plan.Facts) error {
		n := withRelease(nodes[i], facts.Release)
		var err error
		looks[i], err = lookAt(ctx, d, c.backends[n.Platform].Checks(n, nil))
		return err
	})
	if err != nil {
		return err
	}
	st, err := a.statusOf(ctx, c, all)
	if err != nil {
		return err
	}
	var checks []plan.Check
	var findings []plan.Finding
	for i, l := range looks {
		l.withoutNew(st.Gateways[i].Headlines)
		l.withoutHeld(c.now, st.Gateways)
		checks, findings = append(checks, l.checks...), append(findings, l.findings...)
	}
	st.Verdict = plan.Judge(checks, plan.Together(checks, findings))
	if st.Unfinished, err = a.unfinished(s.fabric.Name); err != nil {
		return err
	}
	if r.format.value == "json" {
		err = render.JSON(a.stdout, render.NewStatusDocument(envelope("status"), st))
	} else {
		err = render.StatusText(a.stdout, st, g.verbose, a.out.style())
	}
	if err == nil && r.detailed && !st.Well() {
		return &exit{code: exitChanges}
	}
	return err
}

// looked is what checks of one gateway saw.
type looked struct {
	checks   []plan.Check
	findings []plan.Finding
}

// withoutNew marks what was looked for in vain, since an apply has yet to put it on the gateway.
func (l looked) withoutNew(hs []plan.Headline) {
	for i, c := range l.checks {
		missing := slices.ContainsFunc(hs, func(h plan.Headline) bool { return h.Object == c.Object && h.Mark == plan.Added })
		if missing && l.findings[i].State != plan.Passed {
			l.findings[i] = plan.Finding{State: plan.Absent, Why: c.Object + " is not on " + c.Node + " yet. l2stretch apply puts it there."}
		}
	}
}

// withoutHeld marks what does not work since somebody has paused or drained it, on whichever gateway: what is down on one
// end is silent on the other.
func (l looked) withoutHeld(s *specification, all []render.GatewayStatus) {
	on := make(map[string][]string) // gateways by object
	for _, gw := range all {
		for _, o := range gw.Held {
			on[o] = append(on[o], gw.Node)
		}
	}
	if len(on) == 0 {
		return
	}
	for i, c := range l.checks {
		state := l.findings[i].State
		object := s.holds(c.Object, func(o string) bool { return on[o] != nil })
		if object == "" || state == plan.Passed || state == plan.Absent {
			continue
		}
		what := "paused on %s. l2stretch resume %s takes that back."
		if strings.HasPrefix(object, "tunnel ") {
			what = "drained on %s. l2stretch resume tunnel.%s takes that back."
		}
		l.findings[i] = plan.Finding{State: plan.Paused, Measured: l.findings[i].Measured, Why: object + " is " + fmt.Sprintf(what, strings.Join(on[object], ", "), objectName(object))}
	}
}

// holds finds what keeps an object from working: itself, or for a stretch one of its tunnels.
func (s *specification) holds(object string, held func(string) bool) string {
	if held(object) {
		return object
	}
	for _, st := range s.fabric.Stretches {
		if "stretch "+st.Name != object {
			continue
		}
		for _, t := range st.Tunnels {
			if o := "tunnel " + t.Name; held(o) {
				return o
			}
		}
	}
	return ""
}

// How often, and how long apart, a check is looked at that may still come.
const (
	statusLooks = 3
	statusPause = 2 * time.Second
)

// lookAt carries out the checks that change nothing and are no condition of a change.
func lookAt(ctx context.Context, d apply.Device, checks []plan.Check) (looked, error) {
	out := looked{checks: slices.DeleteFunc(slices.Clone(checks), func(c plan.Check) bool { return c.Before || c.Asked })}
	out.findings = make([]plan.Finding, len(out.checks))
	left := make([]int, len(out.checks))
	for i := range left {
		left[i] = i
	}
	for n := range statusLooks {
		again := make([]plan.Check, len(left))
		for k, i := range left {
			again[k] = out.checks[i]
		}
		found, err := apply.Look(ctx, d, again)
		if err != nil {
			return looked{}, err
		}
		var waiting []int
		held := false // what is out of service does not come by waiting, nor what depends on it
		for k, i := range left {
			if out.findings[i] = found[k]; found[k].State == plan.Waiting {
				waiting = append(waiting, i)
			}
			held = held || found[k].State == plan.Paused
		}
		if left = waiting; len(left) == 0 || held || n == statusLooks-1 {
			break
		}
		select {
		case <-time.After(statusPause):
		case <-ctx.Done():
			return looked{}, context.Cause(ctx)
		}
	}
	return out, nil
}

// statusOf compares what gateways run with the specification; one that could not be read or compared says why.
func (a *app) statusOf(ctx context.Context, c *comparison, all []reading) (*render.Status, error) {
	c.running, c.from = make(map[string]plan.Snapshot), make(map[string]string)
	found, failed := make(map[string]string), make(map[string]string)
	for _, r := range all {
		name := r.node.Name
		switch {
		case r.err != nil:
			failed[name] = r.err.Error()
		case r.facts.Release != r.node.Release && !r.node.Assumed:
			failed[name] = fmt.Sprintf("it runs VyOS %s, and the specification says release = %q: they are not compared", r.facts.Release, r.node.Release)
		default:
			c.running[name], found[name] = r.snapshot, r.facts.Release
		}
	}
	var err error
	if c.now, err = a.settleReleases(c.now, found, c.g); err != nil {
		return nil, err
	}
	st := &render.Status{Spec: c.now.fabric.Name}
	secret := c.secrets(ctx)
	for i, n := range c.now.fabric.Nodes {
		gw := render.GatewayStatus{Node: n.Name, Address: c.ways.address(n), Facts: all[i].facts, Error: failed[n.Name]}
		if c.running[n.Name] != nil {
			if err := c.drift(n, &gw, secret); err != nil {
				return nil, err
			}
		}
		st.Gateways = append(st.Gateways, gw)
	}
	return st, nil
}

// drift says what an apply would change on a gateway.
func (c *comparison) drift(n *ir.Node, gw *render.GatewayStatus, secret func(string) ([]byte, bool)) error {
	before := len(c.diags)
	g, err := c.gateway(compiler.Turn{Node: n}, secret)
	if err != nil {
		return err
	}
	for _, d := range c.diags[before:] {
		if d.Severity == hcl.DiagError {
			gw.Problems++
		}
	}
	gw.Compared, gw.Drift, gw.Headlines, gw.Held = true, plan.Summarize(g.Plan), g.Plan.Headlines, held(g.Plan)
	return nil
}

// unfinished lists the runs of a specification that nobody saw the end of. One that is under way is none.
func (a *app) unfinished(spec string) (_ []render.UnfinishedRun, err error) {
	j, err := a.journal()
	if err != nil {
		return nil, err
	}
	unlock, err := j.Lock(spec)
	if refusal := (*apply.Refusal)(nil); errors.As(err, &refusal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	records, err := j.Unfinished(spec)
	if err != nil {
		return nil, err
	}
	var out []render.UnfinishedRun
	for _, r := range records {
		out = append(out, render.UnfinishedRun{Run: r.Run, Command: r.Command, Started: r.Started, Nodes: recordedNodes(r)})
	}
	return out, nil
}

// recordedNodes are the gateways of a run, sorted.
func recordedNodes(r *apply.Record) []string {
	var out []string
	for _, n := range r.Nodes {
		out = append(out, n.Plan.Node)
	}
	slices.Sort(out)
	return out
}
