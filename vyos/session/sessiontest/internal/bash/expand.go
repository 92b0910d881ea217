package bash

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var errReadOnly = errors.New("readonly variable")

// A view is what expansions see of a shell's variables.
type view struct{ sh *Shell }

func (v view) Get(name string) expand.Variable           { return v.sh.lookup(name) }
func (v view) Set(name string, vr expand.Variable) error { return v.sh.set(name, vr) }
func (v view) Each(yield func(name string, vr expand.Variable) bool) {
	for _, name := range slices.Sorted(maps.Keys(v.sh.vars)) {
		if !yield(name, v.sh.get(name)) {
			return
		}
	}
}

func text(s string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: s}
}

func (sh *Shell) lookup(name string) expand.Variable {
	switch name {
	case "#":
		return text(strconv.Itoa(len(sh.Params)))
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, sh.Params...)}
	case "?":
		return text(strconv.Itoa(sh.status))
	case "$":
		return text(strconv.Itoa(sh.Pid))
	case "PPID":
		return text(strconv.Itoa(sh.Parent))
	case "BASHPID":
		return text(strconv.Itoa(sh.self))
	case "!":
		if sh.lastJob == 0 {
			return expand.Variable{}
		}
		return text(strconv.Itoa(sh.lastJob))
	case "-":
		flags := ""
		for _, o := range []struct{ flag, name string }{{"e", "errexit"}, {"f", "noglob"}, {"u", "nounset"}, {"x", "xtrace"}} {
			if sh.opts[o.name] {
				flags += o.flag
			}
		}
		return text(flags)
	case "0":
		return text(sh.Name)
	case "PIPESTATUS":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: sh.pipe}
	case "LINENO":
		return text(strconv.Itoa(sh.line))
	case "RANDOM":
		sh.random = sh.random*1103515245 + 12345
		return text(strconv.Itoa(int(sh.random >> 16 & 0x7fff)))
	case "IFS":
		if vr, ok := sh.vars[name]; ok {
			return *vr
		}
		return text(" \t\n")
	}
	if name[0] >= '1' && name[0] <= '9' {
		n, err := strconv.Atoi(name)
		if err == nil && n <= len(sh.Params) {
			return text(sh.Params[n-1])
		}
		return expand.Variable{}
	}
	return sh.get(name)
}

// set changes a variable as expand.WriteEnviron has it.
func (sh *Shell) set(name string, vr expand.Variable) error {
	old := sh.get(name)
	if old.ReadOnly {
		return fmt.Errorf("%s: %w", name, errReadOnly)
	}
	if vr.Kind == expand.KeepValue {
		exported, readonly := vr.Exported, vr.ReadOnly
		vr = old
		vr.Exported, vr.ReadOnly = exported, readonly
	} else if vr.Set {
		vr.Exported = vr.Exported || old.Exported
	}
	if !vr.Set && !vr.Exported && vr.Kind == expand.Unknown {
		sh.drop(name)
		return nil
	}
	sh.put(name, vr)
	return nil
}

// own makes the variables and functions the shell's own, where it has those of the shell that it was forked from: that one waits
// meanwhile, so that reading needs no copy.
func (sh *Shell) own() {
	if !sh.borrowed {
		return
	}
	sh.borrowed = false
	sh.vars, sh.funcs = maps.Clone(sh.vars), maps.Clone(sh.funcs)
	locals := make([]map[string]expand.Variable, len(sh.locals))
	for i, l := range sh.locals {
		locals[i] = maps.Clone(l)
	}
	sh.locals = locals
}

// get returns a variable, one that is not set when there is none of that name.
func (sh *Shell) get(name string) expand.Variable {
	if vr := sh.vars[name]; vr != nil {
		return *vr
	}
	return expand.Variable{}
}

// put and drop change the variables.
func (sh *Shell) put(name string, vr expand.Variable) {
	sh.own()
	if vr.Exported || sh.get(name).Exported {
		sh.env = nil
	}
	sh.vars[name] = &vr
}

