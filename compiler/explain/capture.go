package explain

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// hopNames are the places of HopNames; nobody writes to it.
var hopNames = []string{"nic", "vxlan", "vti", "uplink"}

// HopNames lists the places on the way of a frame through a gateway, in order.
func HopNames() []string { return slices.Clone(hopNames) }

// A CaptureHop is a place where frames of a stretch can be captured.
type CaptureHop struct {
	Node      *ir.Node
	Name      string // one of HopNames
	Interface string
	Filter    string // as tcpdump takes it; empty: all
}

// CaptureHops lists where frames of a stretch pass, gateway by gateway in the order of the way. The filters let
// through what belongs to the stretch, and where frames can be told apart, to one host: its MAC or IP address, empty for
// all.
func CaptureHops(s *ir.Stretch, host string) ([]CaptureHop, error) {
	mac, err := net.ParseMAC(host)
	ip, ipErr := netip.ParseAddr(host)
	if host != "" && (err != nil || len(mac) != 6) && ipErr != nil {
		return nil, fmt.Errorf("%q is neither a MAC address nor an IP address", host)
	}
	frames := ""
	switch {
	case ip.IsValid():
		frames = "host " + ip.String()
	case host != "":
		frames = "ether host " + mac.String()
	}
	var out []CaptureHop
	for _, a := range s.Attaches {
		add := func(name, dev, filter string) {
			i := slices.IndexFunc(out, func(h CaptureHop) bool { return h.Node == a.Node && h.Name == name && h.Interface == dev })
			if i < 0 {
				out = append(out, CaptureHop{a.Node, name, dev, filter})
			} else if out[i].Filter != filter {
				out[i].Filter = "( " + out[i].Filter + " ) or ( " + filter + " )"
			}
		}
		add("nic", a.Port(), frames)
		add("vxlan", a.VXLAN(), frames)
		for _, r := range a.Remotes {
			if r.End != nil {
				add("vti", r.End.Interface, vxlanFilter(s, r.VTEP, mac, ip))
			}
		}
		for _, r := range a.Remotes {
			if r.End != nil && r.End.Tunnel.Managed {
				add("uplink", a.Node.Uplink.Interface, fmt.Sprintf("host %s and ( esp or udp port 500 or udp port 4500 )", r.End.Remote))
			}
		}
	}
	slices.SortStableFunc(out, func(x, y CaptureHop) int {
		if x.Node != y.Node {
			return strings.Compare(x.Node.Name, y.Node.Name)
		}
		return slices.Index(hopNames, x.Name) - slices.Index(hopNames, y.Name)
	})
	return out, nil
}

// vxlanFilter lets VXLAN packets of one VNI pass, of one host where it is given by its MAC address. Later fragments have
// no header to look at and pass as well. pcap cannot look into UDP over IPv6.
func vxlanFilter(s *ir.Stretch, vtep netip.Addr, mac net.HardwareAddr, ip netip.Addr) string {
	if vtep.Is6() {
		return fmt.Sprintf("host %s and udp port 4789", vtep)
	}
	// offsets from the UDP header: VXLAN at 8 with the VNI at 12, the inner frame at 16 (RFC 7348, section 5)
	first := fmt.Sprintf("udp port 4789 and udp[12:4] & 0xffffff00 = 0x%08x", uint32(s.VNI)<<8)
	if len(mac) == 6 && !ip.IsValid() {
		high, low := binary.BigEndian.Uint32(mac[:4]), binary.BigEndian.Uint16(mac[4:])
		first += fmt.Sprintf(" and ( ( udp[16:4] = 0x%08x and udp[20:2] = 0x%04x ) or ( udp[22:4] = 0x%08x and udp[26:2] = 0x%04x ) )", high, low, high, low)
	}
	return fmt.Sprintf("host %s and ( ( %s ) or ip[6:2] & 0x1fff != 0 )", vtep, first)
}

// CountPackets counts the packets of a pcap file; the last may be cut off. It is -1 for what is no pcap file.
func CountPackets(pcap []byte) int {
	const header, record = 24, 16
	if len(pcap) < header {
		return -1
	}
	var order binary.ByteOrder
	switch binary.LittleEndian.Uint32(pcap) {
	case 0xa1b2c3d4, 0xa1b23c4d:
		order = binary.LittleEndian
	case 0xd4c3b2a1, 0x4d3cb2a1:
		order = binary.BigEndian
	default:
		return -1
	}
	n := 0
	for rest := pcap[header:]; len(rest) >= record; n++ {
		size := uint64(order.Uint32(rest[8:])) + record
		if size > uint64(len(rest)) {
			return n + 1
		}
		rest = rest[size:]
	}
	return n
}
