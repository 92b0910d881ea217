package sessiontest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
)

// A unit is a transient service, or a timer of one. A commit-confirm's has an action of its own.
type unit struct {
	name    string // with .service or .timer
	state   string // active, inactive or failed
	status  int
	collect bool
	timer   *time.Timer
	due     time.Time
	service *unit // of a timer
	start   func(*unit)
	done    chan struct{} // of a service that runs, closed when it has ended
	about   string
	spares  bool // of what its main process leaves running: KillMode=process
}

func (u *unit) stopTimer() {
	if u.timer != nil {
		u.timer.Stop()
	}
}

func (r *Router) systemd() map[string]Command {
	return map[string]Command{"systemd-run": runSystemdRun, "systemctl": runSystemctl}
}

// oldSystemd reports whether the release's systemd lacks timers on demand (before 218) and --collect (before 236).
func (r *Router) oldSystemd() bool { return r.systemdVersion() < 218 }

// systemdVersion is the version that comes with the release's Debian.
func (r *Router) systemdVersion() int {
	return map[int]int{8: 215, 10: 241, 12: 252}[r.rel.Debian]
}

func runSystemdRun(p *Proc) int {
	if len(p.Args) == 2 && p.Args[1] == "--version" {
		return p.out(fmt.Sprintf("systemd %d\n+PAM +AUDIT\n", p.Router.systemdVersion()))
	}
	if p.Router.oldSystemd() {
		for _, a := range p.Args[1:] {
			name, _, _ := strings.Cut(a, "=")
			if slices.Contains([]string{"--on-active", "--timer-property", "--collect", "--quiet", "--wait", "--pipe"}, name) {
				p.err("systemd-run: unrecognized option '" + name + "'\n")
				return 1
			}
			if !strings.HasPrefix(a, "-") {
				break
			}
		}
	}
	f := p.leading("qGp:E:", "--quiet", "--collect", "--no-block", "--unit=", "--on-active=", "--timer-property=", "--uid=", "--gid=", "--property=", "--setenv=", "--description=",
		"--service-type=", "--slice=", "--no-ask-password", "--system")
	if !f.ok || len(f.args) == 0 {
		return 1
	}
	if p.id.cred.UID != 0 {
		p.err("Failed to start transient service unit: Interactive authentication required.\n")
		return 1
	}
	id := p.id
	id.cred.Umask = 0o022
	if name, ok := f.given["--uid"]; ok {
		u := p.Router.user(name)
		if u == nil {
			p.err("Failed to resolve user " + name + ": No such process\n")
			return 1
		}
		id = p.Router.identity(u)
	}
	if g, ok := f.given["--gid"]; ok {
		// It takes the place of the user's primary group, which is not among the others.
		id.cred.GID = groupIDs[g]
		id.cred.Groups = slices.DeleteFunc(slices.Clone(id.cred.Groups), func(gid int) bool { return gid == groupIDs[id.user.Groups[0]] })
	}
	env := []string{"PATH=" + securePath, "LANG=C.UTF-8"}
	if id.cred.UID != 0 {
		env = append(env, "HOME="+home(id.user), "USER="+id.user.Name, "LOGNAME="+id.user.Name, "SHELL=/bin/vbash")
	}
	for kv := range strings.SplitSeq(f.given["--setenv"]+"\n"+f.given["E"], "\n") {
		if kv != "" {
			env = setenv(env, kv)
		}
	}
	name := strings.TrimSuffix(strings.TrimSuffix(f.given["--unit"], ".service"), ".timer")
	if name == "" {
		name = fmt.Sprintf("run-u%d", p.Pid)
	}
	args := f.args
	service := &unit{name: name + ".service", state: "inactive", collect: f.has("--collect", "G"), about: strings.Join(args, " "),
		spares: f.given["--property"] == "KillMode=process"}
	service.start = func(u *unit) {
		p.Router.runUnit(u, call{args: args, env: env, id: id, dir: "/", io: discard()})
	}
	delay, timed := f.given["--on-active"]
	if !timed {
		if !p.Router.addUnit(service) {
			p.err("Failed to start transient service unit: Unit " + service.name + " was already loaded or has a fragment file.\n")
			return 1
		}
		if !f.has("--quiet", "q") {
			p.err("Running as unit: " + service.name + "\n")
		}
		p.Router.mu.Lock()
		p.Router.startUnit(service)
		p.Router.mu.Unlock()
		return 0
	}
	after, ok := duration(delay)
	if !ok {
		p.err("Failed to parse timer value: " + delay + "\n")
		return 1
	}
	timer := &unit{name: name + ".timer", state: "active", collect: true, service: service, about: service.about}
	if !p.Router.addUnit(timer, service) {
		p.err("Failed to start transient timer unit: Unit " + timer.name + " was already loaded or has a fragment file.\n")
		return 1
	}
	p.Router.arm(timer, after)
	if !f.has("--quiet", "q") {
		p.err("Running timer as unit: " + timer.name + "\nWill run service as unit: " + service.name + "\n")
	}
	return 0
}

