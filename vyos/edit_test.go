package vyos_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// TestRevert takes runs back that were made on routers with random configurations of others.
func TestRevert(t *testing.T) {
	s := backendtest.Seed(t)
	b := backend()
	for _, release := range []string{"1.2", "1.3", "1.4", "1.5"} {
		for i := range 5 {
			r := rand.New(rand.NewPCG(s, uint64(i)))
			spec := backendtest.Random(r, backendtest.Options{Releases: []string{release}})
			f, first := compileSpec(t, variant(r, spec))
			f2, second := compileSpec(t, variant(r, spec))
			for k, n := range f.Nodes {
				x := newBox(t, b, n, foreign(r, n))
				for _, want := range []plan.Snapshot{first[k], second[k]} {
					before := x.text()
					p, diags := b.Diff(n, x.snapshot(), want, plan.Options{Box: true, Secret: testSecret})
					if diags.HasErrors() { // nothing is carried out
						continue
					}
					x.do(p.Steps())
					after := x.text()
					x.tree.Put(x.g, "interfaces", "dummy", "dum99", "description", "made since")
					back, diags := b.Revert(n, x.snapshot(), p)
					if diags.HasErrors() {
						t.Fatalf("%s: %v", n.Name, diags.Errs())
					}
					x.do(named(back.Steps(), "psk"))
					if line := "set interfaces dummy dum99 description 'made since'\n"; !strings.Contains(x.text(), line) {
						t.Fatalf("%s %s: what was made since is gone", release, n.Name)
					}
					x.tree.Delete(x.g, "interfaces", "dummy", "dum99", "description")
					x.tree.Delete(x.g, "interfaces", "dummy", "dum99")
					if d := firstDifference(before, x.text()); d != "" {
						t.Fatalf("%s %s: it does not lead back: %s", release, n.Name, d)
					}
					if again, _ := b.Revert(n, x.snapshot(), p); !again.Empty() {
						t.Fatalf("%s %s: there is something left to take back: %v", release, n.Name, again.Steps())
					}
					x.do(p.Steps())
					if d := firstDifference(after, x.text()); d != "" {
						t.Fatalf("%s %s: not repeatable: %s", release, n.Name, d)
					}
					n = f2.Nodes[k]
					x.n = n
				}
			}
		}
	}
}

// named gives the secrets of a device a name that these tests know the value of.
func named(steps []plan.Step, name string) []plan.Step {
	for i, s := range steps {
		if s.Secret && s.Op == plan.Set {
			steps[i].Value = "secret:" + name
		}
	}
	return steps
}

// TestRevertConflict: what somebody has changed in what the run made is not thrown away.
func TestRevertConflict(t *testing.T) {
	b := backend()
	f, configs := compileSpec(t, branchSpec("one", "1.4", 1))
	n := f.Nodes[0]
	x := newBox(t, b, n, "set interfaces ethernet eth0 address '203.0.113.1/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset interfaces ethernet eth2 hw-id '52:54:00:00:00:02'\n")
	p, diags := b.Diff(n, x.snapshot(), configs[0], plan.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Errs())
	}
	x.do(p.Steps())
	var vti []string
	for _, s := range p.Steps() {
		if len(s.Path) > 2 && s.Path[1] == "vti" {
			vti = s.Path[:3]
		}
	}
	for name, path := range map[string][]string{
		"added":    append(append([]string{}, vti...), "ip", "disable-arp-filter"),
		"replaced": append(append([]string{}, vti...), "mtu", "1300"),
	} {
		t.Run(name, func(t *testing.T) {
			y := newBox(t, b, n, x.text())
			y.tree.Put(y.g, path...)
			_, diags := b.Revert(n, y.snapshot(), p)
			if codes := errorsOf(diags); len(codes) != 1 || !strings.Contains(codes[0], "E0720") {
				t.Errorf("%q", codes)
			}
		})
	}
}

// TestEdit carries out a few steps and no more.
func TestEdit(t *testing.T) {
	b := backend()
	f, _ := compileSpec(t, branchSpec("one", "1.4", 1))
	x := newBox(t, b, f.Nodes[0], "set protocols bgp neighbor 192.0.2.1 remote-as '1'\n")
	step := plan.Step{Op: plan.Set, Path: []string{"protocols", "bgp", "neighbor", "192.0.2.1", "shutdown"}, Object: "tunnel dr"}
	p := b.Edit(f.Nodes[0], x.snapshot(), []plan.Step{step})
	if got := p.Steps(); len(got) != 1 || len(p.Inverse) != 1 {
		t.Fatalf("%+v", got)
	}
	before := x.text()
	x.do(p.Steps())
	if p := b.Edit(f.Nodes[0], x.snapshot(), []plan.Step{step}); !p.Empty() {
		t.Errorf("done already: %+v", p.Steps())
	}
	x.do(p.Inverse)
	if d := firstDifference(before, x.text()); d != "" {
		t.Error(d)
	}
}
