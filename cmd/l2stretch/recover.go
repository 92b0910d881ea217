package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
)

// settleRun ends a run that was killed, or that could not prove what it left: the gateways say how far it came. It is
// taken back, or with --finish brought to its end where every check had passed and all gateways run what was planned.
func (a *app) settleRun(ctx context.Context, record *apply.Record, j *apply.Journal, g *globals, r *rollbackRun) error {
	s, err := a.recordedSpec(record, g)
	if err != nil {
		return err
	}
	nodes, err := s.nodesOfRun(record)
	if err != nil {
		return err
	}
	ways, err := a.waysTo(ctx, s, nodes, g)
	if err != nil {
		return err
	}
	ways.merge() // to leave all as it is was for the run to do, and is for people to end
	if err := r.oldSecrets(ways.keys); err != nil {
		return err
	}
	text := r.format.value == "text"
	if text {
		fmt.Fprintf(a.stdout, "Run %s (%s of %s) did not come to its end, or could not prove what it left on:\n\n", record.Run, record.Command, when(record.Started))
		for _, n := range nodes {
			fmt.Fprintf(a.stdout, "  %s (%s)\n", n.Name, ways.address(n))
		}
		if err := a.stdout.Flush(); err != nil {
			return err
		}
	}
	if text && !r.autoApprove {
		question := "The gateways are asked how far it came, and what is left of it is taken back; what others have committed since stays."
		if r.finish {
			question = "The gateways are asked how far it came. It is brought to its end if every check had passed and all of them run what was planned; otherwise what is left of it is taken back; what others have committed since stays."
		}
		if err := a.approve(ctx, question); err != nil {
			return err
		}
	}
	targets := make([]apply.Target, len(record.Nodes))
	for i, n := range record.Nodes {
		targets[i].Plan = n.Plan
	}
	c := &change{command: "rollback", now: s, settles: !r.finish, done: "run " + record.Run + " is settled: what it was to reach runs and is saved on all its gateways"}
	w := a.watch(targets, g, &r.applyRun)
	began := time.Now()
	open := func(node string) func(context.Context) (apply.Device, error) {
		n, _ := s.at(node)
		return func(ctx context.Context) (apply.Device, error) { return ways.opener(n)(ctx, record.Run) }
	}
	outcome, err := apply.Recover(ctx, record, j, open, apply.Options{
		CheckTimeout: r.check, Parallel: r.parallel, Undo: !r.finish, Abandon: w.abandon, Events: w.note,
	})
	err = errors.Join(err, w.close())
	return a.conclude(c, outcome, time.Since(began), err, &r.applyRun)
}
