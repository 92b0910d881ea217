package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// Budget writes the sums of every tunnel for a terminal.
func Budget(w io.Writer, b *explain.Budget, st Style) error {
	e := &errWriter{w: w}
	for i, t := range b.Tunnels {
		if i > 0 {
			e.printf("\n")
		}
		tunnelBudget(e, t, st)
	}
	return e.err
}

func tunnelBudget(e *errWriter, t explain.TunnelBudget, st Style) {
	encap := "without NAT-T"
	if t.NATT {
		encap = "with NAT-T"
	}
	outer := "IPv4"
	if t.OuterIPv6 {
		outer = "IPv6"
	}
	e.paragraph("", st.paint(fmt.Sprintf("Tunnel %s: %s to %s", t.Tunnel, t.Ends[0], t.Ends[1]), bold), st)
	if t.Assumed {
		e.paragraph("", "IPsec is somebody else's: the proposal below is assumed, and the interface has whatever MTU it was given.", st)
	}
	uses := "no stretch uses it"
	if len(t.Stretches) > 0 {
		uses = "used by stretch " + strings.Join(t.Stretches, ", ")
		if n := len(t.Stretches); n > 6 {
			uses = fmt.Sprintf("used by %d stretches, %s to %s", n, t.Stretches[0], t.Stretches[n-1])
		}
	}
	e.paragraph("", fmt.Sprintf("Path MTU %d, %s outside, %s (%s), %s; hosts send up to %d.", t.PathMTU, outer, encap, t.NATTWhy, uses, t.HostMTU), st)
	for _, p := range t.Proposals {
		title := p.Proposal
		if len(t.Proposals) > 1 && p.Worst {
			title += " (the worst: sizes are computed for it)"
		}
		e.printf("\n%s\n", st.paint(title, bold))
		sumText(e, p.MTU, p.TunnelMTU, "MTU of the tunnel's interface")
		e.printf("\n")
		sumText(e, p.Host, p.MaxHostMTU, "MTU of hosts that never meet the limit")
		e.printf("\n")
		e.printf("  %6d  largest frame of such hosts, with its Ethernet header\n", p.MaxFrame)
		e.printf("  %6d  TCP MSS over IPv4, %d over IPv6\n", p.MSS4, p.MSS6)
		e.printf("  %6d  path MTU that carries hosts at %d whole, %d when frames keep a VLAN tag\n", p.PathFor, t.HostMTU, p.PathForTag)
		e.printf("  %6d  on the wire at most: %s\n", packet.Sum(p.Wire), packet.Text(p.Wire))
	}
	e.printf("\n%s\n", st.paint("Side by side", bold))
	alternatives(e, t)
	e.printf("\n%s\n", st.paint("Rules of thumb", bold))
	for _, r := range t.Rules {
		e.paragraph("  ", fmt.Sprintf("%q: %s.", r.Says, r.Verdict), st)
	}
}

// sumText writes a sum as a column, its result below a line.
func sumText(e *errWriter, parts []packet.Part, total int, what string) {
	for i, p := range parts {
		if p.Octets == 0 {
			continue
		}
		sign := fmt.Sprintf("%+d", p.Octets)
		if i == 0 {
			sign = fmt.Sprint(p.Octets)
		}
		ref := ""
		if p.Ref != "" {
			ref = "  [" + p.Ref + "]"
		}
		e.printf("  %6s  %s%s\n", sign, p.Name, ref)
	}
	e.printf("  ------\n  %6d  %s\n", total, what)
}

// alternatives is a table: a row for each suite, a column for each way to carry it.
func alternatives(e *errWriter, t explain.TunnelBudget) {
	width := 0
	for _, a := range t.Alternatives {
		width = max(width, columns(a.Proposal))
	}
	path := 0
	for i := 0; i < len(t.Alternatives); i += 4 {
		four := t.Alternatives[i : i+4] // IPv4, IPv4 with NAT-T, IPv6, IPv6 with NAT-T
		if four[0].PathMTU != path {
			path = four[0].PathMTU
			e.printf("  path MTU %d: tunnel MTU / hosts' MTU / MSS over IPv4 (* is what there is now)\n", path)
			e.printf("  %-*s  %-17s  %-17s  %-17s  %s\n", width, "", "IPv4", "IPv4, NAT-T", "IPv6", "IPv6, NAT-T")
		}
		row := fmt.Sprintf("  %-*s", width, four[0].Proposal)
		for _, a := range four {
			mark := " "
			if a.Present {
				mark = "*"
			}
			row += fmt.Sprintf("  %-17s", fmt.Sprintf("%d/%d/%d%s", a.TunnelMTU, a.MaxHostMTU, a.MSS4, mark))
		}
		e.printf("%s\n", strings.TrimRight(row, " "))
	}
	e.printf("  path MTU that carries hosts at %d whole:\n", t.HostMTU)
	for i := 0; i < len(t.Alternatives); i += 4 {
		four := t.Alternatives[i : i+4]
		if four[0].PathMTU != t.Alternatives[0].PathMTU {
			break
		}
		e.printf("  %-*s  %-17d  %-17d  %-17d  %d\n", width, four[0].Proposal, four[0].PathFor, four[1].PathFor, four[2].PathFor, four[3].PathFor)
	}
}
