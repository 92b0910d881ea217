package release

import (
	"slices"
	"strings"
)

// A Default is what a leaf has while nobody sets it. Only leaves that a stretch uses are listed.
type Default struct {
	Path  string // words with blanks between them; * is the instance of a tag
	Value string // empty where the kernel or a daemon decides, which the release does not
}

// Default is what a leaf of a path has in the release while nobody sets it, and whether the release says so.
func (r *Release) Default(path ...string) (string, bool) {
	d := r.defaultOf(path)
	return d.Value, d.Value != ""
}

func (r *Release) defaultOf(path []string) Default {
	for _, d := range r.Defaults {
		if matches(d.Path, path) {
			return d
		}
	}
	return Default{}
}

// Restates reports whether a value of a leaf is what every release that has the leaf, r among them, has by
// itself. Such a line says nothing; a line with a value that is the default of some releases only has to be
// said, since two ends of a tunnel may differ in their releases.
func (r *Release) Restates(value string, path ...string) bool {
	own := r.defaultOf(path)
	return value != "" && own.Value == value && !contested[own.subject()]
}

// contested are the subjects of which not every release says the same.
var contested = func() map[string]bool {
	first, out := make(map[string]string), make(map[string]bool)
	for _, r := range All() {
		for _, d := range r.Defaults {
			subject := d.subject()
			if value, ok := first[subject]; ok && value != d.Value {
				out[subject] = true
			}
			first[subject] = d.Value
		}
	}
	return out
}()

// subject is the path as most releases spell it.
func (d Default) subject() string {
	if rest, ok := strings.CutPrefix(d.Path, "protocols bgp * "); ok {
		return "protocols bgp " + rest
	}
	if d.Path == "interfaces vxlan * remote-port" {
		return "interfaces vxlan * port"
	}
	return d.Path
}

// matches compares a path with a pattern.
func matches(pattern string, path []string) bool {
	for i, word := range path {
		first, rest, more := strings.Cut(pattern, " ")
		if first != "*" && first != word || more == (i == len(path)-1) {
			return false
		}
		pattern = rest
	}
	return len(path) > 0
}

// defaultsAll hold in every release.
var defaultsAll = []Default{
	{"interfaces bridge * aging", "300"},
	{"vpn ipsec esp-group * lifetime", "3600"},
	{"vpn ipsec esp-group * mode", "tunnel"},
	{"vpn ipsec esp-group * pfs", "enable"}, // the group of the first IKE proposal
	{"vpn ipsec esp-group * proposal * encryption", "aes128"},
	{"vpn ipsec esp-group * proposal * hash", "sha1"},
	{"vpn ipsec ike-group * close-action", "none"},
	{"vpn ipsec ike-group * dead-peer-detection interval", "30"},
	{"vpn ipsec ike-group * dead-peer-detection timeout", "120"},
	{"vpn ipsec ike-group * lifetime", "28800"},
	{"vpn ipsec ike-group * proposal * dh-group", "2"},
	{"vpn ipsec ike-group * proposal * encryption", "aes128"},
	{"vpn ipsec ike-group * proposal * hash", "sha1"},
	{"vpn ipsec site-to-site peer * connection-type", "initiate"}, // from 1.4 on by the file that is made of it
}

// defaultsOld hold in 1.2 and 1.3, whose IPsec and BGP are the same.
var defaultsOld = []Default{
	{"interfaces vti * mtu", ""},
	{"protocols bgp * neighbor * timers connect", ""},
	{"protocols bgp * neighbor * timers holdtime", "180"},
	{"protocols bgp * neighbor * timers keepalive", "60"},
	{"vpn ipsec ike-group * dead-peer-detection action", "hold"},
	{"vpn ipsec ike-group * mobike", "enable"}, // charon's
	{"vpn ipsec ike-group * ikev2-reauth", "no"},
	{"vpn ipsec site-to-site peer * authentication mode", "pre-shared-secret"},
}

// defaults12 are those of 1.2.
var defaults12 = slices.Concat(defaultsAll, defaultsOld, []Default{
	{"interfaces bonding * mtu", ""},
	{"interfaces bonding * vif * mtu", ""},
	{"interfaces bridge * stp", "false"},
	{"interfaces ethernet * mtu", ""},
	{"interfaces ethernet * vif * mtu", ""},
	{"interfaces vxlan * mtu", ""},
	{"interfaces vxlan * remote-port", "8472"}, // the kernel's
	{"vpn ipsec ike-group * key-exchange", "ikev1"},
})

// defaults13 are those of 1.3.
var defaults13 = slices.Concat(defaultsAll, defaultsOld, []Default{
	{"interfaces bonding * mtu", "1500"},
	{"interfaces bonding * vif * mtu", "1500"},
	{"interfaces bridge * mtu", "1500"},
	{"interfaces dummy * mtu", "1500"},
	{"interfaces ethernet * mtu", "1500"},
	{"interfaces ethernet * vif * mtu", "1500"},
	{"interfaces vxlan * mtu", "1450"},
	{"interfaces vxlan * port", "8472"},
	{"vpn ipsec ike-group * key-exchange", ""},
})

// defaults14 are those of 1.4 and of what followed.
var defaults14 = slices.Concat(defaultsAll, []Default{
	{"firewall bridge forward filter default-action", "accept"},
	{"firewall ipv4 output filter default-action", "accept"},
	{"interfaces bonding * mtu", "1500"},
	{"interfaces bonding * vif * mtu", ""},
	{"interfaces bridge * mtu", "1500"},
	{"interfaces dummy * mtu", "1500"},
	{"interfaces ethernet * mtu", ""},
	{"interfaces ethernet * vif * mtu", ""},
	{"interfaces vti * mtu", "1500"},
	{"interfaces vxlan * mtu", "1500"},
	{"interfaces vxlan * parameters ip df", "unset"},
	{"interfaces vxlan * parameters ip tos", "inherit"},
	{"interfaces vxlan * parameters ip ttl", "16"},
	{"interfaces vxlan * port", "4789"},
	{"protocols bgp neighbor * timers connect", ""},
	{"protocols bgp neighbor * timers holdtime", ""},
	{"protocols bgp neighbor * timers keepalive", ""},
	{"vpn ipsec ike-group * dead-peer-detection action", "clear"},
	{"vpn ipsec ike-group * key-exchange", ""},
	{"vpn ipsec ike-group * mode", "main"}, // of IKEv1
	{"vpn ipsec site-to-site peer * authentication mode", ""},
	{"vpn ipsec site-to-site peer * authentication remote-id", "%any"},
	{"vpn ipsec site-to-site peer * replay-window", "32"},
})
