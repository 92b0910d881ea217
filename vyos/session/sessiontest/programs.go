package sessiontest

import (
	"path"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// grammarOf unpacks a grammar.
func grammarOf(name string) *release.Grammar {
	g, err := release.ReadGrammar(name)
	if err != nil {
		panic("sessiontest: " + err.Error())
	}
	return g
}

// Handle gives the router a program at a path, as in /usr/sbin/swanctl, in place of one that may be there.
func (r *Router) Handle(file string, cmd Command) {
	r.must(r.fs.MkdirAll(vfs.Root(), path.Dir(file), 0o755))
	r.must(r.fs.WriteFile(vfs.Root(), file, []byte("\x7fELF"), 0o755))
	r.chmod(file, 0o755, "root", "root")
	real, err := r.fs.Real(vfs.Root(), file)
	r.must(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands[real] = cmd
}

func (r *Router) command(file string) Command {
	real, err := r.fs.Real(vfs.Root(), file)
	if err != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.commands[real]
}

// Without takes a program away that a script may look for all the same.
func (r *Router) Without(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.absent == nil {
		r.absent = make(map[string]bool)
	}
	r.absent[name] = true
	for file := range r.commands {
		if path.Base(file) == name {
			delete(r.commands, file)
			r.must(r.fs.Remove(vfs.Root(), file))
		}
	}
}

// lacks reports whether a real router of the release has no such program where it was looked for either.
func (r *Router) lacks(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.absent[path.Base(name)] {
		return true
	}
	for file := range r.commands {
		if path.Base(file) == path.Base(name) {
			return true // it is elsewhere, as in /usr/sbin
		}
	}
	return false
}

func (r *Router) makeCommands() {
	for _, set := range []map[string]Command{r.coreutils(), r.privilege(), r.systemd()} {
		for name, cmd := range set {
			r.Handle("/usr/bin/"+name, cmd)
		}
	}
	for _, name := range []string{"vbash", "bash", "sh"} {
		r.Handle("/usr/bin/"+name, shell)
	}
	r.Handle("/usr/bin/cli-shell-api", runShellAPI)
	r.Handle("/usr/bin/vyos-config-to-commands", runConfigToCommands)
	r.Handle("/opt/vyatta/bin/vyatta-op-cmd-wrapper", runOperational)
	r.Handle("/usr/sbin/ip", runIP)
	for _, name := range []string{"reboot", "shutdown"} {
		r.Handle("/usr/sbin/"+name, runReboot)
	}
	if r.rel.Debian >= 12 {
		r.Handle("/usr/bin/config-mgmt", runConfigMgmt)
		r.Handle("/usr/libexec/vyos/vyos-save-config.py", runSaveConfig)
		r.Handle("/usr/libexec/vyos/vyos-load-config.py", runLoadConfig)
	} else {
		r.Handle("/opt/vyatta/sbin/vyatta-config-mgmt.pl", runPerlMgmt)
		r.Handle("/opt/vyatta/sbin/vyatta-save-config.pl", runSaveConfig)
		for name, cmd := range map[string]Command{"at": runAt, "atq": runAtq, "atrm": runAtrm} {
			r.Handle("/usr/bin/"+name, cmd)
		}
	}
	for name, cmd := range map[string]Command{"my_set": runMySet, "my_delete": runMyDelete, "my_commit": runMyCommit, "my_discard": runMyDiscard} {
		r.Handle("/opt/vyatta/sbin/"+name, cmd)
	}
}

// runIP knows the way out of a router that is on no Network.
func runIP(p *Proc) int {
	if len(p.Args) == 4 && p.Args[1] == "route" && p.Args[2] == "get" {
		return p.out(p.Args[3] + " via 192.0.2.1 dev eth0 src 192.0.2.2 uid 1000 \n    cache \n")
	}
	return p.Unknown()
}

func runPython(p *Proc) int {
	if len(p.Args) == 3 && p.Args[1] == "-c" && strings.Contains(p.Args[2], "fcntl.lockf(f, fcntl.LOCK_EX|fcntl.LOCK_NB)") {
		p.Router.mu.Lock()
		held := p.Router.lock != 0
		p.Router.mu.Unlock()
		if held {
			p.err("Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nBlockingIOError: [Errno 11] Resource temporarily unavailable\n")
			return 1
		}
		return 0
	}
	return p.Unknown()
}
