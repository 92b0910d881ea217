package vyos_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// typed is a configuration as it would be typed, with a placeholder for secrets.
func typed(t testing.TB, c *vyos.Config) []string {
	t.Helper()
	text, err := c.Tree.AppendCommands(nil, config.PrintOptions{
		Order:  c.Order(),
		Reveal: func(string) ([]byte, error) { return []byte("correct-horse"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// checkGrammar runs the independent check of commands, where there is one, over all distinct lines.
func checkGrammar(t *testing.T, byRelease map[string][]string) {
	t.Helper()
	dir := os.Getenv("L2S_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Error("L2S_SHARED is not set, so no line was checked against the grammar")
		}
		return
	}
	for rel, lines := range byRelease {
		seen := make(map[string]bool)
		var in bytes.Buffer
		for _, l := range lines {
			if !seen[l] {
				seen[l] = true
				in.WriteString(l + "\n")
			}
		}
		cmd := exec.Command("python3", filepath.Join(dir, "vyos", "check.py"), "--release", rel, "--strict-regex", "--only-bad")
		cmd.Stdin = &in
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("release %s: %v\n%.4000s", rel, err, out)
		}
	}
}
