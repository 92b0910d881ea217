package sessiontest

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

func runCp(p *Proc) int {
	f := p.flags("pfa")
	if !f.ok || len(f.args) < 2 {
		return 1
	}
	to := f.args[len(f.args)-1]
	status := 0
	for _, from := range f.args[:len(f.args)-1] {
		if err := p.copyFile(from, p.target(from, to)); err != nil {
			status = p.fail("cannot copy '"+from+"' to '"+to+"'", err)
		}
	}
	return status
}

func runMv(p *Proc) int {
	f := p.flags("fT")
	if !f.ok || len(f.args) < 2 {
		return 1
	}
	to := f.args[len(f.args)-1]
	status := 0
	for _, from := range f.args[:len(f.args)-1] {
		target := p.target(from, to)
		err := p.Router.fs.Rename(p.cred(), p.abs(from), target)
		if err != nil && bashReason(err) == "Invalid cross-device link" {
			if err = p.copyFile(from, target); err == nil {
				err = p.Router.fs.Remove(p.cred(), p.abs(from))
			}
		}
		if err != nil {
			status = p.fail("cannot move '"+from+"' to '"+to+"'", err)
		}
	}
	return status
}

func runLn(p *Proc) int {
	f := p.flags("sf")
	if !f.ok || !f.has("s") || len(f.args) != 2 {
		return p.Unknown()
	}
	if err := p.Router.fs.Symlink(p.cred(), f.args[0], p.abs(f.args[1])); err != nil {
		return p.fail("failed to create symbolic link '"+f.args[1]+"'", err)
	}
	return 0
}

// target is where a file goes that is copied or moved to a place that may be a directory.
func (p *Proc) target(from, to string) string {
	full := p.abs(to)
	if info, err := p.Router.fs.Stat(p.cred(), full, true); err == nil && info.IsDir() {
		return path.Join(full, path.Base(from))
	}
	return full
}

func (p *Proc) copyFile(from, to string) error {
	data, err := p.read(from)
	if err != nil {
		return err
	}
	info, err := p.Router.fs.Stat(p.cred(), p.abs(from), true)
	perm := fs.FileMode(0o666)
	if err == nil {
		perm = info.Mode().Perm()
	}
	return p.Router.fs.WriteFile(p.cred(), to, data, perm)
}

// runInstall is install, which makes directories and copies files.
func runInstall(p *Proc) int {
	f := p.flags("dm:o:g:")
	if !f.ok {
		return 1
	}
	mode, ok := fs.FileMode(0o755), true
	if m, given := f.given["m"]; given {
		mode, ok = parseMode(m)
	}
	uid, gid, known := p.ids(f.given["o"], f.given["g"])
	if !ok || !known {
		return 1
	}
	names := f.args
	if !f.has("d") {
		if len(f.args) != 2 {
			return p.Unknown()
		}
		to := p.target(f.args[0], f.args[1])
		data, err := p.read(f.args[0])
		if err == nil {
			if err = p.Router.fs.RemoveAll(p.cred(), to); err == nil {
				err = p.Router.fs.WriteFile(p.cred(), to, data, 0o600)
			}
		}
		if err != nil {
			return p.fail("cannot create regular file '"+f.args[1]+"'", err)
		}
		names = []string{to}
	}
	for _, name := range names {
		full := p.abs(name)
		var err error
		if f.has("d") {
			err = p.Router.fs.MkdirAll(p.cred(), full, 0o755)
		}
		if err == nil && (uid >= 0 || gid >= 0) {
			err = p.Router.fs.Chown(p.cred(), full, uid, gid)
		}
		if err == nil {
			err = p.Router.fs.Chmod(p.cred(), full, mode)
		}
		if err != nil {
			return p.fail("cannot create '"+name+"'", err)
		}
	}
	return 0
}

func runMktemp(p *Proc) int {
	f := p.flags("dp:", "--tmpdir=")
	if !f.ok {
		return 1
	}
	name := "/tmp/tmp.XXXXXXXXXX"
	if len(f.args) > 0 {
		name = f.args[0]
	}
	if dir, ok := f.given["p"]; ok {
		name = path.Join(dir, path.Base(name))
	}
	p.Router.mu.Lock()
	p.Router.nextPid++
	n := p.Router.nextPid
	p.Router.mu.Unlock()
	stem := strings.TrimRight(name, "X")
	name = p.abs(fmt.Sprintf("%s%0*d", stem, len(name)-len(stem), n))
	var err error
	if f.has("d") {
		err = p.Router.fs.Mkdir(p.cred(), name, 0o700)
	} else {
		err = p.Router.fs.WriteFile(p.cred(), name, nil, 0o600)
	}
	if err != nil {
		return p.fail("failed to create file via template", err)
	}
	return p.out(name + "\n")
}
