package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A Measured is what the search for the largest packet found from one end of a tunnel, in octets of IP. 0 is
// no answer at all.
type Measured struct {
	From    string // SITE/GW
	Outside int    // from uplink to uplink, in clear
	Inside  int    // from VTI to VTI
	Asked   int    // the largest that was tried outside
	Error   string // why nothing could be measured; empty when it was
}

// An MTUReport compares the path of a tunnel with what the specification says of it.
type MTUReport struct {
	Tunnel    string     `json:"tunnel"`
	Planned   int        `json:"path_mtu"`   // octets; the smaller uplink.mtu
	TunnelMTU int        `json:"tunnel_mtu"` // octets; of the VTI
	Ends      []MTUEnd   `json:"ends"`       // sorted by gateway
	Path      int        `json:"measured_path_mtu"`
	Proposal  *MTUChange `json:"proposal,omitempty"`
	Verdict   string     `json:"verdict"`
	State     MTUVerdict `json:"state"`
}

// An MTUVerdict is a verdict in a word.
type MTUVerdict string

// The verdicts.
const (
	MTUFits    MTUVerdict = "fits"
	MTUSmaller MTUVerdict = "smaller" // the path carries less than planned
	MTULarger  MTUVerdict = "larger"  // and more
	MTUInside  MTUVerdict = "inside"  // the path is right, and the tunnel carries less than it should
	MTUUnknown MTUVerdict = "unknown"
)

// An MTUEnd is what was measured from one end.
type MTUEnd struct {
	Gateway string `json:"gateway"`
	Outside int    `json:"outside"` // octets; 0: no answer
	Inside  int    `json:"inside"`
	Error   string `json:"error,omitempty"`
}

// An MTUChange is another uplink.mtu with what follows from it.
type MTUChange struct {
	UplinkMTU int `json:"uplink_mtu"` // octets
	TunnelMTU int `json:"tunnel_mtu"`
	HostMTU   int `json:"max_host_mtu"` // hosts with it never meet the limit
}

// JudgeMTU compares what was measured from both ends of a tunnel with the budget (NETWORK N39).
func JudgeMTU(t *ir.Tunnel, found []Measured) *MTUReport {
	r := &MTUReport{Tunnel: t.Name, Planned: t.PathMTU, TunnelMTU: t.MTU, Ends: []MTUEnd{}}
	inside, asked := 0, 0
	for _, m := range found {
		r.Ends = append(r.Ends, MTUEnd{m.From, m.Outside, m.Inside, m.Error})
		if m.Outside > 0 && (r.Path == 0 || m.Outside < r.Path) {
			r.Path = m.Outside
		}
		if m.Inside > 0 && (inside == 0 || m.Inside < inside) {
			inside = m.Inside
		}
		asked = max(asked, m.Asked)
	}
	slices.SortFunc(r.Ends, func(a, b MTUEnd) int { return strings.Compare(a.Gateway, b.Gateway) })
	switch {
	case r.Path == 0 && inside == 0:
		r.State, r.Verdict = MTUUnknown, "Nothing answered: neither the far uplink, which a firewall that drops ICMP explains, nor the far end of the tunnel. l2stretch status says how the tunnel is."
	case r.Path == 0 && inside >= t.MTU:
		r.State, r.Verdict = MTUFits, fmt.Sprintf("The far uplink does not answer ICMP, so the path itself was not measured. The tunnel carries its MTU, %d, whole: the path carries at least %d.", t.MTU, t.PathMTU)
	case r.Path == 0:
		r.State = MTUInside
		r.Verdict = fmt.Sprintf("The tunnel carries %d, and its MTU is %d. The far uplink does not answer ICMP, so the path itself was not measured. Lower uplink.mtu until both agree.", inside, t.MTU)
	case r.Path < t.PathMTU:
		r.State, r.Proposal = MTUSmaller, change(t, r.Path)
		r.Verdict = fmt.Sprintf("The path carries %d, and the specification says %d: packets of the tunnel are fragmented outside, or vanish. Write uplink { mtu = %d } on both ends; the tunnel's MTU becomes %d, and hosts up to %d never meet the limit.",
			r.Path, t.PathMTU, r.Path, r.Proposal.TunnelMTU, r.Proposal.HostMTU)
	case inside > 0 && inside < t.MTU:
		r.State = MTUInside
		r.Verdict = fmt.Sprintf("The path carries %d as planned, and the tunnel only %d of its %d: the SA adds more than computed. UDP encapsulation that the specification does not assume is the usual reason (nat_traversal = \"force\"); l2stretch status shows the SA.", r.Path, inside, t.MTU)
	case r.Path > t.PathMTU:
		r.State, r.Proposal = MTULarger, change(t, r.Path)
		r.Verdict = fmt.Sprintf("The path carries %d, more than the %d that the specification says. With uplink { mtu = %d } on both ends the tunnel's MTU becomes %d, and hosts up to %d never meet the limit. See that every path between the sites carries it.",
			r.Path, t.PathMTU, r.Path, r.Proposal.TunnelMTU, r.Proposal.HostMTU)
	default:
		r.State, r.Verdict = MTUFits, fmt.Sprintf("The path carries %d, as the specification says.", r.Path)
		if inside == 0 {
			r.State, r.Verdict = MTUInside, r.Verdict+" The far end of the tunnel does not answer: l2stretch status says how the tunnel is."
		}
	}
	return r
}

// change is what follows from another path MTU.
func change(t *ir.Tunnel, path int) *MTUChange {
	other := *t
	other.PathMTU = path
	e := worst(&other)
	mtu := e.MaxPacket(path)
	return &MTUChange{UplinkMTU: path, TunnelMTU: mtu, HostMTU: packet.VXLAN{OuterIPv6: vtep6(t.Ends[0])}.HostMTU(mtu)}
}
