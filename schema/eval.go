package schema

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// sensitive marks values of sensitive variables, and whatever is computed from them.
const sensitive = markType("sensitive")

type markType string

// A scope is where an expression stands: at the top, or in an instance of a for_each.
type scope struct {
	ctx           *hcl.EvalContext
	each          bool
	eachSensitive bool   // each.value holds something sensitive
	eachSize      extent // of each.value
	what          string // for people: what the expression belongs to
}

// A root is a name that references begin with, and when it can be used.
type root struct {
	name  string
	needs phase
	why   string
}

// A phase is how far decoding is; each can refer to what the ones before have made.
type phase int

const (
	readVariables phase = iota
	readLocals
	readSites
	readTunnels
	readStretches
)

var roots = []root{
	{"var", readLocals, "A variable's own block cannot refer to others."},
	{"local", readLocals, "Locals are computed after the variables."},
	{"secret", readLocals, "A variable's own block cannot refer to secrets."},
	{"each", readLocals, ""},
	{"site", readTunnels, "Sites are known only after variables, locals and the sites' own blocks; tunnels and stretches can refer to them."},
	{"tunnel", readStretches, "Tunnels are known only after variables, locals and sites; stretches can refer to them."},
}

func rootNames(yield func(string) bool) {
	for _, r := range roots {
		if !yield(r.name) {
			return
		}
	}
}

// literal is the value of an expression that is written out; ok is false for every other.
func literal(e hcl.Expression) (v cty.Value, ok bool) {
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		switch len(e.Parts) {
		case 0:
			return cty.StringVal(""), true
		case 1:
			if part, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr); ok {
				return part.Val, part.Val.Type() == cty.String
			}
		}
	case *hclsyntax.LiteralValueExpr:
		return e.Val, true
	}
	return cty.NilVal, false
}

// value evaluates an expression in the current scope and takes the marks off the result, which is known
// (but may be null). ok is false after an error, which has been reported here or where it came from.
func (d *decoder) value(e hcl.Expression) (v cty.Value, isSensitive, ok bool) {
	if v, ok := literal(e); ok {
		return v, false, true
	}
	v, ok = d.eval(e)
	if !ok || !v.IsWhollyKnown() {
		return cty.NilVal, false, false
	}
	if v.ContainsMarked() {
		v, _ = v.UnmarkDeep()
		return v, true, true
	}
	return v, false, true
}

// eval evaluates an expression in the current scope. The result can hold marks and unknown values: what
// is in error elsewhere is unknown, so that it is reported once.
func (d *decoder) eval(e hcl.Expression) (cty.Value, bool) {
	syntax, bare := e.(hclsyntax.Expression) // not one that dynblock wraps
	traversals, known := d.checked[syntax]
	if known = known && bare; !known {
		traversals = e.Variables()
		if !d.resolvable(e, traversals) {
			return cty.DynamicVal, false
		}
		if bare && d.scope.each {
			d.checked[syntax] = traversals
		}
	}
	if known && !d.affordable(syntax) { // each instance may be of another size
		return cty.DynamicVal, false
	}
	v, diags := e.Value(d.scope.ctx)
	if diags.HasErrors() {
		d.foreign(diags, e.Range(), d.touchesSensitive(traversals) || d.hasIterators(e))
		return cty.DynamicVal, false
	}
	if n := extentOf(v); n.all > maxValue {
		d.add(codeLimit, e.Range(), "The value of this expression is larger than %d MiB. Make it smaller.", maxValue>>20)
		return cty.DynamicVal, false
	}
	return v, true
}

// resolvable checks all that an expression refers to and makes it available.
func (d *decoder) resolvable(e hcl.Expression, traversals []hcl.Traversal) bool {
	ok := true
	for _, t := range traversals {
		ok = d.checkTraversal(t) && ok
	}
	if syntax, is := hcl.UnwrapExpression(e).(hclsyntax.Expression); is {
		ok = d.checkCalls(syntax) && ok
		ok = ok && d.affordable(syntax)
	}
	return ok
}

// availableRoot reports a root that cannot be used yet.
func (d *decoder) availableRoot(s step) bool {
	i := slices.IndexFunc(roots, func(r root) bool { return r.name == s.name })
	if i < 0 {
		return false
	}
	switch r := roots[i]; {
	case d.phase < r.needs:
		d.add(codeNotAvailable, s.rng, "%s cannot be used in %s. %s", quote(s.name), d.scope.what, r.why)
		return false
	case s.name == "each" && !d.scope.each:
		d.add(codeNotAvailable, s.rng, "There is no \"each\" in %s. Add for_each to the block, or write the value out.", d.scope.what)
		return false
	}
	return true
}

