package main

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLongFlags(t *testing.T) {
	root := newRoot(&app{stdout: bufio.NewWriter(&strings.Builder{})})
	for _, tt := range []struct{ name, args, want string }{
		{"one dash", "validate -json -var a=b -var-file x", "validate --json --var a=b --var-file x"},
		{"with a value", "validate -var=a=b -json=true", "validate --var=a=b --json=true"},
		{"two dashes", "validate --json --var a=b", "validate --json --var a=b"},
		{"as the value of a flag", "version --chdir -json --var -check", "version --chdir -json --var -check"},
		{"after two dashes", "fmt -check -- -check -json", "fmt --check -- -check -json"},
		{"short flags", "version -v -q -vq -variable", "version -v -q -vq -variable"},
		{"a value for a flag without", "version --json -json", "version --json --json"},
		{"nothing after a flag", "version --chdir", "version --chdir"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := longFlags(root, strings.Fields(tt.args))
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	names := []string{"compile", "completion", "fmt", "help", "init", "validate", "version"}
	for _, tt := range []struct{ name, want string }{
		{"hepl", "help"},
		{"valdate", "validate"},
		{"Version", "version"},
		{"comple", "compile"},
		{"explode", ""},
		{"", ""},
	} {
		if got := nearest(tt.name, names); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}
