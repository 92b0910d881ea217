package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A blockView is a block of the source, whichever way its body is read.
type blockView struct {
	name   string
	labels []string
	ranges []hcl.Range // of the labels
	typ    hcl.Range   // of the name
	header hcl.Range
	body   hcl.Body
}

// whole is the block from its header to its closing brace.
func (b *blockView) whole() hcl.Range {
	if syntax, ok := b.body.(*hclsyntax.Body); ok {
		return hcl.RangeBetween(b.header, syntax.EndRange)
	}
	return hcl.RangeBetween(b.header, b.body.MissingItemRange())
}

func viewOf(b *hclsyntax.Block) blockView {
	return blockView{b.Type, b.Labels, b.LabelRanges, b.TypeRange, b.DefRange(), b.Body}
}

// decodeBlock decodes a block that is not an instance of a for_each.
func (t *blockType[T]) decodeBlock(d *decoder, b blockView, in *T) {
	if !d.checkLabels(&t.Block, &b) {
		b.labels = nil
	}
	t.decodeInto(d, b, in)
}

// decodeInto decodes a block whose labels have been looked at.
func (t *blockType[T]) decodeInto(d *decoder, b blockView, in *T) {
	errors := d.errors
	if t.rng != nil {
		*t.rng(in) = b.header
	}
	if t.label != nil && len(b.labels) > 0 {
		*t.label(in) = b.labels[0]
	}
	if body, ok := b.body.(*hclsyntax.Body); ok && !hasDynamic(body) {
		t.decodeSyntax(d, &b, body, in)
	} else {
		t.decodeContent(d, &b, in)
	}
	if t.check != nil {
		t.check(d, b, in)
	}
	if t.broken != nil && d.errors > errors {
		*t.broken(in) = true
	}
}

func hasDynamic(body *hclsyntax.Body) bool {
	return slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "dynamic" })
}

// decodeSyntax reads a body of the native syntax directly: no schema, no copies.
func (t *blockType[T]) decodeSyntax(d *decoder, b *blockView, body *hclsyntax.Body, in *T) {
	known := 0
	var missing []*Attribute
	for i := range t.attrs {
		a := &t.attrs[i]
		p := absent
		if given, ok := body.Attributes[a.Name]; ok {
			known++
			p = a.decode(d, &a.Attribute, given.Expr, in)
		}
		if p == absent && a.Required {
			missing = append(missing, &a.Attribute)
		}
	}
	d.missingAttributes(&t.Block, missing, b.header)
	if given, ok := body.Attributes[acceptAttribute.Name]; ok && !t.Free {
		known++
		d.accept(given.Expr, b, t.Name == headerName)
	}
	if t.ForEach && body.Attributes[forEachAttribute.Name] != nil {
		known++
	}
	if known < len(body.Attributes) && !t.Free {
		for _, given := range body.Attributes {
			if !t.hasAttribute(given.Name) {
				t.unknownAttribute(d, given.Name, given.NameRange, given.EqualsRange)
			}
		}
	}
	var counts [maxNested]int
	for _, child := range body.Blocks {
		t.decodeNested(d, viewOf(child), in, &counts)
	}
	t.checkCounts(d, b, &counts)
}

// decodeContent reads a body that has dynamic blocks, or is within one.
func (t *blockType[T]) decodeContent(d *decoder, b *blockView, in *T) {
	body := b.body
	if syntax, ok := body.(*hclsyntax.Body); ok {
		if !d.checkDynamic(syntax) {
			return
		}
		body = dynblock.Expand(body, d.scope.ctx)
	}
	content, diags := body.Content(t.bodySchema())
	var rest hcl.Diagnostics
	for _, diag := range diags {
		name := d.sourceOf(subjectOf(diag))
		switch diag.Summary {
		case "Unsupported argument":
			t.unknownAttribute(d, name, subjectOf(diag), hcl.Range{})
		case "Unsupported block type":
			t.unknownBlock(d, unquote(name), subjectOf(diag))
		default:
			rest = append(rest, diag)
		}
	}
	d.foreign(rest, b.header, d.anySensitive)
	var missing []*Attribute
	for i := range t.attrs {
		a := &t.attrs[i]
		p := absent
		if given, ok := content.Attributes[a.Name]; ok {
			p = a.decode(d, &a.Attribute, given.Expr, in)
		}
		if p == absent && a.Required {
			missing = append(missing, &a.Attribute)
		}
	}
	d.missingAttributes(&t.Block, missing, b.header)
	if given, ok := content.Attributes[acceptAttribute.Name]; ok {
		d.accept(given.Expr, b, false)
	}
	var counts [maxNested]int
	for _, child := range content.Blocks {
		t.decodeNested(d, blockView{child.Type, child.Labels, child.LabelRanges, child.TypeRange, child.DefRange, child.Body}, in, &counts)
	}
	if !diags.HasErrors() {
		t.checkCounts(d, b, &counts)
	}
}

// maxNested is the most types of block that a type of block can hold.
const maxNested = 8

func (t *blockType[T]) decodeNested(d *decoder, b blockView, in *T, counts *[maxNested]int) {
	if d.blocks++; d.blocks > maxBlocks {
		if d.blocks == maxBlocks+1 {
			d.add(codeLimit, b.header, "The specification has more than %d blocks, after for_each and dynamic. Make it smaller.", maxBlocks)
		}
		return
	}
	for i := range t.nested {
		n := &t.nested[i]
		if n.about.Name != b.name {
			continue
		}
		counts[i]++
		if n.max == 1 && counts[i] > 1 {
			d.add(codeTooManyBlocks, b.typ, "A block %s stands here already; there can be only one in %s. Join the two.", quote(b.name), blockName(&t.Block))
			return
		}
		if n.max > 1 && counts[i] == n.max+1 {
			d.add(codeTooManyBlocks, b.typ, "This block %s is one too many: there can be only %d in %s.", quote(b.name), n.max, blockName(&t.Block))
		}
		n.decode(d, b, in)
		return
	}
	t.unknownBlock(d, b.name, b.typ)
}

