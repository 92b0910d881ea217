package schema

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// parseJSON reads a file in JSON form into the tree of the native syntax, so that everything after it
// sees one form only.
func (d *decoder) parseJSON(f SourceFile) (*hclsyntax.Body, bool) {
	file, ok := d.jsonFile(f)
	if !ok {
		return nil, false
	}
	c := jsonConverter{d: d, ok: true}
	body := c.body(file.Body, Block{Blocks: d.language()})
	return body, c.ok
}

// parseJSONValues reads a variable file in JSON form: strings in it are only strings.
func (d *decoder) parseJSONValues(f SourceFile) (*hclsyntax.Body, bool) {
	file, ok := d.jsonFile(f)
	if !ok {
		return nil, false
	}
	attrs, diags := file.Body.JustAttributes()
	c := jsonConverter{d: d, ok: true}
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	c.problems(body, diags)
	for name, a := range attrs {
		v, diags := a.Expr.Value(nil)
		c.problems(body, diags)
		body.Attributes[name] = attributeOf(a, &hclsyntax.LiteralValueExpr{Val: v, SrcRange: a.Expr.Range()})
	}
	return body, c.ok
}

func (d *decoder) jsonFile(f SourceFile) (*hcl.File, bool) {
	if at := jsonTooDeep(f.Bytes); at >= 0 {
		d.add(codeLimit, rangeAt(f, at), "The file is nested more than %d levels deep. Make it flatter.", maxNesting)
		return nil, false
	}
	file, diags := json.Parse(f.Bytes, f.Name)
	ok := d.syntax(diags)
	return file, ok && file != nil && file.Body != nil
}

// jsonTooDeep finds the bracket that is one too deep for a parser that calls itself; -1 is none.
func jsonTooDeep(src []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\n' {
				quoted = false
			}
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

// A jsonConverter turns bodies and expressions of the JSON form into native ones.
type jsonConverter struct {
	d  *decoder
	ok bool
}

func attributeOf(a *hcl.Attribute, e hclsyntax.Expression) *hclsyntax.Attribute {
	return &hclsyntax.Attribute{Name: a.Name, Expr: e, SrcRange: a.Range, NameRange: a.NameRange, EqualsRange: a.NameRange}
}

// body converts a body whose attributes and blocks are those that the table describes.
func (c *jsonConverter) body(body hcl.Body, about Block) *hclsyntax.Body {
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: body.MissingItemRange(), EndRange: body.MissingItemRange()}
	if about.Free {
		attrs, diags := body.JustAttributes()
		c.problems(out, diags)
		for _, a := range attrs {
			out.Attributes[a.Name] = attributeOf(a, c.expression(a.Expr))
		}
		return out
	}
	schema := &hcl.BodySchema{}
	for _, a := range about.Attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a.Name})
	}
	for _, b := range about.Blocks {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: b.Name, LabelNames: b.Labels})
	}
	if len(about.Blocks) > 0 && about.Name != "" && about.Name != "variable" && about.Name != "dynamic" {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: "dynamic", LabelNames: []string{"type"}})
	}
	content, diags := body.Content(schema)
	c.problems(out, diags)
	for _, a := range content.Attributes {
		i := slices.IndexFunc(about.Attributes, func(b Attribute) bool { return b.Name == a.Name })
		if about.Attributes[i].Type == "type" {
			out.Attributes[a.Name] = attributeOf(a, c.words(a.Expr))
		} else {
			out.Attributes[a.Name] = attributeOf(a, c.expression(a.Expr))
		}
	}
	for _, b := range content.Blocks {
		var inner Block
		if b.Type == "dynamic" {
			inner = dynamicBlock(about, b.Labels[0])
		} else {
			inner = about.Blocks[slices.IndexFunc(about.Blocks, func(a Block) bool { return a.Name == b.Type })]
		}
		block := &hclsyntax.Block{Type: b.Type, Labels: b.Labels, TypeRange: b.TypeRange, LabelRanges: b.LabelRanges, Body: c.body(b.Body, inner)}
		if len(b.Labels) == 0 {
			block.TypeRange = block.Body.SrcRange // tells the elements of an array apart
		}
		block.OpenBraceRange, block.CloseBraceRange = b.DefRange, block.Body.EndRange
		out.Blocks = append(out.Blocks, block)
	}
	slices.SortStableFunc(out.Blocks, func(a, b *hclsyntax.Block) int {
		return a.Body.EndRange.Start.Byte - b.Body.EndRange.Start.Byte
	})
	out.SrcRange = firstName(out)
	return out
}

