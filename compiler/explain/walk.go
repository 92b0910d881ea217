package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A trail collects hops; the octets added or removed follow from the packet before and after.
type trail struct {
	hops  []Hop
	stack Stack
}

// hop adds a step that leaves the packet as stack.
func (t *trail) hop(node, iface, unit string, stack Stack, action string, notes ...string) *Hop {
	h := Hop{Node: node, Interface: iface, Action: action, Unit: unit, Stack: stack, Total: stack.Octets(), Notes: notes}
	if len(t.hops) > 0 {
		h.Added = max(0, h.Total-t.stack.Octets())
		h.Removed = max(0, t.stack.Octets()-h.Total)
	}
	t.stack = stack
	t.hops = append(t.hops, h)
	return &t.hops[len(t.hops)-1]
}

// walk follows a frame that fits from a to b.
func (w *way) walk(name, title string, frame Stack, a, b host, flood bool) Walk {
	wk := Walk{Name: name, Title: title, Frame: frame.Octets(), Wire: []int{}, Outcome: Delivered}
	t := &trail{}
	if !w.enter(t, &wk, frame, a, flood) {
		wk.Hops = t.hops
		return wk
	}
	packet := append(vxlanHeaders(w.stretch.VNI, w.src, w.dst), frame...)
	wk.Packet = packet.Octets()
	w.encapsulate(t, packet, flood)
	w.transport(t, &wk, packet, "")
	w.leave(t, frame, a, b, flood)
	wk.Hops = t.hops
	wk.Summary = append(wk.Summary, w.growth(wk))
	return wk
}

// growth is the sentence that sums a walk up.
func (w *way) growth(wk Walk) string {
	return fmt.Sprintf("%d octets as a frame, %d between the VTEPs, %d on the wire.", wk.Frame, wk.Packet, wk.Wire[0])
}

// enter follows a frame from the host to the VXLAN port of the near bridge. It reports false when the
// frame ends there.
func (w *way) enter(t *trail, wk *Walk, frame Stack, a host, flood bool) bool {
	at := w.from
	n := at.Node.Name
	sends := "sends to " + frame[0].Dst
	if flood {
		sends = "sends to everybody in the segment"
		if a.addr.Is6() {
			sends = "sends to a multicast group of the segment"
		}
	}
	t.hop(a.name, "", "frame", frame, sends+vlanClause(at))
	w.port(t, at, frame, true)
	if at.Paused || w.to.Paused {
		where := "the stretch is paused"
		if !w.stretch.Paused {
			where = "the attachment is a spare"
		}
		t.hop(n, at.Bridge(), "frame", frame, "has no VXLAN port: "+where)
		wk.Outcome = Lost
		wk.Summary = append(wk.Summary, fmt.Sprintf("The frame ends at %s: %s, so nothing crosses to %s.", n, where, w.to.Node.Name))
		return false
	}
	action := fmt.Sprintf("finds %s behind %s", frame[0].Dst, at.VXLAN())
	if flood {
		action = "floods to all other ports: " + at.VXLAN() + " and the bridge itself"
	}
	h := t.hop(n, at.Bridge(), "frame", frame, action)
	h.Learns = fmt.Sprintf("%s on %s", a.mac, at.Port())
	return true
}

// port follows a frame through the NIC of an attachment, in or out.
func (w *way) port(t *trail, at *ir.Attachment, frame Stack, in bool) {
	n := at.Node.Name
	if !at.Tagged {
		verb := "sends it into the segment" + vlanClause(at)
		if in {
			verb = "takes it in, whatever its destination: the NIC is a port of a bridge"
		}
		t.hop(n, at.Interface, "frame", frame, verb)
		return
	}
	tagged := slices.Insert(slices.Clone(frame), 1, tag(at.VLAN))
	if in {
		t.hop(n, at.Interface, "frame", tagged, fmt.Sprintf("takes it in with the tag of VLAN %d, which the switch added", at.VLAN))
		t.hop(n, at.Port(), "frame", frame, "takes the tag off: inside the VNI there is none")
		return
	}
	t.hop(n, at.Port(), "frame", frame, "sends it on")
	t.hop(n, at.Interface, "frame", tagged, fmt.Sprintf("adds the tag of VLAN %d", at.VLAN))
}

func vlanClause(at *ir.Attachment) string {
	if at.VLAN == 0 || at.Tagged {
		return ""
	}
	return fmt.Sprintf(" (VLAN %d of %s, untagged here)", at.VLAN, at.Node.Site.Name)
}

