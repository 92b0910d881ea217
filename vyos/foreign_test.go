package vyos_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// foreign is what others have configured on a node: a random choice of what gateways have, none of it in
// the way of a specification.
func foreign(r *rand.Rand, n *ir.Node) string {
	rel, _ := release.Lookup(n.Release)
	f := &foreigner{r: r, rel: rel}
	f.add("set system host-name 'gw'")
	f.add("set system login user vyos authentication encrypted-password '$6$CANARY$hash'")
	for i := range 10 {
		f.add("set interfaces ethernet eth%d hw-id '52:54:00:00:00:%02d'", i, i)
	}
	f.add("set interfaces bonding bond0 mode '802.3ad'")
	f.maybe("set interfaces %s address '%s'", nicWords(n.Uplink.Interface), n.Uplink.Address)
	f.maybe("set interfaces %s description 'Internet'", nicWords(n.Uplink.Interface))
	if n.Inside != nil {
		f.maybe("set interfaces ethernet %s address '%s'", n.Inside.Interface, n.Inside.Address)
	}
	for i, a := range n.Attaches {
		if !a.Tagged && i > 0 {
			continue
		}
		f.maybe("set interfaces %s vif 4000 description 'somebody'", nicWords(a.Interface))
	}
	if n.Inside == nil && !n.Uplink.NextHop.IsValid() || n.Inside != nil && !n.Inside.NextHop.IsValid() {
		for _, p := range n.Site.Networks {
			f.add("set protocols static route %s next-hop 10.99.0.1", p)
		}
	}
	f.maybe("set interfaces loopback lo address '10.255.255.1/32'")
	f.maybe("set interfaces dummy dum0 address '10.255.255.2/32'")
	f.maybe("set interfaces bridge br1 description 'not ours'")
	if f.chance() {
		f.add("set interfaces vxlan vxlan77 vni '77'")
		f.add("set interfaces vxlan vxlan77 remote '192.0.2.77'")
	}
	f.maybe("set protocols static route 0.0.0.0/0 next-hop %s", n.Uplink.Address.Masked().Addr().Next())
	f.maybe("set protocols static route 192.0.2.128/25 next-hop 10.99.0.1 distance '20'")
	f.maybe("set policy prefix-list MINE rule 10 action 'permit'", "set policy prefix-list MINE rule 10 prefix '10.0.0.0/8'")
	f.bgp(n)
	f.ipsec()
	f.firewall()
	if f.chance() {
		f.add("set nat source rule 100 source address '10.99.0.0/24'")
		f.add("set nat source rule 100 translation address 'masquerade'")
		if rel.Has(release.OutputFilter) {
			f.add("set nat source rule 100 outbound-interface name 'eth5'")
		} else {
			f.add("set nat source rule 100 outbound-interface 'eth5'")
		}
	}
	f.twin()
	return strings.Join(f.lines, "\n") + "\n"
}

// nicWords is where a NIC, or a VLAN of it, stands below interfaces.
func nicWords(name string) string {
	nic, vlan, tagged := strings.Cut(name, ".")
	path := "ethernet " + nic
	if strings.HasPrefix(nic, "bond") {
		path = "bonding " + nic
	}
	if tagged {
		path += " vif " + vlan
	}
	return path
}

type foreigner struct {
	r     *rand.Rand
	rel   *release.Release
	lines []string
}

func (f *foreigner) chance() bool { return f.r.IntN(2) == 0 }

func (f *foreigner) add(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}

// maybe adds a line, formatted with the arguments; lines without verbs may follow it.
func (f *foreigner) maybe(format string, args ...any) {
	if !f.chance() {
		return
	}
	if n := strings.Count(format, "%"); n < len(args) {
		for _, more := range args[n:] {
			f.add("%s", more)
		}
		args = args[:n]
	}
	f.add(format, args...)
}

func (f *foreigner) bgp(n *ir.Node) {
	if !f.chance() {
		return
	}
	root := "set protocols bgp"
	if f.rel.Has(release.SystemAS) {
		f.add("set protocols bgp system-as '%d'", n.ASN)
	} else {
		root += fmt.Sprintf(" %d", n.ASN)
	}
	f.add("%s neighbor 192.0.2.99 remote-as '64999'", root)
	f.add("%s neighbor 192.0.2.99 description 'upstream'", root)
	f.add("%s neighbor 192.0.2.99 password 'CANARY-bgp'", root)
	f.maybe("%s parameters router-id '%s'", root, n.RouterID)
	f.maybe("%s address-family ipv4-unicast network 10.99.0.0/24", root)
}

func (f *foreigner) ipsec() {
	if !f.chance() {
		return
	}
	f.add("set vpn ipsec ike-group OTHER proposal 1 encryption 'aes256'")
	f.add("set vpn ipsec esp-group OTHER proposal 1 encryption 'aes256'")
	list := "set vpn ipsec " + strings.Join(f.rel.IPsec.Interfaces, " ")
	f.maybe("%s 'eth9'", list)
	f.maybe("%s 'eth0'", list)
	f.maybe("set vpn ipsec options disable-route-autoinstall")
	if f.rel.Has(release.PeerNames) {
		f.add("set vpn ipsec authentication psk OTHER id '192.0.2.200'")
		f.add("set vpn ipsec authentication psk OTHER secret 'CANARY-other'")
		f.add("set vpn ipsec site-to-site peer OTHER authentication mode 'pre-shared-secret'")
		f.add("set vpn ipsec site-to-site peer OTHER remote-address '192.0.2.200'")
		return
	}
	f.add("set vpn ipsec site-to-site peer 192.0.2.200 authentication pre-shared-secret 'CANARY-other'")
	f.add("set vpn ipsec site-to-site peer 192.0.2.200 ike-group 'OTHER'")
}

func (f *foreigner) firewall() {
	if !f.chance() {
		return
	}
	f.add("set firewall group address-group ADMINS address '192.0.2.1'")
	if !f.rel.Has(release.OutputFilter) {
		f.add("set firewall name LAN default-action 'drop'")
		f.add("set firewall name LAN rule 10 action 'accept'")
		return
	}
	f.add("set firewall ipv4 forward filter rule 10 action 'accept'")
	f.maybe("set firewall ipv4 output filter rule 5 action 'accept'")
	f.maybe("set firewall bridge forward filter rule 5 action 'accept'")
	f.maybe("set firewall group interface-group WAN interface 'eth0'")
}

// twin adds objects of a specification whose name begins like ours, with names that could be read as ours.
func (f *foreigner) twin() {
	if !f.chance() {
		return
	}
	f.add("set policy prefix-list L2S-dr-x-t9-export description 'l2stretch dr-x/t9'")
	f.add("set policy prefix-list L2S-dr-x-t9-export rule 50001 action 'permit'")
	f.add("set policy prefix-list L2S-dr-x-t9-export rule 50001 prefix '10.98.0.0/24'")
	f.add("set vpn ipsec ike-group L2S-dr-x-t9 proposal 1 encryption 'aes256'")
	f.add("set interfaces vti vti99 description 'l2stretch dr-x/t9'")
	f.add("set interfaces vti vti99 address '169.254.99.1/30'")
	f.add("set interfaces bridge br999 description 'l2stretch dr-x/app'")
	f.add("set interfaces ethernet eth9 description 'l2stretch dr-x/app'")
	f.add("set interfaces ethernet eth9 mtu '1500'")
}
