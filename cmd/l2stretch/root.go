package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globals are the flags that every command has.
type globals struct {
	chdir    string
	quiet    bool
	verbose  bool
	logFile  string
	noColor  bool
	vars     []string
	varFiles []string
	strict   bool
	log      *slog.Logger
}

// newRoot builds the command tree.
func newRoot(a *app) *cobra.Command {
	var g globals
	var closeLog func() error
	root := &cobra.Command{
		Use:   "l2stretch",
		Short: "Extend subnets between sites through encrypted tunnels",
		Long: "l2stretch turns one description of a Layer 2 stretch into the exact configuration of every gateway.\n\n" +
			"Start with `l2stretch init`; `l2stretch help` lists further topics.",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			a.out.noColor, a.err.noColor = g.noColor, g.noColor
			if g.quiet && g.verbose {
				return usagef("--quiet and --verbose exclude each other")
			}
			if g.log, closeLog, err = openLog(a.stderr, g); err != nil {
				return err
			}
			if g.chdir != "" {
				if err := os.Chdir(g.chdir); err != nil {
					return fmt.Errorf("--chdir: %w", err)
				}
			}
			g.log.Debug("start", "command", cmd.CommandPath(), "version", version)
			return nil
		},
		PersistentPostRunE: func(*cobra.Command, []string) error { return closeLog() },
	}
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVar(&g.chdir, "chdir", "", "change to `DIR` before anything else")
	flags.StringArrayVar(&g.vars, "var", nil, "set a variable of the specification: `NAME=VALUE` (repeatable)")
	flags.StringArrayVar(&g.varFiles, "var-file", nil, "read variables from `FILE` (repeatable)")
	flags.BoolVar(&g.strict, "strict", false, "treat warnings that are not accepted as errors")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "print errors and results only")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "log what is done")
	flags.StringVar(&g.logFile, "log-file", "", "write the log to `FILE` instead of standard error")
	flags.BoolVar(&g.noColor, "no-color", false, "no colours")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(a.flagError)
	root.SetHelpCommand(newHelp(a))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.usage(cmd) })
	root.AddCommand(
		newFmt(a, &g),
		newImport(a, &g),
		newInit(a, &g),
		newValidate(a, &g),
		newCompile(a, &g),
		newPlan(a, &g),
		newApply(a, &g),
		newStatus(a, &g),
		newRollback(a, &g),
		newPause(a, &g),
		newResume(a, &g),
		newDrain(a, &g),
		newRepair(a, &g),
		newHistory(a, &g),
		newLocate(a, &g),
		newProbeMTU(a, &g),
		newCapture(a, &g),
		newDiff(a, &g),
		newJourney(a, &g),
		newRoutes(a, &g),
		newGraph(a, &g),
		newVersion(a),
	)
	root.InitDefaultCompletionCmd()
	return root
}

// oneDash are the flags that Terraform's users write with one dash.
var oneDash = []string{"check", "diff", "var", "var-file", "json"}

// longFlags gives the flags in oneDash their second dash. Arguments that are values of other flags, and
// those after --, stay as they are.
func longFlags(root *cobra.Command, args []string) []string {
	takesValue := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		note := func(f *pflag.Flag) { takesValue[f.Name] = f.NoOptDefVal == "" }
		c.PersistentFlags().VisitAll(note)
		c.Flags().VisitAll(note)
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		for _, name := range oneDash {
			if arg == "-"+name || strings.HasPrefix(arg, "-"+name+"=") {
				arg = "-" + arg
				break
			}
		}
		out = append(out, arg)
		if name, ok := strings.CutPrefix(arg, "--"); ok && takesValue[name] && i+1 < len(args) {
			i++
			out = append(out, args[i])
		}
	}
	return out
}

// flagError explains a flag that cannot be parsed.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	if cmd == cmd.Root() { // `l2stretch plann --out x`: the command is the mistake
		for _, arg := range a.args {
			if c, _, err := cmd.Find([]string{arg}); !strings.HasPrefix(arg, "-") && (err != nil || c == cmd) {
				return unknownCommand(cmd, arg)
			}
		}
	}
	hint := fmt.Sprintf("%s --help lists the flags.", cmd.CommandPath())
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		var names []string
		note := func(f *pflag.Flag) { names = append(names, "--"+f.Name) }
		cmd.Flags().VisitAll(note)
		cmd.InheritedFlags().VisitAll(note)
		flag := "--" + missing.GetSpecifiedName()
		if len(missing.GetSpecifiedShortnames()) > 0 {
			flag = "-" + missing.GetSpecifiedShortnames()
		}
		err = fmt.Errorf("%s has no flag %s%s", cmd.CommandPath(), flag, didYouMean(flag, names))
	}
	return &usageError{err: err, hint: hint}
}

func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return &usageError{
		err:  fmt.Errorf("there is no command %q%s", name, didYouMean(name, names)),
		hint: "l2stretch help lists the commands.",
	}
}

// specPath is the PATH argument of a command, by default the current directory.
func specPath(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// atMostOne is the check of arguments for commands with a PATH.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s takes one PATH, not %d", cmd.CommandPath(), len(args))
	}
	return nil
}
