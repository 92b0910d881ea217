package compiler

import (
	"fmt"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// Unseen says what differs between two versions of a node without leaving a trace in its configuration, in
// the words of the specification: a reviewer should see it all the same.
func Unseen(old, new *ir.Node) []plan.Headline {
	var out []plan.Headline
	note := func(object, what string, before, after any) {
		if before != after {
			out = append(out, plan.Headline{Object: object, Mark: plan.Changed, Text: fmt.Sprintf("%s %v -> %v (nothing to do on the gateway)", what, before, after)})
		}
	}
	before := make(map[string][]*ir.Attachment, len(old.Attaches))
	for _, b := range old.Attaches {
		before[b.Stretch.Name] = append(before[b.Stretch.Name], b)
	}
	for _, a := range new.Attaches {
		for _, b := range before[a.Stretch.Name] {
			object := "stretch " + a.Stretch.Name
			if !a.Tagged && !b.Tagged {
				note(object, "VLAN", b.VLAN, a.VLAN)
			}
			note(object, "default gateway", b.DefaultGateway, a.DefaultGateway)
			note(object, "hypervisor", b.Hypervisor, a.Hypervisor)
			note(object, "DHCP server", b.DHCPServer, a.DHCPServer)
		}
	}
	note("gateway "+new.Name, "management address", old.SSH.Host, new.SSH.Host)
	note("gateway "+new.Name, "apply_order", old.ApplyOrder, new.ApplyOrder)
	return out
}
