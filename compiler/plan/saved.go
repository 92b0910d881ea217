package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SavedVersion is the version of the saved form.
const SavedVersion = "1.0"

// A Saved is a plan to be carried out later, with everything that it was made from: carrying it out derives
// it again, and refuses when anything comes out different. It holds no secret.
type Saved struct {
	FormatVersion string       `json:"format_version"`
	Tool          string       `json:"tool"`
	Specification string       `json:"specification"`
	Path          string       `json:"path"`      // of the specification, as it was given
	VarFiles      []string     `json:"var_files"` // that were given, as they were given
	Vars          []string     `json:"vars"`      // NAME=VALUE, as they were given; without those of sensitive variables
	Sources       []SavedFile  `json:"sources"`   // the specification's own files
	Read          []SavedFile  `json:"read"`      // by functions of the specification
	Variables     []SavedValue `json:"variables"` // resolved; sensitive ones without their value
	Adopt         []SavedAdopt `json:"adopt"`
	Nodes         []SavedNode  `json:"nodes"` // in the order in which they are changed
}

// A SavedFile is a file as it was read.
type SavedFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// A SavedValue is a variable; Value is empty for a sensitive one.
type SavedValue struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	Sensitive bool   `json:"sensitive"`
}

// A SavedAdopt is a path that is taken over.
type SavedAdopt struct {
	Node string   `json:"node"`
	Path []string `json:"path"`
}

// A SavedNode is one node's part.
type SavedNode struct {
	Node       string      `json:"node"`
	Backend    string      `json:"backend"`
	Release    string      `json:"release"`
	BaseDigest Digest      `json:"base_digest"`
	Box        bool        `json:"box"` // the base is a running configuration
	Phases     []Phase     `json:"phases"`
	Undo       []Step      `json:"undo"`
	Guard      Guard       `json:"guard"`
	Operations []Operation `json:"operations"`
	Checks     []string    `json:"checks"` // what is to be seen afterwards
}

// SaveNode makes the saved form of a plan.
func SaveNode(p *Plan, box bool, checks []string) SavedNode {
	return SavedNode{
		Node: p.Node, Backend: p.Backend, Release: p.Release, BaseDigest: p.Base, Box: box,
		Phases: p.Phases, Undo: p.Inverse, Guard: p.Guard, Operations: p.Operations, Checks: checks,
	}
}

// Append appends the saved form; the same plan gives the same bytes.
func (s *Saved) Append(b []byte) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(s); err != nil {
		return b, err
	}
	return append(b, out.Bytes()...), nil
}

// ErrNotAPlan reports a file that is no saved plan.
var ErrNotAPlan = errors.New("not a saved plan")

// Load reads the saved form.
func Load(data []byte) (*Saved, error) {
	var s Saved
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAPlan, err)
	}
	if major, _, _ := strings.Cut(s.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("%w of a form that this version knows (it is %q, known is %s)", ErrNotAPlan, s.FormatVersion, SavedVersion)
	}
	return &s, nil
}

// A StaleError says what differs between a saved plan and the same plan made now.
type StaleError struct {
	Changes []string
}

func (e *StaleError) Error() string {
	return "the plan is stale: " + strings.Join(e.Changes, "; ")
}

// Stale compares a saved plan with the same one derived again, byte for byte. The error is a *StaleError that
// names what differs.
func Stale(saved, again *Saved) error {
	a, err := saved.Append(nil)
	if err != nil {
		return err
	}
	b, err := again.Append(nil)
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return nil
	}
	e := &StaleError{}
	note := func(changed bool, what string) {
		if changed {
			e.Changes = append(e.Changes, what)
		}
	}
	note(saved.Tool != again.Tool, "it was made by "+saved.Tool+", this is "+again.Tool)
	note(saved.Specification != again.Specification, "the specification is another")
	for _, f := range []struct {
		what     string
		old, new []SavedFile
	}{{"file", saved.Sources, again.Sources}, {"file that the specification reads,", saved.Read, again.Read}} {
		e.files(f.what, f.old, f.new)
	}
	e.variables(saved.Variables, again.Variables)
	e.nodes(saved.Nodes, again.Nodes)
	note(len(e.Changes) == 0, "it is written differently now")
	return e
}

func (e *StaleError) files(what string, old, new []SavedFile) {
	for _, f := range old {
		i := slices.IndexFunc(new, func(g SavedFile) bool { return g.Name == f.Name })
		switch {
		case i < 0:
			e.Changes = append(e.Changes, what+" "+f.Name+" is gone")
		case new[i].Content != f.Content:
			e.Changes = append(e.Changes, what+" "+f.Name+" has changed")
		}
	}
	for _, f := range new {
		if !slices.ContainsFunc(old, func(g SavedFile) bool { return g.Name == f.Name }) {
			e.Changes = append(e.Changes, what+" "+f.Name+" is new")
		}
	}
}

func (e *StaleError) variables(old, new []SavedValue) {
	for _, v := range new {
		if i := slices.IndexFunc(old, func(o SavedValue) bool { return o.Name == v.Name }); i < 0 || old[i] != v {
			e.Changes = append(e.Changes, "variable "+v.Name+" has changed")
		}
	}
}

func (e *StaleError) nodes(old, new []SavedNode) {
	for _, n := range old {
		i := slices.IndexFunc(new, func(m SavedNode) bool { return m.Node == n.Node })
		if i < 0 {
			e.Changes = append(e.Changes, "gateway "+n.Node+" is no longer planned")
			continue
		}
		m := new[i]
		switch {
		case n.Release != m.Release:
			e.Changes = append(e.Changes, "gateway "+n.Node+" has release "+m.Release+" now, not "+n.Release)
		case n.BaseDigest != m.BaseDigest:
			e.Changes = append(e.Changes, "the configuration of gateway "+n.Node+" has changed")
		default:
			a, _ := json.Marshal(n) // what was read can be written
			b, _ := json.Marshal(m)
			if !bytes.Equal(a, b) {
				e.Changes = append(e.Changes, "the steps for gateway "+n.Node+" come out differently")
			}
		}
	}
	for _, m := range new {
		if !slices.ContainsFunc(old, func(n SavedNode) bool { return n.Node == m.Node }) {
			e.Changes = append(e.Changes, "gateway "+m.Node+" is new")
		}
	}
}
