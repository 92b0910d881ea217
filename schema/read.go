package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Limits on what is read, in octets. They are far above any sensible specification and keep a mistake (a
// disk image, an endless pipe) from filling the memory.
const (
	maxFile         = 64 << 20
	maxTotal        = 128 << 20
	maxFunctionFile = 1 << 20
)

// envPrefix is what an environment variable begins with that gives a variable its value.
const envPrefix = "L2STRETCH_VAR_"

// stdinName stands for standard input in diagnostics.
const stdinName = "<stdin>"

// ReadOptions are what else than files goes into a specification. The zero value is none of it.
type ReadOptions struct {
	Stdin    io.Reader // what "-" reads
	Environ  []string  // name=value, as from os.Environ
	VarFiles []string  // of --var-file, in order
	Vars     []string  // of --var, in order: name=value
	Version  string    // of the tool, as in 0.3.1; empty is not checked against required_version
}

// Read reads a specification: a file, a directory, or standard input for "-". It is the only function of
// this package that touches the disk, apart from the Source's ReadFile.
func Read(path string, o ReadOptions) (*Source, error) {
	if path == "" {
		path = "."
	}
	r := reader{src: &Source{Version: o.Version}, left: maxTotal}
	dir, err := r.files(path, o.Stdin)
	if err != nil {
		return nil, err
	}
	if err := r.varFiles(dir, o.VarFiles); err != nil {
		return nil, err
	}
	for _, kv := range o.Environ {
		name, value, _ := strings.Cut(kv, "=")
		if name, ok := strings.CutPrefix(name, envPrefix); ok && name != "" {
			r.src.Env = append(r.src.Env, Assignment{name, value})
		}
	}
	slices.SortStableFunc(r.src.Env, func(a, b Assignment) int { return cmp.Compare(a.Name, b.Name) })
	for _, kv := range o.Vars {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || name == "" {
			// The text may hold a value, so it is not repeated.
			return nil, errors.New("--var needs NAME=VALUE")
		}
		r.src.Vars = append(r.src.Vars, Assignment{strings.TrimSpace(name), value})
	}
	r.src.ReadFile = func(name string) ([]byte, error) { return readBelow(dir, name) }
	return r.src, nil
}

// A reader collects files up to the limits.
type reader struct {
	src  *Source
	left int // octets
}

// files reads the specification's own files and returns its directory.
func (r *reader) files(path string, stdin io.Reader) (dir string, err error) {
	if path == "-" {
		if stdin == nil {
			return "", errors.New("standard input: not available")
		}
		b, err := r.limited(stdinName, stdin)
		if err != nil {
			return "", err
		}
		r.src.Files = []SourceFile{{stdinName, b}}
		return ".", nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		if isVarFile(path) {
			return "", fmt.Errorf("%s: holds values of variables; name the specification, and this file with --var-file", path)
		}
		b, err := r.file(path)
		if err != nil {
			return "", err
		}
		r.src.Files = []SourceFile{{path, b}}
		return filepath.Dir(path), nil
	}
	names, err := listFiles(path, isSpecFile)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		b, err := r.file(name)
		if err != nil {
			return "", err
		}
		r.src.Files = append(r.src.Files, SourceFile{name, b})
	}
	if len(names) == 0 {
		return "", fmt.Errorf("%s: no specification here (no *.hcl or *.hcl.json); l2stretch init makes one", path)
	}
	return path, nil
}

// varFiles reads the variable files in the order of their precedence: default, auto, given.
func (r *reader) varFiles(dir string, given []string) error {
	found, err := listFiles(dir, isAutoVarFile)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(autoRank(a), autoRank(b)), cmp.Compare(a, b))
	})
	for i, name := range slices.Concat(found, given) {
		if !isVarFile(name) {
			return fmt.Errorf("%s: the name of a variable file ends in .l2vars or .l2vars.json", name)
		}
		b, err := r.file(name)
		if err != nil {
			return err
		}
		r.src.VarFiles = append(r.src.VarFiles, VarFile{SourceFile{name, b}, i >= len(found)})
	}
	return nil
}

func (r *reader) file(name string) (b []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return r.limited(name, f)
}

func (r *reader) limited(name string, in io.Reader) ([]byte, error) {
	limit := min(maxFile, r.left)
	b, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > limit {
		return nil, fmt.Errorf("%s: larger than %d MiB, or more than %d MiB together with the other files; is it a specification?", name, maxFile>>20, maxTotal>>20)
	}
	r.left -= len(b)
	return b, nil
}

// listFiles returns the paths of a directory's regular files that want accepts, sorted. A symbolic link counts
// as what it points to.
func listFiles(dir string, want func(name string) bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || !want(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			names = append(names, path)
		}
	}
	return names, nil
}

func isSpecFile(name string) bool {
	return strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json")
}

func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

func isVarFile(name string) bool {
	return strings.HasSuffix(name, ".l2vars") || strings.HasSuffix(name, ".l2vars.json")
}

func isAutoVarFile(name string) bool { return isVarFile(name) && autoRank(name) < 2 }

// autoRank is 0 for default.l2vars, 1 for what ends in .auto.l2vars, else 2.
func autoRank(path string) int {
	stem := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), ".l2vars")
	switch {
	case stem == "default":
		return 0
	case strings.HasSuffix(stem, ".auto"):
		return 1
	}
	return 2
}

// readBelow reads a file below a directory; symbolic links that lead out of it are refused by os.Root.
func readBelow(dir, name string) (b []byte, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return io.ReadAll(io.LimitReader(f, maxFunctionFile+1))
}
