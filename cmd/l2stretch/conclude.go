package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// The exit codes of commands that change gateways.
const (
	exitReverted = 3
	exitUnproven = 4
)

// conclude tells what became of a run, and makes its exit code.
func (a *app) conclude(c *change, o *apply.Outcome, took time.Duration, err error, r *applyRun) error {
	code := outcomeCode(o)
	if c.settles && code == exitReverted {
		code = 0 // that is what was asked for
	}
	if err != nil {
		a.complain(err)
		code = max(code, exitError)
	}
	report := c.report(o, code, took, r)
	if r.format.value == "json" {
		if err := a.jsonLines(finalEvents(report, o, code)...); err != nil {
			return err
		}
	} else if err := a.below(); err != nil {
		return err
	} else if err := render.RunText(a.stdout, report, a.out.style()); err != nil {
		return err
	}
	if code == 0 {
		return nil
	}
	return &exit{code: code}
}

// below sets a result apart from the preview above it.
func (a *app) below() error {
	_, err := a.stdout.WriteString("\n")
	return err
}

// outcomeCode is the exit code for an outcome: what is not proven outweighs what was taken back, and that what was
// refused.
func outcomeCode(o *apply.Outcome) int {
	switch {
	case o.NeedsHelp():
		return exitUnproven
	case slices.ContainsFunc(o.Nodes, func(n apply.Result) bool { return n.State == apply.Reverted }):
		return exitReverted
	case o.Applied():
		return 0
	case o.Interrupted && !o.Changed:
		return exitInterrupted
	}
	return exitError
}

// report says in words what became of a run.
func (c *change) report(o *apply.Outcome, code int, took time.Duration, r *applyRun) *render.RunReport {
	out := &render.RunReport{Good: code == 0, Parts: verdictOf(o)}
	for _, f := range o.Refusals {
		out.Refusals = append(out.Refusals, refusalReport(f))
	}
	for _, n := range o.Nodes {
		out.Nodes = append(out.Nodes, nodeReport(n))
	}
	changed := 0
	for _, n := range o.Nodes {
		if n.State == apply.Applied {
			changed++
		}
	}
	cause := ""
	if o.Cause != "" {
		cause = strings.TrimSuffix(briefly(plainly(o.Cause), out.Parts), ".") + ". "
	}
	rest := ""
	if o.NotBegun > 0 {
		rest = fmt.Sprintf(" %d independent parts were not begun.", o.NotBegun)
	}
	switch {
	case code == 0 && c.settles && changed == 0:
		out.Verdict = fmt.Sprintf("Done in %s: run %s was taken back. Every gateway runs what it ran before, which was read again.", took.Round(time.Second), o.Run)
	case code == 0:
		saved := "confirmed and saved"
		if r.noSave {
			saved = "confirmed and not saved: a reboot takes it back"
		}
		out.Verdict = fmt.Sprintf("Done in %s: %s changed, %s.", took.Round(time.Second), gateways(changed), saved)
		if c.done != "" {
			out.Verdict = fmt.Sprintf("Done in %s: %s.", took.Round(time.Second), c.done)
			break
		}
		out.Next = append(out.Next, "Run "+o.Run+". To take it back:\n\n  l2stretch rollback "+o.Run)
	case code == exitUnproven:
		out.Verdict = "NOT PROVEN: " + cause + "What some gateways run is not known for sure, or would not survive a reboot." + rest
		out.Next = append(out.Next, "What to type now; it asks the gateways and takes back what is left of the run:\n\n  l2stretch rollback "+o.Run+"\n\nl2stretch help recovery says more.")
	case code == exitReverted:
		out.Verdict = "Reverted: " + cause + "What was changed was taken back; that was read again on every gateway." + rest
		if changed > 0 {
			out.Verdict += fmt.Sprintf(" %s of earlier waves stay as planned.", gateways(changed))
		}
	case code == exitInterrupted:
		out.Verdict = "Interrupted: nothing was changed."
		out.Nodes = nil
	case len(o.Refusals) > 0 && changed == 0:
		out.Verdict = "Refused: nothing was changed."
		out.Nodes, out.Parts = nil, plan.Verdict{}
	case changed == 0:
		out.Verdict = "Failed: " + cause + "Nothing was changed."
	default:
		out.Verdict = "Stopped: " + cause + fmt.Sprintf("%s of earlier waves stay as planned.", gateways(changed)) + rest
	}
	if len(o.Skipped) > 0 {
		out.Next = append(out.Next, "Not looked at, as asked: "+strings.Join(o.Skipped, ", ")+".")
	}
	return out
}

// briefly takes out of a cause what stands below it: why checks did not pass.
func briefly(cause string, v plan.Verdict) string {
	for _, p := range v.Parts {
		for _, l := range p.Looks {
			if l.Finding.Why != "" {
				cause = strings.ReplaceAll(cause, ": "+l.Finding.Why, "")
			}
		}
	}
	return strings.ReplaceAll(cause, "\n", "; ")
}

// verdictOf makes the verdict of what the checks saw last.
func verdictOf(o *apply.Outcome) plan.Verdict {
	var checks []plan.Check
	var findings []plan.Finding
	for _, n := range o.Nodes {
		for _, r := range n.Checks {
			if !r.Check.Before {
				checks, findings = append(checks, r.Check), append(findings, r.Finding)
			}
		}
	}
	return plan.Judge(checks, findings)
}

func nodeReport(n apply.Result) render.NodeReport {
	out := render.NodeReport{Node: n.Node, State: stateWords(n.State), Detail: plainly(n.Detail), Type: n.Type, Console: n.Console}
	out.Bad = n.State == apply.Unproven || n.State == apply.NotSaved
	return out
}

// stateWords says how a run leaves a gateway.
func stateWords(s apply.NodeState) string {
	switch s {
	case apply.Untouched:
		return "not touched"
	case apply.Unchanged:
		return "nothing to do"
	case apply.Applied:
		return "as planned"
	case apply.NotSaved:
		return "AS PLANNED, BUT NOT SAVED"
	case apply.Reverted:
		return "as it was before"
	}
	return "NOT PROVEN"
}

// finalEvents are the last lines of `--json`: what became of each gateway, what the checks say, and the end.
func finalEvents(r *render.RunReport, o *apply.Outcome, code int) []render.Event {
	now := time.Now()
	var out []render.Event
	add := func(node, phase, event, detail string) {
		out = append(out, render.Event{Time: now, Run: o.Run, Node: node, Phase: phase, Event: event, Detail: detail})
	}
	for _, f := range o.Refusals {
		add(f.Node, "preflight", "refused", string(f.Code)+": "+f.Summary+": "+f.Detail)
	}
	for _, n := range o.Nodes {
		add(n.Node, "outcome", string(n.State), n.Detail)
	}
	for _, p := range r.Parts.Parts {
		add(p.Node, "verdict", string(p.State), render.PartTitle(p))
	}
	add("", "end", map[int]string{0: "applied", exitReverted: "reverted", exitUnproven: "unproven", exitInterrupted: "interrupted"}[code], r.Verdict)
	if last := &out[len(out)-1]; last.Event == "" {
		last.Event = "failed"
	}
	return out
}
