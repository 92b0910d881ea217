// Package bash runs bash scripts in a machine that exists only in memory. The language is parsed and its words are
// expanded by mvdan.cc/sh; what this package does is run it: statement by statement, without an operating system
// underneath. A pipeline's commands run one after the other, each with the whole output of the one before it, so that a script
// runs alike every time, and waits for nothing but what its commands wait for.
//
// What is not understood is reported to the Host and ends the script: a script that passes here must not have been
// guessed at.
package bash

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// A Host is the machine that a shell runs in.
type Host interface {
	// Exec runs a command that the shell does not know, with the environment env.
	Exec(sh *Shell, args []string, env []string, io IO) int
	// Open opens a file as os.OpenFile does.
	Open(sh *Shell, name string, flag int, perm fs.FileMode) (io.ReadWriteCloser, error)
	// Stat describes a file.
	Stat(sh *Shell, name string, follow bool) (fs.FileInfo, error)
	// Access reports whether a file is there and allows what is wanted: bits of a mode.
	Access(sh *Shell, name string, want fs.FileMode) bool
	// ReadDir lists a directory.
	ReadDir(sh *Shell, name string) ([]fs.DirEntry, error)
	// Start runs a function beside the shell and returns its process's number and a function that waits for its status.
	// held are the files that it keeps open.
	Start(sh *Shell, held []any, run func(*Shell) int) (pid int, wait func() int)
	// Signal sends a signal to a process.
	Signal(sh *Shell, pid int, sig string) error
	// Fork returns a number for the process of a subshell.
	Fork(sh *Shell) int
	// Check is called before each command. It does not return when the shell's process is to end at once; it
	// returns the name of a signal that was sent to it and not handled yet.
	Check(sh *Shell) (signal string)
	// BrokenPipe is called when the shell itself wrote to a pipe that nobody reads. It does not return.
	BrokenPipe(sh *Shell)
	// Unknown is told of what the shell cannot do.
	Unknown(sh *Shell, what string)
}

// IO is the files 0, 1 and 2 of a command.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

// A Shell is one process that runs a script.
type Shell struct {
	Host   Host
	Proc   any    // the host's
	Name   string // $0, which is in messages
	Pid    int
	Parent int // process
	Dir    string
	Umask  fs.FileMode
	Params []string
	Last   bool // the script is one simple command, which a shell runs in its own place

	self   int // $BASHPID, the process of a subshell
	vars   map[string]*expand.Variable
	locals []map[string]expand.Variable // what functions hide
	funcs  map[string]*syntax.Stmt
	files  map[int]any // io.Reader, io.Writer or both
	opts   map[string]bool
	traps  map[string]string
	jobs   []job

	status  int
	line    int
	lastJob int
	subst   bool // a command substitution has set status
	control control
	depth   int // of loops
	calls   int // of functions and sourced files
	quiet   int // above 0, a failure does not end a shell under set -e
	trapped bool
	random  uint32
	cfg     *expand.Config
	env     []string // environ, until that changes
	pipe    []string // $PIPESTATUS

	borrowed bool // vars, locals and funcs are those of the shell that this one was forked from
}

type job struct {
	pid  int
	wait func() int
}

// A control is why statements are skipped.
type control struct {
	kind  controlKind
	count int
}

type controlKind uint8

const (
	goOn controlKind = iota
	breaking
	continuing
	returning
	exiting
)

// A closedFile is what a closed file descriptor stands for.
type closedFile struct{}

func (closedFile) Read([]byte) (int, error)  { return 0, errBadFile }
func (closedFile) Write([]byte) (int, error) { return 0, errBadFile }

// New returns a shell with an environment of NAME=value pairs.
func New(h Host, proc any, name string, pid, parent int, env []string, stdio IO) *Shell {
	sh := &Shell{
		Host: h, Proc: proc, Name: name, Pid: pid, Parent: parent, Dir: "/", Umask: 0o022, self: pid,
		vars: make(map[string]*expand.Variable), funcs: make(map[string]*syntax.Stmt), opts: make(map[string]bool),
		traps: make(map[string]string), files: map[int]any{0: stdio.In, 1: stdio.Out, 2: stdio.Err},
	}
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			sh.vars[k] = &expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: v}
		}
	}
	return sh
}

// Run runs a script that is read from r, each statement as soon as it has been read, and returns the exit status. When
// r is the shell's input, its commands read what follows them, as under bash -s.
func (sh *Shell) Run(r io.Reader) int {
	sh.source(r)
	return sh.finish()
}

