package ir

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// A Kind is an entry of the table of diagnostics.
type Kind struct {
	Code    Code
	Summary string // the kind of problem, without a name and without a full stop
	Help    string // what it means, why it matters and what to do, for `help CODE`
}

// Severity is that of the code's first letter.
func (k Kind) Severity() hcl.DiagnosticSeverity {
	if strings.HasPrefix(string(k.Code), "W") {
		return hcl.DiagWarning
	}
	return hcl.DiagError
}

// Lookup finds a kind of diagnostic.
func Lookup(code Code) (Kind, bool) {
	i, ok := slices.BinarySearchFunc(Codes, code, func(k Kind, c Code) int { return strings.Compare(string(k.Code), string(c)) })
	if !ok {
		return Kind{}, false
	}
	return Codes[i], true
}

// Codes is the table of all diagnostics, sorted by code: the language's, the model's and the backends'.
var Codes = sorted(languageCodes, nameCodes, sizeCodes, ipsecCodes, routingCodes, layer2Codes, releaseCodes, planCodes, applyCodes)

func sorted(parts ...[]Kind) []Kind {
	all := slices.Concat(parts...)
	slices.SortFunc(all, func(a, b Kind) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}
