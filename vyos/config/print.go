package config

import (
	"errors"
	"fmt"
)

// Secrets says what a printer does with values that only a reference is held of.
type Secrets uint8

// What can be done with secrets.
const (
	SecretsFail   Secrets = iota // ErrSecret, unless Reveal is given
	SecretsOmit                  // nothing is printed
	SecretsMark                  // commands only: a comment line that shows the command with the secret masked
	SecretsByName                // the reference itself stands in place of the value, as secret:NAME
)

// ErrSecret reports that a value is needed that only a reference is held of.
var ErrSecret = errors.New("a secret is needed")

// PrintOptions say how a configuration is written. The zero value writes what VyOS 1.4 and later do, and
// fails on secrets.
type PrintOptions struct {
	Order Order

	// Grammar tells tags from nodes and leaves that hold many values from others. It may be nil when the tree has been
	// resolved, and for commands.
	Grammar Grammar

	// Shown writes commands as show configuration commands does, where a backslash is doubled. Without it they are as typed.
	Shown bool

	// Bare writes text as VyOS 1.2 and 1.3 save it, and as show configuration does in every release: a value is quoted only when it
	// must be. Without it every value is quoted and escaped, as 1.4 and later save it.
	Bare bool

	// Header stands before everything else, each line as a comment of the form. JSON has none.
	Header string

	// Footer is written after the text when it is not empty; other forms have none.
	Footer Footer

	// Mask makes comments of the commands of a Delta that would show a secret that stood in a file.
	Mask bool

	Secrets Secrets
	// Reveal returns the secret of a reference. Where it is set, it is called whatever Secrets says.
	Reveal func(ref string) ([]byte, error)
}

// A PathError is what is wrong with one place of a tree.
type PathError struct {
	Path []string // a secret value is not in it
	Err  error
}

func (e *PathError) Error() string { return fmt.Sprintf("%s: %v", joinPath(e.Path), e.Err) }

// Unwrap returns the cause.
func (e *PathError) Unwrap() error { return e.Err }

func joinPath(path []string) string {
	var b []byte
	for i, w := range path {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, Escape(w, 64)...)
	}
	return string(b)
}

func (t *Tree) pathError(id int32, err error) error {
	return &PathError{Path: Node{t, id}.Path(), Err: err}
}

// value returns a leaf's value as it is to be printed; ok is false when it is to be left out.
func (t *Tree) value(id int32, o *PrintOptions) (s string, ok bool, err error) {
	if t.nodes[id].meta&isSecret == 0 {
		return t.str(id), true, nil
	}
	ref := t.str(id)
	switch {
	case o.Reveal != nil:
		key, err := o.Reveal(ref)
		if err != nil {
			return "", false, t.pathError(t.nodes[id].parent, err)
		}
		return string(key), true, nil
	case o.Secrets == SecretsByName:
		return "secret:" + ref, true, nil
	case o.Secrets == SecretsOmit:
		return "", false, nil
	}
	return "", false, t.pathError(t.nodes[id].parent, fmt.Errorf("%w: %s", ErrSecret, ref))
}

// resolved returns the tree as the grammar sees it, a copy if it has not been resolved.
func (t *Tree) resolved(g Grammar) *Tree {
	if g == nil || t.by == g || len(t.nodes) == 0 {
		return t
	}
	c := t.Clone()
	c.Resolve(g)
	return c
}
