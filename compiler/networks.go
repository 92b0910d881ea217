package compiler

import (
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A claimed network is one that a site announces, with its place in the specification.
type claimed struct {
	site   *ir.Site
	prefix netip.Prefix
	origin hcl.Range
}

// networks checks the routed networks of all sites against each other: sorted, each is compared with the
// ones that still cover it, so the work stays linear for networks that do not overlap.
func (c *compilation) networks() {
	all := c.claimed()
	var open []claimed
	for _, n := range all {
		for len(open) > 0 && !covers(open[len(open)-1].prefix, n.prefix) {
			open = open[:len(open)-1]
		}
		for _, o := range open {
			switch {
			case o.site == n.site:
				c.report("W0406", n.origin, "%s lies within %s, which the same site announces. Announcing the larger one is enough.", n.prefix, o.prefix)
			case o.prefix == n.prefix:
				c.report("E0408", n.origin, "Sites %s and %s both announce %s. A network is routed to one place; if hosts of one subnet are on both sites, that is a stretch.", o.site.Name, n.site.Name, n.prefix)
			default:
				c.report("W0406", n.origin, "%s of site %s lies within %s of site %s. Gateways prefer the longer prefix; devices that know only the shorter one send such packets to %s.", n.prefix, n.site.Name, o.prefix, o.site.Name, o.site.Name)
			}
			break
		}
		open = append(open, n)
	}
}

// claimed lists the sound networks of all sites, sorted by prefix and then by place.
func (c *compilation) claimed() []claimed {
	bySite := make(map[string]*ir.Site, len(c.fabric.Sites))
	for _, s := range c.fabric.Sites {
		bySite[s.Name] = s
	}
	var all []claimed
	for _, s := range c.file.Sites {
		site := bySite[s.Name()]
		seen := make(map[netip.Prefix]bool)
		for _, n := range s.Networks {
			if n.V == n.V.Masked() && !seen[n.V] {
				seen[n.V] = true
				all = append(all, claimed{site, n.V, n.Range})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b claimed) int { return comparePrefix(a.prefix, b.prefix) })
	return all
}

// stretchedNetworks compares the subnets of stretches with the networks of all sites (N6).
func (c *compilation) stretchedNetworks() {
	all := c.claimed()
	for _, s := range c.fabric.Stretches {
		for _, n := range all {
			if !n.prefix.Overlaps(s.Subnet) {
				continue
			}
			switch {
			case n.prefix == s.Subnet:
				c.report("W0407", n.origin, "%s is stretched (stretch %s), so it is a connected route on each site and is left out of what site %s announces. Remove it from networks.", n.prefix, s.Name, n.site.Name)
			case covers(n.prefix, s.Subnet):
				c.report("W0405", n.origin, "Network %s of site %s covers the stretched subnet %s (stretch %s). The gateways prefer their connected route; others at the far site that have only the larger network send packets for the subnet across the tunnel.", n.prefix, n.site.Name, s.Subnet, s.Name)
			default:
				c.report("E0406", n.origin, "Network %s of site %s lies within the stretched subnet %s (stretch %s). A route to it beats the connected route, and hosts of the stretch with such addresses become unreachable.", n.prefix, n.site.Name, s.Subnet, s.Name)
			}
		}
	}
}
