package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// diffLimit is how large a configuration may be, in octets.
const diffLimit = 128 << 20

// diffFlags are the flags of diff.
type diffFlags struct {
	format
	release  string
	reveal   bool
	exitCode bool
}

func newDiff(a *app, g *globals) *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW [flags]",
		Short: "Show the commands that turn one VyOS configuration into another",
		Long: "Compare two configurations of VyOS, in any form: set commands, config.boot, `show configuration`, JSON. Order and quoting do not count. " +
			"- is standard input. The release decides which leaves hold many values and what cannot be changed in place; it is read from the end of the files, or stated.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s takes two files, OLD and NEW, not %d", cmd.CommandPath(), len(args))
			}
			if args[0] == "-" && args[1] == "-" {
				return usagef("only one of the two can be standard input")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(g, &f, args[0], args[1]) },
	}
	addFormat(cmd, &f.format, "text", "commands", "json")
	flags := cmd.Flags()
	flags.StringVar(&f.release, "release", "", "the `RELEASE` whose rules hold: "+strings.Join(release.GrammarReleases(), ", "))
	flags.BoolVar(&f.reveal, "reveal-secrets", false, "show the secrets that stand in the files")
	flags.BoolVar(&f.exitCode, "detailed-exitcode", false, "end with 2 when the two differ")
	_ = cmd.RegisterFlagCompletionFunc("release", cobra.FixedCompletions(release.GrammarReleases(), cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
	return cmd
}

func (a *app) diff(g *globals, f *diffFlags, oldName, newName string) error {
	if f.release != "" && !slices.Contains(release.GrammarReleases(), f.release) {
		return usagef("--release %s: it may be %s%s", f.release, strings.Join(release.GrammarReleases(), ", "), didYouMean(f.release, release.GrammarReleases()))
	}
	old, oldErr := a.readConfig(oldName)
	new, newErr := a.readConfig(newName)
	if err := errors.Join(oldErr, newErr); err != nil {
		return err
	}
	name, note := f.release, ""
	var grammar *release.Grammar
	var err error
	if name == "" {
		name, note, err = releaseOf(old, new)
		if err != nil {
			return err
		}
	}
	if grammar, err = release.ReadGrammar(name); err != nil {
		return err
	}
	if note != "" && !g.quiet {
		fmt.Fprintln(a.stderr, render.Wrap(note, a.err.style().Width))
	}
	d := render.ConfigDiff{Old: old, New: new, Release: name, Grammar: grammar, Reveal: f.reveal}
	if name == "1.2" || name == "1.3" {
		d.Order = config.DebianVersion
	}
	old.Resolve(grammar)
	new.Resolve(grammar)
	d.Delta = config.Diff(old, new, config.DiffOptions{Grammar: grammar, Order: d.Order})
	switch f.value {
	case "json":
		err = render.JSON(a.stdout, d.Document(envelope("diff")))
	case "commands":
		if err = d.Commands(a.stdout); err == nil && !g.quiet && (d.Delta.Empty() || d.Delta.Unknown+d.Delta.Masked > 0) {
			fmt.Fprintln(a.stderr, render.Wrap(d.Summary(), a.err.style().Width))
		}
	default:
		err = d.Text(a.stdout, a.out.style())
	}
	if err == nil && f.exitCode && !d.Delta.Empty() {
		return &exit{code: exitChanges}
	}
	return err
}

// readConfig reads a configuration from a file, or from standard input.
func (a *app) readConfig(name string) (*config.Tree, error) {
	var in io.Reader = a.stdin
	shown := "<stdin>"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in, shown = file, name
	}
	src, err := io.ReadAll(io.LimitReader(in, diffLimit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	return config.Parse(shown, src, config.ParseOptions{Limit: diffLimit})
}

// releaseOf finds the release of two configurations: what their ends say, the old one first, since that is where the commands are
// to run; else the release that knows most of their paths. The note says what a user should know about the choice.
func releaseOf(old, new *config.Tree) (name, note string, err error) {
	a, b := old.Footer().Series(), new.Footer().Series()
	switch {
	case a != "" && b != "" && a != b:
		return a, fmt.Sprintf("The files are of VyOS %s and %s. The rules of %s hold, where the commands are to run; --release states another.", a, b, a), nil
	case a != "":
		return a, "", nil
	case b != "":
		return b, "", nil
	}
	// Those that are met most come first: of two that know as much the earlier is taken.
	best := -1
	for _, candidate := range []string{"1.4", "1.5", "1.3", "1.2", "rolling"} {
		g, err := release.ReadGrammar(candidate)
		if err != nil {
			return "", "", err
		}
		if n := old.Unknown(g) + new.Unknown(g); best < 0 || n < best {
			name, best = candidate, n
		}
	}
	return name, fmt.Sprintf("The files do not say their release. The rules of VyOS %s hold, which fits best; --release states another.", name), nil
}
