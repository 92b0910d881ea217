package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// A reverter is a backend that can take back what a run changed, and nothing else.
type reverter interface {
	Revert(n *ir.Node, have plan.Snapshot, run *plan.Plan) (*plan.Plan, hcl.Diagnostics)
}

// A rollbackRun is one run of rollback.
type rollbackRun struct {
	applyRun
	secrets []string
	finish  bool
}

func newRollback(a *app, g *globals) *cobra.Command {
	var r rollbackRun
	cmd := &cobra.Command{
		Use:   "rollback [RUN] [flags]",
		Short: "Take a run back",
		Long: "Take a run back, by default the last one that changed something: show what that changes, ask, and carry it out as a transaction. Of a run that was killed, or could not " +
			"prove what it left, the gateways say how far it came, and the rest is taken back. `l2stretch history` lists the runs, `l2stretch help rollback` says more.",
		Example: "  l2stretch rollback\n  l2stretch rollback 20260102t030405-app-dr-1f2e3d\n  l2stretch rollback --secret psk=env:OLD_PSK",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one RUN, not %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return a.runNames(args), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.complete(); err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.rollback(cmd.Context(), name, g, &r)
		},
	}
	r.flags(cmd)
	cmd.Flags().StringArrayVar(&r.secrets, "secret", nil, "where an old secret comes from: `NAME=env:VARIABLE` (repeatable)")
	cmd.Flags().BoolVar(&r.finish, "finish", false, "bring a killed run to its end instead, if every check had passed")
	return cmd
}

// runNames are the runs of this machine, for completion.
func (a *app) runNames(args []string) []string {
	j, err := a.journal()
	if err != nil || len(args) > 0 {
		return nil
	}
	all, _ := j.List() // what cannot be read is not proposed
	var out []string
	for _, r := range all {
		out = append(out, r.Run+"\t"+r.Command+", "+when(r.Started))
	}
	return out
}

func (a *app) rollback(ctx context.Context, name string, g *globals, r *rollbackRun) error {
	j, err := a.journal()
	if err != nil {
		return err
	}
	record, err := findRun(j, name)
	if err != nil {
		return err
	}
	if record.Outcome == nil || record.Outcome.NeedsHelp() {
		if err := a.canAsk(&r.applyRun); err != nil {
			return err
		}
		return a.locked(record.Spec, func(j *apply.Journal) error { return a.settleRun(ctx, record, j, g, r) })
	}
	if !changedSomething(record.Outcome) {
		fmt.Fprintf(a.stdout, "Nothing to do: run %s left nothing changed.\n", record.Run)
		return nil
	}
	if err := a.canAsk(&r.applyRun); err != nil {
		return err
	}
	return a.settled(record.Spec, func(j *apply.Journal) error { return a.takeBack(ctx, record, j, g, r) })
}

