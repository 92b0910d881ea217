package vyos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A hook is a place where the gateway's firewall looks at packets to or from the gateway itself. A packet passes when
// every hook accepts it.
type hook struct {
	chain     []string // path of the rules; it need not exist
	byDefault string   // action of a chain that does not say
	// bind is the command that has the rules looked at, where there are none yet; nil when they are.
	bind []string
	// zoneless is an interface in no zone, which the zone of the gateway itself cuts off; the chain is that zone.
	zoneless string
}

// hooks are those that a packet passes.
func (d *differ) hooks(p *probe) []hook {
	six := p.dst.Is6()
	var out []hook
	if d.rel.Has(release.OutputFilter) {
		ip, side := "ipv4", "input"
		if six {
			ip = "ipv6"
		}
		if p.in == "" {
			side = "output"
		}
		if path := []string{"firewall", ip, side, "filter"}; exists(d.target, path...) {
			out = append(out, hook{chain: path, byDefault: "accept"})
		}
	} else if n, ok := d.target.Find(nicPathOf(p.in)...); ok && p.in != "" {
		if v, ok := n.Find("firewall", "local"); ok {
			if name, ok := v.Value(d.leafOfChain(six)); ok {
				out = append(out, hook{chain: d.namedChain(six, name), byDefault: "drop"})
			}
		}
	}
	if h, ok := d.zoneHook(p); ok {
		out = append(out, h)
	}
	return out
}

// namedChain is where rules with a name are configured.
func (d *differ) namedChain(six bool, name string) []string {
	switch {
	case d.rel.Has(release.OutputFilter) && six:
		return []string{"firewall", "ipv6", "name", name}
	case d.rel.Has(release.OutputFilter):
		return []string{"firewall", "ipv4", "name", name}
	}
	return []string{"firewall", d.leafOfChain(six), name}
}

// leafOfChain is the leaf that refers to a chain of a family.
func (d *differ) leafOfChain(six bool) string {
	if six {
		return "ipv6-name"
	}
	return "name"
}

// zonesPath is where the zones of a release are configured.
func (d *differ) zonesPath() []string {
	if d.rel.Has(release.OutputFilter) {
		return []string{"firewall", "zone"}
	}
	return []string{"zone-policy", "zone"}
}

// nicPathOf is where any interface is configured.
func nicPathOf(name string) []string {
	for _, kind := range []string{"vti", "vxlan", "bridge"} {
		if strings.HasPrefix(name, kind) {
			return []string{"interfaces", kind, name}
		}
	}
	return nicPath(name)
}

// zones finds the zone that is the gateway itself and the one of an interface.
func (d *differ) zones(name string) (local, of config.Node) {
	all, ok := d.target.Find(d.zonesPath()...)
	if !ok {
		return local, of
	}
	for z := range all.Children() {
		if exists0(z, "local-zone") {
			local = z
		}
		members := z.Values("interface")
		if m, ok := z.Find("member", "interface"); ok {
			for v := range m.Children() {
				members = append(members, v.Name())
			}
		}
		if slices.Contains(members, name) {
			of = z
		}
	}
	return local, of
}

// zoneHook is the chain between the zone of an interface and the gateway's own. Once the gateway has a zone, what
// no zone lets through is dropped, packets of interfaces without a zone as well.
func (d *differ) zoneHook(p *probe) (hook, bool) {
	name, six := p.in+p.out, p.dst.Is6()
	local, of := d.zones(name)
	if !local.Valid() {
		return hook{}, false
	}
	from, to := of, local
	if p.in == "" {
		if from, to = local, of; !d.rel.Has(release.OutputFilter) && !d.filtersOutput(local.Name()) {
			return hook{}, false // these releases look at what the gateway sends once some zone has rules for it
		}
	}
	byDefault, _ := local.Value("default-action")
	if byDefault == "" {
		byDefault = "drop"
	}
	if !of.Valid() {
		return hook{chain: local.Path(), byDefault: byDefault, zoneless: name}, true
	}
	if at, ok := to.Find("from", from.Name(), "firewall"); ok {
		if name, ok := at.Value(d.leafOfChain(six)); ok {
			return hook{chain: d.namedChain(six, name), byDefault: "drop"}, true
		}
	}
	chain := d.namedChain(six, from.Name()+"-"+to.Name())
	return hook{chain: chain, byDefault: byDefault, bind: join(to.Path(), "from", from.Name(), "firewall", d.leafOfChain(six), chain[len(chain)-1])}, true
}

// filtersOutput reports whether some zone has rules for what the gateway itself sends.
func (d *differ) filtersOutput(local string) bool {
	all, _ := d.target.Find(d.zonesPath()...)
	for z := range all.Children() {
		if _, ok := z.Find("from", local, "firewall"); ok {
			return true
		}
	}
	return false
}

// stateful reports whether the gateway accepts the answers to whatever it sends, before any rule.
func (d *differ) stateful() bool {
	at := []string{"firewall", "state-policy", "established"}
	if d.rel.Has(release.OutputFilter) {
		at = []string{"firewall", "global-options", "state-policy", "established"}
	}
	n, ok := d.target.Find(at...)
	if !ok {
		return false
	}
	action, _ := n.Value("action")
	return action == "accept"
}

// decide is what a hook does to a packet.
func (d *differ) decide(f *filter, h hook, p *probe) decision {
	if h.zoneless == "" && h.bind == nil {
		if n, ok := d.target.Find(h.chain...); ok {
			return f.chain(n, h.byDefault, p, 0)
		}
	}
	return decision{accept: is(h.byDefault == "accept")}
}

// far is the other end's address of a packet, with the words that say which way it goes.
func (p *probe) far() (side string, a netip.Addr, way string) {
	if p.in == "" {
		return "destination", p.dst, "to " + p.dst.String() + " by " + p.out
	}
	return "source", p.src, "from " + p.src.String() + " on " + p.in
}