func (sh *Shell) drop(name string) {
	old, ok := sh.vars[name]
	if !ok {
		return
	}
	sh.own()
	if old.Exported {
		sh.env = nil
	}
	delete(sh.vars, name)
}

// Getenv returns a variable's value.
func (sh *Shell) Getenv(name string) string { return sh.get(name).String() }

// Setenv sets and exports a variable.
func (sh *Shell) Setenv(name, value string) {
	sh.put(name, expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: value})
}

// environ lists what is exported.
func (sh *Shell) environ() []string {
	if sh.env != nil {
		return sh.env
	}
	out := []string{}
	for name, vr := range (view{sh}).Each {
		if vr.Exported && vr.Set && vr.Kind == expand.String {
			out = append(out, name+"="+vr.Str)
		}
	}
	sh.env = slices.Clip(out)
	return sh.env
}

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

// assign carries out an assignment; extra are the attributes that a declaration adds.
func (sh *Shell) assign(as *syntax.Assign, export, readonly bool) bool {
	name := as.Name.Value
	old := sh.lookup(name)
	vr := expand.Variable{Set: true, Kind: expand.String, Exported: export || old.Exported, ReadOnly: readonly}
	switch {
	case as.Array != nil:
		list, ok := sh.array(as.Array, &vr)
		if !ok {
			return false
		}
		vr.Kind = expand.Indexed
		if vr.Map != nil || old.Kind == expand.Associative {
			vr.Kind = expand.Associative
		} else if as.Append {
			vr.List = append(slices.Clone(old.List), list...)
		} else {
			vr.List = list
		}
	case as.Index != nil:
		return sh.assignElement(as, old)
	default:
		value, ok := sh.literal(as.Value)
		if !ok {
			return false
		}
		if as.Append {
			value = old.String() + value
		}
		vr.Str = value
	}
	if err := sh.set(name, vr); err != nil {
		sh.expandError(err)
		return false
	}
	return true
}

func (sh *Shell) array(a *syntax.ArrayExpr, vr *expand.Variable) ([]string, bool) {
	var list []string
	for _, e := range a.Elems {
		if e.Index == nil {
			words, ok := sh.fields(e.Value)
			if !ok {
				return nil, false
			}
			list = append(list, words...)
			continue
		}
		key, ok := sh.literal(keyWord(e.Index))
		if !ok {
			return nil, false
		}
		value, ok := sh.literal(e.Value)
		if !ok {
			return nil, false
		}
		if vr.Map == nil {
			vr.Map = make(map[string]string)
		}
		vr.Map[key] = value
	}
	return list, true
}

func keyWord(e syntax.ArithmExpr) *syntax.Word {
	w, _ := e.(*syntax.Word)
	return w
}

func (sh *Shell) assignElement(as *syntax.Assign, old expand.Variable) bool {
	value, ok := sh.literal(as.Value)
	if !ok {
		return false
	}
	vr := old
	vr.Set = true
	if old.Kind == expand.Associative {
		key, ok := sh.literal(keyWord(as.Index))
		if !ok {
			return false
		}
		vr.Map = maps.Clone(old.Map)
		if vr.Map == nil {
			vr.Map = make(map[string]string)
		}
		if as.Append {
			value = vr.Map[key] + value
		}
		vr.Map[key] = value
	} else {
		n, ok := sh.arithm(as.Index)
		if !ok {
			return false
		}
		vr.Kind = expand.Indexed
		vr.List = slices.Clone(old.List)
		if old.Kind == expand.String {
			vr.List = []string{old.Str}
		}
		if n < 0 || n > len(vr.List) {
			sh.Host.Unknown(sh, "an array with holes")
			return false
		}
		if n == len(vr.List) {
			vr.List = append(vr.List, "")
		}
		if as.Append {
			value = vr.List[n] + value
		}
		vr.List[n] = value
	}
	if err := sh.set(as.Name.Value, vr); err != nil {
		sh.expandError(err)
		return false
	}
	return true
}
