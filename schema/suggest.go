package schema

import (
	"iter"
	"strings"
)

// suggest returns the name that was probably meant: the nearest one, when a slip or two lie between, else "".
func suggest(given string, names iter.Seq[string]) string {
	if len(given) > 64 {
		return ""
	}
	best, limit := "", max(1, min(3, len(given)/4+1))
	for name := range names {
		if strings.EqualFold(given, name) {
			return name
		}
		// Ties go to the name that sorts first, whatever the order of the names.
		if n := distance(given, name); n < limit || n == limit && (best == "" || name < best) {
			best, limit = name, n
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour between a and b.
func distance(a, b string) int {
	if n := len(a) - len(b); n > 3 || n < -3 {
		return 4
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cur[j+1] = min(cur[j+1], prev2[j-1]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// didYouMean is a sentence to append to a detail, with a blank in front; empty without a suggestion.
func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return " Did you mean " + quote(name) + "?"
}
