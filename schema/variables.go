package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// A variable is a declaration with the value it was given.
type variable struct {
	name        string
	header      hcl.Range
	ty          Value[hcl.Expression]
	def         Value[hcl.Expression]
	isSensitive Value[bool]
	description Value[string]
	validations []*validation

	constraint cty.Type
	defaults   *typeexpr.Defaults
	sensitive  bool
	value      cty.Value // as var.name; NilVal until it is known
}

// A validation is a rule that a variable's value must follow.
type validation struct {
	header    hcl.Range
	condition Value[hcl.Expression]
	message   Value[hcl.Expression]
}

// expression is the kind of an attribute that is kept as it is, to be evaluated later or never.
func expression(name, want string) kind[hcl.Expression] {
	return kind[hcl.Expression]{
		name: name, want: want, example: want,
		refer: func(d *decoder, a *Attribute, e hcl.Expression) (hcl.Expression, presence, bool) {
			return e, present, true
		},
	}
}

func (d *decoder) declareVariables(blocks []*hclsyntax.Block) {
	for _, b := range blocks {
		view := viewOf(b)
		if !d.checkLabels(&variableType.Block, &view) {
			continue
		}
		d.scope = scope{ctx: nil, what: "a block variable"}
		v := &variable{name: view.labels[0], constraint: cty.DynamicPseudoType, value: cty.NilVal}
		if first, ok := d.variables[v.name]; ok {
			d.duplicate("variable", v.name, view.ranges[0], first.header)
			continue
		}
		d.variables[v.name] = v
		variableType.decodeInto(d, view, v)
		v.sensitive = v.isSensitive.V
		d.anySensitive = d.anySensitive || v.sensitive
		if v.ty.Set {
			ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(v.ty.V)
			for _, diag := range diags {
				d.add(codeVariableType, subjectOf(diag), "%s Types are string, number, bool, any, list(T), set(T), map(T), object({ name = T }) and tuple([T]).", sentence(diag.Detail))
			}
			if diags.HasErrors() {
				v.value = cty.DynamicVal
				continue
			}
			v.constraint, v.defaults = ty, defaults
		}
		if v.def.Set {
			if v.sensitive {
				d.src.secrecy.places = append(d.src.secrecy.places, v.def.Range)
			}
			v.value = d.suitable(v, d.constant(v.def.V, v.name, v.sensitive), v.def.Range, "")
			if v.sensitive && v.value.IsWhollyKnown() && !v.value.IsNull() {
				d.add(codeSensitiveDefault, v.def.Range, "The variable %s is sensitive, and its default stands here in clear: in version control, in saved plans and in the records of runs, which keep the specification as it is. Leave the default out and give the value with --var, a file or the environment; for keys, declare a block secret.", quote(v.name))
			}
		}
	}
}

// constant evaluates an expression that can refer to nothing. An error makes the value unknown.
func (d *decoder) constant(e hcl.Expression, name string, isSensitive bool) cty.Value {
	if syntax, ok := e.(hclsyntax.Expression); ok && !d.affordable(syntax) {
		return cty.DynamicVal
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		for _, diag := range diags {
			code := codeEvaluation
			if diag.Summary == "Variables not allowed" || diag.Summary == "Function calls not allowed" {
				code = codeNotConstant
			}
			if isSensitive {
				d.add(code, d.variables[name].header, "The value of %s cannot be evaluated. It must be written out; the reason is not shown, since the variable is sensitive.", quote(name))
				break
			}
			d.add(code, subjectOf(diag), "%s The value of a variable is written out: it cannot refer to anything.", foreignDetail(diag))
		}
		return cty.DynamicVal
	}
	return v
}

