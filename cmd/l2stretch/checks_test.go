package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// TestChecksAgree: every check that a specification leads to can be looked at, all that can be looked at are
// described, and the codes of refusals are known.
func TestChecksAgree(t *testing.T) {
	text, err := helpFiles.ReadFile("help/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range session.CheckNames() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("help checks says nothing of %s", name)
		}
	}
	used := make(map[string]bool)
	codes := map[string]apply.Code{"loop": apply.CodeLoop, "duplicate": apply.CodeDuplicate, "route": apply.CodeRoute}
	files, err := filepath.Glob("../../testdata/examples/*/main.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		source, err := schema.Read(file, schema.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		decoded, diags := schema.Decode(source)
		if diags.HasErrors() {
			continue // an example for one release or platform
		}
		fabric, _ := compiler.Compile(decoded)
		for _, n := range fabric.Nodes {
			for _, c := range (vyos.Backend{}).Checks(n, nil) {
				used[fmt.Sprint(c.Name, c.Before)] = true
				if !session.Knows(c) {
					t.Errorf("%s: %s cannot be looked at", file, c.Name)
				}
				if want := string(codes[c.Name]); c.Before && c.Code != want || !c.Before && c.Code != "" {
					t.Errorf("%s: %s (before %v) has the code %q", file, c.Name, c.Before, c.Code)
				}
				if c.Scope != plan.ScopeTunnel && c.Scope != plan.ScopeAttachment && c.Scope != plan.ScopeEndToEnd {
					t.Errorf("%s: %s has the scope %q", file, c.Name, c.Scope)
				}
			}
		}
	}
	for _, name := range session.CheckNames() {
		if name != "probe" && !used[name+"true"] && !used[name+"false"] {
			t.Errorf("no example leads to %s", name)
		}
	}
}
