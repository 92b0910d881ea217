package schema

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// What references evaluate to. They are opaque to expressions: nothing can look into them or make a
// string of them, so that a secret in a template is a type error.
var (
	gatewayCapsule = cty.Capsule("gateway", reflect.TypeFor[Gateway]())
	tunnelCapsule  = cty.Capsule("tunnel", reflect.TypeFor[Tunnel]())
	secretCapsule  = cty.Capsule("secret", reflect.TypeFor[Secret]())
)

// A group is what one label stands for: an object, or the instances of a for_each.
type group[V any] struct {
	header hcl.Range
	keyed  bool
	broken bool // its instances are not known, for a reason that has been reported
	one    *V
	byKey  map[string]*V
}

// A step is one part of a reference, as in site, onprem, gateway, gw1 or ["ber"].
type step struct {
	name  string
	index bool
	rng   hcl.Range // without the dot
}

// path takes a reference apart that is written out, apart from keys, which are evaluated. plain is false
// for every other expression and for one whose root is none of ours.
func (d *decoder) path(e hcl.Expression) (steps []step, p presence, plain bool) {
	wrapped := false
	if _, ok := e.(hclsyntax.Expression); !ok { // what dynblock wraps has variables that only it knows
		e, wrapped = hcl.UnwrapExpression(e), true
	}
	steps, p, plain = d.appendPath(d.steps[:0], e, wrapped)
	if !plain {
		return nil, p, false
	}
	switch steps[0].name {
	case "site", "tunnel", "secret":
		return steps, p, true
	}
	return nil, p, false
}

func (d *decoder) appendPath(steps []step, e hcl.Expression, wrapped bool) ([]step, presence, bool) {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return appendTraversal(steps, e.Traversal)
	case *hclsyntax.TemplateWrapExpr:
		return d.appendPath(steps, e.Wrapped, wrapped)
	case *hclsyntax.ParenthesesExpr:
		return d.appendPath(steps, e.Expression, wrapped)
	case *hclsyntax.RelativeTraversalExpr:
		steps, p, plain := d.appendPath(steps, e.Source, wrapped)
		if !plain || p != present {
			return steps, p, plain
		}
		return appendTraversal(steps, e.Traversal)
	case *hclsyntax.IndexExpr:
		steps, p, plain := d.appendPath(steps, e.Collection, wrapped)
		if !plain || p != present || wrapped {
			return steps, p, plain && !wrapped
		}
		switch steps[0].name {
		case "site", "tunnel", "secret":
		default:
			return steps, p, false
		}
		key, sensitive, ok := d.value(e.Key)
		if !ok {
			return steps, broken, true
		}
		if key.IsNull() || key.Type() != cty.String || sensitive {
			d.add(codeInstanceKey, e.Key.Range(), "The key of an instance must be a string that is not sensitive, as in [\"ber\"] or [each.key].")
			return steps, broken, true
		}
		return append(steps, step{key.AsString(), true, e.Key.Range()}), present, true
	}
	return steps, absent, false
}

func appendTraversal(steps []step, t hcl.Traversal) ([]step, presence, bool) {
	for _, part := range t {
		switch part := part.(type) {
		case hcl.TraverseRoot:
			steps = append(steps, step{part.Name, false, part.SrcRange})
		case hcl.TraverseAttr:
			steps = append(steps, step{part.Name, false, withoutDot(part)})
		case hcl.TraverseIndex:
			if part.Key.Type() != cty.String {
				return steps, absent, false
			}
			steps = append(steps, step{part.Key.AsString(), true, part.SrcRange})
		default:
			return steps, absent, false
		}
	}
	return steps, present, true
}

func withoutDot(t hcl.TraverseAttr) hcl.Range {
	r := t.SrcRange
	if r.End.Byte-r.Start.Byte == len(t.Name)+1 {
		r.Start.Byte++
		r.Start.Column++
	}
	return r
}

