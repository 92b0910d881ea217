package ir

import (
	"net/netip"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// BoxName is a name as it may stand on a box: the dot between label and key becomes an underscore.
func BoxName(name string) string { return strings.ReplaceAll(name, ".", "_") }

// ObjectName is the name of something on a box that belongs to an object of the specification:
// L2S-<spec>-<object>.
func ObjectName(spec, object string) string { return "L2S-" + spec + "-" + BoxName(object) }

// Marker is the description that marks something on a box as ours: "l2stretch <spec>/<object>".
func Marker(spec, object string) string { return "l2stretch " + spec + "/" + BoxName(object) }

// Bridge is the name of the attachment's bridge.
func (a *Attachment) Bridge() string { return "br" + itoa(a.Stretch.Index) }

// VXLAN is the name of the attachment's VXLAN device.
func (a *Attachment) VXLAN() string { return "vxlan" + itoa(a.Stretch.Index) }

// Outer is the address that a node's peers see: the public one behind NAT, else the uplink's.
func (n *Node) Outer() netip.Addr {
	if n.Uplink.Public.IsValid() {
		return n.Uplink.Public
	}
	return n.Uplink.Address.Addr()
}
