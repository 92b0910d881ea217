package vyos_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// spelledOut are the leaves that are stated although every release has the value by itself, with the rule
// that wants it.
var spelledOut = map[string]string{
	"interfaces bridge * aging":                     "N24: rendered explicitly",
	"interfaces bridge * stp":                       "N18: STP off, always rendered; N28: stp false explicit on 1.2",
	"vpn ipsec ike-group * close-action":            "N10: responder: close-action none",
	"vpn ipsec site-to-site peer * connection-type": "N11: always render connection-type initiate explicitly",
	"vpn ipsec ike-group * proposal * hash":         "N15: the hash as PRF the same on both ends",
	"vpn ipsec ike-group * proposal * dh-group":     "facts, section 1: default 2 in every release, always set it",
	"vpn ipsec ike-group * proposal * encryption":   "N13: a mismatch of proposals shows only later, so both ends show all of one",
	"vpn ipsec esp-group * proposal * encryption":   "N13: the same",
	"vpn ipsec esp-group * proposal * hash":         "N13: the same",
}

// undecided are the leaves whose defaults differ and that need not be stated, with the reason.
var undecided = map[string]string{
	"vpn ipsec ike-group * mode":                             "IKEv1 only",
	"vpn ipsec ike-group * ikev2-reauth":                     "no by default where it exists, off without the flag elsewhere",
	"vpn ipsec site-to-site peer * replay-window":            "of 1.4 on; each end's own",
	"vpn ipsec site-to-site peer * authentication remote-id": "always stated (N7)",
	"vpn ipsec ike-group * mobike":                           "a flag from 1.4 on; see view.mobike",
	"interfaces vxlan * parameters ip df":                    "of 1.4 on, and what older releases do",
	"interfaces vxlan * parameters ip tos":                   "the same",
	"interfaces vxlan * parameters ip ttl":                   "the same",
	"firewall bridge forward filter default-action":          "of 1.4 on",
	"firewall ipv4 output filter default-action":             "the same",
	"interfaces bridge * mtu":                                "1500 where it exists",
	"interfaces bridge * stp":                                "a flag from 1.3 on",
	"interfaces dummy * mtu":                                 "carries an address only",
	"vpn ipsec ike-group * dead-peer-detection timeout":      "IKEv1 only (N14)",
}

