package backendtest

import (
	"math/rand/v2"
	"os"
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
