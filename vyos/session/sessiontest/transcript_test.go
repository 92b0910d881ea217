package sessiontest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// A dialogue is what was said to a genuine router, and what it said.
type dialogue struct {
	Name    string
	Channel string
	Steps   []struct {
		Send   string
		Stdout string
		Stderr string
		RC     *int
	}
}

func readDialogues(t *testing.T) []dialogue {
	t.Helper()
	f, err := os.Open("testdata/transcripts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []dialogue
	for dec := json.NewDecoder(bufio.NewReader(f)); ; {
		var d dialogue
		if err := dec.Decode(&d); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// TestRecordings compares the copies of what was recorded with where they come from.
func TestRecordings(t *testing.T) {
	shared := backendtest.Shared(t, "vyos")
	for _, name := range []string{"transcripts.jsonl", "protocol/preflight-stage-arm.sh", "protocol/apply.sh", "protocol/guard.sh"} {
		want, err := os.ReadFile(filepath.Join(shared, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("testdata/%s differs from what was recorded", name)
		}
	}
}

// scene is what a dialogue found when it began, and what others did while it went on.
type scene struct {
	user   string
	make   func(r *Router)
	before map[int]func(t *testing.T, r *Router) // by step
}

var scenes = map[string]scene{
	"rollback-soft":                 {make: revisions},
	"pty-rollback-soft-and-invalid": {make: revisions},
	"operator-level-denied":         {user: "oper"},
	"pty-operator":                  {user: "oper"},
	"session-wiped": {before: map[int]func(*testing.T, *Router){4: func(t *testing.T, r *Router) {
		script(t, r, "eval $(cli-shell-api getSessionEnv $$); cli-shell-api setupSession")
	}}},
	"commit-locked": {before: map[int]func(*testing.T, *Router){
		4: func(_ *testing.T, r *Router) { r.Fault(Fault{Kind: LockHeld, For: time.Minute}) },
		8: func(*testing.T, *Router) { time.Sleep(time.Minute) },
	}},
	"other-users-uncommitted-session": {make: func(r *Router) { r.Dirty("admin2", "set interfaces ethernet eth1 description x") }},
	"config-partition-full": {make: func(r *Router) {
		r.WriteFile(configDir+"/filler", strings.Repeat("x", 16<<10))
		r.Fault(Fault{Kind: DiskFull, Path: "/config"})
	}},
	"config-partition-read-only": {make: func(r *Router) {
		r.must(r.Commit("admin2", "set protocols static route 10.140.0.0/16 blackhole"))
		r.Fault(Fault{Kind: ReadOnly, Path: "/config"})
	}},
	"config-tmpfs-full": {make: func(r *Router) { r.Fault(Fault{Kind: DiskFull, Path: "/opt/vyatta/config"}) }},
	"after-tmpfs-full": {make: func(r *Router) {
		r.must(r.Commit("admin2", "set protocols static route 10.140.0.0/16 blackhole"))
		r.Save()
		r.must(r.Commit("admin2", "delete protocols static route 10.140.0.0/16"))
		r.active = r.damaged()
	}},
}

// revisions fills the archive.
func revisions(r *Router) {
	for i := range 30 {
		do := "set"
		if i%2 == 1 {
			do = "delete"
		}
		r.must(r.Commit("admin2", do+" protocols static route 10.120.0.0/16 blackhole"))
	}
}

// recorded is the time of the recordings.
var recorded = time.Date(2026, 11, 22, 15, 10, 0, 0, time.UTC)

// TestTranscripts holds the router against every dialogue that was recorded.
func TestTranscripts(t *testing.T) {
	base, err := os.ReadFile("testdata/transcripts.set")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range readDialogues(t) {
		t.Run(d.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := New(t, Options{Config: string(base)})
				r.Fault(Fault{Kind: ClockJump, For: time.Until(recorded)})
				if d.Channel == "pty" {
					replayTerminal(t, r, d)
				} else {
					replay(t, r, d)
				}
			})
		})
	}
}

func replay(t *testing.T, r *Router, d dialogue) {
	s := scenes[d.Name]
	if s.user == "" {
		s.user = "vyos"
	}
	if s.make != nil {
		s.make(r)
	}
	session, err := connect(t, r, s.user).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, errs := reader(t, session.StdoutPipe), reader(t, session.StderrPipe)
	if err := session.Start("vbash -s"); err != nil {
		t.Fatal(err)
	}
	for i, step := range d.Steps {
		if do := s.before[i]; do != nil {
			do(t, r)
		}
		if step.RC == nil {
			continue // done by somebody else
		}
		fmt.Fprintf(in, "%s\nprintf '\\001%%s\\n' $?; printf '\\001\\n' >&2\n", step.Send)
		got, status := until(t, out)
		gotErr, _ := until(t, errs)
		if step.Send == "echo $$" {
			got, step.Stdout = "PID", "PID"
		}
		if got := plain(got); got != plain(step.Stdout) {
			t.Errorf("%s\nprints %q\nwant   %q", step.Send, got, plain(step.Stdout))
		}
		if got := plain(gotErr); got != plain(step.Stderr) {
			t.Errorf("%s\ncomplains %q\nwant      %q", step.Send, got, plain(step.Stderr))
		}
		if status != strconv.Itoa(*step.RC) {
			t.Errorf("%s\nhas status %s, want %d", step.Send, status, *step.RC)
		}
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if err := session.Wait(); err != nil && !isExit(err) {
		t.Error(err)
	}
}

// replayTerminal types what was typed, slowly, as people do: commits end and discards settle meanwhile.
func replayTerminal(t *testing.T, r *Router, d dialogue) {
	s := scenes[d.Name]
	if s.user == "" {
		s.user = "vyos"
	}
	if s.make != nil {
		s.make(r)
	}
	if strings.Contains(d.Steps[0].Stdout, "Last login") {
		connect(t, r, s.user)
		r.logins[s.user] = r.Now()
	}
	session, err := connect(t, r, s.user).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestPty("dumb", 25, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen bytes.Buffer
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			mu.Lock()
			seen.Write(buf[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	for _, step := range d.Steps {
		if step.Send != "" {
			if _, err := io.WriteString(in, step.Send); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(step.Stdout, "logout") {
			time.Sleep(time.Second) // what is typed now is still echoed
		} else {
			time.Sleep(time.Minute)
		}
		mu.Lock()
		got := seen.String()
		seen.Reset()
		mu.Unlock()
		if got, want := logins.ReplaceAllString(got, "Last login: NOW"), logins.ReplaceAllString(step.Stdout, "Last login: NOW"); got != want {
			t.Errorf("%q shows %q\nwant   %q", step.Send, got, want)
		}
	}
	session.Close()
}

func isExit(err error) bool {
	_, ok := err.(*ssh.ExitError)
	return ok
}

func reader(t *testing.T, pipe func() (io.Reader, error)) *bufio.Reader {
	t.Helper()
	r, err := pipe()
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(r)
}

// until reads up to the mark that stands after each step, and what follows that on its line.
func until(t *testing.T, r *bufio.Reader) (text, mark string) {
	t.Helper()
	text, err := r.ReadString('\001')
	if err == nil {
		mark, err = r.ReadString('\n')
	}
	if err != nil {
		t.Fatal(err, text)
	}
	return strings.TrimSuffix(text, "\001"), strings.TrimSuffix(mark, "\n")
}

// What is different on every box and in every run.
var (
	pids      = regexp.MustCompile(`(line \d+: )\d+( Segmentation)`)
	locks     = regexp.MustCompile(`WRITE \d+ \S+ `)
	tempFiles = regexp.MustCompile(`/tmp/tmp\w+`)
	logins    = regexp.MustCompile(`Last login: [^\r]*`)
	reported  = regexp.MustCompile(`Report time:.*`)
)

func plain(s string) string {
	s = pids.ReplaceAllString(s, "${1}PID$2")
	s = locks.ReplaceAllString(s, "WRITE PID DEV ")
	s = tempFiles.ReplaceAllString(s, "/tmp/TMP")
	return reported.ReplaceAllString(s, "Report time: NOW")
}
