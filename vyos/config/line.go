package config

// Line returns the line of the file on which n was first set, from 1; 0 when the tree does not know it (see
// ParseOptions.Lines).
func (n Node) Line() int {
	if n.t == nil || n.id <= 0 || int(n.id) >= len(n.t.lines) {
		return 0
	}
	return int(n.t.lines[n.id])
}
