package session

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// Commit gives the staged phase the go-ahead, waits for the end, reads back and compares. The commit itself does not depend on
// the connection: when that is lost it goes on, and Look tells how it ended. A *CommitError says what did not
// come to be.
func (d *Device) Commit(ctx context.Context) error {
	const doing = "commit"
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.next == nil {
		return d.errorf(doing, "nothing is staged")
	}
	if d.began.IsZero() {
		d.began = time.Now()
	}
	limit := d.o.Limits.Commit + 4*d.takes(len(d.differs(d.now.tree, d.next, manyCommands*10)))
	s := newScript().number("PHASE", d.phase).number("LIMIT", int(limit.Seconds()))
	r, err := d.runScript(ctx, doing, s.run("await").run("commit"), limit+time.Minute)
	if err != nil {
		return err
	}
	state, err := r.word("state")
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	status, ended := commitStatus(state)
	if !ended {
		return d.errorf(doing, "%s", stateWords(state))
	}
	reached, err := readContent(r, "running", d.g)
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	output, _, err := r.text("output")
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	if status == 0 && config.Equal(reached.tree, d.next) {
		d.now, d.next = reached, nil
		return nil
	}
	e := &CommitError{Status: status, Partial: reached.sum != d.now.sum}
	if status == 0 {
		e.Differs = d.differs(d.next, reached.tree, shownDiffers)
	} else {
		e.Failed = d.failed(output)
		e.Said = d.said(output, 500)
	}
	return d.errorf(doing, "%w", e)
}

// commitStatus reads the state in which my_commit has ended.
func commitStatus(state string) (status int, ended bool) {
	rest, ok := strings.CutPrefix(state, "done commit ")
	if !ok {
		return 0, false
	}
	status, err := strconv.Atoi(rest)
	return status, err == nil
}

// What my_commit prints: a node's reasons below its path, and at the end the nodes that failed.
var (
	nodeReason = regexp.MustCompile(`^\[ (.{1,200}) \]$`)
	nodeFailed = regexp.MustCompile(`^(delete )?\[\[?\s?(.{1,200}?)\s?\]\]? failed$`)
)

// failed tells the nodes that failed, with their reasons.
func (d *Device) failed(output []byte) []Failed {
	reasons := make(map[string][]string)
	var out []Failed
	at := ""
	for line := range strings.Lines(string(output)) {
		line = strings.TrimSpace(line)
		if m := nodeFailed.FindStringSubmatch(line); m != nil {
			if at = ""; len(out) < 50 {
				out = append(out, Failed{Path: m[2]})
			}
			continue
		}
		if m := nodeReason.FindStringSubmatch(line); m != nil {
			at = m[1]
			continue
		}
		if at != "" && line != "" && len(reasons[at]) < 40 {
			reasons[at] = append(reasons[at], line)
		}
	}
	for i := range out {
		why := strings.Join(reasons[out[i].Path], " ")
		out[i].Why = d.said([]byte(why), 500)
		out[i].Path = d.said([]byte(out[i].Path), 200)
	}
	return out
}
