package schema

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns a specification or a variable file in canonical format. What does not parse is refused,
// with diagnostics that name the file.
func Format(filename string, src []byte) ([]byte, hcl.Diagnostics) {
	var r report
	if at, why := tooDeep(src); why != "" {
		r.add(codeLimit, rangeAt(SourceFile{filename, src}, at), "%s", why)
		return nil, r.diags
	}
	_, diags := hclsyntax.ParseConfig(src, filename, hcl.InitialPos)
	if !r.syntax(diags) {
		return nil, r.sorted()
	}
	return hclwrite.Format(src), nil
}
