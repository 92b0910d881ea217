package schema

import (
	"bytes"
	"maps"
	"runtime"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// pieceSize is how much of a file is parsed at once, in octets. HCL's parser makes a list of all tokens
// before it begins, which takes some thirty times the memory of the source; a list for so little stays in the
// processor's cache.
const pieceSize = 4 << 10

// A piece is a part of a file that holds whole blocks.
type piece struct {
	src   []byte
	start hcl.Pos
	body  *hclsyntax.Body
	diags hcl.Diagnostics
}

// parseNative parses a file in the native syntax.
func (d *decoder) parseNative(f SourceFile) (*hclsyntax.Body, bool) {
	var cuts []int
	last := 0
	at, why := scanNesting(f.Bytes, 0, func(offset int) {
		if offset-last >= pieceSize {
			cuts = append(cuts, offset)
			last = offset
		}
	})
	if why != "" {
		d.add(codeLimit, rangeAt(f, at), "%s", why)
		return nil, false
	}
	if body := parsePieces(f, cuts); body != nil {
		return body, true
	}
	// The parser's idea of what is wrong depends on all that stands before it.
	file, diags := hclsyntax.ParseConfig(f.Bytes, f.Name, hcl.InitialPos)
	ok := d.syntax(diags)
	return file.Body.(*hclsyntax.Body), ok
}

// parsePieces parses a file in pieces, several at a time; nil when there is anything to say about it.
func parsePieces(f SourceFile, cuts []int) *hclsyntax.Body {
	pieces := make([]piece, 0, len(cuts)+1)
	pos := hcl.InitialPos
	for i := range len(cuts) + 1 {
		end := len(f.Bytes)
		if i < len(cuts) {
			end = cuts[i]
		}
		src := f.Bytes[pos.Byte:end]
		pieces = append(pieces, piece{src: src, start: pos})
		pos.Line += bytes.Count(src, []byte("\n"))
		pos.Byte = end
	}
	next := make(chan *piece, len(pieces))
	for i := range pieces {
		next <- &pieces[i]
	}
	close(next)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(pieces)) {
		wait.Go(func() {
			for p := range next {
				file, diags := hclsyntax.ParseConfig(p.src, f.Name, p.start)
				p.body, p.diags = file.Body.(*hclsyntax.Body), diags
			}
		})
	}
	wait.Wait()
	whole := pieces[0].body
	blocks := 0
	for _, p := range pieces {
		if len(p.diags) > 0 {
			return nil
		}
		blocks += len(p.body.Blocks)
	}
	if len(pieces) == 1 {
		return whole
	}
	joined := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, Blocks: make(hclsyntax.Blocks, 0, blocks)}
	for _, p := range pieces {
		maps.Copy(joined.Attributes, p.body.Attributes)
		joined.Blocks = append(joined.Blocks, p.body.Blocks...)
	}
	joined.SrcRange = hcl.RangeBetween(whole.SrcRange, pieces[len(pieces)-1].body.SrcRange)
	joined.EndRange = pieces[len(pieces)-1].body.EndRange
	return joined
}
