package vyos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A badge is what a description on a box says of whose a part is.
type badge struct {
	spec   string
	object string // as on the box: a dot has become an underscore
}

// badgeOf reads the description of a node.
func badgeOf(n config.Node) (badge, bool) {
	spec, object := markAt(n)
	return badge{spec, object}, spec != ""
}

// A part is a subtree, a leaf or a value of a configuration that belongs to a specification.
type part struct {
	node   config.Node
	object string // in the words of the specification, as far as the box tells
}

// An estate is what of a configuration belongs to one specification. The configuration alone says so: a
// description, a name that a described part refers to, or a prefix list that remembers what can carry neither.
type estate struct {
	spec string
	tree *config.Tree
	rel  *release.Release

	known  map[badge]bool         // tunnels of all specifications, as descriptions say
	specs  []string               // all specifications on the box, and this one
	parts  []part                 // each node once
	index  map[config.Node]int    // into parts
	others map[config.Node]string // what prefix lists of other specifications remember, with the specification
}

// pathKey makes a path a map's key. Words of a configuration hold no line break.
func pathKey(path []string) string { return strings.Join(path, "\n") }

// survey finds what belongs to a specification.
func survey(t *config.Tree, rel *release.Release, spec string) *estate {
	e := &estate{
		spec: spec, tree: t, rel: rel, specs: []string{spec},
		known: make(map[badge]bool), index: make(map[config.Node]int), others: make(map[config.Node]string),
	}
	e.marks()
	e.interfaces()
	e.ipsec()
	e.bgp()
	e.firewall()
	e.lists()
	return e
}

func (e *estate) add(object string, n config.Node) {
	if i, ok := e.index[n]; ok {
		e.parts[i].object = object
		return
	}
	e.index[n] = len(e.parts)
	e.parts = append(e.parts, part{n, object})
}

// at returns the part that a node is, if it is one.
func (e *estate) at(n config.Node) (part, bool) {
	i, ok := e.index[n]
	if !ok {
		return part{}, false
	}
	return e.parts[i], true
}

// owns reports whether a node of the tree is this specification's, by itself or with what it lies in.
func (e *estate) owns(n config.Node) bool {
	for ; n != n.Parent(); n = n.Parent() {
		if _, ok := e.index[n]; ok {
			return true
		}
	}
	return false
}

// has is owns for a path, which need not be there.
func (e *estate) has(path []string) bool {
	n, ok := e.tree.Root(), true
	for _, word := range path {
		if n, ok = n.Child(word); !ok {
			return false
		}
		if _, ours := e.index[n]; ours {
			return true
		}
	}
	return false
}

// sorted orders parts by their paths.
func sorted(parts []part) []part {
	type placed struct {
		part
		path []string
	}
	all := make([]placed, len(parts))
	for i, p := range parts {
		all[i] = placed{p, p.node.Path()}
	}
	slices.SortFunc(all, func(a, b placed) int { return slices.Compare(a.path, b.path) })
	out := make([]part, len(parts))
	for i, p := range all {
		out[i] = p.part
	}
	return out
}

// instances yields the instances of a tag.
func (e *estate) instances(path ...string) func(yield func(config.Node) bool) {
	n, ok := e.tree.Find(path...)
	if !ok {
		return func(func(config.Node) bool) {}
	}
	return n.Children()
}

// described is the part that a description marks, when it is this specification's.
func (e *estate) described(n config.Node) (object string, ours bool) {
	spec, object := markAt(n)
	return object, spec == e.spec
}

// bgpRoots are the paths of the BGP processes; there is one, but a file may say otherwise.
func (e *estate) bgpRoots() [][]string {
	if e.rel.Has(release.SystemAS) {
		return [][]string{{"protocols", "bgp"}}
	}
	var out [][]string
	for n := range e.instances("protocols", "bgp") {
		out = append(out, n.Path())
	}
	return out
}

// marks collects what the descriptions say of all specifications.
func (e *estate) marks() {
	paths := [][]string{
		{"interfaces", "vti"}, {"vpn", "ipsec", "site-to-site", "peer"}, {"policy", "prefix-list"}, {"policy", "prefix-list6"},
	}
	for _, root := range e.bgpRoots() {
		paths = append(paths, join(root, "neighbor"))
	}
	for _, path := range paths {
		for n := range e.instances(path...) {
			m, ok := badgeOf(n)
			if !ok || e.known[m] {
				continue
			}
			e.known[m] = true
			if !slices.Contains(e.specs, m.spec) {
				e.specs = append(e.specs, m.spec)
			}
		}
	}
}

