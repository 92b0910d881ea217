package apply

import "github.com/l2stretch/l2stretch/compiler/plan"

// An Outcome is what became of a run.
type Outcome struct {
	Run         string
	Refusals    []Refusal // of the preflight, sorted by node and code; then nothing was changed, or only earlier waves were
	Nodes       []Result  // in the order of the targets
	Cause       string    // why not everything is applied; empty when it is
	Interrupted bool      // by the caller's context
	Changed     bool      // a commit was begun on some gateway
	NotBegun    int       // components that were left out after a failure in an earlier wave
	Skipped     []string  // names of checks that were not looked at, sorted
}

// A Result is what became of one gateway.
type Result struct {
	Node   string
	State  NodeState
	Detail string // why, or what is not as it should be
	Type   string // what to type to see or mend it; empty: nothing
	// Console is what to type on the gateway's own console, should nothing else reach it; empty: a reboot helps, or it is
	// not the gateway that keeps us out.
	Console []plan.Step   `json:",omitempty"`
	Checks  []CheckResult // what the last look of each check saw
	After   plan.Digest   // of what ran at the end of a run that was applied; empty: not known
}

// A CheckResult is what a check saw last.
type CheckResult struct {
	Check   plan.Check
	Finding plan.Finding
}

// A NodeState is how a run leaves a gateway.
type NodeState string

// The states.
const (
	Untouched NodeState = "untouched" // nothing was made active there
	Unchanged NodeState = "unchanged" // there was nothing to do; it was only checked
	Applied   NodeState = "applied"   // it runs what was planned, and has it saved unless that was not wanted
	NotSaved  NodeState = "not-saved" // it runs what was planned, confirmed; a reboot would lose it
	Reverted  NodeState = "reverted"  // proven to run what it ran before
	Unproven  NodeState = "unproven"  // what it runs is not known
)

// Applied reports whether every gateway is as planned.
func (o *Outcome) Applied() bool {
	for _, n := range o.Nodes {
		if n.State != Applied && n.State != Unchanged {
			return false
		}
	}
	return len(o.Refusals) == 0 && o.Cause == ""
}

// NeedsHelp reports whether somebody has to look after a gateway: its state is not proven, or a reboot would
// lose what was applied.
func (o *Outcome) NeedsHelp() bool {
	for _, n := range o.Nodes {
		if n.State == Unproven || n.State == NotSaved {
			return true
		}
	}
	return false
}
