package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// replaceFile gives a file new content in one step: readers see the old content or the new one, also after
// a power failure.
func replaceFile(path string, content []byte, mode fs.FileMode) error {
	tmp, err := writeBeside(path, content, mode)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(tmp)))
	}
	return syncDir(filepath.Dir(path))
}

// createFile makes a file that does not exist yet, in one step: it has all of the content or is not there.
func createFile(path string, content []byte, mode fs.FileMode) (err error) {
	there := fmt.Errorf("%s is there already; name another file, or remove it", path)
	if _, err := os.Lstat(path); err == nil {
		return there
	}
	tmp, err := writeBeside(path, content, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(tmp))) }()
	switch err = os.Link(tmp, path); { // unlike a rename, it never replaces
	case errors.Is(err, fs.ErrExist):
		return there
	case err != nil: // a file system without links
		if err = os.Rename(tmp, path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

// writeBeside writes content to a new file in the directory of path, brings it to the disk and returns its name.
func writeBeside(path string, content []byte, mode fs.FileMode) (string, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = tmp.Write(content)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("%s: %w", path, err), ignoreMissing(os.Remove(tmp.Name())))
	}
	return tmp.Name(), nil
}

// syncDir makes a rename in a directory durable. Windows has no such operation.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readAtMost reads a file of at most limit octets, which need not be a regular one.
func readAtMost(path string, limit int64) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return atMost(path, f, limit)
}

// atMost reads all of in, which has at most limit octets.
func atMost(name string, in io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s has more than %d MiB", name, limit>>20)
	}
	return b, err
}
