package config

// Apply carries out the commands on t, as the router's session does: it is the reference by which plans are tested.
// References to secrets become references in the tree.
func (t *Tree) Apply(g Grammar, d *Delta) {
	for _, ph := range d.Phases {
		for _, c := range ph.Changes {
			c.Apply(t, g)
		}
	}
}

// Apply carries out one command on t.
func (c Change) Apply(t *Tree, g Grammar) { c.apply(t, 0, cursorAt(g), c.words(nil)) }

// words appends the path and the value.
func (c Change) words(buf []string) []string {
	buf = append(buf, c.Path...)
	if c.HasValue {
		buf = append(buf, c.Value)
	}
	return buf
}

// apply carries out the command, of which these are the words below a node where the grammar stands at cur.
func (c Change) apply(t *Tree, id int32, cur cursor, words []string) {
	if c.Op == Delete {
		t.Delete(cur.g, words...)
		return
	}
	id = t.put(id, cur, words)
	if !c.HasValue {
		return
	}
	flags := isValue
	if c.Ref {
		flags |= isSecret
	}
	if t.nodes[id].last == 0 {
		t.nodes[id].meta = t.nodes[id].meta&^isSecret | flags
	}
}

// Undo returns for every change of d, in the order of phases, the commands that take it back when everything after it has been taken back
// already. t is the tree that d starts from; it is not changed.
func (d *Delta) Undo(t *Tree, o DiffOptions) [][]Change {
	t = t.Clone()
	t.Resolve(o.Grammar)
	out := make([][]Change, 0, d.Len())
	all := make([]Change, 0, d.Len()) // one for each, as a rule
	var words []string
	for _, ph := range d.Phases {
		for _, c := range ph.Changes {
			words = c.words(words[:0])
			from := len(all)
			all = c.undo(all, t, o, words)
			out = append(out, all[from:len(all):len(all)])
		}
	}
	return out
}

// undo carries out c, of which these are the words, and appends what takes it back.
func (c Change) undo(all []Change, t *Tree, o DiffOptions, words []string) []Change {
	cur := cursorAt(o.Grammar)
	id, there := int32(0), 0 // words that are
	for ; there < len(words); there++ {
		next := t.find(id, words[there])
		if next == 0 {
			break
		}
		if there == len(words)-1 {
			if c.Op == Delete {
				all = t.restore(all, next, cur, o, words[:there:there])
			}
			c.apply(t, 0, cursorAt(o.Grammar), words)
			return all
		}
		id, cur = next, cur.enter(words[there])
	}
	if c.Op == Delete {
		return all // there is nothing to delete
	}
	if old := t.first(id); old != 0 && cur.kind == KindLeaf {
		all = t.restore(all, old, cur, o, words[:there:there])
	} else {
		// What the command creates goes at its highest node.
		back := Change{Op: Delete, Path: c.Path[:min(there+1, len(c.Path))], Secret: there == len(c.Path)-1 && c.Secret, Unknown: c.Unknown, priority: c.priority}
		if there == len(c.Path) {
			back.Value, back.HasValue, back.Secret, back.Ref = c.Value, true, c.Secret, c.Ref
		}
		all = append(all, back)
		if there > 0 && t.nodes[id].last == 0 && cur.kind != KindNode && cur.kind != kindInstance {
			// It would go with its only child, though the file had it without one.
			all = append(all, Change{Op: Set, Path: c.Path[:there], Unknown: c.Unknown, priority: c.priority})
		}
	}
	c.apply(t, id, cur, words[there:])
	return all
}

// restore appends what sets everything below a node again, which stands below the path and cur.
func (t *Tree) restore(all []Change, id int32, cur cursor, o DiffOptions, path []string) []Change {
	u := differ{b: t, o: o, path: path, changes: all}
	u.set(id, cur)
	return u.changes
}

// AppendCommands appends the commands, one a line; between phases stands a line that says commit. Secrets that are
// references are handled as o says; those whose value was hidden become comments.
func (d *Delta) AppendCommands(b []byte, o PrintOptions) ([]byte, error) {
	b = appendHeader(b, o.Header, "# ", "")
	for i, ph := range d.Phases {
		if i > 0 {
			b = append(b, "commit\n"...)
		}
		for _, c := range ph.Changes {
			var err error
			if b, err = c.AppendCommand(b, o); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

// AppendCommand appends one command with a line break.
func (c Change) AppendCommand(b []byte, o PrintOptions) ([]byte, error) {
	start := len(b)
	b = append(append(b, c.Op.String()...), ' ')
	for i, w := range c.Path {
		if i > 0 {
			b = append(b, ' ')
		}
		if err := CheckName(w); err == nil {
			b = append(b, w...)
			continue
		}
		if err := CheckValue(w); err != nil {
			return b[:start], &PathError{Path: c.Path, Err: err}
		}
		b = append(append(append(b, '\''), w...), '\'')
	}
	if !c.HasValue {
		return append(b, '\n'), nil
	}
	value := c.Value
	switch {
	case c.Masked, c.Secret && !c.Ref && o.Mask:
		return c.comment(b, start, ""), nil
	case c.Ref && o.Reveal != nil:
		key, err := o.Reveal(c.Value)
		if err != nil {
			return b[:start], &PathError{Path: c.Path, Err: err}
		}
		value = string(key)
	case c.Ref && o.Secrets == SecretsByName:
		value = "secret:" + value
	case c.Ref && o.Secrets == SecretsOmit:
		return b[:start], nil
	case c.Ref && o.Secrets == SecretsMark:
		return c.comment(b, start, value), nil
	case c.Ref:
		return b[:start], &PathError{Path: c.Path, Err: ErrSecret}
	}
	if err := CheckValue(value); err != nil {
		return b[:start], &PathError{Path: c.Path, Err: err}
	}
	return append(append(append(b, " '"...), value...), "'\n"...), nil
}

// comment turns the command that begins at start into a comment that shows it without its value.
func (c Change) comment(b []byte, start int, ref string) []byte {
	command := string(b[start:])
	b = append(b[:start], "# needs secret"...)
	if ref != "" {
		b = append(append(b, ' '), ref...)
	}
	return append(append(append(b, ": "...), command...), " ***\n"...)
}
