package vyos_test

import (
	"os"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// TestLiftUnfitEnds has two ends that are marked as those of one tunnel and do not fit together: each becomes a tunnel, with a name
// of its own.
func TestLiftUnfitEnds(t *testing.T) {
	text, err := os.ReadFile("../testdata/examples/first-run/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	goal := importFile(t, importDecode(t, string(text)), "first-run")
	var runs []vyos.Running
	for i, c := range goal.configs {
		commands := importCommands(t, c, importKey)
		if i == 1 {
			commands = strings.ReplaceAll(strings.ReplaceAll(commands, "169.254.100.", "169.254.101."), "203.0.113.10", "203.0.113.99")
		}
		rel, _ := release.Lookup(c.Release())
		tree, err := config.ParseString("x", commands, config.ParseOptions{Grammar: importGrammars[rel.Name], Lines: true})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, vyos.Running{File: "x", Release: rel, Tree: tree, Grammar: importGrammars[rel.Name]})
	}
	lifted, err := vyos.Lift(runs, vyos.LiftOptions{})
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, tunnel := range lifted.Fabric.Tunnels {
		if names[tunnel.Name] {
			t.Errorf("two tunnels are called %s", tunnel.Name)
		}
		names[tunnel.Name] = true
	}
	if len(names) != 2 {
		t.Errorf("tunnels %v", names)
	}
}
