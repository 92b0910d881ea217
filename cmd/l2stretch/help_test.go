package main

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// TestHelpReferences looks for `l2stretch help WORD` in everything that the program can say and in its
// documents, and fails for a word that help does not know.
func TestHelpReferences(t *testing.T) {
	known := helpNames(newRoot(&app{stdout: bufio.NewWriter(&strings.Builder{})}))
	reference := regexp.MustCompile(`l2stretch help ([A-Za-z0-9-]+)`)
	root := "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ext := filepath.Ext(path)
		if d.IsDir() && strings.HasPrefix(d.Name(), ".git") {
			return filepath.SkipDir
		}
		if d.IsDir() || ext != ".go" && ext != ".md" && ext != ".hcl" && ext != ".sh" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
			word := m[1]
			if _, ok := ir.Lookup(ir.Code(word)); ok || slices.Contains(known, word) || slices.Contains([]string{"TOPIC", "CODE", "lists"}, word) {
				continue
			}
			t.Errorf("%s: there is no `l2stretch help %s`", path, word)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTopics reads every topic; they are sorted, and none has lines beyond the width that hold a paragraph.
func TestTopics(t *testing.T) {
	var names []string
	for _, topic := range topics() {
		names = append(names, topic.name)
		text, err := topic.text()
		if err != nil {
			t.Errorf("%s: %v", topic.name, err)
		}
		if !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not begin with a title", topic.name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("topics are not sorted: %v", names)
	}
}

// TestReleasesTopic sees every feature and release in the matrix.
func TestReleasesTopic(t *testing.T) {
	text := releasesText()
	for _, f := range release.Features() {
		if !strings.Contains(text, "| "+f.String()+" |") {
			t.Errorf("%q has no row", f)
		}
	}
	for _, row := range []string{"| release | 1.2 | 1.3 | 1.4 | 1.5 | rolling |", "| verified | grammar, source | grammar, source | on a box | grammar, source | best effort |", "| Linux | 4.19 | 5.4 | 6.6 | 6.6 | 6.6 |"} {
		if !strings.Contains(text, row) {
			t.Errorf("no row %s", row)
		}
	}
}
