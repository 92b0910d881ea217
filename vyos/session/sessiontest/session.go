package sessiontest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A session is a candidate configuration: what runs, with edits upon it. Its number is that of a process, which need not be
// there any more.
type session struct {
	pid       int
	user      string
	edits     []edit
	tree      *config.Tree // the edits upon generation gen of what runs
	gen       int
	dirty     bool
	unsaved   bool
	discarded time.Time // when edits were last discarded
	gone      []edit    // which they were
}

// An edit is one set or delete.
type edit struct {
	del  bool
	path []string
}

func (e edit) apply(t *config.Tree, g config.Grammar) {
	if e.del {
		t.Delete(g, e.path...)
	} else {
		t.Put(g, e.path...)
	}
}

// candidate returns the session's configuration. The lock is held.
func (r *Router) candidate(s *session) *config.Tree {
	if s.tree == nil || s.gen != r.gen {
		s.tree, s.gen = r.active.Clone(), r.gen
		for _, e := range s.edits {
			e.apply(s.tree, r.grammar)
		}
	}
	return s.tree
}

// edit changes the candidate. The lock is held.
func (r *Router) edit(s *session, e edit) {
	e.path = slices.Clone(e.path)
	e.apply(r.candidate(s), r.grammar)
	s.edits = append(s.edits, e)
	s.dirty = true
	r.touchModified(s)
}

func (r *Router) touchModified(s *session) {
	name := changesDir(s.pid) + "/.modified"
	r.must(r.fs.WriteFile(vfs.Root(), name, nil, 0o664))
}

func changesDir(pid int) string { return sessionTmp + "/changes_only_" + strconv.Itoa(pid) }

func sessionDirs(pid int) []string {
	n := strconv.Itoa(pid)
	return []string{changesDir(pid), sessionTmp + "/new_config_" + n, sessionTmp + "/tmp_" + n}
}

// mayConfigure reports whether a process may have sessions.
func (p *Proc) mayConfigure() bool { return p.id.cred.UID == 0 || p.In("vyattacfg") }

// sessionID is the number of the session that the environment names, 0 when there is none.
func (p *Proc) sessionID() int {
	n, err := strconv.Atoi(strings.TrimPrefix(path.Base(p.Getenv("VYATTA_CHANGES_ONLY_DIR")), "changes_only_"))
	if err != nil {
		return 0
	}
	return n
}

// session returns the session that the environment names. The lock is held. A session whose directory was removed is none.
func (p *Proc) session() *session {
	n := p.sessionID()
	s := p.Router.sessions[n]
	if s == nil {
		return nil
	}
	if _, err := p.Router.fs.Stat(vfs.Root(), changesDir(n), true); err != nil {
		delete(p.Router.sessions, n)
		return nil
	}
	return s
}

// crash is how the tools die that find no session.
func (p *Proc) crash() int {
	p.died = "Segmentation fault"
	return 139
}

func (p *Proc) setupSession() int {
	n := p.sessionID()
	if !p.mayConfigure() || n == 0 {
		return 1
	}
	r := p.Router
	r.mu.Lock()
	defer r.mu.Unlock()
	// Of the same user, sessions go whose process is not a vbash; root's stay.
	for pid, s := range r.sessions {
		if pid != n && s.user == p.User() && s.user != "root" && (r.procs[pid] == nil || r.procs[pid].name != "vbash") {
			r.removeSession(pid)
		}
	}
	if r.sessions[n] == nil {
		r.sessions[n] = &session{pid: n, user: p.User()}
		for _, dir := range sessionDirs(n) {
			if err := r.fs.MkdirAll(vfs.Root(), dir, 0o775); err != nil {
				return 1
			}
			r.chmod(dir, 0o775, p.User(), "vyattacfg")
		}
	}
	return 0
}

// removeSession ends a session. The lock is held.
func (r *Router) removeSession(pid int) {
	delete(r.sessions, pid)
	for _, dir := range sessionDirs(pid) {
		r.must(r.fs.RemoveAll(vfs.Root(), dir))
	}
}

const sessionEnv = "declare -x VYATTA_EDIT_LEVEL=/; declare -x VYATTA_TEMPLATE_LEVEL=/; umask 002; { " +
	"declare -x -r VYATTA_ACTIVE_CONFIGURATION_DIR=/opt/vyatta/config/active declare -x -r VYATTA_CHANGES_ONLY_DIR=/opt/vyatta/config/tmp/changes_only_%[1]s; " +
	"declare -x -r VYATTA_TEMP_CONFIG_DIR=/opt/vyatta/config/tmp/new_config_%[1]s; declare -x -r VYATTA_CONFIG_TMP=/opt/vyatta/config/tmp/tmp_%[1]s; " +
	"declare -x -r VYATTA_CONFIG_TEMPLATE=/opt/vyatta/share/vyatta-cfg/templates; } >&/dev/null || true"

