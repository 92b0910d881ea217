package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// Limits of a capture.
const (
	captureSeconds = 600
	captureCount   = 100000
	captureSnap    = 65535
)

// A captureRun is one run of capture.
type captureRun struct {
	format         format
	path           string
	stretch        string
	at             []string
	host           string
	out            string
	seconds, count int
	snap, parallel int
}

func newCapture(a *app, g *globals) *cobra.Command {
	var r captureRun
	cmd := &cobra.Command{
		Use:   "capture --stretch NAME [flags]",
		Short: "Capture frames of a stretch along their way",
		Long: "Capture at the same time on all gateways of a stretch, at each place that a frame passes: the NIC, the VXLAN interface, the tunnel's interface and the uplink, and write a pcap file for each. " +
			"Only what belongs to the stretch is captured, for a limited time, number and size. The numbers of packets show where frames die.",
		Example: "  l2stretch capture --stretch app --seconds 20\n  l2stretch capture --stretch app --at nic,vxlan --host 192.168.10.20 --out captures",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%s takes no arguments; the specification is given by --spec", cmd.CommandPath())
			}
			return r.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.usable(r.path, g)
			if err != nil {
				return err
			}
			return a.capture(cmd.Context(), s, g, &r)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.path, "spec", ".", "the specification, a file or directory: `PATH`")
	flags.StringVar(&r.stretch, "stretch", "", "the stretch `NAME`; may be left out where there is one only")
	flags.StringSliceVar(&r.at, "at", explain.HopNames(), "at each `PLACE`: nic, vxlan, vti, uplink, or an interface's own name")
	flags.StringVar(&r.host, "host", "", "frames of this `MAC or IP` only, where they can be told apart")
	flags.StringVar(&r.out, "out", ".", "write SITE.GW.HOP.pcap into `DIR`")
	flags.IntVar(&r.seconds, "seconds", 10, fmt.Sprintf("for `N` seconds, at most %d", captureSeconds))
	flags.IntVar(&r.count, "count", 1000, fmt.Sprintf("`N` packets at each place, at most %d", captureCount))
	flags.IntVar(&r.snap, "snaplen", 128, fmt.Sprintf("the first `N` octets of each, at most %d", captureSnap))
	flags.IntVar(&r.parallel, "parallel", defaultParallel, "capture on `N` gateways at a time")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

func (r *captureRun) check() error {
	for _, f := range []struct {
		name        string
		value, most int
	}{{"seconds", r.seconds, captureSeconds}, {"count", r.count, captureCount}, {"snaplen", r.snap, captureSnap}} {
		if f.value < 1 || f.value > f.most {
			return usagef("--%s takes 1 to %d, not %d", f.name, f.most, f.value)
		}
	}
	return nil
}

// hops are the places to capture at.
func (r *captureRun) hops(f *ir.Fabric) (string, []explain.CaptureHop, error) {
	var names []string
	var stretch *ir.Stretch
	for _, s := range f.Stretches {
		names = append(names, s.Name)
		if s.Name == r.stretch || r.stretch == "" && len(f.Stretches) == 1 {
			stretch = s
		}
	}
	if stretch == nil && r.stretch == "" {
		return "", nil, usagef("say which stretch: --stretch NAME (%s)", strings.Join(names, ", "))
	}
	if stretch == nil {
		return "", nil, explained(&explain.NotFoundError{Kind: "stretch", Name: r.stretch, Have: names})
	}
	all, err := explain.CaptureHops(stretch, r.host)
	if err != nil {
		return "", nil, usagef("--host: %s", err)
	}
	var out []explain.CaptureHop
	for _, at := range r.at {
		if !slices.ContainsFunc(all, func(h explain.CaptureHop) bool { return h.Name == at || h.Interface == at }) {
			return "", nil, usagef("--at: stretch %s passes no %q; there are %s, and the interfaces' own names", stretch.Name, at, strings.Join(explain.HopNames(), ", "))
		}
	}
	for _, h := range all {
		if slices.Contains(r.at, h.Name) || slices.Contains(r.at, h.Interface) {
			out = append(out, h)
		}
	}
	return stretch.Name, out, nil
}

func (a *app) capture(ctx context.Context, s *specification, g *globals, r *captureRun) error {
	stretch, hops, err := r.hops(s.fabric)
	if err != nil {
		return err
	}
	var nodes []*ir.Node
	for _, h := range hops {
		if !slices.Contains(nodes, h.Node) {
			nodes = append(nodes, h.Node)
		}
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if !g.quiet {
		fmt.Fprintf(a.stderr, "Capturing for %d s on %s.\n", r.seconds, gateways(len(nodes)))
	}
	results := make([]render.CapturedHop, len(hops))
	errs, err := a.visit(ctx, s, nodes, r.parallel, g, func(ctx context.Context, n int, d surveyor) error {
		var work sync.WaitGroup
		for i, h := range hops {
			if h.Node == nodes[n] {
				work.Go(func() { results[i] = r.captureAt(ctx, d, h) })
			}
		}
		work.Wait()
		return nil
	})
	if err != nil {
		return err
	}
	for i, h := range hops {
		if err := errs[slices.Index(nodes, h.Node)]; err != nil {
			results[i] = render.CapturedHop{Gateway: h.Node.Name, Hop: h.Name, Interface: h.Interface, Error: err.Error()}
		}
	}
	if r.format.value == "json" {
		return render.JSON(a.stdout, render.CaptureDocument{Envelope: envelope("capture"), Specification: s.fabric.Name, Stretch: stretch, Hops: results})
	}
	return render.Captured(a.stdout, stretch, results, a.out.style())
}

// captureAt captures at one place and writes the file, which others may not read: frames are other people's mail.
func (r *captureRun) captureAt(ctx context.Context, d surveyor, h explain.CaptureHop) render.CapturedHop {
	out := render.CapturedHop{Gateway: h.Node.Name, Hop: h.Name, Interface: h.Interface}
	pcap, err := d.Capture(ctx, session.Capture{Interface: h.Interface, Filter: h.Filter, For: time.Duration(r.seconds) * time.Second, Count: r.count, Snap: r.snap})
	if err == nil {
		if out.Packets = explain.CountPackets(pcap); out.Packets < 0 {
			err = fmt.Errorf("what tcpdump wrote on %s is no capture", h.Interface)
		}
	}
	if err == nil {
		out.File = filepath.Join(r.out, strings.ReplaceAll(h.Node.Name, "/", ".")+"."+h.Name+suffix(h)+".pcap")
		err = replaceFile(out.File, pcap, 0o600)
	}
	if err != nil {
		out.Packets, out.File, out.Error = 0, "", err.Error()
	}
	return out
}

// suffix tells the tunnels of a gateway apart.
func suffix(h explain.CaptureHop) string {
	if h.Name == "vti" && len(h.Node.Ends) > 1 {
		return "-" + h.Interface
	}
	return ""
}
