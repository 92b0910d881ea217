package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"
)

func decodeFile(t testing.TB, path string) *File {
	t.Helper()
	src, err := Read(path, ReadOptions{Version: "0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	f, diags := Decode(src)
	for _, d := range diags {
		t.Errorf("%v: %s: %s", d.Subject, d.Summary, d.Detail)
	}
	return f
}

func decodeText(text string) (*File, hcl.Diagnostics) {
	return Decode(&Source{Files: []SourceFile{{"main.hcl", []byte(text)}}, Version: "0.1.0"})
}

// withoutRanges compares Files by what they say. References are compared by name, since they form cycles.
var withoutRanges = cmp.Options{
	cmpopts.IgnoreTypes(hcl.Range{}),
	cmp.Comparer(func(a, b Value[*Gateway]) bool {
		return a.Set == b.Set && (!a.Set || gatewayRef.text(a.V) == gatewayRef.text(b.V))
	}),
	cmp.Comparer(func(a, b Value[*Tunnel]) bool {
		return a.Set == b.Set && (!a.Set || tunnelRef.text(a.V) == tunnelRef.text(b.V))
	}),
	cmp.Comparer(func(a, b Value[*Secret]) bool { return a.Set == b.Set && (!a.Set || a.V.Label == b.V.Label) }),
	cmpopts.IgnoreFields(Gateway{}, "Site"),
	cmp.Comparer(func(a, b fmt.Stringer) bool { return a.String() == b.String() }), // addresses, prefixes, durations
	cmp.Comparer(func(a, b hcl.Range) bool { return true }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Sensitive" }, cmp.Ignore()),
	cmpopts.EquateEmpty(),
}

func TestExamples(t *testing.T) {
	for _, name := range []string{"canonical", "hub-and-spoke"} {
		t.Run(name, func(t *testing.T) {
			f := decodeFile(t, filepath.Join("../testdata/examples", name))
			text := Write(f)
			again, diags := decodeText(string(text))
			if diags.HasErrors() {
				t.Fatalf("%v\n%s", diags, text)
			}
			if d := cmp.Diff(f, again, withoutRanges); d != "" {
				t.Errorf("after Write (-want +got)\n%s\n%s", d, text)
			}
			if os.Getenv("SHOW") != "" {
				t.Logf("%s", text)
			}
		})
	}
}
