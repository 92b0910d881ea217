package vyos

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// An Outcome is what a box makes of a configuration that breaks a rule.
type Outcome string

// The outcomes. Most faults of the second and third kind are accepted without a word.
const (
	Refused Outcome = "refused" // by the commit, with a reason
	Crashes Outcome = "crashes" // the commit ends in a traceback, half of it active
	Breaks  Outcome = "breaks"  // accepted, and does not do what it should
)

// A Rule is something that a configuration must keep: what the box's own checks at commit demand, and what
// they do not say.
type Rule struct {
	Name    string  // as in vxlan-vni
	Outcome Outcome // where it is broken
	Why     string  // a clause

	// Only tells for which releases the rule holds; nil is all of them.
	Only func(*release.Release) bool

	check func(*audit)
}

// A Fault is a place where a configuration breaks a rule.
type Fault struct {
	Rule Rule
	Path []string
	Text string // what is wrong there, a clause
}

// String is the fault in one line.
func (f Fault) String() string {
	return fmt.Sprintf("%s (%s): %s: %s", f.Rule.Name, f.Rule.Outcome, strings.Join(f.Path, " "), f.Text)
}

// Rules is the table of all rules, by subject.
func Rules() []Rule {
	return slices.Concat(interfaceRules, bridgeRuleTable, vxlanRules, ipsecRules, peerRules, routingRules, bgpRules, filterRules)
}

// Verify holds a configuration against every rule of its release. The tree is a whole box's, or what the
// compiler made for one: rules that need the rest of the box (whether a NIC exists, what a default route
// leads to) are not among them. Of a box that others configure as well, only the faults that a change adds are
// the change's own.
func Verify(t *config.Tree, rel *release.Release) []Fault {
	return verify(t, rel, func(Rule) bool { return true })
}

// verify is Verify by some of the rules.
func verify(t *config.Tree, rel *release.Release, counts func(Rule) bool) []Fault {
	a := newAudit(t, rel)
	for _, r := range Rules() {
		if counts(r) && (r.Only == nil || r.Only(rel)) {
			a.rule = r
			r.check(a)
		}
	}
	return a.faults
}

// An audit is a configuration while it is verified, with what several rules ask of it.
type audit struct {
	root   config.Node
	rel    *release.Release
	ports  []audited              // every interface and VLAN of one
	kinds  map[string][]audited   // the same, by kind
	named  map[string]config.Node // the same, by name
	owner  map[netip.Addr]string  // which interface has an address
	member map[string][]string    // bridges that an interface is a member of
	under  map[string]string      // the interface whose source-interface or link it is
	bond   map[string]string      // the bond that it is a member of
	rule   Rule
	faults []Fault
}

// An audited interface is a port that may have addresses.
type audited struct {
	name, kind string
	node       config.Node
}

func newAudit(t *config.Tree, rel *release.Release) *audit {
	a := &audit{
		root: t.Root(), rel: rel, kinds: make(map[string][]audited), named: make(map[string]config.Node), owner: make(map[netip.Addr]string),
		member: make(map[string][]string), under: make(map[string]string), bond: make(map[string]string),
	}
	interfaces, _ := a.root.Child("interfaces")
	if !interfaces.Valid() {
		return a
	}
	for kind := range interfaces.Children() {
		for ifc := range kind.Children() {
			a.port(kind.Name(), ifc.Name(), ifc)
			for _, vif := range a.all(ifc, "vif") {
				a.port(kind.Name(), ifc.Name()+"."+vif.Name(), vif)
			}
		}
	}
	for _, p := range a.ports {
		for _, v := range p.node.Values("address") {
			if prefix, err := netip.ParsePrefix(v); err == nil {
				a.owner[prefix.Addr()] = p.name
			}
		}
		for _, leaf := range []string{"source-interface", "link"} {
			if lower, ok := p.node.Value(leaf); ok {
				a.under[lower] = p.name
			}
		}
		if p.kind == "bridge" {
			for _, m := range a.below(p.node, "member", "interface") {
				a.member[m.Name()] = append(a.member[m.Name()], p.name)
			}
		}
		if p.kind == "bonding" {
			if m, ok := p.node.Find("member"); ok {
				for _, name := range m.Values("interface") {
					a.bond[name] = p.name
				}
			}
		}
		if g, ok := p.node.Child("bridge-group"); ok {
			if br, ok := g.Value("bridge"); ok {
				a.member[p.name] = append(a.member[p.name], br)
			}
		}
	}
	return a
}

func (a *audit) port(kind, name string, n config.Node) {
	a.ports = append(a.ports, audited{name, kind, n})
	a.kinds[kind] = append(a.kinds[kind], audited{name, kind, n})
	a.named[name] = n
}

// of lists the interfaces of a kind.
func (a *audit) of(kind string) []audited { return a.kinds[kind] }

// all lists the instances of a tag below a node.
func (a *audit) all(n config.Node, tag string) []config.Node { return a.below(n, tag) }

// below lists what stands below a path from a node.
func (a *audit) below(n config.Node, path ...string) []config.Node {
	at, ok := n.Find(path...)
	if !ok {
		return nil
	}
	return slices.Collect(at.Children())
}

// list lists what stands below a path from the root.
func (a *audit) list(path ...string) []config.Node { return a.below(a.root, path...) }

// exists reports whether there is something at a path from the root.
func (a *audit) exists(path ...string) bool {
	_, ok := a.root.Find(path...)
	return ok
}

func (a *audit) fault(n config.Node, format string, args ...any) {
	a.faults = append(a.faults, Fault{a.rule, n.Path(), fmt.Sprintf(format, args...)})
}

// number is the value of a leaf, 0 when there is none.
func (a *audit) number(n config.Node, leaf string) int {
	v, _ := n.Value(leaf)
	i, _ := strconv.Atoi(v)
	return i
}

// text is the value of a leaf, empty when there is none.
func (a *audit) text(n config.Node, path ...string) string {
	last := len(path) - 1
	at := n
	if last > 0 {
		var ok bool
		if at, ok = n.Find(path[:last]...); !ok {
			return ""
		}
	}
	v, _ := at.Value(path[last])
	return v
}

// holds reports whether a leaf or node stands below a node.
func (a *audit) holds(n config.Node, path ...string) bool {
	_, ok := n.Find(path...)
	return ok
}

// connected reports whether an address is a neighbour on a segment that the box has.
func (a *audit) connected(hop netip.Addr) bool {
	for _, p := range a.ports {
		if a.member[p.name] != nil {
			continue
		}
		for _, v := range p.node.Values("address") {
			if prefix, err := netip.ParsePrefix(v); err == nil && prefix.Contains(hop) && prefix.Addr() != hop {
				return true
			}
		}
	}
	return false
}

// bgpProcess is the BGP process; its number stands in the path of older releases.
func (a *audit) bgpProcess() (config.Node, bool) {
	n, ok := a.root.Find("protocols", "bgp")
	if !ok || a.rel.Has(release.SystemAS) {
		return n, ok
	}
	for as := range n.Children() {
		return as, true
	}
	return n, false
}

// lacks is a rule's condition: the release has not got a feature.
func lacks(f release.Feature) func(*release.Release) bool {
	return func(r *release.Release) bool { return !r.Has(f) }
}

// knows is a rule's condition: the release has a feature.
func knows(f release.Feature) func(*release.Release) bool {
	return func(r *release.Release) bool { return r.Has(f) }
}
