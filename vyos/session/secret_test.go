package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// oldKey is a secret that no argument can be given without quotes, and no pattern be made of.
const oldKey = `canary of the router & \1 $x *{};# \`

// keyed starts a router with a peer that has the old key.
func keyed(t *testing.T, rel string) *box {
	b := newBox(t, rel, texts[rel])
	b.Handle("/usr/sbin/swanctl", func(p *sessiontest.Proc) int {
		fmt.Fprintln(p.Stdout, "list-sa event {P {child-sas {P-vti-1 {state=INSTALLED}}}}")
		return 0
	})
	b.Operate("reset vpn", func(*sessiontest.Proc) int { return 0 })
	b.secrets["psk"] = oldKey
	d, _ := b.inspected("r0")
	b.must(d.Stage(t.Context(), b.peer()), d.Arm(t.Context(), timer), d.Commit(t.Context()), d.Disarm(t.Context(), "r0"), d.Save(t.Context()), d.Clean(t.Context(), "r0"))
	b.start = b.Running()
	b.secrets["psk"] = canary
	return b
}

// key is the step that changes the key.
func (b *box) key() plan.Step {
	path := "vpn ipsec site-to-site peer 192.0.2.2 authentication pre-shared-secret"
	if b.Release().Has(release.PeerNames) {
		path = "vpn ipsec authentication psk P secret"
	}
	return plan.Step{Op: plan.Set, Path: strings.Fields(path), Value: "secret:psk", Secret: true}
}

// silent fails the test when an argument of any program held a secret.
func (b *box) silent() {
	b.t.Helper()
	for _, s := range b.Steps() {
		if strings.Contains(s, "canary") {
			b.t.Errorf("everybody could read %s", s)
		}
	}
}

// TestGuardMergesAKeyBack has somebody commit after the run, so that only what the run changed is taken back: the old key is
// in no argument, and what the other one did stays.
func TestGuardMergesAKeyBack(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				b := keyed(t, rel.Name)
				ph := b.phase(some...)
				ph.Steps = append(ph.Steps, b.key())
				d, _ := b.inspected("r1")
				b.must(d.Stage(t.Context(), ph), d.Arm(t.Context(), timer), d.Commit(t.Context()))
				b.foreign(true, "system time-zone UTC")
				time.Sleep(6 * time.Minute)
				if trace := b.trace(); trace.Progress != plan.Restored || trace.Before || trace.Armed {
					t.Errorf("%+v", trace)
				}
				if want := strings.Replace(b.start, "    host-name gw1\n", "    host-name gw1\n    time-zone UTC\n", 1); b.Running() != want {
					t.Errorf("%s\nwant\n%s", b.Running(), want)
				}
				b.must(d.Clean(t.Context(), "r1"))
				b.clean()
				b.silent()
			})
		})
	}
}

// TestGuardMergesBesideACommit has somebody commit just when the guard has made its candidate: the guard begins again, and
// does not take that back.
func TestGuardMergesBesideACommit(t *testing.T) {
	for _, rel := range []string{"1.2", "1.4"} {
		for _, after := range []bool{false, true} {
			t.Run(rel, func(t *testing.T) {
				inLab(t, func(t *testing.T) {
					b := keyed(t, rel)
					d, _ := b.inspected("r1")
					b.must(d.Stage(t.Context(), plan.Phase{Steps: []plan.Step{b.key()}}), d.Arm(t.Context(), timer), d.Commit(t.Context()))
					b.foreign(true, "system time-zone UTC")
					b.Fault(sessiontest.Fault{Kind: sessiontest.Call, Match: "merged.boot", After: after, Do: func() {
						if err := b.Commit("admin2", "set system domain-name example.net"); err != nil {
							t.Error(err)
						}
					}})
					time.Sleep(6 * time.Minute)
					for _, want := range []string{"time-zone UTC", "domain-name example.net", "canary of the router"} {
						if !strings.Contains(b.Running(), want) {
							t.Errorf("%s is not there:\n%s", want, b.Running())
						}
					}
					if trace := b.trace(); trace.Progress != plan.Restored {
						t.Errorf("%+v", trace)
					}
					b.silent()
				})
			})
		}
	}
}

// TestGuardWhereNoMarkIsTaken has a router that checks secrets for a form which a mark does not have: restoring comes first.
func TestGuardWhereNoMarkIsTaken(t *testing.T) {
	inLab(t, func(t *testing.T) {
		b := keyed(t, "1.3")
		d, _ := b.inspected("r1")
		b.must(d.Stage(t.Context(), plan.Phase{Steps: []plan.Step{b.key()}}), d.Arm(t.Context(), timer), d.Commit(t.Context()))
		b.foreign(true, "system time-zone UTC")
		b.Fault(sessiontest.Fault{Kind: sessiontest.Fail, Match: "L2Sr1x1x", Text: "Value validation failed\nSet failed\n"})
		time.Sleep(6 * time.Minute)
		if trace := b.trace(); trace.Progress != plan.Restored || !strings.Contains(trace.Log, "takes no mark") || !strings.Contains(b.Running(), "canary of the router") {
			t.Errorf("%+v\n%s", trace, b.Running())
		}
	})
}
