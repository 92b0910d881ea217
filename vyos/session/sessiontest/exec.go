package sessiontest

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A call is what is to be run, by whom and with what.
type call struct {
	args   []string
	env    []string
	io     bash.IO
	id     identity
	dir    string
	parent *process
	sh     *bash.Shell
}

// run runs a program: one of the router's commands, or a script.
func (r *Router) run(c call) int {
	name := c.args[0]
	file, err := r.lookPath(c)
	if err != nil {
		return r.notFound(c, err)
	}
	cmd := r.command(file)
	if cmd == nil {
		data, err := r.fs.ReadFile(c.id.cred, file)
		if err != nil {
			io.WriteString(c.io.Err, shellName(c.sh)+": "+name+": "+bashReason(err)+"\n")
			return 126
		}
		line, _, _ := strings.Cut(string(data), "\n")
		interpreter, ok := strings.CutPrefix(line, "#!")
		words := strings.Fields(interpreter)
		if !ok || len(words) == 0 || len(words) > 1 {
			r.problem("unknown program %s", file)
			return 126
		}
		c.args = append([]string{words[0], file}, c.args[1:]...)
		return r.start(path.Base(file), r.command(words[0]), c)
	}
	return r.start(path.Base(file), cmd, c)
}

// start runs a command as a process of the given name.
func (r *Router) start(name string, cmd Command, c call) int {
	if cmd == nil {
		r.problem("unknown interpreter %s", c.args[0])
		return 126
	}
	proc := r.newProcess(c.parent, name, c.id)
	p := &Proc{
		Router: r, Args: c.args, Stdin: c.io.In, Stdout: c.io.Out, Stderr: c.io.Err, Pid: proc.pid,
		env: c.env, id: c.id, dir: c.dir, proc: proc, sh: c.sh,
	}
	status := proc.guarded(func() int {
		after, skip := p.step(label(c.args))
		if skip {
			return 1
		}
		status := cmd(p)
		p.suffer(after)
		return status
	})
	if p.died != "" && c.sh != nil {
		io.WriteString(c.sh.Stderr(), shellName(c.sh)+": line "+strconv.Itoa(c.sh.Line())+": "+strconv.Itoa(p.Pid)+" "+p.died+"      "+strings.Join(c.args, " ")+"\n")
	}
	return status
}

// label is a command line as the name of a step.
func label(args []string) string {
	s := baseName(args[0]) + " " + strings.Join(args[1:], " ")
	return strings.TrimSpace(s[:min(len(s), 200)])
}

func shellName(sh *bash.Shell) string {
	if sh == nil {
		return "sh"
	}
	return sh.Name
}

// lookPath finds the file of a program.
func (r *Router) lookPath(c call) (string, error) {
	name := c.args[0]
	if strings.Contains(name, "/") {
		full := name
		if !path.IsAbs(name) {
			full = path.Join(c.dir, name)
		}
		info, err := r.fs.Stat(c.id.cred, full, true)
		switch {
		case err != nil:
			return "", err
		case info.IsDir():
			return "", syscall.EISDIR
		case !r.fs.Access(c.id.cred, full, 1):
			return "", syscall.EACCES
		}
		return r.fs.Real(c.id.cred, full)
	}
	env := (&Proc{env: c.env}).Getenv("PATH")
	for dir := range strings.SplitSeq(env, ":") {
		full := path.Join(dir, name)
		if info, err := r.fs.Stat(c.id.cred, full, true); err == nil && !info.IsDir() && r.fs.Access(c.id.cred, full, 1) {
			return r.fs.Real(c.id.cred, full)
		}
	}
	return "", fs.ErrNotExist
}

// notFound is what a shell says of a program that is not there. That is fine for what a real router lacks as well;
// everything else is reported.
func (r *Router) notFound(c call, err error) int {
	name := c.args[0]
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(name, "/") {
		io.WriteString(c.io.Err, shellName(c.sh)+": "+name+": "+bashReason(err)+"\n")
		if errors.Is(err, fs.ErrNotExist) {
			if !strings.HasPrefix(name, "/tmp/") && !strings.HasPrefix(name, "/run/") && !r.lacks(name) {
				r.problem("unknown program: %s", strings.Join(c.args, " "))
			}
			return 127
		}
		return 126
	}
	io.WriteString(c.io.Err, "\n  Invalid command: ["+name+"]\n\n")
	if !r.lacks(name) && !slices.Contains(shellWords(), name) {
		r.problem("unknown command: %s", strings.Join(c.args, " "))
	}
	return 127
}

// shellWords are what only an interactive shell of VyOS knows.
func shellWords() []string {
	return []string{
		"show", "set", "delete", "commit", "compare", "configure", "save", "load", "merge", "discard", "edit", "run", "reset", "restart", "reboot", "rollback",
		"commit-confirm", "confirm", "copy", "rename", "generate", "monitor", "terminal", "clear", "add", "poweroff", "import", "renew", "force",
	}
}

// host is what a bash.Shell finds a router to be.
type host struct{ r *Router }

// A shellProc is what the shell of a process belongs to.
type shellProc struct {
	proc *process
	id   identity
}

func procOf(sh *bash.Shell) *shellProc { return sh.Proc.(*shellProc) }

// cred is who a shell acts as, with its present mask.
func (s *shellProc) cred(sh *bash.Shell) vfs.Cred {
	c := s.id.cred
	c.Umask = sh.Umask
	return c
}

func (h host) Exec(sh *bash.Shell, args, env []string, std bash.IO) int {
	s := procOf(sh)
	id := s.id
	id.cred = s.cred(sh)
	parent := s.proc
	if sh.Last && parent.up != nil {
		parent = parent.up // the shell would have replaced itself
	}
	status := h.r.run(call{args: args, env: env, io: std, id: id, dir: sh.Dir, parent: parent, sh: sh})
	s.proc.check()
	return status
}