// mixedSpecs are specifications whose ends have different releases.
func mixedSpecs(t *testing.T) map[string]string {
	out := make(map[string]string)
	canonical, err := os.ReadFile("../testdata/examples/canonical/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	out["canonical"] = string(canonical)
	names := []string{"1.2", "1.3", "1.4", "1.5", "rolling"}
	for i, a := range names {
		for _, b := range names[i:] {
			out[a+" and "+b] = pairSpec(a, b)
			out[b+" and "+a+" with defaults"] = pairSpec(b, a,
				`tunnel: ike { proposals = ["aes128-sha1-dh2"] }`, `tunnel: esp { proposals = ["aes128-sha1-dh2"] }`, `tunnel: dpd { interval = "30s" }`,
				`tunnel: bgp {`, `tunnel:   keepalive = "60s"`, `tunnel:   hold = "180s"`, `tunnel: }`)
		}
	}
	start := backendtest.Seed(t)
	n := 40
	if testing.Short() || raceEnabled {
		n = 5
	}
	for i := range n {
		s := backendtest.Random(rand.New(rand.NewPCG(start, uint64(i))), backendtest.Options{Releases: names, Sites: 3, Stretches: 3})
		out[fmt.Sprintf("random %d", i)] = s.Text()
	}
	return out
}

// TestEveryLineSaysSomething removes each line in turn. Either the ends no longer agree, given what each release
// has by itself; or the line has no default; or its default is not that of every release. A line that merely
// repeats what every release does stands there only if a rule wants it.
func TestEveryLineSaysSomething(t *testing.T) {
	for name, text := range mixedSpecs(t) {
		t.Run(name, func(t *testing.T) {
			fabric, configs := compile(t, text)
			for _, n := range fabric.Nodes {
				c := configs[n.Name]
				for _, path := range leafPaths(c) {
					if disagree(fabric, configs, c, path) {
						continue
					}
					leaf, v := path[:len(path)-1], path[len(path)-1]
					if c.For.Restates(v, leaf...) && spelledOut[pattern(c.For, leaf)] == "" {
						t.Errorf("%s: %s says what every release does", n.Name, strings.Join(path, " "))
					}
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// pattern is the entry of the table of defaults that a leaf has.
func pattern(rel *release.Release, leaf []string) string {
	for _, d := range rel.Defaults {
		if words := strings.Fields(d.Path); len(words) == len(leaf) && !slices.ContainsFunc(slices.Collect(indexes(words)), func(i int) bool { return words[i] != "*" && words[i] != leaf[i] }) {
			return d.Path
		}
	}
	return ""
}

func indexes(words []string) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range words {
			if !yield(i) {
				return
			}
		}
	}
}

// leafPaths lists the leaves of a configuration, values included.
func leafPaths(c *vyos.Config) (out [][]string) {
	var walk func(config.Node)
	walk = func(n config.Node) {
		if n.Empty() && n.IsValue() {
			out = append(out, n.Path())
		}
		for child := range n.Children() {
			walk(child)
		}
	}
	walk(c.Tree.Root())
	return out
}

// disagree reports whether two ends say different things once a line is removed from one of them.
func disagree(f *ir.Fabric, configs map[string]*vyos.Config, c *vyos.Config, path []string) bool {
	less := *c
	less.Tree = c.Tree.Clone()
	n, _ := less.Tree.Find(path...)
	n.Remove()
	with := make(map[string]*vyos.Config, len(configs))
	for k, v := range configs {
		with[k] = v
	}
	with[c.Node] = &less
	for _, t := range f.Tunnels {
		if (t.Ends[0].Node.Name == c.Node || t.Ends[1].Node.Name == c.Node) && len(agreement(t, with)) > 0 {
			return true
		}
	}
	return false
}

// TestNothingDependsOnADefaultThatDiffers looks at every leaf that has not the same default in all releases:
// where its node is there, it is stated.
func TestNothingDependsOnADefaultThatDiffers(t *testing.T) {
	differing := make(map[string]bool)
	values := make(map[string]map[string]bool)
	for _, r := range release.All() {
		for _, d := range r.Defaults {
			if values[d.Path] == nil {
				values[d.Path] = make(map[string]bool)
			}
			values[d.Path][d.Value] = true
		}
	}
	for path, v := range values {
		if (len(v) > 1 || v[""]) && undecided[path] == "" {
			differing[path] = true
		}
	}
	for _, path := range []string{"interfaces vxlan * port", "interfaces vxlan * mtu", "vpn ipsec ike-group * dead-peer-detection action"} {
		if !differing[path] {
			t.Errorf("%s does not differ", path)
		}
	}
	for name, text := range mixedSpecs(t) {
		t.Run(name, func(t *testing.T) {
			fabric, configs := compile(t, text)
			for _, n := range fabric.Nodes {
				c := configs[n.Name]
				for _, d := range c.For.Defaults {
					if !differing[d.Path] {
						continue
					}
					words := strings.Fields(d.Path)
					for _, at := range parents(c.Tree.Root(), words[:len(words)-1]) {
						if inside := n.Inside; inside != nil && at.Name() == inside.Interface || words[len(words)-1] == "mtu" && bare(at) {
							continue // not ours: only its address is stated
						}
						if !has(at, words[len(words)-1]) {
							t.Errorf("%s: %s %s depends on a default that differs", n.Name, strings.Join(at.Path(), " "), words[len(words)-1])
						}
					}
				}
			}
		})
	}
}

// bare reports whether nothing of a NIC is stated but its VLANs.
func bare(n config.Node) bool {
	for c := range n.Children() {
		if c.Name() != "vif" {
			return false
		}
	}
	return true
}

// parents lists the nodes that a pattern leads to.
func parents(n config.Node, words []string) (out []config.Node) {
	if len(words) == 0 {
		return []config.Node{n}
	}
	if words[0] != "*" {
		c, ok := n.Child(words[0])
		if !ok {
			return nil
		}
		return parents(c, words[1:])
	}
	for c := range n.Children() {
		out = append(out, parents(c, words[1:])...)
	}
	return out
}
