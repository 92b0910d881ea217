package vyos

import (
	"cmp"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
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
	{"interfaces ethernet * description", "NIC"},
	{"interfaces bonding * mtu", "host MTU"},
	{"interfaces bonding * vif", "VLAN"},
	{"interfaces vti", "VTI"},
	{"interfaces vti * address", "tunnel address"},
	{"interfaces vti * mtu", "tunnel MTU"},
	{"interfaces dummy", "loopback VTEP"},
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
	{"vpn ipsec site-to-site peer", "peer"},
	{"vpn ipsec", "IPsec of the box"},
	{"policy", "filter of routes"},
	{"protocols bgp * neighbor * timers", "BGP timers"},
	{"protocols bgp neighbor * timers", "BGP timers"},
	{"protocols bgp * neighbor * password", "BGP password"},
	{"protocols bgp neighbor * password", "BGP password"},
	{"protocols bgp * neighbor * remote-as", "far AS"},
	{"protocols bgp neighbor * remote-as", "far AS"},
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

// labelOf is what a path is called, and how many of its words that says; the label is empty for no match.
func labelOf(path []string) (string, int) {
	best, size := "", 0
	for _, w := range words {
		pattern := strings.Fields(w.path)
		if len(pattern) <= size || len(pattern) > len(path) {
			continue
		}
		if slices.EqualFunc(pattern, path[:len(pattern)], func(p, word string) bool { return p == "*" || p == word }) {
			best, size = w.label, len(pattern)
		}
	}
	return best, size
}

// A turn is how one thing of an object changes.
type turn struct {
	label    string
	old, new []string
}

// headlines say what changes in the words of the specification, by object.
func (d *differ) headlines(p *plan.Plan) []plan.Headline {
	had, wanted := make(map[string]bool), make(map[string]bool)
	for _, part := range d.before.sorted() {
		had[d.wording(part.object)] = true
	}
	for _, c := range d.want.Claims {
		wanted[c.Object] = true
	}
	changed := make(map[string][]*turn)
	for _, st := range p.Steps() {
		collect(changed, st)
	}
	var out []plan.Headline
	for object, turns := range changed {
		h := plan.Headline{Object: object, Mark: plan.Changed}
		switch gateway := strings.HasPrefix(object, "gateway "); {
		case gateway:
			h.Text = sentence(turns)
		case !had[object]:
			h.Mark, h.Text = plan.Added, d.summary(object)
		case !wanted[object]:
			h.Mark, h.Text = plan.Removed, "no longer in the specification"
		default:
			h.Text = sentence(turns)
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b plan.Headline) int { return cmp.Compare(a.Object, b.Object) })
	return out
}

func collect(changed map[string][]*turn, st plan.Step) {
	name, size := labelOf(st.Path)
	if name == "" {
		name = strings.Join(st.Path, " ")
	}
	turns := changed[st.Object]
	i := slices.IndexFunc(turns, func(t *turn) bool { return t.label == name })
	if i < 0 {
		turns = append(turns, &turn{label: name})
		changed[st.Object], i = turns, len(turns)-1
	}
	t := turns[i]
	value := st.Value
	if value == "" && len(st.Path) > size && size > 0 {
		value = st.Path[size]
	}
	if st.Secret || value == "" || len(st.Path) > size+1 || len(st.Path) > size && st.Value != "" {
		return // a part of something larger: the label has to do
	}
	if st.Op == plan.Delete {
		t.old = append(t.old, value)
		return
	}
	t.new = append(t.new, value)
	if st.Replaces() {
		t.old = append(t.old, st.Undo[0].Value)
	}
}

func sentence(turns []*turn) string {
	var out []string
	for _, t := range turns {
		out = append(out, t.String())
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// String says what turns into what.
func (t *turn) String() string {
	old, new := t.old, t.new
	if t.label == "port" && len(old) == 1 && len(new) == 1 {
		nicA, vlanA, taggedA := strings.Cut(old[0], ".")
		nicB, vlanB, taggedB := strings.Cut(new[0], ".")
		if nicA == nicB && taggedA && taggedB {
			return "VLAN " + vlanA + " -> " + vlanB
		}
		return "NIC " + old[0] + " -> " + new[0]
	}
	switch {
	case len(old) == 0 && len(new) == 0:
		return t.label + " changes"
	case len(old) == 0:
		return t.label + " + " + shorten(new)
	case len(new) == 0:
		return t.label + " - " + shorten(old)
	}
	return t.label + " " + shorten(old) + " -> " + shorten(new)
}

// shorten names a few of many.
func shorten(values []string) string {
	const shown = 3
	if len(values) <= shown {
		return strings.Join(values, ", ")
	}
	return strings.Join(values[:shown], ", ") + " and " + itoa(len(values)-shown) + " more"
}

// summary describes an object that is new on the node.
func (d *differ) summary(object string) string {
	for _, e := range d.n.Ends {
		if tunnelObject(e.Tunnel) == object {
			return "new: to " + e.Peer.Node.Name + " by " + e.Interface + ", " + e.Address.String()
		}
	}
	for _, a := range d.n.Attaches {
		if stretchObject(a.Stretch) == object {
			return "new: " + a.Stretch.Subnet.String() + ", VNI " + itoa(int(a.Stretch.VNI)) + ", " + a.Port() + " in " + a.Bridge()
		}
	}
	return "new"
}
