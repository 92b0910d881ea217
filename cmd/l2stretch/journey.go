package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// model reads a specification for a command that explains it. Its diagnostics are shown when they end the
// command; `validate` shows the rest.
func (a *app) model(args []string, g *globals) (*ir.Fabric, error) {
	s, err := a.load(specPath(args), g)
	if err != nil {
		return nil, err
	}
	if !s.failed(g.strict) {
		return s.fabric, nil
	}
	if err := a.report(s, g); err != nil {
		return nil, err
	}
	fmt.Fprintln(a.stderr, s.verdict())
	return nil, errReported
}

// explained turns an error of package explain into one of the command line: it is about what was asked for.
func explained(err error) error {
	var missing *explain.NotFoundError
	if errors.As(err, &missing) && missing.Name != "" && len(missing.Have) > 0 {
		return usagef("there is no %s %q%s", missing.Kind, missing.Name, didYouMean(missing.Name, missing.Have))
	}
	if err != nil {
		return usagef("%v", err)
	}
	return nil
}

// kernelOf is the kernel of a gateway, by its release. A Linux gateway may have any; it is taken for one from
// 5.9 on.
func kernelOf(n *ir.Node) explain.Kernel {
	if n.Platform == ir.Linux {
		return explain.Kernel{Version: "5.9 or later", Answers: true, Why: "assumed of a Linux gateway"}
	}
	r, ok := release.Lookup(n.Release)
	if !ok { // the compiler lets no release pass that is not in the table
		return explain.Kernel{Version: "unknown", Why: "VyOS " + n.Release}
	}
	return explain.Kernel{Version: r.Kernel, Answers: r.Has(release.TunnelICMP), Why: "VyOS " + r.Name}
}

func newJourney(a *app, g *globals) *cobra.Command {
	var f format
	var trip explain.Trip
	var df, budget bool
	proto := choice{value: string(explain.TCP), allowed: []string{string(explain.TCP), string(explain.UDP), string(explain.ICMP)}}
	cmd := &cobra.Command{
		Use:   "journey [PATH] [flags]",
		Short: "Follow a packet across a stretch, header by header",
		Long: "Follow packets across a stretch, hop by hop: an ARP request and its answer, a data packet, and one that is too large, with every header, its addresses and its octets. " +
			"--budget writes out the sums of sizes instead: what every tunnel and proposal leaves for hosts, and what other choices would.\n\n" +
			"Neither a device nor a secret is needed. `l2stretch help journey` explains what is shown.",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if trip.Size > 0 && trip.Frame > 0 {
				return usagef("--size and --frame exclude each other")
			}
			if trip.Size < 0 || trip.Frame < 0 {
				return usagef("--size and --frame are numbers of octets")
			}
			if budget && f.value == "svg" {
				return usagef("--budget has no picture: use --format text or json")
			}
			trip.Proto = explain.Proto(proto.value)
			if cmd.Flags().Changed("df") {
				trip.DF = &df
			}
			fabric, err := a.model(args, g)
			if err != nil {
				return err
			}
			doc := render.JourneyDocument{Envelope: envelope("journey"), Specification: fabric.Name}
			if budget {
				doc.Budget, err = explain.Budgets(fabric, trip.Stretch)
			} else {
				doc.Journey, err = explain.Travel(fabric, trip, kernelOf)
			}
			if err != nil {
				return explained(err)
			}
			switch {
			case f.value == "json":
				return render.JSON(a.stdout, doc)
			case budget:
				return render.Budget(a.stdout, doc.Budget, a.out.style())
			case f.value == "svg":
				return render.JourneySVG(a.stdout, doc.Journey)
			}
			return render.Journey(a.stdout, doc.Journey, a.out.style())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&trip.Stretch, "stretch", "", "the stretch `NAME`; not needed when there is one")
	flags.StringVar(&trip.From, "from", "", "start on the side of `SITE/GW`; default: the first attachment of the stretch")
	flags.StringVar(&trip.To, "to", "", "end on the side of `SITE/GW`; default: the next attachment")
	flags.IntVar(&trip.Size, "size", 0, "the data packet carries `N` octets of data")
	flags.IntVar(&trip.Frame, "frame", 0, "the data packet's frame has `N` octets, with its Ethernet header")
	flags.Var(&proto, "proto", "the data packet's `PROTOCOL`: tcp, udp, icmp")
	flags.BoolVar(&df, "df", false, "the data packet must not be fragmented (default: for TCP)")
	flags.BoolVar(&budget, "budget", false, "write out the sums of sizes")
	addFormat(cmd, &f, "text", "json", "svg")
	return cmd
}
