package vyos

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// words say in the specification's words what a leaf is. A star stands for one word; the longest match
// counts, and what lies below it.
var words = []struct {
	path  string
	label string
}{
	{"interfaces vxlan * vni", "VNI"},
	{"interfaces vxlan * remote", "far VTEP"},
	{"interfaces vxlan * source-address", "own VTEP"},
	{"interfaces vxlan * port", "UDP port"},
	{"interfaces vxlan * remote-port", "UDP port"},
	{"interfaces vxlan * mtu", "host MTU"},
	{"interfaces vxlan * disable", "paused"},
	{"interfaces vxlan * bridge-group", "bridge of the VXLAN device"},
	{"interfaces bridge * address", "address"},
	{"interfaces bridge * aging", "MAC ageing"},
	{"interfaces bridge * mac", "bridge MAC"},
	{"interfaces bridge * mtu", "host MTU"},
	{"interfaces bridge * ip disable-forwarding", "forwarding off"},
	{"interfaces bridge * member interface", "port"},
	{"interfaces ethernet * mtu", "host MTU"},
	{"interfaces ethernet * vif", "VLAN"},
	{"interfaces ethernet * vif * mtu", "host MTU"},
	{"interfaces ethernet * address", "address of the NIC"},
	{"interfaces ethernet * vif * address", "address of the NIC"},
	{"interfaces ethernet * bridge-group", "bridge of the NIC"},
	{"interfaces bonding * mtu", "host MTU"},
	{"interfaces bonding * vif", "VLAN"},
	{"interfaces vti *", "VTI"},
	{"interfaces vti * address", "tunnel address"},
	{"interfaces vti * mtu", "tunnel MTU"},
	{"interfaces dummy *", "loopback VTEP"},
	{"vpn ipsec ike-group * proposal", "IKE proposals"},
	{"vpn ipsec ike-group * lifetime", "IKE lifetime (s)"},
	{"vpn ipsec ike-group * dead-peer-detection", "dead peer detection"},
	{"vpn ipsec ike-group", "IKE"},
	{"vpn ipsec esp-group * proposal", "ESP proposals"},
	{"vpn ipsec esp-group * lifetime", "ESP lifetime (s)"},
	{"vpn ipsec esp-group * pfs", "PFS"},
	{"vpn ipsec esp-group", "ESP"},
	{"vpn ipsec authentication psk * secret", "pre-shared key"},
	{"vpn ipsec authentication psk", "identities"},
	{"vpn ipsec site-to-site peer * authentication pre-shared-secret", "pre-shared key"},
	{"vpn ipsec site-to-site peer * authentication", "identities"},
	{"vpn ipsec site-to-site peer * remote-address", "far uplink"},
	{"vpn ipsec site-to-site peer * local-address", "own uplink"},
	{"vpn ipsec site-to-site peer * connection-type", "who initiates"},
	{"vpn ipsec site-to-site peer * disable", "drained"},
	{"vpn ipsec site-to-site peer", "peer"},
	{"vpn ipsec", "IPsec of the box"},
	{"policy", "filter of routes"},
	{"protocols bgp * neighbor * timers", "BGP timers"},
	{"protocols bgp neighbor * timers", "BGP timers"},
	{"protocols bgp * neighbor * password", "BGP password"},
	{"protocols bgp neighbor * password", "BGP password"},
	{"protocols bgp * neighbor * remote-as", "far AS"},
	{"protocols bgp neighbor * remote-as", "far AS"},
	{"protocols bgp * neighbor * shutdown", "drained"},
	{"protocols bgp neighbor * shutdown", "drained"},
	{"protocols bgp * neighbor", "BGP neighbor"},
	{"protocols bgp neighbor", "BGP neighbor"},
	{"protocols bgp * address-family * network", "announced network"},
	{"protocols bgp address-family * network", "announced network"},
	{"protocols bgp * parameters router-id", "router-id"},
	{"protocols bgp parameters router-id", "router-id"},
	{"protocols bgp system-as", "AS"},
	{"protocols static", "static route"},
	{"firewall options", "TCP segment size"},
	{"firewall", "filter of frames and packets"},
}

// patterns are the words' paths, cut once.
var patterns = func() [][]string {
	out := make([][]string, len(words))
	for i, w := range words {
		out[i] = strings.Fields(w.path)
	}
	return out
}()

// labelOf is what a path is called, and how many of its words that says; the label is empty for no match.
func labelOf(path []string) (string, int) {
	best, size := "", 0
	for i, pattern := range patterns {
		if len(pattern) <= size || len(pattern) > len(path) {
			continue
		}
		if slices.EqualFunc(pattern, path[:len(pattern)], func(p, word string) bool { return p == "*" || p == word }) {
			best, size = words[i].label, len(pattern)
		}
	}
	return best, size
}

// A portrait is what an object is like: values by label. What has no word of its own counts by its path, with
// the names of devices left out, since these follow from a number.
type portrait map[string][]string

// opaque begins a value that is not shown.
const opaque = "\x00"

// add puts everything below a node into the portrait.
func (p portrait) add(n config.Node, path []string) {
	if n.Empty() || n.IsSecret() {
		p.line(n, path)
		return
	}
	for c := range n.Children() {
		p.add(c, append(path[:len(path):len(path)], c.Name()))
	}
}

