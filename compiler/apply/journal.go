package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A Journal is the directory that remembers the runs of one user: for each run a directory of its name with
// what it was to do, a line for everything that was begun and done, and what became of it. It holds no secret.
type Journal struct {
	dir  string
	sync func(*os.File) error // brings a file or directory to the disk
}

// The files of a run.
const (
	headFile    = "run.json"
	logFile     = "log.jsonl"
	outcomeFile = "outcome.json"
)

const journalVersion = "1.0"

// OpenJournal makes the directory where there is none; only its owner may look into it.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("journal: %s is no directory", dir)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&worldWritable != 0 { // there the bits say nothing
		return nil, fmt.Errorf("journal: everybody may write to %s (%s), and so make up runs that a rollback would take back; make it yours: chmod 700", dir, info.Mode())
	}
	return &Journal{dir: dir, sync: (*os.File).Sync}, nil
}

// worldWritable is the permission of everybody to write.
const worldWritable fs.FileMode = 0o002

// Lock keeps other processes from beginning a run of the same specification; a process that dies lets go of it.
// When another has it, the error is a *Refusal.
func (j *Journal) Lock(spec string) (unlock func() error, err error) {
	l := flock.New(filepath.Join(j.dir, spec+".lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("journal: lock: %w", err)
	}
	if !ok {
		return nil, Refuse(CodeRunning, "", "Another process is changing gateways of specification %q at this moment. Wait until it has ended, or interrupt it there.", spec)
	}
	return l.Unlock, nil
}

// A head is what a run is to do, written before it does anything.
type head struct {
	FormatVersion string         `json:"format_version"`
	Run           string         `json:"run"`
	Spec          string         `json:"specification"`
	Command       string         `json:"command"`
	Of            string         `json:"of,omitempty"`
	Started       time.Time      `json:"started"`
	NoSave        bool           `json:"no_save"`
	Saved         *plan.Saved    `json:"saved,omitempty"`
	Nodes         []RecordedNode `json:"nodes"`
}

// A RecordedNode is what the journal knows of one gateway, in the order of commit.
type RecordedNode struct {
	Plan      *plan.Plan   `json:"plan"`
	Before    string       `json:"before"` // canonical text, without secrets
	Checks    []plan.Check `json:"checks"`
	Component int          `json:"component"`
	InBand    bool         `json:"in_band"`
}

// begin writes what a run is to do. When it returns, that has reached the disk.
func (j *Journal) begin(tx *Transaction, noSave bool) (*logbook, error) {
	h := head{FormatVersion: journalVersion, Run: tx.Run, Spec: tx.Spec, Command: tx.Command, Of: tx.Of, Started: time.Now(), NoSave: noSave, Saved: tx.Saved}
	for i := range tx.Targets {
		t := &tx.Targets[i]
		n := RecordedNode{Plan: t.Plan, Checks: t.Checks, Component: t.Component, InBand: t.InBand}
		if t.Before != nil {
			text, err := t.Before.AppendText(nil)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.node(), err)
			}
			n.Before = string(text)
		}
		h.Nodes = append(h.Nodes, n)
	}
	text, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	dir := filepath.Join(j.dir, tx.Run)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := j.writeFile(dir, headFile, text); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := j.syncDir(j.dir); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return j.openLogbook(dir)
}

// A Record is a run as the journal has it.
type Record struct {
	Run     string
	Spec    string
	Command string
	Of      string // the run that it takes back; empty: none
	Started time.Time
	NoSave  bool
	Saved   *plan.Saved // nil: the run was not made from a specification
	Nodes   []RecordedNode
	Events  []Event
	Damaged bool     // events are missing between others
	Outcome *Outcome // nil: the run was killed, or goes on
}

// ErrNoRun reports a run that the journal does not have.
var ErrNoRun = errors.New("no such run in the journal")

