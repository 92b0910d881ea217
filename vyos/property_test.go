package vyos_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// compile makes the configurations of a specification, by node.
func compile(t testing.TB, text string) (*ir.Fabric, map[string]*vyos.Config) {
	t.Helper()
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "spec.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatalf("decode: %v\n%s", diags.Errs(), text)
	}
	fabric, diags := compiler.Compile(file)
	if diags.HasErrors() {
		t.Fatalf("compile: %v\n%s", diags.Errs(), text)
	}
	snapshots, diags := compiler.Lower(fabric, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	if diags.HasErrors() {
		t.Fatalf("lower: %v\n%s", diags.Errs(), text)
	}
	out := make(map[string]*vyos.Config)
	for _, s := range snapshots {
		c := s.(*vyos.Config)
		out[c.Node] = c
	}
	return fabric, out
}

func lines(t testing.TB, c *vyos.Config) []string {
	t.Helper()
	text, err := c.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestRandomSpecifications holds the properties of the compiler over random valid specifications, for each
// release alone and for all of them mixed.
func TestRandomSpecifications(t *testing.T) {
	const runs = 500
	names := []string{"1.2", "1.3", "1.4", "1.5", "rolling"}
	start := backendtest.Seed(t)
	for _, releases := range [][]string{{"1.4"}, {"1.2"}, {"1.3"}, {"1.5"}, {"rolling"}, names} {
		t.Run(strings.Join(releases, "+"), func(t *testing.T) {
			t.Parallel()
			n := runs
			if os.Getenv("L2S_SHARED") == "" {
				n = runs / 5 // the independent check of each line is what takes many
			}
			if testing.Short() || raceEnabled {
				n = runs / 10
			}
			var all map[string][]string = make(map[string][]string)
			for i := range n {
				s := backendtest.Random(rand.New(rand.NewPCG(start, uint64(i))), backendtest.Options{Releases: releases, Wide: i%2 == 1})
				text := s.Text()
				fabric, configs := compile(t, text)
				for _, n := range fabric.Nodes {
					c := configs[n.Name]
					all[c.Release()] = append(all[c.Release()], typed(t, c)...)
					for _, err := range slices.Concat(grammatical(t, c), blackholes(n, c), exports(n, c), verified(n, c)) {
						t.Errorf("%s: %v", n.Name, err)
					}
				}
				for _, tun := range fabric.Tunnels {
					if !tun.Managed {
						continue
					}
					for _, err := range agreement(tun, configs) {
						t.Errorf("tunnel %s: %v", tun.Name, err)
					}
				}
				for _, err := range additions(t, s, configs) {
					t.Error(err)
				}
				if t.Failed() {
					t.Fatalf("specification %d of seed %d:\n%s", i, start, text)
				}
			}
			checkGrammar(t, all)
		})
	}
}

// grammatical reports words that the release's grammar does not know.
func grammatical(t testing.TB, c *vyos.Config) (errs []error) {
	g, err := release.ReadGrammar(c.Release())
	if err != nil {
		t.Fatal(err)
	}
	clone := c.Tree.Clone()
	if n := clone.Resolve(g); n > 0 {
		errs = append(errs, fmt.Errorf("%d parts are unknown to %s", n, c.Release()))
	}
	return append(errs, severalValues(clone, g)...)
}

// severalValues reports leaves with more values than their kind has.
func severalValues(t *config.Tree, g *release.Grammar) (errs []error) {
	var walk func(n config.Node, kind int32)
	walk = func(n config.Node, kind int32) {
		values := slices.Collect(n.Children())
		switch g.Kind(kind) {
		case 3:
			if len(values) != 1 {
				errs = append(errs, fmt.Errorf("%v has %d values", n.Path(), len(values)))
			}
		case 2:
			for _, instance := range values {
				for c := range instance.Children() {
					if k, ok := g.Child(kind, c.Name()); ok {
						walk(c, k)
					}
				}
			}
		case 1:
			for _, c := range values {
				if k, ok := g.Child(kind, c.Name()); ok {
					walk(c, k)
				}
			}
		}
	}
	for c := range t.Root().Children() {
		if k, ok := g.Child(g.Root(), c.Name()); ok {
			walk(c, k)
		}
	}
	return errs
}

// blackholes reports blackhole routes that could win over the route that they back up: each is exactly a
// connected VTI prefix, a network accepted over BGP, or a static route beside it (N1, N2).
func blackholes(n *ir.Node, c *vyos.Config) (errs []error) {
	backed := make(map[string]bool)
	for _, e := range n.Ends {
		backed[e.Tunnel.Prefix.String()] = backed[e.Tunnel.Prefix.String()] || !e.Tunnel.Managed
	}
	for _, vti := range below(c.Tree, "interfaces", "vti") {
		for _, a := range vti.Values("address") {
			backed[netip.MustParsePrefix(a).Masked().String()] = true
		}
	}
	for _, kind := range []string{"prefix-list", "prefix-list6"} {
		for _, list := range below(c.Tree, "policy", kind) {
			if strings.HasSuffix(list.Name(), "-import") {
				for _, p := range permits(list) {
					backed[p] = true
				}
			}
		}
	}
	for _, kind := range []string{"route", "route6"} {
		for _, r := range below(c.Tree, "protocols", "static", kind) {
			hole, ok := r.Child("blackhole")
			if !ok {
				continue
			}
			_, static := r.Child("next-hop")
			if !backed[r.Name()] && !static {
				errs = append(errs, fmt.Errorf("blackhole %s backs up nothing", r.Name()))
			}
			if d, _ := hole.Value("distance"); d != "254" {
				errs = append(errs, fmt.Errorf("blackhole %s has distance %q", r.Name(), d))
			}
		}
	}
	return errs
}

// exports reports announcements of stretched prefixes (N6).
func exports(n *ir.Node, c *vyos.Config) (errs []error) {
	announced := []string{}
	for _, list := range below(c.Tree, "policy", "prefix-list") {
		if strings.HasSuffix(list.Name(), "-export") {
			announced = append(announced, permits(list)...)
			for _, r := range children(list, "rule") {
				if a, _ := r.Value("action"); a == "permit" {
					if _, ok := r.Child("le"); ok {
						errs = append(errs, fmt.Errorf("%s permits longer prefixes", list.Name()))
					}
				}
			}
		}
	}
	for _, path := range [][]string{{"protocols", "bgp"}, {"protocols", "bgp", fmt.Sprint(n.ASN)}} {
		for _, p := range below(c.Tree, append(path, "address-family", "ipv4-unicast", "network")...) {
			announced = append(announced, p.Name())
		}
	}
	for _, p := range announced {
		prefix := netip.MustParsePrefix(p)
		for _, a := range n.Attaches {
			if s := a.Stretch.Subnet; s.Overlaps(prefix) && prefix.Bits() >= s.Bits() {
				errs = append(errs, fmt.Errorf("announces %s of stretch %s", p, a.Stretch.Name))
			}
		}
	}
	return errs
}

func permits(list config.Node) (out []string) {
	for _, r := range children(list, "rule") {
		if a, _ := r.Value("action"); a == "permit" {
			p, _ := r.Value("prefix")
			out = append(out, p)
		}
	}
	return out
}

func below(t *config.Tree, path ...string) []config.Node {
	n, ok := t.Find(path...)
	if !ok {
		return nil
	}
	return slices.Collect(n.Children())
}

func children(n config.Node, name string) []config.Node {
	c, ok := n.Child(name)
	if !ok {
		return nil
	}
	return slices.Collect(c.Children())
}

// additions reports lines that disappear when an object is added: the last stretch, the last tunnel that no
// stretch uses, the last site with its tunnels.
func additions(t testing.TB, s backendtest.Specification, with map[string]*vyos.Config) (errs []error) {
	for _, without := range smaller(s) {
		_, before := compile(t, without.Text())
		for node, c := range before {
			have := make(map[string]bool)
			for _, l := range lines(t, with[node]) {
				have[l] = true
			}
			for _, l := range lines(t, c) {
				if !have[l] {
					errs = append(errs, fmt.Errorf("%s: an addition removed %q", node, l))
				}
			}
		}
	}
	return errs
}

// smaller are specifications with one object less.
func smaller(s backendtest.Specification) (out []backendtest.Specification) {
	uses := func(text, object string) bool {
		for _, end := range []string{"]", ",", ".", "\n"} {
			if strings.Contains(text, object+end) {
				return true
			}
		}
		return false
	}
	if n := len(s.Stretches); n > 0 {
		less := s
		less.Stretches = s.Stretches[:n-1]
		out = append(out, less)
	}
	last := len(s.Tunnels)
	if !slices.ContainsFunc(s.Stretches, func(x string) bool { return uses(x, fmt.Sprintf("tunnel.t%d", last)) }) {
		less := s
		less.Tunnels = s.Tunnels[:last-1]
		out = append(out, less)
	}
	if n := len(s.Sites); n > 2 {
		site := fmt.Sprintf("site.s%d", n-1)
		unused := func(x string) bool { return uses(x, site) }
		if !slices.ContainsFunc(s.Stretches, unused) {
			less := s
			less.Sites = s.Sites[:n-1]
			less.Tunnels = slices.DeleteFunc(slices.Clone(s.Tunnels), unused)
			out = append(out, less)
		}
	}
	return out
}