func discard() bash.IO { return bash.IO{In: bytes.NewReader(nil), Out: new(sink), Err: new(sink)} }

// A sink is the journal: nobody reads it.
type sink struct{}

func (*sink) Write(p []byte) (int, error) { return len(p), nil }

// addUnit loads units, unless one of that name is there.
func (r *Router) addUnit(units ...*unit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range units {
		if r.units[u.name] != nil {
			return false
		}
	}
	for _, u := range units {
		r.units[u.name] = u
	}
	return true
}

// arm starts a timer.
func (r *Router) arm(u *unit, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u.due = time.Now().Add(after)
	u.timer = time.AfterFunc(after, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.closed || r.down || u.state != "active" || r.units[u.name] != u {
			return
		}
		u.state = "inactive"
		delete(r.units, u.name)
		r.startUnit(u.service)
	})
}

// startUnit runs a service. The lock is held.
func (r *Router) startUnit(u *unit) {
	u.state = "active"
	u.done = make(chan struct{})
	r.running.Go(func() { u.start(u) })
}

// runUnit is the main process of a service.
func (r *Router) runUnit(u *unit, c call) {
	r.mark("start " + u.name)
	status := r.runIn(u, c)
	r.mark("end " + u.name)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !u.spares {
		for _, q := range r.procs {
			if q.unit == u {
				q.signalLocked("KILL")
			}
		}
	}
	u.state, u.status = "inactive", status
	if status != 0 {
		u.state = "failed"
	}
	if r.units[u.name] == u && (u.collect || status == 0) {
		delete(r.units, u.name)
	}
	close(u.done)
}

// runIn runs a program as the main process of a unit.
func (r *Router) runIn(u *unit, c call) int {
	init := &process{r: r, pid: 1, unit: u}
	c.parent = init
	return r.run(c)
}

// stopUnit stops a unit and waits for its processes.
func (p *Proc) stopUnit(u *unit) {
	r := p.Router
	r.mu.Lock()
	u.stopTimer()
	timer := u.service != nil
	if timer {
		u.state = "inactive"
		delete(r.units, u.name)
		if u.service.state == "inactive" {
			delete(r.units, u.service.name)
		}
	}
	done := u.done
	for _, q := range r.procs {
		if !timer && q.unit == u {
			q.signalLocked("TERM")
		}
	}
	r.mu.Unlock()
	if timer || done == nil {
		return
	}
	for range 2 {
		limit := time.NewTimer(90 * time.Second)
		select {
		case <-done:
			limit.Stop()
			return
		case <-p.proc.killed:
			limit.Stop()
			p.proc.check()
		case <-limit.C:
		}
		r.mu.Lock()
		for _, q := range r.procs {
			if q.unit == u {
				q.signalLocked("KILL")
			}
		}
		r.mu.Unlock()
	}
}

func (r *Router) unit(name string) *unit {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !strings.Contains(name, ".") {
		name += ".service"
	}
	return r.units[name]
}

func (r *Router) unitState(name string) (state, result string) {
	u := r.unit(name)
	if u == nil {
		return "inactive", "success"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if u.state == "failed" {
		return "failed", "exit-code"
	}
	return u.state, "success"
}
