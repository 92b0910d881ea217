package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Inspect reads the running configuration and what else a change depends on. It changes nothing and leaves nothing.
// A router that runs something else than a supported release gives its facts and ErrUnknownRelease.
func (d *Device) Inspect(ctx context.Context) (plan.Snapshot, plan.Facts, error) {
	const doing = "inspect"
	var facts plan.Facts
	r, err := d.runScript(ctx, doing, newScript().run("inspect"), d.o.Limits.Stage)
	if err != nil {
		return nil, facts, err
	}
	wrong := func(err error) (plan.Snapshot, plan.Facts, error) { return nil, facts, d.errorf(doing, "%w", err) }
	rel, err := r.facts(&facts)
	if err != nil {
		return wrong(err)
	}
	if rel == nil {
		return wrong(fmt.Errorf("%w: its version is %q", ErrUnknownRelease, facts.Version))
	}
	g, err := d.o.Grammar(rel.Name)
	if err != nil {
		return wrong(err)
	}
	base, err := readContent(r, "running", g)
	if err != nil {
		return wrong(err)
	}
	d.mask.tree(base.tree, g)
	if facts.Unsaved, err = unsaved(r, base, g); err != nil {
		return wrong(err)
	}
	if !facts.Administrator && !r.has("saved") { // that this user may not read it says nothing of it
		facts.Unsaved = false
	}
	snapshot, err := d.o.Read(rel.Name, base.text)
	if err != nil {
		return wrong(errors.New(d.mask.apply(err.Error())))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rel, d.g, d.base, d.now = rel, g, base, base
	d.next, d.phase = nil, 0
	return snapshot, facts, nil
}

// readContent reads a running configuration out of a frame.
func readContent(r *reply, key string, g config.Grammar) (*content, error) {
	text, ok, err := r.text(key)
	if err != nil {
		return nil, err
	}
	if !ok || len(text) == 0 {
		return nil, fmt.Errorf("%w: the configuration is missing or empty", ErrHostile)
	}
	t, err := config.Parse("the "+key+" configuration", text, config.ParseOptions{Form: config.FormText, Grammar: g})
	if err != nil {
		// The error shows a piece of the text, which may be a secret.
		var where *config.Error
		if errors.As(err, &where) {
			return nil, fmt.Errorf("the %s configuration cannot be read: line %d: %s", key, where.Line, where.Msg)
		}
		return nil, fmt.Errorf("the %s configuration cannot be read", key)
	}
	t.Resolve(g)
	sum := sha256.Sum256(text)
	return &content{text: text, sum: hex.EncodeToString(sum[:]), tree: t}, nil
}

// unsaved reports whether the saved configuration is another than the running one.
func unsaved(r *reply, running *content, g config.Grammar) (bool, error) {
	if !r.has("saved") {
		return true, nil // it cannot be read, so nobody can rely on it
	}
	saved, err := readContent(r, "saved", g)
	if err != nil {
		return true, nil //nolint:nilerr // a file that is damaged or empty is not what runs
	}
	if config.Equal(saved.tree, running.tree) {
		return false, nil
	}
	if !r.has("defaults") {
		return true, nil
	}
	full, err := readContent(r, "defaults", g)
	if err != nil {
		return true, err
	}
	return !config.Equal(saved.tree, full.tree), nil
}

// facts fills in what the frames say and returns the release, or nil.
func (r *reply) facts(f *plan.Facts) (*release.Release, error) {
	var err error
	word := func(key string) string {
		s, e := r.word(key)
		err = errors.Join(err, e)
		return s
	}
	f.User = config.Escape(word("user"), 64)
	f.Administrator = slices.Contains(strings.Fields(word("groups")), "vyattacfg") && word("sudo") == "0"
	version, _, e := r.text("version")
	err = errors.Join(err, e)
	var branch string
	f.Version, branch = versionOf(version)
	major, _, _ := strings.Cut(word("debian"), ".")
	debian, _ := strconv.Atoi(major) // a word, as in bookworm/sid, tells nothing
	rel, known := release.ByVersion(f.Version, branch, debian)
	if !known {
		rel = nil
	} else {
		f.Release = rel.Name
	}
	booted := word("booted")
	f.Booted = booted == "0" || booted == "" || booted == "absent" && known && !rel.Box.BootStatus
	f.Locked = r.has("locked")
	f.PendingConfirm = r.has("confirm")
	up, e := strconv.ParseFloat(firstWord(word("uptime")), 64)
	if e == nil && up >= 0 && up < 1e9 {
		f.Uptime = time.Duration(up * float64(time.Second)).Round(time.Second)
	}
	f.Way = config.Escape(after(word("way"), "dev"), 32)
	r.sessions(f)
	r.runs(f)
	r.space(f)
	for _, place := range r.all("fixed") {
		if place == savedFile && slices.Contains(f.ReadOnly, "/config") {
			continue // which is where it lies
		}
		f.ReadOnly = append(f.ReadOnly, config.Escape(place, 80))
	}
	return rel, err
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return s
}

// versionOf reads version.json or what show version prints.
func versionOf(text []byte) (version, branch string) {
	var v struct {
		Version string `json:"version"`
		Branch  string `json:"vyos_branch"`
	}
	if json.Unmarshal(text, &v) == nil && v.Version != "" {
		return config.Escape(v.Version, 80), v.Branch
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "Version" {
			return config.Escape(strings.TrimSpace(value), 80), ""
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return config.Escape(line, 80), ""
}

// sessions lists the sessions of others with changes.
func (r *reply) sessions(f *plan.Facts) {
	for _, s := range r.all("session") {
		w := strings.Fields(s)
		if len(w) < 2 || slices.Contains(r.all("ours"), w[0]) {
			continue
		}
		user := ""
		if len(w) > 2 {
			user = config.Escape(w[2], 64)
		}
		f.Others = append(f.Others, plan.Session{User: user, ID: config.Escape(w[0], 20), Dead: w[1] == "dead"})
	}
}

// runs lists what earlier runs left: directories, and units whose directory is gone.
func (r *reply) runs(f *plan.Facts) {
	seen := make(map[string]bool)
	for _, s := range r.all("run") {
		name, guard, _ := strings.Cut(s, " ")
		if runForm.MatchString(name) && !seen[name] {
			seen[name] = true
			f.Runs = append(f.Runs, plan.Left{Run: name, Armed: guard != ""})
		}
	}
	for _, s := range r.all("unit") {
		s, timer := strings.CutSuffix(s, ".timer")
		s, _ = strings.CutSuffix(s, ".service")
		for _, begin := range []string{"l2stretch-guard-", "l2stretch-undo-"} {
			if name, ok := strings.CutPrefix(s, begin); ok && runForm.MatchString(name) && !seen[name] {
				seen[name] = true
				f.Runs = append(f.Runs, plan.Left{Run: name, Armed: timer})
			}
		}
	}
	slices.SortFunc(f.Runs, func(a, b plan.Left) int { return cmp.Compare(a.Run, b.Run) })
}

// savedFile is where the saved configuration lies.
const savedFile = "/opt/vyatta/etc/config/config.boot"

// room is how much must be free where, in KiB. With less in /opt/vyatta/config a commit damages the active configuration.
var room = map[string]int{"/opt/vyatta/config": 16 << 10, "/config": 1 << 10, "/run": 4 << 10}

func (r *reply) space(f *plan.Facts) {
	for _, s := range r.all("free") {
		kib, place, ok := strings.Cut(s, " ")
		free, err := strconv.Atoi(kib)
		if need := room[place]; ok && err == nil && free < need {
			f.Short = append(f.Short, fmt.Sprintf("%s: %d KiB free, %d KiB needed", place, free, need))
		}
	}
}

// known makes sure that the router has been inspected.
func (d *Device) known(ctx context.Context) error {
	d.mu.Lock()
	ok := d.rel != nil
	d.mu.Unlock()
	if ok {
		return nil
	}
	_, _, err := d.Inspect(ctx)
	return err
}
