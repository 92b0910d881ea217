package main

import (
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/render"
)

func newGraph(a *app, g *globals) *cobra.Command {
	f := choice{value: "mermaid", allowed: []string{"mermaid", "dot", "svg"}}
	var all bool
	cmd := &cobra.Command{
		Use:   "graph [PATH] [flags]",
		Short: "Draw the topology",
		Long: "Draw sites, gateways, tunnels and stretches, with interfaces, addresses, VLANs and VNIs: for Mermaid (merge requests and wikis), for Graphviz, or as a picture. " +
			"Many stretches that join the same places, and many sites of one for_each, stand in groups.\n\n" +
			"Neither a device nor a secret is needed.",
		Args: atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			fabric, err := a.model(args, g)
			if err != nil {
				return err
			}
			by := explain.DefaultGrouping
			if all {
				by = explain.Grouping{}
			}
			graph := explain.Topology(fabric, by)
			switch f.value {
			case "dot":
				return render.GraphDot(a.stdout, graph)
			case "svg":
				return render.GraphSVG(a.stdout, graph)
			}
			return render.GraphMermaid(a.stdout, graph)
		},
	}
	cmd.Flags().Var(&f, "format", "how to print: mermaid, dot, svg")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(f.allowed, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
	cmd.Flags().BoolVar(&all, "all", false, "draw everything by itself, without groups")
	return cmd
}
