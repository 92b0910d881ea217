package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// An applyRun is one run of apply, or of another command that changes gateways.
type applyRun struct {
	format       format
	autoApprove  bool
	confirm      time.Duration
	check        time.Duration
	soak         time.Duration
	guard        choice
	guardForeign choice
	skip         []string
	rekey        bool
	parallel     int
	wave         string
	noSave       bool
	adopt        []string

	waves []apply.Wave // of wave
}

func newApply(a *app, g *globals) *cobra.Command {
	var r applyRun
	cmd := &cobra.Command{
		Use:   "apply [PATH | PLAN] [flags]",
		Short: "Change all gateways, or none",
		Long: "Show what a specification changes on every gateway, ask, and carry it out on all of them: either all work afterwards, or all are as they were. With PLAN, a file of " +
			"`l2stretch plan --out`, exactly that plan. `l2stretch help apply` says what happens in which order, `l2stretch help recovery` what to type when it did not end well.",
		Example: "  l2stretch apply\n" +
			"  l2stretch apply dr.plan\n" +
			"  l2stretch apply --soak 2m --wave 1,10,100%\n" +
			"  l2stretch apply --auto-approve --json",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.complete(); err != nil {
				return err
			}
			if err := a.canAsk(&r); err != nil {
				return err
			}
			return a.apply(cmd.Context(), specPath(args), g, &r)
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&r.wave, "wave", "", "change so many independent parts first, then so many more: `N,N,P%`")
	cmd.Flags().StringArrayVar(&r.adopt, "adopt", nil, "take over what carries no mark of ours: `SITE/GW:PATH` (repeatable)")
	return cmd
}

// flags gives a command the flags of a transaction.
func (r *applyRun) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	r.guard = choice{value: "auto", allowed: []string{"auto", "timer", "native"}}
	r.guardForeign = choice{value: "merge", allowed: []string{"merge", "stop"}}
	flags.BoolVar(&r.autoApprove, "auto-approve", false, "do not ask")
	flags.DurationVar(&r.confirm, "confirm-timeout", plan.DefaultTimeout, "a gateway restores itself after `TIME` at the earliest")
	flags.Var(&r.guard, "guard", "what restores a gateway: `KIND` is auto, timer, or native (the release's commit-confirm, which reboots)")
	flags.Var(&r.guardForeign, "guard-foreign", "when somebody else commits in the meantime: `WHAT` is merge (take back only what is ours) or stop (leave all)")
	flags.DurationVar(&r.check, "check-timeout", apply.DefaultCheckTimeout, "everything has to work within `TIME`")
	flags.DurationVar(&r.soak, "soak", 0, "and has to go on working for `TIME`")
	flags.StringArrayVar(&r.skip, "skip-check", nil, "do not look at the check `NAME`, or NAME@SITE/GW on one gateway only (repeatable)")
	flags.BoolVar(&r.rekey, "check-rekey", false, "negotiate the keys of every tunnel once more")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "work on `N` gateways at a time")
	flags.BoolVar(&r.noSave, "no-save", false, "do not save: a reboot takes the change back")
	addFormat(cmd, &r.format, "text", "json")
	for name, words := range map[string][]string{"guard": r.guard.allowed, "guard-foreign": r.guardForeign.allowed, "skip-check": session.CheckNames()} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
	}
}

// complete checks the flags.
func (r *applyRun) complete() error {
	for _, d := range []struct {
		name  string
		value time.Duration
		least time.Duration
	}{{"confirm-timeout", r.confirm, time.Minute}, {"check-timeout", r.check, time.Second}, {"soak", r.soak, 0}} {
		if d.value < d.least || d.value > 24*time.Hour {
			return usagef("--%s is %s; it may be from %s to 24h", d.name, d.value, d.least)
		}
	}
	if r.parallel < 1 {
		return usagef("--parallel is %d; it has to be at least 1", r.parallel)
	}
	names := session.CheckNames()
	for _, skip := range r.skip {
		name, _, _ := strings.Cut(skip, "@")
		if !slices.Contains(names, name) {
			return usagef("--skip-check: there is no check %q%s", name, didYouMean(name, names))
		}
	}
	if r.wave != "" {
		var err error
		if r.waves, err = apply.ParseWaves(r.wave); err != nil {
			return usagef("--wave: %w", err)
		}
	}
	return nil
}

func (a *app) apply(ctx context.Context, path string, g *globals, r *applyRun) error {
	saved, err := readPlan(path)
	if err != nil {
		return err
	}
	if saved != nil {
		if path, err = followPlan(saved, path, g, r); err != nil {
			return err
		}
	}
	s, err := a.usable(path, g)
	if err != nil {
		return err
	}
	return a.settled(s.fabric.Name, func(j *apply.Journal) error {
		c := &comparison{a: a, g: g, run: &planRun{adopt: r.adopt, parallel: r.parallel}, path: path, now: s, backends: backendsOnce()}
		review, err := a.liveReview(ctx, c)
		if err != nil {
			return err
		}
		again := c.saved(review)
		if saved != nil {
			if err := a.stillFits(saved, again); err != nil {
				return err
			}
		}
		return a.carryOut(ctx, &change{
			command: "apply", now: c.now, nodes: c.now.fabric.Nodes, ways: c.ways, running: c.running, backends: c.backends, review: review, saved: again,
			notes: resumed(review),
		}, j, g, r)
	})
}

