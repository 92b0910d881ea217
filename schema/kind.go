package schema

import (
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A kind is a type of attribute: how a value of the language becomes one of Go, and how it is written.
type kind[V any] struct {
	name    string   // for people, as in "CIDR prefix"
	want    string   // what is expected, with an example
	example string   // as it would be written
	values  []string // the allowed ones
	text    func(V) string

	// from converts a value that is known and not null; it reports what does not fit.
	from func(d *decoder, p place, v cty.Value) (V, bool)

	// refer resolves an expression that is a plain reference, without evaluating it; nil where the kind
	// is not a reference.
	refer func(d *decoder, a *Attribute, e hcl.Expression) (v V, p presence, plain bool)
}

// A place is where a value stands, for the diagnostics about it.
type place struct {
	attr      *Attribute
	expr      hcl.Expression
	sensitive bool // the value must not be shown
}

// value evaluates an expression and converts the result.
func (k *kind[V]) value(d *decoder, a *Attribute, e hcl.Expression) (v V, sensitive bool, p presence) {
	if k.refer != nil {
		if v, p, plain := k.refer(d, a, e); plain {
			return v, false, p
		}
	}
	val, sensitive, ok := d.value(e)
	if !ok {
		return v, sensitive, broken
	}
	if val.IsNull() {
		return v, sensitive, absent
	}
	v, ok = k.from(d, place{a, e, sensitive}, val)
	if !ok {
		return v, sensitive, broken
	}
	return v, sensitive, present
}

// list evaluates an expression whose value is a list. A list that is written out is taken element by
// element, so that each keeps its range.
func (k *kind[V]) list(d *decoder, a, element *Attribute, e hcl.Expression) ([]Value[V], presence) {
	if t, ok := e.(*hclsyntax.TupleConsExpr); ok {
		vs := make([]Value[V], 0, len(t.Exprs))
		p := present
		for _, e := range t.Exprs {
			v, sensitive, q := k.value(d, element, e)
			switch q {
			case present:
				vs = append(vs, Value[V]{V: v, Range: e.Range(), Set: true, Sensitive: sensitive})
			case absent:
				d.add(codeInvalidValue, e.Range(), "An entry of %s is null. Each must be %s.", quote(a.Name), element.want)
				p = broken
			case broken:
				p = broken
			}
		}
		return vs, p
	}
	val, sensitive, ok := d.value(e)
	if !ok {
		return nil, broken
	}
	if val.IsNull() {
		return nil, absent
	}
	if ty := val.Type(); !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		diag := d.wrongType(place{a, e, sensitive}, val)
		if source := d.sourceOf(e.Range()); source != "" {
			fix(diag, e.Range(), "["+source+"]")
		}
		return nil, broken
	}
	vs := make([]Value[V], 0, val.LengthInt())
	p := present
	for it := val.ElementIterator(); it.Next(); {
		_, ev := it.Element()
		if ev.IsNull() {
			d.add(codeInvalidValue, e.Range(), "An entry of %s is null. Each must be %s.", quote(a.Name), element.want)
			p = broken
			continue
		}
		v, ok := k.from(d, place{element, e, sensitive}, ev)
		if !ok {
			p = broken
			continue
		}
		vs = append(vs, Value[V]{V: v, Range: e.Range(), Set: true, Sensitive: sensitive})
	}
	return vs, p
}

// unfinishedMark is what a starter specification has where its author must put something.
const unfinishedMark = "CHANGE-ME"

