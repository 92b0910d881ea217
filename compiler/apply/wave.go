package apply

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Wave is how many components are changed before the next ones begin: a number, or a share of all.
type Wave struct {
	Count   int
	Percent int // 1 to 100, rounded up; counts where Count is 0
}

// ParseWaves reads waves as in "1,10,100%". The last is repeated until all are done.
func ParseWaves(s string) ([]Wave, error) {
	var out []Wave
	for word := range strings.SplitSeq(s, ",") {
		number, percent := strings.CutSuffix(strings.TrimSpace(word), "%")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || percent && n > 100 {
			return nil, fmt.Errorf("%q is no wave: it is a number of components, or a share of all from 1%% to 100%%", strings.TrimSpace(word))
		}
		if percent {
			out = append(out, Wave{Percent: n})
		} else {
			out = append(out, Wave{Count: n})
		}
	}
	return out, nil
}

// waves groups components, in their order, into waves.
func waves(components []*component, sizes []Wave) [][]*component {
	if len(sizes) == 0 {
		sizes = []Wave{{Percent: 100}}
	}
	var out [][]*component
	for i, left := 0, components; len(left) > 0; i++ {
		w := sizes[min(i, len(sizes)-1)]
		n := w.Count
		if n == 0 {
			n = (len(components)*w.Percent + 99) / 100
		}
		n = min(n, len(left))
		out = append(out, left[:n])
		left = left[n:]
	}
	return out
}

// components sorts targets into components, each in the order of its targets, by the number.
func components(members []*member) []*component {
	var out []*component
	for _, m := range members {
		i := slices.IndexFunc(out, func(c *component) bool { return c.members[0].Component == m.Component })
		if i < 0 {
			out = append(out, &component{})
			i = len(out) - 1
		}
		out[i].members = append(out[i].members, m)
	}
	return out
}
