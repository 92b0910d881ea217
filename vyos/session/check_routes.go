package session

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// is6 reports whether an address or prefix is of IPv6.
func is6(s string) bool { return strings.Contains(s, ":") }

func scriptClear(a args) *commands {
	ip, show, table := []string{"ip"}, "show ip route ", "ip"
	if is6(a["to"]) {
		ip, show, table = []string{"ip", "-6"}, "show ipv6 route ", "ip6"
	}
	s := newCommands().run("get", append(ip, "route", "get", a["to"], "from", a["from"])...).
		run("routes", "timeout", daemonLimit, "vtysh", "-c", show+a["prefix"]+" json")
	if a["rule"] != "" {
		s.run("rules", "sudo", "-n", "nft", "list", "table", table, "vyos_filter")
	}
	return s
}

// judgeClear looks at what keeps packets from leaving in clear: the way that they take, the blackhole behind it,
// the rule of the firewall (N32).
func judgeClear(a args, o outputs, _ time.Duration) plan.Finding {
	get := o["get"]
	interfaces := a.list("interface")
	dev := after(get.text, "dev")
	if get.missing() {
		return unable(o, "get", "ip")
	}
	var measured []string
	held := false
	switch {
	case slices.Contains(interfaces, dev):
		measured = append(measured, "packets for "+a["to"]+" leave by "+dev)
	case dev != "" && get.status == 0:
		return finding(plan.Failed, "packets for "+a["to"]+" leave by "+excerpt(dev), "VXLAN leaves in clear by %s, or would: the route to %s does not lead into the tunnel. Pause the stretch (l2stretch pause) and look at the routes of the gateway.", excerpt(dev), a["to"])
	default:
		held = true // blackhole, unreachable: nothing leaves
		measured = append(measured, "nothing leaves for "+a["to"])
	}
	candidates, ok := parseCandidates(o["routes"].text, a["prefix"])
	if !ok {
		return unable(o, "routes", "vtysh")
	}
	if !slices.ContainsFunc(candidates, func(c candidate) bool { return c.blackhole }) {
		return finding(plan.Failed, strings.Join(measured, "; "), "There is no blackhole for %s: when the tunnel goes down, packets follow the default route in clear.", a["prefix"])
	}
	measured = append(measured, "blackhole for "+a["prefix"])
	if a["rule"] != "" {
		switch n, found := dropRule(o["rules"].text, a["to"], a["rule"]); {
		case o["rules"].missing() || o["rules"].status != 0 && o["rules"].text == "":
			measured = append(measured, "the firewall could not be looked at")
		case !found:
			return finding(plan.Failed, strings.Join(measured, "; "), "The rule that drops VXLAN to %s unless it leaves by the tunnel is not in the firewall.", a["to"])
		case n != "":
			measured = append(measured, "rule dropped "+n+" packets")
		default:
			measured = append(measured, "rule in place")
		}
	}
	if held {
		return finding(plan.Waiting, strings.Join(measured, "; "), "The tunnel is down. Nothing leaves in clear.")
	}
	return passed("%s", strings.Join(measured, "; "))
}

var nftCounter = regexp.MustCompile(`counter packets (\d{1,18})`)

// dropRule finds the rule that drops VXLAN to an address that leaves by another interface than the tunnel's,
// and how many packets it dropped. want is "!vti1", or "true" where the rule names a group of interfaces.
func dropRule(text, to, want string) (dropped string, found bool) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if after(line, "daddr") != to || after(line, "dport") != "4789" || !slices.Contains(f, "drop") {
			continue
		}
		i := slices.Index(f, "oifname")
		if i < 0 || i+2 >= len(f) || f[i+1] != "!=" {
			continue
		}
		if name, ok := strings.CutPrefix(want, "!"); ok && strings.Trim(f[i+2], `"`) != name {
			continue
		}
		if m := nftCounter.FindStringSubmatch(line); m != nil {
			dropped = m[1]
		}
		return dropped, true
	}
	return "", false
}