// textual makes a kind whose values are strings with a form: parse returns what is wrong, as a clause.
func textual[V any](name, want, example string, text func(V) string, parse func(s string) (V, string)) kind[V] {
	return kind[V]{
		name: name, want: want, example: example,
		text: func(v V) string { return quoteHCL(text(v)) },
		from: func(d *decoder, p place, v cty.Value) (V, bool) {
			var zero V
			if v.Type() != cty.String {
				diag := d.wrongType(p, v)
				if v.Type() == cty.Number || v.Type() == cty.Bool {
					if source := d.sourceOf(p.expr.Range()); isBare(source) {
						if _, problem := parse(source); problem == "" {
							fix(diag, p.expr.Range(), quoteHCL(source))
						}
					}
				}
				return zero, false
			}
			s := v.AsString()
			if strings.Contains(s, unfinishedMark) {
				d.unfinished(p.expr.Range(), p.attr.Name)
				return zero, false
			}
			parsed, problem := parse(s)
			if problem != "" {
				d.add(codeInvalidValue, p.expr.Range(), "The value of %s%s %s. It must be %s.", quote(p.attr.Name), p.shown(s), problem, p.attr.want)
				return zero, false
			}
			return parsed, true
		},
	}
}

// shown is the value for a diagnostic, with a blank and a comma around it; empty when it is sensitive.
func (p place) shown(s string) string {
	if p.sensitive {
		return ""
	}
	return ", " + quote(s) + ","
}

func (d *decoder) unfinished(at hcl.Range, name string) {
	d.add(codeUnfinished, at, "The value of %s still holds %s, which stands for something that only you know. Replace it.", quote(name), unfinishedMark)
}

func (d *decoder) wrongType(p place, v cty.Value) *hcl.Diagnostic {
	return d.add(codeWrongType, p.expr.Range(), "%s must be %s; this is %s.", quote(p.attr.Name), p.attr.want, typeName(v.Type()))
}

func identity(s string) string { return s }

// plain is any string that is not empty.
var plain = textual("string", `a string in quotes`, `"..."`, identity, func(s string) (string, string) {
	if s == "" {
		return "", "is empty"
	}
	return s, ""
})

// like is plain with an example of its own.
func like(example string) kind[string] {
	k := plain
	k.example = quoteHCL(example)
	k.want = "a string in quotes, as in " + k.example
	return k
}

// oneOf is a string out of a few.
func oneOf(values ...string) kind[string] {
	k := textual("string", "one of "+orList(values), quoteHCL(values[0]), identity, func(s string) (string, string) { return s, "" })
	k.values = values
	parse := k.from
	k.from = func(d *decoder, p place, v cty.Value) (string, bool) {
		s, ok := parse(d, p, v)
		if !ok || slices.Contains(values, s) {
			return s, ok
		}
		meant := suggest(s, slices.Values(values))
		diag := d.add(codeUnsupportedValue, p.expr.Range(), "%s must be %s%s.%s", quote(p.attr.Name), p.attr.want, notThis(p, s), didYouMean(meant))
		if meant != "" && d.sourceOf(p.expr.Range()) == quoteHCL(s) {
			fix(diag, p.expr.Range(), quoteHCL(meant))
		}
		return "", false
	}
	return k
}

func notThis(p place, s string) string {
	if p.sensitive {
		return ""
	}
	return ", not " + quote(s)
}

// address is an IP address without a zone.
var address = textual("IP address", `an IP address in quotes, as in "10.20.0.1"`, `"10.20.0.1"`, netip.Addr.String,
	func(s string) (netip.Addr, string) {
		a, err := netip.ParseAddr(s)
		switch {
		case err != nil && strings.Contains(s, "/"):
			return a, "has the length of a prefix"
		case err != nil:
			return a, "is not an IP address"
		case a.Zone() != "" || a.Is4In6():
			return netip.Addr{}, "is not a plain IPv4 or IPv6 address"
		}
		return a, ""
	})

// prefixOf is an address with a length; want says what it stands for.
func prefixOf(name, want, example string) kind[netip.Prefix] {
	return textual(name, want, example, netip.Prefix.String, func(s string) (netip.Prefix, string) {
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil && !strings.Contains(s, "/"):
			return p, "has no length"
		case err != nil:
			return p, "is not an address with the length of a prefix"
		case p.Addr().Is4In6():
			return netip.Prefix{}, "is not a plain IPv4 or IPv6 prefix"
		}
		return p, ""
	})
}

var (
	prefix           = prefixOf("CIDR prefix", `a prefix in quotes, as in "10.20.0.0/16"`, `"10.20.0.0/16"`)
	interfaceAddress = prefixOf("address with length", `an address with the length of its network in quotes, as in "203.0.113.10/24"`, `"203.0.113.10/24"`)
)

