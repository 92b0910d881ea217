package vyos

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// The forms of names: of a specification, of a label, of a key, of a NIC, of an object on a box (ir.BoxName).
var (
	specForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)
	labelForm  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,30}$`)
	keyForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,30}$`)
	nicForm    = regexp.MustCompile(`^(?:eth|lan|eno|ens|enp|enx|bond)[0-9a-z]{1,10}(?:\.[0-9]{1,4})?$`)
	objectForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)
)

// markAt returns the specification and the object that a part of a configuration is marked with.
func markAt(n config.Node) (spec, object string) {
	if !n.Valid() {
		return "", ""
	}
	text, _ := n.Value("description")
	text, ok := strings.CutPrefix(text, "l2stretch ")
	if !ok {
		return "", ""
	}
	spec, object, ok = strings.Cut(text, "/")
	if !ok || !specForm.MatchString(spec) || !objectForm.MatchString(object) {
		return "", ""
	}
	return spec, object
}

// marksOf counts the marks of tunnels and stretches on a box by specification.
func marksOf(t *config.Tree) map[string]int {
	out := make(map[string]int)
	count := func(n config.Node) {
		if spec, _ := markAt(n); spec != "" {
			out[spec]++
		}
	}
	for _, kind := range []string{"vti", "bridge", "vxlan", "dummy"} {
		for n := range below(t.Root(), "interfaces", kind) {
			count(n)
		}
	}
	for n := range below(t.Root(), "vpn", "ipsec", "site-to-site", "peer") {
		count(n)
	}
	_, bgp := bgpProcess(t.Root())
	for n := range below(bgp, "neighbor") {
		count(n)
	}
	for _, ip := range []string{"ipv4", "ipv6"} {
		for n := range below(t.Root(), "firewall", ip, "output", "filter", "rule") {
			count(n)
		}
	}
	for _, list := range []string{"prefix-list", "prefix-list6"} {
		for n := range below(t.Root(), "policy", list) {
			count(n)
		}
	}
	return out
}