// takeBack plans and carries out the way back from a run that came to its end.
func (a *app) takeBack(ctx context.Context, record *apply.Record, j *apply.Journal, g *globals, r *rollbackRun) error {
	s, err := a.recordedSpec(record, g)
	if err != nil {
		return err
	}
	changed := make(map[string]*plan.Plan)
	nodes, err := s.nodesOfRun(record)
	if err != nil {
		return err
	}
	for _, n := range record.Nodes {
		if !n.Plan.Empty() {
			changed[n.Plan.Node] = n.Plan
		}
	}
	nodes = slices.DeleteFunc(nodes, func(n *ir.Node) bool { return changed[n.Name] == nil })
	ways, err := a.waysTo(ctx, s, nodes, g)
	if err != nil {
		return err
	}
	if err := r.oldSecrets(ways.keys); err != nil {
		return err
	}
	all, err := a.ask(ctx, nodes, ways, r.parallel, g)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.facts.Release != x.node.Release {
			return fmt.Errorf("gateway %s runs VyOS %s now and ran %s at the time of the run: the way back is not known", x.node.Name, x.facts.Release, x.node.Release)
		}
	}
	o := &operation{a: a, g: g, r: &r.applyRun, s: s, path: record.Saved.Path, ways: ways, nodes: nodes, read: all}
	backends := backendsOnce()
	c, err := o.change("rollback", backends, func(x reading) (*plan.Plan, hcl.Diagnostics) {
		return backends[x.node.Platform].(reverter).Revert(x.node, x.snapshot, nameSecrets(changed[x.node.Name]))
	})
	if err != nil {
		return err
	}
	review := c.review
	runs, err := j.List()
	if err != nil {
		return err
	}
	if by := apply.TakenBack(runs)[record.Run]; by != "" && review.Changed() { // whether an old secret is back shows nowhere
		fmt.Fprintf(a.stdout, "Nothing to do: run %s was taken back already, by run %s. To take that back: l2stretch rollback %s\n", record.Run, by, by)
		return nil
	}
	c.of = record.Run
	c.idle, c.holds = "Nothing to do: nothing of run "+record.Run+" is left on the gateways.", untouched(review, s)
	c.question = fmt.Sprintf("This takes back run %s (%s of %s) on %s. If anything fails, all of them stay as they are now.", record.Run, record.Command, when(record.Started), gateways(len(nodes)))
	if last, err := lastOf(j, record); err != nil {
		return err
	} else if last {
		if err := archivedSecrets(ctx, record, review, ways); err != nil {
			return err
		}
	}
	if err := lostSecrets(record, review, ways.keys); err != nil {
		return err
	}
	return a.carryOut(ctx, c, j, g, &r.applyRun)
}

// lastOf reports whether no later run of the specification has changed anything: only then what ran before this run is
// what the gateways' archives have before what they run now.
func lastOf(j *apply.Journal, record *apply.Record) (bool, error) {
	all, err := j.List()
	if err != nil {
		return false, err
	}
	for _, r := range all { // the newest first
		if r.Run == record.Run {
			return true, nil
		}
		if r.Spec == record.Spec && r.Outcome != nil && changedSomething(r.Outcome) {
			return false, nil
		}
	}
	return false, nil
}

// An archiver is a gateway that keeps old configurations.
type archiver interface {
	OldSecret(ctx context.Context, base plan.Digest, path []string) ([]byte, error)
}

// neededSecret is a secret that the way back sets.
type neededSecret struct {
	node, name string
	path       []string
}

// neededSecrets lists the secrets of the way back that nobody has said where to find.
func neededSecrets(review *render.Review, keys *keyring) []neededSecret {
	var out []neededSecret
	for _, gw := range review.Gateways {
		for _, s := range gw.Plan.Steps() {
			if name, ok := strings.CutPrefix(s.Value, "secret:"); ok && s.Secret && !slices.Contains(keys.given, name) {
				out = append(out, neededSecret{gw.Plan.Node, name, s.Path})
			}
		}
	}
	return out
}

// archivedSecrets takes old secrets from what the gateways themselves keep of old configurations. A name whose secret
// differs between gateways, or which one of them does not have, stays unknown.
func archivedSecrets(ctx context.Context, record *apply.Record, review *render.Review, ways *ways) error {
	found := make(map[string]secret)
	failed := make(map[string]bool)
	for _, need := range neededSecrets(review, ways.keys) {
		old, err := oldSecret(ctx, record, need, ways)
		if err != nil {
			return err
		}
		value := string(old)
		if first, ok := found[need.name]; value == "" || ok && first.reveal() != value {
			failed[need.name] = true
		}
		found[need.name] = secret{key: func() string { return value }}
	}
	for name, s := range found {
		if !failed[name] {
			ways.keys.remember(name, s)
		}
	}
	return nil
}

