package sessiontest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// maxRevisions is how many revisions a configuration asks to keep, 0 when it asks for none.
func maxRevisions(t *config.Tree) int {
	n, ok := t.Find("system", "config-management")
	if !ok {
		return 0
	}
	v, _ := n.Value("commit-revisions")
	max, err := strconv.Atoi(v)
	if err != nil {
		return 0
	}
	return max
}

// keep adds a revision, of which the newest has number 0. The lock is held.
func (r *Router) keep(t *config.Tree) {
	limit := maxRevisions(t)
	r.revisions = append([]*config.Tree{t}, r.revisions...)
	if len(r.revisions) > limit {
		r.revisions = r.revisions[:limit]
	}
	name := fmt.Sprintf("%s/config.boot.%d.gz", archiveDir, len(r.revisions)-1)
	if _, err := r.fs.Stat(vfs.Root(), name, true); err == nil {
		return
	}
	n := len(r.revisions) - 1
	r.must(r.fs.Generate(name, func() []byte {
		r.mu.Lock()
		t := r.revisions[min(n, len(r.revisions)-1)]
		r.mu.Unlock()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(r.saveText(t)))
		r.must(err)
		r.must(z.Close())
		return b.Bytes()
	}))
	r.chmod(name, 0o660, "root", "vyattacfg")
}

// archive keeps a revision and writes the commit log.
func (r *Router) archive(p *Proc, c Commit) {
	if maxRevisions(c.tree) == 0 {
		return
	}
	text := r.saveText(c.tree)
	if err := r.fs.WriteFile(vfs.Root(), archiveDir+"/config.boot", []byte(text), 0o664); err != nil {
		switch bashReason(err) {
		case "No space left on device":
			p.err("_archive_active_config: CRITICAL:mv file to archive failed: mv: error writing '" + archiveDir + "/config.boot': No space left on device\n")
		default:
			p.err("_update_archive: CRITICAL:logrotate failure: error: cannot stat " + archiveDir + "/lr.conf: No such file or directory\n")
		}
		return
	}
	r.mu.Lock()
	r.keep(c.tree)
	r.mu.Unlock()
	line := fmt.Sprintf("|%d|%s|%s|%s|\n", c.At.Unix(), c.User, c.Via, c.Comment)
	old, err := r.fs.ReadFile(vfs.Root(), archiveDir+"/commits")
	if err != nil {
		old = nil
	}
	if err := r.fs.WriteFile(vfs.Root(), archiveDir+"/commits", append([]byte(line), old...), 0o664); err != nil {
		p.err("_update_archive: CRITICAL:" + bashReason(err) + "\n")
	}
}

// rollbackSoft edits the candidate into a revision.
func (p *Proc) rollbackSoft(number string) int {
	r := p.Router
	n, err := strconv.Atoi(number)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || n < 0 || n >= len(r.revisions) {
		p.out(fmt.Sprintf("Invalid revision number %s: must be 0 < rev < %d\n", number, len(r.revisions)))
		return 1
	}
	s := p.session()
	if s == nil {
		return p.crash()
	}
	text := ""
	work := r.candidate(s).Clone()
	gone, come := difference(work, r.revisions[n]), difference(r.revisions[n], work)
	if gone.Empty() && come.Empty() {
		text = "no commands to set\n"
	}
	for end := range gone.Root().Terminals() {
		r.edit(s, edit{del: true, path: r.highest(end.Path(), r.revisions[n])})
	}
	for end := range come.Root().Terminals() {
		r.edit(s, edit{path: end.Path()})
	}
	return p.out(text + "Rollback diff has been applied.\nUse \"compare\" to review the changes or \"commit\" to apply them.\n")
}

const confirmTimer = "commit-confirm.timer"

