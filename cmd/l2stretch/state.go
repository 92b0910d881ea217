package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// stateVariable names the directory of runs, instead of the usual one.
const stateVariable = "L2STRETCH_STATE"

// stateDir is the directory that runs are recorded in. It need not exist.
func stateDir() (string, error) {
	home, err := os.UserHomeDir()
	dir := statePath(runtime.GOOS, home, os.Getenv)
	if dir == "" {
		return "", fmt.Errorf("no place to record runs in: %w; set %s to a directory", err, stateVariable)
	}
	return filepath.Abs(dir)
}

// statePath is the directory for a system with a home directory and an environment; empty when none of them says.
func statePath(goos, home string, getenv func(string) string) string {
	if dir := getenv(stateVariable); dir != "" {
		return dir
	}
	var base string
	switch goos {
	case "windows":
		base = getenv("LocalAppData")
	case "darwin", "ios":
		if home != "" {
			base = filepath.Join(home, "Library", "Application Support")
		}
	default: // XDG Base Directory Specification: a relative path is to be ignored
		if base = getenv("XDG_STATE_HOME"); !filepath.IsAbs(base) {
			base = ""
			if home != "" {
				base = filepath.Join(home, ".local", "state")
			}
		}
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "l2stretch")
}
