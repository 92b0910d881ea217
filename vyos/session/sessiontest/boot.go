package sessiontest

import (
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// Reboot cuts the power: connections, processes, timers and everything that is not on the disk are gone at once. The
// router comes back with its saved configuration.
func (r *Router) Reboot() {
	defer r.tellKernel(kernelDown)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.down {
		return
	}
	r.down = true
	r.steps = append(r.steps, "reboot")
	r.dropLocked()
	for _, p := range r.procs {
		p.signalLocked("KILL")
	}
	for name, u := range r.units {
		u.stopTimer()
		delete(r.units, name)
	}
	for _, j := range r.jobs {
		j.timer.Stop()
	}
	r.lock, r.half = 0, false
	r.sessions = make(map[int]*session)
	r.wake = time.AfterFunc(r.opts.BootTime, r.boot)
}

// boot brings the router up with what is saved.
func (r *Router) boot() {
	defer r.tellKernel(kernelUp)
	saved, err := r.readSaved()
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.fs.Clear()
	status := "0\n"
	if err != nil {
		saved, status = config.New(), "1\n"
	}
	reached := config.New()
	reached.Resolve(r.grammar)
	for _, g := range r.groups(reached, saved) {
		if _, bad := r.verify(g, saved); bad {
			status = "1\n"
			continue
		}
		applyGroup(r, g, reached)
	}
	r.active, r.kernel = reached, reached
	r.last = vfs.Cred{GID: groupIDs["vyattacfg"]}
	r.gen++
	r.booted = time.Now()
	r.changed = make(map[string]time.Time)
	r.mu.Unlock()
	r.bootFiles()
	r.write(statusFile, status, 0o644, "root", "root")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = false
	r.boots++
	r.steps = append(r.steps, "booted")
	for _, j := range r.jobs {
		r.schedule(j)
	}
}

// readSaved reads the saved configuration as the boot does.
func (r *Router) readSaved() (*config.Tree, error) {
	data, err := r.fs.ReadFile(vfs.Root(), bootFile)
	if err != nil {
		return nil, err
	}
	t, err := config.Parse(bootFile, data, config.ParseOptions{Grammar: r.grammar, Form: config.FormText})
	if err != nil {
		return nil, err
	}
	known, _ := r.knownPart(t)
	return known, nil
}

// Down reports whether the router reboots.
func (r *Router) Down() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// Boots is how often the router has been rebooted.
func (r *Router) Boots() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.boots
}

func (r *Router) uptime() time.Duration { return time.Since(r.bootTime()) }

func (r *Router) bootTime() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.booted
}

func runReboot(p *Proc) int {
	if p.id.cred.UID != 0 {
		p.err("Failed to set wall message, ignoring: Interactive authentication required.\nFailed to reboot system via logind: Interactive authentication required.\n")
		return 1
	}
	if len(p.Args) > 1 && strings.Join(p.Args[1:], " ") != "now" && baseName(p.Args[0]) != "vyatta-op-cmd-wrapper" {
		return p.Unknown()
	}
	p.Router.Reboot()
	p.proc.check()
	return 0
}
