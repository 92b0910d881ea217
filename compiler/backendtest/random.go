// Package backendtest holds what every backend is tested with, and what all tests are told from outside: where
// randomness begins, where reference data is, whether expected output is rewritten. Only tests import it.
package backendtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Options bound what Random makes.
type Options struct {
	Releases  []string // to choose from, for each gateway; none: 1.4
	Sites     int      // at most; 0 is 4
	Stretches int      // at most; 0 is 6

	// Wide adds what few specifications have: spares, tunnels that somebody else runs, IPv6 outside and inside,
	// NAT at any site, one-armed gateways, bonds, keys for BGP, blocked frames, rarer proposals.
	Wide bool
}

// A Specification is a valid specification in pieces, so that a test can leave some out.
type Specification struct {
	Header    string
	Sites     []string
	Tunnels   []string
	Stretches []string
}

// Text is the whole specification.
func (s Specification) Text() string {
	parts := append([]string{s.Header}, s.Sites...)
	parts = append(parts, s.Tunnels...)
	return strings.Join(append(parts, s.Stretches...), "\n")
}

// Random makes a valid specification: sites with a full mesh of tunnels between them, and stretches over
// some of the sites. The same state of the source gives the same specification.
func Random(r *rand.Rand, o Options) Specification {
	if len(o.Releases) == 0 {
		o.Releases = []string{"1.4"}
	}
	if o.Sites == 0 {
		o.Sites = 4
	}
	if o.Stretches == 0 {
		o.Stretches = 6
	}
	g := &generator{r: r, o: o}
	g.sites()
	g.tunnels()
	for i := range r.IntN(o.Stretches + 1) {
		g.stretch(i)
	}
	return g.out
}

type generator struct {
	r     *rand.Rand
	o     Options
	out   Specification
	rel   []string       // by site
	pairs map[[2]int]int // tunnel by its two sites
	six   map[int]bool   // tunnels with IPv6 addresses
	spare map[int]bool   // sites with a second gateway
	to    map[[2]int]int // tunnel by the site of a spare and the far site
	outer bool           // uplinks are IPv6
	nat   int            // the site behind NAT, -1 for none
}

// wide is true once in n times, when rare things are wanted.
func (g *generator) wide(n int) bool { return g.o.Wide && g.chance(n) }

// modern reports whether releases take IPv6 on a VTI and filter frames.
func modern(releases ...string) bool {
	for _, r := range releases {
		if r == "1.2" || r == "1.3" {
			return false
		}
	}
	return true
}

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.r.IntN(n) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.r.IntN(len(from))] }

func (g *generator) sites() {
	g.spare, g.nat, g.outer = make(map[int]bool), -1, modern(g.o.Releases...) && g.wide(5)
	if g.o.Wide && !g.outer && g.chance(3) {
		g.nat = g.r.IntN(2)
	}
	g.out.Header = fmt.Sprintf("l2stretch {\n  name = %q\n}\n\nsecret \"psk\" {\n  env = \"PSK\"\n}\n", pick(g, "dr", "app-dr", "x", "sixteen-letters1"))
	for i := range 2 + g.r.IntN(g.o.Sites-1) {
		rel := pick(g, g.o.Releases...)
		g.rel = append(g.rel, rel)
		var b strings.Builder
		var networks []string
		for k := range g.r.IntN(4) {
			networks = append(networks, fmt.Sprintf(`"10.%d.%d.0/24"`, 20+i, 1+k))
		}
		fmt.Fprintf(&b, "site \"s%d\" {\n  networks = [%s]\n\n  gateway \"gw1\" {\n    platform = \"vyos\"\n    release  = %q\n", i, strings.Join(networks, ", "), rel)
		fmt.Fprintf(&b, "\n    uplink {\n      interface = %q\n", pick(g, "eth0", "eth0", "eth0.7"))
		private := g.nat == i
		if !g.o.Wide {
			private = i == 0 && g.chance(4)
		}
		if g.outer {
			fmt.Fprintf(&b, "      address = \"2001:db8:ff:%d::10/64\"\n", 100+i)
		} else if private {
			fmt.Fprintf(&b, "      address        = \"172.16.0.%d/24\"\n      public_address = \"203.0.113.9\"\n", 10+i)
		} else {
			fmt.Fprintf(&b, "      address = \"198.51.%d.10/24\"\n", 100+i)
		}
		if g.chance(3) {
			fmt.Fprintf(&b, "      mtu = %d\n", pick(g, 1400, 1500, 9000))
		}
		oneArmed := !private && !g.outer && g.wide(4)
		if oneArmed {
			fmt.Fprintf(&b, "      next_hop = \"198.51.%d.1\"\n", 100+i)
		}
		b.WriteString("    }\n")
		if !oneArmed && !g.chance(4) {
			fmt.Fprintf(&b, "\n    inside {\n      interface = \"eth2\"\n      address   = \"10.%d.0.2/24\"\n      next_hop  = \"10.%d.0.1\"\n    }\n", 20+i, 20+i)
		}
		fmt.Fprintf(&b, "\n    bgp {\n      asn = %d\n", 65001+i)
		fmt.Fprintf(&b, "      router_id = \"10.255.0.%d\"\n    }\n  }\n", 1+i)
		if !private && !g.outer && g.wide(4) {
			g.spare[i] = true
			fmt.Fprintf(&b, "\n  gateway \"gw2\" {\n    release = %q\n\n    uplink {\n      interface = \"eth0\"\n      address   = \"198.51.%d.11/24\"\n    }\n\n    bgp {\n      asn       = %d\n      router_id = \"10.255.1.%d\"\n    }\n  }\n", rel, 100+i, 65101+i, 1+i)
		}
		b.WriteString("}\n")
		g.out.Sites = append(g.out.Sites, b.String())
	}
}

