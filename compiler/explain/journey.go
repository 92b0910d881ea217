package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A Trip says whose packets are followed. The zero Trip follows TCP of the only stretch, from the site that
// the specification names first.
type Trip struct {
	Stretch string // may be empty when there is one
	From    string // SITE/GW; empty: the attachment that is declared first
	To      string // SITE/GW; empty: the next one that is declared
	Proto   Proto  // empty: TCP
	Size    int    // octets of data in the data packet; 0: not given
	Frame   int    // octets of its frame, with the Ethernet header; 0: not given
	DF      *bool  // the IPv4 flag of the data packet; nil: as the protocol's senders have it, set for TCP
}

// A Journey is the way of packets between two hosts of a stretch on different sites.
type Journey struct {
	Stretch    string `json:"stretch"`
	Subnet     string `json:"subnet"`
	VNI        uint32 `json:"vni"`
	From       string `json:"from"` // SITE/GW
	To         string `json:"to"`   // SITE/GW
	Tunnel     string `json:"tunnel"`
	Interface  string `json:"interface"` // of the tunnel at From
	Proposal   string `json:"proposal"`  // the worst one
	Assumed    bool   `json:"assumed"`   // IPsec is somebody else's, and the proposal a guess
	NATT       bool   `json:"nat_traversal"`
	NATTWhy    string `json:"nat_traversal_why"`
	HostMTU    int    `json:"host_mtu"`     // octets; what hosts of the subnet send
	TunnelMTU  int    `json:"tunnel_mtu"`   // octets
	PathMTU    int    `json:"path_mtu"`     // octets
	MaxFrame   int    `json:"max_frame"`    // octets; the largest frame that leaves as one wire packet
	MaxHostMTU int    `json:"max_host_mtu"` // octets; the IP MTU of hosts that never meet the limit
	MSS        int    `json:"mss"`          // octets; of such hosts
	Kernel     Kernel `json:"kernel"`
	Walks      []Walk `json:"walks"`
}

// An Outcome is what becomes of a packet.
type Outcome string

// The outcomes of a walk.
const (
	Delivered  Outcome = "delivered"
	Fragmented Outcome = "fragmented" // delivered all the same
	Answered   Outcome = "answered"   // dropped, and its sender is told why
	Lost       Outcome = "lost"       // dropped, and nobody is told
	NotSent    Outcome = "not-sent"   // a host does not send it
)

// A Walk is the way of one packet.
type Walk struct {
	Name    string   `json:"name"`  // arp-request, arp-reply, data, too-large
	Title   string   `json:"title"` // as in "ARP request"
	Hops    []Hop    `json:"hops"`
	Frame   int      `json:"frame"`  // octets of the host's frame
	Packet  int      `json:"packet"` // octets of the packet between the VTEPs; 0 when none leaves
	Wire    []int    `json:"wire"`
	Outcome Outcome  `json:"outcome"`
	Summary []string `json:"summary"` // sentences
}

// A Hop is one step: where the packet is, what happens to it, and what it looks like afterwards.
type Hop struct {
	Node      string   `json:"node"`                // SITE/GW, or "host ADDRESS"
	Interface string   `json:"interface,omitempty"` // empty for a host
	Action    string   `json:"action"`              // as in "adds VXLAN"
	Added     int      `json:"added,omitempty"`     // octets
	Removed   int      `json:"removed,omitempty"`   // octets
	Total     int      `json:"total"`               // octets, of Stack
	Unit      string   `json:"unit"`                // frame: counted from the Ethernet header; packet: from the IP header
	Stack     Stack    `json:"stack"`
	Learns    string   `json:"learns,omitempty"` // the entry that a forwarding database learns; empty for none
	Notes     []string `json:"notes,omitempty"`
}

// A way is the pair of attachments that a journey leads across.
type way struct {
	stretch  *ir.Stretch
	from, to *ir.Attachment
	out      ir.Remote // of from, to the VTEP of to
	src, dst netip.Addr
	esp      packet.Encapsulation
	vxlan    packet.VXLAN
}

// newWay is the way from an attachment to another; false when no tunnel leads there.
func newWay(s *ir.Stretch, from, to *ir.Attachment) (*way, bool) {
	i := slices.IndexFunc(from.Remotes, func(r ir.Remote) bool { return r.Peer == to })
	if i < 0 {
		return nil, false
	}
	w := &way{stretch: s, from: from, to: to, out: from.Remotes[i], dst: from.Remotes[i].VTEP, src: from.Source}
	if !w.src.IsValid() {
		w.src = w.out.End.Address.Addr()
	}
	w.vxlan = packet.VXLAN{OuterIPv6: w.dst.Is6()}
	w.esp = worst(w.out.End.Tunnel)
	return w, true
}

