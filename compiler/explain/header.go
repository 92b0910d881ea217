package explain

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A Header is one header of a packet, or its payload.
type Header struct {
	Layer     string `json:"layer"` // ethernet, tag, arp, ip, tcp, udp, icmp, vxlan, esp, esp-trailer, data, padding
	Name      string `json:"name"`  // as in "IPv4"
	Octets    int    `json:"octets"`
	Src       string `json:"src,omitempty"` // MAC or IP address, or UDP port; empty where there is none
	Dst       string `json:"dst,omitempty"`
	Info      string `json:"info,omitempty"`      // what else matters, as in "VNI 5010"
	Encrypted bool   `json:"encrypted,omitempty"` // not to be seen on the wire
}

// A Stack is a packet, outermost header first.
type Stack []Header

// Octets is the packet's length.
func (s Stack) Octets() int {
	n := 0
	for _, h := range s {
		n += h.Octets
	}
	return n
}

// A host is an end of the walk. Its MAC is one of those set aside for documentation (RFC 7042, section
// 2.1.2).
type host struct {
	name string
	site string
	mac  string
	addr netip.Addr
}

// clientPort is the port that a data packet comes from, the first one for clients (RFC 6335, section 6).
const clientPort = "49152"

const broadcast = "ff:ff:ff:ff:ff:ff"

// ipHeader is an IP header between two addresses.
func ipHeader(src, dst netip.Addr, info string) Header {
	if src.Is6() {
		return Header{Layer: "ip", Name: "IPv6", Octets: packet.IPv6, Src: src.String(), Dst: dst.String(), Info: info}
	}
	return Header{Layer: "ip", Name: "IPv4", Octets: packet.IPv4, Src: src.String(), Dst: dst.String(), Info: info}
}

func ethernet(src, dst string) Header {
	return Header{Layer: "ethernet", Name: "Ethernet", Octets: packet.Ethernet, Src: src, Dst: dst}
}

// neighborQuestion is the frame that asks for a host's MAC: ARP (RFC 826) or a neighbor solicitation (RFC
// 4861, section 4.3) to the solicited-node multicast address (RFC 4291, section 2.7.1).
func neighborQuestion(a, b host) Stack {
	if a.addr.Is6() {
		last := b.addr.As16()
		group := netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: last[13], 14: last[14], 15: last[15]})
		mac := fmt.Sprintf("33:33:ff:%02x:%02x:%02x", last[13], last[14], last[15])
		return Stack{ethernet(a.mac, mac), ipHeader(a.addr, group, "hop limit 255"),
			{Layer: "icmp", Name: "ICMPv6", Octets: 32, Info: fmt.Sprintf("neighbor solicitation: who has %s, tell %s", b.addr, a.mac)}}
	}
	return pad(Stack{ethernet(a.mac, broadcast),
		{Layer: "arp", Name: "ARP", Octets: packet.ARP, Info: fmt.Sprintf("who has %s, tell %s", b.addr, a.addr)}})
}

// neighborAnswer is b's unicast answer to a.
func neighborAnswer(b, a host) Stack {
	if a.addr.Is6() {
		return Stack{ethernet(b.mac, a.mac), ipHeader(b.addr, a.addr, "hop limit 255"),
			{Layer: "icmp", Name: "ICMPv6", Octets: 32, Info: fmt.Sprintf("neighbor advertisement: %s is at %s", b.addr, b.mac)}}
	}
	return pad(Stack{ethernet(b.mac, a.mac),
		{Layer: "arp", Name: "ARP", Octets: packet.ARP, Info: fmt.Sprintf("%s is at %s", b.addr, b.mac)}})
}

// pad fills a frame up to the smallest that Ethernet carries.
func pad(s Stack) Stack {
	if n := packet.MinFrame - s.Octets(); n > 0 {
		return append(s, Header{Layer: "padding", Name: "padding", Octets: n})
	}
	return s
}

// A Proto is what a data packet carries.
type Proto string

// The protocols of data packets.
const (
	TCP  Proto = "tcp"
	UDP  Proto = "udp"
	ICMP Proto = "icmp"
)

// header is the size of the protocol's header without options.
func (p Proto) header() int {
	switch p {
	case UDP:
		return packet.UDP
	case ICMP:
		return packet.ICMP
	}
	return packet.TCP
}

// dataFrame is a frame of a given length from a to b.
func dataFrame(a, b host, proto Proto, df bool, frame int) Stack {
	info := "DF 0: may be fragmented"
	if df {
		info = "DF 1: must not be fragmented"
	}
	if a.addr.Is6() {
		info = "never fragmented on the way"
	}
	s := Stack{ethernet(a.mac, b.mac), ipHeader(a.addr, b.addr, info)}
	switch proto {
	case UDP:
		s = append(s, Header{Layer: "udp", Name: "UDP", Octets: packet.UDP, Src: clientPort, Dst: "443"})
	case ICMP:
		name := "ICMP"
		if a.addr.Is6() {
			name = "ICMPv6"
		}
		s = append(s, Header{Layer: "icmp", Name: name, Octets: packet.ICMP, Info: "echo request"})
	default:
		s = append(s, Header{Layer: "tcp", Name: "TCP", Octets: packet.TCP, Src: clientPort, Dst: "443"})
	}
	return append(s, Header{Layer: "data", Name: "data", Octets: frame - s.Octets()})
}

// tag is the VLAN tag of a segment.
func tag(vlan int) Header {
	return Header{Layer: "tag", Name: "802.1Q", Octets: packet.Tag, Info: "VLAN " + strconv.Itoa(vlan)}
}

// vxlanHeaders is what VXLAN puts in front of a frame (RFC 7348, section 5).
func vxlanHeaders(vni ir.VNI, src, dst netip.Addr) Stack {
	return Stack{
		ipHeader(src, dst, "DF 0"),
		{Layer: "udp", Name: "UDP", Octets: packet.UDP, Src: "hash", Dst: "4789", Info: "source port: a hash of the frame"},
		{Layer: "vxlan", Name: "VXLAN", Octets: packet.VXLANHdr, Info: fmt.Sprintf("VNI %d", vni)},
	}
}

// espHeaders is what ESP puts in front of a packet and behind it.
func espHeaders(e packet.Encapsulation, src, dst netip.Addr, length int) (front Stack, tail Header) {
	front = Stack{ipHeader(src, dst, "")}
	if e.NATT {
		front = append(front, Header{Layer: "udp", Name: "UDP", Octets: packet.UDP, Src: "4500", Dst: "4500"})
	}
	front = append(front, Header{Layer: "esp", Name: "ESP", Octets: packet.ESPHdr + e.IV,
		Info: fmt.Sprintf("SPI and sequence number %d, IV %d", packet.ESPHdr, e.IV)})
	rest := e.Wire(length) - front.Octets() - length
	tail = Header{Layer: "esp-trailer", Name: "ESP trailer", Octets: rest,
		Info: fmt.Sprintf("padding %d, trailer %d, ICV %d", rest-packet.ESPTail-e.ICV, packet.ESPTail, e.ICV)}
	return front, tail
}
