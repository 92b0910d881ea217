package bash

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var errBadFile = syscall.EBADF

func isBroken(err error) bool { return errors.Is(err, syscall.EPIPE) }

// reason is what strerror(3) says.
func reason(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		s := no.Error()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return err.Error()
}

// Reason is an error as a program prints it.
func Reason(err error) string { return reason(err) }

func (sh *Shell) abs(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(sh.Dir, name)
}

// stmts runs statements until one of them ends the list.
func (sh *Shell) stmts(list []*syntax.Stmt) {
	for _, st := range list {
		sh.stmt(st)
		if sh.control.kind != goOn {
			return
		}
	}
}

// signals runs the traps of signals that have come.
func (sh *Shell) signals() {
	sig := sh.Host.Check(sh)
	if sig == "" || sh.trapped {
		return
	}
	action, ok := sh.traps[sig]
	if !ok {
		sh.status = 128 + signalNumber(sig)
		sh.control = control{kind: exiting}
		return
	}
	if action != "" {
		status := sh.status
		sh.trapped = true
		sh.eval(action)
		sh.trapped = false
		if sh.control.kind == goOn {
			sh.status = status
		}
	}
}

func (sh *Shell) stmt(st *syntax.Stmt) {
	sh.line = int(st.Pos().Line())
	sh.signals()
	if sh.control.kind != goOn {
		return
	}
	if st.Coprocess || st.Disown {
		sh.Host.Unknown(sh, "a coprocess")
		return
	}
	if st.Background {
		sh.background(st)
		return
	}
	if st.Negated {
		sh.quiet++
	}
	restore, ok := sh.redirect(st.Redirs)
	if ok {
		if st.Cmd != nil {
			sh.command(st.Cmd, restore)
		} else {
			sh.status = 0
		}
	} else {
		sh.status = 1
	}
	restore.undo()
	if st.Negated {
		sh.quiet--
		sh.status = b2i(sh.status == 0)
		return
	}
	if b, ok := st.Cmd.(*syntax.BinaryCmd); ok && (b.Op == syntax.AndStmt || b.Op == syntax.OrStmt) {
		return // its last command has judged
	}
	if sh.status != 0 && sh.opts["errexit"] && sh.quiet == 0 && sh.control.kind == goOn {
		sh.control = control{kind: exiting}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (sh *Shell) background(st *syntax.Stmt) {
	copied := *st
	copied.Background = false
	c := sh.fork()
	c.own()
	c.files[0] = bytes.NewReader(nil) // without job control, input is /dev/null
	var held []any
	for _, fd := range []int{1, 2} {
		if !redirects(st.Redirs, fd) {
			held = append(held, sh.files[fd])
		}
	}
	pid, wait := sh.Host.Start(sh, held, func(bg *Shell) int {
		c.Proc, c.self = bg.Proc, bg.self
		c.stmt(&copied)
		return c.finish()
	})
	sh.lastJob = pid
	sh.jobs = append(sh.jobs, job{pid, wait})
	sh.status = 0
}

// redirects reports whether redirections lead a file elsewhere.
func redirects(list []*syntax.Redirect, fd int) bool {
	return slices.ContainsFunc(list, func(rd *syntax.Redirect) bool {
		switch rd.Op {
		case syntax.RdrAll, syntax.AppAll:
			return fd == 1 || fd == 2
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.DplOut:
			return rd.N == nil && fd == 1 || rd.N != nil && rd.N.Value == strconv.Itoa(fd)
		}
		return false
	})
}

// command runs what a statement consists of.
func (sh *Shell) command(cmd syntax.Command, redirs *redirection) {
	switch cmd := cmd.(type) {
	case *syntax.CallExpr:
		sh.call(cmd, redirs)
	case *syntax.Block:
		sh.stmts(cmd.Stmts)
	case *syntax.Subshell:
		c := sh.fork()
		c.stmts(cmd.Stmts)
		sh.status = c.finish()
	case *syntax.BinaryCmd:
		sh.binary(cmd)
	case *syntax.IfClause:
		sh.ifClause(cmd)
	case *syntax.WhileClause:
		sh.loop(func() bool {
			sh.quiet++
			sh.stmts(cmd.Cond)
			sh.quiet--
			return sh.control.kind == goOn && (sh.status == 0) != cmd.Until
		}, cmd.Do)
	case *syntax.ForClause:
		sh.forClause(cmd)
	case *syntax.CaseClause:
		sh.caseClause(cmd)
	case *syntax.FuncDecl:
		sh.own()
		sh.funcs[cmd.Name.Value] = cmd.Body
		sh.status = 0
	case *syntax.DeclClause:
		sh.declare(cmd)
	case *syntax.TestClause:
		sh.status = b2i(!sh.test(cmd.X))
	case *syntax.ArithmCmd:
		n, ok := sh.arithm(cmd.X)
		sh.status = b2i(!ok || n == 0)
	case *syntax.LetClause:
		n := 0
		for _, e := range cmd.Exprs {
			var ok bool
			if n, ok = sh.arithm(e); !ok {
				break
			}
		}
		sh.status = b2i(n == 0)
	case *syntax.TimeClause:
		sh.stmt(cmd.Stmt)
	default:
		sh.Host.Unknown(sh, "a command of this kind")
		sh.status = 2
		sh.control = control{kind: exiting}
	}
}

func (sh *Shell) binary(cmd *syntax.BinaryCmd) {
	switch cmd.Op {
	case syntax.AndStmt, syntax.OrStmt:
		sh.quiet++
		sh.stmt(cmd.X)
		sh.quiet--
		if sh.control.kind == goOn && (sh.status == 0) == (cmd.Op == syntax.AndStmt) {
			sh.stmt(cmd.Y)
		}
	case syntax.Pipe, syntax.PipeAll:
		sh.pipeline(cmd)
	}
}

// pipeline runs commands one after the other, each in a subshell and with the output of the one before it.
func (sh *Shell) pipeline(cmd *syntax.BinaryCmd) {
	type part struct {
		st  *syntax.Stmt
		all bool // standard error goes to the pipe as well
	}
	parts := []part{{st: cmd.Y}}
	for c := cmd; c != nil; {
		left := part{st: c.X, all: c.Op == syntax.PipeAll}
		next, ok := c.X.Cmd.(*syntax.BinaryCmd)
		if ok && (next.Op == syntax.Pipe || next.Op == syntax.PipeAll) && len(c.X.Redirs) == 0 && !c.X.Negated {
			parts = append(parts, part{st: next.Y, all: left.all})
			c = next
			continue
		}
		parts = append(parts, left)
		break
	}
	slices.Reverse(parts)
	var statuses []string
	var in *bytes.Buffer
	failed := 0
	for i, p := range parts {
		c := sh.fork()
		if in != nil {
			c.files[0] = in
		}
		out := new(bytes.Buffer)
		if i < len(parts)-1 {
			c.files[1] = out
			if p.all {
				c.files[2] = out
			}
		}
		c.stmt(p.st)
		sh.status = c.finish()
		if sh.status != 0 {
			failed = sh.status
		}
		statuses = append(statuses, strconv.Itoa(sh.status))
		in = out
	}
	if sh.opts["pipefail"] {
		sh.status = failed
	}
	sh.pipe = statuses
}

// call runs a simple command.
func (sh *Shell) call(cmd *syntax.CallExpr, redirs *redirection) {
	sh.subst = false
	args, ok := sh.fields(cmd.Args...)
	if !ok {
		if sh.status == 0 {
			sh.status = 1
		}
		return
	}
	if len(args) == 0 {
		for _, as := range cmd.Assigns {
			if !sh.assign(as, false, false) {
				sh.status = 1
				sh.control = control{kind: exiting} // as a script does at a readonly variable
				return
			}
		}
		if !sh.subst {
			sh.status = 0
		}
		return
	}
	before := make(map[string]expand.Variable)
	for _, as := range cmd.Assigns {
		if _, seen := before[as.Name.Value]; !seen {
			before[as.Name.Value] = sh.get(as.Name.Value)
		}
		if !sh.assign(as, true, false) {
			sh.status = 1
			return
		}
	}
	sh.simple(args, redirs)
	for name, vr := range before {
		if vr.Set || vr.Exported {
			sh.put(name, vr)
		} else {
			sh.drop(name)
		}
	}
}

// simple runs a function, a builtin or what the host has.
func (sh *Shell) simple(args []string, redirs *redirection) {
	if body, ok := sh.funcs[args[0]]; ok {
		sh.function(body, args[1:])
		return
	}
	if sh.builtin(args, redirs) {
		return
	}
	sh.status = sh.Host.Exec(sh, args, sh.environ(), sh.io())
}

func (sh *Shell) function(body *syntax.Stmt, args []string) {
	if sh.calls++; sh.calls > 500 {
		sh.Host.Unknown(sh, "functions that call each other without end")
		sh.control = control{kind: exiting}
		return
	}
	params, depth, line := sh.Params, sh.depth, sh.line
	sh.Params, sh.depth = args, 0
	sh.locals = append(slices.Clip(sh.locals), make(map[string]expand.Variable))
	sh.stmt(body)
	hidden := sh.locals[len(sh.locals)-1]
	sh.locals = sh.locals[:len(sh.locals)-1]
	for _, name := range slices.Sorted(maps.Keys(hidden)) {
		if vr := hidden[name]; vr.Set || vr.Exported {
			sh.put(name, vr)
		} else {
			sh.drop(name)
		}
	}
	if sh.control.kind == returning {
		sh.control = control{}
	}
	sh.Params, sh.depth, sh.line = params, depth, line
	sh.calls--
}

// ReadFD reads what is left of one of the shell's files.
func (sh *Shell) ReadFD(fd int) ([]byte, error) {
	r, ok := sh.files[fd].(io.Reader)
	if !ok {
		return nil, errBadFile
	}
	return io.ReadAll(r)
}

// Line is the line of the script that runs.
func (sh *Shell) Line() int { return sh.line }

// Stderr is where the shell's own messages go.
func (sh *Shell) Stderr() io.Writer { return sh.io().Err }

// SetOptions is the set builtin.
func (sh *Shell) SetOptions(args ...string) { sh.setOptions(args) }
