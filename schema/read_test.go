package schema

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files below a new directory and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadDirectory(t *testing.T) {
	dir := tree(t, map[string]string{
		"b.hcl": "b", "a.hcl": "a", "c.hcl.json": "{}", ".hidden.hcl": "x", "sub/d.hcl": "x", "notes.txt": "x", "e.json": "x",
		"default.l2vars": "d", "default.l2vars.json": "{}", "z.auto.l2vars": "z", "y.auto.l2vars.json": "{}", "prod.l2vars": "p", ".x.auto.l2vars": "x",
	})
	src, err := Read(dir, ReadOptions{
		VarFiles: []string{filepath.Join(dir, "prod.l2vars")},
		Vars:     []string{"a=1", "b=x=y"},
		Environ:  []string{"HOME=/root", "L2STRETCH_VAR_z=1", "L2STRETCH_VAR_a=", "L2STRETCH_VAR_=x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range src.Files {
		got = append(got, filepath.Base(f.Name))
	}
	for _, f := range src.VarFiles {
		got = append(got, filepath.Base(f.Name))
	}
	want := []string{"a.hcl", "b.hcl", "c.hcl.json", "default.l2vars", "default.l2vars.json", "y.auto.l2vars.json", "z.auto.l2vars", "prod.l2vars"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("files (-want +got)\n%s", d)
	}
	if !src.VarFiles[4].Given || src.VarFiles[3].Given {
		t.Error("which files were given by name is not kept")
	}
	if d := cmp.Diff([]Assignment{{"a", ""}, {"z", "1"}}, src.Env); d != "" {
		t.Errorf("environment (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]Assignment{{"a", "1"}, {"b", "x=y"}}, src.Vars); d != "" {
		t.Errorf("--var (-want +got)\n%s", d)
	}
}

func TestReadOne(t *testing.T) {
	dir := tree(t, map[string]string{"one.hcl": "one", "two.hcl": "two", "default.l2vars": "v"})
	src, err := Read(filepath.Join(dir, "one.hcl"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(src.Files) != 1 || string(src.Files[0].Bytes) != "one" || len(src.VarFiles) != 1 {
		t.Errorf("%+v", src)
	}
	t.Chdir(dir)
	src, err = Read("-", ReadOptions{Stdin: strings.NewReader("three")})
	if err != nil {
		t.Fatal(err)
	}
	if len(src.Files) != 1 || string(src.Files[0].Bytes) != "three" || src.Files[0].Name != "<stdin>" {
		t.Errorf("%+v", src)
	}
}

func TestReadErrors(t *testing.T) {
	dir := tree(t, map[string]string{"spec/a.hcl": "", "empty/x.txt": "", "v.l2vars": "", "values": ""})
	large, err := os.Create(filepath.Join(dir, "large.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := large.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	if err := large.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		o    ReadOptions
		want string
	}{
		{"missing", ReadOptions{}, "no such file"},
		{"empty", ReadOptions{}, "no specification here"},
		{"v.l2vars", ReadOptions{}, "--var-file"},
		{"spec", ReadOptions{VarFiles: []string{filepath.Join(dir, "values")}}, "ends in .l2vars"},
		{"spec", ReadOptions{VarFiles: []string{filepath.Join(dir, "none.l2vars")}}, "no such file"},
		{"spec", ReadOptions{Vars: []string{"hunter2"}}, "--var needs NAME=VALUE"},
		{"large.hcl", ReadOptions{}, "larger than 64 MiB"},
	} {
		_, err := Read(filepath.Join(dir, tt.path), tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", tt.path, err, tt.want)
		}
	}
	if _, err := Read("-", ReadOptions{}); err == nil {
		t.Error("standard input that is not there was read")
	}
}

func TestFileStaysBelow(t *testing.T) {
	dir := tree(t, map[string]string{"spec/main.hcl": "", "spec/sub/in.txt": "inside", "secret.txt": "outside"})
	for link, to := range map[string]string{"out.txt": "../secret.txt", "absolute.txt": filepath.Join(dir, "secret.txt"), "dir": "..", "ok.txt": "sub/in.txt"} {
		if err := os.Symlink(to, filepath.Join(dir, "spec", link)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	src, err := Read(filepath.Join(dir, "spec"), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../secret.txt", "sub/../../secret.txt", "/etc/hostname", filepath.Join(dir, "secret.txt"), "out.txt", "absolute.txt", "dir/secret.txt", "", ".", "sub", "none.txt"} {
		if b, err := src.readFile(name); err == nil {
			t.Errorf("%q was read: %q", name, b)
		}
	}
	for _, name := range []string{"sub/in.txt", "./sub/in.txt", "ok.txt"} {
		if b, err := src.readFile(name); err != nil || string(b) != "inside" {
			t.Errorf("%q: %q, %v", name, b, err)
		}
	}
	if d := cmp.Diff([]SourceFile{{"ok.txt", []byte("inside")}, {"sub/in.txt", []byte("inside")}}, src.Reads()); d != "" {
		t.Errorf("what was read (-want +got)\n%s", d)
	}
	// What was read once stays as it is.
	if err := os.WriteFile(filepath.Join(dir, "spec/sub/in.txt"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, _ := src.readFile("sub/in.txt"); string(b) != "inside" {
		t.Errorf("the file was read twice: %q", b)
	}
	src.ReadFile = nil
	if _, err := src.readFile("other"); err == nil || !strings.Contains(err.Error(), fs.ErrNotExist.Error()) {
		t.Errorf("without files: %v", err)
	}
}
