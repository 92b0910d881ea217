package schema

import (
	"net/netip"
	"time"

	"github.com/hashicorp/hcl/v2"
)

var stretchType = blockType[Stretch]{
	Block: Block{Name: "stretch", Labels: []string{"name"}, ForEach: true, Doc: "one subnet extended over tunnels"},
	rng:   func(s *Stretch) *hcl.Range { return &s.Range },
	attrs: []attribute[Stretch]{
		list("tunnels", tunnelRef, func(s *Stretch) *[]Value[*Tunnel] { return &s.Tunnels }, "tunnels that carry it: one, or a full mesh", required),
		attr("subnet", prefix, func(s *Stretch) *Value[netip.Prefix] { return &s.Subnet }, "the subnet", required),
		attr("vni", numberLike("5010"), func(s *Stretch) *Value[int] { return &s.VNI }, "VXLAN network identifier, 4096 to 16777215", required),
		attr("index", numberLike("1"), func(s *Stretch) *Value[int] { return &s.Index }, "n of brN and vxlanN; the VNI without it"),
		attr("host_mtu", number, func(s *Stretch) *Value[int] { return &s.HostMTU }, "largest packet that hosts of the subnet send, in octets", def("1500")),
		attr("preserve_addresses", boolean, func(s *Stretch) *Value[bool] { return &s.PreserveAddresses }, "hosts keep their addresses, which is why it is a stretch", def("true")),
		attr("paused", boolean, func(s *Stretch) *Value[bool] { return &s.Paused }, "VXLAN is down on all ends", def("false")),
		attr("vtep", oneOf("vti", "loopback"), func(s *Stretch) *Value[string] { return &s.VTEP }, "which address VXLAN is sent from", def(`"vti"`)),
		attr("first_hop", oneOf("local"), func(s *Stretch) *Value[string] { return &s.FirstHop }, "local: each site answers for the default gateway itself"),
		attr("gateway_mac", mac, func(s *Stretch) *Value[string] { return &s.GatewayMAC }, "MAC address of the default gateway"),
		list("block", oneOf("dhcp", "ra"), func(s *Stretch) *[]Value[string] { return &s.Block }, "what does not cross"),
		attr("mac_aging", duration, func(s *Stretch) *Value[time.Duration] { return &s.MACAging }, "time until a silent host is forgotten", def(`"300s"`)),
		attr("route_from_stretch", boolean, func(s *Stretch) *Value[bool] { return &s.RouteFromStretch }, "the gateway routes for hosts of the subnet", def("false")),
	},
	nested: []nested[Stretch]{
		repeated(&attachType, 2, 0,
			func(s *Stretch) *Attach {
				a := new(Attach)
				s.Attaches = append(s.Attaches, a)
				return a
			}, func(s *Stretch) []*Attach { return s.Attaches }),
	},
}

var attachType = blockType[Attach]{
	Block: Block{Name: "attach", Doc: "joins a gateway's NIC to the stretch"},
	rng:   func(a *Attach) *hcl.Range { return &a.Range },
	attrs: []attribute[Attach]{
		attr("gateway", gatewayRef, func(a *Attach) *Value[*Gateway] { return &a.Gateway }, "the gateway", required),
		attr("interface", like("eth1"), func(a *Attach) *Value[string] { return &a.Interface }, "its NIC in the subnet", required),
		attr("vlan", numberLike("20"), func(a *Attach) *Value[int] { return &a.VLAN }, "the site's VLAN"),
		attr("tagged", boolean, func(a *Attach) *Value[bool] { return &a.Tagged }, "true: the gateway sees the VLAN's tag, as in eth1.20", def("false")),
		attr("address", address, func(a *Attach) *Value[netip.Addr] { return &a.Address }, "the gateway's static address in the subnet; without one the bridge only forwards"),
		attr("default_gateway", address, func(a *Attach) *Value[netip.Addr] { return &a.DefaultGateway }, "default gateway of the site's hosts"),
		attr("mac", mac, func(a *Attach) *Value[string] { return &a.MAC }, "MAC address of the bridge, where addresses are pinned to MACs"),
		attr("host_mtu", number, func(a *Attach) *Value[int] { return &a.HostMTU }, "of this site's hosts, in octets; the stretch's without it"),
		attr("hypervisor", oneOf("esxi", "ahv", "kvm", "cloud", "physical"), func(a *Attach) *Value[string] { return &a.Hypervisor }, "what the gateway runs on; each has port security of its own"),
		list("probe", address, func(a *Attach) *[]Value[netip.Addr] { return &a.Probe }, "hosts of this site that the other gateways must reach by ARP"),
		attr("dhcp_server", boolean, func(a *Attach) *Value[bool] { return &a.DHCPServer }, "the subnet's DHCP server is on this site", def("false")),
		attr("standby", boolean, func(a *Attach) *Value[bool] { return &a.Standby }, "the spare of its site, rendered paused", def("false")),
	},
}
