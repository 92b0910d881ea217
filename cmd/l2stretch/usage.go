package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/l2stretch/l2stretch/render"
)

// usage prints what --help prints of a command, or `help` of the whole program.
func (a *app) usage(cmd *cobra.Command) {
	st := a.out.style()
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(a.stdout, "%s\n\nUsage:\n", render.Wrap(about, st.Width))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(a.stdout, "  %s COMMAND [flags]\n", cmd.CommandPath())
		fmt.Fprintf(a.stdout, "\nCommands:\n")
		var rows [][2]string
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				rows = append(rows, [2]string{c.Name(), c.Short})
			}
		}
		a.table(rows, st.Width)
	} else {
		fmt.Fprintf(a.stdout, "  %s\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(a.stdout, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	if cmd == cmd.Root() {
		fmt.Fprintf(a.stdout, "\nTopics (l2stretch help TOPIC):\n")
		var rows [][2]string
		for _, t := range topics() {
			rows = append(rows, [2]string{t.name, t.short})
		}
		a.table(append(rows, [2]string{"schema", "JSON Schemas of what --format json prints"}), st.Width)
		fmt.Fprintf(a.stdout, "\nFlags of every command:\n")
		a.table(flagRows(cmd.PersistentFlags()), st.Width)
		return
	}
	if rows := flagRows(cmd.NonInheritedFlags()); len(rows) > 0 {
		fmt.Fprintf(a.stdout, "\nFlags:\n")
		a.table(rows, st.Width)
	}
	fmt.Fprintf(a.stdout, "\nl2stretch help lists the flags that every command has.\n")
}

// table writes names with what they mean, aligned and wrapped.
func (a *app) table(rows [][2]string, width int) {
	first := 0
	for _, r := range rows {
		first = max(first, len(r[0]))
	}
	for _, r := range rows {
		text := render.Wrap(r[1], max(width-first-4, 20))
		text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", first+4))
		fmt.Fprintf(a.stdout, "  %-*s  %s\n", first, r[0], text)
	}
}

func flagRows(flags *pflag.FlagSet) [][2]string {
	var rows [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		arg, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if arg != "" {
			name += " " + arg
		}
		rows = append(rows, [2]string{name, text})
	})
	return rows
}
