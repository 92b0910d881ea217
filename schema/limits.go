package schema

import (
	"math"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Limits on what is evaluated. They are far above what a network needs.
const (
	maxValue  = 16 << 20     // of one value: octets of text and elements
	maxSteps  = float64(1e7) // of one expression: how often a part of it is evaluated
	maxWork   = float64(1e9) // of one expression: octets and elements that it handles
	maxBlocks = 2_000_000    // of a specification, after for_each and dynamic
)

// An extent bounds a value, so that an expression can be refused before it fills the memory.
type extent struct {
	all     float64 // octets of text and number of elements, together
	longest float64 // collection in it, elements
	text    float64 // longest string in it, octets
	part    float64 // largest element of its own, as all
}

// unknownExtent is assumed for what only HCL knows, such as the iterator of a dynamic block.
var unknownExtent = extent{all: 1e4, longest: 100, text: 1000, part: 1000}

func extentOf(v cty.Value) extent {
	v, _ = v.Unmark()
	x := extent{all: 1}
	if !v.IsKnown() || v.IsNull() {
		return x
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		n := float64(len(v.AsString()))
		return extent{all: 1 + n, text: n}
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, e := it.Element()
			y := extentOf(e)
			x.all += y.all
			if ty.IsMapType() || ty.IsObjectType() {
				n := extentOf(key)
				x.all += n.all
				x.text = max(x.text, n.text)
			}
			x.longest = max(x.longest, y.longest)
			x.text = max(x.text, y.text)
			x.part = max(x.part, y.all)
		}
		x.longest = max(x.longest, float64(v.LengthInt()))
	}
	return x
}

// affordable reports an expression whose evaluation would take too long or too much memory.
func (d *decoder) affordable(e hclsyntax.Expression) bool {
	c := coster{d: d}
	x := c.of(e, nil)
	if c.steps > maxSteps || c.work+x.all > maxWork && c.loops {
		d.add(codeLimit, e.Range(), "The expression would need too many steps to evaluate: its loops go through too much, one within the other. Make them smaller.")
		return false
	}
	if x.text > maxValue {
		d.add(codeLimit, e.Range(), "The expression can make a text larger than %d MiB. Make it smaller.", maxValue>>20)
		return false
	}
	return true
}

// A coster adds up what the parts of an expression cost.
type coster struct {
	d     *decoder
	steps float64
	work  float64
	loops bool
	times float64 // how often the part at hand is evaluated, less one
}

// bindings are the names of for expressions and what they stand for.
type bindings struct {
	name string
	x    extent
	next *bindings
}

