package session_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// rekeyed are the changes after which the ends have to authenticate anew: what the routers run at first, and what
// specification and key follow.
var rekeyed = []struct {
	name  string
	start func(node string, lines []string) []string
	edit  func(spec string) string
	key   string
}{
	{"key", nil, func(spec string) string { return spec }, "another-secret"},
	{"IKE proposal", nil, func(spec string) string {
		return strings.Replace(spec, "  psk = secret.psk\n", "  psk = secret.psk\n  ike {\n    proposals = [\"aes128-sha256-dh19\"]\n  }\n", 1)
	}, "shared-secret"},
	{"identity", func(_ string, lines []string) []string {
		for i, line := range lines {
			if rest, ok := strings.CutSuffix(line, "id '203.0.113.10'"); ok {
				lines[i] = rest + "id '203.0.113.99'"
			}
		}
		return lines
	}, func(spec string) string { return spec }, "shared-secret"},
}

// rekeyedPairs are the releases of the two ends.
var rekeyedPairs = [][2]string{{"1.2", "1.2"}, {"1.3", "1.3"}, {"1.2", "1.4"}, {"1.4", "1.2"}, {"1.4", "1.4"}, {"1.5", "1.3"}}

// authenticated fails the test unless each end has one IKE SA, made by a key within a time, with a child.
func (l *lab) authenticated(key string, within time.Duration) {
	l.t.Helper()
	for node, r := range l.routers {
		sas := l.net.SAs(r)
		if len(sas) != 1 || sas[0].Key != key || sas[0].Age > within || !sas[0].Child {
			l.t.Errorf("%s has the IKE SAs %+v; want one by %q, no older than %s", node, sas, key, within)
		}
	}
}

// run carries a transaction out and returns what came of it, and its events.
func (l *lab) run(tx *apply.Transaction, o apply.Options) (*apply.Outcome, string) {
	l.t.Helper()
	j, err := apply.OpenJournal(l.t.TempDir())
	if err != nil {
		l.t.Fatal(err)
	}
	var log strings.Builder
	hear := o.Events
	o.Events = func(e apply.Event) {
		fmt.Fprintln(&log, e.Time.Format("15:04:05"), e.Node, e.Phase, e.Event, e.Detail)
		if hear != nil {
			hear(e)
		}
	}
	out, err := apply.Run(l.t.Context(), tx, j, o)
	if err != nil {
		l.t.Fatal(err)
	}
	return out, log.String()
}

// TestN13AuthenticatesAnew changes what the ends authenticate each other by. The old IKE SA has to end on both, and all
// checks pass with a new one: that of 1.2 and 1.3 survives their own reset.
func TestN13AuthenticatesAnew(t *testing.T) {
	for _, rel := range rekeyedPairs {
		for _, tt := range rekeyed {
			t.Run(rel[0]+"-"+rel[1]+" "+tt.name, func(t *testing.T) {
				inLab(t, func(t *testing.T) {
					spec := fmt.Sprintf(labSpec, rel[0], rel[1])
					l := newLab(t, rel[0], rel[1], tt.start)
					time.Sleep(10 * time.Minute)
					l.authenticated("shared-secret", 10*time.Minute)
					began := time.Now()
					out, log := l.run(l.transaction(tt.edit(spec), tt.key), apply.Options{})
					for _, n := range out.Nodes {
						if n.State != apply.Applied {
							t.Errorf("%s is %s: %s", n.Node, n.State, n.Detail)
						}
					}
					l.authenticated(tt.key, time.Since(began))
					if t.Failed() {
						t.Log(log)
					}
				})
			})
		}
	}
}

// TestN12OldKeyComesBack takes such a change back: at once, and by the guards alone. The ends have to authenticate by
// the old key again, whichever of them initiates and whichever restores last.
func TestN12OldKeyComesBack(t *testing.T) {
	for i, tt := range []struct {
		rel       [2]string
		initiator string
	}{
		{[2]string{"1.2", "1.2"}, near}, {[2]string{"1.3", "1.3"}, far}, {[2]string{"1.2", "1.4"}, near}, {[2]string{"1.2", "1.4"}, far}, {[2]string{"1.5", "1.5"}, near},
	} {
		what := rekeyed[i%2]
		for _, late := range []string{near, far} {
			for _, alone := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s-%s %s initiator=%s late=%s alone=%v", tt.rel[0], tt.rel[1], what.name, tt.initiator, late, alone), func(t *testing.T) {
					inLab(t, func(t *testing.T) { oldKeyComesBack(t, tt.rel, what.edit, what.key, tt.initiator, late, alone) })
				})
			}
		}
	}
}

