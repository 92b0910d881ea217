package compiler_test

import (
	"testing"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// TestLanguageCodes compares the language's codes with the table that explains them, in both directions.
func TestLanguageCodes(t *testing.T) {
	language := make(map[string]bool)
	for i, k := range schema.Kinds() {
		if i > 0 && schema.Kinds()[i-1].Code >= k.Code {
			t.Errorf("%s stands twice or out of order", k.Code)
		}
		language[string(k.Code)] = true
		explained, ok := ir.Lookup(ir.Code(k.Code))
		if !ok {
			t.Errorf("%s, %s, is not explained", k.Code, k.Summary)
		} else if explained.Summary != k.Summary {
			t.Errorf("%s is %q in schema, %q in the table", k.Code, k.Summary, explained.Summary)
		}
	}
	for _, k := range ir.Codes {
		if k.Code[1:3] == "00" && !language[string(k.Code)] {
			t.Errorf("%s, %s, does not occur in schema", k.Code, k.Summary)
		}
	}
}

// TestApplyCodes compares the refusals of a transaction with the same table, in both directions.
func TestApplyCodes(t *testing.T) {
	refusals := make(map[string]bool)
	for i, k := range apply.Kinds() {
		if i > 0 && apply.Kinds()[i-1].Code >= k.Code {
			t.Errorf("%s stands twice or out of order", k.Code)
		}
		refusals[string(k.Code)] = true
		explained, ok := ir.Lookup(ir.Code(k.Code))
		if !ok {
			t.Errorf("%s, %s, is not explained", k.Code, k.Summary)
		} else if explained.Summary != k.Summary {
			t.Errorf("%s is %q in apply, %q in the table", k.Code, k.Summary, explained.Summary)
		}
	}
	for _, k := range ir.Codes {
		if k.Code[1:3] == "09" && !refusals[string(k.Code)] {
			t.Errorf("%s, %s, does not occur in apply", k.Code, k.Summary)
		}
	}
}
