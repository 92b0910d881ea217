package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// mostAsked bounds how many addresses are asked for in one look: each takes two seconds.
const mostAsked = 8

func scriptDuplicate(a args) *commands {
	s := newCommands().run("link", "lnk", a["port"])
	if is6(a["address"]) {
		return s
	}
	return s.line("via " + shellWord(a["port"]) + " " + shellWord(a["bridge"])).line(`q dad dad "$i" ` + shellWord(a["address"]))
}

// absent is the finding where the NIC is not there, so that nothing can be asked on it.
func absent(a args, o outputs) (plan.Finding, bool) {
	out := o["link"]
	if out.status == 0 {
		return plan.Finding{}, false
	}
	if out.missing() || out.text == "" {
		return unable(o, "link", "ip"), true
	}
	return finding(plan.Skipped, "no interface "+a["port"], "There is no interface %s on the gateway yet, so nobody could be asked on it before the change.", a["port"]), true
}

// judgeDuplicate wants nobody to have the static address (N17).
func judgeDuplicate(a args, o outputs, _ time.Duration) plan.Finding {
	if f, ok := absent(a, o); ok {
		return f
	}
	if is6(a["address"]) {
		return finding(plan.Skipped, "", "Nobody can be asked for an IPv6 address from an interface without one.")
	}
	out, ran := o["dad"]
	if !ran || out.missing() {
		return unable(o, "dad", "arping")
	}
	if macs := parseArping(out.text, a["address"]); len(macs) > 0 {
		return finding(plan.Failed, a["address"]+" is "+strings.Join(macs, " and "), "Somebody in the segment of %s has the address %s already. Give the attachment another one, outside of any DHCP or IPAM pool, or take it from that host.", a["port"], a["address"])
	}
	if out.status > 1 || out.status == 1 && !strings.Contains(out.text, "ARPING") {
		return unable(o, "dad", "arping")
	}
	return passed("nobody answers for %s", a["address"])
}

// asked are the addresses that the look asks for.
func asked(a args) []string {
	list := slices.DeleteFunc(a.list("addresses"), is6)
	return list[:min(len(list), mostAsked)]
}

func scriptJoined(a args) *commands {
	s := newCommands().run("link", "lnk", a["port"]).line("via " + shellWord(a["port"]) + " " + shellWord(a["bridge"])).
		line(`if [ "$i" = ` + shellWord(a["port"]) + " ]; then")
	for i, addr := range asked(a) {
		s.line(fmt.Sprintf(`q a%d dad "$i" %s`, i, shellWord(addr)))
	}
	return s.line(":").line("else").run("fdb", "fdb", a["bridge"]).line("fi")
}

// judgeJoined says who is on the segment, so that those of all sites can be compared, and fails by itself when a
// bridge of the far side is among them (N17). Where the stretch runs already, what the bridge learned on the
// NIC says so without asking.
func judgeJoined(a args, o outputs, _ time.Duration) plan.Finding {
	if f, ok := absent(a, o); ok {
		return f
	}
	seen := make(map[string]string)
	heard := 0
	for i, addr := range asked(a) {
		out, ran := o[fmt.Sprintf("a%d", i)]
		if !ran {
			continue
		}
		if out.missing() {
			return unable(o, fmt.Sprintf("a%d", i), "arping")
		}
		heard++
		for _, mac := range parseArping(out.text, addr) {
			seen[mac] = "answers for " + addr
		}
	}
	if out, ran := o["fdb"]; ran {
		entries, ok := parseFDB(out.text)
		if !ok || out.status != 0 {
			return unable(o, "fdb", "bridge")
		}
		for _, mac := range learnedOn(entries, a["bridge"], a["port"]) {
			seen[mac] = "learned on " + a["port"]
		}
		heard++
	}
	if heard == 0 {
		return finding(plan.Skipped, "", "The specification names nobody who could be asked for: a default_gateway or probe in the attachments would.")
	}
	for _, mac := range a.list("macs") {
		if how, ok := seen[mac]; ok {
			f := finding(plan.Failed, mac+" "+how, "The far gateway's bridge is on this segment already: a second way between the sites exists, and the stretch would close a loop. Find it (l2stretch help loops).")
			f.Seen = seen
			return f
		}
	}
	f := passed("%s of this segment, none of them the far side's", plural(len(seen), "host", "hosts"))
	f.Seen = seen
	return f
}
