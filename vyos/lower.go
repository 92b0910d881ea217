package vyos

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Lower spells a node for its release. It reports what the release cannot do, at the place of the
// specification that asks for it.
func (b Backend) Lower(n *ir.Node) (plan.Snapshot, hcl.Diagnostics) {
	lookup := b.Lookup
	if lookup == nil {
		lookup = release.Lookup
	}
	rel, ok := lookup(n.Release)
	if !ok {
		return nil, hcl.Diagnostics{ir.Diagnose("E0601", n.Ranges.Release,
			"There is no VyOS release %q. Known are %s, and 4.x for the appliance.", n.Release, knownReleases())}
	}
	l := &lowering{n: n, rel: rel, out: &Config{Node: n.Name, For: rel, Tree: config.New()}, nicMTU: nicMTUs(n)}
	l.out.Tree.Grow(wordsOfStretch * (len(n.Attaches) + 5))
	l.checkRelease()
	l.uplink()
	for _, e := range n.Ends {
		l.checkTunnel(e)
		l.guard(e)
		if e.Tunnel.Managed {
			l.vti(e)
			l.ipsec(e)
			l.policy(e)
			l.neighbor(e)
		}
	}
	l.networks()
	for _, a := range n.Attaches {
		l.checkAttach(a)
		l.port(a)
		l.bridge(a)
		l.vxlan(a)
		l.firstHop(a)
	}
	l.loopback()
	l.frameFilter()
	if err := l.out.Tree.Err(); err != nil {
		panic("vyos: " + n.Name + ": " + err.Error()) // words of the model are short, and so is their number
	}
	return l.out, l.diags
}

func knownReleases() string {
	var names []string
	for _, r := range release.All() {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

// wordsOfStretch is about how many words of a configuration a stretch takes.
const wordsOfStretch = 55

// A lowering is the state of lowering one node.
type lowering struct {
	n     *ir.Node
	rel   *release.Release
	out   *Config
	diags hcl.Diagnostics

	nicMTU map[string]int // by NIC; a VLAN is none
}

func (l *lowering) report(code ir.Code, at hcl.Range, format string, args ...any) {
	l.diags = append(l.diags, ir.Diagnose(code, at, format, args...))
}

// own claims a part of the configuration as ours whole and returns it.
func (l *lowering) own(object string, path ...string) config.Node {
	l.claim(Owned, object, path)
	return l.out.Tree.Ensure(path...)
}

// share adds a value that others may use too; the last word of the path is the value.
func (l *lowering) share(object string, path ...string) {
	l.claim(Shared, object, path)
	last := len(path) - 2
	l.out.Tree.Ensure(path[:last]...).Leaf(path[last], path[last+1])
}

// index claims a part that can carry no mark and returns it.
func (l *lowering) index(object string, path ...string) config.Node {
	l.claim(Indexed, object, path)
	return l.out.Tree.Ensure(path...)
}

func (l *lowering) claim(h Holding, object string, path []string) {
	l.out.Claims = append(l.out.Claims, Claim{Path: path, Object: object, Holding: h})
}

// gatewayObject is the node itself as an object of the specification.
func (l *lowering) gatewayObject() string { return "gateway " + l.n.Name }

func tunnelObject(t *ir.Tunnel) string { return "tunnel " + t.Name }

func stretchObject(s *ir.Stretch) string { return "stretch " + s.Name }

// name is an object's name on the box.
func (l *lowering) name(object string) string { return ir.ObjectName(l.n.Spec, object) }

// marker is the description of an object's parts on the box.
func (l *lowering) marker(object string) string { return ir.Marker(l.n.Spec, object) }

// state sets a leaf unless its value is what every release has by itself: such a line would say nothing.
func (l *lowering) state(n config.Node, leaf, value string) {
	if !l.rel.Restates(value, append(n.Path(), leaf)...) {
		n.Leaf(leaf, value)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// six is the suffix that nodes for IPv6 have where IPv4 has none.
func six(a netip.Addr) string {
	if a.Is6() {
		return "6"
	}
	return ""
}

// addressFamily is the name of an address's family under BGP.
func addressFamily(a netip.Addr) string {
	if a.Is6() {
		return "ipv6-unicast"
	}
	return "ipv4-unicast"
}
