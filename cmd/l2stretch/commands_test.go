package main

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// unbuilt are commands of the table that do not exist yet.
var unbuilt = []string{"agent", "demo"}

// writtenFlag is a flag as the table writes it, with what follows it.
var writtenFlag = regexp.MustCompile(`--([a-z-]+)(?: ([^\s\[\]]+))?`)

// TestCommandTable compares the commands and flags with the table that says what there is: every command in both
// directions, and of each the flags that the table names, their words and their defaults.
func TestCommandTable(t *testing.T) {
	text, err := os.ReadFile("testdata/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(&app{stdout: bufio.NewWriter(&strings.Builder{})})
	root.InitDefaultHelpCmd()
	for _, m := range writtenFlag.FindAllStringSubmatch(inCode(everywhere(t, string(text))), -1) {
		if root.PersistentFlags().Lookup(m[1]) == nil {
			t.Errorf("--%s is not a flag of every command", m[1])
		}
	}
	named := make(map[string]bool)
	for _, row := range tableRows(string(text)) {
		var first *cobra.Command
		for _, code := range codeIn(row[0]) {
			name, written, _ := strings.Cut(code, " ")
			named[name] = true
			cmd, _, err := root.Find([]string{name})
			if built := err == nil && cmd != root; built == slices.Contains(unbuilt, name) {
				t.Errorf("%s: it is there: %v", name, built)
				continue
			} else if !built {
				continue
			}
			for _, m := range writtenFlag.FindAllStringSubmatch(written, -1) {
				compareFlag(t, cmd, m[1], m[2])
			}
			if first == nil {
				first = cmd
			}
		}
		for _, m := range writtenFlag.FindAllStringSubmatch(inCode(row[1]), -1) {
			if first != nil {
				compareFlag(t, first, m[1], "")
			}
		}
	}
	for _, cmd := range root.Commands() {
		if !named[cmd.Name()] {
			t.Errorf("%s is not in the table", cmd.Name())
		}
	}
}

// TestCommandTableIsCopy compares the copy of the table with where it comes from.
func TestCommandTableIsCopy(t *testing.T) {
	design, err := os.ReadFile(backendtest.Shared(t, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(design), string(text)) {
		t.Error("testdata/commands.md is not what DESIGN.md has")
	}
}

// everywhere is the sentence about the flags of every command.
func everywhere(t *testing.T, text string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "Everywhere:")
	sentence, _, whole := strings.Cut(rest, ". ")
	if !ok || !whole {
		t.Fatal("the flags of every command are not listed")
	}
	return sentence
}

// tableRows are the two cells of each row below the head.
func tableRows(text string) [][2]string {
	var rows [][2]string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		line = strings.ReplaceAll(line, `\|--`, " --") // one flag or the other
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00")
		cells := strings.Split(strings.Trim(line, "|"), "|")
		rows = append(rows, [2]string{strings.ReplaceAll(cells[0], "\x00", "|"), strings.ReplaceAll(cells[1], "\x00", "|")})
	}
	return rows
}

// codeIn are the pieces of a text in backquotes.
func codeIn(text string) []string {
	var out []string
	for i, piece := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, piece)
		}
	}
	return out
}

func inCode(text string) string { return strings.Join(codeIn(text), " , ") }

// compareFlag compares a flag with what the table writes behind its name: words to choose from, a default, or a name
// for the value.
func compareFlag(t *testing.T, cmd *cobra.Command, name, value string) {
	t.Helper()
	f := cmd.Flags().Lookup(name)
	if f == nil {
		t.Errorf("%s has no flag --%s", cmd.Name(), name)
		return
	}
	words := strings.Split(value, "|")
	if allowed := choicesOf(f.Value); allowed != nil && value != "" {
		slices.Sort(words)
		if slices.Sort(allowed); !slices.Equal(words, allowed) {
			t.Errorf("%s --%s may be %v, and %v in the table", cmd.Name(), name, allowed, words)
		}
		return
	}
	if len(words) > 1 {
		t.Errorf("%s --%s takes any word, and one of %v in the table", cmd.Name(), name, words)
	}
	if d, err := time.ParseDuration(value); err == nil {
		value = d.String()
	} else if _, err := strconv.Atoi(value); err != nil {
		return
	}
	if f.DefValue != value {
		t.Errorf("%s --%s is %s by default, and %s in the table", cmd.Name(), name, f.DefValue, value)
	}
}

// choicesOf are the words that a flag takes; nil when it takes others too.
func choicesOf(v pflag.Value) []string {
	if c, ok := v.(*choice); ok {
		return slices.Clone(c.allowed)
	}
	return nil
}
