package sessiontest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// said are the words of the router's own checks, where they are known. %i is the instance that the fault lies in.
var said = map[string]string{
	"bgp-system-as":         "BGP system-as number must be defined!",
	"neighbor-remote-as":    `Neighbor "%i" remote-as must be set!`,
	"vxlan-vni":             `Must either configure VXLAN "vni" or use "external" CLI option!`,
	"vxlan-remote":          "Group, remote, source-address or source-interface must be configured",
	"peer-ike-group":        "Missing ike-group on site-to-site peer %i",
	"peer-esp-group":        "Missing esp-group on site-to-site peer %i",
	"peer-local":            "Missing local-address or dhcp-interface on site-to-site peer %i",
	"peer-authentication":   "Missing authentication on site-to-site peer %i",
	"psk-complete":          `Authentication psk "%i" missing "id" or "secret"`,
	"bridge-member-address": "Cannot assign address to interface \"%i\" as it is a member of bridge",
	"vxlan-underlay-mtu":    "Underlaying device MTU is to small for VXLAN overhead",
}

// verify is what the script of a group finds wrong with the configuration as a whole, in the group's own part: the text
// and whether it refuses.
func (r *Router) verify(g *group, target *config.Tree) (string, bool) {
	for _, f := range r.faultsOf(target) {
		owner, _ := r.owner(f.Path)
		if !slices.Equal(owner, g.path) {
			continue
		}
		switch f.Rule.Outcome {
		case vyos.Crashes:
			return r.report(g.path[min(1, len(g.path)-1)], g.path[len(g.path)-1]), true
		case vyos.Refused:
			instance := f.Path[len(f.Path)-1]
			text, ok := said[f.Rule.Name]
			if !ok {
				text = strings.ToUpper(f.Text[:1]) + f.Text[1:] + "!"
			}
			return strings.ReplaceAll(text, "%i", instance), true
		}
	}
	return "", false
}

// faultsOf is the audit of a configuration; that of the last one is kept, since every script of a commit looks at the
// same.
func (r *Router) faultsOf(t *config.Tree) []vyos.Fault {
	if r.audited != t {
		r.audited, r.audit = t, vyos.Verify(t, r.rel)
	}
	return r.audit
}

// warnings is what a script says without refusing.
func (r *Router) warnings(g *group, target *config.Tree) string {
	if r.rel.Debian < 12 {
		return ""
	}
	n, ok := target.Find(g.path...)
	switch path := strings.Join(g.path[:min(2, len(g.path))], " "); {
	case path == "service ssh":
		return "Failed to stop sshguard.service: Unit sshguard.service not loaded.\n\n"
	case !ok:
	case path == "interfaces vxlan" && small(n):
		return smallFrames
	case path == "interfaces bridge":
		members, _ := n.Find("member", "interface")
		if !members.Valid() {
			break
		}
		for m := range members.Children() {
			if vx, ok := target.Find("interfaces", "vxlan", m.Name()); ok && small(vx) {
				return smallFrames
			}
		}
	}
	return ""
}

const smallFrames = "\nWARNING: RFC7348 recommends VXLAN tunnels preserve a 1500 byte MTU\n\n\n"

// small reports whether an interface has less than the usual MTU.
func small(n config.Node) bool {
	v, ok := n.Value("mtu")
	mtu, err := strconv.Atoi(v)
	return ok && err == nil && mtu < 1500
}
