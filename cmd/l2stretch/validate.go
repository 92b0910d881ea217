package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/render"
)

func newValidate(a *app, g *globals) *cobra.Command {
	var f format
	var explain bool
	cmd := &cobra.Command{
		Use:   "validate [PATH] [flags]",
		Short: "Check a specification",
		Long: "Check a specification: everything that is wrong with it in one run, or worth a warning. No device and no secret is needed.\n\n" +
			"PATH is a directory or a file, by default the current directory; - is standard input.",
		Args: atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.load(specPath(args), g)
			if err != nil {
				return err
			}
			failed := s.failed(g.strict)
			var derived []render.Derivation
			if explain && !s.diags.HasErrors() {
				for _, d := range compiler.Derivations(s.fabric) {
					derived = append(derived, render.Derivation(d))
				}
			}
			if f.value == "json" {
				doc := render.NewValidation(envelope("validate"), s.diags, s.sources, g.strict)
				doc.Derivations = derived
				if err := render.JSON(a.stdout, doc); err != nil {
					return err
				}
				if failed {
					return errReported
				}
				return nil
			}
			if err := a.report(s, g); err != nil {
				return err
			}
			if err := render.Derivations(a.stdout, derived, a.out.style()); err != nil {
				return err
			}
			if failed {
				fmt.Fprintln(a.stderr, s.verdict())
				return errReported
			}
			if !g.quiet {
				fmt.Fprintf(a.stdout, "Specification %s is valid: %s, %s, %s; %s.\n", s.fabric.Name,
					render.Plural(len(s.fabric.Nodes), "gateway", "gateways"), render.Plural(len(s.fabric.Tunnels), "tunnel", "tunnels"),
					render.Plural(len(s.fabric.Stretches), "stretch", "stretches"), render.Count(s.diags))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&explain, "explain", false, "list every value that was derived, with the sum behind it")
	addFormat(cmd, &f, "text", "json")
	return cmd
}
