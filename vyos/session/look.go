package session

import (
	"context"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// Look says what the router knows of a run. After a restart of the router it knows nothing.
func (d *Device) Look(ctx context.Context, run string) (plan.Trace, error) {
	const doing = "look"
	var t plan.Trace
	o, err := d.of(run)
	if err != nil {
		return t, err
	}
	r, err := o.runScript(ctx, doing, newScript().run("look"), d.o.Limits.Stage)
	if err != nil {
		return t, err
	}
	running, err := r.digest("running")
	if err != nil {
		return t, d.errorf(doing, "%w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.has("gone") {
		t.Before = d.base != nil && running == d.base.sum
		return t, nil
	}
	words := make(map[string]string)
	for _, key := range []string{"state", "guard", "guarded", "prev", "after", "fires"} {
		if words[key], err = r.word(key); err != nil {
			return t, d.errorf(doing, "%w", err)
		}
	}
	if t.Phase, err = r.number("phase"); err != nil {
		return t, d.errorf(doing, "%w", err)
	}
	t.Progress = progress(words["state"], words["guard"], r.has("applying"), r.has("restoring"))
	t.Armed = words["guarded"] != ""
	fires, err := r.number("fires")
	if err != nil {
		return t, d.errorf(doing, "%w", err)
	}
	up, err := r.number("uptime")
	if err != nil {
		return t, d.errorf(doing, "%w", err)
	}
	if t.Armed && fires > up {
		t.Left = time.Duration(fires-up) * time.Second
	}
	t.Before = running != "" && words["prev"] == running
	t.Planned = running != "" && t.Progress == plan.Committed && words["after"] == running
	if t.Planned && d.g != nil { // a commit whose connection was lost
		reached, err := readContent(r, "running", d.g)
		if err != nil {
			return t, d.errorf(doing, "%w", err)
		}
		if d.next != nil && !config.Equal(reached.tree, d.next) {
			t.Planned = false
		} else {
			d.now, d.next = reached, nil
		}
	}
	log, _, err := r.text("log")
	if err != nil {
		return t, d.errorf(doing, "%w", err)
	}
	var lines []string
	for line := range strings.Lines(string(log)) {
		if said := d.said([]byte(line), 300); said != "" {
			lines = append(lines, said)
		}
	}
	t.Log = strings.Join(lines, "\n")
	return t, nil
}

// of returns the device as seen by another run.
func (d *Device) of(run string) (*Device, error) {
	if !runForm.MatchString(run) {
		return nil, d.errorf("look", "%q cannot name a run", run)
	}
	return &Device{Gateway: d.Gateway, run: run, conn: d.conn}, nil
}

// progress reads the states of the scripts. A guard that has just been started has not said so yet, and what it is about
// to take back still runs.
func progress(state, guard string, applying, restoring bool) plan.Progress {
	switch word, _, _ := strings.Cut(guard, " "); word {
	case "restored":
		return plan.Restored
	case "restoring":
		return plan.Restoring
	case "foreign", "gave-up":
		return plan.GaveUp
	}
	if restoring {
		return plan.Restoring
	}
	if status, ended := commitStatus(state); ended {
		if status == 0 {
			return plan.Committed
		}
		return plan.CommitFailed
	}
	switch {
	case state == "staged" && applying:
		return plan.Staged
	case state == "committing" && applying:
		return plan.Committing
	case state == "committing":
		return plan.CommitFailed
	}
	return plan.NothingKnown
}
