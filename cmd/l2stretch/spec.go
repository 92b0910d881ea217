package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
)

// A specification is what became of a specification's text.
type specification struct {
	dir       string // that relative paths in it start from
	fabric    *ir.Fabric
	snapshots []plan.Snapshot // of the fabric's nodes; not to be used with errors
	diags     hcl.Diagnostics // of all passes, accepted warnings included
	accepts   []schema.Accept
	sources   render.Sources
	source    *schema.Source
}

// failed reports whether the diagnostics end a command.
func (s *specification) failed(strict bool) bool {
	return s.diags.HasErrors() || strict && compiler.Strict(s.diags)
}

// backends lists the backends by platform.
func backends() map[ir.Platform]compiler.Backend {
	return map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}}
}

// load reads and compiles a specification. An error means that it could not be read; what is wrong with it is
// among the diagnostics.
func (a *app) load(path string, g *globals) (*specification, error) {
	src, err := schema.Read(path, schema.ReadOptions{
		Stdin: a.stdin, Environ: os.Environ(), VarFiles: g.varFiles, Vars: g.vars, Version: version,
	})
	if err != nil {
		return nil, err
	}
	return a.compileSource(src, specDir(path), g, nil), nil
}

// compileSource compiles a specification that has been read, after a change of what was decoded, if there is any.
func (a *app) compileSource(src *schema.Source, dir string, g *globals, change func(*schema.File)) *specification {
	s := &specification{dir: dir, sources: render.Sources{}, source: src}
	g.log.Info("read", "files", len(src.Files), "variable_files", len(src.VarFiles))
	file, diags := schema.Decode(src)
	for _, f := range src.Files {
		s.sources[f.Name] = src.Shown(f)
	}
	for _, f := range src.VarFiles {
		s.sources[f.Name] = src.Shown(f.SourceFile)
	}
	for _, f := range src.Reads() {
		g.log.Debug("read by the specification", "file", f.Name)
	}
	if change != nil {
		change(file)
	}
	s.fabric, s.snapshots, s.diags = compiler.Build(file, diags, backends())
	s.diags = src.Conceal(s.diags)
	s.accepts = file.Accepts
	g.log.Info("compiled", "gateways", len(s.fabric.Nodes), "diagnostics", len(s.diags))
	return s
}

// specDir is the directory that relative paths in a specification start from.
func specDir(path string) string {
	if path == "-" {
		return "."
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// usable loads a specification that a command needs in order; of another it shows why it is not.
func (a *app) usable(path string, g *globals) (*specification, error) {
	s, err := a.load(path, g)
	if err != nil {
		return nil, err
	}
	if s.failed(g.strict) {
		return nil, a.unusable(s, g)
	}
	return s, nil
}

// report shows the diagnostics of a specification to people; with --quiet, errors only.
func (a *app) report(s *specification, g *globals) error {
	diags := s.diags
	if g.quiet {
		diags = nil
		for _, d := range s.diags {
			if d.Severity == hcl.DiagError || g.strict {
				diags = append(diags, d)
			}
		}
	}
	return render.Diagnostics(a.stderr, diags, s.sources, a.err.style())
}

// unusable shows why a specification ends a command.
func (a *app) unusable(s *specification, g *globals) error {
	if err := a.report(s, g); err != nil {
		return err
	}
	fmt.Fprintln(a.stderr, s.verdict())
	return errReported
}

// remind says how many warnings a specification has that another command shows.
func (a *app) remind(s *specification, g *globals) {
	if n := render.Count(s.diags).Warnings; n > 0 && !g.quiet {
		fmt.Fprintf(a.stderr, "The specification has %s; l2stretch validate shows them.\n", render.Plural(n, "warning", "warnings"))
	}
}

// verdict is the last line about a specification that cannot be used.
func (s *specification) verdict() string {
	t := render.Count(s.diags)
	if t.Errors == 0 {
		return fmt.Sprintf("The specification is valid, but --strict allows no warnings: %s.", t)
	}
	return fmt.Sprintf("The specification is not valid: %s.", t)
}