// Travel follows the packets of a trip. What becomes of large ones depends on the kernel of the gateway that
// they enter by, which the caller knows.
func Travel(f *ir.Fabric, trip Trip, kernel func(*ir.Node) Kernel) (*Journey, error) {
	s, err := findStretch(f, trip.Stretch)
	if err != nil {
		return nil, err
	}
	there, err := chooseWay(s, trip)
	if err != nil {
		return nil, err
	}
	back, ok := newWay(s, there.to, there.from)
	if !ok {
		return nil, fmt.Errorf("stretch %s: %s has no way back to %s", s.Name, there.to.Node.Name, there.from.Node.Name)
	}
	t := there.out.End.Tunnel
	j := &Journey{
		Stretch: s.Name, Subnet: s.Subnet.String(), VNI: uint32(s.VNI),
		From: there.from.Node.Name, To: there.to.Node.Name,
		Tunnel: t.Name, Interface: there.out.End.Interface, Proposal: there.esp.Name, Assumed: len(t.ESP.Proposals) == 0, NATT: t.NATT.Encap, NATTWhy: t.NATT.Why,
		HostMTU: there.from.HostMTU, TunnelMTU: t.MTU, PathMTU: t.PathMTU,
		MaxFrame: there.vxlan.MaxFrame(t.MTU), MaxHostMTU: there.vxlan.HostMTU(t.MTU),
		Kernel: kernel(there.from.Node),
	}
	j.MSS = packet.MSS(j.MaxHostMTU, s.Subnet.Addr().Is6())
	a, b := hosts(s, there)
	frame, given, err := frameSize(trip, j, a.addr.Is6())
	if err != nil {
		return nil, err
	}
	df := trip.DF == nil && trip.Proto != UDP && trip.Proto != ICMP || trip.DF != nil && *trip.DF
	question, answer := "ARP request", "ARP reply"
	if a.addr.Is6() {
		question, answer = "Neighbor solicitation", "Neighbor advertisement"
	}
	j.Walks = append(j.Walks,
		there.walk("arp-request", question, neighborQuestion(a, b), a, b, true),
		back.walk("arp-reply", answer, neighborAnswer(b, a), b, a, false))
	limit := j.MaxFrame
	large := there.from.HostMTU + packet.Ethernet
	if large <= limit {
		large = limit + 1
	}
	if !given || frame <= limit {
		j.Walks = append(j.Walks, there.walk("data", "Data packet", dataFrame(a, b, trip.Proto, df, frame), a, b, false))
	} else {
		large = frame
	}
	j.Walks = append(j.Walks, there.tooLarge(j, dataFrame(a, b, trip.Proto, df, large), a, b, df))
	return j, nil
}

// chooseWay is the way between the attachments that a trip names, or the first ones.
func chooseWay(s *ir.Stretch, trip Trip) (*way, error) {
	all := active(s)
	find := func(name string) (*ir.Attachment, error) {
		var have []string
		for _, a := range attaches(s) {
			if a.Node.Name == name {
				return a, nil
			}
			have = append(have, a.Node.Name)
		}
		return nil, &NotFoundError{Kind: "gateway of stretch " + s.Name, Name: name, Have: have}
	}
	if trip.From != "" {
		a, err := find(trip.From)
		if err != nil {
			return nil, err
		}
		all = slices.Insert(slices.DeleteFunc(all, func(x *ir.Attachment) bool { return x == a }), 0, a)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("stretch %s has no attachment", s.Name)
	}
	from, rest := all[0], all[1:]
	if trip.To != "" {
		a, err := find(trip.To)
		if err != nil {
			return nil, err
		}
		rest = []*ir.Attachment{a}
	}
	for _, to := range rest {
		if w, ok := newWay(s, from, to); ok {
			return w, nil
		}
	}
	return nil, fmt.Errorf("stretch %s: no tunnel leads from %s to another site of it", s.Name, from.Node.Name)
}

// hosts are two hosts of the subnet, the first probe of each attachment where it has one.
func hosts(s *ir.Stretch, w *way) (a, b host) {
	set := newHostSet(s)
	choose := func(at *ir.Attachment, n int) netip.Addr {
		if len(at.Probe) > 0 {
			return at.Probe[0]
		}
		return set.next(n)
	}
	for _, at := range s.Attaches {
		for _, p := range at.Probe {
			set.taken[p] = true
		}
	}
	a = host{site: w.from.Node.Site.Name, mac: "00:00:5e:00:53:0a", addr: choose(w.from, 10)}
	b = host{site: w.to.Node.Site.Name, mac: "00:00:5e:00:53:14", addr: choose(w.to, 20)}
	a.name, b.name = "host "+a.addr.String(), "host "+b.addr.String()
	return a, b
}

// frameSize is the length of the data packet's frame: as given, or the largest that hosts send and the
// tunnel carries whole.
func frameSize(trip Trip, j *Journey, ipv6 bool) (frame int, given bool, err error) {
	ip := packet.IPv4
	if ipv6 {
		ip = packet.IPv6
	}
	headers := packet.Ethernet + ip + trip.Proto.header()
	switch {
	case trip.Size > 0:
		frame, given = headers+trip.Size, true
	case trip.Frame > 0 && trip.Frame < headers:
		return 0, true, fmt.Errorf("a frame of %d octets has no room for its headers, %d octets", trip.Frame, headers)
	case trip.Frame > 0:
		frame, given = trip.Frame, true
	default:
		frame = max(headers, min(j.HostMTU+packet.Ethernet, j.MaxFrame))
	}
	if frame > 65535-packet.IPv6 {
		return 0, given, fmt.Errorf("a frame of %d octets is larger than an IP packet", frame)
	}
	return frame, given, nil
}
