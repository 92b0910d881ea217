package explain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
)

// A Budget is what there is of octets on every tunnel.
type Budget struct {
	Tunnels []TunnelBudget `json:"tunnels"` // sorted by name
}

// A TunnelBudget is the sum of one tunnel, for each of its proposals.
type TunnelBudget struct {
	Tunnel    string    `json:"tunnel"`
	Ends      [2]string `json:"ends"`      // SITE/GW
	Stretches []string  `json:"stretches"` // those that use it
	PathMTU   int       `json:"path_mtu"`  // octets; the smaller of both uplinks'
	NATT      bool      `json:"nat_traversal"`
	NATTWhy   string    `json:"nat_traversal_why"`
	OuterIPv6 bool      `json:"outer_ipv6"`
	VTEPIPv6  bool      `json:"vtep_ipv6"`
	HostMTU   int       `json:"host_mtu"` // octets; the largest that hosts of the stretches send
	MTU       int       `json:"mtu"`      // octets; of the tunnel's interface
	Assumed   bool      `json:"assumed"`  // IPsec is somebody else\'s, and the proposal a guess

	Proposals    []ProposalBudget `json:"proposals"` // in the order of the specification; the worst decides
	Alternatives []Alternative    `json:"alternatives"`
	Rules        []Rule           `json:"rules"`
}

// A ProposalBudget is the sum for one cipher suite.
type ProposalBudget struct {
	Proposal  string        `json:"proposal,omitempty"` // in VyOS's words
	Cipher    string        `json:"cipher"`
	Integrity string        `json:"integrity"`
	Worst     bool          `json:"worst"`              // sizes are computed for this one
	MTU       []packet.Part `json:"mtu_sum"`            // from the path MTU to the tunnel's MTU
	Host      []packet.Part `json:"host_sum"`           // from the tunnel's MTU to the hosts'
	Wire      []packet.Part `json:"wire_sum,omitempty"` // of a packet as large as the tunnel's MTU
	Sizes
}

// Sizes are what follows from a cipher suite and a path.
type Sizes struct {
	TunnelMTU  int `json:"tunnel_mtu"`            // octets; the largest packet that leaves as one
	MaxFrame   int `json:"max_frame"`             // octets; with the Ethernet header
	MaxHostMTU int `json:"max_host_mtu"`          // octets of IP; hosts with it never meet the limit
	MSS4       int `json:"mss_ipv4"`              // octets; TCP over IPv4 of such hosts
	MSS6       int `json:"mss_ipv6"`              // octets; TCP over IPv6
	PathFor    int `json:"path_for_hosts"`        // octets; the path MTU that carries the hosts' MTU as it is
	PathForTag int `json:"path_for_tagged_hosts"` // octets; the same when frames keep a VLAN tag
}

// An Alternative is another choice side by side with the present one.
type Alternative struct {
	Proposal  string `json:"proposal,omitempty"`
	NATT      bool   `json:"nat_traversal"`
	OuterIPv6 bool   `json:"outer_ipv6"`
	PathMTU   int    `json:"path_mtu"`
	Present   bool   `json:"present"` // it is what the specification has
	Sizes
}

// A Rule is a rule of thumb for the MTU of hosts, judged.
type Rule struct {
	MTU     int    `json:"mtu"` // octets
	Says    string `json:"says"`
	Off     int    `json:"off"` // octets that it is too large by; negative: octets that it gives away
	Verdict string `json:"verdict"`
}

// thumb are the rules of thumb that people carry around.
var thumb = []struct {
	mtu  int
	says string
}{
	{1390, "set the hosts to 1390, VXLAN over a VPN"},
	{1400, "set the hosts to 1400, to be safe"},
	{1450, "set the hosts to 1450, as for VXLAN"},
}

// suites are those that alternatives are shown for, beside the specification's own.
var suites = []ir.Proposal{
	{Encryption: "aes256gcm128"},
	{Encryption: "chacha20poly1305"},
	{Encryption: "aes256", Hash: "sha256"},
	{Encryption: "aes128", Hash: "sha1"},
}

// jumbo is the path MTU of the alternative with large packets outside.
const jumbo = 9000

// Budgets computes the sums for every tunnel, or for those of one stretch.
func Budgets(f *ir.Fabric, stretch string) (*Budget, error) {
	tunnels := f.Tunnels
	if stretch != "" {
		s, err := findStretch(f, stretch)
		if err != nil {
			return nil, err
		}
		tunnels = s.Tunnels
	}
	b := &Budget{Tunnels: []TunnelBudget{}}
	for _, t := range tunnels {
		b.Tunnels = append(b.Tunnels, tunnelBudget(f, t))
	}
	slices.SortFunc(b.Tunnels, func(x, y TunnelBudget) int { return cmp.Compare(x.Tunnel, y.Tunnel) })
	return b, nil
}

