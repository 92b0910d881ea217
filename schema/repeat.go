package schema

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// repeat decodes all blocks of a type that has a label and may have a for_each. All instances become known
// before the first is decoded, since that costs nothing and keeps the order out of it.
func repeat[T any](d *decoder, t *blockType[T], blocks []*hclsyntax.Block, groups map[string]*group[T], instance func(*T) *Instance, out *[]*T) {
	*out = make([]*T, 0, len(blocks))
	for _, b := range blocks {
		v := viewOf(b)
		errors := d.errors
		d.scope = scope{ctx: d.top, what: "a block " + t.Name + " without for_each"}
		if !d.checkLabels(&t.Block, &v) {
			v.labels = []string{""}
			v.ranges = []hcl.Range{v.header}
		}
		label := v.labels[0]
		if g, ok := groups[label]; ok && label != "" {
			d.duplicate(t.Name, label, v.ranges[0], g.header)
		}
		g := &group[T]{header: v.header}
		forEach, repeated := b.Body.Attributes[forEachAttribute.Name]
		if !repeated {
			g.one = new(T)
			*instance(g.one) = Instance{Label: label, Range: v.header}
			t.decodeInto(d, v, g.one)
			instance(g.one).Broken = d.errors > errors
			*out = append(*out, g.one)
		} else {
			g.keyed = true
			g.byKey = map[string]*T{}
			all, ok := d.forEach(forEach.Expr)
			g.broken = !ok
			for _, key := range slices.Sorted(maps.Keys(all)) {
				d.scope = d.instanceScope(key, all[key])
				in := new(T)
				*instance(in) = Instance{Label: label, Key: key, Range: v.header}
				t.decodeInto(d, v, in)
				instance(in).Broken = d.errors > errors
				g.byKey[key] = in
				*out = append(*out, in)
			}
		}
		if _, ok := groups[label]; !ok && label != "" {
			groups[label] = g
		}
	}
}

// forEach evaluates the elements that a block is repeated for.
func (d *decoder) forEach(e hcl.Expression) (map[string]cty.Value, bool) {
	d.scope.what = "for_each"
	v, ok := d.eval(e)
	if !ok || !v.IsKnown() {
		return nil, false
	}
	if v.IsMarked() {
		d.add(codeForEach, e.Range(), "The value is sensitive, or comes from a sensitive variable, and its keys would show in the names of instances. Use a value that is not sensitive.")
		return nil, false
	}
	ty := v.Type()
	switch {
	case v.IsNull():
		d.add(codeForEach, e.Range(), "The value is null. for_each must be %s.", forEachAttribute.want)
		return nil, false
	case ty.IsMapType() || ty.IsObjectType() || ty.IsSetType() && ty.ElementType() == cty.String || ty.IsSetType() && v.LengthInt() == 0:
	case ty.IsTupleType() || ty.IsListType():
		diag := d.add(codeForEach, e.Range(), "The value is a list, whose elements have no keys that would stay the same when one is added. for_each must be %s.", forEachAttribute.want)
		if source := d.sourceOf(e.Range()); source != "" {
			fix(diag, e.Range(), "toset("+source+")")
		}
		return nil, false
	default:
		d.add(codeForEach, e.Range(), "The value is %s. for_each must be %s.", typeName(ty), forEachAttribute.want)
		return nil, false
	}
	all := map[string]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if ty.IsSetType() {
			key = value
		}
		if key.IsMarked() || !key.IsKnown() || key.IsNull() {
			d.add(codeForEach, e.Range(), "A key is null or not known. for_each must be %s.", forEachAttribute.want)
			return nil, false
		}
		name := key.AsString()
		if !isKey(name) {
			d.add(codeKey, e.Range(), "The key %s cannot be part of a name: a key has 1 to 30 letters, digits, _ or -.", quote(name))
			ok = false
			continue
		}
		all[name] = value
	}
	return all, ok
}

// instanceScope is what the expressions of one instance see.
func (d *decoder) instanceScope(key string, value cty.Value) scope {
	ctx := d.top.NewChild()
	ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(key), "value": value})}
	return scope{ctx: ctx, each: true, eachSensitive: d.anySensitive && value.ContainsMarked(), eachSize: extentOf(value), what: "an instance of a for_each"}
}

// checkLabels checks number and form of a block's labels.
func (d *decoder) checkLabels(t *Block, b *blockView) bool {
	if len(b.labels) != len(t.Labels) {
		switch {
		case len(t.Labels) == 0:
			d.add(codeLabelCount, b.ranges[0], "The block %s has no label: write %s { ... }.", quote(t.Name), t.Name)
		case len(b.labels) == 0:
			d.add(codeLabelCount, b.header, "The block %s needs a label, which is its name: write %s \"name\" { ... }.", quote(t.Name), t.Name)
		default:
			d.add(codeLabelCount, b.ranges[len(t.Labels)], "The block %s has one label only: write %s \"name\" { ... }.", quote(t.Name), t.Name)
		}
		return false
	}
	for i, label := range b.labels {
		if !isLabel(label) {
			d.add(codeInvalidLabel, b.ranges[i], "%s cannot be a name: a label begins with a lower-case letter and has at most 31 lower-case letters, digits, _ or -.", quote(label))
			return false
		}
	}
	return true
}

// isLabel is [a-z][a-z0-9_-]{0,30}.
func isLabel(s string) bool {
	return len(s) >= 1 && len(s) <= 31 && isLower(s[0]) && all(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '_' || c == '-' })
}

// isKey is [A-Za-z0-9_-]{1,30}.
func isKey(s string) bool {
	return len(s) >= 1 && len(s) <= 30 && all(s, func(c byte) bool {
		return isLower(c) || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '-'
	})
}

// isSpecName is [a-z][a-z0-9-]{0,15}.
func isSpecName(s string) bool {
	return len(s) >= 1 && len(s) <= 16 && isLower(s[0]) && all(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '-' })
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func all(s string, ok func(c byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
