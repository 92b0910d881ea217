package packet

// A VXLAN is the encapsulation of frames in UDP between two VTEPs (RFC 7348, section 5).
type VXLAN struct {
	OuterIPv6 bool // VTEPs have IPv6 addresses
	Tagged    bool // frames keep their VLAN tag, as those of a trunk in a bridge that knows no VLANs
}

// Header is what VXLAN adds to a frame.
func (v VXLAN) Header() int {
	return VXLANHdr + UDP + outerIP(v.OuterIPv6)
}

// Frame is the Ethernet header of a frame, with the tag that it keeps.
func (v VXLAN) Frame() int {
	if v.Tagged {
		return Ethernet + Tag
	}
	return Ethernet
}

// Overhead is what the way from a host's IP packet to the packet between the VTEPs adds: 50 octets
// between IPv4 addresses.
func (v VXLAN) Overhead() int { return v.Frame() + v.Header() }

// Packet is the IP packet that carries a frame.
func (v VXLAN) Packet(frame int) int { return frame + v.Header() }

// HostMTU is the largest IP packet of a host whose frame fits the tunnel's MTU, 0 when none does.
func (v VXLAN) HostMTU(tunnel int) int { return max(0, tunnel-v.Overhead()) }

// MaxFrame is the largest frame that fits the tunnel's MTU, 0 when none does.
func (v VXLAN) MaxFrame(tunnel int) int {
	if tunnel <= v.Overhead() {
		return 0
	}
	return tunnel - v.Header()
}

// Parts are the terms of Overhead, in the order in which they stand on the wire.
func (v VXLAN) Parts() []Part {
	parts := []Part{
		ipPart("VTEP", v.OuterIPv6),
		{"UDP 4789", UDP, "RFC 768"},
		{"VXLAN", VXLANHdr, "RFC 7348, section 5"},
		{"Ethernet", Ethernet, "IEEE 802.3, section 3.1.1"},
	}
	if v.Tagged {
		parts = append(parts, Part{"802.1Q tag", Tag, "IEEE 802.1Q, section 9.3"})
	}
	return parts
}
