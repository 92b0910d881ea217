package schema

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

var acceptEntry = like("W0203: hosts are set to 1396")

// accept decodes a block's list of accepted warnings. That of the header holds for everything.
func (d *decoder) accept(e hcl.Expression, b *blockView, everywhere bool) {
	entries, p := acceptEntry.list(d, &acceptAttribute, &acceptAttribute, e)
	if p == absent {
		return
	}
	var scope hcl.Range
	if !everywhere {
		scope = b.whole()
	}
	for _, entry := range entries {
		code, reason, ok := strings.Cut(entry.V, ":")
		reason = strings.TrimSpace(reason)
		switch {
		case isCode(code, 'E'):
			d.add(codeAccept, entry.Range, "%s is an error. Only warnings can be accepted; an error has to be cured.", quote(code))
			continue
		case !isCode(code, 'W'):
			d.add(codeAccept, entry.Range, "An entry begins with the code of a warning and goes on with the reason why it stays, as in %s.", acceptEntry.example)
			continue
		case !ok || reason == "":
			d.add(codeAccept, entry.Range, "The reason is missing. Say why the warning stays, for whoever reads this next, as in %s.", acceptEntry.example)
			continue
		}
		d.addAccept(Accept{Code: code, Reason: reason, Range: entry.Range, Scope: scope})
	}
}

// addAccept keeps an entry once, however many instances its block has.
func (d *decoder) addAccept(a Accept) {
	key := acceptKey{a.Code, a.Range, a.Reason}
	if d.accepted[key] {
		return
	}
	if d.accepted == nil {
		d.accepted = map[acceptKey]bool{}
	}
	d.accepted[key] = true
	d.file.Accepts = append(d.file.Accepts, a)
}

type acceptKey struct {
	code   string
	rng    hcl.Range
	reason string
}

// isCode recognises a letter and four digits.
func isCode(s string, letter byte) bool {
	return len(s) == 5 && s[0] == letter && all(s[1:], isDigit)
}
