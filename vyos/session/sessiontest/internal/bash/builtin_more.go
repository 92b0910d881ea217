package bash

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func modeOf(n uint64) fs.FileMode { return fs.FileMode(n) }

// exec replaces the shell by a command, or makes redirections permanent.
func (sh *Shell) exec(args []string, redirs *redirection) int {
	if len(args) == 0 {
		redirs.keep = true
		return 0
	}
	sh.control = control{kind: exiting}
	delete(sh.traps, "EXIT")
	return sh.Host.Exec(sh, args, sh.environ(), sh.io())
}

func (sh *Shell) commandBuiltin(name string, args []string) int {
	if len(args) > 0 && (args[0] == "-v" || args[0] == "-V") || name == "type" {
		for _, a := range args {
			switch {
			case strings.HasPrefix(a, "-"):
			case sh.funcs[a] != nil || slices.Contains(builtinNames, a):
				sh.write(1, a+"\n")
			default:
				p := sh.LookPath(a)
				if p == "" {
					return 1
				}
				sh.write(1, p+"\n")
			}
		}
		return 0
	}
	if len(args) == 0 {
		return 0
	}
	if args[0] == "-p" {
		args = args[1:]
	}
	if sh.builtin(args, &redirection{sh: sh}) {
		return -1
	}
	return sh.Host.Exec(sh, args, sh.environ(), sh.io())
}

// LookPath finds a command as the shell does; it returns an empty string when there is none.
func (sh *Shell) LookPath(name string) string {
	if strings.Contains(name, "/") {
		if sh.Host.Access(sh, sh.abs(name), 1) {
			return name
		}
		return ""
	}
	for dir := range strings.SplitSeq(sh.Getenv("PATH"), ":") {
		full := path.Join(sh.abs(dir), name)
		if info, err := sh.Host.Stat(sh, full, true); err == nil && !info.IsDir() && sh.Host.Access(sh, full, 1) {
			return full
		}
	}
	return ""
}

// read is the read builtin. A limit of time works where the input knows deadlines.
func (sh *Shell) read(args []string) int {
	raw, array, delim, limit, fd := false, "", byte('\n'), time.Duration(-1), 0
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		a := args[0]
		args = args[1:]
		for i := 1; i < len(a); i++ {
			if a[i] == 'r' {
				raw = true
				continue
			}
			value := a[i+1:]
			if value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			switch a[i] {
			case 'a':
				array = value
			case 'd':
				delim = 0
				if value != "" {
					delim = value[0]
				}
			case 't':
				seconds, err := strconv.ParseFloat(value, 64)
				if err != nil {
					sh.errorf("read: %s: invalid timeout specification", value)
					return 1
				}
				limit = time.Duration(seconds * float64(time.Second))
			case 'u':
				fd, _ = strconv.Atoi(value)
			case 'p':
			default:
				sh.Host.Unknown(sh, "read "+a)
				return 2
			}
			break
		}
	}
	in, ok := sh.files[fd].(io.Reader)
	if !ok {
		sh.errorf("read: %d: invalid file descriptor: Bad file descriptor", fd)
		return 1
	}
	line, status := sh.readLine(in, delim, limit)
	if array != "" {
		sh.put(array, expand.Variable{Set: true, Kind: expand.Indexed, List: expand.ReadFields(sh.config(), line, -1, raw)})
		return status
	}
	if len(args) == 0 {
		sh.put("REPLY", text(line))
		return status
	}
	values := expand.ReadFields(sh.config(), line, len(args), raw)
	for i, name := range args {
		v := ""
		if i < len(values) {
			v = values[i]
		}
		if err := sh.set(name, text(v)); err != nil {
			sh.expandError(err)
			return 1
		}
	}
	return status
}

func (sh *Shell) readLine(in io.Reader, delim byte, limit time.Duration) (string, int) {
	if limit >= 0 {
		timed, ok := in.(interface {
			Wait(time.Duration) bool
		})
		if ok && !timed.Wait(limit) {
			return "", 142
		}
	}
	var b bytes.Buffer
	var one [1]byte
	for {
		n, err := in.Read(one[:])
		if n == 1 {
			if one[0] == delim {
				return b.String(), 0
			}
			b.WriteByte(one[0])
		}
		if err != nil {
			return b.String(), 1
		}
	}
}

