package vyos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A ruleChain is a list of rules of the firewall of 1.4 and later.
type ruleChain struct {
	node config.Node
	ip   string // ipv4, ipv6, bridge
}

// chains lists every list of rules of the firewall.
func (a *audit) chains() (out []ruleChain) {
	for _, ip := range []string{"ipv4", "ipv6", "bridge"} {
		for _, hook := range a.list("firewall", ip) {
			for _, c := range slices.Collect(hook.Children()) {
				if a.holds(c, "rule") {
					out = append(out, ruleChain{c, ip})
				}
			}
		}
	}
	return out
}

var filterRules = []Rule{
	{
		Name: "firewall-action", Outcome: Refused, Why: "a rule has an action",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					if !a.holds(r, "action") {
						a.fault(r, "action is missing")
					}
				}
			}
		},
	},
	{
		Name: "firewall-port", Outcome: Refused, Why: "a port needs a protocol that has ports",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					for _, side := range []string{"source", "destination"} {
						if a.holds(r, side, "port") && !slices.Contains([]string{"tcp", "udp", "tcp_udp"}, a.text(r, "protocol")) {
							a.fault(r, "%s port with protocol %q", side, a.text(r, "protocol"))
						}
					}
				}
			}
		},
	},
	{
		Name: "firewall-interface-group", Outcome: Refused, Why: "a group of interfaces exists, and stands alone",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					for _, dir := range []string{"inbound-interface", "outbound-interface"} {
						g := strings.TrimPrefix(a.text(r, dir, "group"), "!")
						if g != "" && !a.exists("firewall", "group", "interface-group", g) {
							a.fault(r, "interface-group %s does not exist", g)
						}
						if g != "" && a.holds(r, dir, "name") {
							a.fault(r, "%s with a name and a group", dir)
						}
					}
				}
			}
		},
	},
	{
		Name: "firewall-group-member", Outcome: Breaks, Why: "a rule on a group of interfaces that are not there matches nothing",
		check: func(a *audit) {
			for _, g := range a.list("firewall", "group", "interface-group") {
				for _, name := range g.Values("interface") {
					if strings.HasPrefix(name, "vxlan") && !a.exists("interfaces", "vxlan", name) {
						a.fault(g, "there is no interface %s", name)
					}
				}
			}
		},
	},
	{
		Name: "firewall-group", Outcome: Refused, Why: "a group of addresses, networks or ports exists",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					for _, side := range []string{"source", "destination"} {
						for _, kind := range a.below(r, side, "group") {
							g := strings.TrimPrefix(a.text(r, side, "group", kind.Name()), "!")
							set := kind.Name()
							if c.ip == "ipv6" && (set == "address-group" || set == "network-group") {
								set = "ipv6-" + set
							}
							if g != "" && !a.exists("firewall", "group", set, g) {
								a.fault(r, "%s %s does not exist", set, g)
							}
						}
					}
				}
			}
		},
	},
	{
		Name: "firewall-jump", Outcome: Refused, Why: "a jump has a target that exists, and nothing else has one",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					target := a.text(r, "jump-target")
					if (a.text(r, "action") == "jump") != (target != "") || target != "" && !a.exists("firewall", c.ip, "name", target) {
						a.fault(r, "action %s with jump-target %q", a.text(r, "action"), target)
					}
				}
			}
		},
	},
	{
		Name: "firewall-rule-number", Outcome: Refused, Why: "rules are numbered up to 999999",
		check: func(a *audit) {
			for _, c := range a.chains() {
				for _, r := range a.all(c.node, "rule") {
					if n, err := strconv.Atoi(r.Name()); err != nil || n < 1 || n > 999999 {
						a.fault(r, "its number is out of range")
					}
				}
			}
		},
	},
	{
		Name: "firewall-bridge-default", Outcome: Breaks, Why: "a default of drop in the filter of bridged frames drops ARP of every stretch",
		check: func(a *audit) {
			n, ok := a.root.Find("firewall", "bridge", "forward", "filter")
			if ok && a.text(n, "default-action") == "drop" && len(a.of("vxlan")) > 0 {
				a.fault(n, "default-action drop")
			}
		},
	},
	{
		Name: "firewall-options-interface", Outcome: Refused, Why: "the clamp is for an interface that exists",
		check: func(a *audit) {
			for _, i := range a.list("firewall", "options", "interface") {
				if _, ok := a.named[i.Name()]; !ok {
					a.fault(i, "there is no such interface")
				}
			}
		},
	},
}