// follow finds the instance that label and key name. more is what is left of the path; a path that ends
// before it names an instance gives absent.
func follow[V any](d *decoder, what string, groups map[string]*group[V], steps []step) (v *V, more []step, p presence) {
	if len(steps) == 0 {
		return nil, nil, absent
	}
	label := steps[0]
	g, ok := groups[label.name]
	if !ok {
		meant := suggest(label.name, maps.Keys(groups))
		diag := d.add(codeUnknownReference, label.rng, "There is no %s %s.%s%s", what, quote(label.name), didYouMean(meant), known(what, meant, groups))
		d.fixStep(diag, label, meant)
		return nil, nil, broken
	}
	if g.broken {
		return nil, nil, broken
	}
	steps = steps[1:]
	if !g.keyed {
		if len(steps) > 0 && steps[0].index {
			d.add(codeInstanceKey, steps[0].rng, "The %s %s has no for_each, so that there is only one of it. Leave the key out.", what, quote(label.name))
			return nil, nil, broken
		}
		return g.one, steps, present
	}
	if len(steps) == 0 {
		return nil, nil, absent
	}
	key := steps[0]
	if v, ok := g.byKey[key.name]; ok {
		return v, steps[1:], present
	}
	if !key.index {
		d.add(codeInstanceKey, label.rng, "The %s %s has a for_each, so that there are several of it. Say which one, as in %s.%s[%s].",
			what, quote(label.name), what, label.name, quote(first(slices.Sorted(maps.Keys(g.byKey)), "key")))
		return nil, nil, broken
	}
	meant := suggest(key.name, maps.Keys(g.byKey))
	diag := d.add(codeUnknownReference, key.rng, "The for_each of %s %s has no key %s.%s", what, quote(label.name), quote(key.name), didYouMean(meant))
	d.fixStep(diag, key, meant)
	return nil, nil, broken
}

// known says what there is, for whoever meant something that no slip explains.
func known[V any](what, meant string, groups map[string]*group[V]) string {
	switch labels := slices.Sorted(maps.Keys(groups)); {
	case len(labels) == 0:
		return " There are none at all; declare one with a block " + what + "."
	case meant == "" && len(labels) <= 8:
		return " There is " + strings.ReplaceAll(orList(labels), " or ", " and ") + "."
	}
	return ""
}

func first(names []string, otherwise string) string {
	if len(names) > 0 {
		return names[0]
	}
	return otherwise
}

// fixStep offers a name in place of a step that is written out.
func (d *decoder) fixStep(diag *hcl.Diagnostic, s step, meant string) {
	if meant == "" {
		return
	}
	switch d.sourceOf(s.rng) {
	case s.name:
		fix(diag, s.rng, meant)
	case `["` + s.name + `"]`:
		fix(diag, s.rng, `["`+meant+`"]`)
	case `"` + s.name + `"`:
		fix(diag, s.rng, `"`+meant+`"`)
	}
}

// gatewayAt follows site.LABEL[KEY].gateway.LABEL.
func (d *decoder) gatewayAt(steps []step) (*Gateway, presence) {
	s, more, p := follow(d, "site", d.sites, steps[1:])
	if p != present {
		return nil, p
	}
	if len(more) == 0 {
		return nil, absent
	}
	if more[0].name != "gateway" || more[0].index {
		diag := d.add(codeUnknownReference, more[0].rng, "A site has nothing called %s that could be referred to; its gateways are, as in site.%s.gateway.%s.",
			quote(more[0].name), s.Label, firstGateway(s))
		if suggest(more[0].name, slices.Values([]string{"gateway"})) != "" {
			d.fixStep(diag, more[0], "gateway")
		}
		return nil, broken
	}
	if len(more) == 1 {
		return nil, absent
	}
	label := more[1]
	for _, g := range s.Gateways {
		if g.Label == label.name {
			return g, d.nothingMore(more[2:], "gateway")
		}
	}
	labels := make([]string, len(s.Gateways))
	for i, g := range s.Gateways {
		labels[i] = g.Label
	}
	meant := suggest(label.name, slices.Values(labels))
	diag := d.add(codeUnknownReference, label.rng, "The site %s has no gateway %s.%s", quote(s.Name()), quote(label.name), didYouMean(meant))
	d.fixStep(diag, label, meant)
	return nil, broken
}

func firstGateway(s *Site) string {
	if len(s.Gateways) > 0 {
		return s.Gateways[0].Label
	}
	return "gw1"
}

// nothingMore refuses to look into what a reference names.
func (d *decoder) nothingMore(more []step, what string) presence {
	if len(more) == 0 {
		return present
	}
	d.add(codeUnknownReference, more[0].rng, "A reference ends at the %s: it has no attribute %s that could be read.", what, quote(more[0].name))
	return broken
}

