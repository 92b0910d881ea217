package schema

import (
	"net/netip"
	"time"

	"github.com/hashicorp/hcl/v2"
)

var tunnelType = blockType[Tunnel]{
	Block: Block{Name: "tunnel", Labels: []string{"name"}, ForEach: true, Doc: "an encrypted, routed connection of two gateways; tunnel.NAME stands for it"},
	rng:   func(t *Tunnel) *hcl.Range { return &t.Range },
	attrs: []attribute[Tunnel]{
		attr("index", numberLike("1"), func(t *Tunnel) *Value[int] { return &t.Index }, "n of vtiN on both gateways; one that is taken is an error", def("1")),
		attr("psk", secretRef, func(t *Tunnel) *Value[*Secret] { return &t.PSK }, "pre-shared key, as a reference to a secret"),
		attr("nat_traversal", oneOf("auto", "force", "off"), func(t *Tunnel) *Value[string] { return &t.NATTraversal }, "UDP encapsulation: assumed where an end is behind NAT, always, or never", def(`"auto"`)),
		attr("initiator", gatewayRef, func(t *Tunnel) *Value[*Gateway] { return &t.Initiator }, "the end that dials; without it the one behind NAT, else the first"),
		attr("managed", boolean, func(t *Tunnel) *Value[bool] { return &t.Managed }, "false: somebody else runs the tunnel, and only VXLAN and bridge are ours", def("true")),
		attr("backup_path", boolean, func(t *Tunnel) *Value[bool] { return &t.BackupPath }, "true: routed networks may take another path while the tunnel is down", def("false")),
		attr("keying", oneOf("ike", "static"), func(t *Tunnel) *Value[string] { return &t.Keying }, "static: no IKE, for labs on Linux", def(`"ike"`)),
	},
	nested: []nested[Tunnel]{
		repeated(&endType, 2, 2,
			func(t *Tunnel) *End {
				e := new(End)
				t.Ends = append(t.Ends, e)
				return e
			}, func(t *Tunnel) []*End { return t.Ends }),
		block(&ikeType, func(t *Tunnel) **IKE { return &t.IKE }),
		block(&espType, func(t *Tunnel) **ESP { return &t.ESP }),
		block(&dpdType, func(t *Tunnel) **DPD { return &t.DPD }),
		block(&tunnelBGPType, func(t *Tunnel) **TunnelBGP { return &t.BGP }),
	},
}

var endType = blockType[End]{
	Block: Block{Name: "end", Doc: "one end of the tunnel"},
	rng:   func(e *End) *hcl.Range { return &e.Range },
	attrs: []attribute[End]{
		attr("gateway", gatewayRef, func(e *End) *Value[*Gateway] { return &e.Gateway }, "the gateway of this end", required),
		attr("address", prefixOf("address with length", `the VTI's address with its length in quotes, as in "169.254.100.1/30"`, `"169.254.100.1/30"`),
			func(e *End) *Value[netip.Prefix] { return &e.Address }, "address of the VTI; both ends in one point-to-point prefix", required),
		attr("interface", like("vti7"), func(e *End) *Value[string] { return &e.Interface }, "the tunnel's interface; only with managed = false"),
	},
}

var ikeType = blockType[IKE]{
	Block: Block{Name: "ike", Doc: "the IKE SA"},
	rng:   func(i *IKE) *hcl.Range { return &i.Range },
	attrs: []attribute[IKE]{
		list("proposals", like("aes256-sha256-dh14"), func(i *IKE) *[]Value[string] { return &i.Proposals }, "encryption[-hash][-prf][-dhN] in VyOS's own words, the preferred one first", def(`["aes256-sha256-dh14"]`)),
		attr("lifetime", duration, func(i *IKE) *Value[time.Duration] { return &i.Lifetime }, "time until it is negotiated again", def(`"8h"`)),
	},
}

var espType = blockType[ESP]{
	Block: Block{Name: "esp", Doc: "the child SA, which carries the packets"},
	rng:   func(e *ESP) *hcl.Range { return &e.Range },
	attrs: []attribute[ESP]{
		list("proposals", like("aes256gcm128-dh14"), func(e *ESP) *[]Value[string] { return &e.Proposals }, "encryption[-hash][-dhN] in VyOS's own words, the preferred one first", def(`["aes256gcm128-dh14"]`)),
		attr("lifetime", duration, func(e *ESP) *Value[time.Duration] { return &e.Lifetime }, "time until it is negotiated again", def(`"1h"`)),
	},
}

var dpdType = blockType[DPD]{
	Block: Block{Name: "dpd", Doc: "dead peer detection"},
	rng:   func(p *DPD) *hcl.Range { return &p.Range },
	attrs: []attribute[DPD]{
		attr("interval", duration, func(p *DPD) *Value[time.Duration] { return &p.Interval }, "time between probes of a silent peer", def(`"10s"`)),
		attr("timeout", duration, func(p *DPD) *Value[time.Duration] { return &p.Timeout }, "IKEv1 only: IKEv2 goes by its retransmissions"),
		attr("action", oneOf("restart", "clear", "hold", "trap"), func(p *DPD) *Value[string] { return &p.Action }, "what the initiator does; a responder only clears", def(`"restart"`)),
	},
}

var tunnelBGPType = blockType[TunnelBGP]{
	Block: Block{Name: "bgp", Doc: "the session over the tunnel"},
	rng:   func(b *TunnelBGP) *hcl.Range { return &b.Range },
	attrs: []attribute[TunnelBGP]{
		attr("keepalive", duration, func(b *TunnelBGP) *Value[time.Duration] { return &b.Keepalive }, "time between keepalives", def(`"10s"`)),
		attr("hold", duration, func(b *TunnelBGP) *Value[time.Duration] { return &b.Hold }, "silence after which the session is down", def(`"30s"`)),
		attr("bfd", boolean, func(b *TunnelBGP) *Value[bool] { return &b.BFD }, "detect a dead path by BFD", def("false")),
		attr("password", secretRef, func(b *TunnelBGP) *Value[*Secret] { return &b.Password }, "TCP MD5 password, as a reference to a secret"),
	},
}
