package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
)

// The sizes between which probe-mtu searches, in octets of IP.
const (
	probeLeast = 84   // what ping sends without being told
	probeMost  = 9216 // the largest that Ethernet equipment commonly carries
)

// A probeRun is one run of probe-mtu.
type probeRun struct {
	format   format
	path     string
	detailed bool
	parallel int
}

func newProbeMTU(a *app, g *globals) *cobra.Command {
	var r probeRun
	cmd := &cobra.Command{
		Use:   "probe-mtu [TUNNEL] [flags]",
		Short: "Measure what the path of a tunnel carries",
		Long: "Search for the largest packet that passes with DF, from both ends of each tunnel, or of one: outside from uplink to uplink, and inside from VTI to VTI. What is found is compared with the " +
			"specification, and another uplink.mtu proposed where it differs. Only pings are sent, and nothing is changed. `l2stretch help mtu` explains sizes.",
		Example: "  l2stretch probe-mtu\n  l2stretch probe-mtu dr --json",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.usable(r.path, g)
			if err != nil {
				return err
			}
			tunnels, err := tunnelsNamed(s.fabric, args)
			if err != nil {
				return err
			}
			return a.probeMTU(cmd.Context(), s, tunnels, g, &r)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.path, "spec", ".", "the specification, a file or directory: `PATH`")
	flags.BoolVar(&r.detailed, "detailed-exitcode", false, "end with 2 when a path is not what the specification says")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "ask `N` gateways at a time")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

// tunnelsNamed are all tunnels, or the one that is named.
func tunnelsNamed(f *ir.Fabric, args []string) ([]*ir.Tunnel, error) {
	if len(args) == 0 {
		if len(f.Tunnels) == 0 {
			return nil, fmt.Errorf("%s has no tunnel", f.Name)
		}
		return f.Tunnels, nil
	}
	var have []string
	for _, t := range f.Tunnels {
		if t.Name == args[0] {
			return []*ir.Tunnel{t}, nil
		}
		have = append(have, t.Name)
	}
	return nil, explained(&explain.NotFoundError{Kind: "tunnel", Name: args[0], Have: have})
}

func (a *app) probeMTU(ctx context.Context, s *specification, tunnels []*ir.Tunnel, g *globals, r *probeRun) error {
	var nodes []*ir.Node
	for _, t := range tunnels {
		for _, e := range t.Ends {
			if !slices.Contains(nodes, e.Node) {
				nodes = append(nodes, e.Node)
			}
		}
	}
	if !g.quiet {
		fmt.Fprintf(a.stderr, "Measuring from %s over SSH; this takes up to a minute for each tunnel.\n", gateways(len(nodes)))
	}
	found := make([]map[*ir.Tunnel]explain.Measured, len(nodes))
	errs, err := a.visit(ctx, s, nodes, r.parallel, g, func(ctx context.Context, i int, d surveyor) error {
		found[i] = make(map[*ir.Tunnel]explain.Measured)
		for _, e := range nodes[i].Ends {
			if !slices.Contains(tunnels, e.Tunnel) {
				continue
			}
			m, err := measure(ctx, d, e)
			if err != nil {
				return err
			}
			found[i][e.Tunnel] = m
		}
		return nil
	})
	if err != nil {
		return err
	}
	doc := render.ProbeMTUDocument{Envelope: envelope("probe-mtu"), Specification: s.fabric.Name, Tunnels: []*explain.MTUReport{}}
	differs := false
	for _, t := range tunnels {
		var list []explain.Measured
		for _, e := range t.Ends {
			i := slices.Index(nodes, e.Node)
			m, ok := found[i][t]
			if !ok {
				m = explain.Measured{From: e.Node.Name, Error: "could not be asked"}
				if errs[i] != nil {
					m.Error = errs[i].Error()
				}
			}
			list = append(list, m)
		}
		report := explain.JudgeMTU(t, list)
		doc.Tunnels = append(doc.Tunnels, report)
		differs = differs || report.State != explain.MTUFits
	}
	if r.format.value == "json" {
		err = render.JSON(a.stdout, doc)
	} else {
		err = render.MTUReports(a.stdout, doc.Tunnels, a.out.style())
	}
	if err == nil && r.detailed && differs {
		return &exit{code: exitChanges}
	}
	return err
}

// measure searches from one end of a tunnel. The planned size is tried first, since mostly it is right.
func measure(ctx context.Context, d surveyor, e *ir.End) (explain.Measured, error) {
	m := explain.Measured{From: e.Node.Name, Asked: max(probeMost, e.Tunnel.PathMTU)}
	var err error
	if e.Local.IsValid() && e.Remote.IsValid() {
		if m.Outside, err = d.LargestPacket(ctx, e.Local, e.Remote, probeLeast, e.Tunnel.PathMTU); err != nil {
			return m, err
		}
		if m.Outside == e.Tunnel.PathMTU && m.Outside < m.Asked {
			if m.Outside, err = d.LargestPacket(ctx, e.Local, e.Remote, m.Outside, m.Asked); err != nil {
				return m, err
			}
		}
	}
	m.Inside, err = d.LargestPacket(ctx, e.Address.Addr(), e.Peer.Address.Addr(), probeLeast, e.Tunnel.MTU)
	return m, err
}
