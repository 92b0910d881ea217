package sessiontest

import (
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// discardTrap is for how long after a discard the nodes that were discarded cannot be set again, and the session says
// that it has changes.
const discardTrap = time.Second

// pathText is a path in brackets, as messages have it.
func pathText(words []string) string { return "[" + strings.Join(words, " ") + "]" }

// editor is what my_set and my_delete have in common: it refuses who may not, and dies without a session.
func (p *Proc) editor(verb string, do func(s *session, words []string) (string, int)) int {
	if !p.mayConfigure() {
		p.out("can't initialize output\n\n")
		return 1
	}
	r := p.Router
	p.Sleep(r.toolTime(time.Duration(r.rel.Times.SetMillis) * time.Millisecond))
	words := p.Args[1:]
	r.mu.Lock()
	s := p.session()
	if s == nil {
		r.mu.Unlock()
		return p.crash()
	}
	text, status := "Need to specify the config node to "+verb+"\n", 1
	switch {
	case !p.mayChange():
		text = ""
	case len(words) > 0:
		text, status = do(s, words)
	}
	r.mu.Unlock()
	if status != 0 {
		text += strings.ToUpper(verb[:1]) + verb[1:] + " failed\n"
	}
	p.out(text)
	return status
}

// mayChange reports whether a process may write over what runs, which belongs to user and group of who has committed last.
// The lock is held.
func (p *Proc) mayChange() bool {
	last := p.Router.last
	return p.id.cred.UID == 0 || p.id.cred.UID == last.UID || p.In(groupName(last.GID))
}

// toolTime is how long something takes.
func (r *Router) toolTime(d time.Duration) time.Duration {
	if r.opts.Instant {
		return 0
	}
	return d
}

func runMySet(p *Proc) int {
	return p.editor("set", func(s *session, words []string) (string, int) {
		kind, _ := config.Lookup(p.Router.grammar, words...)
		if kind == config.KindUnknown {
			return "Configuration path: " + pathText(words) + " is not valid\n\n", 1
		}
		if needsValue(p.Router.grammar, words) {
			return "Configuration path: " + pathText(words) + " requires a value\n", 1
		}
		if text := p.checkValues(words); text != "" {
			return text + "Value validation failed\n", 1
		}
		if _, ok := p.Router.candidate(s).Find(words...); ok {
			return "Configuration path: " + pathText(words) + " already exists\n", 0
		}
		if time.Since(s.discarded) < discardTrap && slices.ContainsFunc(s.gone, func(e edit) bool { return overlap(e.path, words) }) {
			return "", 1
		}
		p.Router.edit(s, edit{path: words})
		return "", 0
	})
}

// overlap reports whether one path lies at or below the other.
func overlap(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// needsValue reports whether a path ends with a leaf or a tag that wants another word.
func needsValue(g config.Grammar, words []string) bool {
	kind, _ := config.Lookup(g, words...)
	if kind != config.KindLeaf && kind != config.KindMulti && kind != config.KindTag {
		return false
	}
	// The kind is also that of the value itself: it is one when the word before it already had the kind.
	return !endsWithValue(g, words)
}

// knownPath reports whether the grammar knows a path.
func knownPath(r *Router, words []string) bool {
	kind, _ := config.Lookup(r.grammar, words...)
	return kind != config.KindUnknown
}

// endsWithValue reports whether the last word is a leaf's value or the instance of a tag.
func endsWithValue(g config.Grammar, words []string) bool {
	node, kind := g.Root(), config.KindNode
	value := false
	for _, w := range words {
		if kind == config.KindLeaf || kind == config.KindMulti || kind == config.KindTag && !value {
			value = true
			if kind != config.KindTag {
				continue
			}
			kind = config.KindTag
			continue
		}
		next, ok := g.Child(node, w)
		if !ok {
			return false
		}
		node, kind, value = next, config.Kind(g.Kind(next)), false
	}
	return value
}

func runMyDelete(p *Proc) int {
	return p.editor("delete", func(s *session, words []string) (string, int) {
		kind, _ := config.Lookup(p.Router.grammar, words...)
		if kind == config.KindUnknown {
			return "Configuration path: " + pathText(words) + " is not valid\n\n", 1
		}
		if _, ok := p.Router.candidate(s).Find(words...); !ok {
			what := "node"
			if (kind == config.KindLeaf || kind == config.KindMulti) && endsWithValue(p.Router.grammar, words) {
				what = "value"
			}
			return "Nothing to delete (the specified " + what + " does not exist)\n", 0
		}
		p.Router.edit(s, edit{del: true, path: words})
		return "", 0
	})
}

func runMyDiscard(p *Proc) int {
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
	text := "No changes have been discarded\n"
	if len(s.edits) > 0 {
		text = "Changes have been discarded\n"
		s.gone, s.discarded = s.edits, time.Now()
		s.edits, s.tree, s.dirty = nil, nil, false
		r.must(r.fs.RemoveAll(vfs.Root(), changesDir(s.pid)+"/.modified"))
	}
	r.mu.Unlock()
	p.out(text)
	return 0
}

// validatePath checks the value that a path ends with, without a session and without a word. A path that is not
// complete is fine.
func (p *Proc) validatePath(words []string, value bool) int {
	p.Sleep(p.Router.toolTime(14 * time.Millisecond))
	if kind, _ := config.Lookup(p.Router.grammar, words...); kind == config.KindUnknown {
		return 1
	}
	if value && p.checkValues(words) != "" {
		return 1
	}
	return 0
}
