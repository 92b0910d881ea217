package session

import (
	"net/netip"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// whatIsMissing makes a finding out of what a check is about and the running configuration does not have: what commands
// print of an interface that does not exist tells nobody what is wrong. Conditions of a change stay as they are, since
// what they ask about may be yet to come.
func (d *Device) whatIsMissing(c plan.Check, f plan.Finding) plan.Finding {
	if c.Before || f.State != plan.Skipped && f.State != plan.Waiting {
		return f
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now == nil || d.now.tree == nil {
		return f
	}
	if why := disabled(d.now.tree, args(c.Args)); why != "" {
		return finding(plan.Paused, f.Measured, "%s", why)
	}
	if why := missing(d.now.tree, args(c.Args)); why != "" {
		return finding(plan.Failed, "", "%s l2stretch plan shows what differs.", why)
	}
	return f
}

// disabled says in a sentence what of a check's arguments somebody has disabled (N26, N36).
func disabled(t *config.Tree, a args) string {
	if name := a["vxlan"]; name != "" && has(t, "interfaces", "vxlan", name, "disable") {
		return name + " is disabled on the gateway."
	}
	if name := a["connection"]; name != "" && has(t, "vpn", "ipsec", "site-to-site", "peer", name, "disable") {
		return "The IPsec peer " + name + " is disabled on the gateway."
	}
	if name := a["neighbor"]; name != "" && has(t, "protocols", "bgp", "neighbor", name, "shutdown") {
		return "The BGP neighbor " + name + " is shut on the gateway."
	}
	return ""
}

func has(t *config.Tree, path ...string) bool {
	_, ok := t.Find(path...)
	return ok
}

// missing says in a sentence what of a check's arguments a configuration does not have, the first such thing only.
func missing(t *config.Tree, a args) string {
	for _, key := range []string{"bridge", "vxlan", "interface"} {
		for _, name := range a.list(key) {
			if !hasInterface(t, name) {
				return "There is no interface " + name + " on the gateway."
			}
		}
	}
	if bridge := a["bridge"]; bridge != "" {
		for _, key := range []string{"port", "vxlan"} {
			if port := a[key]; port != "" && !joins(t, bridge, port) {
				return port + " is no port of " + bridge + " on the gateway."
			}
		}
	}
	if from, err := netip.ParseAddr(a["from"]); err == nil && !hasAddress(t, from) {
		return "No interface of the gateway has the address " + from.String() + "."
	}
	if a["connection"] != "" {
		if !has(t, "vpn", "ipsec", "site-to-site", "peer") {
			return "There is no IPsec peer on the gateway."
		}
	}
	return ""
}

// interfaces calls f for every interface of a configuration, those of VLANs included, until it returns true.
func interfaces(t *config.Tree, f func(name string, n config.Node) bool) bool {
	root, ok := t.Find("interfaces")
	if !ok {
		return false
	}
	for kind := range root.Children() {
		for n := range kind.Children() {
			if f(n.Name(), n) {
				return true
			}
			vifs, ok := n.Child("vif")
			if !ok {
				continue
			}
			for vif := range vifs.Children() {
				if f(n.Name()+"."+vif.Name(), vif) {
					return true
				}
			}
		}
	}
	return false
}

func hasInterface(t *config.Tree, name string) bool {
	return interfaces(t, func(n string, _ config.Node) bool { return n == name })
}

func hasAddress(t *config.Tree, a netip.Addr) bool {
	return interfaces(t, func(_ string, n config.Node) bool {
		for _, s := range n.Values("address") {
			if p, err := netip.ParsePrefix(s); err == nil && p.Addr() == a {
				return true
			}
		}
		return false
	})
}

// joins reports whether an interface is a port of a bridge: the bridge names it, or in 1.2 it names the bridge.
func joins(t *config.Tree, bridge, port string) bool {
	if has(t, "interfaces", "bridge", bridge, "member", "interface", port) {
		return true
	}
	return interfaces(t, func(name string, n config.Node) bool {
		group, ok := n.Find("bridge-group", "bridge")
		if name != port || !ok {
			return false
		}
		for v := range group.Children() {
			if v.Name() == bridge {
				return true
			}
		}
		return false
	})
}