func (sh *Shell) mapfile(args []string) int {
	trim, name := false, "MAPFILE"
	for _, a := range args {
		switch {
		case a == "-t":
			trim = true
		case strings.HasPrefix(a, "-"):
			sh.Host.Unknown(sh, "mapfile "+a)
			return 2
		default:
			name = a
		}
	}
	data, err := io.ReadAll(sh.io().In)
	if err != nil {
		sh.errorf("mapfile: %s", reason(err))
		return 1
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		if trim {
			line = strings.TrimSuffix(line, "\n")
		}
		list = append(list, line)
	}
	sh.put(name, expand.Variable{Set: true, Kind: expand.Indexed, List: list})
	return 0
}

// declare is declare, local, export and readonly where the parser has seen them.
func (sh *Shell) declare(cmd *syntax.DeclClause) {
	d := declaration{sh: sh, variant: cmd.Variant.Value}
	sh.subst = false
	sh.status = 0
	for _, as := range cmd.Args {
		if as.Naked && as.Name == nil {
			words, ok := sh.fields(as.Value)
			if !ok {
				return
			}
			for _, w := range words {
				d.word(w)
			}
			continue
		}
		d.assign(as)
	}
	sh.status = b2i(d.failed)
}

// declareWords is the same where the words are known only when they are run.
func (sh *Shell) declareWords(name string, args []string) int {
	d := declaration{sh: sh, variant: name}
	for _, w := range args {
		d.word(w)
	}
	return b2i(d.failed)
}

type declaration struct {
	sh                       *Shell
	variant                  string
	export, readonly, global bool
	named, failed            bool
	array, assoc             bool
}

// word takes an option, a name or an assignment. As in bash, what looks like an option after a name is none, and what is
// wrong does not keep the rest from being declared.
func (d *declaration) word(w string) {
	if !d.named && len(w) > 1 && (w[0] == '-' || w[0] == '+') {
		for _, c := range w[1:] {
			switch c {
			case 'x':
				d.export = w[0] == '-'
			case 'r':
				d.readonly = true
			case 'a':
				d.array = true
			case 'A':
				d.assoc = true
			case 'g':
				d.global = true
			default:
				d.failed = true
				d.sh.Host.Unknown(d.sh, d.variant+" "+w)
			}
		}
		return
	}
	name, value, given := strings.Cut(w, "=")
	if !syntax.ValidName(name) {
		d.sh.errorf("%s: `%s': not a valid identifier", d.variant, w)
		d.failed = true
		return
	}
	as := &syntax.Assign{Name: &syntax.Lit{Value: name}, Naked: !given}
	if given {
		as.Value = &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: value}}}
	}
	d.assign(as)
}

func (d *declaration) assign(as *syntax.Assign) {
	d.named = true
	sh := d.sh
	name := as.Name.Value
	export := d.export || d.variant == "export"
	readonly := d.readonly || d.variant == "readonly"
	local := d.variant == "local" || (d.variant == "declare" || d.variant == "typeset") && len(sh.locals) > 0 && !d.global
	if local {
		if len(sh.locals) == 0 {
			sh.errorf("local: can only be used in a function")
			d.failed = true
			return
		}
		sh.own()
		scope := sh.locals[len(sh.locals)-1]
		if _, ok := scope[name]; !ok {
			scope[name] = sh.get(name)
			sh.drop(name)
		}
	}
	if !as.Naked {
		if !sh.assign(as, export, readonly) {
			d.failed = true
		}
		return
	}
	vr := sh.get(name)
	vr.Exported = vr.Exported || export
	vr.ReadOnly = vr.ReadOnly || readonly
	if !vr.Set && d.array {
		vr.Kind = expand.Indexed
	}
	if !vr.Set && d.assoc {
		vr.Kind = expand.Associative
	}
	sh.put(name, vr)
}
