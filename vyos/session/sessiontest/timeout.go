package sessiontest

import (
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
)

func duration(s string) (time.Duration, bool) {
	unit := time.Second
	for suffix, u := range map[string]time.Duration{"ms": time.Millisecond, "min": time.Minute, "s": time.Second, "m": time.Minute, "h": time.Hour} {
		if n, ok := strings.CutSuffix(s, suffix); ok {
			if _, err := strconv.ParseFloat(n, 64); err == nil {
				s, unit = n, u
				break
			}
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return time.Duration(n * float64(unit)), err == nil && n >= 0
}

// runTimeout runs a command and ends it when its time is over.
func runTimeout(p *Proc) int {
	f := p.leading("k:s:", "--kill-after=", "--signal=", "--foreground", "--preserve-status")
	if !f.ok || len(f.args) < 2 {
		return 125
	}
	limit, ok := duration(f.args[0])
	if !ok {
		return p.Unknown()
	}
	sig := "TERM"
	if s := f.given["s"] + f.given["--signal"]; s != "" {
		sig = strings.TrimPrefix(s, "SIG")
	}
	c := call{args: f.args[1:], env: p.env, io: bash.IO{In: p.Stdin, Out: p.Stdout, Err: p.Stderr}, id: p.id, dir: p.dir, parent: p.proc, sh: p.sh}
	expired := false
	timer := time.AfterFunc(limit, func() {
		p.Router.mu.Lock()
		defer p.Router.mu.Unlock()
		expired = true
		p.Router.killBelow(p.Pid, sig)
	})
	status := p.Router.run(c)
	timer.Stop()
	p.Router.mu.Lock()
	defer p.Router.mu.Unlock()
	if expired {
		return 124
	}
	return status
}

// killBelow sends a signal to all that a process has started.
func (r *Router) killBelow(pid int, sig string) {
	for _, q := range r.procs {
		if q.parent == pid {
			q.signalLocked(sig)
			r.killBelow(q.pid, sig)
		}
	}
}
