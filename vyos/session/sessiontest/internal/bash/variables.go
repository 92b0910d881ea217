package bash

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"mvdan.cc/sh/v3/expand"
)

// A view is what expansions see of a shell's variables.
type view struct{ sh *Shell }

func (v view) Get(name string) expand.Variable { return v.sh.lookup(name) }

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
