package config

import "strings"

// Line returns the line of the file on which n was first set, from 1; 0 when the tree does not know it (see
// ParseOptions.Lines).
func (n Node) Line() int {
	if n.t == nil || n.id <= 0 || int(n.id) >= len(n.t.lines) {
		return 0
	}
	return int(n.t.lines[n.id])
}

// mark says that what is read next begins at an offset: what was added to the tree since the last call
// stands on the line of that one.
func (p *parser) mark(at int) {
	for len(p.t.lines) < len(p.t.nodes) {
		p.t.lines = append(p.t.lines, p.line)
	}
	if p.line == 0 {
		p.line = 1
	}
	p.line += int32(strings.Count(p.src[p.marked:at], "\n"))
	p.marked = at
}