// allMarked are the specifications that marks name, sorted.
func allMarked(runs []Running) []string {
	all := make(map[string]bool)
	for _, r := range runs {
		for spec := range marksOf(r.Tree) {
			all[spec] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// mostMarked is the specification that most marks name; empty when there is no mark.
func mostMarked(runs []Running) string {
	total := make(map[string]int)
	for _, r := range runs {
		for spec, n := range marksOf(r.Tree) {
			total[spec] += n
		}
	}
	best := ""
	for _, spec := range slices.Sorted(maps.Keys(total)) {
		if best == "" || total[spec] > total[best] {
			best = spec
		}
	}
	return best
}

// objectName is the name in the language of an object that a box knows by another: a label, or label and
// key with a dot between them where the whole is no label.
func objectName(onBox string) string {
	if labelForm.MatchString(onBox) {
		return onBox
	}
	for i, c := range onBox {
		if c == '_' && labelForm.MatchString(onBox[:i]) && keyForm.MatchString(onBox[i+1:]) {
			return onBox[:i] + "." + onBox[i+1:]
		}
	}
	return toLabel(onBox, "object")
}

// toLabel makes a label of a text, or gives the default where nothing is left of it.
func toLabel(text, def string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 24 { // leaves room for a number
			break
		}
	}
	if s := strings.TrimRight(b.String(), "-"); s != "" {
		return s
	}
	return def
}

// free is the name, or the name with a number behind it, that is not taken yet; it becomes taken.
func free(taken map[string]bool, name string) string {
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s%d", strings.TrimRight(name, "0123456789"), n)
	}
	taken[name] = true
	return name
}

// commonNames are file and host names that say nothing of the gateway.
var commonNames = []string{"vyos", "config", "running", "localhost", "router", "gateway", "saved", "boot", "show-configuration", "show-configuration-commands", "-", "stdin"}

// nameNodes gives every box a site and a gateway's label: those the caller gave, those in the name of the
// file (SITE.GATEWAY.set, as compile --out writes it), or the host name.
func (l *lifting) nameNodes() {
	sites := make(map[string]bool)
	for _, b := range l.boxes {
		if b.given {
			site, _, _ := strings.Cut(b.node.Name, "/")
			sites[site] = true
		}
	}
	nodes := make(map[string]bool)
	for _, b := range l.boxes {
		if !b.given {
			b.node.Name = l.guessName(b, sites, nodes)
		}
		nodes[b.node.Name] = true
		_, b.node.Label, _ = strings.Cut(b.node.Name, "/")
	}
}

func (l *lifting) guessName(b *gate, sites, nodes map[string]bool) string {
	base := path.Base(strings.ReplaceAll(b.run.File, `\`, "/"))
	stem := strings.TrimSuffix(base, path.Ext(base))
	if i := strings.LastIndexByte(stem, '.'); i > 0 {
		site, gw := stem[:i], stem[i+1:]
		if isInstance(site) && labelForm.MatchString(gw) && !nodes[site+"/"+gw] {
			b.given = true
			return site + "/" + gw
		}
	}
	host := get(b.root, "system", "host-name")
	for _, name := range []string{host, stem} {
		if name = toLabel(name, ""); name != "" && !slices.Contains(commonNames, name) {
			return free(sites, name) + "/gw1"
		}
	}
	return free(sites, "site1") + "/gw1"
}

// isInstance reports whether a text is the name of an instance: a label, or label and key.
func isInstance(s string) bool {
	l, k, keyed := strings.Cut(s, ".")
	return labelForm.MatchString(l) && (!keyed || keyForm.MatchString(k))
}

// NodeName checks the name of a gateway as people write it, site/gateway.
func NodeName(s string) error {
	site, gw, ok := strings.Cut(s, "/")
	if !ok || !isInstance(site) || !labelForm.MatchString(gw) {
		return fmt.Errorf("%q is no name of a gateway: SITE/GATEWAY, as in onprem/gw1", s)
	}
	return nil
}

// SpecName checks the name of a specification.
func SpecName(s string) error {
	if !specForm.MatchString(s) {
		return fmt.Errorf("%q is no name of a specification: a letter, then up to 15 letters, digits or hyphens", s)
	}
	return nil
}

// nameSecrets gives every distinct key a name; equal ones share theirs. The values are compared and
// forgotten.
func (l *lifting) nameSecrets() {
	l.nameKind("psk", "L2STRETCH_PSK", func(e *end) secretValue { return e.psk }, func(t *ir.Tunnel) *ir.Secret { return &t.PSK }, func(t *ir.Tunnel) bool { return t.Managed })
	l.nameKind("bgp", "L2STRETCH_BGP", func(e *end) secretValue { return e.password }, func(t *ir.Tunnel) *ir.Secret { return &t.BGP.Password }, func(*ir.Tunnel) bool { return false })
}

// nameKind names the secrets of one kind. A tunnel of which always holds gets one although no end shows it.
func (l *lifting) nameKind(kind, env string, of func(*end) secretValue, to func(*ir.Tunnel) *ir.Secret, always func(*ir.Tunnel) bool) {
	type group struct {
		value   string
		ref     string // its name, where that is known
		tunnels []*ir.Tunnel
	}
	var groups []*group
	byValue := make(map[string]*group)
	for _, k := range l.links {
		t := k.tunnel
		value, ref, there := "", "", always(t)
		for _, e := range k.ends {
			v := of(e)
			if !v.there {
				continue
			}
			there = true
			if value != "" && v.text != "" && v.text != value {
				e.box.remark(v.node, "The two ends of tunnel %s have different secrets here. Only one of them can be right.", t.Name)
			}
			if value == "" {
				value = v.text
			}
			if v.ref != "" {
				ref = v.ref
			}
		}
		if !there {
			continue
		}
		g := byValue[value]
		if g == nil || value == "" {
			g = &group{value: value, ref: ref}
			groups = append(groups, g)
			if value != "" {
				byValue[value] = g
			}
		}
		g.tunnels = append(g.tunnels, t)
	}
	taken := make(map[string]bool)
	for _, s := range l.fabric.Secrets {
		taken[s.Name] = true
	}
	for _, g := range groups {
		name, variable := kind, env
		switch {
		case g.ref != "" && !taken[g.ref]:
			name = g.ref
			taken[name] = true
			if name != kind {
				variable = "L2STRETCH_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			}
		case len(groups) > 1 || taken[kind]:
			of := ir.BoxName(g.tunnels[0].Name)
			name = free(taken, toLabel(kind+"-"+of, kind))
			variable = env + "_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(name, kind+"-"), "-", "_"))
		}
		l.fabric.Secrets = append(l.fabric.Secrets, ir.SecretSource{Name: name, Env: variable})
		for _, t := range g.tunnels {
			*to(t) = ir.Secret{Name: name}
		}
	}
}
