package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// A Review is what a change does to all gateways, to be read before it is carried out.
type Review struct {
	Spec     string // name of the specification
	Tool     string // name and version of the program
	Gateways []ReviewedGateway
	Links    []Link
	Missing  []string // gateways that nothing was given to compare with
	Diags    hcl.Diagnostics
	Sources  Sources
}

// A ReviewedGateway is one gateway of a review. The gateways stand in the order in which they are changed.
type ReviewedGateway struct {
	Plan    *plan.Plan
	Why     string          // the reason for its place in the order
	Against string          // what it is compared with, as in "running configuration gw.set"
	Ours    []plan.Headline // what the specification changed; only when both bases were given
	Drift   []plan.Headline // what somebody changed on the gateway since
	Both    bool            // Ours and Drift were looked for
}

// A Link is a tunnel or a stretch between gateways, for pictures.
type Link struct {
	Object string // as in "tunnel dr"
	Nodes  []string
}

// Changed reports whether there is anything to do.
func (r *Review) Changed() bool {
	return slices.ContainsFunc(r.Gateways, func(g ReviewedGateway) bool { return !g.Plan.Empty() })
}

// Failed reports whether the diagnostics forbid to carry it out; with strict, warnings do too.
func (r *Review) Failed(strict bool) bool {
	t := Count(r.Diags)
	return t.Errors > 0 || strict && t.Warnings > 0
}

func (r *Review) plans() []*plan.Plan {
	out := make([]*plan.Plan, len(r.Gateways))
	for i, g := range r.Gateways {
		out[i] = g.Plan
	}
	return out
}

// changed counts the gateways with something to do.
func (r *Review) changed() int {
	n := 0
	for _, g := range r.Gateways {
		if !g.Plan.Empty() {
			n++
		}
	}
	return n
}

// Verdict is the review in one sentence.
func (r *Review) Verdict() string {
	if !r.Changed() {
		if len(r.Gateways) == 1 {
			return "No changes: the gateway is as the specification says."
		}
		return fmt.Sprintf("No changes: %d gateways are as the specification says.", len(r.Gateways))
	}
	s := plan.Summarize(r.plans()...)
	return fmt.Sprintf("Plan: %d to add, %d to change, %d to remove on %s.", s.Add, s.Change, s.Remove, count(r.changed(), "gateway"))
}

// stepLine is a step as it is typed; one that needs a secret is a comment.
func stepLine(s plan.Step) string {
	return string(appendStep(nil, s))
}

// appendStep appends the line of a step, without a line break.
func appendStep(b []byte, s plan.Step) []byte {
	c := config.Change{Op: config.Set, Path: s.Path, Value: s.Value, HasValue: s.Value != "", Secret: s.Secret}
	if s.Op == plan.Delete {
		c.Op = config.Delete
	}
	if ref, ok := strings.CutPrefix(s.Value, "secret:"); ok && s.Secret {
		c.Value, c.Ref = ref, true
	} else if s.Secret && s.Op == plan.Set {
		c.Value, c.Ref = "device", true // never a value, whatever made the step
	}
	b, err := c.AppendCommand(b, config.PrintOptions{Secrets: config.SecretsMark})
	if err != nil {
		return append(append(b, "# "...), EscapeLine(err.Error())...)
	}
	return bytes.TrimSuffix(b, []byte("\n"))
}

// mark is the sign of a step: added, changed or removed.
func mark(s plan.Step) plan.Mark {
	switch {
	case s.Op == plan.Delete:
		return plan.Removed
	case s.Replaces():
		return plan.Changed
	}
	return plan.Added
}

// impactText lists impacts in words.
func impactText(impacts []plan.Impact) string {
	words := make([]string, len(impacts))
	for i, x := range impacts {
		words[i] = x.String()
	}
	return strings.Join(words, "; ")
}

// guardText says what restores a gateway and what that costs.
func guardText(p *plan.Plan) string {
	g := p.Guard
	s := fmt.Sprintf("%s after %s (%s): %s", g.Kind, minutes(g.Timeout), g.Means, g.Cost)
	if !g.Verified {
		s += "; not seen on a box of this release"
	}
	return s
}

// takesText says how long a change takes.
func takesText(p *plan.Plan) string {
	s := "about " + p.Takes.String() + " for staging and commit"
	if !p.Measured {
		s += " (measured on 1.4, assumed for " + p.Release + ")"
	}
	return s
}

func minutes(d time.Duration) string {
	return strings.TrimSuffix(d.String(), "0s")
}

// AppendPlanCommands appends only the commands, gateway by gateway, for pasting into configuration mode.
func (r *Review) AppendPlanCommands(b []byte) []byte {
	first := true
	for _, g := range r.Gateways {
		if g.Plan.Empty() {
			continue
		}
		if !first {
			b = append(b, '\n')
		}
		first = false
		b = append(b, "# "+g.Plan.Node+": VyOS "+g.Plan.Release+", specification "+r.Spec+", by "+r.Tool+"\n"...)
		for i, ph := range g.Plan.Phases {
			if i > 0 {
				b = append(b, "commit\n"...)
			}
			for _, s := range ph.Steps {
				b = append(appendStep(b, s), '\n')
			}
		}
	}
	return b
}
