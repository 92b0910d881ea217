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
func (c Change) Apply(t *Tree, g Grammar) {
	if c.Op == Delete {
		if c.HasValue {
			t.Delete(g, append(c.Path[:len(c.Path):len(c.Path)], c.Value)...)
		} else {
			t.Delete(g, c.Path...)
		}
		return
	}
	if !c.HasValue {
		t.Put(g, c.Path...)
		return
	}
	n := t.Put(g, append(c.Path[:len(c.Path):len(c.Path)], c.Value)...)
	flags := isValue
	if c.Ref {
		flags |= isSecret
	}
	if t.nodes[n.id].last == 0 {
		t.nodes[n.id].meta = t.nodes[n.id].meta&^isSecret | flags
	}
}

// Undo returns for every change of d, in the order of phases, the commands that take it back when everything after it has been taken back
// already. t is the tree that d starts from; it is not changed.
func (d *Delta) Undo(t *Tree, o DiffOptions) [][]Change {
	t = t.Clone()
	t.Resolve(o.Grammar)
	var out [][]Change
	for _, ph := range d.Phases {
		for _, c := range ph.Changes {
			out = append(out, c.undo(t, o))
			c.Apply(t, o.Grammar)
		}
	}
	return out
}

// undo returns what takes c back, which has not been applied to t yet.
func (c Change) undo(t *Tree, o DiffOptions) []Change {
	u := differ{a: empty(), b: t, o: o}
	words := c.Path
	if c.HasValue {
		words = append(c.Path[:len(c.Path):len(c.Path)], c.Value)
	}
	cur := cursorAt(o.Grammar)
	id := int32(0)
	for i, name := range words {
		next := t.find(id, name)
		if next == 0 {
			if c.Op == Delete {
				return nil // there is nothing to delete
			}
			if old := t.first(id); old != 0 && cur.kind == KindLeaf {
				u.path = words[:i]
				u.set(old, cur)
				return u.changes
			}
			// What the command creates goes at its highest node.
			back := Change{Op: Delete, Path: words[:i+1], Secret: i == len(c.Path)-1 && c.Secret, Unknown: c.Unknown, priority: c.priority}
			if i == len(c.Path) {
				back.Path, back.Value, back.HasValue, back.Secret, back.Ref = c.Path, c.Value, true, c.Secret, c.Ref
			}
			if i > 0 && t.nodes[id].last == 0 && cur.kind != KindNode && cur.kind != kindInstance {
				// It would go with its only child, though the file had it without one.
				return []Change{back, {Op: Set, Path: words[:i], Unknown: c.Unknown, priority: c.priority}}
			}
			return []Change{back}
		}
		if i == len(words)-1 {
			if c.Op == Set {
				return nil // it is there already
			}
			u.path = words[:i:i]
			u.set(next, cur)
			return u.changes
		}
		id, cur = next, cur.enter(name)
	}
	return nil
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
