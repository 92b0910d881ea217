package sessiontest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A Commit is one that was made, also in part.
type Commit struct {
	At      time.Time // by the router's clock
	User    string
	Via     string
	Comment string
	Text    string // what ran after it, as Running prints it
	Failed  bool   // in part
	tree    *config.Tree
}

// Commits lists the commits since the router was made, oldest first.
func (r *Router) Commits() []Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.commits)
}

// A group is the part of a commit that one script of the router carries out.
type group struct {
	path     []string
	priority int
	gone     []edit // what is deleted
	come     []edit // what is set
}

// owner returns the path whose script a change at a path is carried out by, and its priority.
func (r *Router) owner(path []string) ([]string, int) {
	g := r.grammar
	node, kind := g.Root(), config.KindNode
	best, prio := 1, 0
	for i := 0; i < len(path); i++ {
		next, ok := g.Child(node, path[i])
		if !ok {
			break
		}
		node, kind = next, config.Kind(g.Kind(next))
		n := i + 1
		if kind == config.KindTag && i+1 < len(path) {
			i++
			n++
		}
		if p := g.Priority(next); p != 0 {
			best, prio = n, p
		}
		if kind != config.KindNode && kind != config.KindTag {
			break
		}
	}
	return path[:best], prio
}

// groups returns the changes between two configurations in the order of their scripts.
func (r *Router) groups(old, new *config.Tree) []*group {
	var list []*group
	find := func(path []string) *group {
		owner, prio := r.owner(path)
		for _, g := range list {
			if slices.Equal(g.path, owner) {
				return g
			}
		}
		g := &group{path: slices.Clone(owner), priority: prio}
		list = append(list, g)
		return g
	}
	for end := range difference(old, new).Root().Terminals() {
		g := find(end.Path())
		g.gone = append(g.gone, edit{del: true, path: end.Path()})
	}
	for end := range difference(new, old).Root().Terminals() {
		g := find(end.Path())
		g.come = append(g.come, edit{path: end.Path()})
	}
	slices.SortStableFunc(list, func(a, b *group) int {
		if a.priority != b.priority {
			return a.priority - b.priority
		}
		return strings.Compare(strings.Join(a.path, " "), strings.Join(b.path, " "))
	})
	return list
}

func runMyCommit(p *Proc) int {
	if !p.mayConfigure() {
		p.out("can't initialize output\n\n")
		return 1
	}
	r := p.Router
	r.mu.Lock()
	s := p.session()
	if s == nil {
		r.mu.Unlock()
		return p.crash()
	}
	if r.lock != 0 {
		r.mu.Unlock()
		p.out("Configuration system temporarily locked due to another commit in progress\n")
		return 1
	}
	target := r.candidate(s).Clone()
	if config.Equal(r.active, target) {
		s.edits, s.tree, s.dirty = nil, nil, false
		r.mu.Unlock()
		return 0
	}
	if !p.mayChange() {
		r.mu.Unlock()
		p.died = "Aborted"
		return 134
	}
	r.lock = p.Pid
	base := r.active
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.lock == p.Pid {
			r.lock = 0
			r.half = false
		}
	}()
	return p.commit(s, base, target)
}

// commit carries the changes out, script by script. What has been carried out stays in the system whatever happens to
// this process; only at the end is it what shows as running.
func (p *Proc) commit(s *session, base, target *config.Tree) int {
	r := p.Router
	groups := r.groups(base, target)
	if r.full() {
		return p.commitFull(groups)
	}
	changes := 0
	for _, g := range groups {
		changes += len(g.gone) + len(g.come)
	}
	total := time.Duration(r.rel.Times.CommitMillis+changes*r.rel.Times.LeafMillis) * time.Millisecond
	share := r.toolTime(total) / time.Duration(len(groups)+1)
	reached := base.Clone()
	var failed []*group
	var failures []string
	bad, planned := r.take(CommitFails)
	for i, g := range groups {
		if planned && (bad.Path == strings.Join(g.path, " ") || bad.Path == "" && i == 0) {
			r.mu.Lock()
			r.nodeFault[strings.Join(g.path, " ")] = bad.Text
			r.mu.Unlock()
		}
	}
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		clear(r.nodeFault)
	}()
	for _, g := range groups {
		p.Sleep(share)
		p.suffer(p.boundary("commit " + strings.Join(g.path, " ")))
		text, bad := r.script(p, g, base, target)
		header := "[ " + strings.Join(g.path, " ") + " ]\n"
		if bad {
			failed = append(failed, g)
			failures = append(failures, header+text+"\n\n["+pathText(g.path)+"] failed\n")
			p.out(failures[len(failures)-1])
			continue
		}
		if text != "" {
			p.out(header + text)
		}
		applyGroup(r, g, reached)
		r.mu.Lock()
		kernel := r.kernel.Clone()
		applyGroup(r, g, kernel)
		r.kernel = kernel
		r.changed[strings.Join(g.path, " ")] = time.Now()
		r.mu.Unlock()
		r.tellKernel(kernelChanged)
	}
	r.mu.Lock()
	r.half = true
	r.mu.Unlock()
	p.Sleep(share)
	p.suffer(p.boundary("commit ends"))
	if len(failed) == 0 {
		reached = target
	}
	if _, other := r.take(ReadbackDiffers); other {
		reached = r.leaveOut(base, reached)
	}
	r.finishCommit(p, s, reached, failed)
	if len(failed) > 0 {
		p.out("Commit failed\n")
		return 1
	}
	return 0
}

