package sessiontest

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// arm is the script that was proven on a genuine box: it stages, arms a guard of 30 seconds and starts the commit.
func arm(t *testing.T) string {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile("testdata/protocol/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	apply := strings.Replace(read("apply.sh"), "my_delete interfaces vxlan vxlan1 parameters nolearning", "my_delete interfaces loopback lo", 1)
	return read("preflight-stage-arm.sh") + "\ncat > $D/guard.sh <<'END'\n" + read("guard.sh") + "END\ncat > $D/apply.sh <<'END'\n" + apply + "END\n" +
		"sudo systemd-run --quiet --collect --unit=l2stretch-guard-$ID --on-active=${T}s --timer-property=AccuracySec=100ms sg vyattacfg \"/bin/vbash $D/guard.sh $D\"\n" +
		"sudo systemd-run --quiet --collect --unit=l2stretch-apply-$ID --uid=$USER sg vyattacfg \"/bin/vbash $D/apply.sh $D\"\n"
}

// TestGuard runs the proven sequence, by itself and while things go wrong: 30 seconds after it was armed the guard has
// restored what ran, in what is no time at all.
func TestGuard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault Fault
		want  string // a part of the guard's log
	}{
		{"a clean commit", Fault{Match: "no step has this name"}, "restored try=1"},
		{"a commit in part", Fault{Kind: CommitFails, Path: "protocols static"}, "restored try=1"},
		{"a connection that is cut", Fault{Kind: Drop, Match: "my_commit"}, "restored try=1"},
		{"a guard that goes off during the commit", Fault{Kind: FireTimers, Match: "commit protocols static"}, "temporarily locked"},
		{"somebody else's commit", Fault{Kind: LockHeld, Match: "start l2stretch-guard", For: 5 * time.Second}, "temporarily locked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := New(t, Options{Config: box})
				before := r.Running()
				r.Fault(tt.fault)
				if got := script(t, r, arm(t)); got.status != 0 || !strings.Contains(got.out, "PF unsaved=0\n") {
					t.Fatal(got)
				}
				time.Sleep(15 * time.Second)
				time.Sleep(2 * time.Minute)
				log, err := r.File("/run/l2stretch.tx1/guard.out")
				if err != nil || !strings.Contains(log, tt.want) || !strings.Contains(log, "restored") {
					t.Error(log, err)
				}
				if r.Running() != before || slices.Contains(r.Leftovers(), "kernel differs") || len(r.Timers()) != 0 {
					t.Errorf("it runs\n%s%v", r.Running(), r.Leftovers())
				}
			})
		})
	}
}

// TestDisarm stops the guard: nothing is restored, and nothing is left of the units.
func TestDisarm(t *testing.T) {
	for _, fail := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := New(t, Options{Config: box})
			script(t, r, arm(t))
			time.Sleep(15 * time.Second)
			if len(r.Timers()) != 1 || r.Timers()[0].Left != 15*time.Second {
				t.Fatal(r.Timers())
			}
			after := r.Running()
			if fail {
				r.Fault(Fault{Kind: DisarmFails})
			}
			if got := script(t, r, "sudo systemctl stop l2stretch-guard-tx1.timer\n"); (got.status != 0) != fail {
				t.Error(got)
			}
			time.Sleep(time.Minute)
			if (r.Running() != after) != fail {
				t.Error(r.Running())
			}
			if got := r.Leftovers(); !slices.Equal(got, []string{"file /run/l2stretch.tx1"}) {
				t.Error(got)
			}
		})
	}
}

// TestAt is the guard of a release without timers on demand: at counts whole minutes, by the clock on the wall.
func TestAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Release: "1.2", Config: box})
		if got := script(t, r, "systemd-run --version | head -1; sudo systemd-run --on-active=5s true; sudo systemd-run --unit=x true\n"); got.out != "systemd 215\n" || got.status != 0 ||
			!strings.Contains(got.err, "unrecognized option '--on-active'") {
			t.Error(got)
		}
		time.Sleep(30 * time.Second)
		if got := script(t, r, "echo 'date +%T > /tmp/fired' | at now + 5 minutes\natq | wc -l\n"); got.out != "1\n" || !strings.Contains(got.err, "job 1 at Sat Jan  1 00:05:00 2000") {
			t.Error(got)
		}
		r.Fault(Fault{Kind: ClockJump, For: 3 * time.Minute})
		time.Sleep(2 * time.Minute)
		if fired, err := r.File("/tmp/fired"); fired != "00:05:00\n" {
			t.Error(fired, err)
		}
	})
}