// statFile is /proc/PID/stat, opened.
type statFile struct{ io.Reader }

func (statFile) Write([]byte) (int, error) { return 0, syscall.EACCES }
func (statFile) Close() error              { return nil }

func (h host) Open(sh *bash.Shell, name string, flag int, perm fs.FileMode) (io.ReadWriteCloser, error) {
	if n, ok := strings.CutPrefix(name, "/proc/"); ok && strings.HasSuffix(n, "/stat") {
		pid, err := strconv.Atoi(strings.TrimSuffix(n, "/stat"))
		if err == nil {
			h.r.mu.Lock()
			defer h.r.mu.Unlock()
			p := h.r.procs[pid]
			if p == nil {
				return nil, syscall.ENOENT
			}
			return statFile{strings.NewReader(p.stat())}, nil
		}
	}
	return h.r.fs.Open(procOf(sh).cred(sh), name, flag, perm)
}

func (h host) Stat(sh *bash.Shell, name string, follow bool) (fs.FileInfo, error) {
	if n, ok := strings.CutPrefix(name, "/proc/"); ok {
		if pid, err := strconv.Atoi(n); err == nil {
			h.r.mu.Lock()
			p := h.r.procs[pid]
			h.r.mu.Unlock()
			if p == nil {
				return nil, syscall.ENOENT
			}
			name = "/proc"
		}
	}
	return h.r.fs.Stat(procOf(sh).cred(sh), name, follow)
}

func (h host) Access(sh *bash.Shell, name string, want fs.FileMode) bool {
	return h.r.fs.Access(procOf(sh).cred(sh), name, want)
}

func (h host) ReadDir(sh *bash.Shell, name string) ([]fs.DirEntry, error) {
	list, err := h.r.fs.ReadDir(procOf(sh).cred(sh), name)
	out := make([]fs.DirEntry, len(list))
	for i, info := range list {
		out[i] = fs.FileInfoToDirEntry(info)
	}
	return out, err
}

func (h host) Start(sh *bash.Shell, held []any, run func(*bash.Shell) int) (int, func() int) {
	s := procOf(sh)
	proc := h.r.newProcess(s.proc, s.proc.name, s.id)
	bg := bash.New(h, &shellProc{proc: proc, id: s.id}, sh.Name, proc.pid, proc.parent, nil, bash.IO{})
	done := make(chan struct{})
	status := 0
	for _, f := range held {
		if w, ok := f.(*remoteWriter); ok {
			w.holders.Add(1)
		}
	}
	h.r.running.Go(func() {
		defer close(done)
		defer func() {
			for _, f := range held {
				if w, ok := f.(*remoteWriter); ok {
					w.holders.Done()
				}
			}
		}()
		status = proc.guarded(func() int { return run(bg) })
	})
	return proc.pid, func() int {
		select {
		case <-done:
		case <-s.proc.killed:
			s.proc.check()
		}
		return status
	}
}

func (h host) Signal(sh *bash.Shell, pid int, sig string) error {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	p := h.r.procs[pid]
	if p == nil {
		return syscall.ESRCH
	}
	if s := procOf(sh); s.id.cred.UID != 0 && s.id.cred.UID != p.id.cred.UID {
		return syscall.EPERM
	}
	if sig != "0" && sig != "EXIT" {
		p.signalLocked(sig)
	}
	return nil
}

func (h host) Fork(*bash.Shell) int {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.nextPid++
	return h.r.nextPid
}

func (h host) Check(sh *bash.Shell) string {
	p := procOf(sh).proc
	p.check()
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	sig := p.sig
	p.sig = ""
	return sig
}

func (h host) BrokenPipe(sh *bash.Shell) { procOf(sh).proc.breakPipe() }

func (h host) Unknown(sh *bash.Shell, what string) {
	h.r.problem("the shell does not know %s (line %d)", what, sh.Line())
}

// shell is the command of vbash, bash and sh.
func shell(p *Proc) int {
	name := baseName(p.Args[0])
	args := p.Args[1:]
	command, stdin := "", false
	opts := []string{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		a := args[0]
		args = args[1:]
		if a == "--" {
			break
		}
		switch a {
		case "-s":
			stdin = true
		case "-c":
			if len(args) == 0 {
				p.err(name + ": -c: option requires an argument\n")
				return 2
			}
			command, args = args[0], args[1:]
		case "-e", "-u", "-eu", "-l":
			opts = append(opts, a)
		default:
			return p.Unknown()
		}
	}
	sh := bash.New(host{p.Router}, &shellProc{proc: p.proc, id: p.id}, name, p.Pid, p.proc.parent, p.env, bash.IO{In: p.Stdin, Out: p.Stdout, Err: p.Stderr})
	sh.Dir, sh.Umask = p.dir, p.id.cred.Umask
	for _, o := range opts {
		if o != "-l" {
			sh.SetOptions(o)
		}
	}
	switch {
	case command != "":
		if len(args) > 0 {
			sh.Name, sh.Params = args[0], args[1:]
		}
		return sh.RunCommand(command)
	case len(args) > 0 && !stdin:
		data, err := p.Router.fs.ReadFile(p.cred(), p.abs(args[0]))
		if err != nil {
			p.err(name + ": " + args[0] + ": " + bashReason(err) + "\n")
			return 127
		}
		sh.Name, sh.Params = args[0], args[1:]
		return sh.Run(strings.NewReader(string(data)))
	}
	sh.Params = args
	return sh.Run(p.Stdin)
}
