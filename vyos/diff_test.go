package vyos_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// testKey is the value of every secret in these tests.
const testKey = "CANARY-key-4711"

func testSecret(string) ([]byte, bool) { return []byte(testKey), true }

// backend reads each grammar once.
func backend() vyos.Backend {
	grammars := map[string]*release.Grammar{}
	return vyos.Backend{Grammar: func(name string) (*release.Grammar, error) {
		if g := grammars[name]; g != nil {
			return g, nil
		}
		g, err := release.ReadGrammar(name)
		grammars[name] = g
		return g, err
	}}
}

// compileSpec compiles the text of a specification.
func compileSpec(t testing.TB, text string) (*ir.Fabric, []*vyos.Config) {
	t.Helper()
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Errs(), text)
	}
	f, diags := compiler.Compile(file)
	var out []*vyos.Config
	for _, n := range f.Nodes {
		s, more := vyos.Backend{}.Lower(n)
		diags = append(diags, more...)
		out = append(out, s.(*vyos.Config))
	}
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.Errs(), text)
	}
	return f, out
}

// A box is a router that knows set and delete.
type box struct {
	t    testing.TB
	b    vyos.Backend
	n    *ir.Node
	g    *release.Grammar
	rel  *release.Release
	tree *config.Tree
}

func newBox(t testing.TB, b vyos.Backend, n *ir.Node, foreign string) *box {
	t.Helper()
	rel, _ := release.Lookup(n.Release)
	g, err := b.Grammar(n.Release)
	if err != nil {
		t.Fatal(err)
	}
	x := &box{t: t, b: b, n: n, g: g, rel: rel}
	x.tree, err = config.Parse("foreign", []byte(foreign), config.ParseOptions{Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	if unknown := x.tree.Resolve(g); unknown > 0 {
		t.Fatalf("%d settings of the foreign configuration are unknown to %s:\n%s", unknown, n.Release, foreign)
	}
	return x
}

// text is what the box shows as commands, keys in clear.
func (x *box) text() string {
	order := config.LexicalNumeric
	if x.rel.DebianOrder {
		order = config.DebianVersion
	}
	b, err := x.tree.AppendCommands(nil, config.PrintOptions{Order: order, Reveal: func(string) ([]byte, error) { return []byte(testKey), nil }})
	if err != nil {
		x.t.Fatal(err)
	}
	return string(b)
}

func (x *box) snapshot() plan.Snapshot {
	x.t.Helper()
	s, diags, err := x.b.Read(x.n, "running", []byte(x.text()))
	if err != nil || diags.HasErrors() {
		x.t.Fatal(err, diags)
	}
	return s
}

// diff plans from what the box has; errors end the test.
func (x *box) diff(want plan.Snapshot) *plan.Plan {
	x.t.Helper()
	p, diags := x.b.Diff(x.n, x.snapshot(), want, plan.Options{Box: true, Secret: testSecret})
	if diags.HasErrors() {
		for _, d := range diags {
			x.t.Log(d.Summary, d.Detail)
		}
		x.t.Fatalf("%s: %v\nbox:\n%s", x.n.Name, diags.Errs(), x.text())
	}
	return p
}

// do carries out steps.
func (x *box) do(steps []plan.Step) {
	for _, st := range steps {
		path := slices.Clone(st.Path)
		ref, secret := strings.CutPrefix(st.Value, "secret:")
		switch {
		case st.Op == plan.Delete && st.Value != "" && !st.Secret:
			x.tree.Delete(x.g, append(path, st.Value)...)
		case st.Op == plan.Delete:
			x.tree.Delete(x.g, path...)
		case secret:
			n := x.tree.Put(x.g, path...)
			n.Parent().Secret(path[len(path)-1], ref)
		case st.Value != "":
			x.tree.Put(x.g, append(path, st.Value)...)
		default:
			x.tree.Put(x.g, path...)
		}
	}
}

func (x *box) undo(steps []plan.Step) {
	for _, st := range slices.Backward(steps) {
		x.do(st.Undo)
	}
}

func (x *box) lines() []string {
	l := strings.Split(strings.TrimSuffix(x.text(), "\n"), "\n")
	slices.Sort(l)
	return l
}

// linesOf are the commands of a configuration, sorted.
func linesOf(t testing.TB, c *vyos.Config) []string {
	b, err := c.Tree.AppendCommands(nil, config.PrintOptions{Reveal: func(string) ([]byte, error) { return []byte(testKey), nil }})
	if err != nil {
		t.Fatal(err)
	}
	l := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	slices.Sort(l)
	return l
}

// without are the lines of a that are not in any of the others.
func without(a []string, others ...[]string) []string {
	skip := map[string]bool{}
	for _, o := range others {
		for _, l := range o {
			skip[l] = true
		}
	}
	var out []string
	for _, l := range a {
		if !skip[l] {
			out = append(out, l)
		}
	}
	return out
}

// sharedLines are the commands of a configuration that others may use too.
func sharedLines(c *vyos.Config) []string {
	var out []string
	for _, cl := range c.Claims {
		if cl.Holding != vyos.Shared {
			continue
		}
		last := len(cl.Path) - 1
		if cl.Path[last] == "disable-route-autoinstall" {
			out = append(out, "set "+strings.Join(cl.Path, " "))
			continue
		}
		out = append(out, "set "+strings.Join(cl.Path[:last], " ")+" '"+cl.Path[last]+"'")
	}
	return out
}

// checkTarget holds a box against what should be on it: everything of the specification, everything foreign,
// nothing else.
func checkTarget(t *testing.T, x *box, foreign []string, want *vyos.Config, may ...[]string) {
	t.Helper()
	have := x.lines()
	wanted := linesOf(t, want)
	mtu := slices.DeleteFunc(slices.Clone(sharedLines(want)), func(l string) bool { return !strings.HasSuffix(l, " mtu '1500'") })
	if missing := without(wanted, have, mtu); len(missing) > 0 {
		t.Fatalf("%s: missing:\n%s", x.n.Name, strings.Join(missing, "\n"))
	}
	if lost := without(foreign, have); len(lost) > 0 {
		t.Fatalf("%s: foreign lines lost:\n%s", x.n.Name, strings.Join(lost, "\n"))
	}
	if extra := without(have, append(may, wanted, foreign)...); len(extra) > 0 {
		t.Fatalf("%s: lines of nobody:\n%s\n\nforeign:\n%s", x.n.Name, strings.Join(extra, "\n"), strings.Join(foreign, "\n"))
	}
}

// variant leaves out some stretches of a specification, and tunnels that nothing needs then, and changes
// values.
func variant(r *rand.Rand, s backendtest.Specification) string {
	v := backendtest.Specification{Header: strings.Replace(s.Header, regexp.MustCompile(`name = "[^"]*"`).FindString(s.Header), `name = "dr"`, 1), Sites: s.Sites}
	for _, st := range s.Stretches {
		if r.IntN(3) > 0 {
			v.Stretches = append(v.Stretches, change(r, st))
		}
	}
	for _, tn := range s.Tunnels {
		name := regexp.MustCompile(`"(t\d+)"`).FindStringSubmatch(tn)[1]
		needed := slices.ContainsFunc(v.Stretches, func(st string) bool {
			return regexp.MustCompile(`tunnel\.` + name + `\b`).MatchString(st)
		})
		if needed || r.IntN(3) > 0 {
			v.Tunnels = append(v.Tunnels, change(r, tn))
		}
	}
	return v.Text()
}

func change(r *rand.Rand, text string) string {
	for _, c := range [][2]string{
		{`"8h"`, `"6h"`}, {`"1h"`, `"30m"`}, {"vni     = 50", "vni     = 70"}, {"paused  = true\n", "\n"},
		{`"120s"`, `"600s"`}, {"  host_mtu = 1600\n", ""}, {`restart`, `clear`}, {`"5s"`, `"4s"`}, {`.250"`, `.248"`},
		{"backup_path = true", "backup_path = false"}, {"bfd       = true", "bfd       = false"},
	} {
		if r.IntN(4) == 0 {
			text = strings.ReplaceAll(text, c[0], c[1])
		}
	}
	return text
}

// TestPlanWalk walks routers with random configurations of others through pairs of specifications and back.
func TestPlanWalk(t *testing.T) {
	s := backendtest.Seed(t)
	rounds := 10
	if testing.Short() {
		rounds = 5
	}
	b := backend()
	for _, releases := range [][]string{{"1.2"}, {"1.3"}, {"1.4"}, {"1.5"}, {"rolling"}, {"1.2", "1.3", "1.4"}} {
		t.Run(strings.Join(releases, "+"), func(t *testing.T) {
			for i := range rounds {
				r := rand.New(rand.NewPCG(s, uint64(i)))
				spec := backendtest.Random(r, backendtest.Options{Releases: releases, Wide: i%2 == 1})
				one, two := variant(r, spec), variant(r, spec)
				f, first := compileSpec(t, one)
				f2, second := compileSpec(t, two)
				for k, n := range f.Nodes {
					walk(t, b, n, f2.Nodes[k], r, first[k], second[k])
					if t.Failed() {
						t.Fatalf("round %d, specifications:\n%s\n---\n%s", i, one, two)
					}
				}
			}
		})
	}
}

func walk(t *testing.T, b vyos.Backend, n, n2 *ir.Node, r *rand.Rand, one, two *vyos.Config) {
	t.Helper()
	f := foreign(r, n)
	x := newBox(t, b, n, f)
	others := x.lines()
	original := x.text()
	shared := append(sharedLines(one), sharedLines(two)...)
	for i, want := range []*vyos.Config{one, two} {
		x.n = []*ir.Node{n, n2}[i]
		before := x.text()
		p := x.diff(want)
		typed := x.typed(p)
		x.do(p.Steps())
		if d := firstDifference(x.text(), typed); d != "" {
			t.Fatalf("%s: the printed commands do something else: %s", n.Name, d)
		}
		checkTarget(t, x, others, want, shared)
		if again := x.diff(want); !again.Empty() {
			t.Fatalf("%s: a second plan is not empty: %v", n.Name, again.Steps())
		}
		after := x.text()
		x.undo(p.Steps())
		if d := firstDifference(before, x.text()); d != "" {
			t.Fatalf("%s: undo does not lead back: %s", n.Name, d)
		}
		x.do(p.Steps())
		if d := firstDifference(after, x.text()); d != "" {
			t.Fatalf("%s: not repeatable: %s", n.Name, d)
		}
	}
	gone := x.diff(nil)
	x.do(gone.Steps())
	left := without(x.lines(), others)
	for _, l := range left {
		nic := strings.HasPrefix(l, "set interfaces ethernet ") || strings.HasPrefix(l, "set interfaces bonding ")
		used := strings.Contains(f, "set vpn ipsec ") && strings.HasPrefix(l, "set vpn ipsec ") || strings.Contains(f, "set protocols bgp ") && strings.HasPrefix(l, "set protocols bgp ")
		if !slices.Contains(shared, l) || !nic && !used {
			t.Fatalf("%s: left over after everything was removed: %s\nforeign:\n%s", n.Name, l, f)
		}
	}
	if len(left) == 0 && x.text() != original {
		t.Fatalf("%s: removal does not lead back: %s", n.Name, firstDifference(original, x.text()))
	}
}

// firstDifference compares commands; the order of several values of one leaf counts for nothing.
func firstDifference(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	if len(without(la, lb))+len(without(lb, la)) == 0 && len(la) == len(lb) {
		return ""
	}
	return fmt.Sprintf("(-before +after)\n- %s\n+ %s", strings.Join(without(la, lb), "\n- "), strings.Join(without(lb, la), "\n+ "))
}

func errorsOf(diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		out = append(out, compiler.CodeOf(d))
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
