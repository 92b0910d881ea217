package main

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/release"
)

// releasesText is what each VyOS release can do, out of the table that lowering asks.
func releasesText() string {
	var b strings.Builder
	b.WriteString(`# Releases of VyOS

A gateway's ` + "`release`" + ` names what the box runs: ` + "`show version`" + ` says it. What a release cannot do and a specification needs is an error that names the first release that can.

"4.x" (or 4.0, 4.0.2) means the gateway appliance built on VyOS, whose versions are not VyOS releases. Without a look at the box its base is taken for 1.2; if ` + "`show version`" + ` says otherwise, give the base as release and the appliance's version as appliance.
`)
	for _, r := range release.All() {
		name := "VyOS " + r.Name
		if r.Branch != "" {
			name += " (" + r.Branch + ")"
		}
		fmt.Fprintf(&b, "\n## %s\n\n- Its commands are %s.\n- Linux %s, on Debian %d.\n", name, r.Evidence, r.Kernel, r.Debian)
		if len(r.Features) > 0 {
			words := make([]string, len(r.Features))
			for i, f := range r.Features {
				words[i] = f.String()
			}
			fmt.Fprintf(&b, "- It has %s.\n", strings.Join(words, "; "))
		}
		fmt.Fprintf(&b, "- Encryption: %s.\n- Hashes: %s.\n", strings.Join(r.Encryptions, ", "), strings.Join(r.Hashes, ", "))
		fmt.Fprintf(&b, "- VNIs up to %d; MTU of VXLAN %d to %d octets, of a VTI up to %d.\n", r.MaxVNI, r.MinVXLANMTU, r.MaxMTU, r.MaxVTIMTU)
	}
	return b.String()
}
