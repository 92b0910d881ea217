package bash

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var errReadOnly = errors.New("readonly variable")

// config is what expansions go by. It is kept until an option changes.
func (sh *Shell) config() *expand.Config {
	if sh.cfg != nil {
		return sh.cfg
	}
	cfg := &expand.Config{
		Env:      view{sh},
		CmdSubst: sh.substitute,
		NoUnset:  sh.opts["nounset"],
		NullGlob: sh.opts["nullglob"],
		DotGlob:  sh.opts["dotglob"],
		ExtGlob:  true,
		ProcSubst: func(ps *syntax.ProcSubst) (string, error) {
			if ps.Op != syntax.CmdIn {
				sh.Host.Unknown(sh, "process substitution >()")
				return "", errors.New("not supported")
			}
			var buf bytes.Buffer
			c := sh.fork()
			c.files[1] = &buf
			c.stmts(ps.Stmts)
			c.finish()
			fd := 63
			for sh.files[fd] != nil {
				fd--
			}
			sh.files[fd] = &buf
			return "/dev/fd/" + strconv.Itoa(fd), nil
		},
	}
	if !sh.opts["noglob"] {
		cfg.ReadDir2 = func(name string) ([]fs.DirEntry, error) { return sh.Host.ReadDir(sh, sh.abs(name)) }
	}
	sh.cfg = cfg
	return cfg
}

// substitute runs a command substitution.
func (sh *Shell) substitute(w io.Writer, cs *syntax.CmdSubst) error {
	c := sh.fork()
	if len(cs.Stmts) == 1 && cs.Stmts[0].Cmd == nil && len(cs.Stmts[0].Redirs) == 1 && cs.Stmts[0].Redirs[0].Op == syntax.RdrIn {
		// $(<file)
		name, err := expand.Literal(sh.config(), cs.Stmts[0].Redirs[0].Word)
		if err != nil {
			return err
		}
		f, err := sh.Host.Open(sh, sh.abs(name), 0, 0)
		sh.subst = true
		if err != nil {
			sh.errorf("%s: %s", name, reason(err))
			sh.status = 1
			return nil
		}
		defer f.Close()
		sh.status = 0
		_, err = io.Copy(w, f)
		return err
	}
	c.files[1] = w
	c.quiet = 0
	c.opts["errexit"] = false // as bash does unless told otherwise
	c.stmts(cs.Stmts)
	sh.status = c.finish()
	sh.subst = true
	return nil
}

// expandError reports what an expansion fails with. The statement is not run.
func (sh *Shell) expandError(err error) {
	var unset expand.UnsetParameterError
	switch {
	case errors.As(err, &unset):
		sh.errorf("%s", unset.Error())
		sh.status = 1
		sh.control = control{kind: exiting}
	case errors.Is(err, errReadOnly):
		sh.errorf("%v", err)
		sh.status = 1
	default:
		sh.errorf("%v", err)
		sh.status = 1
		sh.Host.Unknown(sh, err.Error())
	}
}

func (sh *Shell) fields(words ...*syntax.Word) ([]string, bool) {
	out, err := expand.Fields(sh.config(), words...)
	if err != nil {
		sh.expandError(err)
		return nil, false
	}
	return out, true
}

func (sh *Shell) literal(w *syntax.Word) (string, bool) {
	if w == nil {
		return "", true
	}
	if lit := w.Lit(); lit != "" && !strings.ContainsAny(lit, `\~`) {
		return lit, true
	}
	s, err := expand.Literal(sh.config(), w)
	if err != nil {
		sh.expandError(err)
		return "", false
	}
	return s, true
}

func (sh *Shell) arithm(e syntax.ArithmExpr) (int, bool) {
	n, err := expand.Arithm(sh.config(), e)
	if err != nil {
		sh.expandError(err)
		return 0, false
	}
	return n, true
}
