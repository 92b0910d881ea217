package schema

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// foreign takes over diagnostics of HCL's evaluation. Their details can hold values.
func (d *decoder) foreign(diags hcl.Diagnostics, whole hcl.Range, isSensitive bool) {
	for _, diag := range diags {
		if diag.Severity != hcl.DiagError {
			continue
		}
		at := whole
		if diag.Subject != nil {
			at = *diag.Subject
		}
		if d.opaque(diag, at) || d.missingInstance(diag) {
			continue
		}
		code := codeEvaluation
		switch diag.Summary {
		case "Unsupported block type":
			code = codeUnknownBlock
		case "Invalid dynamic iterator name", "Missing dynamic content block", "Extraneous dynamic content block",
			"Insufficient dynamic block labels", "Extraneous dynamic block label", "Invalid dynamic block label", "Invalid dynamic for_each value":
			code = codeDynamic
		case "Variables not allowed", "Function calls not allowed":
			code = codeNotConstant
		}
		if fe, ok := functionError(diag); ok {
			code = fe
		}
		if isSensitive {
			d.add(code, at, "%s. The reason is not shown, since it can hold the value of a sensitive variable.", strings.TrimSuffix(diag.Summary, "."))
			continue
		}
		d.add(code, at, "%s", foreignDetail(diag))
	}
}

// opaque reports an expression that tried to look into a reference or to make text of it.
func (d *decoder) opaque(diag *hcl.Diagnostic, at hcl.Range) bool {
	e := diag.Expression
	if e == nil || diag.EvalContext == nil {
		return false
	}
	if call, ok := e.(*hclsyntax.FunctionCallExpr); ok {
		for _, arg := range call.Args {
			if d.opaqueAt(arg, diag.EvalContext, arg.Range()) {
				return true
			}
		}
		return false
	}
	if binary, ok := e.(*hclsyntax.BinaryOpExpr); ok {
		return d.opaqueAt(binary.LHS, diag.EvalContext, binary.LHS.Range()) || d.opaqueAt(binary.RHS, diag.EvalContext, binary.RHS.Range())
	}
	return d.opaqueAt(e, diag.EvalContext, at)
}

func (d *decoder) opaqueAt(e hcl.Expression, ctx *hcl.EvalContext, at hcl.Range) bool {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return false
	}
	switch ty := v.Type(); {
	case ty == secretCapsule:
		d.add(codeSecretInExpression, at, "A secret is a reference, whose value is read only when it is used on a device. It cannot become part of a text or of anything else; "+
			"it can only be given as a whole, as in psk = secret.psk.")
	case ty == gatewayCapsule || ty == tunnelCapsule:
		d.add(codeEvaluation, at, "A reference to a %s cannot become part of a text or of a computation. Give it as a whole, as in %s.", ty.FriendlyName(), map[bool]string{
			true: "gateway = site.onprem.gateway.gw1", false: "tunnels = [tunnel.dr]"}[ty == gatewayCapsule])
	default:
		return false
	}
	return true
}

// missingInstance reports a reference whose key was computed within a dynamic block.
func (d *decoder) missingInstance(diag *hcl.Diagnostic) bool {
	index, ok := diag.Expression.(*hclsyntax.IndexExpr)
	if !ok || diag.EvalContext == nil {
		return false
	}
	collection, ok := index.Collection.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return false
	}
	steps, _, plain := appendTraversal(nil, collection.Traversal)
	key, diags := index.Key.Value(diag.EvalContext)
	if !plain || diags.HasErrors() || key.IsMarked() || !key.IsKnown() || key.IsNull() || key.Type() != cty.String {
		return false
	}
	steps = append(steps, step{key.AsString(), true, index.Key.Range()})
	var p presence
	switch steps[0].name {
	case "site":
		_, _, p = follow(d, "site", d.sites, steps[1:])
	case "tunnel":
		_, _, p = follow(d, "tunnel", d.tunnels, steps[1:])
	}
	return p == broken
}
