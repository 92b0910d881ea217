package session_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A place is where a mishap happens: before a step of one of the routers, or after it.
type place struct {
	box, step int
	after     bool
}

// places chooses where a mishap is to happen, given the steps that each router passes when there is none. L2S_PLACES is
// how many places there are to be, or "boundaries" for each one that is a boundary, or "all"; without it they are a small
// sample of all.
func places(t *testing.T, random *rand.Rand, steps [][]string, sample int) []place {
	t.Helper()
	want := os.Getenv("L2S_PLACES")
	var chosen []place
	for box, labels := range steps {
		for i, label := range labels {
			if want != "boundaries" {
				chosen = append(chosen, place{box, i + 1, false}, place{box, i + 1, true})
			} else if boundary(label) {
				chosen = append(chosen, place{box, i + 1, false})
			}
		}
	}
	if want == "boundaries" || want == "all" {
		return chosen
	}
	if want != "" {
		n, err := strconv.Atoi(want)
		if err != nil {
			t.Fatalf("L2S_PLACES: %v", err)
		}
		sample = n
	}
	random.Shuffle(len(chosen), func(i, k int) { chosen[i], chosen[k] = chosen[k], chosen[i] })
	return chosen[:min(sample, len(chosen))]
}

// boundary reports whether the router is another before the step than it was before the step before: whether the
// step begins or ends a script, a unit or a part of a commit, or changes something. What waits, looks, counts or only
// starts another program does not.
func boundary(step string) bool {
	for _, passive := range []string{
		"sleep ", "true", "id ", "stat ", "df ", "head ", "tail ", "cut ", "base64 ", "sha256sum",
		"systemctl is-active ", "systemctl list-units ", "systemd-run --version",
		"cli-shell-api --show", "cli-shell-api inSession", "cli-shell-api getSessionEnv",
		"sudo ", "sg ", "sh -c ", "vbash -c ",
	} {
		if strings.HasPrefix(step, passive) {
			return false
		}
	}
	return true
}