func (p portrait) line(n config.Node, path []string) {
	label, size := labelOf(path)
	if label == "" || slices.Contains(path, "description") {
		return
	}
	value := opaque + strings.Join(path[size:], " ")
	switch {
	case n.IsSecret():
		value = opaque + n.Name()
	case len(path) == size+1 && !strings.HasPrefix(path[size], "vxlan"):
		value = path[size]
	case len(path) == size+1:
		return // it follows from the index
	case len(path) == size:
		value = "yes"
	}
	p[label] = append(p[label], value)
}

// headlines say what changes in the words of the specification, by object.
func (d *differ) headlines(p *plan.Plan) []plan.Headline {
	touched := make(map[string]bool)
	for _, ph := range p.Phases {
		for i := range ph.Steps {
			touched[ph.Steps[i].Object] = true
		}
	}
	gateway := d.objects.gateway
	wanted := make(map[string]bool)
	for _, c := range d.want.Claims {
		wanted[c.Object] = true
	}
	had := make(map[string]bool)
	var known []part // of objects that stay and change
	for _, p := range d.before.parts {
		p.object = d.objectNow(p)
		if had[p.object] = true; touched[p.object] && wanted[p.object] {
			known = append(known, p)
		}
	}
	before, after := d.portraits(known), make(portraits)
	for i, c := range d.wanted {
		if d.index[c.node] != i || !touched[c.Object] || !had[c.Object] && c.Object != gateway {
			continue // an object that is new is summed up
		}
		after.add(c.Object, d.target, c.node)
		if c.Holding == Shared {
			before.add(c.Object, d.have.Tree, c.node)
		}
	}
	var out []plan.Headline
	for object := range touched {
		h := plan.Headline{Object: object, Mark: plan.Changed}
		switch {
		case object == gateway:
			h.Text = cmp.Or(sentence(before[object], after[object]), "settings that tunnels and stretches share")
		case !had[object]:
			h.Mark, h.Text = plan.Added, d.summary(object)
		case !wanted[object]:
			h.Mark, h.Text = plan.Removed, "no longer in the specification"
		default:
			h.Text = cmp.Or(sentence(before[object], after[object]), "its mark or a filter")
		}
		out = append(out, h)
	}
	for object := range had { // several may go with one command
		if !touched[object] && !wanted[object] && object != gateway && touched[gateway] {
			out = append(out, plan.Headline{Object: object, Mark: plan.Removed, Text: "no longer in the specification"})
		}
	}
	slices.SortFunc(out, func(a, b plan.Headline) int { return cmp.Compare(a.Object, b.Object) })
	return out
}

// objectNow is the object that wants a part, or else the one that the box tells.
func (d *differ) objectNow(p part) string {
	if n, ok := p.node.Twin(d.want.Tree); ok {
		if i, ok := d.index[n]; ok {
			return d.wanted[i].Object
		}
	}
	return d.wording(p.object)
}

// portraits are those of several objects.
type portraits map[string]portrait

// portraits shows parts as they are before.
func (d *differ) portraits(parts []part) portraits {
	all := make(portraits)
	for _, p := range sorted(parts) {
		all.add(p.object, d.have.Tree, p.node)
	}
	return all
}

// add puts into an object's portrait what a tree has at the path of a node.
func (all portraits) add(object string, t *config.Tree, at config.Node) {
	if all[object] == nil {
		all[object] = make(portrait)
	}
	path := at.Path()
	if n, ok := at.Twin(t); ok {
		all[object].add(n, path)
	}
	if in(path, "interfaces", "vxlan") {
		all[object]["VXLAN device"] = append(all[object]["VXLAN device"], path[2])
	}
}

// sentence says how one portrait differs from another.
func sentence(before, after portrait) string {
	labels := slices.Collect(maps.Keys(before))
	for label := range after {
		if _, ok := before[label]; !ok {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	var out []string
	for _, label := range labels {
		if text := turn(label, missing(before[label], after[label]), missing(after[label], before[label])); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "; ")
}

// missing are the values of a that b does not have, each once. A gateway's portrait has some for each stretch, so
// that they are looked up, not searched for.
func missing(a, b []string) []string {
	seen := make(map[string]bool, len(b))
	for _, v := range b {
		seen[v] = true
	}
	var out []string
	for _, v := range a {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// turn says what turns into what.
func turn(label string, old, new []string) string {
	hidden := func(v string) bool { return strings.HasPrefix(v, opaque) }
	switch {
	case len(old)+len(new) == 0:
		return ""
	case slices.ContainsFunc(old, hidden) || slices.ContainsFunc(new, hidden):
		return label + " changes"
	case label == "port" && len(old) == 1 && len(new) == 1:
		nicA, vlanA, taggedA := strings.Cut(old[0], ".")
		nicB, vlanB, taggedB := strings.Cut(new[0], ".")
		if nicA == nicB && taggedA && taggedB {
			return "VLAN " + vlanA + " -> " + vlanB
		}
		return "NIC " + old[0] + " -> " + new[0]
	case len(old) == 0 && new[0] == "yes":
		return label
	case len(new) == 0 && old[0] == "yes":
		return "no longer " + label
	case len(old) == 0:
		return label + " + " + shorten(new)
	case len(new) == 0:
		return label + " - " + shorten(old)
	}
	return label + " " + shorten(old) + " -> " + shorten(new)
}

// shorten names a few of many.
func shorten(values []string) string {
	const shown = 3
	if len(values) <= shown {
		return strings.Join(values, ", ")
	}
	return strings.Join(values[:shown], ", ") + " and " + itoa(len(values)-shown) + " more"
}
