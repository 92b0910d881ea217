package session

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// daemonLimit is how long a daemon may take to answer, in seconds.
const daemonLimit = "20"

// listSAs reads the SAs from whichever tool the box has.
func listSAs(s *commands, name string) *commands {
	return s.run(name, "sudo", "-n", "timeout", daemonLimit, "swanctl", "--list-sas", "--raw").line("[ $r = 0 ] || ! [ -x /usr/sbin/ipsec ] || q " + name + "-old sudo -n timeout " + daemonLimit + " ipsec statusall")
}

// sasIn reads what listSAs printed.
func sasIn(o outputs, name string) ([]ikeSA, bool) {
	if out, ok := o[name]; ok && out.status == 0 {
		return parseListSAs(out.text), true
	}
	if out, ok := o[name+"-old"]; ok && out.status == 0 {
		return parseStatusAll(out.text), true
	}
	return nil, false
}

// of are the SAs of a connection.
func of(sas []ikeSA, connection string) []ikeSA {
	return slices.DeleteFunc(slices.Clone(sas), func(sa ikeSA) bool { return sa.name != connection })
}

// installed are the child SAs that carry packets.
func installed(sas []ikeSA) []childSA {
	var out []childSA
	for _, sa := range sas {
		for _, c := range sa.children {
			if c.state == "INSTALLED" {
				out = append(out, c)
			}
		}
	}
	return out
}

const (
	// settled is when a second child SA is no longer the rest of a negotiation from both ends.
	settled = 30 * time.Second
	// slack is what ages are rounded by.
	slack = time.Second
)

func scriptSA(args) *commands { return listSAs(newCommands(), "sas") }

// judgeSA wants one child SA, and none from before the commit where it was to be made anew (N10, N13, N31).
func judgeSA(a args, o outputs, since time.Duration) plan.Finding {
	all, ok := sasIn(o, "sas")
	if !ok {
		return unable(o, "sas", "swanctl")
	}
	sas := of(all, a["connection"])
	established := slices.DeleteFunc(slices.Clone(sas), func(sa ikeSA) bool { return sa.state != "ESTABLISHED" })
	if len(established) == 0 {
		states := "no IKE SA"
		if len(sas) > 0 {
			states = "IKE SA " + excerpt(sas[0].state)
		}
		return finding(plan.Waiting, states, "There is no established IKE SA with %s. Either the far end is not there yet, or key, proposals or identities differ: its log says which (show log vpn). "+
			"An initiator that was answered NO_PROPOSAL_CHOSEN stops for good; l2stretch repair makes it try again.", a["remote"])
	}
	children := installed(established)
	youngest, oldest := established[0].age, established[0].age
	for _, sa := range established {
		youngest, oldest = min(youngest, sa.age), max(oldest, sa.age)
	}
	for _, c := range children {
		if c.aged {
			youngest, oldest = min(youngest, c.age), max(oldest, c.age)
		}
	}
	measured := fmt.Sprintf("IKE SA %s old, %s", short(established[0].age), plural(len(children), "child SA", "child SAs"))
	encap := slices.ContainsFunc(children, func(c childSA) bool { return c.encap })
	if encap {
		measured += ", UDP encapsulated"
	}
	switch {
	case len(children) == 0:
		return finding(plan.Waiting, measured, "The IKE SA is established, but has no child SA. ESP proposals, PFS or traffic selectors differ between the ends: compare them (l2stretch plan), or l2stretch repair.")
	case a["fresh"] == "true" && since > 0 && oldest > since+slack:
		return finding(plan.Waiting, measured, "An SA is older than the commit, %s ago: it works with the key and proposals from before, and says nothing of the new ones. l2stretch repair ends it and negotiates anew.", short(since))
	case len(children) > 1 && youngest >= settled:
		return finding(plan.Failed, measured, "There is more than one child SA, and not just after a negotiation: both ends initiate. The end of any of them takes the VTI down. l2stretch repair ends all and starts one.")
	case len(children) > 1:
		return finding(plan.Waiting, measured, "There is more than one child SA. That is normal for some seconds after a negotiation.")
	}
	switch {
	case encap && a["encap"] == "false":
		measured += " (the sizes are computed without; write nat_traversal = \"force\")"
	case !encap && a["encap"] == "true":
		measured += ", not UDP encapsulated (the sizes are computed with it, 8 octets to spare or more)"
	}
	return passed("%s", measured)
}

