package schema

import (
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

var siteType = blockType[Site]{
	Block: Block{Name: "site", Labels: []string{"name"}, ForEach: true, Doc: "a place with its routed networks and its gateways"},
	rng:   func(s *Site) *hcl.Range { return &s.Range },
	attrs: []attribute[Site]{
		list("networks", prefix, func(s *Site) *[]Value[netip.Prefix] { return &s.Networks },
			"routed networks behind the site, announced over eBGP; never a stretched subnet"),
	},
	nested: []nested[Site]{
		block(&nutanixType, func(s *Site) **Nutanix { return &s.Nutanix }),
		repeated(&gatewayType, 1, 0,
			func(s *Site) *Gateway {
				g := &Gateway{Site: s}
				s.Gateways = append(s.Gateways, g)
				return g
			}, func(s *Site) []*Gateway { return s.Gateways }),
		repeated(&externalRouteType, 0, 0,
			func(s *Site) *ExternalRoute {
				s.ExternalRoutes = append(s.ExternalRoutes, ExternalRoute{})
				return &s.ExternalRoutes[len(s.ExternalRoutes)-1]
			},
			func(s *Site) []*ExternalRoute {
				var all []*ExternalRoute
				for i := range s.ExternalRoutes {
					all = append(all, &s.ExternalRoutes[i])
				}
				return all
			}),
	},
	check: func(d *decoder, _ blockView, s *Site) {
		for i, g := range s.Gateways {
			for _, before := range s.Gateways[:i] {
				if g.Label == before.Label && g.Label != "" {
					d.duplicate("gateway in this site", g.Label, g.Range, before.Range)
					break
				}
			}
		}
	},
}

var nutanixType = blockType[Nutanix]{
	Block: Block{Name: "nutanix", Doc: "versions that are checked against the feature's minimums"},
	rng:   func(n *Nutanix) *hcl.Range { return &n.Range },
	attrs: []attribute[Nutanix]{
		attr("prism_element", like("5.20.1"), func(n *Nutanix) *Value[string] { return &n.PrismElement }, "AOS of the cluster, at least 5.19"),
		attr("prism_central", like("2021.9"), func(n *Nutanix) *Value[string] { return &n.PrismCentral }, "AOS of Prism Central, at least 2021.3"),
		attr("appliance", like("4.0.2"), func(n *Nutanix) *Value[string] { return &n.Appliance }, "version of the gateway appliance, at least 4.0"),
		attr("vswitch", oneOf("standard", "distributed"), func(n *Nutanix) *Value[string] { return &n.VSwitch }, "virtual switch on ESXi; distributed is refused there"),
		attr("pcvm", address, func(n *Nutanix) *Value[netip.Addr] { return &n.PCVM }, "address of the Prism Central VM, for the controller-subnet scenario"),
	},
}

var externalRouteType = blockType[ExternalRoute]{
	Block: Block{Name: "external_routes", Doc: "a route that somebody configured on another device, for l2stretch routes"},
	rng:   func(r *ExternalRoute) *hcl.Range { return &r.Range },
	attrs: []attribute[ExternalRoute]{
		attr("device", like("tor1"), func(r *ExternalRoute) *Value[string] { return &r.Device }, "name of the device", required),
		attr("prefix", prefix, func(r *ExternalRoute) *Value[netip.Prefix] { return &r.Prefix }, "where the route leads", required),
		attr("next_hop", address, func(r *ExternalRoute) *Value[netip.Addr] { return &r.NextHop }, "which way it goes", required),
	},
}

var gatewayType = blockType[Gateway]{
	Block:  Block{Name: "gateway", Labels: []string{"name"}, Doc: "a router of the site; site.SITE.gateway.NAME stands for it"},
	rng:    func(g *Gateway) *hcl.Range { return &g.Range },
	broken: func(g *Gateway) *bool { return &g.Broken },
	label:  func(g *Gateway) *string { return &g.Label },
	attrs: []attribute[Gateway]{
		attr("platform", oneOf("vyos", "linux"), func(g *Gateway) *Value[string] { return &g.Platform }, "what it runs", def(`"vyos"`)),
		attr("release", like("1.4"), func(g *Gateway) *Value[string] { return &g.Release }, `VyOS release: 1.2, 1.3, 1.4, 1.5, rolling, or "4.x" for the appliance`),
		attr("appliance", like("4.0.2"), func(g *Gateway) *Value[string] { return &g.Appliance }, "version of the appliance, together with the release that it is built on"),
		attr("apply_order", numberLike("10"), func(g *Gateway) *Value[int] { return &g.ApplyOrder }, "smaller ones are committed first", def("0")),
	},
	nested: []nested[Gateway]{
		needed(block(&uplinkType, func(g *Gateway) **Uplink { return &g.Uplink })),
		block(&insideType, func(g *Gateway) **Inside { return &g.Inside }),
		block(&gatewayBGPType, func(g *Gateway) **GatewayBGP { return &g.BGP }),
		block(&sshType, func(g *Gateway) **SSH { return &g.SSH }),
	},
}

var uplinkType = blockType[Uplink]{
	Block: Block{Name: "uplink", Doc: "the interface that encrypted packets leave by"},
	rng:   func(u *Uplink) *hcl.Range { return &u.Range },
	attrs: []attribute[Uplink]{
		attr("interface", like("eth0"), func(u *Uplink) *Value[string] { return &u.Interface }, "name of the interface", required),
		attr("address", interfaceAddress, func(u *Uplink) *Value[netip.Prefix] { return &u.Address }, "its address with the length of its network", required),
		attr("mtu", number, func(u *Uplink) *Value[int] { return &u.MTU }, "what the path carries, in octets", def("1500")),
		attr("public_address", address, func(u *Uplink) *Value[netip.Addr] { return &u.PublicAddress }, "address that others see when the gateway is behind NAT; forces UDP encapsulation"),
		attr("next_hop", address, func(u *Uplink) *Value[netip.Addr] { return &u.NextHop }, "way to the site's networks on a one-armed gateway"),
	},
}

var insideType = blockType[Inside]{
	Block: Block{Name: "inside", Doc: "how the gateway reaches its site's networks"},
	rng:   func(i *Inside) *hcl.Range { return &i.Range },
	attrs: []attribute[Inside]{
		attr("interface", like("eth2"), func(i *Inside) *Value[string] { return &i.Interface }, "name of the interface", required),
		attr("address", interfaceAddress, func(i *Inside) *Value[netip.Prefix] { return &i.Address }, "its address with the length of its network", required),
		attr("next_hop", address, func(i *Inside) *Value[netip.Addr] { return &i.NextHop }, "router that has the site's networks; without it only what is connected is reached"),
	},
}

var gatewayBGPType = blockType[GatewayBGP]{
	Block: Block{Name: "bgp", Doc: "the gateway as a BGP speaker"},
	rng:   func(b *GatewayBGP) *hcl.Range { return &b.Range },
	attrs: []attribute[GatewayBGP]{
		attr("asn", numberLike("65010"), func(b *GatewayBGP) *Value[int] { return &b.ASN }, "autonomous system; the two ends of a tunnel differ", required),
		attr("router_id", address, func(b *GatewayBGP) *Value[netip.Addr] { return &b.RouterID }, "BGP identifier; the uplink's address without it"),
	},
}

var sshType = blockType[SSH]{
	Block: Block{Name: "ssh", Doc: "how the gateway is reached, and who it must prove to be"},
	rng:   func(s *SSH) *hcl.Range { return &s.Range },
	attrs: []attribute[SSH]{
		attr("host", like("192.0.2.10"), func(s *SSH) *Value[string] { return &s.Host }, "name or address", required),
		attr("port", numberLike("22"), func(s *SSH) *Value[int] { return &s.Port }, "TCP port", def("22")),
		attr("user", like("vyos"), func(s *SSH) *Value[string] { return &s.User }, "who to log in as", def(`"vyos"`)),
		attr("identity_file", like("~/.ssh/id_ed25519"), func(s *SSH) *Value[string] { return &s.IdentityFile }, "private key; without it the agent's keys and the usual files"),
		attr("password", secretRef, func(s *SSH) *Value[*Secret] { return &s.Password }, "password, as a reference to a secret"),
		list("host_keys", like("ssh-ed25519 AAAA..."), func(s *SSH) *[]Value[string] { return &s.HostKeys }, "keys that the host may prove to have"),
		attr("known_hosts", like("known_hosts"), func(s *SSH) *Value[string] { return &s.KnownHosts }, "file with such keys", def(`"~/.ssh/known_hosts"`)),
		attr("jump", like("admin@bastion:22"), func(s *SSH) *Value[string] { return &s.Jump }, "host to go through: [user@]host[:port]"),
		attr("in_band", boolean, func(s *SSH) *Value[bool] { return &s.InBand }, "the host is reached through the tunnel that is being configured", def("false")),
	},
}
