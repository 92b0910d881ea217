// Package explain says what a validated model means for packets: the walk of a frame from host to host,
// header by header; the budget of sizes of each tunnel; who reaches whom by which way, and the routes that
// devices outside the specification must have for it; the topology. It answers with plain values, which
// package render writes; it reads no device and knows no secret.
package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A NotFoundError names something that the specification does not have.
type NotFoundError struct {
	Kind string   // stretch, gateway, site
	Name string   // what was asked for; empty when one has to be named
	Have []string // what there is, sorted
}

func (e *NotFoundError) Error() string {
	if len(e.Have) == 0 {
		return "the specification has no " + e.Kind
	}
	have := e.Have
	if n := len(have); n > 8 {
		have = append(slices.Clone(have[:7]), fmt.Sprintf("%d more", n-7))
	}
	if e.Name == "" {
		return fmt.Sprintf("which %s? There is %s", e.Kind, list(have, "and"))
	}
	return fmt.Sprintf("no %s %q; there is %s", e.Kind, e.Name, list(have, "and"))
}

// list writes names as a list for people.
func list(names []string, last string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	out := names[0]
	for _, n := range names[1 : len(names)-1] {
		out += ", " + n
	}
	return out + " " + last + " " + names[len(names)-1]
}

// findStretch is the stretch of a name; the empty name stands for the only one.
func findStretch(f *ir.Fabric, name string) (*ir.Stretch, error) {
	var have []string
	for _, s := range f.Stretches {
		if s.Name == name || name == "" && len(f.Stretches) == 1 {
			return s, nil
		}
		have = append(have, s.Name)
	}
	return nil, &NotFoundError{Kind: "stretch", Name: name, Have: have}
}

// declared orders by the place in the specification.
func declared(a, b hcl.Range) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte))
}

// attaches are the attachments of a stretch in the order in which the specification has them.
func attaches(s *ir.Stretch) []*ir.Attachment {
	out := slices.Clone(s.Attaches)
	slices.SortStableFunc(out, func(a, b *ir.Attachment) int { return declared(a.Origin, b.Origin) })
	return out
}

// active are those that carry traffic when the stretch is not paused.
func active(s *ir.Stretch) []*ir.Attachment {
	return slices.DeleteFunc(attaches(s), func(a *ir.Attachment) bool { return a.Standby })
}

// vtep6 reports whether the VTEPs of a tunnel's interface have IPv6 addresses.
func vtep6(e *ir.End) bool { return e.Address.Addr().Is6() }

// sites are those of the fabric in the order in which the specification has them.
func sites(f *ir.Fabric) []*ir.Site {
	out := slices.Clone(f.Sites)
	slices.SortStableFunc(out, func(a, b *ir.Site) int { return declared(a.Origin, b.Origin) })
	return out
}

// encapsulations are those of a tunnel, one for each proposal. When IPsec is somebody else's the most
// expensive usual one is assumed, as the compiler does for the MTU.
func encapsulations(t *ir.Tunnel) []packet.Encapsulation {
	proposals := t.ESP.Proposals
	if len(proposals) == 0 {
		proposals = []ir.Proposal{{Encryption: "aes256", Hash: "sha256"}}
	}
	var out []packet.Encapsulation
	for _, p := range proposals {
		tr, ok := packet.ESPOf(p.Encryption, p.Hash)
		if !ok {
			continue
		}
		out = append(out, packet.Encapsulation{Transform: tr, NATT: t.NATT.Encap, OuterIPv6: t.Ends[0].Local.Is6()})
	}
	return out
}

// worst is the encapsulation that a tunnel's sizes are computed for.
func worst(t *ir.Tunnel) packet.Encapsulation {
	return packet.Worst(t.PathMTU, encapsulations(t)...)
}

// A hostSet hands out addresses of a subnet that nothing in the specification has.
type hostSet struct {
	subnet netip.Prefix
	taken  map[netip.Addr]bool
}

func newHostSet(s *ir.Stretch) *hostSet {
	h := &hostSet{subnet: s.Subnet.Masked(), taken: map[netip.Addr]bool{s.Subnet.Masked().Addr(): true}}
	for _, a := range s.Attaches {
		h.taken[a.Address.Addr()] = true
		h.taken[a.DefaultGateway] = true
	}
	return h
}

// next is the nth address of the subnet, or the first free one after it.
func (h *hostSet) next(n int) netip.Addr {
	first := h.subnet.Addr().Next()
	addr := first
	for range n - 1 {
		if addr = addr.Next(); !h.subnet.Contains(addr) {
			addr = first
			break
		}
	}
	for range 16 {
		if !h.taken[addr] && h.subnet.Contains(addr) && !(addr.Is4() && !h.subnet.Contains(addr.Next())) {
			break
		}
		if addr = addr.Next(); !h.subnet.Contains(addr) {
			addr = first
		}
	}
	h.taken[addr] = true
	return addr
}
