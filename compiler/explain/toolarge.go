package explain

import (
	"fmt"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/packet"
)

// icmpMin4 and icmpMin6 are the smallest MTU that the VXLAN port of a bridge tells a host of; below them
// it fragments instead (net/ipv4/ip_tunnel_core.c since 5.9; RFC 8200, section 5 for IPv6).
const (
	icmpMin4 = 576
	icmpMin6 = 1280
)

// tooLarge follows a frame that makes a packet larger than the tunnel's MTU.
func (w *way) tooLarge(j *Journey, frame Stack, a, b host, df bool) Walk {
	ipv6 := a.addr.Is6()
	wk := Walk{Name: "too-large", Title: "Packet too large", Frame: frame.Octets(), Wire: []int{}}
	t := &trail{}
	if !w.enter(t, &wk, frame, a, false) {
		wk.Hops = t.hops
		return wk
	}
	wk.Packet = w.vxlan.Packet(frame.Octets())
	if ip := frame.Octets() - packet.Ethernet; ip > w.from.HostMTU {
		// Only a host that is set up larger than the segment sends this; the bridge port refuses it.
		wk.Outcome, wk.Packet = NotSent, 0
		wk.Hops = t.hops[:1]
		wk.Summary = append(wk.Summary,
			fmt.Sprintf("Hosts of the subnet have an MTU of %d and do not send an IP packet of %d octets.", w.from.HostMTU, ip),
			fmt.Sprintf("A host that is set up for more loses it without a word: %s, %s and %s have an MTU of %d.",
				w.from.Port(), w.from.Bridge(), w.from.VXLAN(), w.from.HostMTU))
		return wk
	}
	minimum := icmpMin4
	if ipv6 {
		minimum = icmpMin6
	}
	answers := j.Kernel.Answers && (df || ipv6) && j.MaxHostMTU >= minimum
	full := append(vxlanHeaders(w.stretch.VNI, w.src, w.dst), frame...)
	w.encapsulate(t, full, false)
	switch {
	case answers:
		w.answer(t, &wk, j, a, b, slices.ContainsFunc(frame, func(h Header) bool { return h.Layer == "tcp" }))
	case w.vxlan.OuterIPv6:
		w.vanish(t, &wk, j)
	default:
		w.fragment(t, &wk, j, full, frame, a, b, df || ipv6)
	}
	wk.Hops = t.hops
	return wk
}

// excess is the sentence that says by how much a packet is too large.
func excess(wk *Walk, j *Journey) string {
	return fmt.Sprintf("%d octets as a frame, %d between the VTEPs: %d more than the MTU of %s, %d.",
		wk.Frame, wk.Packet, wk.Packet-j.TunnelMTU, j.Interface, j.TunnelMTU)
}

// vanish drops the packet: Linux does not fragment what a tunnel sends over IPv6 (ip6_fragment wants a
// flag that udp_tunnel6_xmit_skb never sets), seen on kernel 6.18.
func (w *way) vanish(t *trail, wk *Walk, j *Journey) {
	wk.Outcome = Lost
	t.hop(w.from.Node.Name, w.out.End.Interface, "packet", t.stack, "drops it: between IPv6 VTEPs the kernel fragments nothing")
	wk.Summary = append(wk.Summary, excess(wk, j),
		fmt.Sprintf("It vanishes, and nobody is told. Set the hosts' MTU to %d, carry a larger path MTU, or give the VTEPs IPv4 addresses.", j.MaxHostMTU))
}