func applyGroup(r *Router, g *group, t *config.Tree) {
	for _, e := range g.gone {
		if n, ok := t.Find(e.path...); ok {
			n.Remove()
		}
	}
	for _, e := range g.come {
		e.apply(t, r.grammar)
	}
}

// finishCommit makes what was reached the running configuration.
func (r *Router) finishCommit(p *Proc, s *session, reached *config.Tree, failed []*group) {
	r.mu.Lock()
	r.half = false
	r.active, r.last = reached, p.id.cred
	r.gen++
	s.edits, s.tree, s.dirty = nil, nil, len(failed) > 0
	for _, g := range failed {
		s.edits = append(append(s.edits, g.gone...), g.come...)
	}
	s.unsaved = true
	if len(failed) == 0 {
		r.must(r.fs.RemoveAll(vfs.Root(), changesDir(s.pid)+"/.modified"))
	}
	c := Commit{
		At: r.Now(), User: p.loginUser(), Via: p.Getenv("COMMIT_VIA"), Comment: p.Getenv("COMMIT_COMMENT"), Text: r.showText(r.active), Failed: len(failed) > 0, tree: r.active,
	}
	if c.Via == "" {
		c.Via = "cli"
	}
	r.commits = append(r.commits, c)
	r.mu.Unlock()
	r.archive(p, c)
}

// loginUser is who a commit is logged for.
func (p *Proc) loginUser() string { return p.User() }

// procLocks is /proc/locks: the lock of a commit, if one runs.
func (r *Router) procLocks() []byte {
	info, err := r.fs.Stat(vfs.Root(), lockFile, true)
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []byte("1: FLOCK  ADVISORY  WRITE 612 00:17:35 0 EOF\n")
	if r.lock != 0 && err == nil {
		out = fmt.Appendf(out, "23: POSIX  ADVISORY  WRITE %d 00:46:%d 0 EOF\n", r.lock, info.Ino)
	}
	return out
}

// script carries out the part of one script: what it says, and whether it refuses.
func (r *Router) script(p *Proc, g *group, base, target *config.Tree) (text string, failed bool) {
	if p.Getenv("vyos_conf_scripts_dir") == "" && r.rel.Debian >= 12 {
		return "sh: line 1: /" + strings.Join(g.path[:min(2, len(g.path))], "_") + ".py: No such file or directory\n", true
	}
	if r.lostAddress(g, base) {
		return r.report(g.path[1], g.path[2]), true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if reason, bad := r.nodeFault[strings.Join(g.path, " ")]; bad {
		return reason, true
	}
	if text, bad := r.verify(g, target); bad {
		return text, true
	}
	return r.warnings(g, target), false
}

// boundary records a step that is no program.
func (p *Proc) boundary(label string) []Fault {
	p.Router.mu.Lock()
	defer p.Router.mu.Unlock()
	before, after := p.Router.record(label)
	return append(before, after...)
}

// leaveOut returns what a commit was to reach without the last of what it sets, or with the last of what it deletes.
func (r *Router) leaveOut(base, reached *config.Tree) *config.Tree {
	out := reached.Clone()
	var last config.Node
	for end := range difference(reached, base).Root().Terminals() {
		last = end
	}
	if last.Valid() {
		out.Delete(r.grammar, last.Path()...)
		return out
	}
	for end := range difference(base, reached).Root().Terminals() {
		last = end
	}
	if last.Valid() {
		out.Put(r.grammar, last.Path()...)
	}
	return out
}