// oldKeyComesBack fails a change, and has its restore at late take long. Alone the guards do it: the tool dies when both
// ends have committed and negotiated.
func oldKeyComesBack(t *testing.T, rel [2]string, edit func(string) string, key, initiator, late string, alone bool) {
	site, _, _ := strings.Cut(initiator, "/")
	spec := strings.Replace(fmt.Sprintf(labSpec, rel[0], rel[1]), "  psk = secret.psk\n", "  psk = secret.psk\n  initiator = site."+site+".gateway.gw1\n", 1)
	l := newLabOf(t, spec, nil)
	time.Sleep(10 * time.Minute)
	l.authenticated("shared-secret", 10*time.Minute)
	l.routers[late].Fault(sessiontest.Fault{Kind: sessiontest.Slow, Match: "my_commit", Nth: 2, For: 90 * time.Second})
	abandon := make(chan struct{})
	tx := l.transaction(edit(spec), key)
	for i := range tx.Targets {
		g := &tx.Targets[i]
		g.Checks = append(g.Checks, plan.Check{Name: "never"})
	}
	o := apply.Options{Abandon: abandon}
	if alone {
		die := sync.OnceFunc(func() { close(abandon) })
		o.Events = func(e apply.Event) {
			if e.Phase == apply.PhaseCheck {
				die()
			}
		}
	}
	began := time.Now()
	out, log := l.run(tx, o)
	for _, n := range out.Nodes {
		if n.State != apply.Reverted && !alone {
			t.Errorf("%s is %s: %s", n.Node, n.State, n.Detail)
		}
	}
	time.Sleep(15 * time.Minute)
	for node, r := range l.routers {
		if len(r.Timers()) > 0 {
			t.Errorf("%s has the timers %v", node, r.Timers())
		}
	}
	l.authenticated("shared-secret", time.Since(began))
	if t.Failed() {
		t.Log(log)
	}
}

// TestN13OwnResetBefore14 types the command that releases before 1.4 have: it makes a new child SA, by the authentication
// that there was. Only when the IKE SA has ended does the new key count.
func TestN13OwnResetBefore14(t *testing.T) {
	for _, rel := range []string{"1.2", "1.3"} {
		t.Run(rel, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, rel, rel, nil)
				time.Sleep(10 * time.Minute)
				l.commit(near, "set vpn ipsec site-to-site peer 198.51.100.20 authentication pre-shared-secret another")
				l.commit(far, "set vpn ipsec site-to-site peer 203.0.113.10 authentication pre-shared-secret another")
				for _, node := range []string{near, far} { // a responder's begins as well
					command := "reset vpn ipsec-peer " + map[string]string{near: "198.51.100.20", far: "203.0.113.10"}[node]
					l.operate(node, command)
					if sas := l.net.SAs(l.routers[near]); len(sas) != 1 || sas[0].Key != "shared-secret" || sas[0].Age < 10*time.Minute || !sas[0].Child {
						t.Errorf("after %s: %+v", command, sas)
					}
				}
				l.both("sa", plan.Passed, "1 child SA")
				l.operate(far, "sudo swanctl --terminate --ike peer-203.0.113.10-tunnel-vti")
				l.operate(near, "sudo swanctl --terminate --ike peer-198.51.100.20-tunnel-vti")
				l.operate(near, "sudo swanctl --initiate --child peer-198.51.100.20-tunnel-vti")
				if sas := l.net.SAs(l.routers[far]); len(sas) != 1 || sas[0].Key != "another" || sas[0].Age > time.Minute {
					t.Errorf("%+v", sas)
				}
				l.both("sa", plan.Passed, "1 child SA")
			})
		})
	}
}

// TestWithoutSwanctl reads SAs from the older tool where the newer one is not to be had.
func TestWithoutSwanctl(t *testing.T) {
	inLab(t, func(t *testing.T) {
		l := newLab(t, "1.2", "1.3", nil)
		for _, r := range l.routers {
			r.Without("swanctl")
		}
		time.Sleep(15 * time.Second)
		l.both("sa", plan.Passed, "1 child SA")
		l.both("vti", plan.Passed, "")
		l.look(near, "rekey", false, plan.Skipped, "no swanctl")
	})
}

// TestFirstTunnelBefore14 makes the first peers of two gateways. The commit starts charon and does not wait until it answers.
func TestFirstTunnelBefore14(t *testing.T) {
	for _, rel := range []string{"1.2", "1.3"} {
		t.Run(rel, func(t *testing.T) {
			inLab(t, func(t *testing.T) {
				l := newLab(t, rel, rel, func(_ string, lines []string) []string {
					return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "set vpn ") })
				})
				began := time.Now()
				out, log := l.run(l.transaction(fmt.Sprintf(labSpec, rel, rel), "shared-secret"), apply.Options{})
				if !out.Applied() {
					t.Errorf("%+v\n%s", out, log)
				}
				l.authenticated("shared-secret", time.Since(began))
			})
		})
	}
}
