package packet

// Fragments are the total lengths of the packets that IP makes of one packet for an MTU, the packet itself
// when it fits: payloads of a multiple of 8 octets, except the last (RFC 791, section 3.2), with a fragment
// header for IPv6 (RFC 8200, section 4.5). It is nil for an MTU that carries no fragment.
func Fragments(packet, mtu int, ipv6 bool) []int {
	if packet <= mtu {
		return []int{packet}
	}
	header := outerIP(ipv6)
	rest := packet - header
	if ipv6 {
		header += 8
	}
	most := (mtu - header) / 8 * 8
	if most <= 0 {
		return nil
	}
	var out []int
	for rest+header > mtu {
		out = append(out, header+most)
		rest -= most
	}
	return append(out, header+rest)
}
