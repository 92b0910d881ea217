package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// text reads a file for a function.
func (d *decoder) text(name string) (string, error) {
	b, err := d.src.readFile(name)
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err // the name is said already
	}
	switch {
	case err != nil:
		return "", &fileError{name, err}
	case !utf8.Valid(b):
		return "", &fileError{name, errors.New("it is not text in UTF-8")}
	}
	return string(b), nil
}

// templateFile evaluates a file as a template, with the members of an object as its variables.
func (d *decoder) templateFile() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name, vars := args[0].AsString(), args[1]
			if ty := vars.Type(); vars.IsNull() || !ty.IsObjectType() && !ty.IsMapType() {
				return cty.NilVal, errors.New("its second argument must be an object with the template's variables")
			}
			text, err := d.text(name)
			if err != nil {
				return cty.NilVal, err
			}
			return d.renderTemplate(name, text, vars.AsValueMap())
		},
	})
}

// renderTemplate evaluates a template in a scope of its own. Its diagnostics become one error, since their
// ranges are in a file that is not part of the specification.
func (d *decoder) renderTemplate(name, text string, vars map[string]cty.Value) (cty.Value, error) {
	if _, why := tooDeepTemplate([]byte(text)); why != "" {
		return cty.NilVal, &fileError{name, errors.New(why)}
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, templateError(name, diags)
	}
	c := coster{d: d}
	var names *bindings
	for v, value := range vars {
		names = &bindings{v, extentOf(value), names}
	}
	if x := c.of(e, names); c.steps > maxSteps || c.work > maxWork || x.text > maxValue {
		return cty.NilVal, errTooMuch
	}
	ctx := &hcl.EvalContext{Variables: vars, Functions: map[string]function.Function{}}
	var unknown string
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok {
			f, known := d.function(call.Name)
			if !known || call.Name == "templatefile" {
				unknown = call.Name
				return nil
			}
			ctx.Functions[call.Name] = f
		}
		return nil
	})
	if unknown != "" {
		return cty.NilVal, &fileError{name, fmt.Errorf("a template cannot call the function %s", quote(unknown))}
	}
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return cty.NilVal, templateError(name, diags)
	}
	if v.IsNull() || !v.Type().IsPrimitiveType() {
		return cty.NilVal, &fileError{name, errors.New("the template does not give a text")}
	}
	return asText(v)
}

func templateError(name string, diags hcl.Diagnostics) error {
	return &fileError{name, fmt.Errorf("line %d: %s", subjectOf(diags[0]).Start.Line, foreignDetail(diags[0]))}
}
