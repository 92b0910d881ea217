package schema

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// flatFile is what a program without references, ranges or checks of its own would decode into: the peer
// that the time of Decode is compared with.
type flatFile struct {
	Stretches []flatStretch `hcl:"stretch,block"`
	Rest      hcl.Body      `hcl:",remain"`
}

type flatStretch struct {
	Name    string         `hcl:"name,label"`
	Tunnels hcl.Expression `hcl:"tunnels"`
	Subnet  string         `hcl:"subnet"`
	VNI     int            `hcl:"vni"`
	Attach  []flatAttach   `hcl:"attach,block"`
}

type flatAttach struct {
	Gateway        hcl.Expression `hcl:"gateway"`
	Interface      string         `hcl:"interface"`
	VLAN           int            `hcl:"vlan,optional"`
	Tagged         bool           `hcl:"tagged,optional"`
	Address        string         `hcl:"address"`
	DefaultGateway string         `hcl:"default_gateway,optional"`
	Hypervisor     string         `hcl:"hypervisor,optional"`
}

// manyStretches is the canonical specification with n stretches in place of its own.
func manyStretches(t testing.TB, n int) []byte {
	t.Helper()
	canonical, err := os.ReadFile("../testdata/examples/canonical/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(canonical), "stretch \"app\"")
	if !ok {
		t.Fatal("the canonical specification has no stretch")
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		subnet := fmt.Sprintf("10.%d.%d", 64+i/256, i%256)
		fmt.Fprintf(&b, `
stretch "s%d" {
  tunnels = [tunnel.dr]
  subnet  = "%s.0/24"
  vni     = %d

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = %d
    tagged          = true
    address         = "%s.253"
    default_gateway = "%s.1"
    hypervisor      = "kvm"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = %d
    tagged          = true
    address         = "%s.254"
    default_gateway = "%s.1"
    hypervisor      = "kvm"
  }
}
`, i, subnet, 5000+i, 2+i%4000, subnet, subnet, 2+i%4000, subnet, subnet)
	}
	return []byte(b.String())
}

func decodePeer(src []byte) error {
	f, diags := hclsyntax.ParseConfig(src, "main.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	var flat flatFile
	if diags := gohcl.DecodeBody(f.Body, nil, &flat); diags.HasErrors() {
		return diags
	}
	return nil
}

// BenchmarkDecode measures Decode, with its parsing, beside the peer in turns, so that both see the same
// machine. The metric ratio is Decode's best time over the peer's best.
func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		src := manyStretches(b, n)
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			b.ReportAllocs()
			ours, peer := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			for b.Loop() {
				b.StopTimer()
				runtime.GC() // neither side pays for the other's garbage
				b.StartTimer()
				start := time.Now()
				if _, diags := Decode(&Source{Files: []SourceFile{{"main.hcl", src}}}); diags.HasErrors() {
					b.Fatal(diags)
				}
				ours = min(ours, time.Since(start))
				b.StopTimer()
				runtime.GC()
				start = time.Now()
				if err := decodePeer(src); err != nil {
					b.Fatal(err)
				}
				peer = min(peer, time.Since(start))
				b.StartTimer()
			}
			b.ReportMetric(float64(ours)/float64(peer), "ratio")
		})
	}
}