func (g *generator) tunnels() {
	g.pairs, g.to, g.six = make(map[[2]int]int), make(map[[2]int]int), make(map[int]bool)
	n := 0
	for a := range g.rel {
		for z := a + 1; z < len(g.rel); z++ {
			n++
			g.pairs[[2]int{a, z}] = n
			g.tunnel(n, [2]string{fmt.Sprintf("site.s%d.gateway.gw1", a), fmt.Sprintf("site.s%d.gateway.gw1", z)}, g.rel[a], g.rel[z])
		}
	}
	for s := range g.rel {
		for far := range g.rel {
			if g.spare[s] && far != s {
				n++
				g.to[[2]int{s, far}] = n
				g.tunnel(n, [2]string{fmt.Sprintf("site.s%d.gateway.gw2", s), fmt.Sprintf("site.s%d.gateway.gw1", far)}, g.rel[s], g.rel[far])
			}
		}
	}
}

func (g *generator) tunnel(n int, gateways [2]string, releases ...string) {
	var b strings.Builder
	foreign := g.wide(6)
	g.six[n] = modern(releases...) && g.wide(4)
	fmt.Fprintf(&b, "tunnel \"t%d\" {\n  index = %d\n", n, n)
	if foreign {
		b.WriteString("  managed = false\n")
	} else {
		b.WriteString("  psk   = secret.psk\n")
	}
	if g.chance(4) {
		b.WriteString("  nat_traversal = \"force\"\n")
	}
	if g.chance(5) && !foreign {
		b.WriteString("  backup_path = true\n")
	}
	bits, first := pick(g, 30, 31), 1
	if bits == 31 {
		first = 0
	}
	for k, gateway := range gateways {
		address := fmt.Sprintf("169.254.%d.%d/%d", n, first+k, bits)
		if g.six[n] {
			address = fmt.Sprintf("fd00:%d::%d/%d", n, first+k, bits+96)
		}
		fmt.Fprintf(&b, "\n  end {\n    gateway = %s\n    address = %q\n", gateway, address)
		if foreign {
			fmt.Fprintf(&b, "    interface = \"vti%d\"\n", n)
		}
		b.WriteString("  }\n")
	}
	if !foreign {
		g.security(&b, releases)
	}
	b.WriteString("}\n")
	g.out.Tunnels = append(g.out.Tunnels, b.String())
}

// security writes what of IPsec and BGP only a tunnel of ours has.
func (g *generator) security(b *strings.Builder, releases []string) {
	if g.chance(2) {
		ike, esp := pick(g, "aes256-sha256-dh14", "aes128-sha256-dh19", "aes256gcm128-sha512-dh20"), pick(g, `"aes256gcm128-dh14"`, `"aes256-sha256-dh14", "aes128-sha256-dh14"`, `"chacha20poly1305-dh19"`, `"aes256gcm128"`)
		if g.wide(2) {
			ike, esp = pick(g, "aes128-sha1-dh2", "3des-md5-dh5", "aes256-sha512-dh26"), pick(g, `"aes128-sha1-dh2"`, `"aes256-sha384-dh21"`)
			if !slices.Contains(releases, "1.2") {
				ike, esp = pick(g, ike, "aes256-sha256-prfsha512-dh31", "camellia256-sha384-dh32"), pick(g, esp, `"aes192gcm96-dh31", "aes256-sha512-dh31"`)
			}
		}
		lifetime := pick(g, "8h", "4h")
		fmt.Fprintf(b, "\n  ike {\n    proposals = [%q]\n    lifetime  = %q\n  }\n", ike, lifetime)
		fmt.Fprintf(b, "\n  esp {\n    proposals = [%s]\n    lifetime  = %q\n  }\n", esp, pick(g, "1h", "2h"))
	}
	if g.chance(3) {
		fmt.Fprintf(b, "\n  dpd {\n    interval = \"%ds\"\n    action   = %q\n  }\n", 5+g.r.IntN(30), pick(g, "restart", "clear"))
	}
	if g.chance(3) {
		fmt.Fprintf(b, "\n  bgp {\n    keepalive = \"5s\"\n    hold      = \"15s\"\n    bfd       = %v\n", g.chance(2))
		if g.wide(2) {
			b.WriteString("    password  = secret.psk\n")
		}
		b.WriteString("  }\n")
	}
}

