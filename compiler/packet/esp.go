package packet

// An Encapsulation is ESP in tunnel mode with one transform between two addresses (RFC 4303, section
// 3.1.1).
type Encapsulation struct {
	Transform
	NATT      bool // in UDP, as behind NAT (RFC 3948, section 2.1)
	OuterIPv6 bool // between IPv6 addresses
}

// fixed is what the encapsulation adds to every packet, without padding and trailer.
func (e Encapsulation) fixed() int {
	n := outerIP(e.OuterIPv6) + ESPHdr + e.IV + e.ICV
	if e.NATT {
		n += UDP
	}
	return n
}

// padded is the packet with trailer and the padding in between (RFC 4303, section 2.4).
func (e Encapsulation) padded(packet int) int {
	return (packet + ESPTail + e.Align - 1) / e.Align * e.Align
}

// Wire is the total length of the IP packet that carries a packet through the tunnel.
func (e Encapsulation) Wire(packet int) int {
	return e.fixed() + e.padded(packet)
}

// MaxPacket is the largest packet that leaves as one packet of at most path octets: the MTU for the
// tunnel's interface. It is 0 when the path is too small for any packet.
func (e Encapsulation) MaxPacket(path int) int {
	room := path - e.fixed()
	if room < e.Align {
		return 0
	}
	return room/e.Align*e.Align - ESPTail
}

// PathFor is the smallest path MTU that carries a packet of the tunnel whole. A path that is smaller by one
// octet makes two packets of it, one that is larger carries up to Align-1 more.
func (e Encapsulation) PathFor(packet int) int {
	return e.Wire(packet)
}

// Parts are the terms of Wire(packet), in the order in which they stand on the wire.
func (e Encapsulation) Parts(packet int) []Part {
	parts := []Part{ipPart("outer", e.OuterIPv6)}
	if e.NATT {
		parts = append(parts, Part{"UDP 4500", UDP, "RFC 3948, section 2.1"})
	}
	return append(parts,
		Part{"ESP SPI and sequence number", ESPHdr, "RFC 4303, sections 2.1 and 2.2"},
		Part{"ESP IV", e.IV, reference(e.Cipher)},
		Part{"packet", packet, ""},
		Part{"ESP padding", e.padded(packet) - packet - ESPTail, "RFC 4303, section 2.4"},
		Part{"ESP pad length and next header", ESPTail, "RFC 4303, sections 2.5 and 2.6"},
		Part{"ESP ICV", e.ICV, reference(e.Integrity)},
	)
}

// MaxParts are the terms of MaxPacket(path): the path, less what is added to every packet, less what does
// not fill a whole block. The last one closes the sum at 0 for a path that is too small.
func (e Encapsulation) MaxParts(path int) []Part {
	parts := []Part{{"path MTU", path, ""}}
	for _, p := range e.Parts(0) {
		switch p.Name {
		case "packet", "ESP padding", "ESP pad length and next header":
			continue
		}
		p.Octets = -p.Octets
		parts = append(parts, p)
	}
	room := path - e.fixed()
	if e.MaxPacket(path) == 0 {
		return append(parts, Part{"too small for any packet", -room, ""})
	}
	return append(parts,
		Part{"does not fill a block", -(room % e.Align), "RFC 4303, section 2.4"},
		Part{"ESP pad length and next header", -ESPTail, "RFC 4303, sections 2.5 and 2.6"},
	)
}

// Worst is the encapsulation that carries the smallest packet over a path, the first one among equals.
// With several proposals the peer chooses, so sizes have to be right for each. It panics without any.
func Worst(path int, of ...Encapsulation) Encapsulation {
	worst := of[0]
	for _, e := range of[1:] {
		if e.MaxPacket(path) < worst.MaxPacket(path) {
			worst = e
		}
	}
	return worst
}
