package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// parseOnly is a program that parses a file with HCL's own parser and does nothing else.
func parseOnly() {
	b, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	if _, diags := hclsyntax.ParseConfig(b, os.Args[1], hcl.InitialPos); diags.HasErrors() {
		panic(diags)
	}
}

// repeated makes the stretches of manyStretches instances: a thousand of each block, as many as range makes.
func repeated(flat string, n int) string {
	var b strings.Builder
	b.WriteString(flat[:strings.Index(flat, "\nstretch ")])
	b.WriteString("\nlocals {\n  nets = { for i in range(1000) : \"s${i}\" => i }\n}\n")
	for k := range n / 1000 {
		subnet := fmt.Sprintf("cidrsubnet(\"172.16.0.0/12\", 12, %d + each.value)", 1000*k)
		fmt.Fprintf(&b, "\nstretch \"app%d\" {\n  for_each = local.nets\n  tunnels  = [tunnel.dr]\n  subnet   = %s\n  vni      = %d + each.value\n", k, subnet, 5000+1000*k)
		for i, site := range []string{"onprem", "cloud"} {
			fmt.Fprintf(&b, "\n  attach {\n    gateway         = site.%s.gateway.gw1\n    interface       = \"eth1\"\n    vlan            = %d + each.value\n    tagged          = true\n    address         = cidrhost(%s, %d)\n    default_gateway = cidrhost(%s, 1)\n    hypervisor      = \"kvm\"\n  }\n",
				site, 1+1000*k, subnet, 250+i, subnet)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// BenchmarkPlanProcess runs plan as a process in the ways in which it is used, beside a process that only
// parses the same file with hclsyntax: cpu-ms/least is the least user and system time of a process, ns/op wall time. new is
// against gateways that have nothing of it, equal and one against gateways that have all of it, of which one
// stretch changes, and base against another version of the specification.
func BenchmarkPlanProcess(b *testing.B) {
	b.Setenv("PSK", "not-a-real-secret")
	for _, n := range []int{1000, 3000} {
		flat, onprem, cloud := manyStretches(n)
		for _, kind := range []string{"flat", "for_each"} {
			dir := b.TempDir()
			write := func(name, text string) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
				return path
			}
			spec, changed := flat, strings.Replace(flat, "vlan            = 501\n", "vlan            = 4050\n", 2)
			if kind == "for_each" {
				spec = repeated(flat, n)
				changed = strings.ReplaceAll(spec, "vlan            = 1 +", "vlan            = each.value == 500 ? 4050 : 1 +")
			}
			main, other := write("main.hcl", spec), write("other.hcl", changed)
			sets := filepath.Join(dir, "out")
			if out, err := exec.Command("l2stretch", "compile", "-q", "--reveal-secrets", "--out", sets, main).CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			running := func(all bool) []string {
				var args []string
				for site, text := range map[string]string{"onprem": onprem, "cloud": cloud} {
					if all {
						commands, err := os.ReadFile(filepath.Join(sets, site+".gw1.set"))
						if err != nil {
							b.Fatal(err)
						}
						text += string(commands)
					}
					args = append(args, "--running", site+"/gw1="+write(fmt.Sprintf("%s-%t", site, all), text))
				}
				return args
			}
			for _, bench := range []struct {
				name string
				args []string
			}{
				{"hclsyntax", []string{"hclsyntax", main}},
				{"new", append([]string{"l2stretch", "plan", "-q", main}, running(false)...)},
				{"equal", append([]string{"l2stretch", "plan", "-q", main}, running(true)...)},
				{"one", append([]string{"l2stretch", "plan", "-q", other}, running(true)...)},
				{"base", []string{"l2stretch", "plan", "-q", other, "--base", main}},
			} {
				b.Run(fmt.Sprintf("%s/%d/%s", kind, n, bench.name), func(b *testing.B) { measureProcess(b, bench.args) })
			}
		}
	}
}

// measureProcess reports the processor time of a command.
func measureProcess(b *testing.B, args []string) {
	least := 0.0
	for b.Loop() {
		cmd := exec.Command(args[0], args[1:]...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			b.Fatalf("%v\n%.2000s", err, stderr.String())
		}
		used := float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Microseconds()) / 1000
		if least == 0 || used < least {
			least = used // on a machine that others use too, the rest is theirs
		}
	}
	b.ReportMetric(least, "cpu-ms/least")
}
