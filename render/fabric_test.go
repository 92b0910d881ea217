package render

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// canonical is the sample specification with edits: pairs of old and new text.
func canonical(t *testing.T, edits ...string) *ir.Fabric {
	t.Helper()
	b, err := os.ReadFile("../testdata/examples/canonical/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i+1 < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("the sample has no %q", edits[i])
		}
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	return compiled(t, text)
}

func compiled(t *testing.T, text string) *ir.Fabric {
	t.Helper()
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "main.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	f, diags := compiler.Compile(file)
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return f
}

// mesh is a specification of three sites with names as long as they may be, a full mesh of tunnels and a
// number of stretches.
func mesh(t *testing.T, stretches int) *ir.Fabric {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "l2stretch {\n  name = \"abcdefghijklmnop\"\n}\n\nsecret \"psk\" {\n  env = \"PSK\"\n}\n")
	sites := []string{"a-site-with-a-very-long-name-01", "b-site-with-a-very-long-name-02", "c-site-with-a-very-long-name-03"}
	for i, s := range sites {
		fmt.Fprintf(&b, `
site %q {
  networks = ["10.%d0.0.0/16", "10.%d1.128.0/17"]

  gateway "gateway-with-a-long-name-number" {
    platform = "vyos"
    release  = "1.4"

    uplink {
      interface = "eth0"
      address   = "203.0.113.1%d0/24"
    }

    inside {
      interface = "eth2"
      address   = "10.%d0.0.2/24"
      next_hop  = "10.%d0.0.1"
    }

    bgp {
      asn = 42000000%d
    }

    ssh {
      host = "192.0.2.1%d"
    }
  }
}
`, s, i+1, i+1, i+1, i+1, i+1, i+10, i)
	}
	for i, p := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		fmt.Fprintf(&b, `
tunnel "tunnel-with-a-very-long-name-%d" {
  index = %d
  psk   = secret.psk

  end {
    gateway = site.%s.gateway.gateway-with-a-long-name-number
    address = "169.254.100.%d/30"
  }

  end {
    gateway = site.%s.gateway.gateway-with-a-long-name-number
    address = "169.254.100.%d/30"
  }

  ike {
    proposals = ["aes256-sha256-dh14"]
  }

  esp {
    proposals = ["aes256gcm128-dh14"]
  }
}
`, i, i+1, sites[p[0]], 4*i+1, sites[p[1]], 4*i+2)
	}
	for n := range stretches {
		fmt.Fprintf(&b, "\nstretch \"stretch-with-a-long-name-%03d\" {\n  tunnels = [tunnel.tunnel-with-a-very-long-name-0, tunnel.tunnel-with-a-very-long-name-1, tunnel.tunnel-with-a-very-long-name-2]\n  subnet  = \"172.16.%d.0/24\"\n  vni     = %d\n", n, n, 16000000+n)
		for i, s := range sites {
			fmt.Fprintf(&b, `
  attach {
    gateway         = site.%s.gateway.gateway-with-a-long-name-number
    interface       = "eth1"
    vlan            = %d
    tagged          = true
    address         = "172.16.%d.25%d"
    default_gateway = "172.16.%d.1"
    hypervisor      = "kvm"
  }
`, s, 1000+n, n, i+1, n)
		}
		b.WriteString("}\n")
	}
	return compiled(t, b.String())
}

// kernelOf takes every gateway for one whose kernel answers.
func kernelOf(*ir.Node) explain.Kernel {
	return explain.Kernel{Version: "6.6", Answers: true, Why: "VyOS 1.4"}
}
