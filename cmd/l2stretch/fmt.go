package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/schema"
)

// fmtLimit is how large a file may be that is formatted, in octets.
const fmtLimit = 64 << 20

// A fmtRun is one run of fmt.
type fmtRun struct {
	check, diff, json bool
	changed           bool
	files             []fmtFile
	diags             hcl.Diagnostics
	sources           render.Sources
}

// A fmtDocument is the document of `fmt --format json`.
type fmtDocument struct {
	render.Envelope
	Files       []fmtFile           `json:"files"`
	Diagnostics []render.Diagnostic `json:"diagnostics"`
}

// A fmtFile is a file that was not in its canonical form.
type fmtFile struct {
	Filename string `json:"filename"`
	Written  bool   `json:"written"`
	Diff     string `json:"diff,omitempty"` // unified, with --diff
}

func newFmt(a *app, g *globals) *cobra.Command {
	var check, showDiff bool
	var f format
	cmd := &cobra.Command{
		Use:   "fmt [PATH...] [flags]",
		Short: "Format specifications",
		Long: "Rewrite specifications in their canonical form and print the names of the files that changed. A PATH is a file, or a directory, whose *.hcl and *.l2vars files are " +
			"meant; by default the current directory. - formats standard input to standard output.",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			r := fmtRun{check: check, diff: showDiff, json: f.value == "json", files: []fmtFile{}, sources: render.Sources{}}
			if r.json && slices.Contains(args, "-") && !check {
				return usagef("standard input is formatted to standard output: with --format json only --check can be answered")
			}
			for _, path := range args {
				if err := a.fmtPath(&r, path); err != nil {
					return err
				}
			}
			if r.json {
				doc := fmtDocument{envelope("fmt"), r.files, render.NewDiagnostics(r.diags, r.sources)}
				if err := render.JSON(a.stdout, doc); err != nil {
					return err
				}
			} else if len(r.diags) > 0 {
				if err := a.report(&specification{diags: r.diags, sources: r.sources}, g); err != nil {
					return err
				}
			}
			switch {
			case r.diags.HasErrors():
				return errReported
			case check && r.changed:
				return &exit{code: exitChanges}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; end with 2 when a file is not formatted")
	cmd.Flags().BoolVar(&showDiff, "diff", false, "print the differences as well")
	addFormat(cmd, &f, "text", "json")
	return cmd
}

func (a *app) fmtPath(r *fmtRun, path string) error {
	if path == "-" {
		src, err := atMost("standard input", a.stdin, fmtLimit)
		if err != nil {
			return fmt.Errorf("fmt: %w", err)
		}
		return a.fmtStdin(r, src)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if !formattable(path) {
			return fmt.Errorf("%s: only *.hcl and *.l2vars files are formatted", path)
		}
		return a.fmtFile(r, path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && formattable(name) && !e.IsDir() {
			if err := a.fmtFile(r, filepath.Join(path, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func formattable(name string) bool {
	return strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".l2vars")
}

func (a *app) fmtFile(r *fmtRun, path string) (err error) {
	src, err := readAtMost(path, fmtLimit)
	if err != nil {
		return err
	}
	formatted, ok := r.format(path, src)
	if !ok || bytes.Equal(src, formatted) {
		return nil
	}
	a.fmtSay(r, path, src, formatted)
	if r.check {
		return nil
	}
	real, err := filepath.EvalSymlinks(path) // a link stays one
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	return replaceFile(real, formatted, info.Mode().Perm())
}

// fmtStdin prints the formatted text, or with --check nothing.
func (a *app) fmtStdin(r *fmtRun, src []byte) error {
	const name = "<stdin>"
	formatted, ok := r.format(name, src)
	if !ok {
		return nil
	}
	if !bytes.Equal(src, formatted) && (r.diff || r.json) {
		a.fmtSay(r, name, src, formatted)
	}
	if r.check || r.diff {
		return nil
	}
	_, err := a.stdout.Write(formatted)
	return err
}

// format returns the canonical form of a file's text, and whether it has one.
func (r *fmtRun) format(name string, src []byte) ([]byte, bool) {
	formatted, diags := schema.Format(name, src)
	r.sources[name] = src
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() {
		return nil, false
	}
	r.changed = r.changed || !bytes.Equal(src, formatted)
	return formatted, true
}

// fmtSay names a file that is not in its canonical form.
func (a *app) fmtSay(r *fmtRun, name string, src, formatted []byte) {
	f := fmtFile{Filename: name, Written: !r.check}
	if r.diff {
		f.Diff = string(diff.Diff(name, src, name+" (formatted)", formatted))
	}
	r.files = append(r.files, f)
	if !r.json {
		fmt.Fprintf(a.stdout, "%s\n%s", render.EscapeLine(name), render.Escape(f.Diff))
	}
}
