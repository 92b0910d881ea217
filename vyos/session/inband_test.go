package session_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// change makes the transaction that leads the lab to another specification, as the command does. The far end is in
// band, and comes first.
func (l *lab) change(spec string) *apply.Transaction {
	l.t.Helper()
	return l.transaction(spec, "shared-secret", far)
}

// transaction is one with a pre-shared key; nodes in band come first.
func (l *lab) transaction(spec, key string, inBand ...string) *apply.Transaction {
	l.t.Helper()
	fabric, snapshots := build(l.t, spec)
	tx := &apply.Transaction{Run: pairRun, Spec: "dr", Command: "apply"}
	secret := func(name string) ([]byte, error) {
		if name == "psk" {
			return []byte(key), nil
		}
		return nil, errors.New("there is none of that name")
	}
	for _, n := range fabric.Nodes {
		n.SSH.InBand = slices.Contains(inBand, n.Name)
	}
	for _, turn := range compiler.Order(fabric.Nodes) {
		n := turn.Node
		r := l.routers[n.Name]
		before, err := reader(l.t)(n.Release, []byte(r.Running()))
		if err != nil {
			l.t.Fatal(err)
		}
		var want plan.Snapshot
		for i := range fabric.Nodes {
			if fabric.Nodes[i] == n {
				want = snapshots[i]
			}
		}
		p, diags := vyos.Backend{}.Diff(n, before, want, plan.Options{Box: true, Secret: func(name string) ([]byte, bool) {
			b, err := secret(name)
			return b, err == nil
		}})
		if diags.HasErrors() {
			l.t.Fatal(diags)
		}
		var checks []plan.Check
		for _, c := range (vyos.Backend{}).Checks(n, p) {
			if !c.Asked {
				checks = append(checks, c)
			}
		}
		g := session.New(session.Options{
			Node: n.Name, Read: reader(l.t), Secret: secret,
			Dial: func(ctx context.Context) (session.Runner, error) {
				return remote.Dial(ctx, remote.Target{
					Name: n.Name, Host: "gw1", User: "vyos", HostKeys: []string{string(ssh.MarshalAuthorizedKey(r.HostKey()))},
					Password: func() ([]byte, error) { return []byte("pw"), nil },
				}, remote.Options{SSHConfig: "none", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.Dial(ctx) }})
			},
		})
		tx.Targets = append(tx.Targets, apply.Target{Plan: p, Before: before, Checks: checks, InBand: n.SSH.InBand, Open: func(ctx context.Context) (apply.Device, error) {
			d, err := g.Open(ctx, pairRun)
			if err != nil {
				return nil, err
			}
			return d, nil
		}})
	}
	return tx
}

// renumbered is a change that makes the tunnel's interface anew: the far end is cut off by its own commit, and comes
// back only when both have committed and somebody has initiated.
func renumbered(spec string) string {
	return strings.Replace(spec, "  psk = secret.psk\n", "  psk = secret.psk\n  index = 2\n", 1)
}

// TestInBand changes two gateways of which the far one is managed through the tunnel that changes. Whatever goes wrong,
// both end alike.
func TestInBand(t *testing.T) {
	spec := fmt.Sprintf(labSpec, "1.4", "1.4")
	fails := func(node string, f sessiontest.Fault) func(*lab, func()) {
		return func(l *lab, _ func()) { l.routers[node].Fault(f) }
	}
	for _, tt := range []struct {
		name  string
		spec  string
		fault func(l *lab, kill func())
		want  apply.NodeState
	}{
		{"other proposals", strings.Replace(spec, "  psk = secret.psk\n", "  psk = secret.psk\n  ike {\n    proposals = [\"aes128-sha256-dh19\"]\n  }\n", 1), nil, apply.Applied},
		{"other addresses", strings.ReplaceAll(spec, "169.254.100.", "169.254.101."), nil, apply.Applied},
		{"another interface", renumbered(spec), nil, apply.Applied},
		{"the near end fails", renumbered(spec), fails(near, sessiontest.Fault{Kind: sessiontest.CommitFails, Text: "it does not"}), apply.Reverted},
		{"the far end fails", renumbered(spec), fails(far, sessiontest.Fault{Kind: sessiontest.CommitFails, Text: "it does not"}), apply.Reverted},
		{"the far end restarts", renumbered(spec), fails(far, sessiontest.Fault{Kind: sessiontest.Reboot, Match: "my_commit", After: true}), apply.Reverted},
		{"the near end restarts", renumbered(spec), fails(near, sessiontest.Fault{Kind: sessiontest.Reboot, Match: "my_commit", After: true}), apply.Reverted},
		{"the tool is killed between", renumbered(spec), func(l *lab, kill func()) {
			l.routers[near].Fault(sessiontest.Fault{Kind: sessiontest.Call, Match: "my_commit", Do: kill})
		}, apply.Reverted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, "1.4", "1.4", nil, far)
				time.Sleep(15 * time.Second)
				start := map[string]string{near: l.routers[near].Running(), far: l.routers[far].Running()}
				tx := l.change(tt.spec)
				j, err := apply.OpenJournal(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				var log strings.Builder
				o := apply.Options{Events: func(e apply.Event) { fmt.Fprintln(&log, e.Time.Format("15:04:05"), e.Node, e.Phase, e.Event, e.Detail) }}
				abandon := make(chan struct{})
				o.Abandon = abandon
				if tt.fault != nil {
					tt.fault(l, func() { close(abandon) })
				}
				out, err := apply.Run(t.Context(), tx, j, o)
				if err == nil && out.NeedsHelp() { // the next process takes it back
					var rec *apply.Record
					if rec, err = j.Load(pairRun); err == nil {
						again := l.change(tt.spec)
						o.Abandon = nil
						out, err = apply.Recover(t.Context(), rec, j, func(node string) func(context.Context) (apply.Device, error) {
							return again.Targets[slices.IndexFunc(again.Targets, func(tg apply.Target) bool { return tg.Plan.Node == node })].Open
						}, o)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range out.Nodes {
					r := l.routers[n.Node]
					if n.State != tt.want && n.State != apply.Untouched || (r.Running() == start[n.Node]) != (tt.want == apply.Reverted) || r.Saved() != r.Running() || len(r.Timers())+len(r.Leftovers()) > 0 {
						t.Errorf("%s is %s: %s; runs what it did %v, timers %v, left %v", n.Node, n.State, n.Detail, r.Running() == start[n.Node], r.Timers(), r.Leftovers())
					}
				}
				if t.Failed() {
					t.Logf("%+v\n%s", out, log.String())
				}
			})
		})
	}
}
