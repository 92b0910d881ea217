package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// Sizes of changes, in commands.
const (
	fewCommands  = 200  // up to so many are set one by one; more are loaded in one go
	manyCommands = 1000 // from so many on a commit takes much longer than its commands
	shownDiffers = 20   // in an error
)

// Stage sets a phase in a candidate on the router and compares that with the prediction. The candidate waits
// there, detached from the connection, for Commit, and gives up by itself after Limits.GoAhead.
func (d *Device) Stage(ctx context.Context, ph plan.Phase) error {
	const doing = "stage"
	if err := d.known(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, limit, next, changes, err := d.staging(ph)
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	if len(changes) > manyCommands {
		d.o.Log.Warn("a commit of this size takes much longer than its commands", "node", d.o.Node, "commands", len(changes), "estimate", d.takes(len(changes)))
	}
	r, err := d.runScript(ctx, doing, s, limit+time.Minute)
	if err != nil {
		return err
	}
	d.phase++
	if err := d.staged(r, next, changes); err != nil {
		return d.errorf(doing, "%w", err)
	}
	d.next = next
	return nil
}

// takes estimates how long staging and committing so many commands takes on a small router.
func (g *Gateway) takes(commands int) time.Duration {
	t := g.rel.Times
	ms := t.CommitMillis + commands*(t.SetMillis+t.LeafMillis)
	if commands > fewCommands {
		ms += commands * commands * 15 / 1000 // loading grows with the square: 10 s for 1,000, 370 s for 5,000
	}
	return time.Duration(ms) * time.Millisecond
}

// staging makes the script that stages a phase.
func (d *Device) staging(ph plan.Phase) (s *script, limit time.Duration, next *config.Tree, changes []config.Change, err error) {
	changes, secret, err := d.changes(d.now.tree, ph)
	if err != nil {
		return nil, 0, nil, nil, err
	}
	next = d.predict(d.now.tree, changes)
	limit = d.o.Limits.Stage + 4*d.takes(len(changes))
	s = newScript().set("SUM", d.now.sum).number("PHASE", d.phase+1).number("LIMIT", int(limit.Seconds()))
	s.run("stage").run("await")
	if d.phase == 0 {
		for _, name := range []string{"common", "apply", "guard"} {
			s.file(name+".sh", []byte(embedded(name)))
		}
	}
	mode, n := "set", strconv.Itoa(d.phase+1)
	var commands []byte
	if secret || len(changes) > fewCommands {
		mode = "load"
		var target []byte
		if target, err = next.AppendText(nil, config.PrintOptions{Order: d.order(), Grammar: d.g, Bare: true}); err != nil {
			return nil, 0, nil, nil, errors.New(d.mask.apply(err.Error()))
		}
		s.file("target"+n, target)
		commands, err = validations(changes)
	} else {
		commands, err = commandLines(changes)
	}
	if err != nil {
		return nil, 0, nil, nil, err
	}
	s.file("commands"+n, commands)
	inverses, err := d.guarding(s, n, next)
	if err != nil {
		return nil, 0, nil, nil, err
	}
	candidate := d.rel.Box.Compare
	if candidate == "" {
		candidate = "cli-shell-api --show-working-only showConfig"
	}
	s.file("vars"+n, fmt.Appendf(nil, "RUN='%s' MODE=%s GO=%d SUM=%s CANDIDATE='%s'\n",
		d.run, mode, int(d.o.Limits.GoAhead.Seconds()), d.now.sum, candidate))
	s.file("guard"+n+".vars", fmt.Appendf(nil, "RUN='%s' INVERSES=%d\n", d.run, inverses))
	s.run("stage_start")
	return s, limit, next, changes, nil
}

// guarding adds what the guard needs: the commands that take everything back, phase by phase, for when a whole restore
// would take back what others have done; and what must follow any restore. It takes the files of the phase that is staged last.
func (d *Device) guarding(s *script, phase string, next *config.Tree) (inverses int, err error) {
	phases := config.Diff(next, d.base.tree, d.diffOptions()).Phases
	if len(phases) == 0 {
		phases = []config.Phase{{}}
	}
	for i, ph := range phases {
		lines, err := d.inverseLines(ph.Changes, next)
		if err != nil {
			return 0, err
		}
		s.file(fmt.Sprintf("inverse%s.%d", phase, i+1), lines)
	}
	endings, watch, err := d.endings(d.base.tree, next)
	if err != nil {
		return 0, err
	}
	s.file("operations"+phase, endings)
	s.file("watch"+phase, watch)
	return len(phases), nil
}

// staged judges what the script on the router says of a candidate.
func (d *Device) staged(r *reply, next *config.Tree, changes []config.Change) error {
	state, err := r.word("state")
	if err != nil {
		return err
	}
	e := &StageError{}
	for _, line := range r.all("error") {
		refusal, err := d.refusal(line, changes)
		if err != nil {
			return err
		}
		e.Refused = append(e.Refused, refusal)
	}
	if len(e.Refused) > 0 {
		return e
	}
	if state != "staged" {
		text, _, err := r.text("log")
		if err != nil {
			return err
		}
		why := stateWords(state)
		if said := d.said(text, 300); said != "" {
			why += ": " + said
		}
		return errors.New(why)
	}
	text, ok, err := r.text("candidate")
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: the candidate is missing", ErrHostile)
	}
	if d.rel.Box.Compare != "" {
		e.Differs, err = d.compared(text, next)
	} else {
		var c *config.Tree
		if c, err = config.Parse("the candidate", text, config.ParseOptions{Form: config.FormText, Grammar: d.g}); err == nil {
			c.Resolve(d.g)
			if !config.Equal(c, next) {
				e.Differs = d.differs(next, c, shownDiffers)
			}
		} else {
			err = errors.New("the candidate cannot be read")
		}
	}
	if err != nil {
		return err
	}
	if len(e.Differs) > 0 {
		return e
	}
	return nil
}