func (c *coster) of(e hclsyntax.Expression, names *bindings) extent {
	c.steps += c.times + 1
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return extentOf(e.Val)
	case *hclsyntax.ScopeTraversalExpr:
		return c.ofTraversal(e.Traversal, names)
	case *hclsyntax.RelativeTraversalExpr:
		return c.of(e.Source, names)
	case *hclsyntax.ParenthesesExpr:
		return c.of(e.Expression, names)
	case *hclsyntax.TemplateWrapExpr:
		return c.of(e.Wrapped, names)
	case *hclsyntax.ObjectConsKeyExpr:
		if key, ok := literal(e); ok {
			return extentOf(key)
		}
		if hcl.ExprAsKeyword(e.Wrapped) != "" && !e.ForceNonLiteral {
			return extent{all: 32, text: 32}
		}
		return c.of(e.Wrapped, names)
	case *hclsyntax.TemplateExpr:
		x := extent{all: 1}
		for _, part := range e.Parts {
			n := c.of(part, names)
			x.text += max(n.text, 32)
		}
		x.all += x.text
		c.work += (c.times + 1) * x.text
		return x
	case *hclsyntax.TemplateJoinExpr:
		x := c.of(e.Tuple, names)
		return extent{all: x.all, text: x.all}
	case *hclsyntax.TupleConsExpr:
		var parts []extent
		for _, e := range e.Exprs {
			parts = append(parts, c.of(e, names))
		}
		return together(parts)
	case *hclsyntax.ObjectConsExpr:
		var parts []extent
		for _, item := range e.Items {
			parts = append(parts, c.of(item.KeyExpr, names), c.of(item.ValueExpr, names))
		}
		return together(parts)
	case *hclsyntax.ConditionalExpr:
		c.of(e.Condition, names)
		return either(c.of(e.TrueResult, names), c.of(e.FalseResult, names))
	case *hclsyntax.BinaryOpExpr:
		c.of(e.LHS, names)
		c.of(e.RHS, names)
		return extent{all: 1}
	case *hclsyntax.UnaryOpExpr:
		c.of(e.Val, names)
		return extent{all: 1}
	case *hclsyntax.IndexExpr:
		c.of(e.Key, names)
		x := c.of(e.Collection, names)
		x.all = x.part
		return x
	case *hclsyntax.FunctionCallExpr:
		var parts []extent
		for _, arg := range e.Args {
			x := c.of(arg, names)
			c.work += (c.times + 1) * x.all
			parts = append(parts, x)
		}
		x := together(parts)
		x.longest = max(x.longest, 1024*boolean01(e.Name == "range"))
		x.text = max(x.text, boolean01(e.Name == "jsonencode" || e.Name == "join" || e.Name == "templatefile")*x.all, boolean01(e.Name == "file")*maxFunctionFile)
		x.all = max(x.all, x.longest, x.text)
		return x
	case *hclsyntax.ForExpr:
		coll := c.of(e.CollExpr, names)
		element := extent{all: coll.part, longest: coll.longest, text: coll.text, part: coll.part}
		names = &bindings{e.ValVar, element, names}
		if e.KeyVar != "" {
			names = &bindings{e.KeyVar, extent{all: coll.text + 1, text: coll.text}, names}
		}
		return c.repeat(coll.longest, func() extent {
			var parts []extent
			for _, e := range []hclsyntax.Expression{e.KeyExpr, e.ValExpr, e.CondExpr} {
				if e != nil {
					parts = append(parts, c.of(e, names))
				}
			}
			return together(parts)
		})
	case *hclsyntax.SplatExpr:
		source := c.of(e.Source, names)
		return c.repeat(max(source.longest, 1), func() extent {
			c.of(e.Each, names)
			return source
		})
	case *hclsyntax.AnonSymbolExpr:
		return extent{all: 1}
	}
	return unknownExtent
}

// repeat costs a part that is evaluated n times.
func (c *coster) repeat(n float64, body func() extent) extent {
	before := c.times
	c.loops = true
	c.times = (c.times+1)*max(n, 1) - 1
	x := body()
	c.times = before
	if math.IsInf(c.steps, 0) {
		c.steps = math.MaxFloat64
	}
	return extent{all: 1 + n*x.all, longest: max(n, x.longest), text: x.text, part: x.all}
}

func (c *coster) ofTraversal(t hcl.Traversal, names *bindings) extent {
	if t.IsRelative() || len(t) == 0 {
		return unknownExtent
	}
	root := t.RootName()
	for b := names; b != nil; b = b.next {
		if b.name == root {
			return b.x
		}
	}
	switch root {
	case "each":
		if !c.d.scope.each {
			return extent{all: 1}
		}
		x := c.d.scope.eachSize
		return extent{all: x.all + 32, longest: x.longest, text: max(x.text, 32), part: x.part}
	case "var", "local":
		name, value := root, c.d.top.Variables[root]
		if attr, ok := second(t); ok {
			name += "." + attr
			switch v, l := c.d.variables[attr], c.d.locals[attr]; {
			case root == "var" && v != nil && v.value != cty.NilVal:
				value = v.value
			case root == "local" && l != nil && l.state == done:
				value = l.value
			}
		}
		x, ok := c.d.sizes[name]
		if !ok {
			if value == cty.NilVal {
				return unknownExtent
			}
			x = extentOf(value)
			if root == "var" || c.d.phase > readLocals {
				c.d.sizes[name] = x
			}
		}
		return x
	case "site", "tunnel", "secret":
		n := float64(max(len(c.d.sites), len(c.d.file.Sites), len(c.d.file.Tunnels), len(c.d.secrets)))
		return extent{all: 4 * n, longest: n, part: n}
	}
	return unknownExtent
}

func second(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	return attr.Name, ok
}

func together(parts []extent) extent {
	x := extent{all: 1, longest: float64(len(parts))}
	for _, p := range parts {
		x.all += p.all
		x.longest = max(x.longest, p.longest)
		x.text = max(x.text, p.text)
		x.part = max(x.part, p.all, p.part)
	}
	return x
}

func either(a, b extent) extent {
	return extent{max(a.all, b.all), max(a.longest, b.longest), max(a.text, b.text), max(a.part, b.part)}
}

func boolean01(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
