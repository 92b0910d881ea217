package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest returns the candidate that a misspelt name most likely means, or nothing. Of equally near ones the
// first in the alphabet is taken.
func nearest(name string, candidates []string) string {
	best, found := 2+len(name)/4, "" // a wrong name of four letters may be a transposition away: distance 2
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(c), nil)
		if d < best {
			best, found = d, c
		}
	}
	return found
}

// didYouMean is the end of a sentence about an unknown name: empty, or `; did you mean "x"?`.
func didYouMean(name string, candidates []string) string {
	if n := nearest(name, candidates); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}
