package vyos_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// FuzzLift imports any two configurations: nothing panics, what is written can be read, and what can be
// compiled is compared.
func FuzzLift(f *testing.F) {
	f.Add(byte(2), "set interfaces vti vti1 address 169.254.0.1/30\nset vpn ipsec site-to-site peer P vti bind vti1\nset vpn ipsec site-to-site peer P remote-address 192.0.2.1\n",
		"set interfaces vxlan vxlan1 vni 5000\nset interfaces vxlan vxlan1 remote 169.254.0.1\n")
	for i, name := range []string{"first-run", "loopback", "unmanaged", "mixed-old", "trunk", "controller"} {
		text, err := os.ReadFile(filepath.Join("../testdata/examples", name, "main.hcl"))
		if err != nil {
			f.Fatal(err)
		}
		goal := importFile(f, importDecode(f, string(text)), name)
		f.Add(byte(i), importCommands(f, goal.configs[0], importKey), importCommands(f, goal.configs[1], importKey))
	}
	f.Fuzz(func(t *testing.T, which byte, a, b string) {
		all := release.All()
		var runs []vyos.Running
		for i, text := range []string{a, b} {
			rel := all[(int(which)+i)%len(all)]
			tree, err := config.ParseString("x", text, config.ParseOptions{Grammar: importGrammars[rel.Name], Lines: true})
			if err != nil {
				return
			}
			runs = append(runs, vyos.Running{File: "x", Release: rel, Tree: tree, Grammar: importGrammars[rel.Name]})
		}
		lifted, err := vyos.Lift(runs, vyos.LiftOptions{})
		if err != nil {
			return
		}
		file := compiler.Spec(lifted.Fabric)
		written := schema.Write(file)
		if read, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "x.hcl", Bytes: written}}}); !diags.HasErrors() {
			file = read
		}
		fabric, diags := compiler.Compile(file)
		configs := make(map[string]*vyos.Config)
		if !diags.HasErrors() {
			for _, n := range fabric.Nodes {
				if s, ds := (vyos.Backend{}).Lower(n); !ds.HasErrors() {
					configs[n.Name] = s.(*vyos.Config)
				}
			}
		}
		for i := range runs {
			lifted.Compare(i, configs[lifted.Nodes[i]])
		}
	})
}
