package apply_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/apply/applytest"
)

func TestNewRun(t *testing.T) {
	name, err := apply.NewRun(time.Date(2026, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600)), "app-dr", bytes.NewReader([]byte{0, 0xff, 1}))
	if name != "20260102t030405-app-dr-00ff01" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	if _, err := apply.NewRun(time.Time{}, "dr", strings.NewReader("")); err == nil {
		t.Error("a name without randomness")
	}
}

// TestJournal: a run comes back from the journal as it was, in files that only their owner can read.
func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "runs")
	j, err := apply.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	var w *world
	var out *apply.Outcome
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, shape{2, 1, 2})
		w.journal = j
		out = w.run(t.Context())
	})
	rec, err := j.Load(runName)
	if err != nil {
		t.Fatal(err)
	}
	if rec.Run != runName || rec.Spec != "dr" || rec.Command != "apply" || rec.Damaged || rec.NoSave {
		t.Errorf("%+v", rec)
	}
	if diff := cmp.Diff(out, rec.Outcome); diff != "" {
		t.Errorf("outcome (-want +got)\n%s", diff)
	}
	for i, n := range rec.Nodes {
		if diff := cmp.Diff(w.tx.Targets[i].Plan, n.Plan); diff != "" || n.InBand != (i == 0) || !strings.Contains(n.Before, "tunnel = old\n") {
			t.Errorf("%s: before %q, plan (-want +got)\n%s", n.Plan.Node, n.Before, diff)
		}
	}
	if n := out.Nodes[0]; n.After == "" || n.After == rec.Nodes[0].Plan.Base {
		t.Errorf("after the run: %q", n.After)
	}
	if recs, err := j.Unfinished("dr"); len(recs) > 0 || err != nil {
		t.Errorf("unfinished: %v, %v", recs, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestJournalFirst: whatever is written to a box stands in the journal before.
func TestJournalFirst(t *testing.T) {
	phase := map[string]apply.Phase{
		"Stage": apply.PhaseStage, "Arm": apply.PhaseArm, "Commit": apply.PhaseCommit, "Operate": apply.PhaseOperate,
		"Disarm": apply.PhaseConfirm, "Save": apply.PhaseSave, "Clean": apply.PhaseClean,
	}
	s := shape{2, 0, 2}
	all := calls(t, s)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, s)
		var looked atomic.Int32
		for _, c := range all {
			want, ok := phase[c.Method]
			if !ok {
				continue
			}
			w.boxes[c.box].Fault(applytest.Fault{Call: c.Call, How: applytest.Works, Then: func() {
				looked.Add(1)
				rec, err := w.journal.Load(runName)
				if err != nil {
					t.Error(err)
					return
				}
				mine := slices.DeleteFunc(rec.Events, func(e apply.Event) bool { return e.Node != w.tx.Targets[c.box].Plan.Node })
				if last := mine[len(mine)-1]; last.Phase != want || last.Event != apply.Begin {
					t.Errorf("%v is made, and the journal ends with %+v", c, last)
				}
			}})
		}
		if out := w.run(t.Context()); !out.Applied() || looked.Load() != 17 {
			t.Errorf("%d looks, %+v", looked.Load(), out)
		}
	})
}

// TestJournalCut cuts a log anywhere in its last line: what stands before is kept, and the run goes on there.
func TestJournalCut(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{2, 0, 1})
		w.dir, w.journal = dir, mustOpen(t, dir).Unsynced()
		w.run(t.Context())
	})
	path := filepath.Join(dir, runName, "log.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(text, []byte("\n"))
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for n := last; n < len(text); n += 10 {
		if err := os.WriteFile(path, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		rec, err := mustOpen(t, dir).Load(runName)
		if err != nil || len(rec.Events) != lines-1 || rec.Damaged {
			t.Errorf("cut at %d of %d: %d events, damaged %v, %v", n, len(text), len(rec.Events), rec.Damaged, err)
		}
	}
	// a line that cannot be read among others is damage
	spoilt := bytes.Replace(text, []byte(`{"time"`), []byte(`{"ti`), 1)
	if err := os.WriteFile(path, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	if rec, err := mustOpen(t, dir).Load(runName); err != nil || len(rec.Events) != lines-1 || !rec.Damaged {
		t.Errorf("spoilt: %+v, %v", rec, err)
	}
}

// TestRecoverDamaged kills a run at some calls and damages its journal: the boxes still end alike.
func TestRecoverDamaged(t *testing.T) {
	for _, c := range calls(t, shape{2, 0, 1}) {
		t.Run(fmt.Sprint(c.box, c.Call), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{2, 0, 1})
				w.boxes[c.box].Fault(applytest.Fault{Call: c.Call, How: applytest.KilledLate, Then: w.die})
				w.run(t.Context())
				left, _ := w.left()
				path := filepath.Join(left, runName, "log.jsonl")
				text, err := os.ReadFile(path)
				if err != nil {
					return // it died in the preflight
				}
				lines := slices.Collect(bytes.Lines(text))
				for i := 0; i < len(lines)-1; i += 3 {
					lines[i] = []byte("\x00\x00\n")
				}
				if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
					t.Fatal(err)
				}
				out := w.recover(left, false)
				w.judge(out)
				if t.Failed() {
					w.report(out)
				}
			})
		})
	}
}