// encapsulate puts the VXLAN headers in front and follows the packet to the tunnel's interface.
func (w *way) encapsulate(t *trail, packet Stack, flood bool) {
	n, end := w.from.Node.Name, w.out.End
	h := t.hop(n, w.from.VXLAN(), "packet", packet,
		fmt.Sprintf("adds VXLAN, UDP and IP: VTEP %s to VTEP %s", w.src, w.dst))
	if flood && len(w.from.Remotes) > 1 {
		var others []string
		for _, r := range w.from.Remotes {
			if r.VTEP != w.dst {
				others = append(others, r.VTEP.String())
			}
		}
		h.Notes = append(h.Notes, "one copy for each VTEP: the others go to "+list(others, "and"))
	}
	action := fmt.Sprintf("carries it: %d octets fit its MTU of %d", packet.Octets(), end.Tunnel.MTU)
	if packet.Octets() > end.Tunnel.MTU {
		action = fmt.Sprintf("does not carry it whole: %d octets are %d more than its MTU of %d",
			packet.Octets(), packet.Octets()-end.Tunnel.MTU, end.Tunnel.MTU)
	}
	t.hop(n, end.Interface, "packet", packet, action)
}

// transport follows a packet that fits from the tunnel's interface of the near gateway to that of the far
// one. which names one of several, as in "fragment 1 of 2".
func (w *way) transport(t *trail, wk *Walk, packet Stack, which string) {
	end := w.out.End
	peer := end.Peer
	near, far := end.Node.Name, peer.Node.Name
	if which != "" {
		which += ": "
	}
	front, tail := espHeaders(w.esp, end.Local, end.Remote, packet.Octets())
	inner := slices.Clone(packet)
	for i := range inner {
		inner[i].Encrypted = true
	}
	wire := slices.Concat(front, inner, Stack{tail})
	wk.Wire = append(wk.Wire, wire.Octets())
	t.hop(near, end.Node.Uplink.Interface, "packet", wire,
		fmt.Sprintf("%sencrypts (%s) and sends from uplink to uplink", which, w.esp.Name),
		fmt.Sprintf("%d octets of IP; Ethernet adds 14 on the link, which no MTU counts", wire.Octets()))
	if end.Node.Uplink.Public.IsValid() {
		wire = slices.Clone(wire)
		wire[0].Src = end.Node.Uplink.Public.String()
		t.hop("NAT of "+end.Node.Site.Name, "", "packet", wire,
			fmt.Sprintf("writes the source %s over %s; the UDP source port may change too", end.Node.Uplink.Public, end.Local))
	}
	if peer.Node.Uplink.Public.IsValid() {
		wire = slices.Clone(wire)
		wire[0].Dst = peer.Local.String()
		t.hop("NAT of "+peer.Node.Site.Name, "", "packet", wire,
			fmt.Sprintf("writes the destination %s over %s", peer.Local, end.Remote))
	}
	t.hop(far, peer.Node.Uplink.Interface, "packet", wire, which+"receives it; the SPI names the SA")
	t.hop(far, peer.Interface, "packet", packet, which+"hands it out decrypted")
}

// leave follows a packet from the far gateway's tunnel interface to the host.
func (w *way) leave(t *trail, frame Stack, a, b host, flood bool) {
	at := w.to
	n := at.Node.Name
	h := t.hop(n, at.VXLAN(), "frame", frame, fmt.Sprintf("takes VXLAN off: UDP 4789, VNI %d", w.stretch.VNI))
	h.Learns = fmt.Sprintf("%s at VTEP %s", a.mac, w.src)
	action := fmt.Sprintf("finds %s behind %s", frame[0].Dst, at.Port())
	if flood {
		action = "floods to all other ports: " + at.Port() + " and the bridge itself"
	}
	h = t.hop(n, at.Bridge(), "frame", frame, action)
	h.Learns = fmt.Sprintf("%s on %s", a.mac, at.VXLAN())
	w.port(t, at, frame, false)
	got := "receives it"
	if at.Tagged {
		got = "receives it without the tag, which the switch took off"
	}
	if flood {
		got += ", and so does every host of the segment"
	}
	t.hop(b.name, "", "frame", frame, got)
}

// sum writes sizes as in "1480 + 224".
func sum(sizes []int) string {
	var b strings.Builder
	for i, n := range sizes {
		if i > 0 {
			b.WriteString(" + ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