// reference makes the kind of attribute that takes a reference: root is what it begins with.
func reference[V any](root, want string, capsule *cty.Type, resolve func(d *decoder, steps []step) (*V, presence), text func(*V) string) kind[*V] {
	return kind[*V]{
		name: "reference to a " + capsule.FriendlyName(), want: "a reference to a " + capsule.FriendlyName() + ", as in " + want, example: want, text: text,
		refer: func(d *decoder, a *Attribute, e hcl.Expression) (*V, presence, bool) {
			steps, p, plain := d.path(e)
			if !plain && capsule == &secretCapsule {
				d.src.secrecy.concealLiterals(e)
			}
			if !plain || p == broken {
				return nil, p, plain
			}
			if steps[0].name != root {
				d.add(codeWrongType, e.Range(), "%s must be a %s, as in %s; this is a %s.", quote(a.Name), capsule.FriendlyName(), want, steps[0].name)
				return nil, broken, true
			}
			if !d.availableRoot(steps[0]) {
				return nil, broken, true
			}
			v, p := resolve(d, steps)
			if p == absent {
				d.add(codeWrongType, e.Range(), "The reference is not complete: %s must be a %s, as in %s.", quote(a.Name), capsule.FriendlyName(), want)
				p = broken
			}
			return v, p, true
		},
		from: func(d *decoder, p place, v cty.Value) (*V, bool) {
			if v.Type() != *capsule {
				if capsule == &secretCapsule && v.Type().IsPrimitiveType() {
					hide(d.add(codeLiteralSecret, p.expr.Range(), "%s must be a reference such as %s: the value of a secret never stands in a specification. "+
						"Declare secret \"psk\" { env = \"L2STRETCH_PSK\" } (or file, or command) and refer to it.", quote(p.attr.Name), want))
					return nil, false
				}
				d.wrongType(p, v)
				return nil, false
			}
			return v.EncapsulatedValue().(*V), true
		},
	}
}

var (
	gatewayRef = reference("site", "site.onprem.gateway.gw1", &gatewayCapsule, (*decoder).gatewayAt,
		func(g *Gateway) string { return instanceText("site", g.Site.Instance) + ".gateway." + g.Label })

	tunnelRef = reference("tunnel", "tunnel.dr", &tunnelCapsule,
		func(d *decoder, steps []step) (*Tunnel, presence) {
			t, more, p := follow(d, "tunnel", d.tunnels, steps[1:])
			if p == present {
				p = d.nothingMore(more, "tunnel")
			}
			return t, p
		},
		func(t *Tunnel) string { return instanceText("tunnel", t.Instance) })

	secretRef = reference("secret", "secret.psk", &secretCapsule,
		func(d *decoder, steps []step) (*Secret, presence) {
			s, more, p := follow(d, "secret", d.secrets, steps[1:])
			if p == present {
				p = d.nothingMore(more, "secret")
			}
			return s, p
		},
		func(s *Secret) string { return "secret." + s.Label })
)

// instanceText is a reference as it is written.
func instanceText(root string, i Instance) string {
	if i.Key == "" {
		return root + "." + i.Label
	}
	return root + "." + i.Label + "[" + quoteHCL(i.Key) + "]"
}

// groupsValue makes the object that a root stands for in expressions which are not plain references.
func groupsValue[V any](groups map[string]*group[V], object func(*V) cty.Value) cty.Value {
	all := make(map[string]cty.Value, len(groups))
	for label, g := range groups {
		switch {
		case g.broken:
			all[label] = cty.DynamicVal
		case g.keyed:
			members := make(map[string]cty.Value, len(g.byKey))
			for key, v := range g.byKey {
				members[key] = object(v)
			}
			all[label] = cty.ObjectVal(members)
		default:
			all[label] = object(g.one)
		}
	}
	return cty.ObjectVal(all)
}

func siteValue(s *Site) cty.Value {
	gateways := make(map[string]cty.Value, len(s.Gateways))
	for _, g := range s.Gateways {
		gateways[g.Label] = cty.CapsuleVal(gatewayCapsule, g)
	}
	return cty.ObjectVal(map[string]cty.Value{"gateway": cty.ObjectVal(gateways)})
}
