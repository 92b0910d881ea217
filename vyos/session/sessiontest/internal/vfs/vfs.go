// Package vfs is a file system in memory, with owners, modes, mounts that can run full or turn read-only, and files whose
// content is made when they are read. It does what a router's file system does to a script, and no more.
package vfs

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// BlockSize is what space is counted in, in octets.
const BlockSize = 4096

// maxLinks is how many symbolic links a path may lead through.
const maxLinks = 16

// A Cred is who asks.
type Cred struct {
	UID    int
	GID    int
	Groups []int
	Umask  fs.FileMode
}

// Root is the superuser.
func Root() Cred { return Cred{Umask: 0o022} }

func (c Cred) in(gid int) bool { return c.GID == gid || slices.Contains(c.Groups, gid) }

// An FS is a file system. It may be used by several goroutines.
type FS struct {
	mu     sync.Mutex
	root   *node
	mounts map[string]*Mount
	next   uint64
	now    func() time.Time
}

// A Mount is the space that files below a path share.
type Mount struct {
	Path     string
	Size     int64 // octets
	Used     int64 // octets, in whole blocks
	ReadOnly bool
	Volatile bool // empty after a reboot
}

type node struct {
	ino      uint64
	mode     fs.FileMode
	uid, gid int
	data     []byte
	make     func() []byte // instead of data
	target   string        // of a symbolic link
	children map[string]*node
	parent   *node
	mount    *Mount
	mtime    time.Time
}

// New returns an empty file system of the given size in octets.
func New(size int64, now func() time.Time) *FS {
	f := &FS{mounts: make(map[string]*Mount), now: now}
	m := &Mount{Path: "/", Size: size}
	f.mounts["/"] = m
	f.root = f.node(fs.ModeDir|0o755, m)
	f.root.parent = f.root
	return f
}

func (f *FS) node(mode fs.FileMode, m *Mount) *node {
	f.next++
	n := &node{ino: f.next + 10, mode: mode, mount: m, mtime: f.now()}
	if mode.IsDir() {
		n.children = make(map[string]*node)
	}
	return n
}

func fail(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// access bits, as in a mode
const (
	mayExec  = 1
	mayWrite = 2
	mayRead  = 4
)

func (n *node) allows(c Cred, want fs.FileMode) bool {
	if c.UID == 0 {
		return true
	}
	perm := n.mode.Perm()
	switch {
	case c.UID == n.uid:
		perm >>= 6
	case c.in(n.gid):
		perm >>= 3
	}
	return perm&want == want
}

// walk resolves a path. The last element may be missing: then node is nil and dir is where it would stand.
func (f *FS) walk(c Cred, name string, follow bool) (dir *node, base string, n *node, err error) {
	links := 0
	n = f.root
	dir, base = f.root, "/"
	rest := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	for i := 0; i < len(rest); i++ {
		word := rest[i]
		if word == "" {
			continue
		}
		if !n.mode.IsDir() {
			return nil, "", nil, syscall.ENOTDIR
		}
		if !n.allows(c, mayExec) {
			return nil, "", nil, syscall.EACCES
		}
		dir, base = n, word
		last := i == len(rest)-1
		next := n.children[word]
		if next == nil {
			if last {
				return dir, base, nil, nil
			}
			return nil, "", nil, syscall.ENOENT
		}
		if next.mode&fs.ModeSymlink != 0 && (follow || !last) {
			if links++; links > maxLinks {
				return nil, "", nil, syscall.ELOOP
			}
			to := next.target
			if !path.IsAbs(to) {
				to = path.Join(f.pathOf(n), to)
			}
			rest = append(strings.Split(strings.Trim(path.Clean(to), "/"), "/"), rest[i+1:]...)
			i, n = -1, f.root
			continue
		}
		n = next
	}
	return dir, base, n, nil
}

func (f *FS) pathOf(n *node) string {
	if n == f.root {
		return "/"
	}
	for name, c := range n.parent.children {
		if c == n {
			return path.Join(f.pathOf(n.parent), name)
		}
	}
	return "/"
}

// Real returns a path without symbolic links.
func (f *FS) Real(c Cred, name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, name, true)
	if err != nil {
		return "", fail("realpath", name, err)
	}
	if n != nil {
		return f.pathOf(n), nil
	}
	return path.Join(f.pathOf(dir), base), nil
}

// Mount gives the directory at a path, which is made when it is missing, a space of its own.
func (f *FS) Mount(name string, size int64, volatile bool) *Mount {
	f.MkdirAll(Root(), name, 0o755)
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &Mount{Path: name, Size: size, Volatile: volatile}
	f.mounts[name] = m
	_, _, n, _ := f.walk(Root(), name, true)
	n.mount = m
	return m
}

// Space returns the size of the mount that a path lies on and what is used of it, in octets, and where it is mounted.
func (f *FS) Space(c Cred, name string) (Mount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _, n, err := f.walk(c, name, true)
	if err != nil {
		return Mount{}, fail("stat", name, err)
	}
	if n == nil {
		return Mount{}, fail("stat", name, syscall.ENOENT)
	}
	return *n.mount, nil
}

// Limit makes the mount at exactly this path read-only or full: with full, nothing more can be written than is there. It
// returns what Restore takes.
func (f *FS) Limit(name string, full, readOnly bool) (before Mount, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.mounts[name]
	if m == nil {
		return Mount{}, false
	}
	before = *m
	if full {
		m.Size = m.Used
	}
	m.ReadOnly = readOnly || m.ReadOnly
	return before, true
}

// Restore takes a limit back.
func (f *FS) Restore(name string, before Mount) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m := f.mounts[name]; m != nil {
		m.Size, m.ReadOnly = before.Size, before.ReadOnly
	}
}

func blocks(n int) int64 { return (int64(n) + BlockSize - 1) / BlockSize * BlockSize }

// take changes how much of a mount a file uses.
func (m *Mount) take(before, after int) error {
	more := blocks(after) - blocks(before)
	if more > 0 && m.Used+more > m.Size {
		return syscall.ENOSPC
	}
	m.Used += more
	return nil
}

// Clear empties what does not survive a reboot.
func (f *FS) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(f.mounts)) {
		m := f.mounts[name]
		if !m.Volatile {
			continue
		}
		if _, _, n, err := f.walk(Root(), name, true); err == nil && n != nil {
			n.children = make(map[string]*node)
			m.Used = 0
		}
	}
}
