package render

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// An outline finds the blocks around a place. A file is parsed when the first place in it is asked for, and once.
type outline struct {
	sources Sources
	bodies  map[string]*hclsyntax.Body // nil for what is no file of blocks
}

func newOutline(sources Sources) *outline {
	return &outline{sources, make(map[string]*hclsyntax.Body)}
}

// context names the innermost labelled block around a range, with the blocks around that, as in
// `site "onprem", gateway "gw1"`; nothing for a range that is in no block, or for JSON.
func (o *outline) context(r hcl.Range) string {
	body := o.body(r.Filename)
	var names []string
	for body != nil {
		b := blockAt(body.Blocks, r.Start.Byte)
		if b == nil {
			break
		}
		name := b.Type
		for _, l := range b.Labels {
			name += ` "` + l + `"`
		}
		names = append(names, name)
		body = b.Body
	}
	return strings.Join(names, ", ")
}

func (o *outline) body(name string) *hclsyntax.Body {
	body, known := o.bodies[name]
	if src, ok := o.sources[name]; !known && ok && !strings.HasSuffix(name, ".json") {
		if file, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos); file != nil {
			body, _ = file.Body.(*hclsyntax.Body)
		}
		o.bodies[name] = body
	}
	return body
}

// blockAt is the block that holds an octet; blocks stand in the order of the source.
func blockAt(blocks hclsyntax.Blocks, octet int) *hclsyntax.Block {
	after := sort.Search(len(blocks), func(i int) bool { return blocks[i].TypeRange.Start.Byte > octet })
	if after == 0 {
		return nil
	}
	if b := blocks[after-1]; octet < b.CloseBraceRange.End.Byte {
		return b
	}
	return nil
}
