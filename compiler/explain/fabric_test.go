package explain

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A lab builds models by hand, the way compiler.Compile derives them.
type lab struct {
	f    *ir.Fabric
	line int
}

func (l *lab) origin() hcl.Range {
	l.line++
	return hcl.Range{Filename: "spec.hcl", Start: hcl.Pos{Line: l.line, Column: 1, Byte: l.line * 100}}
}

func (l *lab) site(name string, networks ...string) *ir.Site {
	s := &ir.Site{Name: name, Origin: l.origin()}
	for _, n := range networks {
		s.Networks = append(s.Networks, netip.MustParsePrefix(n))
	}
	l.f.Sites = append(l.f.Sites, s)
	return s
}

// node adds a gateway with an inside interface; an empty inside makes a one-armed gateway.
func (l *lab) node(s *ir.Site, release, uplink, inside, nextHop string) *ir.Node {
	n := &ir.Node{Spec: "test", Name: s.Name + "/gw1", Label: "gw1", Site: s, Platform: ir.VyOS, Release: release, Origin: l.origin()}
	n.Uplink = ir.Uplink{Interface: "eth0", Address: netip.MustParsePrefix(uplink), MTU: 1500}
	if inside != "" {
		n.Inside = &ir.Inside{Interface: "eth2", Address: netip.MustParsePrefix(inside), NextHop: netip.MustParseAddr(nextHop)}
	} else if nextHop != "" {
		n.Uplink.NextHop = netip.MustParseAddr(nextHop)
	}
	s.Nodes = append(s.Nodes, n)
	l.f.Nodes = append(l.f.Nodes, n)
	return n
}

func (l *lab) tunnel(name string, natt bool, prefix string, a, b *ir.Node, proposals ...string) *ir.Tunnel {
	p := netip.MustParsePrefix(prefix)
	t := &ir.Tunnel{Name: name, Index: 1, Managed: true, Prefix: p.Masked(), Origin: l.origin()}
	t.NATT = ir.NATT{Encap: natt, Forced: natt, Why: "both uplinks are public"}
	if natt {
		t.NATT.Why = "forced"
	}
	t.PathMTU = min(a.Uplink.MTU, b.Uplink.MTU)
	for _, w := range proposals {
		enc, hash, _ := strings.Cut(w, "-")
		t.ESP.Proposals = append(t.ESP.Proposals, ir.Proposal{Encryption: enc, Hash: hash, DHGroup: 14})
	}
	for i, n := range []*ir.Node{a, b} {
		addr := p.Masked().Addr().Next()
		if i == 1 {
			addr = addr.Next()
		}
		e := &ir.End{Tunnel: t, Node: n, Interface: "vti1", Address: netip.PrefixFrom(addr, p.Bits()),
			Local: n.Uplink.Address.Addr(), LocalID: n.Uplink.Address.Addr(), Origin: l.origin()}
		t.Ends[i] = e
		n.Ends = append(n.Ends, e)
	}
	x, y := t.Ends[0], t.Ends[1]
	x.Peer, y.Peer = y, x
	for _, e := range t.Ends {
		e.Remote = e.Peer.Local
		if pub := e.Peer.Node.Uplink.Public; pub.IsValid() {
			e.Remote = pub
		}
		e.Export, e.Import = e.Node.Site.Networks, e.Peer.Node.Site.Networks
	}
	t.MTU = worst(t).MaxPacket(t.PathMTU)
	l.f.Tunnels = append(l.f.Tunnels, t)
	return t
}

