package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const canonicalJSON = `{
  "//": "a comment",
  "l2stretch": {"name": "app-dr", "required_version": ">= 0.1"},
  "variable": {"vni_base": {"type": "number", "default": 5000, "validation": {"condition": "${var.vni_base > 4095}", "error_message": "small"}}},
  "locals": {"more": "${var.vni_base + 10}"},
  "secret": {"psk": {"env": "L2STRETCH_PSK"}},
  "site": {
    "onprem": {
      "networks": ["10.20.0.0/16"],
      "nutanix": {"prism_element": "5.20.1", "prism_central": "2021.9", "appliance": "4.0.2", "vswitch": "standard", "pcvm": "10.20.5.10"},
      "gateway": {"gw1": {
        "platform": "vyos", "release": "1.4",
        "uplink": {"interface": "eth0", "address": "203.0.113.10/24", "mtu": 1500},
        "inside": {"interface": "eth2", "address": "10.20.0.2/24", "next_hop": "10.20.0.1"},
        "bgp": {"asn": 65010}, "ssh": {"host": "192.0.2.10", "user": "vyos"}
      }}
    },
    "cloud": {
      "networks": ["10.30.0.0/16"],
      "gateway": {"gw1": {
        "platform": "vyos", "release": "1.3",
        "uplink": {"interface": "eth0", "address": "198.51.100.20/24"},
        "inside": {"interface": "eth2", "address": "10.30.0.2/24", "next_hop": "10.30.0.1"},
        "bgp": {"asn": 65020}, "ssh": {"host": "192.0.2.20"}
      }}
    }
  },
  "tunnel": {"dr": {
    "psk": "${secret.psk}", "nat_traversal": "auto",
    "end": [
      {"gateway": "${site.onprem.gateway.gw1}", "address": "169.254.100.1/30"},
      {"gateway": "${site.cloud.gateway.gw1}", "address": "169.254.100.2/30"}
    ],
    "ike": {"proposals": ["aes256-sha256-dh14"], "lifetime": "8h"},
    "esp": {"proposals": ["aes256gcm128-dh14"], "lifetime": "1h"},
    "dpd": {"interval": "10s"}, "bgp": {"keepalive": "10s", "hold": "30s"}
  }},
  "stretch": {"app": {
    "tunnels": ["${tunnel.dr}"], "subnet": "192.168.10.0/24", "vni": "${local.more}",
    "attach": [
      {"gateway": "${site.onprem.gateway.gw1}", "interface": "eth1", "vlan": 20, "tagged": false, "address": "192.168.10.253", "default_gateway": "192.168.10.1", "hypervisor": "esxi"}
    ],
    "dynamic": {"attach": {"for_each": ["cloud"], "iterator": "at", "content": {
      "gateway": "${site[at.value].gateway.gw1}", "interface": "eth1", "vlan": 100, "address": "192.168.10.254", "default_gateway": "192.168.10.1", "hypervisor": "ahv"
    }}}
  }}
}`

func jsonSource(text string) *Source {
	return &Source{Files: []SourceFile{{"main.hcl.json", []byte(text)}}, Version: "0.1.0"}
}

func TestJSON(t *testing.T) {
	want := decodeFile(t, "../testdata/examples/canonical")
	got := mustDecode(t, jsonSource(canonicalJSON))
	if d := cmp.Diff(want, got, withoutRanges); d != "" {
		t.Errorf("(-native +JSON)\n%s", d)
	}
}

func TestBrokenJSON(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		code           Code
		line           int
	}{
		{"no JSON", `"asn": 65010`, `"asn" 65010`, codeSyntax, 15},
		{"unknown attribute", `"asn": 65010`, `"asm": 65010, "asn": 1`, codeUnknownAttribute, 15},
		{"unknown block", `"dpd": {`, `"ddp": {`, codeUnknownAttribute, 36},
		{"reference", `site.cloud.gateway.gw1}", "address"`, `site.clod.gateway.gw1}", "address"`, codeUnknownReference, 32},
		{"secret in a text", `"${secret.psk}"`, `"x${secret.psk}"`, codeSecretInExpression, 29},
		{"literal secret", `"${secret.psk}"`, `"swordfish"`, codeLiteralSecret, 29},
		{"template", `"${local.more}"`, `"${local.more"`, codeSyntax, 39},
		{"wrong type", `"vlan": 20`, `"vlan": "20"`, codeWrongType, 41},
		{"missing", `"vlan": 20, "tagged": false, "address": "192.168.10.253", `, ``, "", 0},
		{"missing interface", `"interface": "eth1", "vlan": 20`, `"vlan": 20`, codeMissingAttribute, 41},
		{"twice", `"asn": 65020`, `"asn": 65020, "asn": 65021`, codeDuplicateAttribute, 24},
		{"unfinished", `"10.30.0.1"`, `"CHANGE-ME"`, codeUnfinished, 23},
		{"type", `"type": "number"`, `"type": "integer"`, codeVariableType, 4},
		{"header", `"name": "app-dr", `, ``, codeMissingAttribute, 3},
		{"nested", `"vlan": 20`, `"vlan": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200), codeLimit, 41},
		{"nested template", `"${local.more}"`, `"${` + strings.Repeat("(", 200) + `1` + strings.Repeat(")", 200) + `}"`, codeLimit, 39},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(canonicalJSON, tt.from, tt.to, 1)
			if text == canonicalJSON {
				t.Fatal("nothing was replaced")
			}
			if tt.code == "" {
				mustDecode(t, jsonSource(text))
				return
			}
			d := oneDiagnostic(t, jsonSource(text))
			if noteOf(d).Code != tt.code || subjectOf(d).Start.Line != tt.line {
				t.Errorf("%v, want %s on line %d: %s: %s", d.Subject, tt.code, tt.line, d.Summary, d.Detail)
			}
		})
	}
}
