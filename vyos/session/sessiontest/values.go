package sessiontest

import "strings"

// checkValues says what is wrong with the values of a path, nothing when all are fine.
func (p *Proc) checkValues(words []string) string {
	last := words[len(words)-1]
	if endsWithValue(p.Router.grammar, words) {
		if strings.Contains(last, `"`) {
			return "Cannot use the double quote (\") character in a value string\n"
		}
		if strings.Contains(last, "'") {
			return "Cannot use the single quote (') character in a value string\n"
		}
		if strings.Contains(last, "\n") {
			return "Cannot use the newline character in a value string\n"
		}
	}
	return ""
}
