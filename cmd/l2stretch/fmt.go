package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	check, diff bool
	changed     bool
	diags       hcl.Diagnostics
	sources     render.Sources
}

func newFmt(a *app, g *globals) *cobra.Command {
	var check, showDiff bool
	cmd := &cobra.Command{
		Use:   "fmt [PATH...] [flags]",
		Short: "Format specifications",
		Long: "Rewrite specifications in their canonical form and print the names of the files that changed. A PATH is a file, or a directory, whose *.hcl and *.l2vars files are " +
			"meant; by default the current directory. - formats standard input to standard output.",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			r := fmtRun{check: check, diff: showDiff, sources: render.Sources{}}
			for _, path := range args {
				if err := a.fmtPath(&r, path); err != nil {
					return err
				}
			}
			if len(r.diags) > 0 {
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
	return cmd
}

func (a *app) fmtPath(r *fmtRun, path string) error {
	if path == "-" {
		src, err := io.ReadAll(io.LimitReader(a.stdin, fmtLimit))
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
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
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	formatted, ok := r.format(path, src)
	if !ok || bytes.Equal(src, formatted) {
		return nil
	}
	fmt.Fprintln(a.stdout, path)
	a.fmtDiff(r, path, src, formatted)
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
	if !bytes.Equal(src, formatted) {
		a.fmtDiff(r, name, src, formatted)
	}
	if r.check || r.diff {
		return nil
	}
	_, err := a.stdout.Write(formatted)
	return errors.Join(err)
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

func (a *app) fmtDiff(r *fmtRun, name string, src, formatted []byte) {
	if r.diff {
		fmt.Fprint(a.stdout, render.Escape(string(diff.Diff(name, src, name+" (formatted)", formatted))))
	}
}