// oldSecret asks a gateway's archive; nothing when it does not have the secret.
func oldSecret(ctx context.Context, record *apply.Record, need neededSecret, ways *ways) (_ []byte, err error) {
	i := slices.IndexFunc(record.Nodes, func(n apply.RecordedNode) bool { return n.Plan.Node == need.node })
	d, err := ways.to[need.node].open(ctx, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	box, ok := d.(archiver)
	if !ok || i < 0 {
		return nil, nil
	}
	old, err := box.OldSecret(ctx, record.Nodes[i].Plan.Base, need.path)
	if errors.Is(err, session.ErrNotArchived) {
		return nil, nil
	}
	return old, err
}

// oldSecrets makes the sources of --secret those of the keyring.
func (r *rollbackRun) oldSecrets(keys *keyring) error {
	for _, arg := range r.secrets {
		name, source, ok := strings.Cut(arg, "=")
		variable, env := strings.CutPrefix(source, "env:")
		if !ok || !env || name == "" || variable == "" {
			return usagef("--secret needs NAME=env:VARIABLE; a value does not belong on a command line")
		}
		keys.sources[name] = ir.SecretSource{Name: name, Env: variable}
		keys.given = append(keys.given, name)
	}
	return nil
}

// nameSecrets gives the secrets that a run replaced or removed a name: that which the run gave to the new one, else
// that of the object.
func nameSecrets(p *plan.Plan) *plan.Plan {
	out := *p
	out.Inverse = slices.Clone(p.Inverse)
	for i, s := range out.Inverse {
		if !s.Secret || s.Value != "secret:device" {
			continue
		}
		name := objectName(s.Object)
		for _, f := range p.Steps() {
			if !slices.Equal(f.Path, s.Path) && !below(s.Path, f.Path) {
				continue
			}
			if ref, ok := strings.CutPrefix(f.Value, "secret:"); ok && f.Secret {
				name = ref
			} else if name == "" {
				name = objectName(f.Object)
			}
		}
		out.Inverse[i].Value = "secret:" + name
	}
	return &out
}

// below reports whether a path lies below another, or is it.
func below(path, above []string) bool {
	return len(path) >= len(above) && slices.Equal(path[:len(above)], above)
}

// objectName is the name in an object, as dr in "tunnel dr".
func objectName(object string) string {
	_, name, _ := strings.Cut(object, " ")
	return name
}

// lostSecrets refuses a way back that needs a secret which the run replaced: its name means the new one now, unless
// --secret says where the old one is.
func lostSecrets(record *apply.Record, review *render.Review, keys *keyring) error {
	var errs []error
	for _, need := range neededSecrets(review, keys) {
		errs = append(errs, fmt.Errorf("gateway %s: the way back needs the secret %s as it was before the run (%s), which no record holds; the archives of the gateways do not all have it", need.node, need.name, strings.Join(need.path, " ")))
	}
	if len(errs) == 0 {
		return nil
	}
	return &usageError{
		err:  errors.Join(errs...),
		hint: fmt.Sprintf("Nothing was changed. Put the old value into an environment variable and name it: l2stretch rollback %s --secret NAME=env:VARIABLE", record.Run),
	}
}

// untouched selects the checks that still mean what they meant before the way back: those of objects of which nothing
// changes, and of the others what does not depend on numbers of the specification. What is paused or drained again, and
// stretches over that, cannot be seen to work.
func untouched(review *render.Review, s *specification) func(plan.Check) bool {
	touched, gone, held := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, gw := range review.Gateways {
		for _, s := range gw.Plan.Steps() {
			if last := s.Path[len(s.Path)-1]; s.Op == plan.Set && (last == "disable" || last == "shutdown") {
				held[s.Object] = true
			}
		}
		for _, h := range gw.Plan.Headlines {
			touched[h.Object] = true
			if h.Mark == plan.Removed {
				gone[h.Object] = true
			}
		}
	}
	return func(c plan.Check) bool {
		if s.holds(c.Object, func(o string) bool { return held[o] }) != "" {
			return false
		}
		return !gone[c.Object] && (!touched[c.Object] || slices.Contains([]string{"sa", "vti", "bgp"}, c.Name))
	}
}
