package vyos_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// TestNewRelease makes a release of nothing but data and compiles the canonical specification for it: no
// code has to know that it exists.
func TestNewRelease(t *testing.T) {
	v14, _ := release.Lookup("1.4")
	v13, _ := release.Lookup("1.3")
	poorer := *v14
	poorer.Name, poorer.Branch = "1.9", "draco"
	poorer.Features = slices.DeleteFunc(slices.Clone(v14.Features), func(f release.Feature) bool { return f == release.OutputFilter })
	older := *v13
	older.Name, older.Branch = "1.8", "corvus"
	older.Features = append(slices.Clone(v13.Features), release.VTISourceValidation)
	slices.Sort(older.Features)
	older.VXLANPort = "udp-port"
	backend := vyos.Backend{Lookup: func(name string) (*release.Release, bool) {
		for _, r := range []*release.Release{&poorer, &older} {
			if r.Name == name {
				return r, true
			}
		}
		return nil, false
	}}
	source, err := os.ReadFile("../testdata/examples/canonical/main.hcl")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`"1.4"`, `"1.9"`, `"1.3"`, `"1.8"`).Replace(string(source))
	file, diags := schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: "main.hcl", Bytes: []byte(text)}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fabric, diags := compiler.Compile(file)
	snapshots, more := compiler.Lower(fabric, map[ir.Platform]compiler.Backend{ir.VyOS: backend})
	if diags.HasErrors() || more.HasErrors() {
		t.Fatal(diags, more)
	}
	_, as14 := compile(t, string(source))
	for _, s := range snapshots {
		c := s.(*vyos.Config)
		have, want := lines(t, c), lines(t, as14[c.Node])
		for i, l := range want {
			want[i] = strings.Replace(l, "vxlan5010 port", "vxlan5010 "+c.For.VXLANPort, 1)
		}
		for _, l := range have {
			if !slices.Contains(want, l) && !strings.HasSuffix(l, "source-validation 'loose'") {
				t.Errorf("%s: %s", c.Release(), l)
			}
		}
		for _, l := range want {
			if !slices.Contains(have, l) && !strings.Contains(l, "firewall ipv4 output filter") {
				t.Errorf("%s misses %s", c.Release(), l)
			}
		}
		if strings.Contains(strings.Join(have, "\n"), "output filter") {
			t.Errorf("%s has a filter that it cannot have", c.Release())
		}
		if faults := verified(fabric.Nodes[slices.IndexFunc(fabric.Nodes, func(n *ir.Node) bool { return n.Name == c.Node })], c); len(faults) > 0 {
			t.Error(faults)
		}
	}
	if got := diagnosed(more); !slices.Contains(got, "W0602") {
		t.Errorf("nothing is said of the filter: %v", got)
	}
}

// TestNoReleaseNames reads the source of the backend: it asks what a release can do, never which one it is.
func TestNoReleaseNames(t *testing.T) {
	names := regexp.MustCompile(`^(1\.[0-9]+|rolling|crux|equuleus|sagitta|circinus|current)$`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && names.MatchString(s) {
					t.Errorf("%s: %s names a release", set.Position(n.Pos()), n.Value)
				}
			case *ast.BinaryExpr:
				for _, side := range []ast.Expr{n.X, n.Y} {
					if s, ok := side.(*ast.SelectorExpr); ok && (s.Sel.Name == "Branch" || s.Sel.Name == "Debian" || s.Sel.Name == "Kernel") {
						t.Errorf("%s: %s of a release is compared", set.Position(n.Pos()), s.Sel.Name)
					}
				}
			}
			return true
		})
	}
}