// checkTraversal reports a reference to something that does not exist.
func (d *decoder) checkTraversal(t hcl.Traversal) bool {
	if t.IsRelative() || len(t) == 0 {
		return true
	}
	name := t.RootName()
	at := step{name: name, rng: t[0].SourceRange()}
	if !slices.ContainsFunc(roots, func(r root) bool { return r.name == name }) {
		d.unknownRoot(at, t.SourceRange())
		return false
	}
	if !d.availableRoot(at) {
		return false
	}
	d.provide(name)
	steps, _, plain := appendTraversal(nil, t)
	if !plain {
		return true // evaluation will say what is wrong with it
	}
	if len(steps) == 1 {
		return true
	}
	switch name {
	case "var":
		return d.checkMember(codeUnknownVariable, "variable", steps[1], maps.Keys(d.variables), d.variables[steps[1].name] != nil)
	case "local":
		return d.checkMember(codeUnknownLocal, "local value", steps[1], maps.Keys(d.locals), d.locals[steps[1].name] != nil)
	case "each":
		valid := []string{"key", "value"}
		return d.checkMember(codeUnknownReference, "each", steps[1], slices.Values(valid), slices.Contains(valid, steps[1].name))
	case "secret":
		_, _, p := follow(d, "secret", d.secrets, steps[1:])
		return p != broken || d.isBroken(steps)
	case "tunnel":
		_, _, p := follow(d, "tunnel", d.tunnels, steps[1:])
		return p != broken || d.isBroken(steps)
	case "site":
		_, p := d.gatewayAt(steps)
		return p != broken || d.isBroken(steps)
	}
	return true
}

// isBroken reports whether the object that a reference names is itself in error.
func (d *decoder) isBroken(steps []step) bool {
	switch name := steps[1].name; steps[0].name {
	case "site":
		return d.sites[name] != nil && d.sites[name].broken
	case "tunnel":
		return d.tunnels[name] != nil && d.tunnels[name].broken
	}
	return false
}

func (d *decoder) unknownRoot(at step, whole hcl.Range) {
	switch {
	case d.variables[at.name] != nil:
		fix(d.add(codeUnknownReference, at.rng, "%s means nothing by itself. Did you mean var.%s?", quote(at.name), at.name), at.rng, "var."+at.name)
		return
	case d.locals[at.name] != nil:
		fix(d.add(codeUnknownReference, at.rng, "%s means nothing by itself. Did you mean local.%s?", quote(at.name), at.name), at.rng, "local."+at.name)
		return
	}
	meant := suggest(at.name, rootNames)
	if at.name == "locals" {
		meant = "local"
	}
	switch {
	case meant != "":
		diag := d.add(codeUnknownReference, at.rng, "References begin with var, local, each, site, tunnel or secret, not with %s.%s", quote(at.name), didYouMean(meant))
		fix(diag, at.rng, meant)
	default:
		diag := d.add(codeUnknownReference, at.rng, "%s means nothing here: references begin with var, local, each, site, tunnel or secret. If it is meant as text, put it in quotes.", quote(at.name))
		if at.rng == whole {
			fix(diag, at.rng, quoteHCL(at.name))
		}
	}
}

func (d *decoder) checkMember(code Code, what string, s step, names func(func(string) bool), ok bool) bool {
	if ok {
		return true
	}
	meant := suggest(s.name, names)
	if what == "each" {
		d.fixStep(d.add(code, s.rng, "%s has no %s, only key and value.%s", quote(what), quote(s.name), didYouMean(meant)), s, meant)
		return false
	}
	diag := d.add(code, s.rng, "There is no %s called %s.%s", what, quote(s.name), didYouMean(meant))
	d.fixStep(diag, s, meant)
	return false
}

// provide puts a root into the scope of all expressions when it is first used.
func (d *decoder) provide(name string) {
	if _, ok := d.top.Variables[name]; ok {
		return
	}
	switch name {
	case "site":
		d.top.Variables[name] = groupsValue(d.sites, siteValue)
	case "tunnel":
		d.top.Variables[name] = groupsValue(d.tunnels, func(t *Tunnel) cty.Value { return cty.CapsuleVal(tunnelCapsule, t) })
	case "secret":
		d.top.Variables[name] = groupsValue(d.secrets, func(s *Secret) cty.Value { return cty.CapsuleVal(secretCapsule, s) })
	}
}

// touchesSensitive reports whether any of the references can reach a sensitive value.
func (d *decoder) touchesSensitive(traversals []hcl.Traversal) bool {
	for _, t := range traversals {
		if t.IsRelative() || len(t) == 0 {
			continue
		}
		switch t.RootName() {
		case "var", "local", "each":
		default:
			continue
		}
		if t.RootName() == "each" {
			if d.scope.eachSensitive {
				return true
			}
			continue
		}
		attr, ok := hcl.TraverseAttr{}, false
		if len(t) > 1 {
			attr, ok = t[1].(hcl.TraverseAttr)
		}
		if !ok {
			if d.anySensitive {
				return true
			}
			continue
		}
		if v := d.variables[attr.Name]; t.RootName() == "var" && v != nil && v.sensitive {
			return true
		}
		if l := d.locals[attr.Name]; t.RootName() == "local" && l != nil && l.sensitive {
			return true
		}
	}
	return false
}

// hasIterators reports whether an expression can see sensitive values by way of a dynamic block.
func (d *decoder) hasIterators(e hcl.Expression) bool {
	_, plain := e.(hclsyntax.Expression)
	return !plain && d.anySensitive
}
