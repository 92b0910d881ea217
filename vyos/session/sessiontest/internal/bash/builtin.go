package bash

import (
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var builtinNames = []string{
	":", ".", "[", "break", "builtin", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export", "false", "hash", "kill", "local", "declare",
	"mapfile", "printf", "pwd", "read", "readarray", "readonly", "return", "set", "shift", "shopt", "source", "test", "trap", "true", "type", "typeset", "ulimit",
	"umask", "unset", "wait",
}

// builtin runs a builtin and reports whether there is one of that name.
func (sh *Shell) builtin(args []string, redirs *redirection) bool {
	if !slices.Contains(builtinNames, args[0]) {
		return false
	}
	status := sh.runBuiltin(args[0], args[1:], redirs)
	if status >= 0 {
		sh.status = status
	}
	return true
}

// runBuiltin returns a status, or -1 when it has set that itself.
func (sh *Shell) runBuiltin(name string, args []string, redirs *redirection) int {
	switch name {
	case ":", "true", "hash":
		return 0
	case "false":
		return 1
	case "echo":
		return b2i(!sh.write(1, echo(args)))
	case "printf":
		return sh.printf(args)
	case "test":
		return sh.testBuiltin(args)
	case "[":
		if len(args) == 0 || args[len(args)-1] != "]" {
			sh.errorf("[: missing `]'")
			return 2
		}
		return sh.testBuiltin(args[:len(args)-1])
	case "exit", "return", "break", "continue", "shift":
		return sh.flow(name, args)
	case "cd":
		return sh.chdir(args)
	case "pwd":
		return b2i(!sh.write(1, sh.Dir+"\n"))
	case "eval":
		sh.eval(strings.Join(args, " "))
		return -1
	case "source", ".":
		return sh.sourceFile(args)
	case "set":
		return sh.setOptions(args)
	case "shopt":
		return sh.shopt(args)
	case "unset":
		return sh.unset(args)
	case "read":
		return sh.read(args)
	case "mapfile", "readarray":
		return sh.mapfile(args)
	case "trap":
		return sh.trap(args)
	case "umask":
		return sh.umask(args)
	case "ulimit":
		return 0
	case "exec":
		return sh.exec(args, redirs)
	case "command", "builtin", "type":
		return sh.commandBuiltin(name, args)
	case "wait":
		return sh.wait(args)
	case "kill":
		return sh.kill(args)
	case "export", "readonly", "declare", "local", "typeset":
		return sh.declareWords(name, args)
	}
	return 2
}

func echo(args []string) string {
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		newline = newline && !strings.Contains(args[0], "n")
		escapes = strings.Contains(args[0], "e")
		args = args[1:]
	}
	s := strings.Join(args, " ")
	if escapes {
		s = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, `\r`, "\r").Replace(s)
	}
	if newline {
		s += "\n"
	}
	return s
}

func (sh *Shell) printf(args []string) int {
	name := ""
	if len(args) > 1 && args[0] == "-v" {
		name, args = args[1], args[2:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		sh.errorf("printf: usage: printf [-v var] format [arguments]")
		return 2
	}
	format, rest := args[0], args[1:]
	if strings.Contains(format, "%q") || strings.Contains(format, "%(") {
		sh.Host.Unknown(sh, "printf "+format)
		return 2
	}
	var b strings.Builder
	for {
		s, n, err := expand.Format(sh.config(), format, rest)
		if err != nil {
			sh.errorf("printf: %v", err)
			return 1
		}
		b.WriteString(s)
		rest = rest[n:]
		if n == 0 || len(rest) == 0 {
			break
		}
	}
	if name != "" {
		if err := sh.set(name, text(b.String())); err != nil {
			sh.expandError(err)
			return 1
		}
		return 0
	}
	return b2i(!sh.write(1, b.String()))
}

func (sh *Shell) flow(name string, args []string) int {
	n, given := 1, false
	if len(args) > 0 {
		var err error
		if n, err = strconv.Atoi(args[0]); err != nil {
			sh.errorf("%s: %s: numeric argument required", name, args[0])
			sh.control = control{kind: exiting}
			return 2
		}
		given = true
	}
	switch name {
	case "exit", "return":
		kind := exiting
		if name == "return" {
			kind = returning
			if sh.calls == 0 {
				sh.errorf("return: can only `return' from a function or sourced script")
				return 2
			}
		}
		sh.control = control{kind: kind}
		if given {
			return n & 0xff
		}
		return -1
	case "break", "continue":
		if sh.depth == 0 {
			return 0
		}
		kind := breaking
		if name == "continue" {
			kind = continuing
		}
		sh.control = control{kind: kind, count: min(max(n, 1), sh.depth)}
		return 0
	case "shift":
		if n > len(sh.Params) || n < 0 {
			return 1
		}
		sh.Params = sh.Params[n:]
	}
	return 0
}

func (sh *Shell) chdir(args []string) int {
	dir := sh.Getenv("HOME")
	if len(args) > 0 {
		dir = args[0]
	}
	full := sh.abs(dir)
	info, err := sh.Host.Stat(sh, full, true)
	switch {
	case err != nil:
		sh.errorf("cd: %s: %s", dir, reason(err))
		return 1
	case !info.IsDir():
		sh.errorf("cd: %s: Not a directory", dir)
		return 1
	case !sh.Host.Access(sh, full, 1):
		sh.errorf("cd: %s: Permission denied", dir)
		return 1
	}
	sh.Dir = path.Clean(full)
	sh.put("PWD", expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: sh.Dir})
	return 0
}

