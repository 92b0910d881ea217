package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

const readme = "../../README.md"

// TestReadme runs the README's console blocks in one directory, one after the other, and compares what
// the commands print with what stands there. A line `...` stands for any lines. UPDATE=1 rewrites the output of
// commands that has no such line.
func TestReadme(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the README's commands are for a POSIX shell")
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	commands := consoleCommands(strings.Split(string(text), "\n"))
	if len(commands) == 0 {
		t.Fatal("the README has no console block")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte("console\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	update := backendtest.Updating(t)
	t.Cleanup(func() { // scripts run in parallel, after this function
		if update && !t.Failed() {
			if err := os.WriteFile(readme, []byte(rewriteConsole(string(text), commands)), 0o644); err != nil {
				t.Error(err)
			}
		}
	})
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			data, err := filepath.Abs(testdata)
			if err != nil {
				return err
			}
			env.Setenv("NO_COLOR", "1")
			return os.Symlink(data, filepath.Join(env.WorkDir, "testdata"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"console": func(ts *testscript.TestScript, _ bool, _ []string) {
				for i := range commands {
					commands[i].run(ts)
					if update {
						continue
					}
					if diff := matchLines(commands[i].want, commands[i].got); diff != "" {
						ts.Fatalf("README.md:%d: %s\n(-want +got)\n%s", commands[i].line, commands[i].text, diff)
					}
				}
			},
		},
	})
}

// A consoleCommand is a line `$ command` of a console block, with the output that follows it.
type consoleCommand struct {
	line      int // of the README, from 1
	text      string
	want, got []string
}

func consoleCommands(lines []string) []consoleCommand {
	var out []consoleCommand
	inside := false
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "```"):
			inside = l == "```console"
		case !inside:
		case strings.HasPrefix(l, "$ "):
			out = append(out, consoleCommand{line: i + 1, text: l[2:]})
		case len(out) > 0:
			out[len(out)-1].want = append(out[len(out)-1].want, l)
		}
	}
	return out
}

// run runs the command, unless it is about the source code rather than the program.
func (c *consoleCommand) run(ts *testscript.TestScript) {
	for _, prefix := range []string{"git ", "cd ", "go test ", "go build ", "go install ", ".ci/run"} {
		if strings.HasPrefix(c.text, prefix) {
			c.got = c.want
			return
		}
	}
	if c.text == "echo $?" {
		c.got = []string{ts.Getenv("STATUS")}
		return
	}
	shell := strings.ReplaceAll(c.text, "go run ./cmd/l2stretch", "l2stretch")
	status := "0"
	if err := ts.Exec("sh", "-c", "exec 2>&1; "+shell); err != nil {
		status = strings.TrimPrefix(err.Error(), "exit status ")
	}
	ts.Setenv("STATUS", status)
	for l := range strings.Lines(ts.ReadFile("stdout")) {
		c.got = append(c.got, strings.TrimRight(l, "\n"))
	}
	for len(c.got) > 0 && c.got[len(c.got)-1] == "" { // a block does not end with empty lines
		c.got = c.got[:len(c.got)-1]
	}
}

// matchLines returns the difference between an expectation, which may have lines `...`, and lines.
func matchLines(want, got []string) string {
	pos := 0
	for len(want) > 0 {
		if want[0] != "..." {
			if pos >= len(got) || got[pos] != want[0] {
				return cmp.Diff(want, got[min(pos, len(got)):])
			}
			want, pos = want[1:], pos+1
			continue
		}
		want = want[1:]
		if len(want) == 0 {
			return ""
		}
		for pos < len(got) && got[pos] != want[0] {
			pos++
		}
	}
	if pos < len(got) {
		return fmt.Sprintf("further lines: %q", got[pos:])
	}
	return ""
}

func rewriteConsole(text string, commands []consoleCommand) string {
	lines := strings.Split(text, "\n")
	var out []string
	next := 0
	for _, c := range commands {
		out = append(out, lines[next:c.line]...)
		next = c.line + len(c.want)
		out = append(out, c.got...)
		for _, l := range c.want {
			if l == "..." {
				out = append(out[:len(out)-len(c.got)], c.want...)
				break
			}
		}
	}
	return strings.Join(append(out, lines[next:]...), "\n")
}

func TestMatchLines(t *testing.T) {
	for _, tt := range []struct {
		want, got string
		ok        bool
	}{
		{"a b", "a b", true},
		{"a", "a b", false},
		{"a b", "a", false},
		{"a ... c", "a b b c", true},
		{"... c", "c", true},
		{"a ...", "a b c", true},
		{"a ... x", "a b c", false},
		{"a ... b d", "a b c", false},
	} {
		if diff := matchLines(strings.Fields(tt.want), strings.Fields(tt.got)); (diff == "") != tt.ok {
			t.Errorf("%q against %q: %q", tt.want, tt.got, diff)
		}
	}
}
