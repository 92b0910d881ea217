package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