// runShellAPI is cli-shell-api.
func runShellAPI(p *Proc) int {
	f := p.leading("", "--show-active-only", "--show-working-only", "--show-commands", "--show-show-defaults", "--show-hide-secrets", "--show-ignore-edit")
	if !f.ok || len(f.args) == 0 {
		return 1
	}
	r := p.Router
	args := f.args[1:]
	switch f.args[0] {
	case "getSessionEnv":
		if len(args) != 1 {
			return p.Unknown()
		}
		return p.out(fmt.Sprintf(sessionEnv, args[0]))
	case "setupSession":
		return p.setupSession()
	case "inSession", "sessionChanged", "sessionUnsaved", "teardownSession", "markSessionUnsaved", "unmarkSessionUnsaved":
		r.mu.Lock()
		defer r.mu.Unlock()
		return p.sessionState(f.args[0])
	case "showConfig":
		return p.showConfig(f, args)
	case "loadFile":
		if len(args) != 1 {
			return p.Unknown()
		}
		return p.loadFile(args[0])
	case "validateTmplValPath", "validateTmplPath":
		return p.validatePath(args, f.args[0] == "validateTmplValPath")
	case "exists", "existsActive":
		t := p.config(f.args[0] == "existsActive")
		if _, ok := t.Find(args...); !ok {
			return 1
		}
		return 0
	case "returnValue", "returnActiveValue", "returnValues", "returnActiveValues", "listNodes", "listActiveNodes":
		return p.returnValues(f.args[0], args)
	}
	return p.Unknown()
}

func (p *Proc) sessionState(what string) int {
	s := p.session()
	if s == nil {
		return 1
	}
	switch what {
	case "inSession":
		return 0
	case "sessionChanged":
		if s.dirty || time.Since(s.discarded) < discardTrap {
			return 0
		}
		return 1
	case "sessionUnsaved":
		if s.unsaved {
			return 0
		}
		return 1
	case "markSessionUnsaved", "unmarkSessionUnsaved":
		s.unsaved = what == "markSessionUnsaved"
		return 0
	}
	if p.User() != "root" && p.User() != s.user {
		// fusermount unmounts for whoever mounted and for root; then the mount point cannot be removed (vyatta-cfg,
		// cstore-unionfs.cpp, teardownSession).
		return 1
	}
	p.Router.removeSession(s.pid)
	return 0
}

// config is the configuration that reading commands see: the session's unless only what runs is asked for.
func (p *Proc) config(activeOnly bool) *config.Tree {
	r := p.Router
	r.mu.Lock()
	defer r.mu.Unlock()
	if !activeOnly {
		if s := p.session(); s != nil {
			return r.candidate(s).Clone()
		}
	}
	if r.half {
		return r.halfActive()
	}
	return r.active
}

// halfActive is what a reader without the lock may find while the running configuration is written anew: the first half of
// it.
func (r *Router) halfActive() *config.Tree {
	half := config.New()
	all := r.active.Root().Sorted(r.order())
	for _, n := range all[:len(all)/2] {
		n.CopyTo(half)
	}
	return half
}

func (p *Proc) showConfig(f flagSet, words []string) int {
	r := p.Router
	t := p.config(f.has("--show-active-only"))
	if !f.has("--show-active-only", "--show-working-only", "--show-commands") && !config.Equal(t, r.Active()) {
		return p.Unknown() // both at once, with marks
	}
	if f.has("--show-show-defaults") {
		t = r.withDefaults(t)
	}
	n, ok := t.Find(words...)
	if !ok && len(words) > 0 {
		if kind, _ := config.Lookup(r.grammar, words...); kind == config.KindUnknown {
			p.out("Specified configuration path is not valid\n")
			return 2
		}
		return 0
	}
	if f.has("--show-commands") {
		if len(words) > 0 {
			t = n.CopyTree()
		}
		return p.out(r.quotedCommands(t))
	}
	if len(words) == 0 {
		return p.out(r.showText(t))
	}
	depth := 0
	for i := range words {
		if kind, _ := config.Lookup(r.grammar, words[:i+1]...); kind != config.KindTag || n.Parent().IsTag() && i == len(words)-1 {
			depth++
		}
	}
	text := r.showText(n.CopyTree())
	all := lines([]byte(text))
	if len(all) < 2*depth {
		return 0
	}
	var b strings.Builder
	for _, l := range all[depth : len(all)-depth] {
		b.WriteString(strings.TrimPrefix(l, strings.Repeat("    ", depth)) + "\n")
	}
	return p.out(b.String())
}

// quotedCommands are set commands with every word quoted.
func (r *Router) quotedCommands(t *config.Tree) string {
	var b strings.Builder
	for _, line := range lines([]byte(r.commandLines(t))) {
		rest, value, _ := strings.Cut(line, " '")
		words := strings.Fields(rest)
		b.WriteString(words[0])
		for _, w := range words[1:] {
			b.WriteString(" '" + w + "'")
		}
		if strings.HasSuffix(line, "'") {
			b.WriteString(" '" + value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *Proc) returnValues(what string, words []string) int {
	t := p.config(strings.Contains(what, "Active"))
	n, ok := t.Find(words...)
	if !ok {
		return 1
	}
	var out []string
	for _, c := range n.Sorted(p.Router.order()) {
		out = append(out, c.Name())
	}
	switch {
	case strings.HasSuffix(what, "Value"):
		if len(out) != 1 {
			return 1
		}
		return p.out(out[0])
	default:
		for i := range out {
			out[i] = "'" + out[i] + "'"
		}
		return p.out(strings.Join(out, " "))
	}
}
