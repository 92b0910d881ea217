package vyos_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// A case of testdata/compile is an archive with a specification, or named like one of testdata/examples,
// and one section RELEASE/SITE.GATEWAY for each release and gateway. A specification with the variable
// release is compiled for each release; one without is compiled as it is, and the release in the name of the
// section is the gateway's. A section that is the same for a later release is a line "same as 1.4"; a
// release that cannot has a section RELEASE/refused with the diagnostics.
func TestCases(t *testing.T) {
	update := backendtest.Updating(t)
	files, err := filepath.Glob("../testdata/compile/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	byRelease := make(map[string][]string)
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			source := &schema.Source{}
			got := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if f.Name == "spec.hcl" {
					source.Files = append(source.Files, schema.SourceFile{Name: f.Name, Bytes: f.Data})
					got.Files = append(got.Files, f)
				}
			}
			if source.Files == nil {
				name := strings.TrimSuffix(filepath.Base(path), ".txtar")
				text, err := os.ReadFile(filepath.Join("../testdata/examples", name, "main.hcl"))
				if err != nil {
					t.Fatal(err)
				}
				source.Files = []schema.SourceFile{{Name: "main.hcl", Bytes: text}}
			}
			got.Files = append(got.Files, sections(t, source, byRelease)...)
			want := txtar.Format(archive)
			if have := txtar.Format(got); !bytes.Equal(want, have) {
				if update {
					if err := os.WriteFile(path, have, 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				t.Errorf("output differs; UPDATE=1 rewrites it (-want +got)\n%s", lineDiff(string(want), string(have)))
			}
		})
	}
	checkGrammar(t, byRelease)
}

// sections compiles a specification for every release that it leaves open.
func sections(t *testing.T, source *schema.Source, byRelease map[string][]string) (out []txtar.File) {
	releases := []string{""}
	if bytes.Contains(source.Files[0].Bytes, []byte(`variable "release"`)) {
		releases = []string{"1.2", "1.3", "1.4", "1.5", "rolling"}
	}
	last := make(map[string][2]string) // text and release, by gateway
	for _, rel := range releases {
		for _, f := range lowered(t, source, rel, byRelease) {
			name := f.Name[strings.Index(f.Name, "/")+1:]
			text := string(f.Data)
			if l, ok := last[name]; ok && l[0] == text {
				f.Data = []byte("same as " + l[1] + "\n")
			} else {
				last[name] = [2]string{text, f.Name[:strings.Index(f.Name, "/")]}
			}
			out = append(out, f)
		}
	}
	return out
}

func lowered(t *testing.T, source *schema.Source, rel string, byRelease map[string][]string) (out []txtar.File) {
	src := &schema.Source{Files: source.Files}
	if rel != "" {
		src.Vars = []schema.Assignment{{Name: "release", Value: rel}}
	}
	file, diags := schema.Decode(src)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fabric, snapshots, diags := compiler.Build(file, diags, map[ir.Platform]compiler.Backend{ir.VyOS: vyos.Backend{}})
	if diags.HasErrors() {
		return []txtar.File{{Name: rel + "/refused", Data: refusal(diags)}}
	}
	for _, s := range snapshots {
		c := s.(*vyos.Config)
		for _, n := range fabric.Nodes {
			if n.Name == c.Node {
				for _, err := range verified(n, c) {
					t.Errorf("%s on %s: %v", c.Node, c.Release(), err)
				}
			}
		}
		byRelease[c.Release()] = append(byRelease[c.Release()], typed(t, c)...)
		text, err := c.Tree.AppendCommands(nil, config.PrintOptions{Order: c.Order(), Secrets: config.SecretsMark})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, txtar.File{Name: c.Release() + "/" + strings.ReplaceAll(c.Node, "/", "."), Data: text})
	}
	return out
}

// refusal is the errors among diagnostics, a line each.
func refusal(diags hcl.Diagnostics) []byte {
	var b bytes.Buffer
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			fmt.Fprintf(&b, "%s:%d: %s: %s\n", d.Subject.Filename, d.Subject.Start.Line, compiler.CodeOf(d), d.Detail)
		}
	}
	return b.Bytes()
}

// lineDiff lists lines that only one of two texts has.
func lineDiff(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range w {
		if !slices.Contains(g, l) {
			b.WriteString("-" + l + "\n")
		}
	}
	for _, l := range g {
		if !slices.Contains(w, l) {
			b.WriteString("+" + l + "\n")
		}
	}
	return b.String()
}
