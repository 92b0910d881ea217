package sessiontest

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

func (r *Router) coreutils() map[string]Command {
	return map[string]Command{
		"id": runID, "whoami": func(p *Proc) int { return p.out(p.User() + "\n") }, "true": func(*Proc) int { return 0 }, "false": func(*Proc) int { return 1 },
		"sleep": runSleep, "date": runDate, "cat": runCat, "rm": runRm, "mkdir": runMkdir, "rmdir": runRmdir, "touch": runTouch, "cp": runCp, "mv": runMv, "ln": runLn,
		"chmod": runChmod, "chown": runChown, "chgrp": runChgrp, "install": runInstall, "ls": runLs, "stat": runStat, "df": runDf, "mktemp": runMktemp,
		"sha256sum": runSha256sum, "base64": runBase64, "cmp": runCmp, "diff": runDiff, "head": runHead, "tail": runTail, "sort": runSort, "uniq": runUniq,
		"wc": runWc, "seq": runSeq, "cut": runCut, "tr": runTr, "tee": runTee, "grep": runGrep, "sed": runSed, "awk": runAwk, "env": runEnv, "printenv": runEnv,
		"basename": runBasename, "dirname": runBasename, "readlink": runReadlink, "sync": func(*Proc) int { return 0 }, "echo": runEcho, "hostname": runHostname,
		"uname": runUname, "nproc": func(p *Proc) int { return p.out("2\n") }, "zcat": runZcat, "python3": runPython, "ps": runPs,
		"paste": runPaste,
	}
}

func runID(p *Proc) int {
	f := p.flags("unGg")
	if !f.ok {
		return 1
	}
	id := p.id
	if len(f.args) > 0 {
		u := p.Router.user(f.args[0])
		if u == nil {
			p.err("id: '" + f.args[0] + "': no such user\n")
			return 1
		}
		id = p.Router.identity(u)
	}
	switch {
	case f.has("u") && f.has("n"):
		return p.out(id.user.Name + "\n")
	case f.has("u"):
		return p.out(strconv.Itoa(id.cred.UID) + "\n")
	case f.has("g") && f.has("n"):
		return p.out(groupName(id.cred.GID) + "\n")
	case f.has("g"):
		return p.out(strconv.Itoa(id.cred.GID) + "\n")
	case f.has("G") && f.has("n"):
		return p.out(strings.Join(id.groups(), " ") + "\n")
	}
	return p.Unknown()
}

func runSleep(p *Proc) int {
	total := time.Duration(0)
	for _, a := range p.Args[1:] {
		n, err := strconv.ParseFloat(strings.TrimSuffix(a, "s"), 64)
		if err != nil {
			return p.Unknown()
		}
		total += time.Duration(n * float64(time.Second))
	}
	p.Sleep(total)
	return 0
}

// runDate knows the formats that are made of these letters only.
func runDate(p *Proc) int {
	f := p.flags("ud:")
	if !f.ok || len(f.args) > 1 {
		return 1
	}
	now := p.Router.Now().UTC()
	if at, ok := f.given["d"]; ok {
		n, err := strconv.ParseInt(strings.TrimPrefix(at, "@"), 10, 64)
		if err != nil || !strings.HasPrefix(at, "@") {
			return p.Unknown()
		}
		now = time.Unix(n, 0).UTC()
	}
	format := "+%a %b %e %H:%M:%S %Z %Y"
	if len(f.args) == 1 {
		format = f.args[0]
	}
	out := strings.NewReplacer(
		"%s", strconv.FormatInt(now.Unix(), 10), "%N", fmt.Sprintf("%09d", now.Nanosecond()), "%3N", fmt.Sprintf("%03d", now.Nanosecond()/1e6), "%Y", now.Format("2006"), "%m", now.Format("01"),
		"%d", now.Format("02"), "%H", now.Format("15"), "%M", now.Format("04"), "%S", now.Format("05"), "%F", now.Format("2006-01-02"), "%T", now.Format("15:04:05"),
		"%a", now.Format("Mon"), "%b", now.Format("Jan"), "%e", now.Format("_2"), "%Z", "UTC", "%z", "+0000",
	).Replace(strings.TrimPrefix(format, "+"))
	if !strings.HasPrefix(format, "+") || strings.Contains(out, "%") {
		return p.Unknown()
	}
	return p.out(out + "\n")
}

func runCat(p *Proc) int {
	data, status := p.input(p.Args[1:])
	return max(p.out(string(data)), status)
}

