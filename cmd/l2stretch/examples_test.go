package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// examples are the directories of testdata/examples that hold a specification.
func examples(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(testdata, "examples", "*", "main.hcl"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d examples, %v", len(dirs), err)
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	return dirs
}

// command runs the command in a process of its own, as scripts do, and returns its standard output.
func command(t *testing.T, args ...string) string {
	t.Helper()
	self, err := exec.LookPath("l2stretch") // testscript.Main has put it there
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "L2STRETCH_PSK=correct horse", "PSK=correct horse")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("l2stretch %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// TestExamples compiles every example in every format and finds it formatted.
func TestExamples(t *testing.T) {
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			command(t, "fmt", "--check", dir)
			for _, f := range compileFormats {
				out := command(t, "compile", "--quiet", "--reveal-secrets", "--format", f.name, dir)
				if f.name == "json" {
					if err := checkSchema("compile", []byte(out)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// TestExamplesGrammar checks the commands of every example against the grammar of their releases, with the
// checker among the reference data.
func TestExamplesGrammar(t *testing.T) {
	shared := backendtest.Shared(t, "vyos")
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			for _, gateway := range strings.Split(command(t, "compile", "--quiet", "--reveal-secrets", dir), "\n\n") {
				head, commands, _ := strings.Cut(gateway, "\n")
				_, rest, _ := strings.Cut(head, ": VyOS ")
				rel, _, ok := strings.Cut(rest, ",")
				if !ok {
					t.Fatalf("no release in %q", head)
				}
				cmd := exec.Command("python3", filepath.Join(shared, "check.py"), "--grammar-dir", shared,
					"--release", rel, "--strict-regex", "--quiet")
				cmd.Stdin = strings.NewReader(commands)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", head, err, out)
				}
			}
		})
	}
}
