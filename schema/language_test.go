package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestFunctions(t *testing.T) {
	for _, tt := range []struct{ expression, want string }{
		{`cidrhost("10.0.0.0/24", 5)`, "10.0.0.5"},
		{`cidrhost("10.0.0.9/24", -2)`, "10.0.0.254"},
		{`cidrhost("2001:db8::/64", 258)`, "2001:db8::102"},
		{`cidrsubnet("10.30.0.0/16", 8, 2)`, "10.30.2.0/24"},
		{`cidrsubnet("169.254.100.0/24", 6, 63)`, "169.254.100.252/30"},
		{`cidrsubnet("2001:db8::/32", 32, 1)`, "2001:db8:0:1::/64"},
		{`cidrsubnet("10.0.0.0/24", 0, 0)`, "10.0.0.0/24"},
		{`cidrnetmask("10.30.0.0/20")`, "255.255.240.0"},
		{`cidrnetmask("0.0.0.0/0")`, "0.0.0.0"},
		{`join("-", reverse(split(".", "a.b.c")))`, "c-b-a"},
		{`upper(trimspace("  x "))`, "X"},
		{`format("eth%02d", 7)`, "eth07"},
		{`tostring(length("häh") + length(["a"]))`, "4"},
		{`replace("a-b-c", "-", "")`, "abc"},
		{`element(sort(["b", "a"]), 0)`, "a"},
		{`lookup({ a = "1" }, "b", "none")`, "none"},
		{`try({}.a, "fallback")`, "fallback"},
		{`can(tonumber("x")) ? "yes" : "no"`, "no"},
		{`jsonencode({ a = [1, true] })`, `{"a":[1,true]}`},
		{`jsondecode("{\"a\": \"b\"}").a`, "b"},
		{`join(",", [for k, v in { b = 2, a = 1 } : "${k}${v}"])`, "a1,b2"},
		{`join(",", values(merge({ a = "1" }, { b = "2" })))`, "1,2"},
		{`file("files/name.txt")`, "from a file\n"},
		{`templatefile("files/t.tmpl", { names = ["a", "b"] })`, "A B "},
		{`tostring(signum(-3))`, "-1"},
		{`substr("hello", 1, 3)`, "ell"},
		{`regex("[0-9]+", "vlan20")`, "20"},
		{`join(",", formatlist("%s.x", ["a", "b"]))`, "a.x,b.x"},
		{"<<-EOT\n  one\n    two\n  EOT\n", "one\n  two\n"},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			src := source("")
			src.ReadFile = func(name string) ([]byte, error) {
				switch name {
				case "files/name.txt":
					return []byte("from a file\n"), nil
				case "files/t.tmpl":
					return []byte("%{ for n in names }${upper(n)} %{ endfor }"), nil
				}
				return nil, fmt.Errorf("no %s", name)
			}
			if got := evaluate(t, src, tt.expression); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryFunctionExists(t *testing.T) {
	d := &decoder{}
	for _, name := range Functions() {
		if _, ok := d.function(name); !ok {
			t.Errorf("%s is in the list and is no function", name)
		}
	}
	if !slices.IsSorted(functionNames) {
		t.Error("the names are not sorted")
	}
	for _, name := range []string{"timestamp", "uuid", "formatdate", "timeadd", "bcrypt"} {
		if _, ok := d.function(name); ok {
			t.Errorf("%s depends on time or chance", name)
		}
	}
}

func TestPrecedenceOfVariables(t *testing.T) {
	const text = `variable "v" {
  type    = string
  default = "declared"
}
variable "list" {
  type    = list(string)
  default = []
}
`
	set := func(name, value string) VarFile {
		return VarFile{SourceFile: SourceFile{name, []byte("v = \"" + value + "\"\n")}}
	}
	src := func() *Source { return source(text) }
	for _, tt := range []struct {
		name string
		add  func(s *Source)
		want string
	}{
		{"the declaration's default", func(*Source) {}, "declared"},
		{"environment", func(s *Source) { s.Env = []Assignment{{"v", "env"}, {"other", "x"}} }, "env"},
		{"a file over the environment", func(s *Source) {
			s.Env = []Assignment{{"v", "env"}}
			s.VarFiles = []VarFile{set("default.l2vars", "default")}
		}, "default"},
		{"a later file over an earlier one", func(s *Source) {
			s.VarFiles = []VarFile{set("default.l2vars", "default"), set("a.auto.l2vars", "auto")}
		}, "auto"},
		{"the command line over all", func(s *Source) {
			s.VarFiles = []VarFile{set("default.l2vars", "default")}
			s.Vars = []Assignment{{"v", "one"}, {"v", "two"}}
		}, "two"},
		{"JSON", func(s *Source) {
			s.VarFiles = []VarFile{{SourceFile: SourceFile{"default.l2vars.json", []byte(`{"v": "${not} a template", "list": ["a"]}`)}}}
		}, "${not} a template"},
		{"text that looks like an expression", func(s *Source) { s.Vars = []Assignment{{"v", "[1]"}} }, "[1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := src()
			tt.add(s)
			if got := evaluate(t, s, "var.v"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	s := src()
	s.Vars = []Assignment{{"list", `["x", "y"]`}}
	if got := evaluate(t, s, `join("+", var.list)`); got != "x+y" {
		t.Errorf("a list from the command line: %q", got)
	}
}

func TestVariableTypes(t *testing.T) {
	f := mustDecode(t, source(`
variable "sites" {
  type    = map(object({ asn = number, host = optional(string, "192.0.2.9") }))
  default = { a = { asn = 65001 }, b = { asn = "65002", host = "192.0.2.2" } }

  validation {
    condition     = length(var.sites) == 2
    error_message = "Two, please."
  }
}

locals {
  first  = local.prefix
  prefix = "x"
}

site "s" {
  for_each = var.sites
  gateway "gw1" {
    uplink {
      interface = "${local.first}0"
      address   = "192.0.2.1/24"
    }
    bgp {
      asn = each.value.asn
    }
    ssh {
      host = each.value.host
      jump = null
    }
  }
}
`))
	var got []string
	for _, s := range f.Sites {
		g := s.Gateways[0]
		got = append(got, fmt.Sprintln(s.Name(), g.BGP.ASN.V, g.SSH.Host.V, g.SSH.Jump.Set, g.Uplink.Interface.V))
	}
	if d := cmp.Diff([]string{"s.a 65001 192.0.2.9 false x0\n", "s.b 65002 192.0.2.2 false x0\n"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
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

// TestSensitive: no text of a diagnostic holds the value of a sensitive variable.
func TestSensitive(t *testing.T) {
	const value = "hunter2"
	declare := "variable \"v\" {\n  type      = string\n  sensitive = true\n}\nlocals {\n  l = { x = var.v }\n}\n"
	for name, text := range map[string]string{
		"conversion":    "site \"s\" {\n networks = [var.v]\n" + gatewayBlock + "}",
		"one of":        "site \"s\" {\n nutanix {\n vswitch = var.v\n}\n" + gatewayBlock + "}",
		"wrong type":    "site \"s\" {\n gateway \"g\" {\n apply_order = var.v\n uplink {\n interface = \"e\"\n address = \"192.0.2.1/24\"\n}\n}\n}",
		"function":      "site \"s\" {\n networks = [cidrsubnet(var.v, 8, 1)]\n" + gatewayBlock + "}",
		"local":         "site \"s\" {\n networks = [cidrsubnet(local.l.x, 8, 1)]\n" + gatewayBlock + "}",
		"index":         "site \"s\" {\n networks = [{}[var.v]]\n" + gatewayBlock + "}",
		"file":          "site \"s\" {\n networks = [file(var.v)]\n" + gatewayBlock + "}",
		"for_each":      "site \"s\" {\n for_each = { a = var.v }\n networks = [each.value]\n" + gatewayBlock + "}",
		"for_each call": "site \"s\" {\n for_each = { a = var.v }\n networks = [cidrsubnet(each.value, 8, 1)]\n" + gatewayBlock + "}",
		"dynamic":       "site \"s\" {\n dynamic \"external_routes\" {\n for_each = [var.v]\n content {\n device = \"x\"\n prefix = cidrsubnet(external_routes.value, 1, 1)\n next_hop = external_routes.value\n}\n}\n" + gatewayBlock + "}",
		"keys":          "site \"s\" {\n for_each = toset([var.v])\n" + gatewayBlock + "}",
		"secret":        "secret \"s\" {\n env = \"x\"\n}\ntunnel \"t\" {\n psk = var.v\n end {\n gateway = var.v\n address = \"192.0.2.1/30\"\n}\nend {\n gateway = var.v\n address = \"192.0.2.2/30\"\n}\n}",
		"name":          "l2stretch {\n name = \"${var.v}!!!\"\n}",
	} {
		t.Run(name, func(t *testing.T) {
			src := source(declare + text)
			src.Vars = []Assignment{{"v", value}}
			_, diags := Decode(src)
			if len(diags) == 0 {
				t.Fatal("no diagnostic")
			}
			for _, d := range diags {
				if strings.Contains(d.Detail, value) || strings.Contains(d.Summary, value) {
					t.Errorf("%v: %s", d.Subject, d.Detail)
				}
				if d.Expression != nil || d.EvalContext != nil {
					t.Errorf("%v carries values", d)
				}
			}
		})
	}
	for name, set := range map[string]func(s *Source){
		"command line": func(s *Source) { s.Vars = []Assignment{{"n", value}} },
		"not an HCL":   func(s *Source) { s.Vars = []Assignment{{"n", value + " {"}} },
		"environment":  func(s *Source) { s.Env = []Assignment{{"n", value}} },
		"file": func(s *Source) {
			s.VarFiles = []VarFile{{SourceFile: SourceFile{"f.l2vars", []byte("n = \"" + value + "\"\n")}}}
		},
		"reference": func(s *Source) {
			s.VarFiles = []VarFile{{SourceFile: SourceFile{"f.l2vars", []byte("n = " + value + "\n")}}}
		},
		"CHANGE-ME":  func(s *Source) { s.Vars = []Assignment{{"w", value + "CHANGE-ME"}, {"n", "1"}} },
		"validation": func(s *Source) { s.Vars = []Assignment{{"w", value}, {"n", "1"}} },
		"unclosed quote": func(s *Source) {
			s.VarFiles = []VarFile{{SourceFile: SourceFile{"f.l2vars", []byte("w = \"" + value + "\n")}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			src := source("variable \"n\" {\n type = number\n sensitive = true\n default = 1\n}\nvariable \"w\" {\n sensitive = true\n default = \"\"\n" +
				"validation {\n condition = var.w == \"\"\n error_message = \"bad: ${var.w}\"\n}\n}\n")
			set(src)
			_, diags := Decode(src)
			if len(diags) == 0 {
				t.Fatal("no diagnostic")
			}
			for _, d := range diags {
				if strings.Contains(d.Detail, value) {
					t.Errorf("%v: %s", d.Subject, d.Detail)
				}
				if strings.HasSuffix(subjectOf(d).Filename, ".l2vars") && !noteOf(d).Hide {
					t.Errorf("%v: the line with the value would be shown", d)
				}
			}
		})
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
