package vyos

// explanations say why a command of an imported object is not compiled as it was found. A star stands for
// any word; what follows the pattern does not matter.
var explanations = []struct {
	path []string
	why  string
}{
	{[]string{"vpn", "ipsec", "ike-group", "*", "dead-peer-detection", "timeout"}, "IKEv2 has no such timeout, its retransmissions decide"},
	{[]string{"vpn", "ipsec", "ike-group", "*", "ikev2-reauth", "no"}, "the default"},
	{[]string{"vpn", "ipsec", "ike-group", "*", "lifetime", "28800"}, "the default"},
	{[]string{"vpn", "ipsec", "esp-group", "*", "lifetime", "3600"}, "the default"},
	{[]string{"vpn", "ipsec", "esp-group", "*", "mode", "tunnel"}, "the default, and the only mode of a route-based tunnel"},
	{[]string{"vpn", "ipsec", "esp-group", "*", "compression"}, "compression is never used"},
	{[]string{"vpn", "ipsec", "ike-group"}, "the group has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "esp-group"}, "the group has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "authentication", "psk"}, "the list of keys has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "site-to-site", "peer", "*", "ike-group"}, "the group has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "site-to-site", "peer", "*", "default-esp-group"}, "the group has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "site-to-site", "peer", "*", "vti", "esp-group"}, "the group has the name of the tunnel"},
	{[]string{"vpn", "ipsec", "site-to-site", "peer"}, "the peer has the name of the tunnel"},
	{[]string{"interfaces", "vxlan", "*", "parameters", "ip", "df", "unset"}, "the default"},
	{[]string{"interfaces", "vxlan", "*", "parameters", "ip", "ttl", "16"}, "the default"},
	{[]string{"interfaces", "vxlan", "*", "parameters", "ip", "df"}, "never set: large frames would vanish"},
	{[]string{"interfaces", "vxlan", "*", "parameters", "ip", "dont-fragment"}, "never set: large frames would vanish"},
	{[]string{"interfaces", "bridge", "*", "mtu"}, "a bridge has the MTU of its ports"},
	{[]string{"interfaces", "bridge", "*", "address"}, "a stretch has one subnet"},
	{[]string{"interfaces", "bridge", "*", "member"}, "a stretch has one NIC and one VXLAN device in its bridge"},
	{[]string{"interfaces", "vti", "*", "mtu"}, "derived: the largest packet that leaves as one wire packet"},
	{[]string{"policy", "prefix-list"}, "the list has the name of the tunnel, its rules numbers of their own"},
	{[]string{"policy", "prefix-list6"}, "the list has the name of the tunnel, its rules numbers of their own"},
	{[]string{"firewall", "options", "interface", "*", "adjust-mss"}, "derived from the MTU of the VTI"},
	{[]string{"firewall", "ipv4", "output", "filter", "rule"}, "the rule has a number of its own and names the far end"},
	{[]string{"firewall", "ipv6", "output", "filter", "rule"}, "the rule has a number of its own and names the far end"},
	{[]string{"firewall", "bridge", "forward", "filter", "rule"}, "the rules have numbers of their own, act on a group and cover more kinds of frames, both ways"},
	{[]string{"protocols", "bgp", "neighbor", "*", "address-family", "*", "prefix-list"}, "the list has the name of the tunnel"},
	{[]string{"protocols", "bgp", "*", "neighbor", "*", "address-family", "*", "prefix-list"}, "the list has the name of the tunnel"},
	{[]string{"protocols", "static", "route"}, "BGP brings it, and a blackhole stands behind it"},
	{[]string{"protocols", "static", "route6"}, "BGP brings it, and a blackhole stands behind it"},
}

// explanation is the reason of the first pattern that fits; empty when none does.
func explanation(path []string) string {
	for _, e := range explanations {
		if len(path) < len(e.path) {
			continue
		}
		fits := true
		for i, word := range e.path {
			fits = fits && (word == "*" || word == path[i])
		}
		if fits {
			return e.why
		}
	}
	return ""
}