func scriptVTI(a args) *commands {
	s := newCommands().run("link", "lnk", a["interface"])
	if a["connection"] != "" {
		listSAs(s, "sas")
	}
	return s
}

// judgeVTI wants the interface up. With an SA that is installed it can be down all the same, and stays so (N10, N12).
func judgeVTI(a args, o outputs, _ time.Duration) plan.Finding {
	l, ok := parseLink(o["link"].text)
	if out := o["link"]; out.status != 0 || !ok {
		if out.status != 0 && strings.Contains(out.text, "does not exist") {
			return finding(plan.Failed, "no interface "+a["interface"], "There is no interface %s on the gateway.", a["interface"])
		}
		return unable(o, "link", "ip")
	}
	if l.up && l.carrier {
		if want := a.number("mtu"); want != 0 && l.mtu != 0 && l.mtu != want {
			return finding(plan.Failed, fmt.Sprintf("up, MTU %d", l.mtu), "The MTU of %s is %d, not %d as configured.", a["interface"], l.mtu, want)
		}
		return passed("up, MTU %d", l.mtu)
	}
	sas, _ := sasIn(o, "sas")
	children := installed(of(sas, a["connection"]))
	if len(children) == 0 {
		return finding(plan.Waiting, "down", "%s is down. It comes up with the child SA.", a["interface"])
	}
	const event = 10 * time.Second // the SA's event takes a moment to bring the interface up
	measured := "down, with " + plural(len(children), "child SA", "child SAs") + " installed"
	if slices.ContainsFunc(children, func(c childSA) bool { return !c.aged || c.age < event }) {
		return finding(plan.Waiting, measured, "%s is down although an SA is installed, which is normal for a moment.", a["interface"])
	}
	return finding(plan.Failed, measured, "%s is down although an SA is installed: the event that brings it up has passed, and another comes only with the next negotiation. l2stretch repair makes one.", a["interface"])
}

func scriptBGP(a args) *commands {
	return newCommands().run("bgp", "timeout", daemonLimit, "vtysh", "-c", "show bgp neighbors "+a["neighbor"]+" json")
}

// judgeBGP wants the session established, heard from and, where it was to start anew, younger than the commit (N31).
func judgeBGP(a args, o outputs, since time.Duration) plan.Finding {
	n, ok := parseNeighbor(o["bgp"].text, a["neighbor"])
	if !ok {
		if out := o["bgp"]; out.status == 0 && (strings.Contains(out.text, "{") || strings.Contains(out.text, "%")) {
			return finding(plan.Waiting, "no neighbor "+a["neighbor"], "The routing daemon knows no neighbor %s.", a["neighbor"])
		}
		return unable(o, "bgp", "vtysh")
	}
	if n.state != "Established" {
		why := ""
		if n.reset != "" {
			why = " The session ended last because of: " + excerpt(n.reset) + "."
		}
		return finding(plan.Waiting, excerpt(n.state), "The session with %s is not established.%s It needs the tunnel, TCP port 179 and the AS numbers of both ends.", a["neighbor"], why)
	}
	measured := fmt.Sprintf("established for %s, last heard %s ago, %s accepted", short(n.up), short(n.heard), plural(n.accepted, "prefix", "prefixes"))
	stale := n.hold
	if k := a.seconds("keepalive"); k > 0 {
		stale = k + k/2 + slack
	}
	switch {
	case a["fresh"] == "true" && since > 0 && n.up > since+slack:
		return finding(plan.Waiting, measured, "The session is from before the commit, %s ago.", short(since))
	case stale > 0 && n.heard > stale:
		return finding(plan.Waiting, measured, "Nothing was heard for longer than a keepalive takes. The session stays established until the hold time ends.")
	case n.accepted < a.number("accept"):
		return finding(plan.Waiting, measured, "%d of the far site's networks are expected. What it announces: show bgp ipv4 unicast neighbors %s received-routes.", a.number("accept"), a["neighbor"])
	}
	return passed("%s", measured)
}

