package render

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// context names the innermost labelled block around a range, with the blocks around that, as in
// `site "onprem", gateway "gw1"`; nothing for a range that is in no block, or for JSON.
func context(src []byte, r hcl.Range) string {
	if strings.HasSuffix(r.Filename, ".json") {
		return ""
	}
	file, _ := hclsyntax.ParseConfig(src, r.Filename, hcl.InitialPos)
	if file == nil {
		return ""
	}
	body, ok := file.Body.(*hclsyntax.Body)
	var names []string
	for ok && body != nil {
		var inner *hclsyntax.Block
		for _, b := range body.Blocks {
			if whole := hcl.RangeBetween(b.TypeRange, b.CloseBraceRange); whole.Start.Byte <= r.Start.Byte && r.Start.Byte < whole.End.Byte {
				inner = b
			}
		}
		if inner == nil {
			break
		}
		name := inner.Type
		for _, l := range inner.Labels {
			name += ` "` + l + `"`
		}
		names = append(names, name)
		body = inner.Body
	}
	return strings.Join(names, ", ")
}
