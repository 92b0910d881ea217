package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/l2stretch/l2stretch/schema"
)

// refLimit is how much of a repository is read, in octets.
const refLimit = 256 << 20

// loadRef compiles a specification as it is at a git ref. Nothing is checked out: the directory's files are
// read from the repository into a temporary one.
func (a *app) loadRef(ctx context.Context, path, ref string, g *globals) (_ *specification, err error) {
	if path == "-" {
		return nil, usagef("--base-ref needs a specification in files, not on standard input")
	}
	if strings.HasPrefix(ref, "-") {
		return nil, usagef("%q is no git ref", ref)
	}
	dir := specDir(path)
	commit, err := git(ctx, dir, "rev-parse", "--verify", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("--base-ref %s: %w", ref, err)
	}
	archive, err := git(ctx, dir, "archive", "--format=tar", strings.TrimSpace(string(commit)), ".")
	if err != nil {
		return nil, fmt.Errorf("--base-ref %s: %w", ref, err)
	}
	tmp, err := os.MkdirTemp("", "l2stretch-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := unpack(archive, tmp); err != nil {
		return nil, fmt.Errorf("--base-ref %s: %w", ref, err)
	}
	at := tmp
	if dir != path {
		at = filepath.Join(tmp, filepath.Base(path))
	}
	src, err := schema.Read(at, schema.ReadOptions{Environ: os.Environ(), VarFiles: g.varFiles, Vars: g.vars, Version: version})
	if err != nil {
		return nil, fmt.Errorf("--base-ref %s: %s", ref, strings.ReplaceAll(err.Error(), tmp, dir))
	}
	for i := range src.Files {
		src.Files[i].Name = ref + ":" + shown(src.Files[i].Name, tmp, dir)
	}
	for i := range src.VarFiles {
		src.VarFiles[i].Name = ref + ":" + shown(src.VarFiles[i].Name, tmp, dir)
	}
	return a.compileSource(src, dir, g, nil), nil
}

// shown is the name of an unpacked file as if it lay in the specification's directory.
func shown(name, tmp, dir string) string {
	rel, err := filepath.Rel(tmp, name)
	if err != nil {
		return name
	}
	return filepath.ToSlash(filepath.Join(dir, rel))
}

// git runs the git binary and returns what it prints.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		if text := strings.TrimSpace(messages.String()); text != "" {
			return nil, fmt.Errorf("git %s: %s", args[0], text)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// unpack writes the regular files of an archive below a directory, and nothing outside of it.
func unpack(archive []byte, dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	left := int64(refLimit)
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(strings.TrimSuffix(h.Name, "/"))
		switch h.Typeflag {
		case tar.TypeDir:
			if err := root.MkdirAll(name, 0o700); err != nil && name != "." {
				return err
			}
		case tar.TypeReg:
			if left -= h.Size; left < 0 {
				return fmt.Errorf("more than %d MiB of files", refLimit>>20)
			}
			if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				return err
			}
			content, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			if err := root.WriteFile(name, content, 0o600); err != nil {
				return err
			}
		}
	}
}
