package main

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
)

//go:embed help/*.md help/schemas/*.json help/starter.hcl
var helpFiles embed.FS

// A topic is a text of `help`.
type topic struct {
	name, short string
	text        func() (string, error) // in Markdown
}

// topics are the texts of `help`, sorted by name.
func topics() []topic {
	file := func(name, short string) topic {
		return topic{name, short, func() (string, error) {
			b, err := helpFiles.ReadFile("help/" + name + ".md")
			return string(b), err
		}}
	}
	return []topic{
		file("apply", "how a change is carried out, and what restores it"),
		file("arp", "how hosts of a stretched subnet find each other"),
		file("changelog", "what changed in each version"),
		file("checks", "what is looked at on a gateway before and after a change"),
		file("ci", "checks of a specification in GitHub Actions, GitLab CI and pre-commit"),
		{"codes", "the codes of all diagnostics", func() (string, error) { return codesText(), nil }},
		file("dr-test", "testing a fail-over without hurting production"),
		file("environment", "environment variables"),
		file("exit-codes", "what the exit code of a command means"),
		file("formats", "the formats of compile, and how to use them on a gateway"),
		file("gateways", "where the default gateway of a stretched subnet lives"),
		file("guards", "what restores a gateway when nobody confirms"),
		file("importing", "specifications out of what gateways run"),
		file("journey", "the walk of a packet, and what becomes of one that is too large"),
		file("loops", "what would close a loop, and what is refused for it"),
		file("mtu", "sizes: what fits, and what to set where"),
		file("nat", "gateways behind NAT"),
		file("notices", "licences of the software that is built in"),
		file("ownership", "what of a gateway is changed, and what is left alone"),
		file("pause", "pausing a stretch, draining and repairing a tunnel"),
		file("plan", "what a plan compares, and how to read it"),
		file("recovery", "what to type when an apply did not end well"),
		{"releases", "what each VyOS release can do", func() (string, error) { return releasesText(), nil }},
		file("rollback", "taking a run back, and where runs are recorded"),
		file("secrets", "where secrets come from and where they go"),
		{"spec", "the specification language: blocks and attributes", func() (string, error) { return specText(), nil }},
		file("ssh", "how gateways are reached, and host keys"),
		file("status", "health and drift of the gateways"),
		file("vxlan", "VXLAN as it is used here"),
	}
}

func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC | CODE | schema [NAME]]",
		Short: "Explain a command, a topic or the code of a diagnostic",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return helpNames(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
			}
			if args[0] == "schema" {
				return schemaNames(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Root().Help()
			}
			return a.help(cmd.Root(), args)
		},
	}
}

func (a *app) help(root *cobra.Command, args []string) error {
	st := a.out.style()
	name := args[0]
	if name == "schema" {
		return a.helpSchema(args[1:])
	}
	if c, _, err := root.Find(args); err == nil && c != root {
		if err := c.Help(); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
		_, err := a.helpTopic(c.Name(), st) // a command may have a topic beside its flags
		return err
	}
	if len(args) > 1 {
		return usagef("help takes one command, topic or code, not %d", len(args))
	}
	if kind, ok := ir.Lookup(ir.Code(strings.ToUpper(name))); ok {
		return render.Markdown(a.stdout, codeText(kind), st)
	}
	if found, err := a.helpTopic(name, st); found || err != nil {
		return err
	}
	names := helpNames(root)
	for _, k := range ir.Codes {
		names = append(names, string(k.Code))
	}
	return &usageError{
		err:  fmt.Errorf("there is no help on %q%s", name, didYouMean(name, names)),
		hint: "l2stretch help lists commands and topics, l2stretch help codes the codes.",
	}
}

// helpTopic writes a topic, with the numbers of the specification at hand; false when there is none of that name.
func (a *app) helpTopic(name string, st render.Style) (bool, error) {
	for _, t := range topics() {
		if t.name != name {
			continue
		}
		text, err := t.text()
		if err != nil {
			return true, err
		}
		return true, render.Markdown(a.stdout, text+a.own(name), st)
	}
	return false, nil
}

// helpNames are the words that help knows, without the codes.
func helpNames(root *cobra.Command) []string {
	names := []string{"schema"}
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	for _, t := range topics() {
		names = append(names, t.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (a *app) helpSchema(args []string) error {
	names := schemaNames()
	switch len(args) {
	case 0:
		fmt.Fprintf(a.stdout, "JSON Schemas of the documents that commands print with --format json:\n\n")
		for _, n := range names {
			fmt.Fprintf(a.stdout, "  l2stretch help schema %s\n", n)
		}
		return nil
	case 1:
	default:
		return usagef("help schema takes one name, not %d", len(args))
	}
	b, err := helpFiles.ReadFile("help/schemas/" + args[0] + ".json")
	if err != nil {
		return usagef("there is no schema %q%s", args[0], didYouMean(args[0], names))
	}
	_, err = a.stdout.Write(b)
	return err
}

// schemaNames are the names of the embedded JSON Schemas, sorted.
func schemaNames() []string {
	files, err := fs.Glob(helpFiles, "help/schemas/*.json")
	if err != nil {
		panic("help: " + err.Error()) // the pattern is a constant
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(f[len("help/schemas/"):], ".json")
	}
	return names
}

func codeText(k ir.Kind) string {
	what := "error"
	if k.Severity() == hcl.DiagWarning {
		what = "warning"
	}
	return fmt.Sprintf("# %s: %s (%s)\n\n%s\n", k.Code, k.Summary, what, strings.TrimSpace(k.Help))
}

func codesText() string {
	var b strings.Builder
	b.WriteString("# Diagnostics\n\nE is an error, W a warning. `l2stretch help CODE` explains one.\n\n```\n")
	for _, k := range ir.Codes {
		fmt.Fprintf(&b, "%s  %s\n", k.Code, k.Summary)
	}
	b.WriteString("```\n")
	return b.String()
}
