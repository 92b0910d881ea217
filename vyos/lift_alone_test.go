package vyos_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/vyos"
)

// TestImportAlone imports one end of each example: with the plausible values in the place of those that are not
// known, compiling gives that end's own commands.
func TestImportAlone(t *testing.T) {
	files, err := filepath.Glob("../testdata/examples/*/main.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no examples")
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(f))
		goal := importFile(t, importDecode(t, string(text)), f)
		if len(goal.configs) != 2 {
			continue // the far ends' tunnels to each other are not known
		}
		for _, c := range goal.configs {
			t.Run(name+"/"+c.Node, func(t *testing.T) {
				lifted, err := vyos.Lift([]vyos.Running{importRunning(t, c, c.Node)}, vyos.LiftOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got := importFile(t, compiler.Spec(lifted.Fabric), f)
				for _, o := range got.configs {
					if o.Node != c.Node {
						continue
					}
					for _, l := range lifted.Compare(0, o).Changed {
						t.Errorf("- %s (%s)", l.Text, l.Why)
					}
					for _, l := range lifted.Compare(0, o).Added {
						t.Errorf("+ %s", l.Text)
					}
				}
			})
		}
	}
}
