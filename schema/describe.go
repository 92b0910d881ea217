package schema

import "github.com/hashicorp/hcl/v2"

// A Block describes a block of the language, for people and for tests. What it says is what the decoder
// works from.
type Block struct {
	Name       string
	Doc        string   // one line
	Labels     []string // what each label names
	ForEach    bool     // the block may be repeated by for_each
	Min, Max   int      // how often it may stand in its parent; Max 0 is any number
	Free       bool     // its attributes have names of the author's choosing
	Attributes []Attribute
	Blocks     []Block
}

// An Attribute describes an attribute of a block.
type Attribute struct {
	Name     string
	Type     string // as in "CIDR prefix" or "list of string"
	Doc      string // one line
	Default  string // as it would be written; empty: none, or derived as Doc says
	Required bool
	Values   []string // the allowed ones; empty: any of the type

	want string // what is expected, with an example
}

// Blocks returns the whole language: the blocks of a specification with what may stand in them.
func Blocks() []Block {
	file := fileType.describe()
	return file.Blocks
}

// acceptAttribute may stand in every block.
var acceptAttribute = Attribute{
	Name: "accept", Type: "list of string",
	Doc:  `warnings that were considered and stay, each with the reason: "W0203: hosts are set to 1396"`,
	want: `a list like ["W0203: hosts are set to 1396"]`,
}

// forEachAttribute may stand in every block that can be repeated.
var forEachAttribute = Attribute{
	Name: "for_each", Type: "map, or set of string",
	Doc:  "makes an instance of the block for each element; each.key and each.value stand for it",
	want: "a map, or a set of strings as from toset([...])",
}

// An attribute is an entry of the table: the description together with the place that a value goes to.
type attribute[T any] struct {
	Attribute
	decode func(d *decoder, a *Attribute, e hcl.Expression, in *T) presence
	text   func(in *T) string // HCL source; empty when not set
	note   func(in *T) string // a comment, mostly empty
}

// A nested is an entry of the table for a block within a block.
type nested[T any] struct {
	min, max int
	about    *Block
	describe func() Block
	decode   func(d *decoder, b blockView, in *T)
	write    func(w *writer, rows []row[T])
}

// A blockType is the table's part for one type of block.
type blockType[T any] struct {
	Block
	attrs  []attribute[T]
	nested []nested[T]
	rng    func(*T) *hcl.Range // where the header's range goes; nil: nowhere
	label  func(*T) *string    // where the first label goes; nil: nowhere
	broken func(*T) *bool      // where it is noted that the block has an error; nil: nowhere
	check  func(d *decoder, b blockView, in *T)
}

func (t *blockType[T]) describe() Block {
	b := t.Block
	for _, a := range t.attrs {
		b.Attributes = append(b.Attributes, a.Attribute)
	}
	if t.ForEach {
		b.Attributes = append(b.Attributes, forEachAttribute)
	}
	if !t.Free && t.Name != "" {
		b.Attributes = append(b.Attributes, acceptAttribute)
	}
	for _, n := range t.nested {
		c := n.describe()
		c.Min, c.Max = n.min, n.max
		b.Blocks = append(b.Blocks, c)
	}
	return b
}

// presence is what became of an attribute.
type presence int

const (
	absent  presence = iota // null: as if it were not there
	present                 // decoded
	broken                  // in error, which has been reported
)

// An option adds to an attribute's description.
type option func(*Attribute)

func required(a *Attribute) { a.Required = true }

// def states the default as it would be written.
func def(text string) option { return func(a *Attribute) { a.Default = text } }

// attr is an entry for an attribute with one value.
func attr[T, V any](name string, k kind[V], at func(*T) *Value[V], doc string, opts ...option) attribute[T] {
	a := attribute[T]{Attribute: Attribute{Name: name, Type: k.name, Doc: doc, Values: k.values, want: k.want}}
	for _, o := range opts {
		o(&a.Attribute)
	}
	a.decode = func(d *decoder, a *Attribute, e hcl.Expression, in *T) presence {
		dst := at(in)
		var p presence
		dst.V, dst.Sensitive, p = k.value(d, a, e)
		dst.Set = p == present
		if dst.Set {
			dst.Range = e.Range()
		}
		return p
	}
	a.text = func(in *T) string {
		v := at(in)
		switch {
		case v.Draft != nil && v.Draft.Text != "":
			return quoteHCL(v.Draft.Text)
		case !v.Set:
			return ""
		}
		return k.text(v.V)
	}
	a.note = func(in *T) string {
		if d := at(in).Draft; d != nil {
			return d.Why
		}
		return ""
	}
	return a
}

// list is an entry for an attribute with a list of values, each of which keeps its own range.
func list[T, V any](name string, k kind[V], at func(*T) *[]Value[V], doc string, opts ...option) attribute[T] {
	a := attribute[T]{Attribute: Attribute{Name: name, Type: "list of " + k.name, Doc: doc, Values: k.values, want: "a list like [" + k.example + "]"}}
	for _, o := range opts {
		o(&a.Attribute)
	}
	element := a.Attribute
	element.want = k.want
	a.decode = func(d *decoder, a *Attribute, e hcl.Expression, in *T) presence {
		vs, p := k.list(d, a, &element, e)
		if p == present && len(vs) == 0 && a.Required {
			d.add(codeInvalidValue, e.Range(), "%s needs at least one entry: %s.", quote(a.Name), a.want)
			return broken
		}
		*at(in) = vs
		return p
	}
	a.text = func(in *T) string {
		vs := *at(in)
		if vs == nil {
			return ""
		}
		b := []byte{'['}
		for i, v := range vs {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, k.text(v.V)...)
		}
		return string(append(b, ']'))
	}
	return a
}

// block is an entry for a block that stands at most once.
func block[T, C any](t *blockType[C], at func(*T) **C) nested[T] {
	return repeated(t, 0, 1,
		func(in *T) *C {
			c := new(C)
			*at(in) = c
			return c
		},
		func(in *T) []*C {
			if c := *at(in); c != nil {
				return []*C{c}
			}
			return nil
		})
}

// repeated is an entry for a block that may stand from min to max times, max 0 being any number: add makes
// room for one more, all returns those there are.
func repeated[T, C any](t *blockType[C], min, max int, add func(*T) *C, all func(*T) []*C) nested[T] {
	return nested[T]{
		min: min, max: max, about: &t.Block, describe: t.describe,
		decode: func(d *decoder, b blockView, in *T) { t.decodeBlock(d, b, add(in)) },
		write:  func(w *writer, rows []row[T]) { writeNested(w, t, rows, all) },
	}
}

// needed makes a block one that must be there.
func needed[T any](n nested[T]) nested[T] {
	n.min = max(n.min, 1)
	return n
}