// RunCommand runs what follows -c.
func (sh *Shell) RunCommand(text string) int {
	f, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		sh.syntaxError(err)
		return sh.status
	}
	if len(f.Stmts) == 1 && !f.Stmts[0].Background && !f.Stmts[0].Negated {
		_, sh.Last = f.Stmts[0].Cmd.(*syntax.CallExpr)
	}
	sh.known(f.Stmts)
	sh.stmts(f.Stmts)
	return sh.finish()
}

// source runs the statements of r.
func (sh *Shell) source(r io.Reader) {
	p := syntax.NewParser()
	lines := &lineReader{r: r}
	for stmts, err := range p.InteractiveSeq(lines) {
		if err != nil {
			sh.syntaxError(err)
			return
		}
		if p.Incomplete() {
			continue
		}
		sh.known(stmts)
		sh.stmts(stmts)
		if sh.control.kind != goOn {
			return
		}
	}
}

// finish runs the exit trap.
func (sh *Shell) finish() int {
	if text, ok := sh.traps["EXIT"]; ok && text != "" {
		delete(sh.traps, "EXIT")
		status := sh.status
		sh.control = control{}
		sh.eval(text)
		if sh.control.kind != exiting {
			sh.status = status
		}
	}
	return sh.status & 0xff
}

// eval runs a text in the shell itself.
func (sh *Shell) eval(text string) {
	f, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		sh.syntaxError(err)
		return
	}
	line := sh.line
	if len(f.Stmts) == 0 {
		sh.status = 0
	}
	sh.known(f.Stmts)
	sh.stmts(f.Stmts)
	sh.line = line
}

// known reports what the expansions would do otherwise than bash without a word.
func (sh *Shell) known(list []*syntax.Stmt) {
	for _, st := range list {
		syntax.Walk(st, func(n syntax.Node) bool {
			p, ok := n.(*syntax.ParamExp)
			if !ok || p.Repl == nil || p.Repl.Orig == nil || len(p.Repl.Orig.Parts) == 0 {
				return true
			}
			if lit, ok := p.Repl.Orig.Parts[0].(*syntax.Lit); ok && (strings.HasPrefix(lit.Value, "#") || strings.HasPrefix(lit.Value, "%")) {
				sh.Host.Unknown(sh, "a replacement at the beginning or the end of a value")
			}
			return true
		})
	}
}

func (sh *Shell) syntaxError(err error) {
	sh.errorf("syntax error: %v", err)
	sh.status = 2
	sh.control = control{kind: exiting}
}

// errorf writes a message as the shell does.
func (sh *Shell) errorf(format string, args ...any) {
	sh.write(2, fmt.Sprintf("%s: line %d: %s\n", sh.Name, sh.line, fmt.Sprintf(format, args...)))
}

// write writes what the shell itself has to say.
func (sh *Shell) write(fd int, text string) bool {
	w, ok := sh.files[fd].(io.Writer)
	if !ok {
		return false
	}
	_, err := io.WriteString(w, text)
	if isBroken(err) {
		sh.Host.BrokenPipe(sh)
	}
	if err != nil && fd != 2 {
		sh.errorf("write error: %s", reason(err))
	}
	return err == nil
}

// fork returns a copy of the shell for a subshell. It shares open files with the shell, and nothing else.
func (sh *Shell) fork() *Shell {
	c := *sh
	c.borrowed = true
	c.files = maps.Clone(sh.files)
	c.opts = maps.Clone(sh.opts)
	c.traps = make(map[string]string)
	for sig, text := range sh.traps {
		if text == "" {
			c.traps[sig] = ""
		}
	}
	c.jobs, c.cfg = nil, nil
	c.depth, c.control, c.subst = 0, control{}, false
	c.self = sh.Host.Fork(sh)
	return &c
}

// io returns the files of a command.
func (sh *Shell) io() IO {
	var out IO
	if r, ok := sh.files[0].(io.Reader); ok {
		out.In = r
	} else {
		out.In = closedFile{}
	}
	if w, ok := sh.files[1].(io.Writer); ok {
		out.Out = w
	} else {
		out.Out = closedFile{}
	}
	if w, ok := sh.files[2].(io.Writer); ok {
		out.Err = w
	} else {
		out.Err = closedFile{}
	}
	return out
}

// A lineReader hands out at most one line at a time and reads no further than its end, as bash reads a script from a
// pipe. A last line without an end is given one.
type lineReader struct {
	r    io.Reader
	last byte
}

func (l *lineReader) Read(p []byte) (int, error) {
	n := 0
	var one [1]byte
	for n < len(p) {
		m, err := l.r.Read(one[:])
		if m == 1 {
			p[n] = one[0]
			l.last = one[0]
			n++
			if one[0] == '\n' {
				return n, nil
			}
		}
		if err != nil && n == 0 && l.last != '\n' && l.last != 0 {
			l.last = '\n'
			p[0] = '\n'
			return 1, nil
		}
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
	}
	return n, nil
}
