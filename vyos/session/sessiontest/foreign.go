package sessiontest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// edits reads set and delete commands.
func (r *Router) edits(commands []string) []edit {
	var out []edit
	for _, c := range commands {
		verb, rest, _ := strings.Cut(c, " ")
		if verb != "set" && verb != "delete" {
			panic("sessiontest: no command: " + c)
		}
		t, err := config.ParseString("commands", "set "+rest, config.ParseOptions{Form: config.FormCommands, Grammar: r.grammar})
		if err != nil || t.Unknown(r.grammar) > 0 {
			panic("sessiontest: bad command: " + c)
		}
		for end := range t.Root().Terminals() {
			out = append(out, edit{del: verb == "delete", path: end.Path()})
		}
	}
	return out
}

// Commit is what another administrator does at once: set and delete commands and a commit. It fails while a commit runs.
func (r *Router) Commit(user string, commands ...string) error { return r.Dirty(user, commands...)() }

// Dirty is another administrator's session with uncommitted changes, which stays until the function that is returned
// commits it.
func (r *Router) Dirty(user string, commands ...string) (commit func() error) {
	edits := r.edits(commands)
	u := r.user(user)
	if u == nil {
		panic("sessiontest: no user " + user)
	}
	proc := r.newProcess(nil, "vbash", r.identity(u))
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &session{pid: proc.pid, user: user}
	r.sessions[proc.pid] = s
	for _, dir := range sessionDirs(proc.pid) {
		r.must(r.fs.MkdirAll(vfs.Root(), dir, 0o775))
		r.chmod(dir, 0o775, user, "vyattacfg")
	}
	for _, e := range edits {
		r.edit(s, e)
	}
	return func() error {
		defer r.endProcess(proc)
		return r.commitForeign(s)
	}
}

func (r *Router) commitForeign(s *session) error {
	defer r.tellKernel(kernelChanged)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions[s.pid] != s {
		return fmt.Errorf("the session of %s is gone", s.user)
	}
	if r.lock != 0 {
		return fmt.Errorf("a commit is in progress")
	}
	target := r.candidate(s).Clone()
	kernel := r.kernel.Clone()
	for _, g := range r.groups(r.active, target) {
		applyGroup(r, g, kernel)
		r.changed[strings.Join(g.path, " ")] = time.Now()
	}
	r.active, r.kernel = target, kernel
	r.gen++
	r.removeSession(s.pid)
	r.commits = append(r.commits, Commit{At: r.Now(), User: s.user, Via: "cli", Text: r.showText(target), tree: target})
	if maxRevisions(target) > 0 {
		r.keep(target)
	}
	return nil
}

// Save saves what runs, as an administrator does.
func (r *Router) Save() { r.write(bootFile, r.saveText(r.Active()), 0o660, "root", "vyattacfg") }

// A Timer is a timer unit or at job that waits.
type Timer struct {
	Name string
	Left time.Duration
}

// Timers lists what waits to go off, by name.
func (r *Router) Timers() []Timer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Timer
	for _, name := range slices.Sorted(maps.Keys(r.units)) {
		if u := r.units[name]; u.service != nil && u.state == "active" {
			out = append(out, Timer{name, time.Until(u.due)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.jobs)) {
		out = append(out, Timer{fmt.Sprintf("at job %d", id), r.jobs[id].due.Sub(r.Now())})
	}
	return out
}

// Leftovers lists what a run leaves that has not cleaned up: units, jobs, processes that nobody waits for, files in /run and
// /tmp, sessions whose process is gone, and a kernel that does not do what the configuration says.
func (r *Router) Leftovers() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(r.units)) {
		out = append(out, "unit "+name+" "+r.units[name].state)
	}
	for _, id := range slices.Sorted(maps.Keys(r.jobs)) {
		out = append(out, fmt.Sprintf("at job %d", id))
	}
	for _, pid := range slices.Sorted(maps.Keys(r.procs)) {
		if p := r.procs[pid]; p.top() == p && (p.up == nil || p.up.name != "sshd") && p.name != "sshd" && r.sessions[pid] == nil {
			out = append(out, fmt.Sprintf("process %s", p.name))
		}
	}
	for _, dir := range []string{"/run", "/tmp", configDir} {
		list, err := r.fs.ReadDir(vfs.Root(), dir)
		r.must(err)
		for _, info := range list {
			if !slices.Contains([]string{"vyatta", path.Base(statusFile), "archive", "config.boot"}, info.Name()) {
				out = append(out, "file "+path.Join(dir, info.Name()))
			}
		}
	}
	for _, pid := range slices.Sorted(maps.Keys(r.sessions)) {
		if r.procs[pid] == nil {
			out = append(out, "session of "+r.sessions[pid].user)
		}
	}
	if !config.Equal(r.active, r.kernel) {
		out = append(out, "kernel differs")
	}
	return out
}
