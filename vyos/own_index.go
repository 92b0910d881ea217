package vyos

import (
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// lists reads the prefix lists: they are parts themselves, and remember which announced networks and
// static routes were added, since these can carry no mark on every release.
func (e *estate) lists() {
	for _, family := range []struct{ list, af, route string }{
		{"prefix-list", "ipv4-unicast", "route"}, {"prefix-list6", "ipv6-unicast", "route6"},
	} {
		for n := range e.instances("policy", family.list) {
			m, ours := e.listOwner(n)
			if m.spec == "" {
				continue
			}
			if ours {
				e.add("tunnel "+m.object, n)
			}
			remember := func(object string, path ...string) {
				there, ok := e.tree.Find(path...)
				switch {
				case !ok:
				case ours:
					e.add(object, there)
				default:
					e.others[there] = m.spec
				}
			}
			for rule := range e.instances("policy", family.list, n.Name(), "rule") {
				prefix, _ := rule.Value("prefix")
				if prefix == "" {
					continue
				}
				network, route := remembered(n.Name(), rule)
				if network {
					for _, root := range e.bgpRoots() {
						remember("gateway", join(root, "address-family", family.af, "network", prefix)...)
					}
				}
				if route {
					remember("tunnel "+m.object, "protocols", "static", family.route, prefix)
				}
			}
		}
	}
}

// listOwner says to which specification a prefix list belongs; without one the mark is empty.
func (e *estate) listOwner(n config.Node) (_ badge, ours bool) {
	if !strings.HasPrefix(n.Name(), "L2S-") {
		return badge{}, false
	}
	m, _ := badgeOf(n)
	return m, m.spec == e.spec
}

// remembered says what of a rule's prefix was added with it: the announced network, the static route.
func remembered(list string, rule config.Node) (network, route bool) {
	action, _ := rule.Value("action")
	permit := action == "permit"
	_, marked := badgeOf(rule)
	switch {
	case strings.HasSuffix(list, "-guard"):
		return false, !permit
	case !permit:
		return false, rule.Name() == itoa(denyTunnel) || rule.Name() == itoa(denyHost)
	case strings.HasSuffix(list, "-export"):
		return true, marked
	}
	return false, marked
}
