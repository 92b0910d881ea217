package apply

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// beforeLimit is how long a check that must hold before the change may wait.
const beforeLimit = 15 * time.Second

// Preflight looks at the gateways of a transaction and lists what Run would refuse, sorted by node and code. A
// gateway without steps is judged as if it had some. It changes nothing.
func Preflight(ctx context.Context, tx *Transaction, o Options) ([]Refusal, error) {
	r := newRun(tx, o)
	r.judging = true
	refusals := r.preflight(ctx, r.members)
	r.drop(r.members)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return refusals, nil
}

// preflight looks at gateways and lists what is in the way, sorted by node and code. It changes nothing.
// Connections stay open when there are few enough to be used at once.
func (r *run) preflight(ctx context.Context, members []*member) []Refusal {
	found := make([][]Refusal, len(members))
	index := make(map[*member]int, len(members))
	for i, m := range members {
		index[m] = i
	}
	_ = r.each(members, func(m *member) error { // what is in the way stands in found
		if ctx.Err() != nil {
			return nil
		}
		_ = m.tell(PhasePreflight, Begin, "")
		f := m.preflight(ctx)
		found[index[m]] = f
		switch {
		case ctx.Err() != nil: // it was cut off, and says nothing of the gateway
			_ = m.tell(PhasePreflight, Fail, cause(ctx).Error())
		case len(f) > 0:
			_ = m.tell(PhasePreflight, Fail, f[0].Summary)
		default:
			_ = m.tell(PhasePreflight, Done, "")
		}
		if len(members) > r.o.parallel() {
			m.drop()
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil // what was cut off is no refusal
	}
	all := append(slices.Concat(found...), unheld(members)...)
	slices.SortStableFunc(all, func(a, b Refusal) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(string(a.Code), string(b.Code)))
	})
	return all
}

// preflight looks at one gateway.
func (m *member) preflight(ctx context.Context) []Refusal {
	if err := m.open(ctx); err != nil {
		return []Refusal{m.refusal(CodeUnreachable, err)}
	}
	var have plan.Snapshot
	var facts plan.Facts
	err := m.call(ctx, inspectLimit, func(ctx context.Context, d Device) (err error) {
		have, facts, err = d.Inspect(ctx)
		return err
	})
	if err != nil {
		return []Refusal{m.refusal(CodeUnreadable, err)}
	}
	var out []Refusal
	if !m.Plan.Empty() || m.run.judging {
		digest, err := plan.DigestOf(have)
		if err != nil {
			return []Refusal{m.refusal(CodeUnreadable, err)}
		}
		out = judge(m.Plan, facts, digest)
		if object := m.cutOff(facts.Way); object != "" {
			out = append(out, *Refuse(CodeInBand, m.node(), "Its answers come by %s, the interface of %s, which the change touches. Write in_band = true in the gateway's block ssh, so that it is changed in the right order, or reach it another way.", facts.Way, object))
		}
	}
	if err := m.hold(ctx); err != nil {
		return append(out, m.refusal(CodeUnreadable, err))
	}
	return out
}

// cutOff is the tunnel whose interface carries our connection and that the change touches; empty where there is none,
// or where that is known.
func (m *member) cutOff(way string) string {
	if m.InBand || way == "" {
		return ""
	}
	i := slices.IndexFunc(m.Checks, func(c plan.Check) bool { return c.Name == "vti" && c.Args["interface"] == way })
	if i < 0 {
		return ""
	}
	object := m.Checks[i].Object
	touched := slices.ContainsFunc(m.Plan.Operations, func(o plan.Operation) bool { return o.Object == object }) ||
		slices.ContainsFunc(m.Plan.Steps(), func(s plan.Step) bool {
			return s.Object == object && (s.Path[0] == "vpn" || s.Path[0] == "interfaces")
		})
	if !touched {
		return ""
	}
	return object
}

// refusal makes a refusal of an error, unless the error is one.
func (m *member) refusal(code Code, err error) Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		out := *r
		out.Node = cmp.Or(out.Node, m.node())
		return out
	}
	return *Refuse(code, m.node(), "%s.", err)
}

// hold looks at the conditions of the change, a little while at those that may still come.
func (m *member) hold(ctx context.Context) error {
	left := slices.DeleteFunc(slices.Clone(m.Checks), func(c plan.Check) bool {
		return !c.Before || m.run.o.skipped(c) != ""
	})
	end := time.Now().Add(beforeLimit)
	for len(left) > 0 {
		var found []plan.Finding
		err := m.call(ctx, looksLimit(left), func(ctx context.Context, d Device) (err error) {
			found, err = Look(ctx, d, left)
			return err
		})
		if err != nil {
			return err
		}
		var waiting []plan.Check
		for i, c := range left {
			m.note(c, found[i])
			if found[i].State == plan.Waiting {
				waiting = append(waiting, c)
			}
		}
		left = waiting
		if len(left) > 0 && (time.Now().After(end) || wait(ctx, checkPause) != nil) {
			break
		}
	}
	return nil
}

