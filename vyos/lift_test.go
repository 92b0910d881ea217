package vyos_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A compiled specification: the model and what each gateway is to have.
type importGoal struct {
	fabric  *ir.Fabric
	configs []*vyos.Config
}

// importFile compiles a decoded specification, which must have no error.
func importFile(t testing.TB, f *schema.File, source string) importGoal {
	t.Helper()
	fabric, diags := compiler.Compile(f)
	c := importGoal{fabric: fabric}
	for _, n := range fabric.Nodes {
		s, ds := vyos.Backend{}.Lower(n)
		diags = append(diags, ds...)
		if s != nil {
			c.configs = append(c.configs, s.(*vyos.Config))
		}
	}
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Errs(), source)
	}
	return c
}

func importDecode(t testing.TB, text string) *schema.File {
	t.Helper()
	f, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Errs(), text)
	}
	return f
}

// commands are a gateway's, with every secret revealed.
func importCommands(t testing.TB, c *vyos.Config, reveal func(string) string) string {
	t.Helper()
	b, err := c.Tree.AppendCommands(nil, config.PrintOptions{Order: c.Order(), Reveal: func(name string) ([]byte, error) { return []byte(reveal(name)), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func importKey(name string) string { return "key-of-" + name }

// importGrammars are unpacked once.
var importGrammars = func() map[string]*release.Grammar {
	out := make(map[string]*release.Grammar)
	for _, r := range release.GrammarReleases() {
		g, err := release.ReadGrammar(r)
		if err != nil {
			panic(err)
		}
		out[r] = g
	}
	return out
}()

// running is what a gateway would show after the commands of its configuration.
func importRunning(t testing.TB, c *vyos.Config, name string) vyos.Running {
	t.Helper()
	text := importCommands(t, c, importKey)
	tree, err := config.ParseString(c.Node, text, config.ParseOptions{Form: config.FormCommands, Grammar: importGrammars[c.For.Name], Lines: true})
	if err != nil {
		t.Fatal(err)
	}
	return vyos.Running{File: strings.ReplaceAll(c.Node, "/", ".") + ".txt", Node: name, Release: c.For, Tree: tree, Grammar: importGrammars[c.For.Name]}
}

// roundTrip imports a compiled specification and compiles the result, which must give the same commands.
// What it returns is the specification that was written.
func roundTrip(t testing.TB, want importGoal, named bool, change func(*vyos.Running)) string {
	t.Helper()
	var runs []vyos.Running
	for _, c := range want.configs {
		name := ""
		if named {
			name = c.Node
		}
		r := importRunning(t, c, name)
		if !named {
			r.File = fmt.Sprintf("box%d", len(runs)+1)
		}
		if change != nil {
			change(&r)
		}
		runs = append(runs, r)
	}
	lifted, err := vyos.Lift(runs, vyos.LiftOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file := compiler.Spec(lifted.Fabric)
	text := string(schema.Write(file))
	if len(lifted.Fabric.Gaps) == 0 {
		file = importDecode(t, text) // what was written must say as much
	}
	got := importFile(t, file, text)

	keys := make(map[string]string) // of the new names
	byName := make(map[string]*ir.Tunnel)
	for _, tun := range want.fabric.Tunnels {
		byName[ir.BoxName(tun.Name)] = tun
	}
	for _, tun := range got.fabric.Tunnels {
		if o := byName[ir.BoxName(tun.Name)]; o != nil {
			keys[tun.PSK.Name] = importKey(o.PSK.Name)
			keys[tun.BGP.Password.Name] = importKey(o.BGP.Password.Name)
		}
	}
	after := make(map[string]*vyos.Config)
	for _, c := range got.configs {
		after[c.Node] = c
	}
	for i, c := range want.configs {
		a := after[lifted.Nodes[i]]
		if a == nil {
			t.Fatalf("gateway %s became %s, which is not in the result\n%s", c.Node, lifted.Nodes[i], text)
		}
		w, g := importCommands(t, c, importKey), importCommands(t, a, func(n string) string { return keys[n] })
		if diff := cmp.Diff(strings.Split(w, "\n"), strings.Split(g, "\n")); diff != "" {
			t.Fatalf("%s, VyOS %s (-want +got):\n%s\nimported specification:\n%s", c.Node, c.For.Name, diff, text)
		}
	}
	if strings.Contains(text, "key-of-") {
		t.Fatalf("a secret is in the specification:\n%s", text)
	}
	return text
}

func TestImportExamples(t *testing.T) {
	files, err := filepath.Glob("../testdata/examples/*/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no examples")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, rel := range release.All() {
			for _, named := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/named=%v", filepath.Base(filepath.Dir(f)), rel.Name, named), func(t *testing.T) {
					file := importDecode(t, string(b))
					for i, s := range file.Sites {
						for _, g := range s.Gateways {
							if i == 0 && g.Platform.V == "vyos" {
								g.Release.V = rel.Name
							}
						}
					}
					fabric, diags := compiler.Compile(file)
					if diags.HasErrors() || len(importErrors(fabric)) > 0 {
						t.Skipf("not for VyOS %s", rel.Name)
					}
					roundTrip(t, importFile(t, file, f), named, nil)
				})
			}
		}
	}
}

// importErrors are the errors of lowering, of gateways that are not VyOS included.
func importErrors(f *ir.Fabric) []error {
	var diags hcl.Diagnostics
	for _, n := range f.Nodes {
		if n.Platform != ir.VyOS {
			return []error{fmt.Errorf("%s is no VyOS gateway", n.Name)}
		}
		_, ds := vyos.Backend{}.Lower(n)
		diags = append(diags, ds...)
	}
	return diags.Errs()
}

func TestImportRandom(t *testing.T) {
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	r := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	kept := 0
	for i := range rounds {
		spec := backendtest.Random(r, backendtest.Options{Releases: release.GrammarReleases()})
		file := importDecode(t, spec.Text())
		fabric, diags := compiler.Compile(file)
		if diags.HasErrors() {
			t.Fatal(diags.Errs())
		}
		if len(importErrors(fabric)) > 0 {
			continue // the releases do not have it all
		}
		kept++
		roundTrip(t, importFile(t, file, spec.Text()), i%2 == 0, nil)
	}
	if kept < rounds/4 {
		t.Errorf("only %d of %d specifications were compared", kept, rounds)
	}
}