func tunnelBudget(f *ir.Fabric, t *ir.Tunnel) TunnelBudget {
	b := TunnelBudget{Tunnel: t.Name, Ends: [2]string{t.Ends[0].Node.Name, t.Ends[1].Node.Name}, PathMTU: t.PathMTU,
		NATT: t.NATT.Encap, NATTWhy: t.NATT.Why, OuterIPv6: t.Ends[0].Local.Is6(), VTEPIPv6: vtep6(t.Ends[0]), MTU: t.MTU, Assumed: len(t.ESP.Proposals) == 0,
		Stretches: []string{}, Proposals: []ProposalBudget{}, Alternatives: []Alternative{}, Rules: []Rule{}}
	for _, s := range f.Stretches {
		if slices.Contains(s.Tunnels, t) {
			b.Stretches = append(b.Stretches, s.Name)
			b.HostMTU = max(b.HostMTU, s.HostMTU)
			b.VTEPIPv6 = b.VTEPIPv6 || remote6(s, t)
		}
	}
	if b.HostMTU == 0 {
		b.HostMTU = 1500
	}
	v := packet.VXLAN{OuterIPv6: b.VTEPIPv6}
	decisive := worst(t)
	for _, e := range encapsulations(t) {
		p := ProposalBudget{Proposal: e.Name, Cipher: e.Cipher, Integrity: e.Integrity, Worst: e == decisive,
			MTU: e.MaxParts(t.PathMTU), Sizes: sizes(e, v, t.PathMTU, b.HostMTU)}
		if p.TunnelMTU > 0 {
			p.Wire = e.Parts(p.TunnelMTU)
		}
		p.Host = []packet.Part{{Name: "MTU of " + t.Ends[0].Interface, Octets: p.TunnelMTU}}
		for _, part := range v.Parts() {
			part.Octets = -part.Octets
			p.Host = append(p.Host, part)
		}
		if slices.ContainsFunc(b.Proposals, func(q ProposalBudget) bool { return q.Proposal == p.Proposal }) {
			continue // the same suite with another Diffie-Hellman group
		}
		b.Proposals = append(b.Proposals, p)
	}
	b.Alternatives = alternatives(t, decisive, v, b.HostMTU)
	host := v.HostMTU(t.MTU)
	for _, r := range thumb {
		b.Rules = append(b.Rules, judge(r.mtu, r.says, host, b.HostMTU, v))
	}
	return b
}

// remote6 reports whether the VTEPs of a stretch that lie behind a tunnel have IPv6 addresses.
func remote6(s *ir.Stretch, t *ir.Tunnel) bool {
	for _, a := range s.Attaches {
		for _, r := range a.Remotes {
			if r.End != nil && r.End.Tunnel == t && r.VTEP.Is6() {
				return true
			}
		}
	}
	return false
}

func sizes(e packet.Encapsulation, v packet.VXLAN, path, hosts int) Sizes {
	mtu := e.MaxPacket(path)
	tagged := v
	tagged.Tagged = true
	host := v.HostMTU(mtu)
	return Sizes{TunnelMTU: mtu, MaxFrame: v.MaxFrame(mtu), MaxHostMTU: host,
		MSS4: packet.MSS(host, false), MSS6: packet.MSS(host, true),
		PathFor: e.PathFor(v.Overhead() + hosts), PathForTag: e.PathFor(tagged.Overhead() + hosts)}
}

// alternatives are the choices side by side: each suite with and without NAT-T, over IPv4 and IPv6, on the
// present path and on a jumbo path.
func alternatives(t *ir.Tunnel, present packet.Encapsulation, v packet.VXLAN, hosts int) []Alternative {
	all := []packet.Transform{present.Transform}
	for _, p := range suites {
		if tr, ok := packet.ESPOf(p.Encryption, p.Hash); ok && tr.Name != present.Name {
			all = append(all, tr)
		}
	}
	paths := []int{t.PathMTU}
	if t.PathMTU < jumbo {
		paths = append(paths, jumbo)
	}
	var out []Alternative
	for _, path := range paths {
		for _, tr := range all {
			for _, ipv6 := range []bool{false, true} {
				for _, natt := range []bool{false, true} {
					e := packet.Encapsulation{Transform: tr, NATT: natt, OuterIPv6: ipv6}
					out = append(out, Alternative{Proposal: tr.Name, NATT: natt, OuterIPv6: ipv6, PathMTU: path,
						Present: e == present && path == t.PathMTU, Sizes: sizes(e, v, path, hosts)})
				}
			}
		}
	}
	return out
}

// judge compares a rule of thumb with the hosts' MTU that the tunnel carries.
func judge(mtu int, says string, right, hosts int, v packet.VXLAN) Rule {
	r := Rule{MTU: mtu, Says: says, Off: mtu - right}
	switch {
	case r.Off == 0:
		r.Verdict = "exactly right here"
	case r.Off > 0:
		r.Verdict = fmt.Sprintf("%d octets too large: a packet of %d makes one of %d in the tunnel, whose MTU is %d",
			r.Off, mtu, mtu+v.Overhead(), right+v.Overhead())
	default:
		r.Verdict = fmt.Sprintf("works, and gives away %d octets of every packet: %d would do", -r.Off, right)
	}
	if right >= hosts {
		r.Verdict = fmt.Sprintf("not needed: the tunnel carries %d, and hosts have %d", right, hosts)
	}
	return r
}