// duration is a time that is longer than none.
var duration = textual("duration", `a duration in quotes, as in "10s", "5m" or "8h"`, `"10s"`, durationText,
	func(s string) (time.Duration, string) {
		t, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return 0, "is not a duration"
		case t <= 0:
			return 0, "is not longer than no time at all"
		}
		return t, ""
	})

// durationText writes 8h, not 8h0m0s.
func durationText(t time.Duration) string {
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// mac is an Ethernet address of 48 bits, in lower case with colons.
var mac = textual("MAC address", `a MAC address in quotes, as in "02:00:5e:10:00:01"`, `"02:00:5e:10:00:01"`, identity,
	func(s string) (string, string) {
		m, err := net.ParseMAC(s)
		if err != nil || len(m) != 6 {
			return "", "is not a MAC address of six octets"
		}
		return m.String(), ""
	})

// number is a whole number.
var number = numberLike("1500")

func numberLike(example string) kind[int] {
	return kind[int]{
		name: "number", want: "a whole number, as in " + example, example: example,
		text: func(n int) string { return fmt.Sprint(n) },
		from: func(d *decoder, p place, v cty.Value) (int, bool) {
			if v.Type() != cty.Number {
				diag := d.wrongType(p, v)
				if v.Type() == cty.String {
					if n, ok := new(big.Int).SetString(v.AsString(), 10); ok && !p.sensitive && d.sourceOf(p.expr.Range()) == quoteHCL(v.AsString()) {
						fix(diag, p.expr.Range(), n.String())
					}
				}
				return 0, false
			}
			f := v.AsBigFloat()
			n, acc := f.Int64()
			if acc != big.Exact || int64(int(n)) != n {
				d.add(codeInvalidValue, p.expr.Range(), "The value of %s is not a whole number that this tool can hold. It must be %s.", quote(p.attr.Name), p.attr.want)
				return 0, false
			}
			return int(n), true
		},
	}
}

// boolean is true or false.
var boolean = kind[bool]{
	name: "bool", want: "true or false, without quotes", example: "true",
	text: func(b bool) string { return fmt.Sprint(b) },
	from: func(d *decoder, p place, v cty.Value) (bool, bool) {
		if v.Type() != cty.Bool {
			diag := d.wrongType(p, v)
			if v.Type() == cty.String && (v.AsString() == "true" || v.AsString() == "false") && d.sourceOf(p.expr.Range()) == quoteHCL(v.AsString()) {
				fix(diag, p.expr.Range(), v.AsString())
			}
			return false, false
		}
		return v.True(), true
	},
}

// command is a program with its arguments, one value.
var command = kind[[]string]{
	name: "list of string", want: `a program and its arguments, as in ["pass", "show", "l2stretch/psk"]`, example: `["pass", "show", "l2stretch/psk"]`,
	text: func(words []string) string {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = quoteHCL(w)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	},
	from: func(d *decoder, p place, v cty.Value) ([]string, bool) {
		ty := v.Type()
		if !ty.IsTupleType() && !ty.IsListType() || v.LengthInt() == 0 {
			d.wrongType(p, v)
			return nil, false
		}
		var words []string
		for it := v.ElementIterator(); it.Next(); {
			_, w := it.Element()
			if w.IsNull() || w.Type() != cty.String {
				d.wrongType(p, v)
				return nil, false
			}
			if strings.Contains(w.AsString(), unfinishedMark) {
				d.unfinished(p.expr.Range(), p.attr.Name)
				return nil, false
			}
			words = append(words, w.AsString())
		}
		if words[0] == "" {
			d.add(codeInvalidValue, p.expr.Range(), "The program's name in %s is empty. It must be %s.", quote(p.attr.Name), p.attr.want)
			return nil, false
		}
		return words, true
	},
}

// isBare reports whether source is a number or a word that quotes would turn into a string.
func isBare(source string) bool {
	return source != "" && !strings.ContainsAny(source, " \t\r\n\"'${}()[],\\")
}
