package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// Disarm ends the guard of a run, after it has seen that what runs is what the run led to, and proves that the guard did
// not begin meanwhile. ErrFired says that it did, ErrMoved that something else runs: then the guard stays.
func (d *Device) Disarm(ctx context.Context, run string) error {
	const doing = "disarm"
	o, err := d.of(run)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	sum := ""
	if d.now != nil && d.now != d.base {
		sum = d.now.sum
	}
	r, err := o.runScript(ctx, doing, newScript().set("SUM", sum).run("disarm"), d.o.Limits.Stage)
	var f *failure
	if errors.As(err, &f) && f.is("differs") && sum != "" {
		if c, e := readContent(r, "running", d.g); e == nil {
			return fmt.Errorf("%w: %s", err, d.differs(d.now.tree, c.tree, shownDiffers))
		}
	}
	return err
}

// Save makes the running configuration the one that the router boots, and reads that back. ErrNotSaved says that the two
// differ afterwards: the router runs what it should and would boot something else.
func (d *Device) Save(ctx context.Context) error {
	const doing = "save"
	if err := d.known(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := newScript().set("SUM", d.now.sum).set("SAVE", d.rel.Box.Save)
	if d.rel.Box.SaveDefaults {
		s.set("DEFAULTS", "1")
	} else {
		s.set("DEFAULTS", "")
	}
	r, err := d.runScript(ctx, doing, s.run("save"), d.o.Limits.Commit)
	if err != nil {
		return err
	}
	running, err := readContent(r, "running", d.g)
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	status, err := r.number("status")
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	differs, err := unsaved(r, running, d.g)
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	if differs || status != 0 {
		saved, err := readContent(r, "saved", d.g)
		switch {
		case err != nil:
			return d.errorf(doing, "%w (status %d): the saved file is damaged or cannot be read; make room in /config and type save in configuration mode before the router restarts", ErrNotSaved, status)
		case config.Equal(saved.tree, running.tree):
			return d.errorf(doing, "%w for certain: the file is right, but the status is %d", ErrNotSaved, status)
		}
		return d.errorf(doing, "%w (status %d): /config may be full or read-only; make room and type save in configuration mode", ErrNotSaved, status)
	}
	return nil
}

// Clean removes what a finished run left on the router, and nothing else. It refuses while a guard waits or works.
func (d *Device) Clean(ctx context.Context, run string) error {
	o, err := d.of(run)
	if err != nil {
		return err
	}
	_, err = o.runScript(ctx, "clean", newScript().run("clean"), d.o.Limits.Stage)
	return err
}
