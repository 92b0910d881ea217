// Package backendtest holds what every backend is tested with. Only tests import it.
package backendtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Options bound what Random makes.
type Options struct {
	Releases  []string // to choose from, for each gateway; none: 1.4
	Sites     int      // at most; 0 is 4
	Stretches int      // at most; 0 is 6
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
}

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.r.IntN(n) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.r.IntN(len(from))] }

func (g *generator) sites() {
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
		if i == 0 && g.chance(4) {
			fmt.Fprintf(&b, "      address        = \"172.16.0.%d/24\"\n      public_address = \"203.0.113.9\"\n", 10+i)
		} else {
			fmt.Fprintf(&b, "      address = \"198.51.%d.10/24\"\n", 100+i)
		}
		if g.chance(3) {
			fmt.Fprintf(&b, "      mtu = %d\n", pick(g, 1400, 1500, 9000))
		}
		b.WriteString("    }\n")
		if !g.chance(4) {
			fmt.Fprintf(&b, "\n    inside {\n      interface = \"eth2\"\n      address   = \"10.%d.0.2/24\"\n      next_hop  = \"10.%d.0.1\"\n    }\n", 20+i, 20+i)
		}
		fmt.Fprintf(&b, "\n    bgp {\n      asn = %d\n", 65001+i)
		fmt.Fprintf(&b, "      router_id = \"10.255.0.%d\"\n    }\n  }\n}\n", 1+i)
		g.out.Sites = append(g.out.Sites, b.String())
	}
}

func (g *generator) tunnels() {
	g.pairs = make(map[[2]int]int)
	n := 0
	for a := range g.rel {
		for z := a + 1; z < len(g.rel); z++ {
			n++
			g.pairs[[2]int{a, z}] = n
			var b strings.Builder
			fmt.Fprintf(&b, "tunnel \"t%d\" {\n  index = %d\n  psk   = secret.psk\n", n, n)
			if g.chance(4) {
				b.WriteString("  nat_traversal = \"force\"\n")
			}
			if g.chance(5) {
				b.WriteString("  backup_path = true\n")
			}
			bits, first := pick(g, 30, 31), 1
			if bits == 31 {
				first = 0
			}
			for k, site := range []int{a, z} {
				fmt.Fprintf(&b, "\n  end {\n    gateway = site.s%d.gateway.gw1\n    address = \"169.254.%d.%d/%d\"\n  }\n", site, n, first+k, bits)
			}
			if g.chance(2) {
				fmt.Fprintf(&b, "\n  ike {\n    proposals = [%q]\n    lifetime  = %q\n  }\n", pick(g, "aes256-sha256-dh14", "aes128-sha256-dh19", "aes256gcm128-sha512-dh20"), pick(g, "8h", "4h"))
				fmt.Fprintf(&b, "\n  esp {\n    proposals = [%s]\n    lifetime  = %q\n  }\n", pick(g, `"aes256gcm128-dh14"`, `"aes256-sha256-dh14", "aes128-sha256-dh14"`, `"chacha20poly1305-dh19"`, `"aes256gcm128"`), pick(g, "1h", "2h"))
			}
			if g.chance(3) {
				fmt.Fprintf(&b, "\n  dpd {\n    interval = \"%ds\"\n    action   = %q\n  }\n", 5+g.r.IntN(30), pick(g, "restart", "clear"))
			}
			if g.chance(3) {
				fmt.Fprintf(&b, "\n  bgp {\n    keepalive = \"5s\"\n    hold      = \"15s\"\n    bfd       = %v\n  }\n", g.chance(2))
			}
			b.WriteString("}\n")
			g.out.Tunnels = append(g.out.Tunnels, b.String())
		}
	}
}

func (g *generator) stretch(i int) {
	sites := g.r.Perm(len(g.rel))[:2]
	if len(g.rel) > 2 && g.chance(3) {
		sites = g.r.Perm(len(g.rel))[:3]
	}
	old, modern := false, true
	for _, s := range sites {
		old = old || g.rel[s] == "1.2"
		modern = modern && g.rel[s] != "1.2" && g.rel[s] != "1.3"
	}
	if old {
		sites = sites[:2]
	}
	var tunnels []string
	for x, a := range sites {
		for _, z := range sites[x+1:] {
			tunnels = append(tunnels, fmt.Sprintf("tunnel.t%d", g.pairs[[2]int{min(a, z), max(a, z)}]))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "stretch \"n%d\" {\n  tunnels = [%s]\n  subnet  = \"192.168.%d.0/24\"\n  vni     = %d\n", i, strings.Join(tunnels, ", "), 10+i, 5000+10*i+g.r.IntN(10))
	if g.chance(4) {
		b.WriteString("  paused  = true\n")
	}
	if g.chance(4) && !old {
		b.WriteString("  vtep    = \"loopback\"\n")
	}
	if g.chance(4) && modern {
		b.WriteString("  first_hop   = \"local\"\n  gateway_mac = \"00:00:5e:00:01:0a\"\n")
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
	tagged := g.chance(2)
	for k, s := range sites {
		fmt.Fprintf(&b, "\n  attach {\n    gateway         = site.s%d.gateway.gw1\n", s)
		if tagged {
			fmt.Fprintf(&b, "    interface       = \"eth1\"\n    vlan            = %d\n    tagged          = true\n", 100+10*i+k)
		} else {
			fmt.Fprintf(&b, "    interface       = \"eth%d\"\n", 3+i)
		}
		fmt.Fprintf(&b, "    address         = \"192.168.%d.%d\"\n", 10+i, 250+k)
		fmt.Fprintf(&b, "    default_gateway = \"192.168.%d.1\"\n    hypervisor      = %q\n  }\n", 10+i, pick(g, "kvm", "esxi", "ahv"))
	}
	b.WriteString("}\n")
	g.out.Stretches = append(g.out.Stretches, b.String())
}
