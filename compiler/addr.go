package compiler

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"strings"
)

// comparePrefix orders prefixes by address, then by length.
func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// edge reports whether a prefix's address is the network or broadcast address of it. Prefixes for two hosts
// or one have none (RFC 3021; RFC 6164 for IPv6).
func edge(p netip.Prefix) bool {
	a := p.Addr()
	if p.Bits() >= a.BitLen()-1 {
		return false
	}
	return a == p.Masked().Addr() || a.Is4() && a == broadcast(p)
}

// broadcast is the last address of an IPv4 prefix (RFC 919).
func broadcast(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	host := uint32(1)<<(32-p.Bits()) - 1
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])|host)
	return netip.AddrFrom4(b)
}

// reachable reports whether a next hop is a neighbour on the segment of an interface's address.
func reachable(iface netip.Prefix, hop netip.Addr) bool {
	return iface.Contains(hop) && hop != iface.Addr() && !edge(netip.PrefixFrom(hop, iface.Bits()))
}

// covers reports whether a prefix holds another one, or is the same.
func covers(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Overlaps(inner)
}

// privateSpace is what is not routed on the Internet: RFC 1918, RFC 6598, RFC 4193.
var privateSpace = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("fc00::/7"),
}

// private reports whether an address only means something inside somebody's network.
func private(a netip.Addr) bool {
	for _, p := range privateSpace {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// list writes values with commas between them.
func list[T interface{ String() string }](values []T) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = v.String()
	}
	return strings.Join(parts, ", ")
}
