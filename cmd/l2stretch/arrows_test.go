package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/l2stretch/l2stretch"

// An arrow says what of ours a package may import.
type arrow struct {
	pkg    string   // below the module path; "native/*" stands for the packages of that tree that have no entry
	may    []string // "native/*" allows every package of the tree
	any    bool     // everything but what only tests import
	linux  bool     // is built for Linux only
	inTest bool     // imported by tests only
}

// arrows is the table of packages. A package that is not in it may not exist; a package in an internal
// directory follows the rule of the directory's parent, and its parent may import it.
var arrows = []arrow{
	{pkg: "schema"},
	{pkg: "compiler/ir"},
	{pkg: "compiler/packet"},
	{pkg: "compiler", may: []string{"schema", "compiler/ir", "compiler/packet", "compiler/plan"}},
	{pkg: "compiler/explain", may: []string{"compiler/ir", "compiler/packet"}},
	{pkg: "compiler/plan"},
	{pkg: "compiler/remote"},
	{pkg: "compiler/remote/remotetest"},
	{pkg: "compiler/apply", may: []string{"compiler/plan"}},
	{pkg: "compiler/apply/applytest", may: []string{"compiler/apply", "compiler/plan"}, inTest: true},
	{pkg: "compiler/backendtest", may: []string{"compiler", "compiler/ir", "compiler/plan"}, inTest: true},
	{pkg: "render", may: []string{"compiler/plan", "compiler/explain", "compiler/packet", "vyos/config"}},
	{pkg: "vyos", may: []string{"compiler/ir", "compiler/packet", "compiler/plan", "vyos/config", "vyos/release"}},
	{pkg: "vyos/config"},
	{pkg: "vyos/release"},
	{pkg: "vyos/session", may: []string{"compiler/plan", "compiler/remote", "vyos/config", "vyos/release"}},
	{pkg: "vyos/session/sessiontest", may: []string{"compiler/remote/remotetest", "vyos", "vyos/session", "vyos/config", "vyos/release"}},
	{pkg: "native", may: []string{"compiler/ir", "compiler/packet", "compiler/plan", "native/state"}},
	{pkg: "native/state"},
	{pkg: "native/kernel", may: []string{"native/state"}, linux: true},
	{pkg: "native/ike", may: []string{"native/state"}, linux: true},
	{pkg: "native/bgp", may: []string{"native/state"}, linux: true},
	{pkg: "native/agent", may: []string{"compiler/plan", "native/*"}, linux: true},
	{pkg: "native/remote", may: []string{"compiler/plan", "compiler/remote", "native/state"}},
	{pkg: "cmd/l2stretch", any: true},
}

// TestArrows reads the build's own list of dependencies and fails on any arrow between packages of this
// module that the table does not allow.
func TestArrows(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			for _, p := range listPackages(t, goos) {
				for _, problem := range judge(p.ImportPath, p.Imports, goos) {
					t.Error(problem)
				}
			}
		})
	}
}

// TestArrowsRefuse gives the judge arrows that must not pass.
func TestArrowsRefuse(t *testing.T) {
	for _, tt := range []struct {
		name, pkg, imports, goos string
	}{
		{"a package without an entry", "util", "", "linux"},
		{"an internal directory below nothing", "internal/strings", "", "linux"},
		{"the language knows no model", "schema", "compiler/ir", "linux"},
		{"the compiler knows no backend", "compiler", "vyos", "linux"},
		{"a backend knows no other", "vyos", "native/state", "linux"},
		{"nobody imports the command", "render", "cmd/l2stretch", "linux"},
		{"a fake in the product", "cmd/l2stretch", "compiler/apply/applytest", "linux"},
		{"somebody else's internals", "render", "vyos/internal/order", "linux"},
		{"the kernel elsewhere than on Linux", "cmd/l2stretch", "native/kernel", "windows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var imports []string
			if tt.imports != "" {
				imports = []string{module + "/" + tt.imports}
			}
			if len(judge(module+"/"+tt.pkg, imports, tt.goos)) == 0 {
				t.Errorf("%s importing %q is allowed on %s", tt.pkg, tt.imports, tt.goos)
			}
		})
	}
}

// judge returns what is wrong with a package and its imports; packages of other modules are ignored.
func judge(pkg string, imports []string, goos string) []string {
	path, ours := strings.CutPrefix(pkg, module+"/")
	if !ours {
		return nil
	}
	rule, ok := findArrow(path)
	if !ok {
		return []string{path + " is not in the table of packages"}
	}
	var problems []string
	for _, imp := range imports {
		to, ours := strings.CutPrefix(imp, module+"/")
		if !ours {
			continue
		}
		target, ok := findArrow(to)
		switch {
		case !ok:
			problems = append(problems, path+" imports "+to+", which is not in the table of packages")
		case target.pkg == rule.pkg: // to or from its own internal directory
		case strings.Contains(to+"/", "/internal/"):
			problems = append(problems, path+" imports "+to+", which is internal to "+target.pkg)
		case target.inTest && !rule.inTest:
			problems = append(problems, path+" imports "+to+", which is for tests only")
		case target.linux && !rule.linux && goos != "linux":
			problems = append(problems, path+" imports "+to+" on "+goos+", which is for Linux only")
		case !rule.any && !slices.ContainsFunc(rule.may, func(m string) bool {
			return m == to || strings.HasSuffix(m, "/*") && strings.HasPrefix(to, m[:len(m)-1])
		}):
			problems = append(problems, path+" may not import "+to)
		}
	}
	return problems
}

// findArrow finds the rule for a package, for an internal one that of its parent.
func findArrow(path string) (arrow, bool) {
	path, _, _ = strings.Cut(path, "/internal/")
	i := slices.IndexFunc(arrows, func(a arrow) bool { return a.pkg == path })
	if i < 0 {
		return arrow{}, false
	}
	return arrows[i], true
}

type listedPackage struct {
	ImportPath string
	Imports    []string
	Error      *struct{ Err string }
}

func listPackages(t *testing.T, goos string) []listedPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Error", module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []listedPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatal("go list names no package")
	}
	return pkgs
}