// stretch joins a subnet over tunnels; each attachment is "address gateway" and belongs to the node of the
// same index.
func (l *lab) stretch(name, subnet string, tunnels []*ir.Tunnel, nodes []*ir.Node, at ...string) *ir.Stretch {
	n := len(l.f.Stretches)
	s := &ir.Stretch{Name: name, Index: 5010 + n, VNI: ir.VNI(5010 + n), Subnet: netip.MustParsePrefix(subnet), HostMTU: 1500,
		VTEP: ir.VTEPVTI, Preserve: true, Tunnels: tunnels, Origin: l.origin()}
	for i, node := range nodes {
		addr, gw, _ := strings.Cut(at[i], " ")
		a := &ir.Attachment{Stretch: s, Node: node, Interface: "eth1", VLAN: 20 + 80*i, HostMTU: 1500, Hypervisor: "kvm",
			Address: netip.PrefixFrom(netip.MustParseAddr(addr), s.Subnet.Bits()), Origin: l.origin()}
		if gw != "" {
			a.DefaultGateway = netip.MustParseAddr(gw)
		}
		s.Attaches = append(s.Attaches, a)
		node.Attaches = append(node.Attaches, a)
	}
	for _, a := range s.Attaches {
		for _, t := range tunnels {
			for _, e := range t.Ends {
				if e.Node != a.Node {
					continue
				}
				i := slices.IndexFunc(s.Attaches, func(x *ir.Attachment) bool { return x.Node == e.Peer.Node })
				if i < 0 {
					continue
				}
				a.Remotes = append(a.Remotes, ir.Remote{VTEP: e.Peer.Address.Addr(), End: e, Peer: s.Attaches[i]})
			}
		}
		if len(a.Remotes) == 1 {
			a.Source = a.Remotes[0].End.Address.Addr()
		}
	}
	l.f.Stretches = append(l.f.Stretches, s)
	return s
}

// pair is the sample: two sites, one tunnel, one stretched subnet.
func pair(natt bool, proposals ...string) *lab {
	l := &lab{f: &ir.Fabric{Name: "app-dr"}}
	on := l.site("onprem", "10.20.0.0/16")
	on.Nutanix = &ir.Nutanix{PCVM: netip.MustParseAddr("10.20.5.10")}
	cl := l.site("cloud", "10.30.0.0/16")
	a := l.node(on, "1.4", "203.0.113.10/24", "10.20.0.2/24", "10.20.0.1")
	b := l.node(cl, "1.3", "198.51.100.20/24", "10.30.0.2/24", "10.30.0.1")
	t := l.tunnel("dr", natt, "169.254.100.0/30", a, b, proposals...)
	l.stretch("app", "192.168.10.0/24", []*ir.Tunnel{t}, []*ir.Node{a, b}, "192.168.10.253 192.168.10.1", "192.168.10.254 192.168.10.1")
	return l
}

// three is a full mesh of three sites with one stretch.
func three() *lab {
	l := &lab{f: &ir.Fabric{Name: "mesh"}}
	var nodes []*ir.Node
	for i, name := range []string{"north", "south", "west"} {
		d := string(rune('1' + i))
		s := l.site(name, "10."+d+"0.0.0/16")
		nodes = append(nodes, l.node(s, "1.4", "203.0.113."+d+"0/24", "10."+d+"0.0.2/24", "10."+d+"0.0.1"))
	}
	var tunnels []*ir.Tunnel
	for i, p := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		t := l.tunnel(nodes[p[0]].Site.Name+"-"+nodes[p[1]].Site.Name, false, "169.254.100."+[]string{"0", "4", "8"}[i]+"/30", nodes[p[0]], nodes[p[1]], "aes256gcm128")
		t.Index = i + 1
		for _, e := range t.Ends {
			e.Interface = "vti" + string(rune('1'+i))
		}
		tunnels = append(tunnels, t)
	}
	l.stretch("app", "192.168.10.0/24", tunnels, nodes, "192.168.10.251 192.168.10.1", "192.168.10.252 192.168.10.1", "192.168.10.253 192.168.10.1")
	return l
}

func travel(t *testing.T, l *lab, trip Trip) *Journey {
	t.Helper()
	j, err := Travel(l.f, trip, kernelOf)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func walkNamed(t *testing.T, j *Journey, name string) Walk {
	t.Helper()
	for _, w := range j.Walks {
		if w.Name == name {
			return w
		}
	}
	t.Fatalf("no walk %s", name)
	return Walk{}
}

// kernelOf knows two kernels: that of 1.4 and later, and that of 1.3; and what is assumed of Linux.
func kernelOf(n *ir.Node) Kernel {
	switch {
	case n.Platform == ir.Linux:
		return Kernel{Version: "5.9 or later", Answers: true, Why: "assumed"}
	case n.Release == "1.2":
		return Kernel{Version: "4.19", Why: "VyOS 1.2"}
	case n.Release == "1.3":
		return Kernel{Version: "5.4", Why: "VyOS 1.3"}
	}
	return Kernel{Version: "6.6", Answers: true, Why: "VyOS " + n.Release}
}