// named says whether something that can carry no description belongs to this specification by its name,
// L2S-<spec>-<object>. Both halves may hold hyphens. A name that a description on the box explains is its;
// any other goes to the longest specification that it can mean.
func (e *estate) named(name string) (object string, ours bool) {
	rest, ok := strings.CutPrefix(name, ir.ObjectName(e.spec, ""))
	if !ok || rest == "" {
		return "", false
	}
	if e.known[badge{e.spec, rest}] {
		return rest, true
	}
	for _, other := range e.specs {
		theirs, ok := strings.CutPrefix(name, ir.ObjectName(other, ""))
		if ok && other != e.spec && (e.known[badge{other, theirs}] || len(other) > len(e.spec)) {
			return "", false
		}
	}
	return rest, true
}

// nicKinds are the kinds of interfaces that a stretch is attached to.
var nicKinds = []string{"ethernet", "bonding"}

// nicLeaves are what of a NIC is ours when its description is: the NIC itself was there before.
var nicLeaves = []string{"description", "mtu", "bridge-group"}

func (e *estate) interfaces() {
	for _, k := range []struct{ kind, what string }{
		{"vti", "tunnel "}, {"bridge", "stretch "}, {"vxlan", "stretch "}, {"dummy", "gateway "},
	} {
		for n := range e.instances("interfaces", k.kind) {
			object, ours := e.described(n)
			if !ours {
				continue
			}
			e.add(k.what+object, n)
			if o, ok := e.tree.Find("firewall", "options", "interface", n.Name()); ok && k.kind == "vti" {
				e.add(k.what+object, o)
			}
		}
	}
	for _, kind := range nicKinds {
		for n := range e.instances("interfaces", kind) {
			if object, ours := e.described(n); ours {
				for _, leaf := range nicLeaves {
					if l, ok := n.Child(leaf); ok {
						e.add("stretch "+object, l)
					}
				}
			}
			for vif := range e.instances("interfaces", kind, n.Name(), "vif") {
				if object, ours := e.described(vif); ours {
					e.add("stretch "+object, vif)
				}
			}
		}
	}
}

func (e *estate) ipsec() {
	for n := range e.instances("vpn", "ipsec", "site-to-site", "peer") {
		if object, ours := e.described(n); ours {
			e.add("tunnel "+object, n)
		}
	}
	for _, path := range [][]string{
		{"vpn", "ipsec", "ike-group"}, {"vpn", "ipsec", "esp-group"}, {"vpn", "ipsec", "authentication", "psk"},
	} {
		for n := range e.instances(path...) {
			if object, ours := e.named(n.Name()); ours {
				e.add("tunnel "+object, n)
			}
		}
	}
}

func (e *estate) bgp() {
	for _, root := range e.bgpRoots() {
		for n := range e.instances(join(root, "neighbor")...) {
			object, ours := e.described(n)
			if !ours {
				continue
			}
			e.add("tunnel "+object, n)
			_, bfd := n.Child("bfd")
			if peer, ok := e.tree.Find("protocols", "bfd", "peer", n.Name()); ok && bfd && !e.rel.Has(release.BFDByNeighbor) {
				e.add("tunnel "+object, peer)
			}
		}
	}
}

func (e *estate) firewall() {
	groups := []string{ir.ObjectName(e.spec, "vxlan"), ir.ObjectName(e.spec, "vti")}
	for n := range e.instances("firewall", "group", "interface-group") {
		if object, ours := e.described(n); ours && slices.Contains(groups, n.Name()) {
			e.add("gateway "+object, n)
		}
	}
	for _, ip := range []string{"ipv4", "ipv6"} {
		for n := range e.instances("firewall", ip, "output", "filter", "rule") {
			if object, ours := e.described(n); ours {
				e.add("tunnel "+object, n)
			}
		}
	}
	for n := range e.instances("firewall", "bridge", "forward", "filter", "rule") {
		if object, ours := e.frameRule(n, groups[0]); ours {
			e.add(object, n)
		}
	}
}

// frameRule recognizes a rule on bridged frames, which 1.4 and 1.5 give no description: it names our group,
// or stands at the number of a VXLAN device of ours and filters by it.
func (e *estate) frameRule(n config.Node, group string) (object string, ours bool) {
	for _, dir := range []string{"inbound-interface", "outbound-interface"} {
		if at, ok := n.Child(dir); ok {
			if name, _ := at.Value("group"); name == group {
				g, _ := e.tree.Find("firewall", "group", "interface-group", group)
				if !g.Valid() {
					return "", true
				}
				object, _ := e.described(g)
				return "gateway " + object, true
			}
			name, _ := at.Value("name")
			index, err := strconv.Atoi(strings.TrimPrefix(name, "vxlan"))
			if err != nil || dir != "outbound-interface" || n.Name() != itoa(hopRule(index)) {
				continue
			}
			device, _ := e.tree.Find("interfaces", "vxlan", name)
			if p, ok := e.at(device); ok {
				return p.object, true
			}
		}
	}
	return "", false
}
