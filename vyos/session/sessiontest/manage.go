package sessiontest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// loadFile makes the candidate equal to a file: it edits by the difference between what runs and the file, on top of what
// the session has. Paths are checked, values are not.
func (p *Proc) loadFile(name string) int {
	r := p.Router
	if !p.mayConfigure() {
		p.out("can't initialize output\n\n")
		return 1
	}
	data, err := p.read(name)
	if err != nil {
		p.out("Failed to open specified config file\n")
		return 1
	}
	tree, err := config.Parse(name, data, config.ParseOptions{Form: config.FormText})
	if err != nil {
		p.out("Invalid config file (syntax error): error at line " + lineOf(data, err) + ", text []\nFailed to parse specified config file\n")
		return 1
	}
	p.Sleep(r.toolTime(200 * time.Millisecond))
	known, bad := r.knownPart(tree)
	r.mu.Lock()
	s := p.session()
	if s == nil {
		r.mu.Unlock()
		return p.crash()
	}
	for end := range difference(r.active, known).Root().Terminals() {
		r.edit(s, edit{del: true, path: r.highest(end.Path(), known)})
	}
	again := r.reordered(known)
	for _, leaf := range again {
		r.edit(s, edit{del: true, path: leaf.Path()})
	}
	for end := range difference(known, r.active).Root().Terminals() {
		r.edit(s, edit{path: end.Path()})
	}
	for _, leaf := range again {
		for v := range leaf.Children() {
			r.edit(s, edit{path: v.Path()})
		}
	}
	r.mu.Unlock()
	var b strings.Builder
	for _, path := range bad {
		b.WriteString("Configuration path: " + pathText(path) + " is not valid\n\nSet ['" + strings.Join(path, "' '") + "'] failed\n")
	}
	return p.out(b.String())
}

// reordered lists the leaves of a file that run with other values or in another order, and hold several: such a leaf is
// deleted and set anew, so that its values come in the order of the file (vyatta-cfg, src/cnode/cnode-algorithm.cpp,
// _get_cmds_diff_leaf). The lock is held.
func (r *Router) reordered(file *config.Tree) []config.Node {
	var out []config.Node
	for end := range file.Root().Terminals() {
		if !end.IsValue() {
			continue
		}
		leaf := end.Parent()
		if n := len(out); n > 0 && leaf == out[n-1] {
			continue
		}
		if kind, _ := config.Lookup(r.grammar, leaf.Path()...); kind != config.KindMulti {
			continue
		}
		runs, ok := leaf.Twin(r.active)
		if ok && !slices.EqualFunc(slices.Collect(runs.Children()), slices.Collect(leaf.Children()), func(a, b config.Node) bool { return a.Name() == b.Name() }) {
			out = append(out, leaf)
		}
	}
	return out
}

// highest is the topmost node of a path that a configuration lacks.
func (r *Router) highest(path []string, t *config.Tree) []string {
	n := 1
	for n < len(path) {
		if _, ok := t.Find(path[:n]...); !ok {
			break
		}
		n++
	}
	return path[:n]
}

// knownPart splits a tree into what the grammar knows and the paths that it does not know.
func (r *Router) knownPart(t *config.Tree) (*config.Tree, [][]string) {
	t.Resolve(r.grammar)
	if t.Unknown(r.grammar) == 0 {
		return t, nil
	}
	out := config.New()
	var bad [][]string
	for end := range t.Root().Terminals() {
		if kind, _ := config.Lookup(r.grammar, end.Path()...); kind == config.KindUnknown {
			bad = append(bad, end.Path())
			continue
		}
		end.CopyPath(out)
	}
	out.Resolve(r.grammar)
	return out, bad
}

// lineOf is the line of a syntax error; what ends too early has it at its end.
func lineOf(data []byte, err error) string {
	var bad *config.Error
	if errors.As(err, &bad) && bad.Line > 0 && strings.Count(string(data), "{") == strings.Count(string(data), "}") {
		return strconv.Itoa(bad.Line)
	}
	return strconv.Itoa(strings.Count(string(data), "\n") + 1)
}

// savedTree is the saved configuration, empty when there is none.
func (r *Router) savedTree() *config.Tree {
	t, err := r.readSaved()
	if err != nil {
		return config.New()
	}
	return t
}

// runSaveConfig writes what runs to a file, config.boot unless another is named.
func runSaveConfig(p *Proc) int {
	if len(p.Args) > 2 {
		return p.Unknown()
	}
	r := p.Router
	p.Sleep(r.toolTime(750 * time.Millisecond))
	name := bootFile
	if len(p.Args) == 2 {
		name = p.abs(p.Args[1])
	}
	text := r.saveText(r.Active())
	if f, bad := r.take(SaveFails); bad {
		switch f.Text {
		case "":
			return 0
		case "half":
			text = text[:len(text)/2]
		default:
			p.err("Traceback (most recent call last):\nPermissionError: [Errno 1] Operation not permitted\n")
			return 1
		}
	}
	err := r.fs.WriteFile(p.cred(), name, []byte(text), 0o660)
	if errors.Is(err, syscall.EROFS) {
		return 0 // seen: it says nothing
	}
	if err != nil {
		p.err("Traceback (most recent call last):\nOSError: [Errno 28] " + bashReason(err) + "\n")
		return 1
	}
	return 0
}

// runConfigToCommands prints a configuration file as set commands.
func runConfigToCommands(p *Proc) int {
	if len(p.Args) != 2 {
		return p.Unknown()
	}
	data, err := p.read(p.Args[1])
	if err != nil {
		p.err("Error: " + bashReason(err) + "\n")
		return 1
	}
	t, err := config.Parse(p.Args[1], data, config.ParseOptions{Grammar: p.Router.grammar, Form: config.FormText})
	if err != nil {
		p.err("Error: could not parse the config file\n")
		return 1
	}
	return p.out(p.Router.commandLines(t))
}