// commitConfirm arms the reboot, or on the development branch the reload, that follows when nobody confirms. It is
// armed before the commit.
func (p *Proc) commitConfirm(minutes string) int {
	r := p.Router
	n, err := strconv.Atoi(minutes)
	if err != nil || n < 1 {
		return p.Unknown()
	}
	if p.id.cred.UID != 0 {
		p.err("Failed to start transient timer unit: Interactive authentication required.\n")
		return 1
	}
	service := &unit{name: "commit-confirm.service", state: "inactive", collect: true}
	reload := r.rel.Branch == "current"
	if n, ok := r.Active().Find("system", "config-management", "commit-confirm"); ok {
		if v, _ := n.Value("action"); v == "reboot" {
			reload = false
		}
		if _, ok := n.Child("reboot"); ok {
			reload = false
		}
	}
	before := r.Active()
	service.start = func(u *unit) {
		if reload {
			r.reload(before)
		} else {
			r.Reboot()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		u.state = "inactive"
		delete(r.units, u.name)
		close(u.done)
	}
	timer := &unit{name: confirmTimer, state: "active", collect: true, service: service}
	if !r.addUnit(timer, service) {
		p.out("Another confirm is pending\n")
		return 1
	}
	r.arm(timer, time.Duration(n)*time.Minute)
	how := "reboot"
	if reload {
		how = "reload"
	}
	return p.out("Initialized commit-confirm; " + minutes + " minutes to confirm before " + how + "\n")
}

// reload makes an earlier configuration the running one.
func (r *Router) reload(t *config.Tree) {
	defer r.tellKernel(kernelChanged)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.down {
		return
	}
	for _, g := range r.groups(r.active, t) {
		r.changed[strings.Join(g.path, " ")] = time.Now()
	}
	r.active, r.kernel = t, t
	r.gen++
	r.commits = append(r.commits, Commit{At: r.Now(), User: "root", Via: "commit-confirm", Text: r.showText(t), tree: t})
}

func (p *Proc) confirm() int {
	u := p.Router.unit(confirmTimer)
	if u == nil {
		return p.out("No confirm pending\n")
	}
	if p.id.cred.UID != 0 {
		p.err("Failed to stop commit-confirm.timer: Interactive authentication required.\n")
		return 1
	}
	if _, bad := p.Router.take(DisarmFails); bad {
		p.err("Traceback (most recent call last):\nPermissionError: [Errno 1] failed to run command: sudo systemctl stop commit-confirm.timer\n")
		return 1
	}
	p.stopUnit(u)
	return p.out("Reboot timer stopped\n")
}

// runConfigMgmt is config-mgmt.
func runConfigMgmt(p *Proc) int {
	args := p.Args[1:]
	if len(args) == 0 {
		return p.Unknown()
	}
	switch verb := args[0]; {
	case verb == "compare":
		return p.compare(args[1:])
	case verb == "confirm" && len(args) == 1:
		return p.confirm()
	case verb == "commit_confirm":
		minutes, yes := "10", false
		for _, a := range args[1:] {
			switch {
			case strings.HasPrefix(a, "-t="):
				minutes = a[3:]
			case a == "-y":
				yes = true
			default:
				return p.Unknown()
			}
		}
		if !yes {
			return p.Unknown() // the prompt: a program must not get there
		}
		return p.commitConfirm(minutes)
	case verb == "rollback_soft" && len(args) == 3 && args[1] == "--rev":
		return p.rollbackSoft(args[2])
	}
	return p.Unknown()
}

func (p *Proc) compare(args []string) int {
	r := p.Router
	base, what, commands := r.Active(), "active", false
	for _, a := range args {
		switch a {
		case "--saved":
			base, what = r.savedTree(), "saved"
		case "--commands":
			commands = true
		default:
			return p.Unknown()
		}
	}
	p.Sleep(r.toolTime(500 * time.Millisecond))
	work := p.config(false)
	if commands {
		return p.out(r.compareCommands(base, work))
	}
	text := r.compareText(base, work)
	if text == "" {
		text = "No changes between working and " + what + " configurations.\n"
	}
	return p.out(text + "\n")
}