// refusal reads one line of what the router refused: number of the command, status, text in base64.
func (d *Device) refusal(line string, changes []config.Change) (Refusal, error) {
	w := strings.Fields(line)
	if len(w) < 2 || len(w) > 3 {
		return Refusal{}, fmt.Errorf("%w: a refusal has %d words", ErrHostile, len(w))
	}
	n, err := strconv.Atoi(w[0])
	if err != nil || n < 0 {
		return Refusal{}, fmt.Errorf("%w: a refusal has no number", ErrHostile)
	}
	var out Refusal
	if len(w) == 3 {
		text, err := decode(w[2])
		if err != nil {
			return Refusal{}, fmt.Errorf("%w: a refusal is not readable", ErrHostile)
		}
		out.Said = d.said(text, 300)
	}
	// Where values are checked one by one, only some of the commands are counted.
	i := 0
	loaded := len(changes) > fewCommands
	for _, c := range changes {
		loaded = loaded || c.Secret && c.Op == config.Set
	}
	for _, c := range changes {
		if loaded && (c.Op != config.Set || !c.HasValue || c.Secret) {
			continue
		}
		if i++; i == n {
			out.Command = d.shown(c)
		}
	}
	return out, nil
}

// compared carries out what the router says that the candidate changes on what runs, and lists how the result differs from
// the prediction. The router deletes leaf by leaf, so that an empty node may be left which the prediction does not have.
func (d *Device) compared(text []byte, next *config.Tree) ([]string, error) {
	got := d.now.tree.Clone()
	var sets []byte
	for line := range bytes.Lines(text) {
		command := bytes.TrimSpace(line)
		rest, deletes := bytes.CutPrefix(command, []byte("delete "))
		switch {
		case len(command) == 0:
		case bytes.HasPrefix(command, []byte("set ")):
			sets = append(append(sets, command...), '\n')
		case !deletes:
			return nil, fmt.Errorf("%w: the comparison has the line %q", ErrHostile, d.said(line, 120))
		default:
			t, err := d.commands(append([]byte("set "), rest...))
			if err != nil {
				return nil, err
			}
			for end := range t.Root().Terminals() {
				got.Delete(d.g, end.Path()...)
			}
		}
	}
	t, err := d.commands(sets)
	if err != nil {
		return nil, err
	}
	for end := range t.Root().Terminals() {
		got.Put(d.g, end.Path()...)
	}
	got.Resolve(d.g)
	var out []string
	for _, ph := range config.Diff(next, got, d.diffOptions()).Phases {
		for _, c := range ph.Changes {
			if d.leftEmpty(c, got) || d.wentEmpty(c, next) {
				continue
			}
			if len(out) == shownDiffers {
				return append(out, "..."), nil
			}
			out = append(out, d.shown(c))
		}
	}
	return out, nil
}

// commands reads what the router prints as commands.
func (d *Device) commands(text []byte) (*config.Tree, error) {
	t, err := config.Parse("compare", text, config.ParseOptions{Form: config.FormCommands, Escapes: config.EscapesOff, Grammar: d.g})
	if err != nil {
		return nil, fmt.Errorf("%w: the comparison is not made of commands", ErrHostile) // the error would show a piece of it
	}
	return t, nil
}

// leftEmpty reports whether a difference is only a node that ran before, and of which the deletions left nothing.
func (d *Device) leftEmpty(c config.Change, got *config.Tree) bool {
	if c.Op != config.Set || c.HasValue {
		return false
	}
	_, had := d.now.tree.Find(c.Path...)
	n, ok := got.Find(c.Path...)
	return had && ok && n.Empty() && !isFlag(d.g, c.Path)
}

// wentEmpty is the same the other way round: the prediction keeps a node with nothing in it.
func (d *Device) wentEmpty(c config.Change, next *config.Tree) bool {
	if c.Op != config.Delete || c.HasValue {
		return false
	}
	n, ok := next.Find(c.Path...)
	return ok && n.Empty() && !isFlag(d.g, c.Path)
}

func isFlag(g config.Grammar, path []string) bool {
	kind, _ := config.Lookup(g, path...)
	return kind == config.KindFlag
}

// stateWords is a state of the script that sets and commits, in words.
func stateWords(state string) string {
	w := strings.Fields(state)
	if len(w) == 0 {
		return "the script on the router did not begin"
	}
	switch w[0] {
	case "late":
		return "it takes longer than it may; the router goes on"
	case "died":
		return "the script on the router died"
	}
	if len(w) > 1 && w[0] == "done" {
		switch w[1] {
		case "setup":
			return "the router gives no configuration session"
		case "set":
			return "the router refuses the configuration"
		case "compare":
			return "the router could not compare the candidate"
		case "stopped":
			return "the guard came first"
		case "expired":
			return "the candidate waited too long for the go-ahead and was dropped"
		case "space":
			return "a file could not be written to /run; it may be full"
		case "unreadable":
			return "the running configuration could not be read while nothing changes it"
		case "moved":
			return "somebody else has committed since, and so nothing was committed"
		}
	}
	return "the script on the router is in the state " + config.Escape(state, 60)
}
