package schema

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// rest makes a specification complete that has only what a test is about: a header, and one site.
func rest(text string) string {
	if !strings.Contains(text, "l2stretch {") {
		text += "\nl2stretch {\n  name = \"test\"\n}\n"
	}
	return text
}

// gatewayBlock is the least that a gateway needs.
const gatewayBlock = `
  gateway "gw1" {
    uplink {
      interface = "eth0"
      address   = "192.0.2.1/24"
    }
  }
`

// mustDecode decodes a specification that must have no problems.
func mustDecode(t *testing.T, src *Source) *File {
	t.Helper()
	f, diags := Decode(src)
	for _, d := range diags {
		t.Errorf("%v: %s: %s", d.Subject, d.Summary, d.Detail)
	}
	return f
}

// oneDiagnostic decodes a specification that must have exactly one problem.
func oneDiagnostic(t *testing.T, src *Source) *hcl.Diagnostic {
	t.Helper()
	_, diags := Decode(src)
	if len(diags) != 1 {
		t.Fatalf("%d diagnostics: %v", len(diags), diags)
	}
	return diags[0]
}

func source(text string) *Source {
	return &Source{Files: []SourceFile{{"main.hcl", []byte(rest(text))}}}
}

// value evaluates an expression by way of a secret's env, which takes any string.
func evaluate(t *testing.T, src *Source, expression string) string {
	t.Helper()
	src.Files = append(src.Files, SourceFile{"value.hcl", []byte("secret \"value\" {\n  env = " + expression + "\n}\n")})
	f := mustDecode(t, src)
	i := slices.IndexFunc(f.Secrets, func(s *Secret) bool { return s.Label == "value" })
	if i < 0 {
		t.Fatal("no value")
	}
	return f.Secrets[i].Env.V
}

func TestDynamicBlocks(t *testing.T) {
	f := mustDecode(t, source(`
site "hub" {
  dynamic "gateway" {
    for_each = { gw1 = 1, gw2 = 2 }
    iterator = gw
    labels   = [gw.key]
    content {
      uplink {
        interface = "eth${gw.value}"
        address   = cidrhost("192.0.2.0/24", gw.value) == "192.0.2.1" ? "192.0.2.1/24" : "192.0.2.2/24"
      }
      dynamic "ssh" {
        for_each = gw.key == "gw1" ? ["host"] : []
        content {
          host   = "${ssh.value}-${gw.key}"
          accept = ["W0203: for the test"]
        }
      }
    }
  }
}

site "spoke" {
  for_each = toset(["a", "b"])
`+gatewayBlock+`}

secret "psk" {
  command = ["pass", "show", "psk"]
}

tunnel "t" {
  for_each = toset(["a", "b"])
  psk      = secret.psk
  dynamic "end" {
    for_each = [site.hub.gateway.gw1, site.spoke[each.key].gateway.gw1]
    content {
      gateway = end.value
      address = "169.254.0.${end.key + 1}/30"
    }
  }
}

stretch "s" {
  tunnels = [for t in tunnel.t : t]
  subnet  = "10.0.0.0/24"
  vni     = 5000
  dynamic "attach" {
    for_each = ["a", "b"]
    content {
      gateway   = site.spoke[attach.value].gateway.gw1
      interface = "eth1"
    }
  }
}
`))
	hub := f.Sites[0]
	if len(hub.Gateways) != 2 || hub.Gateways[0].Label != "gw1" || hub.Gateways[1].Uplink.Interface.V != "eth2" || hub.Gateways[1].SSH != nil || hub.Gateways[0].SSH.Host.V != "host-gw1" {
		t.Errorf("gateways of the hub: %+v", hub.Gateways)
	}
	if len(f.Accepts) != 1 || f.Accepts[0].Code != "W0203" || f.Accepts[0].Reason != "for the test" {
		t.Errorf("accepted: %+v", f.Accepts)
	}
	for i, tun := range f.Tunnels {
		if tun.Ends[0].Gateway.V != hub.Gateways[0] || tun.Ends[1].Gateway.V != f.Sites[i+1].Gateways[0] || tun.PSK.V != f.Secrets[0] {
			t.Errorf("tunnel %s: %+v", tun.Name(), tun.Ends)
		}
	}
	s := f.Stretches[0]
	if len(s.Tunnels) != 2 || s.Tunnels[1].V != f.Tunnels[1] || s.Attaches[1].Gateway.V != f.Sites[2].Gateways[0] {
		t.Errorf("stretch: %+v", s)
	}
}

func TestBlocksAreDescribed(t *testing.T) {
	var visit func(b Block, path string)
	visit = func(b Block, path string) {
		path += "/" + b.Name
		if b.Doc == "" || strings.HasSuffix(b.Doc, ".") {
			t.Errorf("%s: documentation is one line without a full stop: %q", path, b.Doc)
		}
		if len(b.Blocks) > maxNested {
			t.Errorf("%s holds %d types of block", path, len(b.Blocks))
		}
		seen := map[string]bool{}
		for _, a := range b.Attributes {
			if a.Doc == "" || a.Type == "" || strings.HasSuffix(a.Doc, ".") || seen[a.Name] {
				t.Errorf("%s: %+v", path, a)
			}
			if a.Required && a.Default != "" {
				t.Errorf("%s: %s is required and has a default", path, a.Name)
			}
			seen[a.Name] = true
		}
		if !b.Free && !seen["accept"] {
			t.Errorf("%s has no accept", path)
		}
		for _, c := range b.Blocks {
			visit(c, path)
		}
	}
	for _, b := range Blocks() {
		visit(b, "")
	}
}
