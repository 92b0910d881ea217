package sessiontest

import (
	"slices"
	"strings"
	"time"
)

// A Kind is what goes wrong.
type Kind uint8

// The kinds of faults. For is how long they last, for good where it is 0.
const (
	Drop            Kind = iota // every connection is cut; processes go on, until they write to it
	Refuse                      // new connections are refused
	Unreachable                 // both
	Freeze                      // connections stay open, and nothing passes
	Hang                        // the program does not go on
	Slow                        // the program takes For longer
	Fail                        // the program is not run: it prints Text and its status is 1
	KillProgram                 // the program is killed; its script goes on
	KillScript                  // all processes of the channel or unit are killed
	DiskFull                    // nothing more fits on the file system mounted at Path, as in /run, /config or /opt/vyatta/config
	ReadOnly                    // nothing can be written on it
	Reboot                      // the power is cut
	CommitFails                 // the next commit fails at the node Path, at its first when there is none, with Text; the rest of it is carried out
	ReadbackDiffers             // the next commit succeeds and leaves out the last that was to be set
	SaveFails                   // the next save: Text "" writes nothing and succeeds, "half" writes half and succeeds, "error" fails
	DisarmFails                 // systemctl stop, or config-mgmt confirm, fails, and the timer goes on
	LockHeld                    // somebody else commits for For
	ClockJump                   // the clock is set For ahead
	FireTimers                  // every timer goes off
	Call                        // Do is called
)

// A Fault is something that goes wrong, once, at a step: before the program of the step runs, or after it. Without At and
// Match it happens at once; kinds that speak of the next commit, save or disarming wait for that.
type Fault struct {
	Kind  Kind
	At    int    // the step's number, from 1
	Match string // a part of the step's name
	Nth   int    // which of the steps that match, from 1; 0 is the first
	After bool
	For   time.Duration
	Path  string
	Text  string
	Do    func()

	seen int
}

// Fault tells the router what is to go wrong.
func (r *Router) Fault(f Fault) {
	if f.At == 0 && f.Match == "" {
		r.apply(nil, f)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, &f)
}

// Steps lists the step boundaries that the router has passed: the start of every program and every unit, the end of
// units, each script of a commit and its end, and reboots.
func (r *Router) Steps() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.steps)
}

// record notes a boundary and returns the faults that wait for it. The lock is held.
func (r *Router) record(label string) (before, after []Fault) {
	r.steps = append(r.steps, label)
	n := len(r.steps)
	r.faults = slices.DeleteFunc(r.faults, func(f *Fault) bool {
		if f.At != 0 && f.At != n || !strings.Contains(label, f.Match) {
			return false
		}
		if f.seen++; f.seen < f.Nth {
			return false
		}
		if f.After {
			after = append(after, *f)
		} else {
			before = append(before, *f)
		}
		return true
	})
	return before, after
}

// mark records a boundary that is no program.
func (r *Router) mark(label string) {
	r.mu.Lock()
	before, after := r.record(label)
	r.mu.Unlock()
	for _, f := range append(before, after...) {
		r.apply(nil, f)
	}
}

// step records the start of a program and applies the faults that come before it. It returns those that come after
// it, and whether the program is not to be run.
func (p *Proc) step(label string) (after []Fault, skip bool) {
	r := p.Router
	r.mu.Lock()
	before, after := r.record(label)
	r.mu.Unlock()
	return after, p.suffer(before)
}

// suffer applies faults to a running program.
func (p *Proc) suffer(faults []Fault) (skip bool) {
	for _, f := range faults {
		switch f.Kind {
		case Fail:
			p.err(f.Text)
			skip = true
		default:
			p.Router.apply(p, f)
		}
	}
	if len(faults) > 0 {
		p.proc.check()
	}
	return skip
}

// later calls a function after a time, unless the fault is for good.
func (r *Router) later(d time.Duration, do func()) {
	if d > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.timers = append(r.timers, time.AfterFunc(d, do))
	}
}

// apply makes something go wrong; p is the program that is about to run or has run, if there is one.
func (r *Router) apply(p *Proc, f Fault) {
	switch f.Kind {
	case Drop, Refuse, Unreachable:
		r.mu.Lock()
		if f.Kind != Refuse {
			r.dropLocked()
		}
		if f.Kind != Drop {
			r.refuse++
		}
		r.mu.Unlock()
		if f.Kind != Drop {
			r.later(f.For, func() {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.refuse--
			})
		}
	case Freeze:
		r.mu.Lock()
		thaw := make(chan struct{})
		for c := range r.conns {
			c.freeze(thaw)
		}
		r.mu.Unlock()
		r.later(f.For, func() { close(thaw) })
	case Hang, Slow:
		if p != nil {
			if f.For == 0 {
				f.For = 1000 * time.Hour
			}
			p.Sleep(f.For)
		}
	case KillProgram, KillScript:
		r.kill(p, f.Kind == KillScript)
	case DiskFull, ReadOnly:
		r.limit(f)
	case Reboot:
		r.Reboot()
	case CommitFails, ReadbackDiffers, SaveFails, DisarmFails:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pending = append(r.pending, f)
	case LockHeld:
		r.holdLock(f.For)
	case ClockJump:
		r.skew.Add(int64(f.For))
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, j := range r.jobs {
			r.schedule(j)
		}
	case FireTimers:
		r.fireTimers()
	case Call:
		f.Do()
	}
}

// take removes and returns the first pending fault of a kind.
func (r *Router) take(kind Kind) (Fault, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.pending, func(f Fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	f := r.pending[i]
	r.pending = slices.Delete(r.pending, i, i+1)
	return f, true
}

// kill kills a program, or everything that runs with it: all that the same channel or unit has started.
func (r *Router) kill(p *Proc, script bool) {
	if p == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !script {
		p.proc.signalLocked("KILL")
		return
	}
	top := p.proc.top()
	for _, q := range r.procs {
		if q.top() == top {
			q.signalLocked("KILL")
		}
	}
}

// top is the process below sshd or init that a process descends from.
func (p *process) top() *process {
	for p.up != nil && p.up.name != "sshd" && p.up.pid != 1 {
		p = p.up
	}
	return p
}

func (r *Router) limit(f Fault) {
	mount := f.Path
	if mount == "/config" {
		mount = configDir
	}
	before, ok := r.fs.Limit(mount, f.Kind == DiskFull, f.Kind == ReadOnly)
	if !ok {
		panic("sessiontest: nothing is mounted at " + f.Path)
	}
	r.later(f.For, func() { r.fs.Restore(mount, before) })
}

// holdLock lets somebody else commit for a while.
func (r *Router) holdLock(d time.Duration) {
	r.mu.Lock()
	held := r.lock == 0
	r.nextPid++
	pid := r.nextPid
	if held {
		r.lock = pid
	}
	r.mu.Unlock()
	if held {
		r.later(d, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.lock == pid {
				r.lock = 0
			}
		})
	}
}

func (r *Router) fireTimers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, u := range r.units {
		if u.service != nil && u.state == "active" {
			u.stopTimer()
			u.state = "inactive"
			delete(r.units, name)
			r.startUnit(u.service)
		}
	}
	for _, j := range r.jobs {
		j.due = r.Now()
		r.schedule(j)
	}
}
