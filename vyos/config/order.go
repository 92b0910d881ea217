package config

import "slices"

// An Order is how siblings are sorted when a configuration is printed.
type Order uint8

// The orders of the releases.
const (
	// LexicalNumeric is the order of VyOS 1.4 and later: text by octets, runs of digits as numbers, the shorter first.
	LexicalNumeric Order = iota
	// DebianVersion is the order of VyOS 1.2 and 1.3: that of Debian package versions, where letters come before
	// everything else that is not a digit, and a tilde before all.
	DebianVersion
)

// Compare compares two words in the order. Words that count as equal (eth1 and eth01) fall back to octets, so that the
// order is total.
func (o Order) Compare(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) && i == len(b) {
		return 0
	}
	// The first difference may lie inside a number: go back to where that begins.
	j := i
	for j > 0 && isDigit(a[j-1]) {
		j--
	}
	var c int
	if o == DebianVersion {
		c = debianCompare(a[j:], b[j:])
	} else {
		c = lexicalCompare(a[j:], b[j:])
	}
	if c != 0 {
		return c
	}
	if a < b {
		return -1
	}
	return 1
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func lexicalCompare(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		if isDigit(a[0]) && isDigit(b[0]) {
			var c int
			if c, a, b = numberCompare(a, b); c != 0 {
				return c
			}
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// numberCompare compares the digits that both begin with as numbers of any length.
func numberCompare(a, b string) (c int, restA, restB string) {
	a, b = trimZeros(a), trimZeros(b)
	i, j := digits(a), digits(b)
	if i != j {
		return i - j, "", ""
	}
	for k := range i {
		if a[k] != b[k] {
			return int(a[k]) - int(b[k]), "", ""
		}
	}
	return 0, a[i:], b[j:]
}

func trimZeros(s string) string {
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func debianCompare(a, b string) int {
	for len(a) > 0 || len(b) > 0 {
		for (len(a) > 0 && !isDigit(a[0])) || (len(b) > 0 && !isDigit(b[0])) {
			if c := debianRank(a) - debianRank(b); c != 0 {
				return c
			}
			a, b = a[1:], b[1:]
		}
		var c int
		if c, a, b = numberCompare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

// debianRank ranks the first octet: tilde, end or digit, letters, the rest.
func debianRank(s string) int {
	if len(s) == 0 || isDigit(s[0]) {
		return 0
	}
	switch c := s[0]; {
	case c == '~':
		return -1
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c)
	default:
		return int(c) + 256
	}
}

// sorted appends the children of a node to buf in the order in which they are printed: the values of a leaf in the
// order of entry, everything else sorted.
func (t *Tree) sorted(buf []int32, id int32, o Order) []int32 {
	last := t.nodes[id].last
	if last == 0 {
		return buf
	}
	from := len(buf)
	ordered, leaf := true, true
	for c := t.nodes[last].next; ; c = t.nodes[c].next {
		if value := t.nodes[c].meta&isValue != 0; leaf && !value {
			leaf, ordered = false, len(buf) == from // values before it are names like all others
		}
		if ordered && !leaf && len(buf) > from && o.Compare(t.str(buf[len(buf)-1]), t.str(c)) > 0 {
			ordered = false
		}
		buf = append(buf, c)
		if c == last {
			break
		}
	}
	if !ordered {
		slices.SortFunc(buf[from:], func(x, y int32) int { return o.Compare(t.str(x), t.str(y)) })
	}
	return buf
}

// isLeaf reports whether all that stands below a node are values.
func (t *Tree) isLeaf(id int32) bool {
	last := t.nodes[id].last
	if last == 0 {
		return false
	}
	for c := t.nodes[last].next; t.nodes[c].meta&isValue != 0; c = t.nodes[c].next {
		if c == last {
			return true
		}
	}
	return false
}
