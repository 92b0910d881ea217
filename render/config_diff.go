package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A ConfigDiff is what turns one configuration into another.
type ConfigDiff struct {
	Old, New *config.Tree // resolved with Grammar
	Release  string
	Grammar  config.Grammar
	Order    config.Order
	Delta    *config.Delta
	Reveal   bool // secrets are shown
}

// hidden stands for a secret.
const hidden = "***"

// contextSize is how many unchanged neighbours of a change are shown on each side.
const contextSize = 2

// Text writes the difference as a configuration text with marks: what goes, what comes, and some of what stays around it.
func (d *ConfigDiff) Text(w io.Writer, st Style) error {
	out := bufio.NewWriter(w)
	if !d.Delta.Empty() {
		p := diffPrinter{d: d, out: out, st: st}
		p.below(d.Old.Root(), d.New.Root(), nil, 0)
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, d.Summary())
	return out.Flush()
}

// Summary is one sentence about the difference.
func (d *ConfigDiff) Summary() string {
	if d.Delta.Empty() {
		s := "The two configurations are the same."
		if d.Delta.Masked > 0 {
			s = "The two configurations are the same, as far as they can be compared."
		}
		return s + d.uncertain()
	}
	sets, deletes := d.tally()
	s := fmt.Sprintf("%s: %s.", count(sets+deletes, "command"), strings.Join(nonZero(sets, "set", deletes, "delete"), ", "))
	if n := len(d.Delta.Phases); n > 1 {
		s += fmt.Sprintf(" VyOS %s takes them in %d commits.", d.Release, n)
	}
	return s + d.uncertain()
}

// uncertain says what could not be compared.
func (d *ConfigDiff) uncertain() (s string) {
	if n := d.Delta.Masked; n > 0 {
		s += fmt.Sprintf(" %s hidden in a file and taken for equal.", verb(n, "secret is", "secrets are"))
	}
	if n := d.Delta.Unknown; n > 0 {
		s += fmt.Sprintf(" %s a path that VyOS %s is not known to have: old values are deleted before new ones are set.", verb(n, "command concerns", "commands concern"), d.Release)
	}
	return s
}

func (d *ConfigDiff) tally() (sets, deletes int) {
	for _, ph := range d.Delta.Phases {
		for _, c := range ph.Changes {
			if c.Op == config.Delete {
				deletes++
			} else {
				sets++
			}
		}
	}
	return sets, deletes
}

