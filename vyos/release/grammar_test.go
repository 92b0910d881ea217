package release

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

func lookup(g *Grammar, path string) (node int32, ok bool) {
	node = g.Root()
	for _, name := range strings.Fields(path) {
		if node, ok = g.Child(node, name); !ok {
			return 0, false
		}
	}
	return node, true
}

func TestGrammarFacts(t *testing.T) {
	const none, node, tag, leaf, multi, flag = 0, 1, 2, 3, 4, 5
	for _, tt := range []struct {
		path  string
		kinds [4]uint8 // 1.2, 1.3, 1.4, 1.5
	}{
		{"interfaces", [4]uint8{node, node, node, node}},
		{"interfaces bridge", [4]uint8{tag, tag, tag, tag}},
		{"interfaces bridge stp", [4]uint8{leaf, flag, flag, flag}},
		{"interfaces bridge address", [4]uint8{multi, multi, multi, multi}},
		{"interfaces bridge member interface", [4]uint8{none, tag, tag, tag}},
		{"interfaces vxlan remote", [4]uint8{leaf, multi, multi, multi}},
		{"interfaces vxlan remote-port", [4]uint8{leaf, none, none, none}},
		{"protocols bgp", [4]uint8{tag, tag, node, node}},
		{"protocols bgp system-as", [4]uint8{none, none, leaf, leaf}},
		{"vpn ipsec authentication psk id", [4]uint8{none, none, multi, multi}},
		{"vpn ipsec interface", [4]uint8{none, none, multi, multi}},
		{"vpn ipsec ipsec-interfaces interface", [4]uint8{multi, multi, none, none}},
		{"firewall ipv4 prerouting raw rule", [4]uint8{none, none, none, tag}},
		{"no such thing", [4]uint8{}},
	} {
		for i, want := range tt.kinds {
			g, err := ReadGrammar(GrammarReleases()[i])
			if err != nil {
				t.Fatal(err)
			}
			var got uint8
			if n, ok := lookup(g, tt.path); ok {
				got = g.Kind(n)
			}
			if got != want {
				t.Errorf("%s in %s: kind %d, want %d", tt.path, GrammarReleases()[i], got, want)
			}
		}
	}
	if _, err := ReadGrammar("4.0"); err == nil {
		t.Error("there is a grammar of 4.0")
	}
}

func TestGrammarSecretsAndPriorities(t *testing.T) {
	for _, tt := range []struct {
		release, path string
		secret, fixed bool
		prio          int
	}{
		{release: "1.2", path: "vpn ipsec site-to-site peer authentication pre-shared-secret", secret: true},
		{release: "1.2", path: "interfaces vxlan vni", fixed: true},
		{release: "1.2", path: "interfaces vxlan", prio: 460},
		{release: "1.3", path: "interfaces vxlan vni"},
		{release: "1.4", path: "vpn ipsec authentication psk secret", secret: true},
		{release: "1.4", path: "vpn ipsec authentication psk id"},
		{release: "1.4", path: "vpn ipsec", prio: 901},
		{release: "1.4", path: "system login user authentication public-keys key"},
		{release: "1.4", path: "system login user authentication encrypted-password", secret: true},
		{release: "1.4", path: "system login radius server key", secret: true},
		{release: "rolling", path: "firewall ipv4 name rule gre key"},
		{release: "1.4", path: "interfaces tunnel parameters ip key"},
		{release: "1.4", path: "interfaces wireguard private-key", secret: true},
		{release: "1.4", path: "interfaces wireguard peer preshared-key", secret: true},
		{release: "1.4", path: "pki certificate private key", secret: true},
		{release: "1.4", path: "pki key-pair public key"},
		{release: "1.5", path: "protocols bgp neighbor password", secret: true},
		{release: "rolling", path: "vpn ipsec authentication psk secret", secret: true},
	} {
		g, err := ReadGrammar(tt.release)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := lookup(g, tt.path)
		if !ok {
			t.Errorf("%s: no %s", tt.release, tt.path)
			continue
		}
		if g.Secret(n) != tt.secret || g.Fixed(n) != tt.fixed || g.Priority(n) != tt.prio {
			t.Errorf("%s: %s: secret %v, fixed %v, priority %d", tt.release, tt.path, g.Secret(n), g.Fixed(n), g.Priority(n))
		}
	}
}

// TestGrammarComplete compares every path of the full grammars with the compact ones, and the compact ones with what the generator
// makes now.
func TestGrammarComplete(t *testing.T) {
	dir := backendtest.Shared(t, "vyos")
	type full struct {
		Kind             string
		Multi, Valueless int
		Priority         int
		Children         map[string]*full
	}
	out := t.TempDir()
	for _, name := range GrammarReleases() {
		file := filepath.Join(dir, "grammar-"+name+".json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Nodes int
			Tree  map[string]*full
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		g, err := ReadGrammar(name)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		var walk func(path string, node int32, tree map[string]*full)
		walk = func(path string, node int32, tree map[string]*full) {
			if len(g.Names(node)) != len(tree) {
				t.Errorf("%s: %s has %d children, want %d", name, path, len(g.Names(node)), len(tree))
			}
			for word, f := range tree {
				count++
				n, ok := g.Child(node, word)
				if !ok {
					t.Errorf("%s: no %s %s", name, path, word)
					continue
				}
				want := uint8(slices.Index([]string{"", "node", "tag", "leaf"}, f.Kind))
				if f.Multi != 0 {
					want = 4
				}
				if f.Valueless != 0 {
					want = 5
				}
				if g.Kind(n) != want || g.Priority(n) != f.Priority {
					t.Errorf("%s: %s %s: kind %d, want %d; priority %d, want %d", name, path, word, g.Kind(n), want, g.Priority(n), f.Priority)
				}
				walk(path+" "+word, n, f.Children)
			}
		}
		walk("", g.Root(), doc.Tree)
		if count != doc.Nodes {
			t.Errorf("%s: %d nodes, want %d", name, count, doc.Nodes)
		}
		if b, err := exec.Command("go", "run", "./internal/gengrammar", "-out", out, file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		fresh, err := os.ReadFile(filepath.Join(out, name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		packed, err := os.ReadFile("grammar/" + name + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(inflate(t, fresh), inflate(t, packed)) {
			t.Errorf("grammar/%s.bin is not what the generator makes", name)
		}
	}
}

func inflate(t *testing.T, b []byte) []byte {
	out, err := io.ReadAll(flate.NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func BenchmarkReadGrammar(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadGrammar("1.4"); err != nil {
			b.Fatal(err)
		}
	}
}
