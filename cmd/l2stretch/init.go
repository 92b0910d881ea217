package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// starterName is the file that init writes.
const starterName = "main.hcl"

func newInit(a *app, g *globals) *cobra.Command {
	var r importRun
	cmd := &cobra.Command{
		Use:   "init [DIR] [flags]",
		Short: "Write a specification to start from",
		Long: "Write a commented specification to start from into DIR, by default the current directory, or with --from one that is made from the configurations that gateways run, as " +
			"`l2stretch import` does. It refuses a directory that has a specification.",
		Example: "  l2stretch init\n  l2stretch init dr --from onprem/gw1=a.txt --from cloud/gw1=b.txt",
		Args:    atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			dir := specPath(args)
			if len(r.running) > 0 {
				return a.initFrom(dir, &r, g)
			}
			if len(r.releases) > 0 || r.name != "" || r.format.value == "json" {
				return usagef("--release, --name and --json go with --from")
			}
			if err := writeStarter(dir); err != nil {
				return err
			}
			path := filepath.Join(dir, starterName)
			if g.quiet {
				fmt.Fprintln(a.stdout, path)
				return nil
			}
			here := ""
			if dir != "." {
				here = " " + dir
			}
			fmt.Fprintf(a.stdout, "Wrote %s.\n\nNext:\n"+
				"  1. Fill in the values that say CHANGE-ME.\n"+
				"  2. l2stretch validate%s\n"+
				"  3. l2stretch compile%s\n", path, here, here)
			return nil
		},
	}
	r.flags(cmd, "from")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

// initFrom writes a specification that is made from running configurations.
func (a *app) initFrom(dir string, r *importRun, g *globals) error {
	doc, err := a.importSpec("init", r, g)
	if err != nil {
		return err
	}
	if err := roomForSpec(dir); err != nil {
		return err
	}
	doc.File = filepath.Join(dir, starterName)
	if err := createFile(doc.File, []byte(doc.Text), 0o644); err != nil {
		return err
	}
	if g.quiet && r.format.value != "json" {
		fmt.Fprintln(a.stdout, doc.File)
	}
	return a.reportImport(doc, r, g)
}

// roomForSpec makes a directory and refuses one that has a specification.
func roomForSpec(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json") {
			return fmt.Errorf("%s is there already; init does not touch a specification", filepath.Join(dir, name))
		}
	}
	return nil
}

func writeStarter(dir string) error {
	if err := roomForSpec(dir); err != nil {
		return err
	}
	text, err := helpFiles.ReadFile("help/starter.hcl")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, starterName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
