package packet

import (
	"os"
	"path/filepath"
	"testing"
)

// shared is the path of a file of the measurements that the copies in testdata were made of. The test is
// skipped without the directory, but not under CI.
func shared(t *testing.T, elem ...string) string {
	t.Helper()
	dir := os.Getenv("L2S_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("L2S_SHARED does not name the directory of the measurements")
		}
		t.Skip("L2S_SHARED does not name the directory of the measurements")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}
