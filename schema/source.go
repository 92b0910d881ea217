package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A SourceFile is a file as it was read.
type SourceFile struct {
	Name  string // as it stands in diagnostics
	Bytes []byte
}

// A VarFile is a file with values of variables.
type VarFile struct {
	SourceFile
	Given bool // by --var-file, as opposed to found in the specification's directory
}

// An Assignment is a value for a variable that came as text, from the environment or --var.
type Assignment struct {
	Name  string
	Value string
}

// A Source is everything that a specification is made of, as bytes: decoding it needs nothing else but
// the files that functions name. The zero Source is an empty specification; tests fill in Files.
type Source struct {
	Files    []SourceFile // in the order of their names
	VarFiles []VarFile    // a later one wins
	Env      []Assignment // from L2STRETCH_VAR_*; anything else wins
	Vars     []Assignment // from --var; the last one wins, over anything else
	Version  string       // of the tool, for required_version; empty is not checked

	// ReadFile reads a file for the functions file and templatefile. The name is relative to the
	// specification's directory, with slashes, and never leads out of it. nil: there are no files.
	ReadFile func(name string) ([]byte, error)

	reads     []SourceFile
	variables []Variable
	secrecy   secrecy
}

// A Variable is a variable with the value that it was evaluated to.
type Variable struct {
	Name      string
	Sensitive bool
	JSON      string // the value, with its type where that is open; empty for a sensitive one
}

// Variables returns the variables as Decode has resolved them, sorted by name.
func (s *Source) Variables() []Variable { return slices.Clone(s.variables) }

// Reads returns what the functions file and templatefile have read so far, sorted by name.
func (s *Source) Reads() []SourceFile { return slices.Clone(s.reads) }

var (
	errOutside = errors.New("it leads out of the specification's directory")
	errNoFiles = fmt.Errorf("there are no files here: %w", fs.ErrNotExist)
	errTooBig  = errors.New("it is too large")
)

// readFile reads a file once and keeps it: a specification must not see two versions of it.
func (s *Source) readFile(name string) ([]byte, error) {
	if filepath.IsAbs(name) || strings.HasPrefix(name, "/") || filepath.VolumeName(name) != "" {
		return nil, errOutside
	}
	name = path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(name) || name == "." {
		return nil, errOutside
	}
	i, ok := slices.BinarySearchFunc(s.reads, name, func(f SourceFile, name string) int { return cmp.Compare(f.Name, name) })
	if ok {
		return s.reads[i].Bytes, nil
	}
	if s.ReadFile == nil {
		return nil, errNoFiles
	}
	b, err := s.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if len(b) > maxFunctionFile {
		return nil, errTooBig
	}
	s.reads = slices.Insert(s.reads, i, SourceFile{Name: name, Bytes: b})
	return b, nil
}
