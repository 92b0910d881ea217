package sessiontest

import (
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
)

const (
	loginPath  = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
	securePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

func (r *Router) privilege() map[string]Command {
	return map[string]Command{
		"sudo": runSudo, "sg": runSg, "setsid": runDetached, "nohup": runDetached, "timeout": runTimeout, "stdbuf": runDetached, "nice": runDetached, "ionice": runDetached,
		"logger": func(*Proc) int { return 0 },
	}
}

// exec runs another program in place of p.
func (p *Proc) exec(args []string, id identity, env []string) int {
	return p.Router.run(call{
		args: args, env: env, io: bash.IO{In: p.Stdin, Out: p.Stdout, Err: p.Stderr}, id: id, dir: p.dir, parent: p.proc, sh: p.sh,
	})
}

// setenv returns an environment with other values.
func setenv(env []string, pairs ...string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(pairs, func(p string) bool { return strings.HasPrefix(p, name+"=") })
	})
	return append(out, pairs...)
}

func home(u *User) string {
	if u.uid == 0 {
		return "/root"
	}
	return "/home/" + u.Name
}

func runSudo(p *Proc) int {
	f := p.leading("nEHSu:g:", "--user=", "--non-interactive", "--group=")
	if !f.ok {
		return 1
	}
	if p.id.cred.UID != 0 && !p.In("sudo") && !p.In("vyattacfg") {
		if !f.has("n", "--non-interactive") {
			p.err("sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\n")
		}
		p.err("sudo: a password is required\n")
		return 1
	}
	name := f.given["u"] + f.given["--user"]
	if name == "" {
		name = "root"
	}
	u := p.Router.user(name)
	if u == nil {
		p.err("sudo: unknown user " + name + "\n")
		return 1
	}
	id := p.Router.identity(u)
	id.cred.Umask = p.id.cred.Umask | 0o022
	if g := f.given["g"] + f.given["--group"]; g != "" {
		id.cred.GID = groupIDs[g]
	}
	var env []string
	for _, kv := range p.env {
		if f.has("E") || strings.HasPrefix(kv, "VYATTA_") || strings.HasPrefix(kv, "vyos_") || strings.HasPrefix(kv, "vyatta_") || strings.HasPrefix(kv, "TERM=") {
			env = append(env, kv)
		}
	}
	env = setenv(env, "PATH="+securePath, "HOME="+home(u), "USER="+name, "LOGNAME="+name, "SHELL=/bin/vbash", "SUDO_USER="+p.User())
	for len(f.args) > 0 && strings.Contains(f.args[0], "=") && !strings.Contains(f.args[0], "/") {
		env, f.args = setenv(env, f.args[0]), f.args[1:]
	}
	if len(f.args) == 0 {
		p.err("usage: sudo [-nEH] [-u user] command\n")
		return 1
	}
	q := *p
	q.env = env
	if _, err := p.Router.lookPath(call{args: f.args, env: env, id: id, dir: p.dir}); err != nil {
		p.err("sudo: " + f.args[0] + ": command not found\n")
		if !p.Router.lacks(f.args[0]) {
			p.Router.problem("unknown command under sudo: %s", strings.Join(f.args, " "))
		}
		return 1
	}
	return q.exec(f.args, id, env)
}

// runSg runs a command line under another group. As shadow's does, it takes the line with and without -c.
func runSg(p *Proc) int {
	args := p.Args[1:]
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	if len(args) == 3 && args[1] == "-c" {
		args = []string{args[0], args[2]}
	}
	if len(args) != 2 {
		return p.Unknown()
	}
	gid, ok := groupIDs[args[0]]
	if !ok {
		p.err("sg: group '" + args[0] + "' does not exist\n")
		return 1
	}
	if p.id.cred.UID != 0 && !p.In(args[0]) {
		p.err("Password: Invalid password.\n")
		return 1
	}
	id := p.id
	id.cred.GID = gid
	if !slices.Contains(id.cred.Groups, gid) {
		id.cred.Groups = append(slices.Clone(id.cred.Groups), gid)
	}
	return p.exec([]string{"/bin/sh", "-c", args[1]}, id, p.env)
}

// runDetached runs a command that a hangup does not reach; nothing here sends one.
func runDetached(p *Proc) int {
	args := p.Args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case baseName(p.Args[0]) == "setsid" && slices.Contains([]string{"-f", "-w", "--fork", "--wait"}, args[0]):
			args = args[1:]
		case baseName(p.Args[0]) != "setsid" && len(args) > 1 && slices.Contains([]string{"-n", "-c", "-oL", "-o0"}, args[0]):
			args = args[1:]
			if !strings.HasPrefix(p.Args[1], "-o") {
				args = args[1:]
			}
		default:
			return p.Unknown()
		}
	}
	if len(args) == 0 {
		return p.Unknown()
	}
	if baseName(p.Args[0]) == "setsid" && len(p.Args) > 1 && (p.Args[1] == "-f" || p.Args[1] == "--fork") {
		c := call{args: args, env: p.env, io: bash.IO{In: p.Stdin, Out: p.Stdout, Err: p.Stderr}, id: p.id, dir: p.dir}
		p.Router.running.Go(func() { p.Router.run(c) })
		return 0
	}
	return p.exec(args, p.id, p.env)
}
