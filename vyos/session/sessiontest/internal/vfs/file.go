package vfs

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// A File is an open file. It may be used by several goroutines, which then share its position.
type File struct {
	fs   *FS
	node *node
	name string
	flag int
	at   int
	data []byte // of a file whose content is made
}

// Open opens a file as open(2) does; flag is that of os.OpenFile.
func (f *FS) Open(c Cred, name string, flag int, perm fs.FileMode) (*File, error) {
	file, err := f.open(c, name, flag, perm)
	if err == nil && file.node.make != nil && flag&os.O_WRONLY == 0 {
		file.data = file.node.make() // it may look at what uses the file system
	}
	return file, err
}

func (f *FS) open(c Cred, name string, flag int, perm fs.FileMode) (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, n, err := f.walk(c, name, true)
	write := flag&(os.O_WRONLY|os.O_RDWR) != 0
	switch {
	case err != nil:
	case n == nil && flag&os.O_CREATE == 0:
		err = syscall.ENOENT
	case n == nil:
		n, err = f.create(c, dir, base, perm&fs.ModePerm)
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		err = syscall.EEXIST
	case write && n.mode.IsDir():
		err = syscall.EISDIR
	case write && !n.allows(c, mayWrite), flag&os.O_WRONLY == 0 && !n.allows(c, mayRead):
		err = syscall.EACCES
	case write && n.mount.ReadOnly:
		err = syscall.EROFS
	}
	if err != nil {
		return nil, fail("open", name, err)
	}
	file := &File{fs: f, node: n, name: name, flag: flag}
	if write && flag&os.O_TRUNC != 0 {
		n.mount.Used -= blocks(len(n.data))
		n.data = nil
		n.mtime = f.now()
	}
	return file, nil
}

// Name is the path that the file was opened by.
func (f *File) Name() string { return f.name }

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.node.mode.IsDir() {
		return 0, fail("read", f.name, syscall.EISDIR)
	}
	data := f.content()
	if f.at >= len(data) {
		return 0, io.EOF
	}
	n := copy(p, data[f.at:])
	f.at += n
	return n, nil
}

func (f *File) content() []byte {
	if f.data != nil {
		return f.data
	}
	return f.node.data
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return 0, fail("write", f.name, syscall.EBADF)
	}
	n := f.node
	if n.make != nil {
		return len(p), nil // /dev/null
	}
	if f.flag&os.O_APPEND != 0 {
		f.at = len(n.data)
	}
	if end := f.at + len(p); end > len(n.data) {
		if err := n.mount.take(len(n.data), end); err != nil {
			return 0, fail("write", f.name, err)
		}
		n.data = append(n.data, make([]byte, end-len(n.data))...)
	}
	copy(n.data[f.at:], p)
	f.at += len(p)
	n.mtime = f.fs.now()
	return len(p), nil
}

// All returns what the file holds from its beginning.
func (f *File) All() []byte {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return slices.Clone(f.content())
}

// Close implements io.Closer.
func (f *File) Close() error { return nil }
