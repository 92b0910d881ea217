package schema

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// concealedText is what stands in messages for the value of a sensitive variable.
const concealedText = "(sensitive)"

// concealAtLeast is how long such a value is at least, in octets: to look for shorter ones would spoil every message.
const concealAtLeast = 4

// A secrecy is what Decode found in a specification that nobody must be shown.
type secrecy struct {
	places []hcl.Range // in the files
	texts  []string    // in the values of sensitive variables, the longest first
}

// Shown returns the text of a file as it may be shown, after Decode: each octet of a literal that stands where only a reference
// to a secret may, and of the value of a sensitive variable, is an asterisk. Offsets are those of the file.
func (s *Source) Shown(f SourceFile) []byte {
	var shown []byte
	for _, r := range s.secrecy.places {
		if r.Filename != f.Name || r.Start.Byte < 0 || r.Start.Byte > r.End.Byte || r.End.Byte > len(f.Bytes) {
			continue
		}
		if shown == nil {
			shown = bytes.Clone(f.Bytes)
		}
		for i := r.Start.Byte; i < r.End.Byte; i++ {
			if c := shown[i]; c != '\n' && c != '\r' && c != '\t' {
				shown[i] = '*'
			}
		}
	}
	if shown == nil {
		return f.Bytes
	}
	return shown
}

// Conceal returns the diagnostics of any pass with the values of sensitive variables taken out of their details, after Decode.
func (s *Source) Conceal(diags hcl.Diagnostics) hcl.Diagnostics {
	if len(s.secrecy.texts) == 0 {
		return diags
	}
	out := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		c := *d
		for _, text := range s.secrecy.texts {
			c.Detail = strings.ReplaceAll(c.Detail, text, concealedText)
		}
		out[i] = &c
	}
	return out
}

// concealValue keeps the strings in a value out of messages.
func (s *secrecy) concealValue(v cty.Value) {
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String && len(v.AsString()) >= concealAtLeast {
			s.texts = append(s.texts, v.AsString())
		}
		return true, nil
	})
}

// concealUnknown keeps the value of an attribute that the language does not have from being shown. In JSON only its name has a
// place: what follows on its line goes with it.
func (d *decoder) concealUnknown(a *hclsyntax.Attribute) {
	if !isJSON(a.NameRange.Filename) {
		d.src.secrecy.concealLiterals(a.Expr)
		return
	}
	r := a.NameRange
	r.Start = r.End
	text := d.bytes[r.Filename]
	r.End.Byte = len(text)
	if i := bytes.IndexByte(text[min(r.Start.Byte, len(text)):], '\n'); i >= 0 {
		r.End.Byte = r.Start.Byte + i
	}
	d.src.secrecy.places = append(d.src.secrecy.places, r)
}

// concealLiterals keeps what is written out in an expression from being shown.
func (s *secrecy) concealLiterals(e hcl.Expression) {
	syntax, ok := e.(hclsyntax.Expression)
	if !ok {
		return
	}
	if isJSON(e.Range().Filename) { // places within a string are not exact there
		s.places = append(s.places, e.Range())
		return
	}
	_ = hclsyntax.VisitAll(syntax, func(n hclsyntax.Node) hcl.Diagnostics {
		if l, ok := n.(*hclsyntax.LiteralValueExpr); ok {
			s.places = append(s.places, l.Range())
		}
		return nil
	})
}

// done makes what was found ready for use: of two texts one may be a part of the other.
func (s *secrecy) done() {
	slices.SortFunc(s.texts, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	s.texts = slices.Compact(s.texts)
}