// suitable converts a value to a variable's type. from says where the value came from when that is not
// the specification; a sensitive one is never pointed at, so that no snippet shows it.
func (d *decoder) suitable(v *variable, val cty.Value, at hcl.Range, from string) cty.Value {
	if v.sensitive {
		at = v.header
	}
	if !val.IsKnown() {
		return cty.DynamicVal
	}
	if v.defaults != nil && !val.IsNull() {
		val = v.defaults.Apply(val)
	}
	converted, err := convert.Convert(val, v.constraint)
	if err != nil {
		why := sentence(err.Error())
		if v.sensitive {
			why = "it has another type."
		}
		d.add(codeVariableValue, at, "The value of %s%s does not fit its type, %s: %s", quote(v.name), from, typeexpr.TypeString(v.constraint), why)
		return cty.DynamicVal
	}
	if extentOf(converted).all > maxValue {
		d.add(codeLimit, at, "The value of %s%s is larger than %d MiB. Make it smaller.", quote(v.name), from, maxValue>>20)
		return cty.DynamicVal
	}
	if holdsUnfinished(converted) {
		d.unfinished(at, v.name)
		return cty.DynamicVal
	}
	return converted
}

func holdsUnfinished(v cty.Value) bool {
	found := false
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		found = found || v.Type() == cty.String && v.IsKnown() && !v.IsNull() && strings.Contains(v.AsString(), unfinishedMark)
		return !found, nil
	})
	return found
}

// assignVariables takes the values from outside, the weakest first, and makes var.
func (d *decoder) assignVariables() {
	for _, a := range d.src.Env {
		if v, ok := d.variables[a.Name]; ok { // others are some other specification's
			d.assignText(v, a.Value, " from the environment variable "+envPrefix+a.Name)
		}
	}
	for _, f := range d.src.VarFiles {
		d.assignFile(f)
	}
	for _, a := range d.src.Vars {
		v, ok := d.variables[a.Name]
		if !ok {
			d.add(codeUndeclared, hcl.Range{}, "--var gives a value to %s, which no block variable declares.%s", quote(a.Name), didYouMean(suggest(a.Name, maps.Keys(d.variables))))
			continue
		}
		d.assignText(v, a.Value, " from --var")
	}
	all := make(map[string]cty.Value, len(d.variables))
	for _, name := range slices.Sorted(maps.Keys(d.variables)) {
		v := d.variables[name]
		if v.value == cty.NilVal {
			d.add(codeNoValue, v.header, "The variable %s has no default and was given no value. Give it one with --var %s=..., with %s%s in the environment or in a file such as default.l2vars.", quote(name), name, envPrefix, name)
			v.value = cty.DynamicVal
		}
		if v.sensitive {
			d.src.secrecy.concealValue(v.value)
			v.value = v.value.Mark(sensitive)
		}
		all[name] = v.value
	}
	d.top.Variables["var"] = cty.ObjectVal(all)
}

// assignText takes a value that came as text: as it is where a string is wanted, else as an expression.
func (d *decoder) assignText(v *variable, text, from string) {
	if v.constraint == cty.String || v.constraint == cty.DynamicPseudoType && !strings.ContainsAny(text, "[{") {
		v.value = d.suitable(v, cty.StringVal(text), v.header, from)
		return
	}
	f := SourceFile{"value of " + v.name, []byte(text)}
	problem := func(why string) {
		if v.sensitive {
			why = "The reason is not shown, since the variable is sensitive."
		}
		d.add(codeVariableValue, v.header, "The value of %s%s cannot be read as an expression, which its type, %s, needs. %s", quote(v.name), from, typeexpr.TypeString(v.constraint), why)
		v.value = cty.DynamicVal
	}
	if _, why := tooDeep(f.Bytes); why != "" {
		problem(why)
		return
	}
	e, diags := hclsyntax.ParseExpression(f.Bytes, f.Name, hcl.InitialPos)
	if !diags.HasErrors() {
		var val cty.Value
		val, diags = e.Value(nil)
		if !diags.HasErrors() {
			v.value = d.suitable(v, val, v.header, from)
			return
		}
	}
	problem(foreignDetail(diags[0]))
}

