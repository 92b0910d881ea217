package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/render"
)

func newHistory(a *app, g *globals) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:     "history [flags]",
		Short:   "List the runs of this machine, and what became of them",
		Long:    "List the runs that were made on this machine, the newest first, with what became of each. `l2stretch rollback RUN` takes one back.",
		Example: "  l2stretch history\n  l2stretch history --json | jq '.runs[0].run'",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			j, err := a.journal()
			if err != nil {
				return err
			}
			records, listErr := j.List()
			h := &render.History{}
			takenBack := apply.TakenBack(records)
			for _, r := range records {
				run := a.recordedRun(j, r)
				if by := takenBack[r.Run]; by != "" {
					run.State, run.TakenBackBy = "taken back", by
				}
				h.Runs = append(h.Runs, run)
			}
			if f.value == "json" {
				err = render.JSON(a.stdout, render.NewHistoryDocument(envelope("history"), h))
			} else {
				err = render.HistoryText(a.stdout, h, a.out.style())
			}
			if err != nil {
				return err
			}
			return listErr
		},
	}
	addFormat(cmd, &f, "text", "json")
	return cmd
}

// recordedRun is a run as history shows it.
func (a *app) recordedRun(j *apply.Journal, r *apply.Record) render.HistoryRun {
	out := render.HistoryRun{Run: r.Run, Spec: r.Spec, Command: r.Command, Of: r.Of, Started: r.Started, Nodes: []render.HistoryNode{}}
	if r.Outcome == nil {
		out.State = "unfinished"
		if unlock, err := j.Lock(r.Spec); err != nil {
			out.State = "under way"
		} else if err := unlock(); err != nil {
			out.Cause = err.Error()
		}
		for _, n := range r.Nodes {
			out.Nodes = append(out.Nodes, render.HistoryNode{Node: n.Plan.Node, State: "unknown"})
		}
		return out
	}
	out.Cause = r.Outcome.Cause
	switch code := outcomeCode(r.Outcome); code {
	case 0:
		out.State = "applied"
	case exitReverted:
		out.State = "reverted"
	case exitUnproven:
		out.State = "not proven"
	case exitInterrupted:
		out.State = "interrupted"
	default:
		out.State = "failed"
	}
	for _, n := range r.Outcome.Nodes {
		out.Nodes = append(out.Nodes, render.HistoryNode{Node: n.Node, State: string(n.State)})
	}
	return out
}

// findRun is the record of a run; without a name the last one that changed something and is no rollback itself.
func findRun(j *apply.Journal, name string) (*apply.Record, error) {
	if name != "" {
		r, err := j.Load(name)
		if err != nil {
			return nil, &usageError{err: err, hint: "l2stretch history lists the runs of this machine."}
		}
		return r, nil
	}
	all, err := j.List()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Command != "rollback" && (r.Outcome == nil || r.Outcome.NeedsHelp() || changedSomething(r.Outcome)) {
			return r, nil
		}
	}
	return nil, &usageError{err: fmt.Errorf("no run of this machine has changed anything"), hint: "l2stretch history lists the runs of this machine."}
}

func changedSomething(o *apply.Outcome) bool {
	for _, n := range o.Nodes {
		if n.State == apply.Applied || n.State == apply.NotSaved {
			return true
		}
	}
	return false
}

// when is a time as people read it.
func when(t time.Time) string { return t.Local().Format(time.DateTime) }
