package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A planRun is one run of plan.
type planRun struct {
	format   format
	running  []string
	base     string
	baseRef  string
	adopt    []string
	out      string
	detailed bool
	live     bool
	parallel int
}

// overSSH reports whether gateways are to be asked.
func (r *planRun) overSSH() bool {
	return r.live || len(r.running) == 0 && r.base == "" && r.baseRef == ""
}

func newPlan(a *app, g *globals) *cobra.Command {
	var r planRun
	cmd := &cobra.Command{
		Use:   "plan [PATH] [flags]",
		Short: "Show what a specification changes on every gateway",
		Long: "Show what a specification changes on every gateway. By itself it asks the gateways over SSH what they run, and changes nothing. With running configurations in files (--running) or another " +
			"version of the specification (--base, --base-ref) it needs no device and touches none, unless --live is given too. `l2stretch help plan` says how to read it, `l2stretch help ownership` " +
			"what is changed and what is left alone, `l2stretch help ssh` how gateways are reached.",
		Example: "  l2stretch plan\n" +
			"  l2stretch plan --out dr.plan && l2stretch apply dr.plan\n" +
			"  l2stretch plan --running onprem/gw1=onprem.set --running cloud/gw1=cloud.boot\n" +
			"  l2stretch plan --base-ref origin/main --format markdown\n" +
			"  l2stretch plan --running onprem/gw1=onprem.set --adopt 'onprem/gw1:interfaces bridge br5010'",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.base != "" && r.baseRef != "" {
				return usagef("--base and --base-ref exclude each other")
			}
			return a.plan(cmd.Context(), specPath(args), g, &r)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&r.running, "running", nil, "compare a gateway with the running configuration in a file: `SITE/GW=FILE` (repeatable)")
	flags.StringVar(&r.base, "base", "", "compare with another version of the specification, in `PATH`")
	flags.StringVar(&r.baseRef, "base-ref", "", "compare with the specification at a git `REF`")
	flags.BoolVar(&r.live, "live", false, "ask the gateways that have no --running over SSH, also with --running, --base or --base-ref")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "ask `N` gateways at a time")
	flags.StringArrayVar(&r.adopt, "adopt", nil, "take over what carries no mark of ours: `SITE/GW:PATH` (repeatable)")
	flags.StringVar(&r.out, "out", "", "save the plan in `FILE`")
	flags.BoolVar(&r.detailed, "detailed-exitcode", false, "end with 2 when there are changes")
	addFormat(cmd, &r.format, "text", "commands", "markdown", "html", "json")
	return cmd
}

func (a *app) plan(ctx context.Context, path string, g *globals, r *planRun) error {
	s, err := a.usable(path, g)
	if err != nil {
		return err
	}
	c := &comparison{a: a, g: g, run: r, path: path, now: s, backends: backendsOnce()}
	if err := c.readBase(ctx, path); err != nil {
		return err
	}
	if err := c.readRunning(); err != nil {
		return err
	}
	if r.overSSH() {
		if err := c.readLive(ctx); err != nil {
			return err
		}
	}
	if err := c.readAdopt(); err != nil {
		return err
	}
	review, err := c.review(ctx)
	if err != nil {
		return err
	}
	a.remind(s, g)
	if err := render.Diagnostics(a.stderr, review.Diags, review.Sources, a.err.style()); err != nil {
		return err
	}
	failed := review.Diags.HasErrors() || g.strict && compiler.Strict(review.Diags)
	if failed && r.format.value != "json" && r.format.value != "markdown" && r.format.value != "html" {
		fmt.Fprintf(a.stderr, "What runs contradicts the specification: %s.\n", render.Count(review.Diags))
		return errReported
	}
	if err := a.printReview(review, r.format.value); err != nil {
		return err
	}
	switch {
	case failed:
		return errReported
	case r.out != "":
		if err := c.save(r.out, review); err != nil {
			return err
		}
	}
	if r.detailed && review.Changed() {
		return &exit{code: exitChanges}
	}
	return nil
}

func (a *app) printReview(r *render.Review, format string) error {
	switch format {
	case "commands":
		_, err := a.stdout.Write(r.AppendPlanCommands(nil))
		return err
	case "json":
		return render.JSON(a.stdout, render.NewPlanDocument(envelope("plan"), r))
	case "markdown":
		_, err := a.stdout.Write(render.AppendReviewMarkdown(nil, r, render.MarkdownLimit))
		return err
	case "html":
		return render.ReviewHTML(a.stdout, r)
	}
	return render.ReviewText(a.stdout, r, a.out.style())
}

// backendsOnce are the backends, which read the grammar of a release once.
func backendsOnce() map[ir.Platform]compiler.Backend {
	return map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{Grammar: grammarsOnce()}}
}

// grammarsOnce reads the grammar of each release once. It may be called by several goroutines.
func grammarsOnce() func(name string) (*release.Grammar, error) {
	var one sync.Mutex
	grammars := make(map[string]*release.Grammar)
	return func(name string) (*release.Grammar, error) {
		one.Lock()
		defer one.Unlock()
		if g := grammars[name]; g != nil {
			return g, nil
		}
		g, err := release.ReadGrammar(name)
		if err == nil {
			grammars[name] = g
		}
		return g, err
	}
}