// answer drops the frame and tells its sender.
func (w *way) answer(t *trail, wk *Walk, j *Journey, a, b host, tcp bool) {
	wk.Outcome = Answered
	ipv6 := a.addr.Is6()
	ip := t.stack.Octets() - w.vxlan.Header() - packet.Ethernet
	// The answer quotes the packet as far as the smallest reassembly size allows.
	name, info := "ICMP", fmt.Sprintf("type 3 code 4, MTU %d", j.MaxHostMTU)
	length := min(576, packet.IPv4+packet.ICMP+ip)
	if ipv6 {
		name, info = "ICMPv6", fmt.Sprintf("type 2, MTU %d", j.MaxHostMTU)
		length = min(1280, packet.IPv6+packet.ICMP+ip)
	}
	header := ipHeader(b.addr, a.addr, "")
	reply := Stack{ethernet(b.mac, a.mac), header,
		{Layer: "icmp", Name: name, Octets: packet.ICMP, Info: info},
		{Layer: "data", Name: "data", Octets: length - header.Octets - packet.ICMP, Info: "start of the packet"}}
	at := w.from
	n := at.Node.Name
	t.stack = reply
	t.hop(n, at.VXLAN(), "frame", reply, fmt.Sprintf("drops it and answers in the name of %s: the limit is %d", b.addr, j.MaxHostMTU),
		fmt.Sprintf("kernel %s, %s", j.Kernel.Version, j.Kernel.Why))
	t.hop(n, at.Bridge(), "frame", reply, fmt.Sprintf("finds %s behind %s", a.mac, at.Port()))
	w.port(t, at, reply, false)
	t.hop(a.name, "", "frame", reply, fmt.Sprintf("notes a path MTU of %d for %s and sends again in smaller packets", j.MaxHostMTU, b.addr))
	wk.Summary = append(wk.Summary, excess(wk, j),
		fmt.Sprintf("The packet must not be fragmented, so %s drops it and answers with %s %s; the source address is that of %s, so the host believes it.",
			n, name, info, b.addr))
	adapts := fmt.Sprintf("A sender that heeds it goes on with packets of %d", j.MaxHostMTU)
	if tcp {
		adapts = fmt.Sprintf("TCP adapts at once: segments of %d", j.MSS)
	}
	wk.Summary = append(wk.Summary, fmt.Sprintf("%s, frames of %d, %d on the wire. Hosts that ignore ICMP hang with large packets: set their MTU to %d.",
		adapts, j.MaxFrame, w.wireAtLimit(j), j.MaxHostMTU))
}

// wireAtLimit is what the largest frame is on the wire.
func (w *way) wireAtLimit(j *Journey) int {
	return w.esp.Wire(w.vxlan.Packet(j.MaxFrame))
}

// fragment sends the packet between the VTEPs in pieces, each encrypted by itself.
func (w *way) fragment(t *trail, wk *Walk, j *Journey, full, frame Stack, a, b host, df bool) {
	wk.Outcome = Fragmented
	sizes := packet.Fragments(full.Octets(), j.TunnelMTU, w.vxlan.OuterIPv6)
	end := w.out.End
	offset := 0
	var pieces []Stack
	for i, n := range sizes {
		h := ipHeader(w.src, w.dst, fmt.Sprintf("fragment %d of %d, offset %d", i+1, len(sizes), offset))
		if w.vxlan.OuterIPv6 {
			h.Octets += 8
			h.Name = "IPv6 + fragment header"
		}
		what := "the rest of the frame"
		if i == 0 {
			what = "UDP, VXLAN and the start of the frame"
		} else if i < len(sizes)-1 {
			what = "more of the frame"
		}
		pieces = append(pieces, Stack{h, {Layer: "data", Name: "data", Octets: n - h.Octets, Info: what}})
		offset += n - h.Octets
	}
	for i, p := range pieces {
		which := fmt.Sprintf("fragment %d of %d", i+1, len(pieces))
		t.stack = p
		t.hop(end.Node.Name, end.Interface, "packet", p, which+": cut before encryption, so that it leaves as one packet")
		w.transport(t, wk, p, which)
	}
	t.stack = full
	t.hop(end.Peer.Node.Name, end.Peer.Interface, "packet", full, fmt.Sprintf("puts the %d fragments together", len(pieces)))
	w.leave(t, frame, a, b, false)
	wk.Summary = append(wk.Summary, excess(wk, j))
	if df {
		wk.Summary = append(wk.Summary, fmt.Sprintf("The host's packet must not be fragmented, but kernel %s (%s) does not look: it fragments the packet around it, as it does for all.",
			j.Kernel.Version, j.Kernel.Why))
		if j.Kernel.Answers {
			wk.Summary[len(wk.Summary)-1] = fmt.Sprintf("The host's packet must not be fragmented, but the limit, %d, is below what a host can be told: the packet around it is fragmented.", j.MaxHostMTU)
		}
	} else {
		wk.Summary = append(wk.Summary, "The packet may be fragmented, and so may the one around it.")
	}
	wk.Summary = append(wk.Summary, fmt.Sprintf("It arrives whole, as %d packets: %s on the wire. Nothing vanishes; each large packet costs two, and one lost fragment loses it.", len(wk.Wire), sum(wk.Wire)))
}
