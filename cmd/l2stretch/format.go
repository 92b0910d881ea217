package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A choice is a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "FORMAT" }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("it may be %s%s", strings.Join(c.allowed, ", "), didYouMean(s, c.allowed))
	}
	c.value = s
	return nil
}

// A format is the flags --format and --json of a command.
type format struct {
	choice
	json bool
}

// addFormat gives a command --format and --json; the first of the formats is the default.
func addFormat(cmd *cobra.Command, f *format, allowed ...string) {
	f.value, f.allowed = allowed[0], allowed
	flags := cmd.Flags()
	flags.Var(&f.choice, "format", "how to print: "+strings.Join(allowed, ", "))
	flags.BoolVar(&f.json, "json", false, "the same as --format json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
	args := cmd.Args
	cmd.Args = func(cmd *cobra.Command, rest []string) error {
		if f.json {
			if flags.Changed("format") && f.value != "json" {
				return usagef("--json and --format %s exclude each other", f.value)
			}
			f.value = "json"
		}
		if args == nil {
			return nil
		}
		return args(cmd, rest)
	}
}
