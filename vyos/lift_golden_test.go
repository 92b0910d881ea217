package vyos_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
)

// TestImportByHand imports configurations that were written by hand, and one that was taken from a genuine box.
// What differs when the result is compiled is in the golden files, each command with the reason.
func TestImportByHand(t *testing.T) {
	shared := backendtest.Shared(t)
	type file struct{ node, release, path string }
	for _, tt := range []struct {
		name  string
		files []file
	}{
		{"by-hand-1.4-1.3", []file{{"onprem/gw1", "1.4", "reference/onprem-1.4.set"}, {"cloud/gw1", "1.3", "reference/cloud-1.3.set"}}},
		{"by-hand-1.4-1.2", []file{{"onprem/gw1", "1.4", "reference/onprem-1.4.set"}, {"cloud/gw1", "1.2", "reference/cloud-1.2.set"}}},
		{"by-hand-1.3-alone", []file{{"cloud/gw1", "1.3", "reference/cloud-1.3.set"}}},
		{"genuine-1.4", []file{{"onprem/gw1", "", "captures/1.4/config.boot"}}},
		{"genuine-1.4-json", []file{{"onprem/gw1", "1.4", "captures/1.4/show-configuration-json.json"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var runs []vyos.Running
			for _, f := range tt.files {
				src, err := os.ReadFile(filepath.Join(shared, "vyos", f.path))
				if err != nil {
					t.Fatal(err)
				}
				r, err := vyos.ReadRunning(filepath.Base(f.path), f.node, f.release, src)
				if err != nil {
					t.Fatal(err)
				}
				runs = append(runs, r)
			}
			checkByHand(t, runs, filepath.Join("testdata", "import", tt.name+".txt"))
		})
	}
}

func checkByHand(t *testing.T, runs []vyos.Running, golden string) {
	t.Helper()
	lifted, err := vyos.Lift(runs, vyos.LiftOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file := compiler.Spec(lifted.Fabric)
	text := string(schema.Write(file))
	goal := importFile(t, file, text)
	var b strings.Builder
	b.WriteString(text)
	for _, r := range lifted.Remarks {
		fmt.Fprintf(&b, "\n%s:%d: %s\n", r.File, r.Line, r.Text)
	}
	for i, name := range lifted.Nodes {
		var want *vyos.Config
		for _, c := range goal.configs {
			if c.Node == name {
				want = c
			}
		}
		c := lifted.Compare(i, want)
		fmt.Fprintf(&b, "\n== %s, VyOS %s: %d commands as they are\n", name, runs[i].Release.Name, c.Same)
		for _, l := range c.Changed {
			fmt.Fprintf(&b, "- %3d %s\n        %s\n", l.Number, l.Text, l.Why)
			if l.Why == "" {
				t.Errorf("nothing explains what becomes of %s", l.Text)
			}
		}
		for _, l := range c.Foreign {
			fmt.Fprintf(&b, "  %3d %s\n", l.Number, l.Text)
		}
		for _, l := range c.Added {
			fmt.Fprintf(&b, "+     %s\n        %s\n", l.Text, l.Object)
		}
	}
	if backendtest.Updating(t) {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("output differs; UPDATE=1 rewrites it (-want +got)\n%s", diff)
	}
}
