package config

import (
	"cmp"
	"maps"
	"slices"
)

// delta makes phases out of the changes.
func (d *differ) delta() *Delta {
	out := &Delta{Masked: d.masked}
	for _, changes := range [][]Change{d.first, d.changes} {
		if len(changes) == 0 {
			continue
		}
		for _, c := range changes {
			if c.Unknown {
				out.Unknown++
			}
		}
		out.Phases = append(out.Phases, Phase{d.o.Order.sortedChanges(changes)})
	}
	return out
}

// sortedChanges orders the changes of a phase. Values of one leaf keep their order. Trees that are in order themselves
// give changes that are so within each turn: then nothing is left to sort once the turns are apart.
func (o Order) sortedChanges(changes []Change) []Change {
	size := make(map[turn]int)
	for i := range changes {
		size[changes[i].turn()]++
	}
	end, at := 0, make(map[turn]int, len(size))
	out := make([]Change, len(changes))
	for _, t := range slices.SortedFunc(maps.Keys(size), turn.compare) {
		at[t] = end
		end += size[t]
	}
	for _, c := range changes {
		t := c.turn()
		out[at[t]] = c
		at[t]++
	}
	for t, end := range at {
		if of := out[end-size[t] : end]; !slices.IsSortedFunc(of, o.comparePaths) {
			slices.SortStableFunc(of, o.comparePaths)
		}
	}
	return out
}

// A turn is when in a commit something happens.
type turn struct {
	op       Op
	priority int
}

func (c *Change) turn() turn { return turn{c.Op, c.priority} }

// compare puts deletions first, those of late priorities before those of early ones, which then are set first.
func (t turn) compare(u turn) int {
	switch {
	case t.op != u.op:
		return cmp.Compare(u.op, t.op)
	case t.op == Delete:
		return cmp.Compare(u.priority, t.priority)
	}
	return cmp.Compare(t.priority, u.priority)
}

func (o Order) comparePaths(x, y Change) int {
	for i := range min(len(x.Path), len(y.Path)) {
		if x.Path[i] != y.Path[i] {
			return o.Compare(x.Path[i], y.Path[i])
		}
	}
	return cmp.Compare(len(x.Path), len(y.Path))
}