// unheld lists the conditions that do not hold, each node's own and those that show between nodes.
func unheld(members []*member) []Refusal {
	together(members, true)
	var out []Refusal
	for _, m := range members {
		for _, r := range m.checks {
			if s := r.Finding.State; !r.Check.Before || s == plan.Passed || s == plan.Skipped {
				continue
			}
			code := Code(cmp.Or(r.Check.Code, string(CodePrecondition)))
			out = append(out, *Refuse(code, m.node(), "%s", sentence(r.Check.Object, cmp.Or(r.Finding.Why, r.Check.What+" does not hold"), r.Finding.Measured)))
		}
	}
	return out
}

// together judges what the checks of several nodes saw between them.
func together(members []*member, before bool) {
	var checks []plan.Check
	var findings []plan.Finding
	var at []*plan.Finding
	for _, m := range members {
		for i := range m.checks {
			if r := &m.checks[i]; r.Check.Before == before {
				checks, findings, at = append(checks, r.Check), append(findings, r.Finding), append(at, &r.Finding)
			}
		}
	}
	for i, f := range plan.Together(checks, findings) {
		*at[i] = f
	}
}

func sentence(object, why, measured string) string {
	s := object + ": " + why
	if measured != "" {
		s += " (" + measured + ")"
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// judge lists what a gateway's own facts have against a change.
func judge(p *plan.Plan, f plan.Facts, have plan.Digest) []Refusal {
	var out []Refusal
	refuse := func(when bool, code Code, detail string, args ...any) {
		if when {
			out = append(out, *Refuse(code, p.Node, detail, args...))
		}
	}
	refuse(!f.Administrator, CodeOperator, "User %q is no administrator there, or may not use sudo. Name one that is in user of the block ssh.", f.User)
	refuse(f.Release != p.Release, CodeRelease, "The plan is for release %s, the gateway says %q. Set release of the gateway, and look at the plan again.", cmp.Or(p.Release, "none"), cmp.Or(f.Version, f.Release))
	for _, s := range f.Others {
		refuse(!s.Dead, CodeDirty, "User %q has changes in session %s that are not committed. Have them committed or discarded.", s.User, s.ID)
	}
	refuse(f.PendingConfirm, CodeConfirm, "A commit-confirm waits for its confirm. Type `confirm` there in configuration mode, or wait until the gateway has gone back.")
	refuse(f.Unsaved, CodeUnsaved, "What it runs is not what it would boot. Look at `compare saved` there in configuration mode, then type `save`.")
	refuse(f.Locked, CodeLocked, "A commit is running there. Wait until it has ended.")
	refuse(!f.Booted, CodeBoot, "The boot configuration was loaded with errors or not at all. Repair it and reboot.")
	refuse(f.Release == p.Release && have != p.Base, CodeStale, "It runs another configuration than the one that the plan starts from. Make the plan again.")
	for _, l := range f.Runs {
		refuse(l.Armed, CodeLeftOver, "A guard of run %s is armed and will restore what was before that run. Type `l2stretch rollback %s`, or wait until it has fired.", l.Run, l.Run)
		refuse(!l.Armed, CodeLeftOver, "Run %s left files there. Type `l2stretch rollback %s`, which finishes or undoes it.", l.Run, l.Run)
	}
	for _, s := range f.ReadOnly {
		refuse(true, CodeReadOnly, "Nothing can be written to %s, so that a change could not be made or would not survive a reboot. See why there (`dmesg`, `mount`): a file system that had errors turns read-only until it is repaired.", s)
	}
	for _, s := range f.Short {
		refuse(true, CodeSpace, "%s. Remove what is not needed, such as old images.", s)
	}
	return out
}

// note keeps what a check saw last.
func (m *member) note(c plan.Check, f plan.Finding) { m.finding(c).Finding = f }

// A checkKey is what tells the checks of one gateway apart.
type checkKey struct {
	name, object, what string
	before             bool
}

// finding is where the last finding of a check is kept.
func (m *member) finding(c plan.Check) *CheckResult {
	k := checkKey{c.Name, c.Object, c.What, c.Before}
	i, ok := m.places[k]
	if !ok {
		if m.places == nil {
			m.places = make(map[checkKey]int)
		}
		i = len(m.checks)
		m.places[k] = i
		m.checks = append(m.checks, CheckResult{Check: c})
	}
	return &m.checks[i]
}
