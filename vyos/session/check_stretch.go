package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

func scriptFDB(a args) *commands { return newCommands().run("fdb", "fdb", a["bridge"]) }

// learnedOn are the MAC addresses that a bridge has learned on a port, in order.
func learnedOn(entries []fdbEntry, bridge, port string) []string {
	var out []string
	for _, e := range entries {
		if e.learned && e.bridge == bridge && e.port == port {
			out = append(out, e.mac)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// portOf is the port that a bridge has learned a MAC address on.
func portOf(entries []fdbEntry, bridge, mac string) string {
	for _, e := range entries {
		if e.learned && e.bridge == bridge && e.mac == mac {
			return e.port
		}
	}
	return ""
}

// judgeHosts wants a foreign MAC address on the NIC (N29).
func judgeHosts(a args, o outputs, _ time.Duration) plan.Finding {
	entries, ok := parseFDB(o["fdb"].text)
	if !ok || o["fdb"].status != 0 {
		return unable(o, "fdb", "bridge")
	}
	if macs := learnedOn(entries, a["bridge"], a["port"]); len(macs) > 0 {
		f := passed("%s on %s", plural(len(macs), "MAC address", "MAC addresses"), a["port"])
		f.Seen = make(map[string]string)
		for _, mac := range macs[:min(len(macs), maxItems)] {
			f.Seen[mac] = "learned on " + a["port"]
		}
		return f
	}
	return finding(plan.Waiting, "no MAC address on "+a["port"], "No frame of any host has come in by %s. Either the hypervisor's port does not let the gateway see any: promiscuous mode, forged transmits and MAC changes on the port group, the right VLAN, the right network. Or no host is in the segment yet: one that sends a frame, or a default gateway, proves the attachment, and --skip-check hosts@%s leaves it unproven.", a["port"], a["node"])
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// scriptAsk asks for an address from the bridge, and then where its MAC address was learned.
func scriptAsk(a args) *commands { return newCommands().ask(a, "").run("fdb", "fdb", a["bridge"]) }

// ask asks for an address from a bridge; the names of the outputs end in suffix.
func (s *commands) ask(a args, suffix string) *commands {
	switch {
	case is6(a["address"]):
		return s.run("ask"+suffix, "ping", "-6", "-n", "-c", "2", "-W", "1", "-I", a["bridge"], a["address"]).
			run("neigh"+suffix, "ip", "-6", "neigh", "show", "dev", a["bridge"])
	case a["from"] == "": // without an address of its own the bridge asks as one that looks for a duplicate does
		return s.run("ask"+suffix, "dad", a["bridge"], a["address"])
	}
	return s.run("ask"+suffix, "ask", a["bridge"], a["address"])
}

// answers are the MAC addresses that answered; ok is false when nobody could be asked.
func answers(a args, o outputs) (macs []string, ok bool) {
	out := o["ask"]
	if out.missing() || out.text == "" && out.status != 0 {
		return nil, false
	}
	if is6(a["address"]) {
		if mac := parseNeigh(o["neigh"].text, a["address"]); mac != "" {
			return []string{mac}, true
		}
		return nil, true
	}
	macs = parseArping(out.text, a["address"])
	return macs, len(macs) > 0 || strings.Contains(out.text, "ARPING") || out.status <= 1
}

// judgeGateway wants the site's default gateway to answer by the NIC (N29). Where the specification names one gateway for several
// sites it may live on another one; then it is for the hosts to prove the attachment.
func judgeGateway(a args, o outputs, _ time.Duration) plan.Finding {
	macs, ok := answers(a, o)
	if !ok {
		return unable(o, "ask", "arping")
	}
	entries, ok := parseFDB(o["fdb"].text)
	if !ok || o["fdb"].status != 0 {
		return unable(o, "fdb", "bridge")
	}
	if len(macs) == 0 {
		return finding(plan.Waiting, "no answer", "The default gateway %s does not answer ARP from %s. It is not in this segment, or the hypervisor's port keeps the gateway's frames: promiscuous mode, forged transmits and MAC changes on the port group, the right VLAN.", a["address"], a["bridge"])
	}
	var elsewhere []string
	for _, mac := range macs {
		switch port := portOf(entries, a["bridge"], mac); port {
		case a["port"]:
			measured := fmt.Sprintf("%s is %s on %s", a["address"], mac, port)
			if len(macs) > 1 {
				measured += "; " + strings.Join(macs, " and ") + " answer: a gateway on each site (l2stretch help gateways)"
			}
			return passed("%s", measured)
		case "":
			elsewhere = append(elsewhere, mac+" on no port yet")
		default:
			if a["shared"] != "" {
				return passed("%s is %s on %s: another site's gateway, which this site shares", a["address"], mac, excerpt(port))
			}
			elsewhere = append(elsewhere, mac+" on "+excerpt(port))
		}
	}
	measured := a["address"] + " is " + strings.Join(elsewhere, ", ")
	return finding(plan.Waiting, measured, "The default gateway answers, but not by %s: it is the far site's, and this site's does not answer or does not exist. The attachment is not proven.", a["port"])
}

// judgeFar wants a host of the far site to answer by the VXLAN interface (N29).
func judgeFar(a args, o outputs, _ time.Duration) plan.Finding {
	macs, ok := answers(a, o)
	if !ok {
		return unable(o, "ask", "arping")
	}
	entries, ok := parseFDB(o["fdb"].text)
	if !ok || o["fdb"].status != 0 {
		return unable(o, "fdb", "bridge")
	}
	switch {
	case len(macs) == 0:
		return finding(plan.Waiting, "no answer", "%s does not answer ARP through the stretch.", a["address"])
	case len(macs) > 1:
		return finding(plan.Failed, a["address"]+" is "+strings.Join(macs, " and "), "Two hosts have the address %s: a copy of a live host, or a duplicate. Shut one down.", a["address"])
	case a["mac"] != "" && macs[0] != a["mac"]:
		return finding(plan.Failed, a["address"]+" is "+macs[0], "%s belongs to the far gateway's bridge, %s, and somebody else answers for it. Find that host by its MAC address (l2stretch locate).", a["address"], a["mac"])
	}
	switch port := portOf(entries, a["bridge"], macs[0]); port {
	case a["vxlan"]:
		return passed("%s is %s on %s", a["address"], macs[0], port)
	case "":
		return finding(plan.Waiting, a["address"]+" is "+macs[0]+" on no port yet", "The bridge has not learned the MAC address yet.")
	default:
		return finding(plan.Failed, fmt.Sprintf("%s is %s on %s", a["address"], macs[0], excerpt(port)), "A host of the far site answers by %s and not by the stretch: there is a second way between the segments, which is a loop, or the host is on this site.", excerpt(port))
	}
}

func scriptFragments(a args) *commands {
	from := a["from"]
	s := newCommands().run("dont", pinging(from, a["address"], a.number("size"), "dont")...)
	return s.run("do", pinging(from, a["address"], a.number("size"), "do")...)
}

// judgeFragments wants what hosts send to arrive: without DF as it is, and with DF to be answered with the size
// that fits where the kernel can do that (N30).
func judgeFragments(a args, o outputs, _ time.Duration) plan.Finding {
	dont, ok := parsePing(o["dont"].text)
	df, ok2 := parsePing(o["do"].text)
	size, fits := a.number("size"), a.number("fits")
	switch {
	case !ok || !ok2:
		return unable(o, "dont", "ping")
	case dont.received == 0:
		return finding(plan.Waiting, fmt.Sprintf("%d octets without DF: none of %d answered", size, dont.sent),
			"Large packets of hosts do not arrive, or the far bridge does not answer ICMP. If small ones do, fragments are dropped on the way, or the far side does not put them together.")
	}
	measured := fmt.Sprintf("%d octets without DF: %d of %d answered", size, dont.received, dont.sent)
	mtu := max(df.tooLong, df.fragNeeded)
	switch {
	case df.received > 0 && size > fits && a["icmp"] == "":
		measured += "; with DF they pass in fragments"
	case df.received > 0:
		measured += "; with DF too"
	case mtu == fits:
		measured += fmt.Sprintf("; with DF hosts are told %d", mtu)
	case mtu > 0:
		return finding(plan.Failed, measured+fmt.Sprintf("; with DF hosts are told %d", mtu), "Hosts are told an MTU of %d, and %d was computed: the MTU of a device on the way is not what it should be. l2stretch plan shows what differs.", mtu, fits)
	default:
		return finding(plan.Waiting, measured+"; with DF neither an answer nor a message", "Packets with DF vanish without a message, so TCP of the hosts hangs on large transfers. Let ICMP type 3 code 4 pass, or set the hosts' MTU to %d.", fits)
	}
	return passed("%s", measured)
}

// judgeLoop wants no bridge of the stretch to be seen on the NIC: its frames came by a second way.
func judgeLoop(a args, o outputs, _ time.Duration) plan.Finding {
	entries, ok := parseFDB(o["fdb"].text)
	if !ok || o["fdb"].status != 0 {
		return unable(o, "fdb", "bridge")
	}
	for _, mac := range append(a.list("macs"), a["own"]) {
		port := portOf(entries, a["bridge"], strings.ToLower(mac))
		if port == "" || port == a["vxlan"] && mac != a["own"] {
			continue
		}
		whose := "the far gateway's bridge"
		if mac == a["own"] {
			whose = "this gateway's own bridge"
		}
		return finding(plan.Failed, fmt.Sprintf("%s on %s", mac, excerpt(port)), "Frames of %s come in by %s: there is a second way between the segments, and frames go round. Pause the stretch at once (l2stretch pause), then find the other way (l2stretch help loops).", whose, excerpt(port))
	}
	return passed("none seen")
}
