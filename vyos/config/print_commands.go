package config

import (
	"slices"
	"strings"
	"unicode"
)

// octetsOfWord is about how much of the commands' text a word of a tree makes: a line has some sixty octets, and adds
// two words.
const octetsOfWord = 32

// AppendCommands appends the set commands that make the configuration, one a line: leaf values always between single
// quotes, everything else bare. It refuses what a command cannot carry with a *PathError.
func (t *Tree) AppendCommands(b []byte, o PrintOptions) ([]byte, error) {
	if t.bad != nil {
		return b, t.bad
	}
	b = appendHeader(b, o.Header, "# ", "")
	if t.Empty() {
		return b, nil
	}
	b = slices.Grow(b, octetsOfWord*len(t.nodes))
	p := commandPrinter{t: t, o: &o, out: b, prefix: append(make([]byte, 0, 256), "set "...)}
	err := p.below(0, len(p.prefix), 0)
	return p.out, err
}

// AppendCommands appends the set commands of the subtree n, with their whole paths.
func (n Node) AppendCommands(b []byte, o PrintOptions) ([]byte, error) {
	if n.id == 0 {
		return n.t.AppendCommands(b, o)
	}
	p := commandPrinter{t: n.t, o: &o, out: b, prefix: append(make([]byte, 0, 256), "set "...)}
	for _, w := range n.Parent().Path() {
		p.prefix = append(append(p.prefix, w...), ' ')
	}
	err := p.node(n.id, len(p.prefix), 0)
	return p.out, err
}

func appendHeader(b []byte, text, open, end string) []byte {
	for line := range strings.Lines(text) {
		b = append(b, open...)
		b = append(b, strings.TrimRight(line, "\n")...)
		b = append(append(b, end...), '\n')
	}
	return b
}

type commandPrinter struct {
	t      *Tree
	o      *PrintOptions
	out    []byte
	prefix []byte  // the command up to the words of the node in hand
	order  []int32 // children in printing order, a stack
}

func (p *commandPrinter) below(id int32, prefix, depth int) error {
	from := len(p.order)
	p.order = p.t.sorted(p.order, id, p.o.Order)
	for i := from; i < len(p.order); i++ {
		if err := p.node(p.order[i], prefix, depth); err != nil {
			return err
		}
	}
	p.order = p.order[:from]
	return nil
}

func (p *commandPrinter) node(id int32, prefix, depth int) error {
	n := &p.t.nodes[id]
	word := p.t.str(id)
	if n.meta&isValue != 0 {
		return p.value(id, prefix)
	}
	if err := CheckName(word); err != nil {
		switch bad := CheckValue(word); {
		case bad != nil:
			return p.t.pathError(id, bad)
		case n.last == 0 && (word == "" || strings.ContainsAny(word, " \t")):
			return p.value(id, prefix) // it can only be a value that nobody has told to be one
		case err == ErrEmpty:
			return p.t.pathError(id, err)
		case !p.o.Shown || strings.ContainsAny(word, " \t"):
			word = "'" + p.shown(word) + "'" // of somebody else's making: quoted it survives the shell
		}
	}
	if n.last == 0 {
		p.out = append(append(append(p.out, p.prefix[:prefix]...), word...), '\n')
	} else {
		p.prefix = append(append(p.prefix[:prefix], word...), ' ')
		if err := p.below(id, len(p.prefix), depth+1); err != nil {
			return err
		}
	}
	if note := p.t.notes[id]; note != "" {
		p.note(note, prefix, word)
	}
	return nil
}

func (p *commandPrinter) value(id int32, prefix int) error {
	if p.t.nodes[id].meta&isSecret != 0 && p.o.Secrets == SecretsMark && p.o.Reveal == nil {
		p.out = append(append(append(p.out, "# needs secret "...), p.t.str(id)...), ": "...)
		p.out = append(append(p.out, p.prefix[:prefix]...), "***\n"...)
		return nil
	}
	s, ok, err := p.t.value(id, p.o)
	if err != nil || !ok {
		return err
	}
	if err := CheckValue(s); err != nil {
		return p.t.pathError(p.t.nodes[id].parent, err) // the value may be a secret
	}
	p.out = append(p.out, p.prefix[:prefix]...)
	p.out = p.quoted(s)
	return nil
}

func (p *commandPrinter) quoted(s string) []byte {
	return append(append(append(p.out, '\''), p.shown(s)...), '\'', '\n')
}

// shown doubles the backslashes of what stands between single quotes, where the form asks for that.
func (p *commandPrinter) shown(s string) string {
	if p.o.Shown && strings.IndexByte(s, '\\') >= 0 {
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	return s
}

// note prints a comment after what it belongs to, since the node must exist when the command is typed. One that no command can
// carry becomes a comment of the file.
func (p *commandPrinter) note(note string, prefix int, word string) {
	quote, text := byte('\''), p.shown(note)
	if strings.IndexByte(note, quote) >= 0 {
		quote, text = '"', note
	}
	if strings.IndexByte(note, quote) >= 0 || strings.ContainsFunc(note, unicode.IsControl) || strings.ContainsAny(note, "\\$`") && quote == '"' {
		p.out = append(p.out, "# comment "...)
		p.out = append(append(p.out, p.prefix[len("set "):prefix]...), word...)
		p.out = append(append(append(p.out, ": "...), Escape(note, 200)...), '\n')
		return
	}
	p.out = append(append(p.out, "comment "...), p.prefix[len("set "):prefix]...)
	p.out = append(append(append(p.out, word...), ' '), quote)
	p.out = append(append(p.out, text...), quote, '\n')
}
