package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Together judges what no node can judge alone. Where checks of the same name and object saw one MAC address on
// the segments of two nodes, those segments are joined already, or the host is there twice (NETWORK N17, N38):
// such findings fail. It returns the findings, one for each check, and changes none of those given.
func Together(checks []Check, findings []Finding) []Finding {
	type subject struct {
		name, object string
		before       bool
	}
	earlier := make(map[subject][]int) // places of the checks of a subject that saw anybody
	out := slices.Clone(findings)
	for k, d := range checks {
		if len(findings[k].Seen) == 0 {
			continue
		}
		at := subject{d.Name, d.Object, d.Before}
		for _, i := range earlier[at] {
			c := checks[i]
			if c.Node == d.Node {
				continue
			}
			mac, more := common(findings[i].Seen, findings[k].Seen)
			if mac == "" {
				continue
			}
			out[i] = twice(out[i], mac, more, c.Node, findings[i].Seen[mac], d.Node, findings[k].Seen[mac])
			out[k] = twice(out[k], mac, more, d.Node, findings[k].Seen[mac], c.Node, findings[i].Seen[mac])
		}
		earlier[at] = append(earlier[at], k)
	}
	return out
}

// common is the first address that both saw, and how many more there are. Addresses of virtual routers do
// not count: both sites may well have a group of the same number.
func common(a, b map[string]string) (first string, more int) {
	for _, mac := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[mac]; !ok || virtualRouter(mac) {
			continue
		}
		if first != "" {
			more++
			continue
		}
		first = mac
	}
	return first, more
}

func twice(f Finding, mac string, more int, here, how, there, howThere string) Finding {
	also := ""
	if more > 0 {
		also = fmt.Sprintf(" So are %d more.", more)
	}
	return Finding{
		State:    Failed,
		Measured: fmt.Sprintf("%s is on the segments of %s (%s) and %s (%s)", mac, here, how, there, howThere),
		Why: fmt.Sprintf("One MAC address is on both sites: the segments are joined already, by another extension or by another stretch, and a second way between them is a loop; or a copy of a live host runs on both sites.%s "+
			"Find the other way (l2stretch help loops) or shut the copy down. A host that moved within the ageing time, 300 s by default, shows up as well: wait that long and look again.", also),
		Seen: f.Seen,
	}
}

// virtualRouter reports whether a MAC address is that of a group of routers, which is derived from the number
// of the group alone: VRRP (RFC 5798, section 7.3), HSRP, GLBP.
func virtualRouter(mac string) bool {
	return slices.ContainsFunc([]string{"00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:05:73:a0:0", "00:07:b4:00:"},
		func(prefix string) bool { return strings.HasPrefix(mac, prefix) })
}
