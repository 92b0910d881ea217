package release_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos/release"
)

func TestDefault(t *testing.T) {
	r, _ := release.Lookup("1.3")
	for _, tt := range []struct {
		path, want string
		says       bool
	}{
		{"interfaces vxlan vxlan5010 port", "8472", true},
		{"interfaces vxlan vxlan5010", "", false},
		{"interfaces vxlan vxlan5010 port x", "", false},
		{"interfaces vti vti1 mtu", "", false},
		{"vpn ipsec ike-group G dead-peer-detection action", "hold", true},
	} {
		if got, says := r.Default(strings.Fields(tt.path)...); got != tt.want || says != tt.says {
			t.Errorf("%s: %q, %v", tt.path, got, says)
		}
	}
	aging := []string{"interfaces", "bridge", "br1", "aging"}
	if !r.Restates("300", aging...) || r.Restates("301", aging...) {
		t.Error("the default of all releases is not known as such")
	}
	if r.Restates("8472", "interfaces", "vxlan", "vxlan1", "port") {
		t.Error("a default that differs between releases is taken for one of all")
	}
}

// TestDefaultsOfGrammar compares the table with the releases' own templates. Where the kernel or a daemon has
// the default the templates say nothing.
func TestDefaultsOfGrammar(t *testing.T) {
	dir := backendtest.Shared(t, "vyos")
	elsewhere := map[string]bool{ // the path's last word
		"remote-port": true, "mobike": true, "connection-type": true,
	}
	type node struct {
		Children map[string]*node
		Default  any
	}
	for _, r := range release.All() {
		text, err := os.ReadFile(filepath.Join(dir, "grammar-"+r.Name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var g struct{ Tree map[string]*node }
		if err := json.Unmarshal(text, &g); err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, d := range r.Defaults {
			if seen[d.Path] {
				t.Errorf("%s: %s stands twice", r.Name, d.Path)
			}
			seen[d.Path] = true
			at := &node{Children: g.Tree}
			for word := range strings.FieldsSeq(d.Path) {
				if word == "*" || at == nil {
					continue
				}
				at = at.Children[word]
			}
			if at == nil {
				t.Errorf("%s has no %s", r.Name, d.Path)
				continue
			}
			def, _ := at.Default.(string)
			if def != d.Value && !(def == "" && elsewhere[d.Path[strings.LastIndex(d.Path, " ")+1:]]) {
				t.Errorf("%s: %s is %q here, %q in the grammar", r.Name, d.Path, d.Value, def)
			}
		}
	}
}