// TestLock: one run of a specification at a time.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	unlock, err := mustOpen(t, dir).Lock("dr")
	if err != nil {
		t.Fatal(err)
	}
	_, err = mustOpen(t, dir).Lock("dr")
	if r, ok := errors.AsType[*apply.Refusal](err); !ok || r.Code != apply.CodeRunning {
		t.Errorf("%v", err)
	}
	other, err := mustOpen(t, dir).Lock("app")
	if err != nil {
		t.Errorf("another specification: %v", err)
	}
	if err := errors.Join(unlock(), other()); err != nil {
		t.Error(err)
	}
	if unlock, err = mustOpen(t, dir).Lock("dr"); err != nil {
		t.Errorf("after the end: %v", err)
	} else if err := unlock(); err != nil {
		t.Error(err)
	}
}

// TestJournalFull: when the journal cannot be written any more, what was begun is undone.
func TestJournalFull(t *testing.T) {
	for _, c := range calls(t, shape{2, 0, 1}) {
		if c.Method == "Save" || c.Method == "Clean" || c.Nth > 1 || c.Method == "Look" {
			continue
		}
		t.Run(fmt.Sprint(c.box, c.Call), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, shape{2, 0, 1})
				var full atomic.Bool
				w.journal.Full(&full)
				w.boxes[c.box].Fault(applytest.Fault{Call: c.Call, How: applytest.Works, Then: func() { full.Store(true) }})
				out, err := apply.Run(t.Context(), w.tx, w.journal, w.o)
				if err == nil || out.Applied() || out.NeedsHelp() {
					t.Errorf("%v: %+v", err, out)
				}
				w.judge(out)
			})
		})
	}
}

func mustOpen(t *testing.T, dir string) *apply.Journal {
	t.Helper()
	j, err := apply.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestJournalEdited has files of a run that were changed by something else: each is refused with its name, or is what it was.
func TestJournalEdited(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs")
	j, err := apply.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, shape{2, 1, 2})
		w.journal = j
		w.run(t.Context())
	})
	for _, tt := range []struct{ file, old, new string }{
		{"run.json", `"run": "`, `"run": "../../`},
		{"run.json", `"specification": "`, `"specification": "../`},
		{"run.json", `"specification": "dr"`, `"specification": ""`},
		{"run.json", `"plan": {`, `"plan": null, "other": {`},
		{"run.json", `"Node": "`, `"Node": "", "Nodes": "`},
		{"run.json", `{`, `null{`},
		{"outcome.json", `{`, `{}`},
		{"outcome.json", `"Nodes": [`, `"Nodes": null, "other": [`},
		{"outcome.json", `"Node": "`, `"Node": "x`},
	} {
		path := filepath.Join(dir, runName, tt.file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(string(text), tt.old, tt.new, 1)
		if tt.new == "{}" {
			edited = tt.new
		}
		if edited == string(text) {
			t.Errorf("%s has no %s:\n%s", tt.file, tt.old, text)
		}
		if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Load(runName); err == nil || !strings.Contains(err.Error(), tt.file) {
			t.Errorf("%s, %s for %s: %v", tt.file, tt.new, tt.old, err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"run.json", "outcome.json"} { // cut off anywhere
		path := filepath.Join(dir, runName, file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.TrimSpace(text)
		for n := 0; n < len(text); n += 1 + len(text)/200 {
			if err := os.WriteFile(path, text[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := j.Load(runName); err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("%s, %d octets: %v", file, n, err)
			}
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Load(runName); err != nil {
		t.Error(err)
	}
}

// TestJournalOfEverybody: who could write runs into the journal could have a rollback do anything.
func TestJournalOfEverybody(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are others there")
	}
	dir := t.TempDir()
	for mode, refused := range map[fs.FileMode]bool{0o777: true, 0o777 | fs.ModeSticky: true, 0o707: true, 0o775: false, 0o700: false} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := apply.OpenJournal(dir); (err != nil) != refused || refused && !strings.Contains(err.Error(), dir) {
			t.Errorf("%v: %v", mode, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := apply.OpenJournal(file); err == nil {
		t.Error("a file is taken for a journal")
	}
}
