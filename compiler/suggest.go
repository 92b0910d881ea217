package compiler

import "github.com/agext/levenshtein"

// didYouMean is a sentence with the known word that is nearest to a wrong one, or nothing when none is near.
func didYouMean(word string, known []string) string {
	best, distance := "", 1+len(word)/3
	for _, k := range known {
		if d := levenshtein.Distance(word, k, nil); d <= distance && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean \"" + best + "\"?"
}
