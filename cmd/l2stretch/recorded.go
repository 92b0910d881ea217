package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/schema"
)

// recordedSpec is the specification that a run was made from, as it was then: the run's record has all of it except the
// values of sensitive variables, which come from the command line and the environment again.
func (a *app) recordedSpec(r *apply.Record, g *globals) (*specification, error) {
	if r.Saved == nil {
		return nil, fmt.Errorf("run %s has no specification in its record", r.Run)
	}
	src, err := recordedSource(r.Saved, g)
	if err != nil {
		return nil, fmt.Errorf("record of run %s: %w", r.Run, err)
	}
	s := a.compileSource(src, specDir(r.Saved.Path), g, nil)
	if s.diags.HasErrors() {
		if err := render.Diagnostics(a.stderr, s.diags, s.sources, a.err.style()); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the specification in the record of run %s is not valid any more", r.Run)
	}
	return a.settleReleases(s, recordedReleases(r), g)
}

// nodesOfRun are the gateways of a run in the specification that it was made from, in the order of the run.
func (s *specification) nodesOfRun(r *apply.Record) ([]*ir.Node, error) {
	var out []*ir.Node
	for _, n := range r.Nodes {
		node, _ := s.at(n.Plan.Node)
		if node == nil {
			return nil, fmt.Errorf("gateway %s of run %s is not in the specification that the run was made from", n.Plan.Node, r.Run)
		}
		out = append(out, node)
	}
	return out, nil
}

// recordedReleases are the releases that the gateways of a run had.
func recordedReleases(r *apply.Record) map[string]string {
	out := make(map[string]string)
	for _, n := range r.Nodes {
		out[n.Plan.Node] = n.Plan.Release
	}
	return out
}

func recordedSource(saved *plan.Saved, g *globals) (*schema.Source, error) {
	src := &schema.Source{Version: version}
	for _, f := range saved.Sources {
		src.Files = append(src.Files, schema.SourceFile{Name: f.Name, Bytes: []byte(f.Content)})
	}
	values, err := recordedValues(saved.Variables)
	if err != nil {
		return nil, err
	}
	src.VarFiles = []schema.VarFile{{SourceFile: schema.SourceFile{Name: "recorded.l2vars.json", Bytes: values}, Given: true}}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		if name, ok := strings.CutPrefix(name, "L2STRETCH_VAR_"); ok && name != "" {
			src.Env = append(src.Env, schema.Assignment{Name: name, Value: value})
		}
	}
	for _, kv := range g.vars {
		name, value, _ := strings.Cut(kv, "=")
		src.Vars = append(src.Vars, schema.Assignment{Name: strings.TrimSpace(name), Value: value})
	}
	src.ReadFile = func(name string) ([]byte, error) {
		i := slices.IndexFunc(saved.Read, func(f plan.SavedFile) bool { return f.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		return []byte(saved.Read[i].Content), nil
	}
	return src, nil
}

// recordedValues are the variables as a variable file gives them. What looks like a template in them is none.
func recordedValues(all []plan.SavedValue) ([]byte, error) {
	values := make(map[string]json.RawMessage)
	for _, v := range all {
		if v.Sensitive || v.Value == "" {
			continue
		}
		var typed struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal([]byte(v.Value), &typed); err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Name, err)
		}
		text := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(typed.Value))
		values[v.Name] = json.RawMessage(text)
	}
	return json.Marshal(values)
}

// forJournal is a saved plan as a record keeps it: it must be found again from any directory.
func forJournal(saved *plan.Saved) (*plan.Saved, error) {
	if saved == nil {
		return nil, errors.New("there is nothing to record")
	}
	out := *saved
	var err error
	out.Path, err = filepath.Abs(saved.Path)
	return &out, err
}
