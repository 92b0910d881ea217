package session

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Undo restores what ran before a run by the guard's own script, proves it, and removes what the run left. The router
// remembers that text, secrets included. Where it does not, since it was restarted or the run's files are gone, what
// runs is compared with to, in which secrets are masked.
//
// plan.ErrForeign says that somebody else has committed and plan.ForeignStop was asked for, of the guard and not otherwise by
// Options.Foreign. With plan.ForeignMerge what others
// have committed stays, and it is proven that nothing of the run is left.
func (d *Device) Undo(ctx context.Context, run string, to plan.Snapshot) error {
	const doing = "undo"
	o, err := d.of(run)
	if err != nil {
		return err
	}
	limit := d.o.Limits.Undo
	r, err := o.runScript(ctx, doing, newScript().number("LIMIT", seconds(limit)).set("FOREIGN", string(d.o.Foreign)).run("undo"), limit+2*time.Minute)
	if err != nil {
		return err
	}
	err = d.undone(r, to)
	if err == nil {
		err = d.back(r)
	}
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	return o.Clean(ctx, run)
}

// back notes that what runs now is what is expected from here on, as by a Save of it.
func (d *Device) back(r *reply) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.g == nil {
		return nil // nothing was read before
	}
	now, err := readContent(r, "running", d.g)
	if err == nil {
		d.now, d.next = now, nil
	}
	return err
}

// undone judges what came of a restore.
func (d *Device) undone(r *reply, to plan.Snapshot) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, ok, err := r.text("running")
	if err != nil {
		return err
	}
	if !ok || len(text) == 0 {
		return fmt.Errorf("%w: the configuration is missing or empty", ErrHostile)
	}
	running, err := r.digest("running")
	if err != nil {
		return err
	}
	if r.has("gone") {
		return d.as(text, running, to)
	}
	guard, err := r.word("guard")
	if err != nil {
		return err
	}
	prev, err := r.word("prev")
	if err != nil {
		return err
	}
	log, _, err := r.text("log")
	if err != nil {
		return err
	}
	words := strings.Fields(guard)
	switch {
	case len(words) > 1 && words[0] == "restored" && words[1] == "full":
		if running != prev {
			return fmt.Errorf("%w: the guard has restored everything, and what runs now is something else", ErrMoved)
		}
	case len(words) > 1 && words[0] == "restored" && words[1] == "merge":
		d.o.Log.Warn("somebody else has committed; only what the run had changed was taken back", "node", d.o.Node)
	case len(words) > 1 && words[0] == "restored":
		d.o.Log.Info("the run had changed nothing", "node", d.o.Node)
	case guard == "none":
		return d.as(text, running, to) // the run had not come as far as its guard
	case guard == "foreign":
		return plan.ErrForeign
	case guard == "gave-up":
		return fmt.Errorf("the router could not restore what ran before; its log ends with: %s; a restart loads the saved configuration", d.said(tail(log, 600), 600))
	case guard == "":
		return errors.New("the script that restores could not be started, or had no room in /run")
	default:
		return fmt.Errorf("the guard is still at work after %s; its log ends with: %s", d.o.Limits.Undo, d.said(tail(log, 300), 300))
	}
	if waits, err := r.word("guarded"); err != nil || waits != "" {
		return errors.Join(ErrArmed, err)
	}
	return nil
}

// tail is the end of a text.
func tail(text []byte, limit int) []byte {
	return text[max(0, len(text)-limit):]
}

// as proves that what runs is what ran before: byte for byte where that is known, else with secrets masked.
func (d *Device) as(text []byte, sum string, to plan.Snapshot) error {
	if d.base != nil && sum == d.base.sum {
		return nil
	}
	if to == nil {
		return fmt.Errorf("%w: what ran before the run is not known here", ErrMoved)
	}
	have, err := d.o.Read(to.Release(), text)
	if err != nil {
		return errors.New(d.mask.apply(err.Error()))
	}
	a, err := to.AppendText(nil)
	if err != nil {
		return err
	}
	b, err := have.AppendText(nil)
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return nil
	}
	differs := d.lines(a, b, to.Release())
	if len(differs) == 0 {
		return nil
	}
	return fmt.Errorf("%w: what runs differs from what ran before the run by: %s", ErrMoved, strings.Join(differs, "; "))
}

// stated reports whether a command sets what the release has by itself. A router whose saved form has default values states
// them after a restart.
func stated(command, name string) bool {
	rel, ok := release.Lookup(name)
	if !ok || !rel.Box.SaveDefaults {
		return false
	}
	t, err := config.ParseString("command", command+"\n", config.ParseOptions{Form: config.FormCommands})
	if err != nil {
		return false
	}
	for end := range t.Root().Terminals() {
		value, ok := rel.Default(end.Parent().Path()...)
		return ok && value == end.Name()
	}
	return false
}

// lines lists the lines in which two texts of commands differ, cut off after a number of them.
func (d *Device) lines(before, now []byte, rel string) []string {
	a, b := strings.Split(string(before), "\n"), strings.Split(string(now), "\n")
	slices.Sort(a)
	slices.Sort(b)
	const added = "added: "
	var out []string
	note := func(mark string, lines, others []string) {
		for _, l := range lines {
			if _, found := slices.BinarySearch(others, l); !found && len(out) <= shownDiffers && (mark != added || !stated(l, rel)) {
				out = append(out, mark+config.Escape(d.mask.apply(l), 200))
			}
		}
	}
	note("missing: ", a, b)
	note(added, b, a)
	if len(out) > shownDiffers {
		out[shownDiffers] = "..."
	}
	return out
}

// digest is the SHA-256 of a text in a frame, in hexadecimal.
func (r *reply) digest(key string) (string, error) {
	text, ok, err := r.text(key)
	if err != nil || !ok {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
