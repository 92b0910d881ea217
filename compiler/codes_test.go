package compiler_test

import (
	"testing"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// TestOwnCodes compares the codes of packages that may not import the table with it, in both directions.
func TestOwnCodes(t *testing.T) {
	type kind struct{ code, summary string }
	var language, refusals []kind
	for _, k := range schema.Kinds() {
		language = append(language, kind{string(k.Code), k.Summary})
	}
	for _, k := range apply.Kinds() {
		refusals = append(refusals, kind{string(k.Code), k.Summary})
	}
	for _, tt := range []struct {
		name, digits string // the package, and the first digits of its codes
		kinds        []kind
	}{{"schema", "00", language}, {"apply", "09", refusals}} {
		t.Run(tt.name, func(t *testing.T) {
			own := make(map[string]bool)
			for i, k := range tt.kinds {
				if i > 0 && tt.kinds[i-1].code >= k.code {
					t.Errorf("%s stands twice or out of order", k.code)
				}
				own[k.code] = true
				explained, ok := ir.Lookup(ir.Code(k.code))
				if !ok {
					t.Errorf("%s, %s, is not explained", k.code, k.summary)
				} else if explained.Summary != k.summary {
					t.Errorf("%s is %q there, %q in the table", k.code, k.summary, explained.Summary)
				}
			}
			for _, k := range ir.Codes {
				if string(k.Code[1:3]) == tt.digits && !own[string(k.Code)] {
					t.Errorf("%s, %s, does not occur there", k.Code, k.Summary)
				}
			}
		})
	}
}
