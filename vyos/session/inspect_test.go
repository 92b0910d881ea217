package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// TestInspect reads a router on which nothing is amiss.
func TestInspect(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		time.Sleep(90 * time.Minute)
		snapshot, facts, err := b.open("").Inspect(t.Context())
		b.must(err)
		if snapshot.Release() != b.Release().Name || facts.Release != b.Release().Name || facts.User != "vyos" || !facts.Administrator || !facts.Booted {
			t.Errorf("%+v", facts)
		}
		if facts.Locked || facts.PendingConfirm || facts.Unsaved || len(facts.Others)+len(facts.Runs)+len(facts.Short)+len(facts.ReadOnly) > 0 || facts.Uptime < 90*time.Minute || facts.Uptime > 91*time.Minute {
			t.Errorf("%+v", facts)
		}
		b.clean()
	})
}

// TestInspectSees has one thing amiss at a time.
func TestInspectSees(t *testing.T) {
	for _, tt := range []struct {
		name string
		user string
		make func(b *box)
		want func(f plan.Facts) bool
	}{
		{name: "an operator", user: "oper", want: func(f plan.Facts) bool { return !f.Administrator && !f.Unsaved && f.User == "oper" }},
		{name: "a commit that is not saved", make: func(b *box) { b.foreign(true, "system host-name other") }, want: func(f plan.Facts) bool { return f.Unsaved && len(f.Others) == 0 }},
		{
			name: "a session with changes whose process has died", make: func(b *box) { b.foreign(false, "system host-name other") },
			want: func(f plan.Facts) bool { return len(f.Others) == 1 && f.Others[0].User == "admin2" && f.Others[0].Dead },
		},
		{
			name: "a session with changes", make: func(b *box) {
				b.exec("admin2", "setsid /bin/vbash -c 'source /etc/default/vyatta; eval $(cli-shell-api getSessionEnv $$); cli-shell-api setupSession; /opt/vyatta/sbin/my_set system host-name x; sleep 600' > /dev/null 2>&1 &", "sleep 5")
			},
			want: func(f plan.Facts) bool {
				return len(f.Others) == 1 && f.Others[0].User == "admin2" && !f.Others[0].Dead
			},
		},
		{
			name: "a commit-confirm", make: func(b *box) {
				if b.Release().Debian < 12 {
					b.exec("vyos", "sudo touch /var/run/confirm.job")
					return
				}
				b.exec("vyos", "sudo -n sg vyattacfg '/usr/bin/config-mgmt commit_confirm -t=10 -y' < /dev/null")
			},
			want: func(f plan.Facts) bool { return f.PendingConfirm },
		},
		{name: "no boot", make: func(b *box) { b.exec("vyos", "sudo rm /tmp/vyos-config-status") }, want: func(f plan.Facts) bool { return !f.Booted || f.Release == "1.2" }},
		{name: "a boot with errors", make: func(b *box) { b.WriteFile("/tmp/vyos-config-status", "1\n") }, want: func(f plan.Facts) bool { return !f.Booted }},
		{name: "a run's directory", make: func(b *box) { b.exec("vyos", "sudo mkdir /run/l2stretch.old") }, want: func(f plan.Facts) bool { return slices.Equal(f.Runs, []plan.Left{{Run: "old"}}) }},
		{
			name: "a full /config", make: func(b *box) { b.Fault(sessiontest.Fault{Kind: sessiontest.DiskFull, Path: "/config"}) },
			want: func(f plan.Facts) bool { return len(f.Short) == 1 && len(f.ReadOnly) == 0 },
		},
		{
			name: "a read-only /config", make: func(b *box) { b.Fault(sessiontest.Fault{Kind: sessiontest.ReadOnly, Path: "/config"}) },
			want: func(f plan.Facts) bool {
				return slices.Equal(f.ReadOnly, []string{"/config"}) && len(f.Short) == 0 && !f.Unsaved
			},
		},
		{
			name: "a read-only file system of the configuration", make: func(b *box) { b.Fault(sessiontest.Fault{Kind: sessiontest.ReadOnly, Path: "/opt/vyatta/config"}) },
			want: func(f plan.Facts) bool { return slices.Equal(f.ReadOnly, []string{"/opt/vyatta/config"}) },
		},
		{name: "a saved file that is damaged", make: func(b *box) { b.WriteFile("/opt/vyatta/etc/config/config.boot", "interfaces {\n") }, want: func(f plan.Facts) bool { return f.Unsaved }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *box) {
				if tt.make != nil {
					tt.make(b)
				}
				if tt.user != "" {
					b.gateway = b.as(tt.user)
				}
				_, facts, err := b.open("").Inspect(t.Context())
				b.must(err)
				if !tt.want(facts) {
					t.Errorf("%+v", facts)
				}
			})
		})
	}
}

// TestInspectVersions tells an appliance from a stranger.
func TestInspectVersions(t *testing.T) {
	bubble(t, func(t *testing.T, b *box) {
		b.WriteFile("/usr/share/vyos/version.json", `{"version":"4.0.2","vyos_branch":"`+b.Release().Branch+`"}`)
		_, facts, err := b.open("").Inspect(t.Context())
		b.must(err)
		if facts.Version != "4.0.2" || facts.Release != b.Release().Name {
			t.Errorf("%+v", facts)
		}
		b.WriteFile("/usr/share/vyos/version.json", `{"version":"1.1.8\u001b[2J"}`)
		_, facts, err = b.open("").Inspect(t.Context())
		if !errors.Is(err, session.ErrUnknownRelease) || facts.Version != `1.1.8\x1b[2J` || facts.User != "vyos" {
			t.Errorf("%v, %+v", err, facts)
		}
	})
}