// firstName is the range of the name that stands first in a body: all that tells where the body begins.
func firstName(body *hclsyntax.Body) hcl.Range {
	first := body.EndRange
	for _, a := range body.Attributes {
		if a.NameRange.Start.Byte < first.Start.Byte {
			first = a.NameRange
		}
	}
	for _, b := range body.Blocks {
		if b.TypeRange.Start.Byte < first.Start.Byte {
			first = b.TypeRange
		}
	}
	return first
}

// dynamicBlock describes a dynamic block for a type of block.
func dynamicBlock(parent Block, name string) Block {
	b := Block{Name: "dynamic", Attributes: []Attribute{{Name: "for_each"}, {Name: "iterator", Type: "type"}, {Name: "labels"}}}
	content := Block{Name: "content"}
	if i := slices.IndexFunc(parent.Blocks, func(b Block) bool { return b.Name == name }); i >= 0 {
		content.Attributes, content.Blocks = parent.Blocks[i].Attributes, parent.Blocks[i].Blocks
	}
	b.Blocks = []Block{content}
	return b
}

// problems takes over what HCL's reader of JSON found. What it does not know stays in the tree, where the
// decoder reports it as it does for the native syntax.
func (c *jsonConverter) problems(out *hclsyntax.Body, diags hcl.Diagnostics) {
	for _, diag := range diags {
		at := subjectOf(diag)
		switch diag.Summary {
		case "Extraneous JSON object property":
			name := strings.Trim(c.d.sourceOf(at), `"`)
			out.Attributes[name] = &hclsyntax.Attribute{Name: name, NameRange: at, SrcRange: at, Expr: &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: at}}
		case "Duplicate argument", "Duplicate JSON object property":
			c.d.add(codeDuplicateAttribute, at, "%s Delete one of the two.", sentence(diag.Detail))
		case "Missing JSON object property": // never asked for
		default:
			c.d.add(codeSyntax, at, "%s", foreignDetail(diag))
			c.ok = false
		}
	}
}

// expression converts an expression; strings are templates.
func (c *jsonConverter) expression(e hcl.Expression) hclsyntax.Expression {
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		out := &hclsyntax.ObjectConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, p := range pairs {
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: c.expression(p.Key), ValueExpr: c.expression(p.Value)})
		}
		return out
	}
	if elements, diags := hcl.ExprList(e); !diags.HasErrors() {
		out := &hclsyntax.TupleConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, element := range elements {
			out.Exprs = append(out.Exprs, c.expression(element))
		}
		return out
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
	}
	return c.parse(e, v.AsString(), tooDeepTemplate, hclsyntax.ParseTemplate)
}

// words converts an expression that JSON writes within quotes although it is no template, as a type.
func (c *jsonConverter) words(e hcl.Expression) hclsyntax.Expression {
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
	}
	return c.parse(e, v.AsString(), tooDeep, hclsyntax.ParseExpression)
}

func (c *jsonConverter) parse(e hcl.Expression, text string, deep func([]byte) (int, string), parse func([]byte, string, hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics)) hclsyntax.Expression {
	at := e.Range()
	if _, why := deep([]byte(text)); why != "" {
		c.d.add(codeLimit, at, "%s", why)
		c.ok = false
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}
	}
	start := at.Start // of the text, behind the quote; escapes before a position make it imprecise
	start.Byte++
	start.Column++
	out, diags := parse([]byte(text), at.Filename, start)
	if !c.d.syntax(diags) {
		c.ok = false
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}
	}
	if t, ok := out.(*hclsyntax.TemplateExpr); ok {
		t.SrcRange = at
	}
	return out
}