// Load reads a run. A last line that was cut off is left out: what it was to announce had not begun.
func (j *Journal) Load(run string) (*Record, error) {
	if run == "" || strings.ContainsAny(run, `/\.`) {
		return nil, fmt.Errorf("%q: %w", run, ErrNoRun)
	}
	dir := filepath.Join(j.dir, run)
	text, err := os.ReadFile(filepath.Join(dir, headFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", run, ErrNoRun)
	case err != nil:
		return nil, fmt.Errorf("journal: %w", err)
	}
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, fmt.Errorf("journal: %s: %w", filepath.Join(run, headFile), err)
	}
	if major, _, _ := strings.Cut(h.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("journal: run %s is of form %q, known is %s", run, h.FormatVersion, journalVersion)
	}
	if err := h.check(run); err != nil {
		return nil, fmt.Errorf("journal: %s: %w", filepath.Join(run, headFile), err)
	}
	r := &Record{Run: h.Run, Spec: h.Spec, Command: h.Command, Of: h.Of, Started: h.Started, NoSave: h.NoSave, Saved: h.Saved, Nodes: h.Nodes}
	if err := r.readLog(filepath.Join(dir, logFile)); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	text, err = os.ReadFile(filepath.Join(dir, outcomeFile))
	if err == nil {
		r.Outcome = new(Outcome)
		err = json.Unmarshal(text, r.Outcome)
		if err == nil {
			err = r.checkOutcome()
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %s: %w", filepath.Join(run, outcomeFile), err)
	}
	return r, nil
}

// check reports what this package would never have written: the file was edited, or is another run's.
func (h *head) check(run string) error {
	switch {
	case h.Run != run:
		return fmt.Errorf("it is of run %q", h.Run)
	case h.Spec == "" || strings.ContainsAny(h.Spec, `/\`):
		return fmt.Errorf("no specification is called %q", h.Spec)
	}
	seen := make(map[string]bool, len(h.Nodes))
	for i, n := range h.Nodes {
		switch {
		case n.Plan == nil || n.Plan.Node == "":
			return fmt.Errorf("node %d has no plan", i)
		case seen[n.Plan.Node]:
			return fmt.Errorf("node %q is there twice", n.Plan.Node)
		}
		seen[n.Plan.Node] = true
	}
	return nil
}

// checkOutcome reports an outcome that does not tell of every gateway: it would say nothing of one that needs help.
func (r *Record) checkOutcome() error {
	for i, n := range r.Nodes {
		if i >= len(r.Outcome.Nodes) || r.Outcome.Nodes[i].Node != n.Plan.Node {
			return fmt.Errorf("it does not say what became of %q", n.Plan.Node)
		}
	}
	if len(r.Outcome.Nodes) > len(r.Nodes) {
		return fmt.Errorf("it tells of %q, which is not in the run", r.Outcome.Nodes[len(r.Nodes)].Node)
	}
	return nil
}

func (r *Record) readLog(path string) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range bytes.Lines(whole) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			r.Damaged = true
			continue
		}
		r.Events = append(r.Events, e)
	}
	return nil
}

// List reads all runs, the newest first. A run that cannot be read is left out and named in the error.
func (j *Journal) List() ([]*Record, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var out []*Record
	var errs []error
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		r, err := j.Load(e.Name())
		if errors.Is(err, ErrNoRun) {
			continue // killed before it had anything to remember
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b *Record) int { return strings.Compare(b.Run, a.Run) })
	return out, errors.Join(errs...)
}

// TakenBack says which of the runs of a list, as List makes it, have been taken back by a later one, and by which. A run
// that took another one back and has been taken back itself no longer counts.
func TakenBack(runs []*Record) map[string]string {
	out := make(map[string]string)
	for _, r := range runs { // the newest first: whatever takes a run back is newer
		if r.Of != "" && out[r.Run] == "" && out[r.Of] == "" && r.Outcome != nil && r.Outcome.Applied() {
			out[r.Of] = r.Run
		}
	}
	return out
}

// Unfinished lists the runs of a specification that were killed or could not prove what they left, the newest
// first. Call it while the specification is locked: a run under way is unfinished as well.
func (j *Journal) Unfinished(spec string) ([]*Record, error) {
	all, err := j.List()
	return slices.DeleteFunc(all, func(r *Record) bool {
		return r.Spec != spec || r.Outcome != nil && !r.Outcome.NeedsHelp()
	}), err
}
