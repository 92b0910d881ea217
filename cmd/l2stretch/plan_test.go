package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyStretches is a specification with n stretches between two gateways, and the running configuration of
// both without them.
func manyStretches(n int) (spec, onprem, cloud string) {
	var b strings.Builder
	b.WriteString("l2stretch {\n  name = \"many\"\n}\n\nsecret \"psk\" {\n  env = \"PSK\"\n}\n")
	for i, site := range []string{"onprem", "cloud"} {
		fmt.Fprintf(&b, "\nsite %q {\n  networks = [\"10.%d.0.0/16\"]\n\n  gateway \"gw1\" {\n    platform = \"vyos\"\n    release  = \"1.4\"\n\n    uplink {\n      interface = \"eth0\"\n      address   = \"203.0.113.%d/24\"\n      next_hop  = \"203.0.113.1\"\n    }\n\n    bgp {\n      asn = %d\n    }\n  }\n}\n",
			site, 20+10*i, 10+i, 65010+i)
	}
	b.WriteString("\ntunnel \"dr\" {\n  psk = secret.psk\n\n  end {\n    gateway = site.onprem.gateway.gw1\n    address = \"169.254.100.1/30\"\n  }\n\n  end {\n    gateway = site.cloud.gateway.gw1\n    address = \"169.254.100.2/30\"\n  }\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "\nstretch \"s%d\" {\n  tunnels = [tunnel.dr]\n  subnet  = \"172.%d.%d.0/24\"\n  vni     = %d\n", i, 16+i/256, i%256, 5000+i)
		for k, site := range []string{"onprem", "cloud"} {
			fmt.Fprintf(&b, "\n  attach {\n    gateway         = site.%s.gateway.gw1\n    interface       = \"eth%d\"\n    vlan            = %d\n    tagged          = true\n    address         = \"172.%d.%d.%d\"\n    default_gateway = \"172.%d.%d.1\"\n    hypervisor      = \"kvm\"\n  }\n",
				site, 1+i/4000, 1+i%4000, 16+i/256, i%256, 250+k, 16+i/256, i%256)
		}
		b.WriteString("}\n")
	}
	nics := "set interfaces ethernet eth0 address '203.0.113.%d/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset interfaces ethernet eth2 hw-id '52:54:00:00:00:02'\nset interfaces ethernet eth3 hw-id '52:54:00:00:00:03'\n"
	return b.String(), fmt.Sprintf(nics, 10), fmt.Sprintf(nics, 11)
}

// TestPlanShowsNoSecret greps every format for secrets of the specification, the environment and the running
// configuration.
func TestPlanShowsNoSecret(t *testing.T) {
	const canary = "CANARY"
	spec, onprem, _ := manyStretches(2)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spec = strings.Replace(spec, "secret \"psk\" {", "variable \"hidden\" {\n  type      = string\n  sensitive = true\n  default   = \""+canary+"-default\"\n}\n\nsecret \"psk\" {", 1)
	old := write("old.hcl", strings.Replace(spec, "5000", "5900", 1))
	main := write("main.hcl", spec)
	running := write("onprem.set", onprem+`set system login user vyos authentication encrypted-password 'CANARY-hash'
set system login user vyos authentication plaintext-password 'CANARY-plain'
set vpn ipsec authentication psk L2S-many-dr id '203.0.113.10'
set vpn ipsec authentication psk L2S-many-dr secret 'CANARY-ours'
set vpn ipsec authentication psk OTHER secret 'CANARY-other'
set protocols bgp system-as '65010'
set protocols bgp neighbor 192.0.2.9 remote-as '65099'
set protocols bgp neighbor 192.0.2.9 password 'CANARY-bgp'
set service snmp v3 user x auth plaintext-password 'CANARY-snmp'
set interfaces wireguard wg0 private-key 'CANARY-wg'
set interfaces bridge br5001 description 'in the way'
set somewhere new secret-key 'CANARY-unknown'
`)
	for _, key := range []string{canary + "-env", ""} {
		t.Setenv("PSK", key)
		t.Setenv("L2STRETCH_VAR_hidden", canary+"-var")
		for _, conflict := range []bool{false, true} {
			for _, format := range []string{"text", "commands", "markdown", "html", "json"} {
				args := []string{"plan", "-v", "--format", format, "--running", "onprem/gw1=" + running, "--base", old, "--var", "hidden=" + canary + "-flag"}
				if !conflict {
					args = append(args, "--adopt", "onprem/gw1:interfaces bridge br5001", "--out", filepath.Join(dir, "saved"))
				}
				out, code := runToFiles(t, append(args, main)...)
				if want := map[bool]int{false: 0, true: 1}[conflict]; code != want {
					t.Fatalf("%s: exit code %d\n%s", format, code, out)
				}
				if i := strings.Index(out, canary); i >= 0 {
					t.Errorf("%s shows %.40q", format, out[i:])
				}
			}
		}
		saved, err := os.ReadFile(filepath.Join(dir, "saved"))
		if err != nil {
			t.Fatal(err)
		}
		// the specification's own text is kept whole, and has the default of the variable in it
		if rest := strings.ReplaceAll(string(saved), canary+"-default", ""); strings.Contains(rest, canary) {
			t.Errorf("the saved plan holds a secret")
		}
	}
}

// runToFiles runs the command in this process and returns everything that it prints.
func runToFiles(t *testing.T, args ...string) (string, int) {
	t.Helper()
	dir := t.TempDir()
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	code := run(args, strings.NewReader(""), stdout, stderr)
	var all []byte
	for _, f := range []*os.File{stdout, stderr} {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(all), code
}
