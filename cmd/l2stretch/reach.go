package main

import (
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/apply"
)

// A reach is how far a run has come, as its events tell: what an interruption still takes back follows from it.
type reach struct {
	component map[string]int // by gateway
	changed   map[int]bool   // components of which something was made active
	confirmed map[int]bool   // components that are not taken back any more
	undoing   bool
}

func newReach(targets []apply.Target) reach {
	r := reach{component: make(map[string]int), changed: make(map[int]bool), confirmed: make(map[int]bool)}
	for _, t := range targets {
		r.component[t.Plan.Node] = t.Component
	}
	return r
}

func (r *reach) note(e apply.Event) {
	if e.Node == "" {
		return
	}
	c := r.component[e.Node]
	switch e.Phase {
	case apply.PhaseCommit, apply.PhaseOperate, apply.PhaseCheck:
		r.changed[c] = true
	case apply.PhaseConfirm, apply.PhaseSave, apply.PhaseClean:
		r.confirmed[c] = true
	case apply.PhaseUndo:
		r.undoing = true
	}
}

// interrupted says what an interruption does now.
func (r *reach) interrupted() string {
	var kept []string
	left := false // something is taken back
	for c := range r.changed {
		left = left || !r.confirmed[c]
	}
	for node, c := range r.component {
		if r.confirmed[c] {
			kept = append(kept, node)
		}
	}
	slices.Sort(kept)
	switch {
	case r.undoing:
		return "Interrupted: what was changed is being taken back already, and that goes on. Ctrl-C once more leaves it to the guards."
	case len(kept) == len(r.component) && len(kept) > 0:
		return "Interrupted: every check has passed and the change is being confirmed, so it is brought to its end and not taken back. Ctrl-C once more ends the program at once."
	case len(kept) > 0 && left:
		return "Interrupted: what was changed is taken back, but not on " + strings.Join(kept, ", ") + ", where it is confirmed. Ctrl-C once more leaves that to the guards."
	case len(kept) > 0:
		return "Interrupted: nothing more is begun. What is confirmed stays: " + strings.Join(kept, ", ") + ". Ctrl-C once more ends the program at once."
	case !left:
		return "Interrupted: no gateway has been changed, and none will be. Ctrl-C once more ends the program at once."
	}
	return "Interrupted: what was changed is taken back. Ctrl-C once more leaves that to the guards."
}
