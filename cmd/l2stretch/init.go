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
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a specification to start from",
		Long:  "Write a commented specification to start from into DIR, by default the current directory. It refuses a directory that has a specification.",
		Args:  atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			dir := specPath(args)
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
}

func writeStarter(dir string) error {
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
