package schema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Write renders a File as a specification in canonical format. Decoding it gives the File again, apart
// from ranges. Variables and locals are gone: their values stand in their places.
func Write(f *File) []byte {
	w := &writer{accepts: f.Accepts}
	writeBlock(w, &headerType, "", []row[Header]{{in: &f.Header}}, "")
	for _, s := range f.Secrets {
		writeBlock(w, &secretType, s.Label, []row[Secret]{{in: s}}, "")
	}
	writeInstances(w, &siteType, f.Sites, func(s *Site) Instance { return s.Instance })
	writeInstances(w, &tunnelType, f.Tunnels, func(t *Tunnel) Instance { return t.Instance })
	writeInstances(w, &stretchType, f.Stretches, func(s *Stretch) Instance { return s.Instance })
	return hclwrite.Format(w.Bytes())
}

// A writer collects the text. Indentation and alignment are the formatter's business.
type writer struct {
	bytes.Buffer
	accepts []Accept
}

// A row is one instance of a block that is being written. Blocks that came from one for_each are written
// as one, so that there are several rows, each with its key.
type row[T any] struct {
	key string
	in  *T
}

// writeInstances writes all blocks of a type, the instances of a for_each together.
func writeInstances[T any](w *writer, t *blockType[T], all []*T, instance func(*T) Instance) {
	written := map[string]bool{}
	byLabel := map[string][]row[T]{}
	for _, in := range all {
		i := instance(in)
		byLabel[i.Label] = append(byLabel[i.Label], row[T]{i.Key, in})
	}
	for _, in := range all {
		label := instance(in).Label
		if written[label] {
			continue
		}
		written[label] = true
		rows := byLabel[label]
		forEach := ""
		if rows[0].key != "" {
			forEach = "toset(" + keyList(rows) + ")"
		}
		writeBlock(w, t, label, rows, forEach)
	}
}

func keyList[T any](rows []row[T]) string {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = quoteHCL(r.key)
	}
	return "[" + strings.Join(keys, ", ") + "]"
}

func writeBlock[T any](w *writer, t *blockType[T], label string, rows []row[T], forEach string) {
	if w.Len() > 0 && !bytes.HasSuffix(w.Bytes(), []byte("{\n")) {
		w.WriteByte('\n')
	}
	w.WriteString(t.Name)
	if label != "" {
		w.WriteString(" " + quoteHCL(label))
	}
	w.WriteString(" {\n")
	if forEach != "" {
		fmt.Fprintf(w, "for_each = %s\n", forEach)
	}
	writeBody(w, t, rows)
	w.WriteString("}\n")
}

func writeBody[T any](w *writer, t *blockType[T], rows []row[T]) {
	for i := range t.attrs {
		a := &t.attrs[i]
		if text := allRows(rows, a.text); text != "" {
			fmt.Fprintf(w, "%s = %s%s\n", a.Name, text, notes(rows, a.note))
		}
	}
	if t.rng != nil {
		w.accept(*t.rng(rows[0].in), t.Name == headerName)
	}
	for i := range t.nested {
		t.nested[i].write(w, rows)
	}
}

// notes is the comment about an attribute, with a blank before it; empty when there is none.
func notes[T any](rows []row[T], note func(*T) string) string {
	var all []string
	for _, r := range rows {
		if note == nil {
			break
		}
		if s := strings.Join(strings.Fields(note(r.in)), " "); s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " # " + strings.Join(all, "; ")
}

// allRows is the expression that gives each row its text: the text itself where all have the same.
func allRows[T any](rows []row[T], text func(*T) string) string {
	first := text(rows[0].in)
	if !slices.ContainsFunc(rows[1:], func(r row[T]) bool { return text(r.in) != first }) {
		return first
	}
	var b strings.Builder
	b.WriteString("{ ")
	for i, r := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		s := text(r.in)
		if s == "" {
			s = "null"
		}
		fmt.Fprintf(&b, "%s = %s", quoteHCL(r.key), s)
	}
	b.WriteString(" }[each.key]")
	return b.String()
}

// writeNested writes the blocks of a type within each row, position by position. One that not all rows
// have at a position becomes a dynamic block for those that do.
func writeNested[T, C any](w *writer, t *blockType[C], rows []row[T], all func(*T) []*C) {
	for i := 0; ; i++ {
		var labels []string
		byLabel := map[string][]row[C]{}
		for _, r := range rows {
			children := all(r.in)
			if i >= len(children) {
				continue
			}
			label := ""
			if t.label != nil {
				label = *t.label(children[i])
			}
			if byLabel[label] == nil {
				labels = append(labels, label)
			}
			byLabel[label] = append(byLabel[label], row[C]{r.key, children[i]})
		}
		if len(labels) == 0 {
			return
		}
		for _, label := range labels {
			some := byLabel[label]
			if len(some) == len(rows) {
				writeBlock(w, t, label, some, "")
			} else {
				writeDynamic(w, t, label, some)
			}
		}
	}
}

func writeDynamic[C any](w *writer, t *blockType[C], label string, rows []row[C]) {
	fmt.Fprintf(w, "\ndynamic %q {\nfor_each = [for key in %s : key if key == each.key]\n", t.Name, keyList(rows))
	if label != "" {
		fmt.Fprintf(w, "labels = [%s]\n", quoteHCL(label))
	}
	w.WriteString("\ncontent {\n")
	writeBody(w, t, rows)
	w.WriteString("}\n}\n")
}

// accept writes the accepted warnings of the block with a header.
func (w *writer) accept(header hcl.Range, everywhere bool) {
	var entries []string
	for _, a := range w.accepts {
		whole := a.Scope == hcl.Range{}
		if whole && everywhere || !whole && a.Scope.Filename == header.Filename && a.Scope.Start == header.Start {
			entries = append(entries, quoteHCL(a.Code+": "+a.Reason))
		}
	}
	if len(entries) > 0 {
		fmt.Fprintf(w, "accept = [%s]\n", strings.Join(entries, ", "))
	}
}

// appendQuoted appends a string as HCL writes it between quotes.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < 0x20 || c == 0x7f || c == '\uFEFF' || c == '\u2028' || c == '\u2029':
			b = fmt.Appendf(b, `\u%04x`, c)
		case (c == '$' || c == '%') && strings.HasPrefix(s[i+1:], "{"):
			b = append(b, byte(c), byte(c))
		default:
			b = append(b, string(c)...)
		}
	}
	return append(b, '"')
}