func (sh *Shell) sourceFile(args []string) int {
	if len(args) == 0 {
		sh.errorf(".: filename argument required")
		return 2
	}
	f, err := sh.Host.Open(sh, sh.abs(args[0]), 0, 0)
	if err != nil {
		sh.errorf("%s: %s", args[0], reason(err))
		return 1
	}
	data, err := io.ReadAll(f)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		sh.errorf("%s: %s", args[0], reason(err))
		return 1
	}
	params := sh.Params
	if len(args) > 1 {
		sh.Params = args[1:]
	}
	sh.calls++
	sh.eval(string(data))
	sh.calls--
	sh.Params = params
	if sh.control.kind == returning {
		sh.control = control{}
	}
	return -1
}

func (sh *Shell) setOptions(args []string) int {
	sh.cfg = nil
	letters := map[byte]string{'e': "errexit", 'u': "nounset", 'f': "noglob", 'C': "noclobber", 'x': "xtrace", 'a': "allexport", 'm': "monitor", 'b': "notify", 'h': "hashall", '+': ""}
	names := []string{"errexit", "nounset", "noglob", "noclobber", "pipefail", "monitor", "errtrace"}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			sh.Params = args[i+1:]
			return 0
		case a == "-o" || a == "+o":
			if i++; i == len(args) || !slices.Contains(names, args[i]) {
				sh.Host.Unknown(sh, "set "+strings.Join(args, " "))
				return 2
			}
			sh.opts[args[i]] = a == "-o"
		case len(a) > 1 && (a[0] == '-' || a[0] == '+'):
			for j := 1; j < len(a); j++ {
				name, ok := letters[a[j]]
				if a[j] == 'o' && i+1 < len(args) && slices.Contains(names, args[i+1]) {
					i++
					name, ok = args[i], true
				}
				if !ok || name == "xtrace" || name == "allexport" {
					sh.Host.Unknown(sh, "set "+a)
					return 2
				}
				sh.opts[name] = a[0] == '-'
			}
		default:
			sh.Params = args[i:]
			return 0
		}
	}
	return 0
}

func (sh *Shell) shopt(args []string) int {
	sh.cfg = nil
	if len(args) < 2 || args[0] != "-s" && args[0] != "-u" {
		sh.Host.Unknown(sh, "shopt "+strings.Join(args, " "))
		return 2
	}
	for _, name := range args[1:] {
		if !slices.Contains([]string{"nullglob", "dotglob", "extglob", "expand_aliases", "lastpipe", "inherit_errexit"}, name) || name == "lastpipe" {
			sh.Host.Unknown(sh, "shopt "+name)
			return 2
		}
		sh.opts[name] = args[0] == "-s"
	}
	return 0
}

func (sh *Shell) unset(args []string) int {
	funcs := false
	for _, a := range args {
		switch {
		case a == "-f":
			funcs = true
		case a == "-v":
		case funcs:
			sh.own()
			delete(sh.funcs, a)
		case !syntax.ValidName(a):
			sh.Host.Unknown(sh, "unset "+a)
			return 1
		case sh.get(a).ReadOnly:
			sh.errorf("unset: %s: cannot unset: readonly variable", a)
			return 1
		default:
			if _, ok := sh.vars[a]; !ok {
				sh.own()
				delete(sh.funcs, a)
			}
			sh.drop(a)
		}
	}
	return 0
}
