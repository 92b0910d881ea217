package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/render"
)

// A watcher shows the events of a run, and turns the second Ctrl-C into the order to leave the rest to the guards.
type watcher struct {
	a       *app
	g       *globals
	json    bool
	abandon chan struct{}

	one      sync.Mutex
	progress *render.Progress // nil when nothing is to be shown
	err      error            // the first of writing
	reached  reach

	stop chan struct{}
	done sync.WaitGroup
}

// watch begins to watch a run; close ends it.
func (a *app) watch(targets []apply.Target, g *globals, r *applyRun) *watcher {
	w := &watcher{a: a, g: g, json: r.format.value == "json", abandon: make(chan struct{}), stop: make(chan struct{})}
	w.reached = newReach(targets)
	if !w.json && !g.quiet {
		nodes := make([]string, len(targets))
		for i, t := range targets {
			nodes[i] = t.Plan.Node
		}
		w.progress = render.NewProgress(a.stderr, a.err.style(), a.err.live(), a.err.height(), nodes, time.Now())
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	w.done.Go(func() {
		defer signal.Stop(signals)
		w.attend(signals)
	})
	return w
}

// attend draws every second, and counts interruptions.
func (w *watcher) attend(signals <-chan os.Signal) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	interrupted := 0
	for {
		select {
		case now := <-tick.C:
			w.one.Lock()
			if w.progress != nil {
				w.progress.Draw(now)
			}
			w.one.Unlock()
		case <-signals:
			switch interrupted++; interrupted {
			case 1:
				w.say(w.consequence())
			case 2:
				w.say("Interrupted again: the rest is left to the guards.")
				close(w.abandon)
			}
		case <-w.stop:
			return
		}
	}
}

// consequence says what the first interruption leads to.
func (w *watcher) consequence() string {
	w.one.Lock()
	defer w.one.Unlock()
	return w.reached.interrupted()
}

// say tells the user something between two drawings.
func (w *watcher) say(text string) {
	w.one.Lock()
	defer w.one.Unlock()
	if w.progress != nil {
		w.progress.Clear()
	}
	fmt.Fprintln(w.a.stderr, render.Wrap(text, w.a.err.style().Width))
	if w.progress != nil {
		w.progress.Draw(time.Now())
	}
}

// note shows one event.
func (w *watcher) note(e apply.Event) {
	w.one.Lock()
	defer w.one.Unlock()
	w.g.log.Debug("event", "run", e.Run, "gateway", e.Node, "phase", e.Phase, "event", e.Event, "detail", e.Detail)
	w.reached.note(e)
	detail := plainly(e.Detail)
	if e.Node != "" { // the line names them
		detail = strings.TrimPrefix(detail, e.Node+": ")
		detail = strings.TrimPrefix(detail, string(e.Phase)+": ")
	}
	shown := render.Event{
		Time: e.Time, Run: e.Run, Node: e.Node, Phase: string(e.Phase), Event: string(e.Event), Detail: detail,
		Step: e.Step, Steps: e.Steps, Guard: int(e.Guard.Round(time.Second) / time.Second),
	}
	if w.json {
		w.err = errors.Join(w.err, w.a.jsonLines(shown))
		return
	}
	if w.progress != nil {
		w.progress.Note(shown)
	}
}

// plainly takes out what layers say twice: each begins its errors with the gateway and what was being done.
func plainly(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		for {
			node, rest, ok := strings.Cut(l, ": ")
			doing, after, two := strings.Cut(rest, ": ")
			if !ok || !two || !strings.HasPrefix(after, node+": ") {
				break
			}
			after = strings.TrimPrefix(after, node+": ")
			l = node + ": " + doing + ": " + strings.TrimPrefix(after, doing+": ")
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

// close ends the watching; what was drawn last is taken off the terminal.
func (w *watcher) close() error {
	close(w.stop)
	w.done.Wait()
	if w.progress != nil {
		w.progress.Clear()
		return errors.Join(w.err, w.progress.Close())
	}
	return w.err
}

// jsonLines prints events, a line each, at once.
func (a *app) jsonLines(events ...render.Event) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return a.stdout.Flush()
}