// assignFile takes the values of a variable file.
func (d *decoder) assignFile(f VarFile) {
	d.bytes[f.Name] = f.Bytes
	attrs, ok := d.varFileAttributes(f.SourceFile)
	if !ok {
		for _, v := range d.variables { // whatever the file holds, a value that is missing now is not missing
			if v.value == cty.NilVal {
				v.value = cty.DynamicVal
			}
		}
	}
	for _, a := range attrs {
		v, ok := d.variables[a.Name]
		if !ok {
			meant := suggest(a.Name, maps.Keys(d.variables))
			diag := d.add(codeUndeclaredInFile, a.NameRange, "No block variable declares %s, so that this value is not used.%s", quote(a.Name), didYouMean(meant))
			d.fixStep(diag, step{name: a.Name, rng: a.NameRange}, meant)
			continue
		}
		at := a.Expr.Range()
		if v.sensitive {
			d.src.secrecy.places = append(d.src.secrecy.places, at)
		}
		v.value = d.suitable(v, d.constant(a.Expr, v.name, v.sensitive), at, fmt.Sprintf(" at %s:%d", at.Filename, at.Start.Line))
	}
}

// varFileAttributes parses a variable file; the attributes are in the order of the source.
func (d *decoder) varFileAttributes(f SourceFile) ([]*hclsyntax.Attribute, bool) {
	var body *hclsyntax.Body
	var ok bool
	before := len(d.diags)
	if isJSON(f.Name) {
		body, ok = d.parseJSONValues(f)
	} else {
		body, ok = d.parseNative(f)
	}
	if d.anySensitive {
		// A line that does not parse may well be the one with the value.
		for _, diag := range d.diags[before:] {
			hide(diag)
		}
	}
	if body == nil {
		return nil, false
	}
	for _, b := range body.Blocks {
		d.add(codeUnknownBlock, b.TypeRange, "A variable file has no blocks, only lines like name = value.")
	}
	attrs := slices.SortedFunc(maps.Values(body.Attributes), func(a, b *hclsyntax.Attribute) int {
		return a.NameRange.Start.Byte - b.NameRange.Start.Byte
	})
	return attrs, ok
}

// validateVariables checks the values against the rules of their declarations.
func (d *decoder) validateVariables() {
	for _, name := range slices.Sorted(maps.Keys(d.variables)) {
		v := d.variables[name]
		for _, rule := range v.validations {
			if rule.condition.Set && rule.message.Set {
				d.validate(v, rule)
			}
		}
	}
}

func (d *decoder) validate(v *variable, rule *validation) {
	d.scope = scope{ctx: d.top, what: "a validation"}
	result, _, ok := d.value(rule.condition.V)
	if !ok {
		return
	}
	if result.IsNull() || result.Type() != cty.Bool {
		d.add(codeWrongType, rule.condition.Range, "A condition must be true or false; this is %s.", typeName(result.Type()))
		return
	}
	if result.True() {
		return
	}
	text := "The message cannot be shown, since it holds a sensitive value."
	message, isSensitive, ok := d.value(rule.message.V)
	switch {
	case !ok:
		return
	case message.IsNull() || message.Type() != cty.String:
		d.add(codeWrongType, rule.message.Range, "A message must be a string; this is %s.", typeName(message.Type()))
		return
	case !isSensitive:
		text = sentence(message.AsString())
	}
	d.add(codeValidation, v.header, "The value of %s breaks a rule of its declaration: %s", quote(v.name), text)
}

// resolved lists the variables with the values that they were given; those of sensitive ones stay out.
func (d *decoder) resolved() []Variable {
	out := make([]Variable, 0, len(d.variables))
	for _, name := range slices.Sorted(maps.Keys(d.variables)) {
		v := Variable{Name: name, Sensitive: d.variables[name].sensitive}
		if value := d.variables[name].value; !v.Sensitive && value != cty.NilVal && value.IsWhollyKnown() {
			value, _ = value.UnmarkDeep()
			if b, err := ctyjson.Marshal(value, cty.DynamicPseudoType); err == nil { // what is no data has no value to compare
				v.JSON = string(b)
			}
		}
		out = append(out, v)
	}
	return out
}
