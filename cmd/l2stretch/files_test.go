package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.set")
	for _, tt := range []struct {
		content string
		mode    os.FileMode
	}{{"first", 0o644}, {"second", 0o600}, {"", 0o644}} {
		if err := replaceFile(path, []byte(tt.content), tt.mode); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != tt.content {
			t.Errorf("%q, %v; want %q", got, err, tt.content)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != tt.mode {
			t.Errorf("mode %v, want %v", info.Mode().Perm(), tt.mode)
		}
	}
	if err := replaceFile(filepath.Join(dir, "none", "a.set"), nil, 0o644); err == nil {
		t.Error("no error for a directory that is not there")
	}
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(filepath.Join(dir, "d"), []byte("x"), 0o644); err == nil {
		t.Error("no error for a directory in place of the file")
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadAtMost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := readAtMost(path, 5); err != nil || string(b) != "12345" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := readAtMost(path, 4); err == nil || !strings.Contains(err.Error(), "has more than") {
		t.Errorf("%v", err)
	}
	if _, err := atMost("standard input", endless{}, 1<<20); err == nil || err.Error() != "standard input has more than 1 MiB" {
		t.Errorf("%v", err)
	}
}

// endless is an input that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
