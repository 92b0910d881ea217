package main

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/release"
)

// releasesText is what each VyOS release can do, out of the tables that lowering asks.
func releasesText() string {
	var b strings.Builder
	b.WriteString(`# Releases of VyOS

A gateway's ` + "`release`" + ` names what the box runs: ` + "`show version`" + ` says it. What a release cannot do and a specification needs is an error that names the first release that can.

"4.x" (or 4.0, 4.0.2) means the gateway appliance built on VyOS, whose versions are not VyOS releases. Without a look at the box its base is taken for 1.2; if ` + "`show version`" + ` says otherwise, give the base as release and the appliance's version as appliance.

"verified" says what the commands are proven by. Only those of a release with "on a box" were committed on a genuine one and came out as meant; the others follow the release's grammar and sources, and ` + "`validate` warns of it (W0601)" + `.

`)
	all := release.All()
	row := func(name string, value func(*release.Release) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, r := range all {
			fmt.Fprintf(&b, " %s |", value(r))
		}
		b.WriteString("\n")
	}
	row("release", func(r *release.Release) string { return r.Name })
	b.WriteString("|" + strings.Repeat("---|", 1+len(all)) + "\n")
	row("branch", func(r *release.Release) string { return r.Branch })
	row("verified", func(r *release.Release) string {
		switch r.Evidence {
		case release.OnBox:
			return "on a box"
		case release.ByGrammar:
			return "grammar, source"
		default:
			return "best effort"
		}
	})
	row("Linux", func(r *release.Release) string { return r.Kernel })
	row("Debian", func(r *release.Release) string { return fmt.Sprint(r.Debian) })
	for _, f := range release.Features() {
		row(f.String(), func(r *release.Release) string {
			if r.Has(f) {
				return "yes"
			}
			return "-"
		})
	}
	row("largest VNI", func(r *release.Release) string { return fmt.Sprint(r.MaxVNI) })
	row("MTU of VXLAN, octets", func(r *release.Release) string { return fmt.Sprintf("%d-%d", r.MinVXLANMTU, r.MaxMTU) })
	row("MTU of a VTI, at most", func(r *release.Release) string { return fmt.Sprint(r.MaxVTIMTU) })
	b.WriteString("\nHow each release spells what all of them can do:\n")
	for _, r := range all {
		fmt.Fprintf(&b, "\n## VyOS %s\n\n- Its commands are %s.\n- VXLAN's UDP port: `%s 4789`.\n", r.Name, r.Evidence, r.VXLANPort)
		if r.MSS == release.MSSOnInterface {
			b.WriteString("- TCP segments of routed packets: `interfaces vti vtiN ip adjust-mss clamp-mss-to-pmtu`.\n")
		} else {
			fmt.Fprintf(&b, "- TCP segments of routed packets: `firewall options interface vtiN adjust-mss`, a number up to %d.\n", r.MSSMax)
		}
		peer := "by address"
		if r.Has(release.PeerNames) {
			peer = "by name"
		}
		fmt.Fprintf(&b, "- IPsec: `vpn ipsec %s eth0`; peers %s; `%s`; `%s`; close-action `%s`; DPD action `%s` for a trap.\n",
			strings.Join(r.IPsec.Interfaces, " "), peer, strings.Join(r.IPsec.NoMOBIKE, " "), strings.Join(r.IPsec.ForceEncap, " "), r.IPsec.CloseRestart, r.IPsec.DPDTrap)
		fmt.Fprintf(&b, "- Encryption: %s.\n- Hashes: %s.\n", strings.Join(r.Encryptions, ", "), strings.Join(r.Hashes, ", "))
		if len(r.PRFs) > 0 {
			fmt.Fprintf(&b, "- PRFs: %s.\n", strings.Join(r.PRFs, ", "))
		}
		groups := make([]string, len(r.DHGroups))
		for i, g := range r.DHGroups {
			groups[i] = fmt.Sprintf("dh%d", g)
		}
		fmt.Fprintf(&b, "- Groups: %s.\n", strings.Join(groups, ", "))
	}
	return b.String()
}
