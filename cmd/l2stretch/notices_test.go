package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestNotices compares the modules that are built into the command with those that `help notices` names.
func TestNotices(t *testing.T) {
	text, err := helpFiles.ReadFile("help/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, goos := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".")
		cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, strings.Fields(string(out))...)
	}
	modules = append(modules, "Go standard library", "Apache License 2.0")
	slices.Sort(modules)
	modules = slices.Compact(modules)
	for line := range strings.Lines(string(text)) {
		name, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "## ")
		if ok && !slices.Contains(modules, name) {
			t.Errorf("help notices names %s, which is not built in", name)
		}
	}
	for _, m := range modules {
		if !strings.Contains(string(text), "\n## "+m+"\n") {
			t.Errorf("help notices does not name %s", m)
		}
	}
}