// resumed warns of what somebody has paused or drained, and the specification brings back.
func resumed(r *render.Review) []string {
	var objects []string
	for _, gw := range r.Gateways {
		for _, o := range held(gw.Plan) {
			if !slices.Contains(objects, o) {
				objects = append(objects, o)
			}
		}
	}
	var out []string
	for _, o := range objects {
		if strings.HasPrefix(o, "tunnel ") {
			out = append(out, fmt.Sprintf("Somebody has drained %s, and this brings it back. Until it is to come back, do not apply.", o))
			continue
		}
		out = append(out, fmt.Sprintf("Somebody has paused %s, and this brings it back. To keep a stretch paused, write paused = true.", o))
	}
	return out
}

// held lists the objects that somebody has paused or drained on a gateway, and that a plan brings back.
func held(p *plan.Plan) []string {
	var out []string
	for _, s := range p.Steps() {
		last := s.Path[len(s.Path)-1]
		if s.Op == plan.Delete && (last == "disable" || last == "shutdown") && !strings.HasPrefix(s.Object, "gateway ") && !slices.Contains(out, s.Object) {
			out = append(out, s.Object)
		}
	}
	return out
}

// liveReview plans against what the gateways run, and shows what that contradicts.
func (a *app) liveReview(ctx context.Context, c *comparison) (*render.Review, error) {
	c.running, c.from = make(map[string]plan.Snapshot), make(map[string]string)
	if err := c.readLive(ctx); err != nil {
		return nil, err
	}
	if err := c.readAdopt(); err != nil {
		return nil, err
	}
	review, err := c.review(ctx)
	if err != nil {
		return nil, err
	}
	return review, a.contradictions(review, c.g.strict)
}

// contradictions shows what the running configurations contradict; an error among it is errReported.
func (a *app) contradictions(r *render.Review, strict bool) error {
	if err := render.Diagnostics(a.stderr, r.Diags, r.Sources, a.err.style()); err != nil {
		return err
	}
	if r.Failed(strict) {
		fmt.Fprintf(a.stderr, "What runs contradicts the specification: %s.\n", render.Count(r.Diags))
		return errReported
	}
	return nil
}

// readPlan reads a saved plan; nil when the path is something else.
func readPlan(path string) (*plan.Saved, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(path, ".hcl") || strings.HasSuffix(path, ".hcl.json") {
		return nil, nil // it is a specification, or will be complained about as one
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	saved, err := plan.Load(data)
	if err != nil {
		return nil, &usageError{
			err:  fmt.Errorf("%s: %w", path, err),
			hint: "apply takes a specification (a directory, or a file that ends in .hcl) or what `l2stretch plan --out FILE` wrote.",
		}
	}
	return saved, nil
}

// followPlan makes apply read what a saved plan was made from, and returns the specification's path.
func followPlan(saved *plan.Saved, file string, g *globals, r *applyRun) (string, error) {
	if len(r.adopt) > 0 {
		return "", usagef("--adopt goes with plan: a saved plan has what it takes over")
	}
	if saved.Path == "-" {
		return "", fmt.Errorf("%s was made from standard input and cannot be derived again; make it from files", file)
	}
	if _, err := os.Stat(saved.Path); err != nil {
		return "", &usageError{
			err:  fmt.Errorf("%s was made from the specification at %s: %w", file, saved.Path, err),
			hint: "Run apply in the directory in which plan was run (--chdir DIR).",
		}
	}
	for _, n := range saved.Nodes {
		if !n.Box {
			return "", &usageError{
				err:  fmt.Errorf("%s compares gateway %s with another version of the specification, not with what it runs", file, n.Node),
				hint: "Make it without --base and --base-ref: `l2stretch plan --out FILE` asks the gateways.",
			}
		}
	}
	g.varFiles = append(append([]string{}, saved.VarFiles...), g.varFiles...)
	g.vars = append(append([]string{}, saved.Vars...), g.vars...)
	for _, p := range saved.Adopt {
		r.adopt = append(r.adopt, p.Node+":"+strings.Join(p.Path, " "))
	}
	return saved.Path, nil
}

// stillFits refuses a saved plan that comes out differently now.
func (a *app) stillFits(saved, again *plan.Saved) error {
	err := plan.Stale(saved, again)
	var stale *plan.StaleError
	if !errors.As(err, &stale) {
		return err
	}
	return &usageError{
		err:  errors.New("the plan is stale:\n  " + strings.Join(stale.Changes, "\n  ")),
		hint: "Nothing was changed. Make the plan again, look at it, and apply that.",
	}
}

// skipsAt checks the gateways whose checks are to be left out.
func (r *applyRun) skipsAt(nodes []*ir.Node) error {
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	for _, skip := range r.skip {
		if _, at, ok := strings.Cut(skip, "@"); ok && !slices.Contains(names, at) {
			return usagef("--skip-check: there is no gateway %q%s", at, didYouMean(at, names))
		}
	}
	return nil
}
