package plan

import (
	"cmp"
	"slices"
	"strings"
)

// A Verdict says what works and what does not, each part on its own: a tunnel may carry packets while the
// NIC of a site sees none, and from bridge to bridge all may be well while no host is reached (NETWORK N29).
type Verdict struct {
	State State
	Parts []Part // tunnels, then attachments, then end to end; each sorted by object and node
}

// A Part is the verdict on one part of a stretch.
type Part struct {
	Scope  Scope
	Object string // as in "tunnel dr"
	Node   string // of an attachment, whose site it is; empty where several nodes look at one thing
	State  State  // the worst of its looks, a skipped one aside
	Looks  []Look // in the order of the checks
}

// A Look is a check with what it saw.
type Look struct {
	Check   Check
	Finding Finding
}

// Judge makes the verdict of checks and their findings, one for each check.
func Judge(checks []Check, findings []Finding) Verdict {
	type key struct {
		scope        Scope
		object, node string
	}
	at := make(map[key]int)
	v := Verdict{State: Skipped}
	for i, c := range checks {
		k := key{scope: c.Scope, object: c.Object}
		if c.Scope == ScopeAttachment {
			k.node = c.Node
		}
		n, ok := at[k]
		if !ok {
			n = len(v.Parts)
			at[k] = n
			v.Parts = append(v.Parts, Part{Scope: k.scope, Object: k.object, Node: k.node, State: Skipped})
		}
		p := &v.Parts[n]
		p.Looks = append(p.Looks, Look{c, findings[i]})
		p.State = worse(p.State, findings[i].State)
		v.State = worse(v.State, findings[i].State)
	}
	slices.SortStableFunc(v.Parts, func(a, b Part) int {
		return cmp.Or(slices.Index(scopes, a.Scope)-slices.Index(scopes, b.Scope), strings.Compare(a.Object, b.Object), strings.Compare(a.Node, b.Node))
	})
	return v
}

var scopes = []Scope{ScopeTunnel, ScopeAttachment, ScopeEndToEnd}

// severity orders the states. A check that was skipped says nothing, so anything else outweighs it.
var severity = []State{Skipped, Passed, Absent, Waiting, Paused, Failed}

func worse(a, b State) State {
	if slices.Index(severity, b) > slices.Index(severity, a) {
		return b
	}
	return a
}
