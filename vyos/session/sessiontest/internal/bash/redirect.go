package bash

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"os"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// A redirection is what a statement did to the shell's files.
type redirection struct {
	sh     *Shell
	old    map[int]any
	opened []io.Closer
	keep   bool // exec made it permanent
}

func (r *redirection) undo() {
	if r.keep {
		return
	}
	for _, c := range r.opened {
		if err := c.Close(); err != nil {
			r.sh.errorf("close: %s", reason(err))
		}
	}
	if r.old != nil {
		r.sh.files = r.old
	}
}

func (sh *Shell) redirect(list []*syntax.Redirect) (*redirection, bool) {
	r := &redirection{sh: sh}
	if len(list) > 0 {
		r.old = maps.Clone(sh.files)
	}
	for _, rd := range list {
		if !sh.redirectOne(rd, r) {
			return r, false
		}
	}
	return r, true
}

func (sh *Shell) redirectOne(rd *syntax.Redirect, r *redirection) bool {
	fd := -1
	if rd.N != nil {
		n, err := strconv.Atoi(rd.N.Value)
		if err != nil {
			sh.Host.Unknown(sh, "a redirection with a variable")
			return false
		}
		fd = n
	}
	in, out := fd, fd
	if fd < 0 {
		in, out = 0, 1
	}
	switch rd.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		body, ok := sh.document(rd)
		sh.files[in] = bytes.NewReader([]byte(body))
		return ok
	}
	arg, ok := sh.literal(rd.Word)
	if !ok {
		return false
	}
	switch rd.Op {
	case syntax.WordHdoc:
		sh.files[in] = strings.NewReader(arg + "\n")
		return true
	case syntax.DplOut, syntax.DplIn:
		if rd.Op == syntax.DplIn {
			out = in
		}
		if arg == "-" {
			delete(sh.files, out)
			return true
		}
		from, err := strconv.Atoi(strings.TrimSuffix(arg, "-"))
		f, open := sh.files[from]
		if err != nil && rd.Op == syntax.DplOut && fd < 0 {
			// >&file is as &>file
			return sh.open(arg, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, r, 1, 2)
		}
		if err != nil || !open {
			sh.errorf("%s: Bad file descriptor", arg)
			return false
		}
		sh.files[out] = f
		if strings.HasSuffix(arg, "-") {
			delete(sh.files, from)
		}
		return true
	case syntax.RdrIn:
		return sh.open(arg, os.O_RDONLY, r, in)
	case syntax.RdrInOut:
		return sh.open(arg, os.O_RDWR|os.O_CREATE, r, in)
	case syntax.RdrOut, syntax.RdrClob:
		flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if sh.opts["noclobber"] && rd.Op == syntax.RdrOut && arg != "/dev/null" {
			if _, err := sh.Host.Stat(sh, sh.abs(arg), true); err == nil {
				sh.errorf("%s: cannot overwrite existing file", arg)
				return false
			}
			flag |= os.O_EXCL
		}
		return sh.open(arg, flag, r, out)
	case syntax.AppOut:
		return sh.open(arg, os.O_WRONLY|os.O_CREATE|os.O_APPEND, r, out)
	case syntax.RdrAll:
		return sh.open(arg, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, r, 1, 2)
	case syntax.AppAll:
		return sh.open(arg, os.O_WRONLY|os.O_CREATE|os.O_APPEND, r, 1, 2)
	}
	sh.Host.Unknown(sh, "redirection "+rd.Op.String())
	return false
}

func (sh *Shell) open(name string, flag int, r *redirection, fds ...int) bool {
	var f any
	if n, ok := strings.CutPrefix(name, "/dev/fd/"); ok {
		fd, err := strconv.Atoi(n)
		if f = sh.files[fd]; err != nil || f == nil {
			sh.errorf("%s: No such file or directory", name)
			return false
		}
	} else {
		file, err := sh.Host.Open(sh, sh.abs(name), flag, fs.FileMode(0o666))
		if err != nil {
			sh.errorf("%s: %s", name, reason(err))
			return false
		}
		r.opened = append(r.opened, file)
		f = file
	}
	for _, fd := range fds {
		sh.files[fd] = f
	}
	return true
}

// document returns the body of a here-document.
func (sh *Shell) document(rd *syntax.Redirect) (string, bool) {
	if rd.Hdoc == nil {
		return "", true
	}
	quoted := false
	for _, part := range rd.Word.Parts {
		switch p := part.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			quoted = true
		case *syntax.Lit:
			quoted = quoted || strings.Contains(p.Value, `\`)
		}
	}
	if rd.Op == syntax.DashHdoc {
		for _, part := range rd.Hdoc.Parts {
			if lit, ok := part.(*syntax.Lit); ok {
				lines := strings.Split(lit.Value, "\n")
				for i := range lines {
					lines[i] = strings.TrimLeft(lines[i], "\t")
				}
				lit.Value = strings.Join(lines, "\n")
			}
		}
	}
	if quoted {
		return rd.Hdoc.Lit(), true
	}
	s, err := expand.Document(sh.config(), rd.Hdoc)
	if err != nil {
		sh.expandError(err)
		return "", false
	}
	return s, true
}