func scriptRoute(a args) *commands {
	words := []string{"ip", "route", "get", a["to"]}
	if is6(a["to"]) {
		words = []string{"ip", "-6", "route", "get", a["to"]}
	}
	return newCommands().run("get", words...)
}

// judgeRoute wants a way to the far uplink that does not lead through the tunnel itself.
func judgeRoute(a args, o outputs, _ time.Duration) plan.Finding {
	out := o["get"]
	dev := after(out.text, "dev")
	switch {
	case out.missing() || out.text == "":
		return unable(o, "get", "ip")
	case out.status != 0 || dev == "":
		return finding(plan.Failed, excerpt(out.text), "The gateway has no route to %s, the far uplink: IKE would not leave it. Add one, as a default route of the uplink.", a["to"])
	case slices.Contains(a.list("interface"), dev):
		return finding(plan.Failed, "by "+excerpt(dev), "The route to %s, the far uplink, leads into the tunnel that it is to carry. Remove the route, or narrow what the far side announces.", a["to"])
	}
	return passed("by %s", excerpt(dev))
}

func scriptPrefix(a args) *commands {
	s := newCommands()
	for i, p := range a.list("subnets") {
		words := []string{"ip", "route", "show", "root", p}
		if is6(p) {
			words = slices.Insert(words, 1, "-6")
		}
		s.run(fmt.Sprintf("r%d", i), words...)
	}
	return s.run("received", "sudo", "-n", "timeout", daemonLimit, "vtysh", "-c", fmt.Sprintf("show bgp %s unicast neighbors %s received-routes json", a["family"], a["neighbor"]))
}

// judgePrefix wants no route into a stretched subnet but the connected one; what the neighbor announces of it is
// said, although the filter drops it (N33).
func judgePrefix(a args, o outputs, _ time.Duration) plan.Finding {
	var subnets, allowed []netip.Prefix
	for _, s := range a.list("subnets") {
		if p, err := netip.ParsePrefix(s); err == nil {
			subnets = append(subnets, p)
		}
	}
	for _, s := range a.list("allowed") {
		if p, err := netip.ParsePrefix(s); err == nil {
			allowed = append(allowed, p)
		}
	}
	for i := range subnets {
		name := fmt.Sprintf("r%d", i)
		if out := o[name]; out.status != 0 {
			return unable(o, name, "ip")
		}
		for _, r := range parseRoutes(o[name].text) {
			if r.connected || slices.Contains(allowed, r.prefix) || r.kind == "blackhole" || !inside(r.prefix, subnets) {
				continue
			}
			way := "by " + excerpt(r.dev)
			if r.via != "" {
				way = "via " + excerpt(r.via)
			}
			return finding(plan.Failed, fmt.Sprintf("%s %s", r.prefix, way), "A route leads into the stretched subnet: hosts of %s are looked for %s and not in the bridge. Remove it, and deny it where it comes from.", r.prefix, way)
		}
	}
	var sent []string
	received, ok := parseReceived(o["received"].text)
	for _, p := range received {
		if inside(p, subnets) {
			sent = append(sent, p.String())
		}
	}
	switch {
	case !ok:
		return passed("only the connected route; what the neighbor sends could not be looked at")
	case len(sent) == 0:
		return passed("only the connected route")
	case a["filtered"] == "true":
		return passed("only the connected route; the far side announces %s, which the filter drops: end that there", strings.Join(sent, ", "))
	}
	return passed("only the connected route; the far side announces %s", strings.Join(sent, ", "))
}

// inside reports whether a prefix lies within one of the subnets.
func inside(p netip.Prefix, subnets []netip.Prefix) bool {
	return slices.ContainsFunc(subnets, func(s netip.Prefix) bool { return p.Bits() >= s.Bits() && s.Contains(p.Addr()) })
}
