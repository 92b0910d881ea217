package sessiontest

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A valueRule is what the values of a leaf, or the instances of a tag, have to be. The router knows many more; these are
// of the leaves that a stretch uses.
type valueRule struct {
	path    string // words with blanks between them; * is any word
	message string
	check   func(r *Router, value string) (text string, ok bool)
}

func named(pattern string) func(*Router, string) (string, bool) {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(_ *Router, v string) (string, bool) { return "", re.MatchString(v) }
}

func number(low, high int, words ...string) func(*Router, string) (string, bool) {
	return func(_ *Router, v string) (string, bool) {
		for _, w := range words {
			if v == w {
				return "", true
			}
		}
		n, err := strconv.ParseUint(v, 10, 32)
		if err != nil {
			return "'" + v + "' is not a valid number\n", false
		}
		return fmt.Sprintf("Number %d is not in any of allowed ranges\n", n), int(n) >= low && int(n) <= high
	}
}

func mtu(r *Router, v string) (string, bool) { return number(68, r.rel.MaxMTU)(r, v) }

// hostAddress is an address with the length of its network, which is not the network's own.
func hostAddress(_ *Router, v string) (string, bool) {
	if v == "dhcp" || v == "dhcpv6" {
		return "", true
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		return "Error: " + v + " is not a valid IP host\n", false
	}
	limit := 31
	if p.Addr().Is6() {
		limit = 127
	}
	return "Error: " + v + " is not a valid IP host\n", p.Masked().Addr() != p.Addr() || p.Bits() >= limit
}

func address(_ *Router, v string) (string, bool) {
	_, err := netip.ParseAddr(v)
	return "Error: " + v + " is not a valid IP address\n", err == nil
}

func network(_ *Router, v string) (string, bool) {
	p, err := netip.ParsePrefix(v)
	return "Error: " + v + " is not a valid IP prefix\n", err == nil && p == p.Masked()
}

var interfaceName = regexp.MustCompile(`^(br|bond|eth|lan|vti|vxlan|wg|tun|dum|lo)\d*$`)

// neighbor is an address or the name of an interface.
func neighbor(_ *Router, v string) (string, bool) {
	if _, err := netip.ParseAddr(v); err == nil || interfaceName.MatchString(v) {
		return "", true
	}
	return "Incorrect path /sys/class/net/" + v + ": no such file or directory\n\nError: " + v + " is not a valid IP address\n", false
}

// valueRules are looked through in their order. A message that is empty is Invalid value.
var valueRules = []valueRule{
	{"interfaces ethernet *", "Invalid Ethernet interface name", named(`((eth|lan)[0-9]+|(eno|ens|enp|enx).+)`)},
	{"interfaces vxlan *", "VXLAN interface must be named vxlanN", named(`vxlan[0-9]+`)},
	{"interfaces bridge *", "Bridge interface must be named brN", named(`br[0-9]+`)},
	{"interfaces vti *", "VTI interface must be named vtiN", named(`vti[0-9]+`)},
	{"interfaces * * mtu *", "MTU must be between 68 and 16000", mtu},
	{"interfaces * * address *", "", hostAddress},
	{"interfaces vxlan * vni *", "VNI must be between 0 and 16777214", number(0, 16777215)},
	{"interfaces vxlan * port *", "Port number must be in range 1 to 65535", number(1, 65535)},
	{"interfaces vxlan * remote *", "", address},
	{"interfaces vxlan * source-address *", "", address},
	{"protocols bgp neighbor *", "", neighbor},
	{"protocols bgp system-as *", "", number(1, 4294967294)},
	{"protocols bgp neighbor * remote-as *", "Invalid ASN value", number(1, 4294967294, "external", "internal")},
	{"protocols static route *", "", network},
	{"policy prefix-list * rule * prefix *", "", network},
	{"policy prefix-list * rule * action *", "", named("permit|deny")},
	{"vpn ipsec site-to-site peer * local-address *", "", func(r *Router, v string) (string, bool) {
		if v == "any" {
			return "", true
		}
		return address(r, v)
	}},
}

// checkValues says what is wrong with the values of a path, nothing when all are fine.
func (p *Proc) checkValues(words []string) string {
	r := p.Router
	for i, w := range words {
		if kind, _ := config.Lookup(r.grammar, words[:i+1]...); kind == config.KindNode || !endsWithValue(r.grammar, words[:i+1]) {
			continue
		}
		switch {
		case strings.Contains(w, `"`):
			return "Cannot use the double quote (\") character in a value string\n"
		case strings.Contains(w, "'"):
			return "Cannot use the single quote (') character in a value string\n"
		case strings.Contains(w, "\n"):
			return "Cannot use the newline character in a value string\n"
		}
		for _, rule := range valueRules {
			if !matchPath(rule.path, words[:i+1]) {
				continue
			}
			message := rule.message
			if message == "" {
				message = "Invalid value"
			}
			if p.Getenv("vyos_libexec_dir") == "" {
				return "sh: line 1: /validate-value: No such file or directory\n\n" + message + "\n"
			}
			if text, ok := rule.check(r, w); !ok {
				if text != "" {
					text += "\n"
				}
				return text + "\n\n" + message + "\n"
			}
			break
		}
	}
	return ""
}

func matchPath(pattern string, words []string) bool {
	want := strings.Fields(pattern)
	if len(want) != len(words) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != words[i] {
			return false
		}
	}
	return true
}