// headers are IP and ICMP before ping's data, in octets.
func headers(addr string) int {
	if ip, err := netip.ParseAddr(addr); err == nil && ip.Is6() {
		return 40 + 8
	}
	return 20 + 8
}

// pinging is a ping of an exact size, in octets of IP; df is what -M takes.
func pinging(from, to string, size int, df string) []string {
	words := []string{"ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-I", from, "-M", df, "-s", fmt.Sprint(max(0, size-headers(to))), to}
	if strings.Contains(to, ":") {
		words = slices.Insert(words, 1, "-6")
	}
	return words
}

// smallest is the size of a packet that passes wherever one does, in octets.
const smallest = 84

func scriptPath(a args) *commands {
	return newCommands().run("small", pinging(a["from"], a["to"], smallest, "do")...).
		run("large", pinging(a["from"], a["to"], a.number("size"), "do")...)
}

// judgePath wants a packet of exactly the VTI's MTU to arrive whole. One more octet would fail on the own host
// and prove nothing (N30).
func judgePath(a args, o outputs, _ time.Duration) plan.Finding {
	small, ok := parsePing(o["small"].text)
	large, ok2 := parsePing(o["large"].text)
	switch {
	case !ok || !ok2:
		return unable(o, "large", "ping")
	case large.received > 0:
		return passed("%s octets with DF: %d of %d answered", a["size"], large.received, large.sent)
	case large.tooLong > 0:
		return finding(plan.Failed, fmt.Sprintf("%s octets are too long for the interface, MTU %d", a["size"], large.tooLong),
			"The tunnel's interface carries %d octets, and %s are planned for. Where IPsec is somebody else's, its MTU has to be raised, or the path's be given in the specification.", large.tooLong, a["size"])
	case small.received > 0:
		measured := fmt.Sprintf("%d octets: %d of %d answered; %s octets: none of %d", smallest, small.received, small.sent, a["size"], large.sent)
		return finding(plan.Waiting, measured, "Small packets pass and one as large as the VTI's MTU does not: the path between the uplinks carries less than uplink.mtu says, or fragments of ESP are dropped on it. l2stretch probe-mtu measures it.")
	}
	return finding(plan.Waiting, "no answer", "%s does not answer from %s: the tunnel carries nothing, or a firewall drops ICMP at the far end.", a["to"], a["from"])
}

func scriptRekey(a args) *commands {
	s := listSAs(newCommands(), "sas")
	s.run("rekey", "sudo", "-n", "timeout", daemonLimit, "swanctl", "--rekey", "--child", a["child"])
	return listSAs(s.line("sleep 3"), "then")
}

// judgeRekey wants another SPI after the rekeying. A difference in PFS shows here and nowhere else (N13).
func judgeRekey(a args, o outputs, _ time.Duration) plan.Finding {
	before, ok := sasIn(o, "sas")
	then, ok2 := sasIn(o, "then")
	if out := o["rekey"]; out.missing() {
		return unable(o, "rekey", "swanctl")
	}
	if !ok || !ok2 {
		return unable(o, "sas", "swanctl")
	}
	old, now := installed(of(before, a["connection"])), installed(of(then, a["connection"]))
	if len(old) == 0 {
		return finding(plan.Waiting, "no child SA", "There is no child SA to be rekeyed yet.")
	}
	for _, c := range now {
		if !slices.ContainsFunc(old, func(b childSA) bool { return b.spiIn == c.spiIn }) {
			return passed("rekeyed, SPI %s after %s", excerpt(c.spiIn), excerpt(old[0].spiIn))
		}
	}
	return finding(plan.Failed, "the SPI is still "+excerpt(old[0].spiIn), "The child SA could not be rekeyed (swanctl: %s). The groups of PFS differ between the ends: the tunnel would fail at the first rekeying, at the end of the ESP lifetime.", excerpt(o["rekey"].text))
}