func (t *blockType[T]) checkCounts(d *decoder, b *blockView, counts *[maxNested]int) {
	for i := range t.nested {
		n := &t.nested[i]
		if counts[i] >= n.min {
			continue
		}
		if n.min == 1 {
			d.add(codeMissingBlock, b.header, "%s needs a block %s (%s).", capital(blockName(&t.Block)), quote(n.about.Name), n.about.Doc)
		} else {
			d.add(codeMissingBlock, b.header, "%s needs %d blocks %s (%s); there is %d.", capital(blockName(&t.Block)), n.min, quote(n.about.Name), n.about.Doc, counts[i])
		}
	}
}

// missingAttributes reports them together, since they are at one place.
func (d *decoder) missingAttributes(b *Block, missing []*Attribute, header hcl.Range) {
	if len(missing) == 0 {
		return
	}
	texts := make([]string, len(missing))
	for i, a := range missing {
		texts[i] = fmt.Sprintf("%s (%s), which is %s", quote(a.Name), a.Doc, a.want)
	}
	d.add(codeMissingAttribute, header, "%s needs %s.", capital(blockName(b)), strings.Join(texts, "; and "))
}

func (t *blockType[T]) hasAttribute(name string) bool {
	return name == acceptAttribute.Name || name == forEachAttribute.Name && t.ForEach ||
		slices.ContainsFunc(t.attrs, func(a attribute[T]) bool { return a.Name == name })
}

func (t *blockType[T]) attributeNames(yield func(string) bool) {
	for _, a := range t.attrs {
		if !yield(a.Name) {
			return
		}
	}
	_ = yield(acceptAttribute.Name) && t.ForEach && yield(forEachAttribute.Name)
}

func (t *blockType[T]) blockNames(yield func(string) bool) {
	for _, n := range t.nested {
		if !yield(n.about.Name) {
			return
		}
	}
}

func (t *blockType[T]) unknownAttribute(d *decoder, name string, at, equals hcl.Range) {
	for block := range t.blockNames {
		if block == name {
			diag := d.add(codeUnknownAttribute, at, "%s is a block, not an attribute: write %s { ... } without the equals sign.", quote(name), name)
			if equals.Filename != "" {
				fix(diag, hcl.RangeBetween(at, equals), name)
			}
			return
		}
	}
	if t.Name == "" {
		d.add(codeUnknownAttribute, at, "No attribute can stand outside of a block. The value of a variable belongs into a file such as default.l2vars, or into a block variable as its default.")
		return
	}
	meant := suggest(name, t.attributeNames)
	diag := d.add(codeUnknownAttribute, at, "%s has no attribute %s.%s%s", capital(blockName(&t.Block)), quote(name), didYouMean(meant), d.elsewhere(name))
	d.fixStep(diag, step{name: name, rng: at}, meant)
}

func (t *blockType[T]) unknownBlock(d *decoder, name string, at hcl.Range) {
	if slices.ContainsFunc(t.attrs, func(a attribute[T]) bool { return a.Name == name }) {
		d.add(codeUnknownBlock, at, "%s is an attribute, not a block: write %s = ... with an equals sign.", quote(name), name)
		return
	}
	meant := suggest(name, t.blockNames)
	where := capital(blockName(&t.Block)) + " has"
	if t.Name == "" {
		where = "A specification has"
	}
	diag := d.add(codeUnknownBlock, at, "%s no block %s.%s%s", where, quote(name), didYouMean(meant), d.elsewhere(name))
	d.fixStep(diag, step{name: name, rng: at}, meant)
}

// elsewhere says which blocks have an attribute or block of the name, for what stands in the wrong one.
func (d *decoder) elsewhere(name string) string {
	var in []string
	var visit func(b Block)
	visit = func(b Block) {
		if slices.ContainsFunc(b.Attributes, func(a Attribute) bool {
			return a.Name == name && name != acceptAttribute.Name && name != forEachAttribute.Name
		}) ||
			slices.ContainsFunc(b.Blocks, func(c Block) bool { return c.Name == name }) && b.Name != "" {
			in = append(in, b.Name)
		}
		for _, c := range b.Blocks {
			visit(c)
		}
	}
	for _, b := range d.language() {
		visit(b)
	}
	slices.Sort(in)
	in = slices.Compact(in)
	if len(in) == 0 {
		return ""
	}
	return " There is one in the block " + orList(in) + "."
}

func (t *blockType[T]) bodySchema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for name := range t.attributeNames {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: name})
	}
	for _, n := range t.nested {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: n.about.Name, LabelNames: n.about.Labels})
	}
	return s
}

// checkDynamic checks what HCL's expansion evaluates by itself, so that it finds all it needs, and that
// unknown names are reported as everywhere.
func (d *decoder) checkDynamic(body *hclsyntax.Body) bool {
	for r := range rootNames {
		d.provideIfKnown(r)
	}
	ok := true
	for _, b := range body.Blocks {
		if b.Type != "dynamic" {
			continue
		}
		if forEach, is := b.Body.Attributes[forEachAttribute.Name]; is {
			ok = d.resolvable(forEach.Expr, forEach.Expr.Variables()) && ok
		}
		// Labels, and what is nested, can use iterators that only the expansion knows.
		ok = d.checkCalls(b.Body) && ok
	}
	return ok
}
