package main

import (
	"os"
	"path/filepath"
	"runtime"
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