// TestOwner commits as members of different groups: what runs belongs to the last one.
func TestOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Config: box})
		if got := script(t, r, change); got.status != 0 { // by group users
			t.Fatal(got)
		}
		text := strings.NewReplacer("new", "newer", "10.1.0.0/16", "10.2.0.0/16").Replace(change)
		r.WriteFile("/tmp/change", text)
		for _, tt := range []struct{ group string }{
			{"--gid=vyattacfg /bin/vbash /tmp/change"},
			{"sg vyattacfg '/bin/vbash /tmp/change'"},
		} {
			got := exec(t, connect(t, r, "admin2"), "vbash -s", "sudo systemd-run --quiet --collect --unit=x --uid=$USER "+tt.group+"\n")
			if got.status != 0 {
				t.Fatal(got)
			}
			time.Sleep(time.Minute)
		}
		if n := len(r.Commits()); n != 2 || r.Commits()[1].User != "admin2" {
			t.Errorf("%d commits", n)
		}
	})
}

// TestNative lets the release's own commit-confirm expire: the box boots what is saved, the development branch loads what ran
// before.
func TestNative(t *testing.T) {
	for _, tt := range []struct {
		release string
		boots   int
	}{{"1.4", 1}, {"1.5", 1}, {"rolling", 0}} {
		synctest.Test(t, func(t *testing.T) {
			r := New(t, Options{Release: tt.release, Config: box})
			before := r.Running()
			text := strings.Replace(change, "/opt/vyatta/sbin/my_commit", "sudo sg vyattacfg '/usr/bin/config-mgmt commit_confirm -t=10 -y'\nIN_COMMIT_CONFIRM=t /opt/vyatta/sbin/my_commit", 1)
			if got := script(t, r, text); got.status != 0 || r.Running() == before {
				t.Fatal(got)
			}
			time.Sleep(15 * time.Minute)
			if r.Running() != before || r.Boots() != tt.boots || len(r.Timers()) != 0 {
				t.Error(r.Running(), r.Boots(), r.Timers())
			}
		})
	}
}

// TestLatency takes as long as the packets do.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Config: box, Latency: 10 * time.Millisecond})
		c := connect(t, r, "vyos")
		start := time.Now()
		exec(t, c, "true", "")
		if d := time.Since(start); d < 40*time.Millisecond || d > 100*time.Millisecond {
			t.Error(d)
		}
	})
}

// TestBackground leaves processes behind: those that hold the connection's output keep the channel open.
func TestBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Config: box})
		start := time.Now()
		script(t, r, "sleep 100 > /dev/null 2>&1 &\n")
		if d := time.Since(start); d > time.Second {
			t.Error(d)
		}
		if got := script(t, r, "{ sleep 50; echo late; } 2>/dev/null &\n"); got.out != "late\n" || time.Since(start) < 50*time.Second {
			t.Error(got, time.Since(start))
		}
		connect(t, r, "vyos").Close()
	})
}

// TestPort serves on a port of this machine.
func TestPort(t *testing.T) {
	r := New(t, Options{Config: box, Instant: true})
	addr, err := r.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(r.ClientKey())
	if err != nil {
		t.Fatal(err)
	}
	c, err := ssh.Dial("tcp", addr.String(), &ssh.ClientConfig{User: "vyos", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(r.HostKey())})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := exec(t, c, "hostname", ""); got.out != "vyos\n" {
		t.Error(got)
	}
}

// A failure collects what a router reports.
type failure struct {
	*testing.T
	text bytes.Buffer
}

func (f *failure) Errorf(format string, args ...any) { f.text.WriteString(format) }

// TestLoud asks for what the router does not know.
func TestLoud(t *testing.T) {
	for _, line := range []string{
		"frobnicate --now", "ls --color", "/opt/vyatta/sbin/vyatta-nothing", "systemctl daemon-reload", "config-mgmt frobnicate", "cli-shell-api frobnicate", "awk 'BEGIN{print 1}'",
		"sed 'y/a/b/' /etc/passwd", "coproc cat", "sudo frobnicate", "/opt/vyatta/bin/vyatta-op-cmd-wrapper show interfaces brief of all", "echo ${x/#a/b}",
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &failure{T: t}
			r := New(f, Options{Config: box})
			got := script(t, r, line+"\n")
			r.Close()
			if f.text.Len() == 0 {
				t.Errorf("%s: not a word; %+v", line, got)
			}
		})
	}
	r := New(t, Options{Config: box})
	r.Close()
	if _, err := r.Dial(context.Background()); err == nil {
		t.Error("a closed router takes connections")
	}
}
