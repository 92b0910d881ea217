package backendtest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Seed is where a test's randomness starts: L2S_SEED, or another number in every run. It is logged, so that a
// failure can be repeated.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("L2S_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("L2S_SEED: %v", err)
		}
	}
	t.Logf("L2S_SEED=%d", seed)
	return seed
}

// Runs is how often a test tries something random: L2S_RUNS, or as few times as every run of all tests can afford.
func Runs(t testing.TB, few int) int {
	t.Helper()
	s := os.Getenv("L2S_RUNS")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("L2S_RUNS: %v", err)
	}
	return n
}

// Shared is the path of a file or directory of the reference data, which does not come with the source: L2S_SHARED
// says where it is. Without it the test is skipped, but not under CI.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("L2S_SHARED")
	switch {
	case dir != "":
		return filepath.Join(append([]string{dir}, elem...)...)
	case underCI():
		t.Fatal("L2S_SHARED does not say where the reference data is")
	}
	t.Skip("L2S_SHARED does not say where the reference data is")
	return ""
}

// Updating reports whether UPDATE=1 asks for expected output to be rewritten. Under CI it may not.
func Updating(t testing.TB) bool {
	t.Helper()
	if os.Getenv("UPDATE") != "1" {
		return false
	}
	if underCI() {
		t.Fatal("UPDATE=1 under CI: expected output is rewritten by people who read the difference")
	}
	return true
}

func underCI() bool { return os.Getenv("CI") != "" }
