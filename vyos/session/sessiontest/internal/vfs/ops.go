package vfs

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"syscall"
	"time"
)

// An Info describes a file. Sys is the Info itself.
type Info struct {
	name     string
	size     int64
	mode     fs.FileMode
	mtime    time.Time
	Ino      uint64
	UID, GID int
	Target   string // of a symbolic link
}

// Name implements fs.FileInfo.
func (i Info) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i Info) Size() int64 { return i.size }

// Mode implements fs.FileInfo.
func (i Info) Mode() fs.FileMode { return i.mode }

// ModTime implements fs.FileInfo.
func (i Info) ModTime() time.Time { return i.mtime }

// IsDir implements fs.FileInfo.
func (i Info) IsDir() bool { return i.mode.IsDir() }

// Sys implements fs.FileInfo.
func (i Info) Sys() any { return i }

func (n *node) info(name string) Info {
	size := len(n.data) // of a file whose content is made it is 0, as below /proc
	if n.mode.IsDir() {
		size = BlockSize
	}
	return Info{name: name, size: int64(size), mode: n.mode, mtime: n.mtime, Ino: n.ino, UID: n.uid, GID: n.gid, Target: n.target}
}

// Stat describes a file; with follow, the one that a symbolic link leads to.
func (f *FS) Stat(c Cred, name string, follow bool) (Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, base, n, err := f.walk(c, name, follow)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return Info{}, fail("stat", name, err)
	}
	return n.info(base), nil
}

// Access reports whether a file is there and allows what is wanted: bits of a mode, 4 to read, 2 to write, 1 to execute.
func (f *FS) Access(c Cred, name string, want fs.FileMode) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _, n, err := f.walk(c, name, true)
	if err != nil || n == nil || want&mayWrite != 0 && n.mount.ReadOnly {
		return false
	}
	if c.UID == 0 && want&mayExec != 0 && !n.mode.IsDir() {
		return n.mode.Perm()&0o111 != 0
	}
	return n.allows(c, want)
}

// ReadDir lists a directory by name.
func (f *FS) ReadDir(c Cred, name string) ([]Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _, n, err := f.walk(c, name, true)
	switch {
	case err != nil:
	case n == nil:
		err = syscall.ENOENT
	case !n.mode.IsDir():
		err = syscall.ENOTDIR
	case !n.allows(c, mayRead):
		err = syscall.EACCES
	}
	if err != nil {
		return nil, fail("open", name, err)
	}
	out := make([]Info, 0, len(n.children))
	for _, child := range slices.Sorted(maps.Keys(n.children)) {
		out = append(out, n.children[child].info(child))
	}
	return out, nil
}

// create makes a node in a directory.
func (f *FS) create(c Cred, dir *node, base string, mode fs.FileMode) (*node, error) {
	if !dir.allows(c, mayWrite|mayExec) {
		return nil, syscall.EACCES
	}
	if dir.mount.ReadOnly {
		return nil, syscall.EROFS
	}
	n := f.node(mode&^(c.Umask&fs.ModePerm), dir.mount)
	n.uid, n.gid, n.parent = c.UID, c.GID, dir
	if dir.mode&fs.ModeSetgid != 0 {
		n.gid = dir.gid
		if mode.IsDir() {
			n.mode |= fs.ModeSetgid
		}
	}
	dir.children[base] = n
	dir.mtime = f.now()
	return n, nil
}

// Mkdir makes a directory.
func (f *FS) Mkdir(c Cred, name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, name, true)
	if err == nil && n != nil {
		err = syscall.EEXIST
	}
	if err == nil {
		_, err = f.create(c, dir, base, fs.ModeDir|perm)
	}
	if err != nil {
		return fail("mkdir", name, err)
	}
	return nil
}

// MkdirAll makes a directory and those above it.
func (f *FS) MkdirAll(c Cred, name string, perm fs.FileMode) error {
	name = path.Clean("/" + name)
	if name == "/" {
		return nil
	}
	if info, err := f.Stat(c, name, true); err == nil {
		if !info.IsDir() {
			return fail("mkdir", name, syscall.EEXIST)
		}
		return nil
	}
	if err := f.MkdirAll(c, path.Dir(name), perm); err != nil {
		return err
	}
	return f.Mkdir(c, name, perm)
}

// Symlink makes a symbolic link.
func (f *FS) Symlink(c Cred, target, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, name, false)
	if err == nil && n != nil {
		err = syscall.EEXIST
	}
	if err == nil {
		if n, err = f.create(c, dir, base, fs.ModeSymlink|0o777); err == nil {
			n.target = target
		}
	}
	if err != nil {
		return fail("symlink", name, err)
	}
	return nil
}

