package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// A locateRun is one run of locate.
type locateRun struct {
	format   format
	path     string
	stretch  string
	flush    bool
	parallel int

	asked   string
	mac     string // in lower case
	address netip.Addr
}

func newLocate(a *app, g *globals) *cobra.Command {
	var r locateRun
	cmd := &cobra.Command{
		Use:   "locate MAC|IP [flags]",
		Short: "Find a host of a stretched subnet",
		Long: "Ask the gateways of every stretch, or of one, where they have seen a host: on which site, by which port, how long ago. A MAC address on both sites is a copy of a live host; " +
			"one of our own bridges that comes in from outside is a loop.\n\nWith --flush the bridges of a stretch forget what they have learned, after a move that nobody announced.",
		Example: "  l2stretch locate 192.168.10.20\n  l2stretch locate 52:54:00:12:34:56 --stretch app --json\n  l2stretch locate --flush --stretch app",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1 || len(args) == 0 && !r.flush:
				return usagef("%s takes one MAC address or IP address", cmd.CommandPath())
			case r.flush && r.stretch == "":
				return usagef("--flush needs --stretch NAME")
			case len(args) == 0:
				return nil
			}
			return r.ask(args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.usable(r.path, g)
			if err != nil {
				return err
			}
			return a.locate(cmd.Context(), s, g, &r)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.path, "spec", ".", "the specification, a file or directory: `PATH`")
	flags.StringVar(&r.stretch, "stretch", "", "this stretch `NAME` only; default: all that can have it")
	flags.BoolVar(&r.flush, "flush", false, "make the bridges of the stretch forget what they have learned")
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "ask `N` gateways at a time")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

// ask reads what is looked for.
func (r *locateRun) ask(text string) error {
	r.asked = text
	if ip, err := netip.ParseAddr(text); err == nil {
		r.address = ip.Unmap()
		return nil
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 {
		return usagef("%q is neither a MAC address nor an IP address", text)
	}
	r.mac = mac.String()
	return nil
}

// stretches are those to be looked at.
func (r *locateRun) stretches(f *ir.Fabric) ([]*ir.Stretch, error) {
	var out []*ir.Stretch
	var names []string
	for _, s := range f.Stretches {
		names = append(names, s.Name)
		if (r.stretch == "" || s.Name == r.stretch) && (!r.address.IsValid() || s.Subnet.Contains(r.address)) {
			out = append(out, s)
		}
	}
	switch {
	case r.stretch != "" && !slices.Contains(names, r.stretch):
		return nil, explained(&explain.NotFoundError{Kind: "stretch", Name: r.stretch, Have: names})
	case len(out) == 0 && r.address.IsValid():
		return nil, fmt.Errorf("%s is in no stretched subnet of %s", r.address, f.Name)
	case len(out) == 0:
		return nil, fmt.Errorf("%s has no stretch", f.Name)
	}
	return out, nil
}

func (a *app) locate(ctx context.Context, s *specification, g *globals, r *locateRun) error {
	stretches, err := r.stretches(s.fabric)
	if err != nil {
		return err
	}
	var all []*ir.Attachment
	for _, st := range stretches {
		all = append(all, st.Attaches...)
	}
	nodes := nodesOf(all)
	doc := render.LocateDocument{Envelope: envelope("locate"), Specification: s.fabric.Name, Asked: r.asked, Locations: []explain.Location{}, Flushed: []string{}}
	surveys := make([]*session.Survey, len(nodes))
	flushed := make([][]string, len(nodes))
	errs, err := a.visit(ctx, s, nodes, r.parallel, g, func(ctx context.Context, i int, d surveyor) error {
		var bridges []string
		from := make(map[string]string)
		for _, at := range all {
			if at.Node != nodes[i] {
				continue
			}
			bridges = append(bridges, at.Bridge())
			if at.Address.IsValid() {
				from[at.Bridge()] = at.Address.Addr().String()
			}
			if r.flush {
				if err := d.Flush(ctx, at.Port(), at.VXLAN()); err != nil {
					return err
				}
				flushed[i] = append(flushed[i], at.Node.Name+" "+at.Bridge())
			}
		}
		if r.asked == "" {
			return nil
		}
		var err error
		surveys[i], err = d.Survey(ctx, bridges, from, r.address)
		return err
	})
	if err != nil {
		return err
	}
	doc.Flushed = append(doc.Flushed, slices.Concat(flushed...)...)
	if r.asked != "" {
		for _, st := range stretches {
			doc.Locations = append(doc.Locations, explain.Locate(s.fabric, r.mac, r.address, seenOf(st, nodes, surveys, errs))...)
		}
	}
	if r.format.value == "json" {
		return render.JSON(a.stdout, doc)
	}
	for _, f := range doc.Flushed {
		if _, err := fmt.Fprintf(a.stdout, "Flushed %s.\n", render.EscapeLine(f)); err != nil {
			return err
		}
	}
	if r.asked == "" {
		return nil
	}
	return render.Locations(a.stdout, r.asked, doc.Locations, a.out.style())
}

// seenOf is what the gateways of a stretch have seen.
func seenOf(st *ir.Stretch, nodes []*ir.Node, surveys []*session.Survey, errs []error) explain.Seen {
	seen := explain.Seen{Stretch: st.Name, Replies: make(map[string][]string)}
	for _, at := range st.Attaches {
		i := slices.Index(nodes, at.Node)
		if surveys[i] == nil || errs[i] != nil {
			seen.Missing = append(seen.Missing, at.Node.Name)
			continue
		}
		for _, l := range surveys[i].Learned {
			if l.Bridge == at.Bridge() {
				seen.Sightings = append(seen.Sightings, explain.Sighting{Node: at.Node.Name, Port: l.Port, MAC: l.MAC, VTEP: l.VTEP, Own: l.Own, Heard: l.Heard})
			}
		}
		for _, p := range surveys[i].Replies {
			if p.Bridge == at.Bridge() {
				seen.Replies[at.Node.Name] = append(seen.Replies[at.Node.Name], p.MAC)
			}
		}
	}
	return seen
}