func runRm(p *Proc) int {
	f := p.flags("rfR", "--recursive", "--force")
	if !f.ok {
		return 1
	}
	force := f.has("f", "--force")
	status := 0
	for _, name := range f.args {
		full := p.abs(name)
		info, err := p.Router.fs.Stat(p.cred(), full, false)
		if err == nil && info.IsDir() && !f.has("r", "R", "--recursive") {
			p.err("rm: cannot remove '" + name + "': Is a directory\n")
			status = 1
			continue
		}
		if err == nil {
			err = p.Router.fs.RemoveAll(p.cred(), full)
		}
		if err != nil && (!force || !os.IsNotExist(err)) {
			status = p.fail("cannot remove '"+name+"'", err)
		}
	}
	return status
}

func parseMode(s string) (fs.FileMode, bool) {
	n, err := strconv.ParseUint(s, 8, 16)
	if err != nil {
		return 0, false
	}
	mode := fs.FileMode(n) & fs.ModePerm
	if n&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if n&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode, true
}

func runMkdir(p *Proc) int {
	f := p.flags("pm:")
	if !f.ok {
		return 1
	}
	status := 0
	for _, name := range f.args {
		full := p.abs(name)
		var err error
		if f.has("p") {
			err = p.Router.fs.MkdirAll(p.cred(), full, 0o777)
		} else {
			err = p.Router.fs.Mkdir(p.cred(), full, 0o777)
		}
		if m, given := f.given["m"]; given && err == nil {
			mode, ok := parseMode(m)
			if !ok {
				return p.Unknown()
			}
			err = p.Router.fs.Chmod(p.cred(), full, mode)
		}
		if err != nil {
			status = p.fail("cannot create directory ‘"+name+"’", err)
		}
	}
	return status
}

func runRmdir(p *Proc) int {
	status := 0
	for _, name := range p.Args[1:] {
		if err := p.Router.fs.Remove(p.cred(), p.abs(name)); err != nil {
			status = p.fail("failed to remove '"+name+"'", err)
		}
	}
	return status
}

func runTouch(p *Proc) int {
	f := p.flags("")
	if !f.ok {
		return 1
	}
	status := 0
	for _, name := range f.args {
		full := p.abs(name)
		err := p.Router.fs.Touch(p.cred(), full)
		if os.IsNotExist(err) {
			var file *vfs.File
			if file, err = p.Router.fs.Open(p.cred(), full, os.O_CREATE|os.O_WRONLY, 0o666); err == nil {
				err = file.Close()
			}
		}
		if err != nil {
			status = p.fail("cannot touch '"+name+"'", err)
		}
	}
	return status
}

func runChmod(p *Proc) int {
	f := p.flags("")
	if !f.ok || len(f.args) < 2 {
		return 1
	}
	mode, ok := parseMode(f.args[0])
	if !ok {
		return p.Unknown()
	}
	status := 0
	for _, name := range f.args[1:] {
		if err := p.Router.fs.Chmod(p.cred(), p.abs(name), mode); err != nil {
			status = p.fail("changing permissions of '"+name+"'", err)
		}
	}
	return status
}

func (p *Proc) ids(owner, group string) (uid, gid int, ok bool) {
	uid, gid = -1, -1
	if owner != "" {
		u := p.Router.user(owner)
		if u == nil {
			p.err(baseName(p.Args[0]) + ": invalid user: ‘" + owner + "’\n")
			return 0, 0, false
		}
		uid = u.uid
	}
	if group != "" {
		g, known := groupIDs[group]
		if !known {
			p.err(baseName(p.Args[0]) + ": invalid group: ‘" + group + "’\n")
			return 0, 0, false
		}
		gid = g
	}
	return uid, gid, true
}

func runChown(p *Proc) int {
	f := p.flags("")
	if !f.ok || len(f.args) < 2 {
		return 1
	}
	owner, group, _ := strings.Cut(f.args[0], ":")
	return p.chown(owner, group, f.args[1:])
}

func runChgrp(p *Proc) int {
	f := p.flags("")
	if !f.ok || len(f.args) < 2 {
		return 1
	}
	return p.chown("", f.args[0], f.args[1:])
}

func (p *Proc) chown(owner, group string, names []string) int {
	uid, gid, ok := p.ids(owner, group)
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		if err := p.Router.fs.Chown(p.cred(), p.abs(name), uid, gid); err != nil {
			status = p.fail("changing ownership of '"+name+"'", err)
		}
	}
	return status
}