// unlinkable reports whether an entry of a directory may be removed or replaced.
func unlinkable(c Cred, dir, n *node) error {
	if !dir.allows(c, mayWrite|mayExec) {
		return syscall.EACCES
	}
	if dir.mode&fs.ModeSticky != 0 && c.UID != 0 && c.UID != n.uid && c.UID != dir.uid {
		return syscall.EPERM
	}
	if dir.mount.ReadOnly {
		return syscall.EROFS
	}
	return nil
}

// Remove removes a file or an empty directory.
func (f *FS) Remove(c Cred, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, name, false)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err == nil {
		err = unlinkable(c, dir, n)
	}
	if err == nil && len(n.children) > 0 {
		err = syscall.ENOTEMPTY
	}
	if err != nil {
		return fail("unlink", name, err)
	}
	delete(dir.children, base)
	n.mount.Used -= blocks(len(n.data))
	return nil
}

// RemoveAll removes a file or a directory with all that it holds. What is not there is no error.
func (f *FS) RemoveAll(c Cred, name string) error {
	info, err := f.Stat(c, name, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		list, err := f.ReadDir(c, name)
		if err != nil {
			return err
		}
		for _, child := range list {
			if err := f.RemoveAll(c, path.Join(name, child.Name())); err != nil {
				return err
			}
		}
	}
	return f.Remove(c, name)
}

// Rename moves a file within a mount, replacing what is there.
func (f *FS) Rename(c Cred, from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, from, false)
	if err == nil && n == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return fail("rename", from, err)
	}
	toDir, toBase, old, err := f.walk(c, to, false)
	if err == nil && old != nil && old.mode.IsDir() && len(old.children) > 0 {
		err = syscall.ENOTEMPTY
	}
	if err == nil && n.mount != toDir.mount {
		err = syscall.EXDEV
	}
	if err == nil {
		err = unlinkable(c, dir, n)
	}
	if err == nil {
		err = unlinkable(c, toDir, n)
	}
	if err != nil {
		return fail("rename", to, err)
	}
	if old != nil && old != n {
		old.mount.Used -= blocks(len(old.data))
	}
	delete(dir.children, base)
	toDir.children[toBase] = n
	n.parent = toDir
	return nil
}

// Chmod sets the permissions with set-group-ID and sticky bits.
func (f *FS) Chmod(c Cred, name string, mode fs.FileMode) error {
	return f.change("chmod", c, name, func(n *node) { n.mode = n.mode&(fs.ModeType) | mode&^fs.ModeType })
}

// Chown sets owner and group; -1 leaves one as it is. Others than root may only give a file to a group of theirs.
func (f *FS) Chown(c Cred, name string, uid, gid int) error {
	if c.UID != 0 && (uid >= 0 && uid != c.UID || gid >= 0 && !c.in(gid)) {
		return fail("chown", name, syscall.EPERM)
	}
	return f.change("chown", c, name, func(n *node) {
		if uid >= 0 {
			n.uid = uid
		}
		if gid >= 0 {
			n.gid = gid
		}
	})
}

// Touch sets the time of modification to now.
func (f *FS) Touch(c Cred, name string) error {
	return f.change("touch", c, name, func(n *node) { n.mtime = f.now() })
}

func (f *FS) change(op string, c Cred, name string, do func(*node)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _, n, err := f.walk(c, name, true)
	switch {
	case err != nil:
	case n == nil:
		err = syscall.ENOENT
	case c.UID != 0 && c.UID != n.uid:
		err = syscall.EPERM
	case n.mount.ReadOnly:
		err = syscall.EROFS
	}
	if err != nil {
		return fail(op, name, err)
	}
	do(n)
	return nil
}

// Generate makes a file, readable by all, whose content is made each time it is opened. The directory must be there.
func (f *FS) Generate(name string, content func() []byte) error {
	file, err := f.Open(Root(), name, os.O_CREATE|os.O_WRONLY, 0o444)
	if err != nil {
		return err
	}
	file.node.make = content
	return file.Close()
}

// ReadFile returns what a file holds.
func (f *FS) ReadFile(c Cred, name string) ([]byte, error) {
	file, err := f.Open(c, name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return file.All(), nil
}

// WriteFile replaces what a file holds; the file is made when it is missing.
func (f *FS) WriteFile(c Cred, name string, data []byte, perm fs.FileMode) error {
	file, err := f.Open(c, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Close()
}
