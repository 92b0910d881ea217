package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A grower makes random configurations that a release's grammar allows, and some words that it does not know.
type grower struct {
	rng *rand.Rand
	g   *release.Grammar
}

var values = []string{
	"", "1500", "10.0.0.1/24", "eth1", "two words", " leading", "trailing ", `back\slash`, `\\server\share`, `ends in \`, `Hello\nWorld`,
	"# no comment", "{", "}", "{}", "a {", ";", "*", "/* none */", "// none", "é世界🚀", "$d `x` | < > ( ) ! ~ &", "tab\there",
	"set system", "****", "0", "-1", "a=b", "x;y", "%any", "!10.0.0.0/8", "\u00a0", "/", "\\",
}

var instances = []string{
	"1", "2", "10", "100", "eth0", "eth1", "eth10", "eth1.100", "br0", "lo", "10.0.0.0/8", "10.0.0.0/16", "2001:db8::/32", "LAN", "lan-in", "a_b",
	"x.y", "@peer", "foo+bar", "é", "0", "010", "Z~", "a:b",
}

func (w *grower) path() []string {
	var path []string
	node := w.g.Root()
	for {
		if w.rng.IntN(60) == 0 { // something that the grammar does not know
			path = append(path, "unknown", pick(w.rng, instances))
			return path
		}
		names := w.g.Names(node)
		if len(names) == 0 {
			return path
		}
		name := pick(w.rng, names[:min(len(names), 6)]) // few, so that paths meet
		path = append(path, name)
		node, _ = w.g.Child(node, name)
		switch Kind(w.g.Kind(node)) {
		case KindLeaf, KindMulti:
			return append(path, pick(w.rng, values))
		case KindFlag:
			return path
		case KindTag:
			path = append(path, pick(w.rng, instances))
		}
		if w.rng.IntN(12) == 0 && Kind(w.g.Kind(node)) != KindLeaf {
			return path
		}
	}
}

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

func (w *grower) tree(n int) *Tree {
	t := New()
	for range n {
		t.Put(w.g, w.path()...)
	}
	t.Resolve(w.g)
	return t
}

// change returns a copy with some things gone and some new.
func (w *grower) change(t *Tree, n int) *Tree {
	t = t.Clone()
	for range n {
		if w.rng.IntN(2) == 0 {
			t.Put(w.g, w.path()...)
			continue
		}
		node := t.Root()
		for depth := 0; ; depth++ {
			var below []Node
			for c := range node.Children() {
				below = append(below, c)
			}
			if len(below) == 0 || depth > 0 && w.rng.IntN(4) == 0 {
				break
			}
			node = below[w.rng.IntN(len(below))]
		}
		t.Delete(w.g, node.Path()...)
	}
	t.Resolve(w.g)
	return t
}

type form struct {
	name  string
	parse ParseOptions
	print PrintOptions
}

// formsOf lists every form in which a release gives configurations.
func formsOf(name string, g Grammar) []form {
	o := PrintOptions{Grammar: g}
	if name == "1.2" || name == "1.3" {
		o.Order = DebianVersion
	}
	old, new := o, o
	old.Bare, old.Footer = true, Footer{Versions: "a@1:b@2", Release: "1.2.9-S1", Old: true}
	new.Footer = Footer{Versions: "a@1:b@2", Release: "1.4.0"}
	shown := o
	shown.Shown = true
	bare := o
	bare.Bare = true
	return []form{
		{"typed", ParseOptions{Form: FormCommands, Grammar: g, Escapes: EscapesOff}, o},
		{"shown", ParseOptions{Form: FormCommands, Grammar: g}, shown},
		{"saved", ParseOptions{Form: FormText, Grammar: g}, new},
		{"saved by an old release", ParseOptions{Form: FormText, Grammar: g, Escapes: EscapesOff}, old},
		{"show configuration", ParseOptions{Form: FormText, Grammar: g, Escapes: EscapesOff}, bare},
		{"json", ParseOptions{Form: FormJSON, Grammar: g}, o},
	}
}

func (f form) write(t *Tree) ([]byte, error) {
	switch f.parse.Form {
	case FormCommands:
		return t.AppendCommands(nil, f.print)
	case FormJSON:
		return t.AppendJSON(nil, f.print)
	}
	return t.AppendText(nil, f.print)
}

func TestPrintParsePrint(t *testing.T) {
	rng := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	for _, name := range release.GrammarReleases() {
		g, err := release.ReadGrammar(name)
		if err != nil {
			t.Fatal(err)
		}
		w := grower{rng, g}
		for range 60 {
			tree := w.tree(1 + rng.IntN(80))
			for _, f := range formsOf(name, g) {
				first, err := f.write(tree)
				if err != nil {
					t.Fatalf("%s, %s: %v", name, f.name, err)
				}
				back, err := Parse("first", first, f.parse)
				if err != nil {
					t.Fatalf("%s, %s: %v\n%s", name, f.name, err, first)
				}
				second, err := f.write(back)
				if err != nil {
					t.Fatalf("%s, %s: %v", name, f.name, err)
				}
				if diff := cmp.Diff(string(first), string(second)); diff != "" {
					t.Fatalf("%s, %s: printed again (-first +second):\n%s", name, f.name, diff)
				}
				if f.parse.Form != FormJSON && !Equal(tree, back) {
					t.Fatalf("%s, %s: not the same tree:\n%s", name, f.name, first)
				}
				if form := Detect(string(first)); !tree.Empty() && form != f.parse.Form {
					t.Fatalf("%s, %s: detected as %d:\n%s", name, f.name, form, first)
				}
			}
		}
	}
}

func TestDiffAndApply(t *testing.T) {
	rng := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	for _, name := range release.GrammarReleases() {
		g, err := release.ReadGrammar(name)
		if err != nil {
			t.Fatal(err)
		}
		w := grower{rng, g}
		for range 150 {
			a := w.tree(1 + rng.IntN(60))
			b := w.change(a, rng.IntN(30))
			if rng.IntN(4) == 0 {
				b = w.tree(rng.IntN(60))
			}
			for _, o := range []DiffOptions{{Grammar: g}, {Grammar: g, Order: DebianVersion}} {
				if err := roundTrip(a, b, o); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if err := roundTrip(a, b, DiffOptions{}); err != nil {
				t.Fatalf("%s, without grammar: %v", name, err)
			}
		}
	}
}

// TestExamplesChanged compares every example with random changes of itself, and prints those in every form.
func TestExamplesChanged(t *testing.T) {
	rng := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	files, err := filepath.Glob("testdata/1.*/*.boot")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		g, err := release.ReadGrammar(name)
		if err != nil {
			t.Fatal(err)
		}
		old, err := Parse(file, read(t, file), ParseOptions{Grammar: g})
		if err != nil {
			t.Fatal(err)
		}
		w := grower{rng, g}
		for range 20 {
			changed := w.change(old, 1+rng.IntN(20))
			if err := roundTrip(old, changed, DiffOptions{Grammar: g}); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for _, f := range formsOf(name, g) {
				out, err := f.write(changed)
				if err != nil {
					t.Fatalf("%s, %s: %v", file, f.name, err)
				}
				back, err := Parse("out", out, f.parse)
				if err != nil {
					t.Fatalf("%s, %s: %v\n%s", file, f.name, err, out)
				}
				if !Equal(changed, back) {
					t.Fatalf("%s, %s: not the same tree\n%s", file, f.name, lines(Diff(changed, back, DiffOptions{Grammar: g})))
				}
			}
		}
	}
}

// roundTrip checks what must hold for any two configurations.
func roundTrip(a, b *Tree, o DiffOptions) error {
	there, back := Diff(a, b, o), Diff(b, a, o)
	show := func() string {
		return fmt.Sprintf("\nold:\n%s\nnew:\n%s\nthere:\n%s\nback:\n%s", text(a), text(b), lines(there), lines(back))
	}
	got := a.Clone()
	undo := there.Undo(got, o)
	got.Apply(o.Grammar, there)
	if !Equal(got, b) {
		return fmt.Errorf("applying the difference gives\n%s%s", text(got), show())
	}
	if !Diff(got, b, o).Empty() {
		return errors.New("equal trees differ" + show())
	}
	undone := got.Clone()
	for i := len(undo) - 1; i >= 0; i-- {
		for _, c := range undo[i] {
			c.Apply(undone, o.Grammar)
		}
	}
	if !Equal(undone, a) {
		return fmt.Errorf("undoing one by one gives\n%s%s", text(undone), show())
	}
	got.Apply(o.Grammar, back)
	if !Equal(got, a) {
		return fmt.Errorf("applying the inverse gives\n%s%s", text(got), show())
	}
	if there.Empty() != Equal(a, b) {
		return errors.New("empty difference of unequal trees" + show())
	}
	return nil
}

func text(t *Tree) string {
	b, err := t.AppendCommands(nil, PrintOptions{Secrets: SecretsByName})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func lines(d *Delta) string {
	b, err := d.AppendCommands(nil, PrintOptions{Secrets: SecretsByName})
	if err != nil {
		return err.Error()
	}
	return string(b)
}
