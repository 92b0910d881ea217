package vyos_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// TestImportForeign imports specifications from boxes on which others have configured things as well: nothing of
// ours is lost, and everything of theirs is listed.
func TestImportForeign(t *testing.T) {
	r := rand.New(rand.NewPCG(backendtest.Seed(t), 2))
	rounds, kept := 60, 0
	if testing.Short() {
		rounds = 15
	}
	for range rounds {
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
		want := importFile(t, file, spec.Text())
		var runs []vyos.Running
		foreigners := make(map[string]string)
		for i, c := range want.configs {
			theirs := foreign(r, fabric.Nodes[i])
			foreigners[c.Node] = theirs
			run := importRunning(t, c, c.Node)
			text := importCommands(t, c, importKey) + theirs
			var err error
			run.Tree, err = config.ParseString(run.File, text, config.ParseOptions{Form: config.FormCommands, Grammar: run.Grammar, Lines: true})
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, run)
		}
		lifted, err := vyos.Lift(runs, vyos.LiftOptions{Spec: fabric.Name})
		if err != nil {
			t.Fatal(err)
		}
		got := importFile(t, compiler.Spec(lifted.Fabric), spec.Text())
		for i, c := range want.configs {
			cmp := lifted.Compare(i, got.configs[slices.IndexFunc(got.configs, func(o *vyos.Config) bool { return o.Node == c.Node })])
			if len(cmp.Changed) > 0 || len(cmp.Added) > 0 {
				t.Fatalf("%s, VyOS %s: changed %v, added %v\n%s\nforeign:\n%s", c.Node, c.For.Name, cmp.Changed, cmp.Added, spec.Text(), foreigners[c.Node])
			}
			checkForeign(t, runs[i], c, foreigners[c.Node], cmp)
		}
	}
	if kept < rounds/4 {
		t.Errorf("only %d of %d specifications were compared", kept, rounds)
	}
}

// checkForeign compares the commands that are listed as foreign with those that others have set.
func checkForeign(t *testing.T, run vyos.Running, c *vyos.Config, theirs string, cmp vyos.Comparison) {
	t.Helper()
	lines := strings.Split(importCommands(t, c, importKey)+theirs, "\n")
	listed := make(map[int]bool)
	for _, l := range cmp.Foreign {
		listed[l.Number] = true
		if strings.Contains(l.Text, "CANARY") {
			t.Errorf("a secret is listed: %s", l.Text)
		}
	}
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		path := words[1:]
		for k := range path {
			path[k] = strings.Trim(path[k], "'")
		}
		if strings.Contains(line, "'") { // the value may hold blanks
			head, value, _ := strings.Cut(line, " '")
			path = append(strings.Fields(head)[1:], strings.TrimSuffix(value, "'"))
		}
		_, ours := c.Tree.Find(path...)
		if config.IsSecretPath(run.Grammar, path) {
			_, ours = c.Tree.Find(path[:len(path)-1]...)
		}
		if !ours && !listed[i+1] {
			// a line that repeats an earlier one stands there
			n, _ := run.Tree.Find(path...)
			if !n.Valid() || !listed[n.Line()] {
				t.Errorf("%s: line %d is neither taken nor listed: %s", c.Node, i+1, line)
			}
		}
		if ours && listed[i+1] {
			t.Errorf("%s: line %d is ours and listed as foreign: %s", c.Node, i+1, line)
		}
	}
}
