// Package packet computes sizes: what VXLAN and ESP add to a packet, the largest packet that a path
// carries whole, and the sums behind each number, part by part, with the section of the RFC that fixes it.
//
// All sizes are octets. A packet is counted from its IP header, a frame from its Ethernet header; the
// frame check sequence is never counted. The numbers agree with 25,872 packets that were measured on a
// Linux kernel (testdata/wire-sizes.txt).
package packet

import (
	"strconv"
	"strings"
)

// Header sizes in octets, without options.
const (
	Ethernet = 14 // IEEE 802.3, section 3.1.1, without the frame check sequence
	Tag      = 4  // IEEE 802.1Q, section 9.3
	ARP      = 28 // for Ethernet and IPv4 (RFC 826)
	IPv4     = 20 // RFC 791, section 3.1
	IPv6     = 40 // RFC 8200, section 3
	UDP      = 8  // RFC 768
	TCP      = 20 // RFC 9293, section 3.1
	ICMP     = 8  // echo: RFC 792 and RFC 4443, section 4.1
	VXLANHdr = 8  // RFC 7348, section 5
	ESPHdr   = 8  // security parameters index and sequence number (RFC 4303, sections 2.1 and 2.2)
	ESPTail  = 2  // pad length and next header (RFC 4303, sections 2.5 and 2.6)
)

// MinFrame is the smallest Ethernet frame, without the frame check sequence; a NIC pads shorter ones
// (IEEE 802.3, section 4A.4.2).
const MinFrame = 60

// A Part is one term of a sum.
type Part struct {
	Name   string `json:"name"`   // as in "ESP IV" or "outer IPv4"
	Octets int    `json:"octets"` // negative when the sum takes it away
	Ref    string `json:"ref"`    // the RFC and section that fixes the size; empty for payload
}

// Sum adds the parts up.
func Sum(parts []Part) int {
	n := 0
	for _, p := range parts {
		n += p.Octets
	}
	return n
}

// Text writes a sum out, as in "20 (outer IPv4) + 8 (UDP) + 1356 (packet)". Parts of no octets are left
// out.
func Text(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		n := p.Octets
		switch {
		case n == 0:
			continue
		case b.Len() == 0 && n < 0:
			b.WriteString("-")
		case b.Len() > 0 && n < 0:
			b.WriteString(" - ")
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		b.WriteString(strconv.Itoa(max(n, -n)))
		b.WriteString(" (" + p.Name + ")")
	}
	return b.String()
}

// outerIP is the size of an IP header without options.
func outerIP(ipv6 bool) int {
	if ipv6 {
		return IPv6
	}
	return IPv4
}

// ipPart is the IP header as a term of a sum.
func ipPart(name string, ipv6 bool) Part {
	if ipv6 {
		return Part{name + " IPv6", IPv6, "RFC 8200, section 3"}
	}
	return Part{name + " IPv4", IPv4, "RFC 791, section 3.1"}
}

// MSS is the TCP maximum segment size for hosts with an IP MTU: the MTU without the IP and TCP headers,
// options not counted (RFC 6691, section 2; RFC 9293, section 3.7.1). It is 0 when the MTU has no room.
func MSS(mtu int, ipv6 bool) int {
	return max(0, mtu-outerIP(ipv6)-TCP)
}
