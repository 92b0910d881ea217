package main

import "testing"

func TestStatePath(t *testing.T) {
	for _, tt := range []struct {
		name, goos, home string
		env              map[string]string
		want             string
	}{
		{"named", "linux", "/home/a", map[string]string{"L2STRETCH_STATE": "/srv/runs", "XDG_STATE_HOME": "/x"}, "/srv/runs"},
		{"XDG", "linux", "/home/a", map[string]string{"XDG_STATE_HOME": "/x"}, "/x/l2stretch"},
		{"a relative XDG directory is ignored", "freebsd", "/home/a", map[string]string{"XDG_STATE_HOME": "x"}, "/home/a/.local/state/l2stretch"},
		{"home", "linux", "/home/a", nil, "/home/a/.local/state/l2stretch"},
		{"macOS", "darwin", "/Users/a", nil, "/Users/a/Library/Application Support/l2stretch"},
		{"Windows", "windows", "", map[string]string{"LocalAppData": "/c/local"}, "/c/local/l2stretch"},
		{"nothing known", "linux", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := statePath(tt.goos, tt.home, func(k string) string { return tt.env[k] }); got != tt.want {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}
