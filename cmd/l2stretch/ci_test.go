package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// recipeCommand finds the shell commands of a recipe: those of GitHub Actions after run, those of GitLab CI in a
// list, those of pre-commit after entry.
var recipeCommand = regexp.MustCompile(`(?m)^\s*(?:- |run: |entry: )(l2stretch .*|go install .*)$`)

// mention finds everything that could be a command.
var mention = regexp.MustCompile(`(?m)^[^#\n]*\bl2stretch (?:fmt|validate|compile|plan|import|init)\b.* -`)

// recipes are the files of testdata/examples/ci.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, name := range []string{"github-actions.yml", "gitlab-ci.yml", "pre-commit-config.yaml"} {
		b, err := os.ReadFile(filepath.Join(testdata, "examples", "ci", name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// TestRecipes runs the commands of the recipes in a repository that has what they expect.
func TestRecipes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the recipes' commands are for a POSIX shell")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git, which plan --base-ref needs")
	}
	spec, err := os.ReadFile(filepath.Join(testdata, "examples", "routed", "main.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range recipes(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(content string) {
				if err := os.MkdirAll(filepath.Join(dir, "stretch"), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "stretch", "main.hcl"), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var commands []string
			for _, m := range recipeCommand.FindAllStringSubmatch(text, -1) {
				if !strings.HasPrefix(m[1], "go install ") {
					commands = append(commands, m[1])
				}
			}
			if len(commands) < 2 || len(commands) != len(mention.FindAllString(text, -1)) {
				t.Fatalf("%d commands were found, and %d mentions:\n%s", len(commands), len(mention.FindAllString(text, -1)), text)
			}
			write(string(spec))
			for _, c := range []string{"git init -q -b main .", "git add stretch", "git commit -qm base", "git update-ref refs/remotes/origin/main HEAD"} {
				if code, out := shell(t, dir, c); code != 0 {
					t.Fatalf("%s: exit code %d\n%s", c, code, out)
				}
			}
			write(strings.ReplaceAll(string(spec), "65020", "65021"))
			for _, c := range commands {
				if code, out := shell(t, dir, c); code != 0 {
					t.Errorf("%s: exit code %d\n%s", c, code, out)
				}
			}
			for _, f := range []string{"summary.md", "plan.md", "plan.html"} {
				plan, err := os.ReadFile(filepath.Join(dir, f))
				if err == nil && !strings.Contains(string(plan), "65021") {
					t.Errorf("%s does not show the change:\n%s", f, plan)
				}
				if err != nil && strings.Contains(text, f) {
					t.Error(err)
				}
			}
			write(strings.Replace(string(spec), "\n  ", "\n        ", 1))
			if code, out := shell(t, dir, commands[0]); code != exitChanges || !strings.Contains(out, "@@") {
				t.Errorf("%s: exit code %d for a file that is not formatted\n%s", commands[0], code, out)
			}
			write(strings.Replace(string(spec), "release", "releese", 1))
			if code, _ := shell(t, dir, commands[1]); code != exitError {
				t.Errorf("%s: exit code %d for a specification with an error", commands[1], code)
			}
		})
	}
}

// shell runs a command as a runner does, without any secret.
func shell(t *testing.T, dir, command string) (int, string) {
	t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", command)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CI=true",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"GITHUB_BASE_REF=main", "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary.md"), "CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD",
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return 0, string(out)
	}
	exit, ok := err.(*exec.ExitError)
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode(), string(out)
}

// TestRecipeText checks that the recipes name this version, name no host, and stand in the help topic as they are.
func TestRecipeText(t *testing.T) {
	topic, err := helpFiles.ReadFile("help/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?:VERSION: |/cmd/l2stretch@)(v[0-9.]+)`)
	host := regexp.MustCompile(`https?://|image: \S*\.\S*/|\$\{?\{?\s*secrets\.`)
	for name, text := range recipes(t) {
		if !strings.Contains(string(topic), "```\n"+text+"```") {
			t.Errorf("%s does not stand in the help topic ci as it is", name)
		}
		found := versions.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s pins no version", name)
		}
		for _, m := range found {
			if m[1] != "v"+version {
				t.Errorf("%s pins %s, and this is %s", name, m[1], version)
			}
		}
		if m := host.FindString(text); m != "" {
			t.Errorf("%s has %q", name, m)
		}
	}
}