func verb(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func count(n int, noun string) string { return verb(n, noun, noun+"s") }

func nonZero(a int, nameA string, b int, nameB string) (out []string) {
	if a > 0 {
		out = append(out, fmt.Sprintf("%d %s", a, nameA))
	}
	if b > 0 {
		out = append(out, fmt.Sprintf("%d %s", b, nameB))
	}
	return out
}

type diffPrinter struct {
	d   *ConfigDiff
	out *bufio.Writer
	st  Style
}

// A pair is what stands in one place on both sides; a side may be missing.
type pair struct {
	words    []string // a name, or that of a tag and its instance
	old, new config.Node
	same     bool
}

func (q *pair) label() string { return EscapeLine(strings.Join(q.words, " ")) }

// pairs lays the children of two nodes beside each other. The instances of tags stand in place of the tags.
func (p *diffPrinter) pairs(a, b config.Node) []pair {
	var out []pair
	for _, q := range p.match(a, b, nil) {
		tag := q.old.Valid() && q.old.IsTag() || q.new.Valid() && q.new.IsTag()
		if !tag || q.old.Valid() && q.old.Empty() || q.new.Valid() && q.new.Empty() {
			out = append(out, q)
			continue
		}
		out = append(out, p.match(q.old, q.new, q.words)...)
	}
	for i := range out {
		q := &out[i]
		q.same = q.old.Valid() && q.new.Valid() && p.same(q.old, q.new)
	}
	return out
}

// match finds the children of both sides by name.
func (p *diffPrinter) match(a, b config.Node, words []string) []pair {
	var left, right []config.Node
	if a.Valid() {
		left = a.Sorted(p.d.Order)
	}
	if b.Valid() {
		right = b.Sorted(p.d.Order)
	}
	var out []pair
	for len(left) > 0 || len(right) > 0 {
		c := -1
		if len(left) == 0 {
			c = 1
		} else if len(right) > 0 {
			c = p.d.Order.Compare(left[0].Name(), right[0].Name())
		}
		var q pair
		name := ""
		if c <= 0 {
			name, q.old, left = left[0].Name(), left[0], left[1:]
		}
		if c >= 0 {
			name, q.new, right = right[0].Name(), right[0], right[1:]
		}
		q.words = append(words[:len(words):len(words)], name)
		out = append(out, q)
	}
	return out
}

// same reports whether two nodes hold the same; a secret that a file hides counts as equal to any.
func (p *diffPrinter) same(a, b config.Node) bool {
	return config.EqualNodes(a, b) ||
		p.d.Delta.Masked > 0 && config.Diff(a.CopyTree(), b.CopyTree(), config.DiffOptions{Grammar: p.d.Grammar}).Empty()
}

func (p *diffPrinter) below(a, b config.Node, path []string, depth int) {
	pairs := p.pairs(a, b)
	show := make([]bool, len(pairs))
	for i, q := range pairs {
		if !q.same {
			for j := max(i-contextSize, 0); j <= min(i+contextSize, len(pairs)-1); j++ {
				show[j] = true
			}
		}
	}
	skipped := false
	for i, q := range pairs {
		if !show[i] {
			skipped = true
			continue
		}
		if skipped {
			p.line(' ', depth, "...")
			skipped = false
		}
		p.pair(q, append(path[:len(path):len(path)], q.words...), depth)
	}
	if skipped {
		p.line(' ', depth, "...")
	}
}

func (p *diffPrinter) pair(q pair, path []string, depth int) {
	switch {
	case q.same && !q.new.IsLeaf() && !q.new.Empty():
		p.line(' ', depth, q.label()+" { ... }")
	case q.same:
		p.whole(' ', q, q.new, path, depth)
	case !q.old.Valid():
		p.whole('+', q, q.new, path, depth)
	case !q.new.Valid():
		p.whole('-', q, q.old, path, depth)
	case q.old.IsLeaf() || q.new.IsLeaf():
		p.leaf(q, path, depth)
	default:
		p.line(' ', depth, q.label()+" {")
		p.below(q.old, q.new, path, depth+1)
		p.line(' ', depth, "}")
	}
}

// leaf writes the values of a leaf that differs.
func (p *diffPrinter) leaf(q pair, path []string, depth int) {
	_, secret := config.Lookup(p.d.Grammar, path...)
	for v := range q.old.Children() {
		if _, ok := q.new.Child(v.Name()); ok {
			p.value(' ', q.label(), v, secret, depth)
		}
	}
	for v := range q.old.Children() {
		if _, ok := q.new.Child(v.Name()); !ok {
			p.value('-', q.label(), v, secret, depth)
		}
	}
	for v := range q.new.Children() {
		if _, ok := q.old.Child(v.Name()); !ok {
			p.value('+', q.label(), v, secret, depth)
		}
	}
	switch {
	case q.old.Empty():
		p.line('-', depth, q.label())
	case q.new.Empty():
		p.line('+', depth, q.label())
	}
}

func (p *diffPrinter) value(mark byte, label string, v config.Node, secret bool, depth int) {
	text := v.Name()
	switch {
	case (secret || v.IsSecret()) && !p.d.Reveal:
		text = hidden
	case text == "" || strings.ContainsAny(text, " \t\n*{};\"'"):
		text = `"` + text + `"`
	}
	p.line(mark, depth, label+" "+EscapeLine(text))
}

// whole writes one side of a pair with everything below it.
func (p *diffPrinter) whole(mark byte, q pair, n config.Node, path []string, depth int) {
	switch {
	case n.IsLeaf():
		_, secret := config.Lookup(p.d.Grammar, path...)
		for v := range n.Children() {
			p.value(mark, q.label(), v, secret, depth)
		}
	case n.Empty():
		p.line(mark, depth, q.label())
	default:
		p.line(mark, depth, q.label()+" {")
		for _, c := range p.pairs(n, config.Node{}) {
			p.whole(mark, c, c.old, append(path[:len(path):len(path)], c.words...), depth+1)
		}
		p.line(mark, depth, "}")
	}
}

func (p *diffPrinter) line(mark byte, depth int, text string) {
	s := string(mark) + " " + strings.Repeat("    ", depth) + text
	switch mark {
	case '+':
		s = p.st.paint(s, green)
	case '-':
		s = p.st.paint(s, red)
	}
	fmt.Fprintln(p.out, strings.TrimRight(s, " "))
}

// Commands writes the commands, with commit between phases. Secrets that stood in the files become comments unless they
// are to be shown.
func (d *ConfigDiff) Commands(w io.Writer) error {
	b, err := d.Delta.AppendCommands(nil, config.PrintOptions{Order: d.Order, Secrets: config.SecretsMark, Mask: !d.Reveal})
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
