package main

import (
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// loose reports whether source validation is set on a gateway's VTI: where its release has it there.
func loose(n *ir.Node) bool {
	r, ok := release.Lookup(n.Release)
	return ok && r.Has(release.VTISourceValidation)
}

func newRoutes(a *app, g *globals) *cobra.Command {
	var f format
	var ask explain.Ask
	after := choice{allowed: []string{string(explain.Failover), string(explain.Cutover)}}
	cmd := &cobra.Command{
		Use:   "routes [PATH] [flags]",
		Short: "Show who reaches whom, and which routes other devices must have",
		Long: "Show for the hosts of each stretch (at home, moved, created on the other site) which way their packets take to each network and back, whether that works, " +
			"and the static routes that devices outside the specification must have for it. Routes that they have stand in the specification as site { external_routes }.\n\n" +
			"Neither a device nor a secret is needed. `l2stretch help gateways` explains default gateways.",
		Args: atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			fabric, err := a.model(args, g)
			if err != nil {
				return err
			}
			ask.After, ask.Loose = explain.State(after.value), loose
			r, err := explain.FindRoutes(fabric, ask)
			if err != nil {
				return explained(err)
			}
			if f.value == "json" {
				return render.JSON(a.stdout, render.RoutesDocument{Envelope: envelope("routes"), Specification: fabric.Name, Routes: r})
			}
			return render.Routes(a.stdout, r, a.out.style())
		},
	}
	flags := cmd.Flags()
	flags.Var(&after, "after", "what has happened: `EVENT` is failover (all hosts have moved), cutover (the subnet and its default gateway too)")
	flags.StringVar(&ask.Stretch, "stretch", "", "this stretch `NAME` only; default: all, and the routed networks")
	flags.StringVar(&ask.Home, "home", "", "the `SITE` that hosts come from; default: the first attachment's")
	addFormat(cmd, &f, "text", "json")
	return cmd
}
