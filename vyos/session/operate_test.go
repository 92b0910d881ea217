package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// TestOperate runs operational commands, of VyOS and of others.
func TestOperate(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		var seen []string
		b.Router.Operate("reset vpn", func(p *sessiontest.Proc) int {
			seen = append(seen, p.User()+": "+strings.Join(p.Args, " "))
			return 0
		})
		running := true // charon
		b.Handle("/usr/bin/pidof", func(p *sessiontest.Proc) int {
			if !running {
				return 1
			}
			fmt.Fprintln(p.Stdout, "1234")
			return 0
		})
		b.Handle("/usr/sbin/ipsec", func(*sessiontest.Proc) int { return 7 })
		left := true // the SAs that are to be ended are there
		b.Handle("/usr/sbin/swanctl", func(p *sessiontest.Proc) int {
			if slices.Contains(p.Args, "--list-sas") {
				if left {
					fmt.Fprintf(p.Stdout, "list-sa event {P {uniqueid=1 state=ESTABLISHED child-sas {}}}\nlist-sa event {slow {uniqueid=2 state=ESTABLISHED child-sas {}}}\n")
				}
				fmt.Fprintf(p.Stdout, "list-sas reply {}\n")
				return 0
			}
			seen = append(seen, p.User()+": "+strings.Join(p.Args, " "))
			if slices.Contains(p.Args, "slow") {
				p.Sleep(time.Hour)
			}
			return 22
		})
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Operate(ctx, plan.Operation{Command: "reset vpn ipsec site-to-site peer P"}))
		if err := d.Operate(ctx, plan.Operation{Command: "sudo swanctl --terminate --ike P"}); err == nil || !strings.Contains(err.Error(), "status 22") {
			t.Error(err)
		}
		if err := d.Operate(ctx, plan.Operation{Command: "sudo swanctl --terminate --ike slow"}); err == nil || !strings.Contains(err.Error(), "did not end within 1m0s") {
			t.Error(err)
		}
		left = false
		b.must(d.Operate(ctx, plan.Operation{Command: "sudo swanctl --terminate --ike P"})) // the far end was first
		left, running = true, false
		b.must(d.Operate(ctx, plan.Operation{Command: "sudo swanctl --terminate --ike P"}), // the daemon went with its configuration
			d.Operate(ctx, plan.Operation{Command: "sudo ipsec down peer-192.0.2.2-tunnel-vti"}))
		for _, command := range []string{"", "reset", "reset vpn; reboot", "reset vpn $(reboot)", "reset vpn 'x'"} {
			if err := d.Operate(ctx, plan.Operation{Command: command}); err == nil {
				t.Errorf("%q was run", command)
			}
		}
		if len(seen) != 5 || !strings.HasPrefix(seen[1], "root: ") || !strings.HasPrefix(seen[0], "vyos: ") {
			t.Errorf("%q", seen)
		}
	})
}

// peer configures an IPsec peer; its secret is a reference.
func (b *box) peer() plan.Phase {
	group := []string{
		"set vpn ipsec ike-group L2S key-exchange ikev2", "set vpn ipsec ike-group L2S proposal 1 dh-group 14",
		"set vpn ipsec ike-group L2S proposal 1 encryption aes256", "set vpn ipsec ike-group L2S proposal 1 hash sha256",
		"set vpn ipsec esp-group L2S proposal 1 encryption aes256", "set vpn ipsec esp-group L2S proposal 1 hash sha256",
		"set interfaces vti vti1 address 10.9.0.1/30",
	}
	secret := plan.Step{Op: plan.Set, Path: strings.Fields("vpn ipsec authentication psk P secret"), Value: "secret:psk", Secret: true}
	at := "set vpn ipsec site-to-site peer 192.0.2.2 "
	if b.Release().Has(release.PeerNames) {
		at = "set vpn ipsec site-to-site peer P "
		group = append(group, "set vpn ipsec authentication psk P id 192.0.2.1", "set vpn ipsec authentication psk P id 192.0.2.2", at+"remote-address 192.0.2.2")
	} else {
		secret.Path = strings.Fields("vpn ipsec site-to-site peer 192.0.2.2 authentication pre-shared-secret")
	}
	group = append(group,
		"set vpn ipsec "+strings.Join(b.Release().IPsec.Interfaces, " ")+" eth0",
		at+"authentication mode pre-shared-secret", at+"ike-group L2S", at+"local-address 192.0.2.1", at+"vti bind vti1", at+"vti esp-group L2S")
	ph := b.phase(group...)
	ph.Steps = append(ph.Steps, secret)
	return ph
}

// TestGuardEndsSAs has the guard take a peer away, whose SAs outlive it, and bring one back.
func TestGuardEndsSAs(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		var seen []string
		note := func(p *sessiontest.Proc) int {
			seen = append(seen, p.User()+": "+strings.Join(p.Args, " "))
			return 0
		}
		for _, program := range []string{"/usr/sbin/swanctl", "/usr/sbin/ipsec"} {
			b.Handle(program, note)
		}
		b.Router.Operate("reset vpn", note)
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.peer()), d.Arm(ctx, timer), d.Commit(ctx))
		time.Sleep(6 * time.Minute)
		b.restored()
		want := "root: swanctl --terminate --ike P"
		if !b.Release().Has(release.PeerNames) {
			want = "root: swanctl --terminate --ike peer-192.0.2.2-tunnel-vti"
		}
		if len(seen) != 1 || !strings.HasSuffix(strings.ReplaceAll(seen[0], "/usr/sbin/", ""), want) {
			t.Errorf("%q", seen)
		}
	})
}

// TestArguments looks for secrets in the arguments of every program that the router runs.
func TestArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, "1.4", text14)
		b.Handle("/usr/sbin/swanctl", func(*sessiontest.Proc) int { return 0 })
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.peer()), d.Arm(ctx, timer), d.Commit(ctx))
		time.Sleep(6 * time.Minute)
		b.restored()
		steps := b.Steps()
		if len(steps) < 50 {
			t.Errorf("only %d steps", len(steps))
		}
		for _, s := range steps {
			if strings.Contains(s, "canary") {
				t.Errorf("%s", s)
			}
		}
	})
}

// TestUnitsSpareDaemons looks at how units are started: a commit of 1.3 starts charon as its own child, and by default
// systemd kills what is left of a unit with its main process.
func TestUnitsSpareDaemons(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		d, _ := b.inspected("r1")
		ctx := t.Context()
		b.must(d.Stage(ctx, b.phase("set system host-name other")), d.Arm(ctx, timer), d.Commit(ctx), d.Undo(ctx, "r1", nil))
		units := 0
		for _, s := range b.Steps() {
			if !strings.Contains(s, "systemd-run") || !strings.Contains(s, "--unit=") {
				continue
			}
			units++
			if !strings.Contains(s, "--property=KillMode=process") {
				t.Errorf("%s", s)
			}
		}
		if b.Release().Debian >= 10 && units < 3 {
			t.Errorf("%d units were seen", units)
		}
	})
}
