package release_test

import (
	"testing"

	"github.com/l2stretch/l2stretch/vyos/release"
)

func TestByVersion(t *testing.T) {
	for _, tt := range []struct {
		version, branch string
		debian          int
		want            string // empty: none
	}{
		{version: "1.4.0-epa2", want: "1.4"},
		{version: "1.3.8", want: "1.3"},
		{version: "1.3", want: "1.3"},
		{version: "1.5-rolling-202410060007", branch: "current", want: "rolling"},
		{version: "1.5-stream-2025-Q1", branch: "circinus", want: "1.5"},
		{version: "1.4-rolling-202306110317", want: "1.4"},
		{version: "2025.05.17-0019-rolling", branch: "current", want: "rolling"},
		{version: "999.202405011200", want: "rolling"},
		{version: "VyOS 1.2.9-S1", want: "1.2"},
		{version: "1.2.9-S1", branch: "crux", want: "1.2"},
		{version: "4.0.2", branch: "equuleus", want: "1.3"},
		{version: "4.0.2", debian: 8, want: "1.2"},
		{version: "4.1", debian: 12}, // 1.4 and 1.5 both
		{version: "1.40.1"},
		{version: "", want: ""},
		{version: "1.1.8", debian: 8},
	} {
		got, ok := release.ByVersion(tt.version, tt.branch, tt.debian)
		name := ""
		if ok {
			name = got.Name
		}
		if name != tt.want {
			t.Errorf("ByVersion(%q, %q, %d) = %q, want %q", tt.version, tt.branch, tt.debian, name, tt.want)
		}
	}
}
