package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// perPair is how many stretches two sites share: a site has 4094 VLANs.
const perPair = 4000

// large is a specification with n stretches, tagged on trunks, between as many pairs of sites as their VLANs
// need.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString(`l2stretch {
  name = "large"
}

secret "psk" {
  env = "PSK"
}
`)
	for p := range (n + perPair - 1) / perPair {
		for i, site := range []string{"a", "b"} {
			fmt.Fprintf(&b, `
site "%s%d" {
  networks = ["172.%d.0.0/16"]

  gateway "gw1" {
    release = "1.4"

    uplink {
      interface = "eth0"
      address   = "198.51.%d.10/24"
      next_hop  = "198.51.%d.1"
    }

    bgp {
      asn = %d
    }
  }
}
`, site, p, 16+2*p+i, 100+2*p+i, 100+2*p+i, 65001+i)
		}
		fmt.Fprintf(&b, `
tunnel "t%d" {
  psk = secret.psk

  end {
    gateway = site.a%d.gateway.gw1
    address = "169.254.%d.1/30"
  }

  end {
    gateway = site.b%d.gateway.gw1
    address = "169.254.%d.2/30"
  }
}
`, p, p, p, p, p)
	}
	for i := range n {
		p := i / perPair
		net := fmt.Sprintf("10.%d.%d", i/256, i%256)
		fmt.Fprintf(&b, "\nstretch \"n%d\" {\n  tunnels = [tunnel.t%d]\n  subnet  = \"%s.0/24\"\n  vni     = %d\n", i, p, net, 5000+i)
		for k, site := range []string{"a", "b"} {
			fmt.Fprintf(&b, `
  attach {
    gateway         = site.%s%d.gateway.gw1
    interface       = "eth1"
    vlan            = %d
    tagged          = true
    address         = "%s.%d"
    default_gateway = "%s.1"
    hypervisor      = "kvm"
  }
`, site, p, 10+i%perPair, net, 253+k, net)
		}
		b.WriteString("}\n")
	}
	return []byte(b.String())
}

// The peer's structs: flat, decoded by the library that HCL comes with.
type (
	peerFile struct {
		Header    []peerHeader  `hcl:"l2stretch,block"`
		Secrets   []peerSecret  `hcl:"secret,block"`
		Sites     []peerSite    `hcl:"site,block"`
		Tunnels   []peerTunnel  `hcl:"tunnel,block"`
		Stretches []peerStretch `hcl:"stretch,block"`
	}
	peerHeader struct {
		Name string `hcl:"name"`
	}
	peerSecret struct {
		Label string `hcl:"name,label"`
		Env   string `hcl:"env"`
	}
	peerSite struct {
		Label    string        `hcl:"name,label"`
		Networks []string      `hcl:"networks"`
		Gateways []peerGateway `hcl:"gateway,block"`
	}
	peerGateway struct {
		Label   string     `hcl:"name,label"`
		Release string     `hcl:"release"`
		Uplink  peerUplink `hcl:"uplink,block"`
		BGP     peerBGP    `hcl:"bgp,block"`
	}
	peerUplink struct {
		Interface string `hcl:"interface"`
		Address   string `hcl:"address"`
		NextHop   string `hcl:"next_hop"`
	}
	peerBGP struct {
		ASN int `hcl:"asn"`
	}
	peerTunnel struct {
		Label string    `hcl:"name,label"`
		PSK   string    `hcl:"psk"`
		Ends  []peerEnd `hcl:"end,block"`
	}
	peerEnd struct {
		Gateway string `hcl:"gateway"`
		Address string `hcl:"address"`
	}
	peerStretch struct {
		Label    string       `hcl:"name,label"`
		Tunnels  []string     `hcl:"tunnels"`
		Subnet   string       `hcl:"subnet"`
		VNI      int          `hcl:"vni"`
		Attaches []peerAttach `hcl:"attach,block"`
	}
	peerAttach struct {
		Gateway        string `hcl:"gateway"`
		Interface      string `hcl:"interface"`
		VLAN           int    `hcl:"vlan"`
		Tagged         bool   `hcl:"tagged"`
		Address        string `hcl:"address"`
		DefaultGateway string `hcl:"default_gateway"`
		Hypervisor     string `hcl:"hypervisor"`
	}
)

// peer parses a specification and decodes it into flat structs, and nothing else.
func peer(b testing.TB, src []byte) {
	f, diags := hclsyntax.ParseConfig(src, "spec.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	gw := func(s string) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"gateway": cty.ObjectVal(map[string]cty.Value{"gw1": cty.StringVal(s)})})
	}
	sites, tunnels := make(map[string]cty.Value), make(map[string]cty.Value)
	for p := range 3 {
		for _, s := range []string{"a", "b"} {
			name := fmt.Sprint(s, p)
			sites[name] = gw(name)
		}
		name := fmt.Sprint("t", p)
		tunnels[name] = cty.StringVal(name)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{
		"secret": cty.ObjectVal(map[string]cty.Value{"psk": cty.StringVal("psk")}),
		"site":   cty.ObjectVal(sites),
		"tunnel": cty.ObjectVal(tunnels),
	}}
	var out peerFile
	if diags := gohcl.DecodeBody(f.Body, ctx, &out); diags.HasErrors() {
		b.Fatal(diags)
	}
}

// whole is everything from the text of a specification to the text of the commands.
func whole(b testing.TB, src []byte) int {
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: src}}})
	_, snapshots, diags := compiler.Build(file, diags, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	if diags.HasErrors() {
		b.Fatal(diags.Errs()[0])
	}
	n := 0
	for _, s := range snapshots {
		c := s.(*vyos.Config)
		text, err := c.Tree.AppendCommands(nil, config.PrintOptions{Order: c.Order(), Secrets: config.SecretsMark})
		if err != nil {
			b.Fatal(err)
		}
		n += len(text)
	}
	return n
}

// BenchmarkCompile measures a whole compile beside what parsing the same file and decoding it into flat
// structs costs; x-peer is the ratio of the two. At 10,000 stretches x-growth compares with 1,000.
func BenchmarkCompile(b *testing.B) {
	perOp := make(map[int]float64)
	for _, n := range []int{1000, 10000} {
		src := large(n)
		var floor float64
		b.Run(fmt.Sprintf("peer/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				peer(b, src)
			}
			floor = float64(b.Elapsed()) / float64(b.N)
		})
		b.Run(fmt.Sprintf("whole/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				whole(b, src)
			}
			perOp[n] = float64(b.Elapsed()) / float64(b.N)
			b.ReportMetric(perOp[n]/floor, "x-peer")
			if small := perOp[1000]; n > 1000 && small > 0 {
				b.ReportMetric(perOp[n]/small, "x-growth")
			}
		})
	}
}