func (g *generator) stretch(i int) {
	sites := g.r.Perm(len(g.rel))[:2]
	if len(g.rel) > 2 && g.chance(3) {
		sites = g.r.Perm(len(g.rel))[:3]
	}
	old, allModern := false, true
	for _, s := range sites {
		old = old || g.rel[s] == "1.2"
		allModern = allModern && modern(g.rel[s])
	}
	if old {
		sites = sites[:2]
	}
	var tunnels []string
	ip6 := 0
	use := func(n int) {
		tunnels = append(tunnels, fmt.Sprintf("tunnel.t%d", n))
		if g.six[n] {
			ip6++
		}
	}
	for x, a := range sites {
		for _, z := range sites[x+1:] {
			use(g.pairs[[2]int{min(a, z), max(a, z)}])
		}
	}
	standby := len(sites) == 2 && g.spare[sites[1]] && g.wide(2)
	if standby {
		use(g.to[[2]int{sites[1], sites[0]}])
	}
	if ip6 > 0 && ip6 < len(tunnels) {
		return // the VTEPs of a stretch are of one family
	}
	old = old || ip6 > 0
	var b strings.Builder
	fmt.Fprintf(&b, "stretch \"n%d\" {\n  tunnels = [%s]\n  subnet  = \"192.168.%d.0/24\"\n  vni     = %d\n", i, strings.Join(tunnels, ", "), 10+i, 5000+10*i+g.r.IntN(10))
	if g.chance(4) {
		b.WriteString("  paused  = true\n")
	}
	if g.chance(4) && !old {
		b.WriteString("  vtep    = \"loopback\"\n")
	}
	if g.chance(4) && allModern {
		b.WriteString("  first_hop   = \"local\"\n  gateway_mac = \"00:00:5e:00:01:0a\"\n")
	}
	if allModern && g.wide(4) {
		b.WriteString("  block       = [\"dhcp\", \"ra\"]\n")
		if !strings.Contains(b.String(), "gateway_mac") {
			b.WriteString("  gateway_mac = \"00:00:5e:00:01:0a\"\n")
		}
	}
	if g.chance(4) {
		b.WriteString("  mac_aging = \"120s\"\n")
	}
	if g.chance(5) {
		b.WriteString("  host_mtu = 1600\n")
	}
	if g.chance(5) {
		b.WriteString("  route_from_stretch = true\n")
	}
	subnet := fmt.Sprintf("192.168.%d.", 10+i)
	tagged := g.chance(2)
	trunk := "eth1"
	if g.wide(4) {
		trunk = "bond0"
	}
	for k, s := range sites {
		fmt.Fprintf(&b, "\n  attach {\n    gateway         = site.s%d.gateway.gw1\n", s)
		if tagged {
			fmt.Fprintf(&b, "    interface       = %q\n    vlan            = %d\n    tagged          = true\n", trunk, 100+10*i+k)
		} else {
			fmt.Fprintf(&b, "    interface       = \"eth%d\"\n", 3+i)
		}
		fmt.Fprintf(&b, "    address         = \"192.168.%d.%d\"\n", 10+i, 250+k)
		if g.wide(5) {
			fmt.Fprintf(&b, "    mac             = \"52:54:00:00:%02x:%02x\"\n", i, k)
		}
		fmt.Fprintf(&b, "    default_gateway = \"%s1\"\n    hypervisor      = %q\n  }\n", subnet, pick(g, "kvm", "esxi", "ahv"))
	}
	if standby {
		fmt.Fprintf(&b, "\n  attach {\n    gateway    = site.s%d.gateway.gw2\n    interface  = \"eth%d\"\n    address    = \"%s249\"\n    standby    = true\n    hypervisor = \"kvm\"\n  }\n", sites[1], 3+i, subnet)
	}
	b.WriteString("}\n")
	g.out.Stretches = append(g.out.Stretches, b.String())
}
