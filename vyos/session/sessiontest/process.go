package sessiontest

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A Command is a program of the router. It returns the exit status.
type Command func(p *Proc) int

// A Proc is one run of a Command.
type Proc struct {
	Router *Router
	Args   []string // with the name it was called by
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Pid    int

	env  []string
	id   identity
	dir  string
	proc *process
	sh   *bash.Shell // that started it, if one did
	died string      // what its shell says of how it ended
}

// A process is what can be killed: a shell or a program.
type process struct {
	r      *Router
	pid    int
	parent int
	began  int64 // ticks of 10 ms since boot
	up     *process
	name   string // as ps shows it: the first 15 octets of the program's name
	id     identity
	unit   *unit
	dead   bool
	sig    string        // a signal that was sent and, by a shell, not handled
	killed chan struct{} // closed when it has to end at once
}

// killedError unwinds a process that has been killed.
type killedError struct{ p *process }

func (r *Router) newProcess(parent *process, name string, id identity) *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nextPid++
	p := &process{r: r, pid: r.nextPid, began: time.Since(r.booted).Milliseconds() / 10, name: name[:min(len(name), 15)], id: id, parent: 1, killed: make(chan struct{})}
	if parent != nil {
		p.parent, p.up, p.unit = parent.pid, parent, parent.unit
	}
	if r.closed || r.down {
		p.signalLocked("KILL")
	}
	r.procs[p.pid] = p
	return p
}

// stat is /proc/PID/stat as far as its 22nd field (proc(5)). A name with a blank and a parenthesis misleads whoever counts
// fields from the left.
func (p *process) stat() string {
	return fmt.Sprintf("%d (%s) 1)) S %d 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", p.pid, p.name, p.parent, p.began)
}

// Reuse makes somebody's process with the number of one that has ended, until the router goes down.
func (r *Router) Reuse(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.procs[pid] != nil {
		panic("sessiontest: process " + strconv.Itoa(pid) + " is there")
	}
	r.procs[pid] = &process{r: r, pid: pid, began: time.Since(r.booted).Milliseconds()/10 + 1, name: "sleep", parent: 1, killed: make(chan struct{})}
}

func (r *Router) endProcess(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.procs, p.pid)
	if r.lock == p.pid {
		r.lock = 0
	}
}

// shell reports whether the process is one that handles signals between commands.
func (p *process) shell() bool {
	return p.name == "vbash" || p.name == "bash" || p.name == "sh" || strings.HasSuffix(p.name, ".sh")
}

// signalLocked sends a signal.
func (p *process) signalLocked(sig string) {
	if p.dead {
		return
	}
	p.sig = sig
	if sig == "KILL" || sig == "PIPE" || !p.shell() {
		p.dead = true
		close(p.killed)
	}
}

// check unwinds the goroutine of a process that has been killed.
func (p *process) check() {
	select {
	case <-p.killed:
		panic(killedError{p})
	default:
	}
}

// wait sleeps; being killed ends it.
func (p *process) wait(d time.Duration) {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.killed:
		}
	}
	p.check()
}

// guarded runs a function of a process and turns being killed into an exit status.
func (p *process) guarded(run func() int) (status int) {
	defer p.r.endProcess(p)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		k, ok := v.(killedError)
		if !ok || k.p != p {
			panic(v)
		}
		status = map[string]int{"TERM": 143, "PIPE": 141, "HUP": 129, "INT": 130}[p.sig]
		if status == 0 {
			status = 137
		}
	}()
	p.check()
	return run()
}

// Getenv returns a variable of the environment.
func (p *Proc) Getenv(name string) string {
	for _, kv := range slices.Backward(p.env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// User is the name of who runs the command; root under sudo.
func (p *Proc) User() string { return p.id.user.Name }

// In reports whether the process has a group.
func (p *Proc) In(group string) bool { return p.id.in(group) }

// Sleep waits; time is the test's. It does not return when the process is killed meanwhile.
func (p *Proc) Sleep(d time.Duration) { p.proc.wait(d) }

// Unknown reports that the fake does not know what was asked, and returns the status for it.
func (p *Proc) Unknown() int {
	p.Router.problem("unknown: %s", strings.Join(p.Args, " "))
	io.WriteString(p.Stderr, "sessiontest: unknown: "+strings.Join(p.Args, " ")+"\n")
	return 127
}

// out writes to the standard output. A pipe that nobody reads ends the process.
func (p *Proc) out(text string) int { return p.write(p.Stdout, text) }

func (p *Proc) err(text string) int { return p.write(p.Stderr, text) }

func (p *Proc) write(w io.Writer, text string) int {
	if text == "" {
		return 0
	}
	if _, err := io.WriteString(w, text); err != nil {
		if bashReason(err) == "Broken pipe" {
			p.proc.breakPipe()
		}
		if w != p.Stderr {
			io.WriteString(p.Stderr, p.Args[0]+": write error: "+bashReason(err)+"\n")
		}
		return 1
	}
	return 0
}

// breakPipe ends a process that wrote to a pipe that nobody reads.
func (p *process) breakPipe() {
	p.r.mu.Lock()
	p.signalLocked("PIPE")
	p.r.mu.Unlock()
	p.check()
}

func bashReason(err error) string { return bash.Reason(err) }

// fail prints a message as the coreutils do, with the reason of err, and returns 1.
func (p *Proc) fail(what string, err error) int {
	p.err(baseName(p.Args[0]) + ": " + what + ": " + bashReason(err) + "\n")
	return 1
}

func (p *Proc) cred() vfs.Cred { return p.id.cred }

// abs is a path from the working directory.
func (p *Proc) abs(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return p.dir + "/" + name
}

// read returns what a file holds; - is the standard input.
func (p *Proc) read(name string) ([]byte, error) {
	if name == "-" || name == "/dev/stdin" {
		return io.ReadAll(p.Stdin)
	}
	if n, ok := strings.CutPrefix(name, "/dev/fd/"); ok && p.sh != nil {
		fd, err := strconv.Atoi(n)
		if err != nil {
			return nil, syscall.ENOENT
		}
		return p.sh.ReadFD(fd)
	}
	if words, ok := strings.CutPrefix(name, sessionRoot+"/active/"); ok && strings.HasSuffix(words, "/node.val") {
		return p.Router.nodeValue(strings.Split(strings.TrimSuffix(words, "/node.val"), "/"))
	}
	return p.Router.fs.ReadFile(p.cred(), p.abs(name))
}

// nodeValue is the file of a leaf's values below the active directory.
func (r *Router) nodeValue(path []string) ([]byte, error) {
	n, ok := r.Active().Find(path...)
	if !ok || !n.IsLeaf() {
		return nil, syscall.ENOENT
	}
	var values []string
	for _, v := range n.Sorted(r.order()) {
		values = append(values, v.Name())
	}
	return []byte(strings.Join(values, "\n")), nil
}

// input returns what the named files hold, or the standard input when there are none. Of those that cannot be read it
// prints why.
func (p *Proc) input(names []string) (data []byte, status int) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		d, err := p.read(name)
		if err != nil {
			status = p.fail(name, err)
			continue
		}
		data = append(data, d...)
	}
	return data, status
}

func baseName(path string) string { return path[strings.LastIndex(path, "/")+1:] }
