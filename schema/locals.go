package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A local is a named value of the specification's own.
type local struct {
	attr      *hclsyntax.Attribute
	uses      []string // other locals, sorted
	state     localState
	value     cty.Value
	sensitive bool // it, or something in it
}

type localState int

const (
	untouched localState = iota
	underway             // being evaluated: meeting it again is a cycle
	done
)

func (d *decoder) declareLocals(blocks []*hclsyntax.Block) {
	for _, b := range blocks {
		v := viewOf(b)
		d.checkLabels(&localsType.Block, &v)
		for _, child := range b.Body.Blocks {
			localsType.unknownBlock(d, child.Type, child.TypeRange)
		}
		attrs := slices.SortedFunc(maps.Values(b.Body.Attributes), func(a, b *hclsyntax.Attribute) int {
			return a.NameRange.Start.Byte - b.NameRange.Start.Byte
		})
		for _, a := range attrs {
			if first, ok := d.locals[a.Name]; ok {
				d.duplicate("local value", a.Name, a.NameRange, first.attr.NameRange)
				continue
			}
			l := &local{attr: a}
			for _, t := range a.Expr.Variables() {
				if t.RootName() != "local" {
					continue
				}
				if len(t) < 2 {
					l.uses = append(l.uses, "") // all of them
					continue
				}
				if attr, ok := t[1].(hcl.TraverseAttr); ok {
					l.uses = append(l.uses, attr.Name)
				}
			}
			slices.Sort(l.uses)
			l.uses = slices.Compact(l.uses)
			d.locals[a.Name] = l
		}
	}
}

// evaluateLocals evaluates each local after those it uses.
func (d *decoder) evaluateLocals() {
	values := make(map[string]cty.Value, len(d.locals))
	d.top.Variables["local"] = cty.EmptyObjectVal
	var chain []string
	var visit func(name string)
	visit = func(name string) {
		l, ok := d.locals[name]
		if !ok || l.state == done {
			return
		}
		if l.state == underway {
			d.cycle(chain[slices.Index(chain, name):])
			return
		}
		l.state = underway
		chain = append(chain, name)
		uses := l.uses
		if slices.Contains(uses, "") {
			uses = slices.Sorted(maps.Keys(d.locals))
		}
		for _, use := range uses {
			visit(use)
		}
		chain = chain[:len(chain)-1]
		if l.state == underway {
			d.evaluateLocal(l, values, uses)
		}
		l.state = done
		values[name] = l.value
	}
	if d.localsTooDeep() {
		for name, l := range d.locals {
			l.value, l.state = cty.DynamicVal, done
			values[name] = l.value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.locals)) {
		visit(name)
	}
	d.top.Variables["local"] = cty.ObjectVal(values)
}

// evaluateLocal evaluates a local whose uses are all known.
func (d *decoder) evaluateLocal(l *local, values map[string]cty.Value, uses []string) {
	seen := make(map[string]cty.Value, len(uses))
	for _, use := range uses {
		if v, ok := values[use]; ok {
			seen[use] = v
		}
	}
	d.top.Variables["local"] = cty.ObjectVal(seen)
	d.scope = scope{ctx: d.top, what: "locals"}
	v, ok := literal(l.attr.Expr)
	if !ok {
		v, _ = d.eval(l.attr.Expr)
	}
	if v.IsWhollyKnown() && !v.ContainsMarked() && holdsUnfinished(v) {
		d.unfinished(l.attr.Expr.Range(), l.attr.Name)
		v = cty.DynamicVal
	}
	l.value = v
	l.sensitive = v.ContainsMarked()
}

// cycle reports locals that need each other. All of them become unknown.
func (d *decoder) cycle(chain []string) {
	names := make([]string, 0, len(chain)+1)
	for _, name := range append(slices.Clone(chain), chain[0]) {
		names = append(names, "local."+name)
	}
	l := d.locals[chain[0]]
	d.add(codeCycle, l.attr.NameRange, "The value needs itself: %s. Write one of them without the others.", strings.Join(names, " -> "))
	for _, name := range chain {
		d.locals[name].state, d.locals[name].value = done, cty.DynamicVal
	}
}

// maxLocals is how many locals there can be: each may need the one before.
const maxLocals = 10_000

func (d *decoder) localsTooDeep() bool {
	if len(d.locals) <= maxLocals {
		return false
	}
	name := slices.Min(slices.Collect(maps.Keys(d.locals)))
	d.add(codeLimit, d.locals[name].attr.NameRange, "There are more than %d local values. Make it fewer.", maxLocals)
	return true
}
