package sessiontest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

const change = `source /etc/default/vyatta
eval $(cli-shell-api getSessionEnv $$)
cli-shell-api setupSession
/opt/vyatta/sbin/my_set interfaces ethernet eth1 description new
/opt/vyatta/sbin/my_set protocols static route 10.1.0.0/16 blackhole
/opt/vyatta/sbin/my_commit > /tmp/out 2>&1
s=$?
cli-shell-api teardownSession
cat /tmp/out
rm /tmp/out
exit $s
`

// try runs a command and returns what becomes of it, also when the connection is lost.
func try(t *testing.T, c *ssh.Client, command, stdin string) (string, error) {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		return "", err
	}
	s.Stdin = strings.NewReader(stdin)
	out, err := s.Output(command)
	return string(out), err
}

func TestFaults(t *testing.T) {
	commit := Fault{Match: "my_commit"}
	for _, tt := range []struct {
		name  string
		fault Fault
		want  func(t *testing.T, r *Router, before, out string, err error)
	}{
		{"nothing", Fault{Match: "no step has this name"}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil || out != "" || !strings.Contains(r.Running(), "10.1.0.0/16") || len(r.Commits()) != 1 || r.Leftovers() != nil {
				t.Error(err, out, r.Running(), r.Leftovers())
			}
		}},
		{"a connection is cut, and the commit goes on", Fault{Kind: Drop, Match: commit.Match}, func(t *testing.T, r *Router, before, out string, err error) {
			if err == nil {
				t.Error("nothing was lost")
			}
			time.Sleep(time.Minute)
			if r.Running() == before || len(r.Leftovers()) > 0 && r.Leftovers()[0] != "file /tmp/out" {
				t.Error(r.Running(), r.Leftovers())
			}
		}},
		{"a commit is killed between two scripts", Fault{Kind: KillProgram, Match: "commit protocols static"}, func(t *testing.T, r *Router, before, out string, err error) {
			if r.Running() != before {
				t.Error("the running configuration has changed")
			}
			if !slices.Contains(r.Leftovers(), "kernel differs") {
				t.Error("the kernel is as it was")
			}
			if again := script(t, r, change); again.status != 0 || slices.Contains(r.Leftovers(), "kernel differs") {
				t.Error("committing again did not mend it", again)
			}
		}},
		{"the whole script is killed", Fault{Kind: KillScript, Match: "my_commit"}, func(t *testing.T, r *Router, before, out string, err error) {
			if err == nil || r.Running() != before || !slices.Contains(r.Leftovers(), "session of vyos") {
				t.Error(err, r.Leftovers())
			}
		}},
		{"power is lost", Fault{Kind: Reboot, Match: "commit ends"}, func(t *testing.T, r *Router, before, out string, err error) {
			if err == nil || !r.Down() {
				t.Error("it did not go down")
			}
			if _, err := r.Dial(context.Background()); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Error(err)
			}
			time.Sleep(2 * time.Minute)
			if r.Down() || r.Running() != before || r.Boots() != 1 || r.Leftovers() != nil {
				t.Error(r.Running(), r.Leftovers())
			}
			if got := script(t, r, change); got.status != 0 {
				t.Error(got)
			}
		}},
		{"a commit fails in part", Fault{Kind: CommitFails, Path: "protocols static", Text: "no"}, func(t *testing.T, r *Router, before, out string, err error) {
			if want := "[ protocols static ]\nno\n\n[[protocols static]] failed\nCommit failed\n"; out != want {
				t.Errorf("%q, want %q", out, want)
			}
			if !strings.Contains(r.Running(), "new") || strings.Contains(r.Running(), "10.1.0.0") {
				t.Error(r.Running())
			}
		}},
		{"what runs is not what was committed", Fault{Kind: ReadbackDiffers}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil || !strings.Contains(r.Running(), "new") || strings.Contains(r.Running(), "blackhole") {
				t.Error(err, r.Running())
			}
		}},
		{"somebody else commits", Fault{Kind: LockHeld, For: time.Minute}, func(t *testing.T, r *Router, before, out string, err error) {
			if !strings.HasPrefix(out, "Configuration system temporarily locked") || r.Running() != before {
				t.Error(out)
			}
		}},
		{"a program fails", Fault{Kind: Fail, Match: "my_set protocols", Text: "what"}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil || strings.Contains(r.Running(), "10.1.0.0") {
				t.Error(err, r.Running())
			}
		}},
		{"the disk is full", Fault{Kind: DiskFull, Path: "/tmp"}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil {
				t.Error(err) // nothing was written there
			}
		}},
		{"a program is slow", Fault{Kind: Slow, Match: "my_commit", For: time.Hour}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil || r.Commits()[0].At.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) < time.Hour {
				t.Error(err, r.Commits()[0].At)
			}
		}},
		{"nothing passes", Fault{Kind: Freeze, Match: "my_commit", For: time.Hour}, func(t *testing.T, r *Router, before, out string, err error) {
			if err != nil || time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) < time.Hour {
				t.Error(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := New(t, Options{Config: box})
				before := r.Running()
				c := connect(t, r, "vyos")
				r.Fault(tt.fault)
				out, err := try(t, c, "vbash -s", change)
				tt.want(t, r, before, out, err)
			})
		})
	}
}

// TestEveryStep interrupts a script at every step in ways that cut it short: the router is up again afterwards, and
// runs what it ran or what it was to run.
func TestEveryStep(t *testing.T) {
	var steps []string
	var after string
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Config: box})
		script(t, r, change)
		steps, after = r.Steps(), r.Running()
	})
	if len(steps) < 10 {
		t.Fatal(steps)
	}
	for i := range steps {
		for _, kind := range []Kind{Drop, KillProgram, KillScript, Reboot, Freeze} {
			synctest.Test(t, func(t *testing.T) {
				r := New(t, Options{Config: box})
				before := r.Running()
				c := connect(t, r, "vyos")
				r.Fault(Fault{Kind: kind, At: i + 1, For: time.Second})
				_, err := try(t, c, "vbash -s", change)
				time.Sleep(5 * time.Minute)
				if r.Down() {
					t.Errorf("kind %d at %s: it is down", kind, steps[i])
				}
				if got := r.Running(); got != before && got != after && kind != KillProgram {
					t.Errorf("kind %d at %s (%v): it runs\n%s", kind, steps[i], err, got)
				}
			})
		}
	}
}
