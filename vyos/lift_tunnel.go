package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// What VyOS takes where a configuration does not say.
const (
	frrKeepalive = 60 * time.Second
	frrHold      = 180 * time.Second
	boxDPD       = 30 * time.Second
)

// A secretValue is what a box has as a key. The text is compared and never kept beyond Lift.
type secretValue struct {
	node  config.Node
	text  string // empty when it is masked
	ref   string // the name of the secret that stands for it; empty for a value
	there bool
}

func secretAt(n config.Node, path ...string) secretValue {
	leaf := find(n, path...)
	text := get(n, path...)
	if strings.Trim(text, "*") == "" {
		text = "" // show configuration masks it
	}
	v := secretValue{node: leaf, text: text, there: leaf.Valid()}
	for c := range below(leaf) {
		if c.IsSecret() && labelForm.MatchString(c.Name()) {
			v.ref = c.Name()
			v.text = "reference\x00" + v.ref
		}
	}
	return v
}

// An end is one end of a tunnel as its box has it.
type end struct {
	box     *gate
	node    config.Node // the interface
	peer    config.Node // of IPsec; zero when the tunnel is not managed
	name    string      // of the tunnel, in the language
	marked  bool
	managed bool
	iface   string
	index   int // n of vtiN; -1 for another name
	address netip.Prefix
	far     netip.Addr // the other end's address inside the tunnel

	local, remote, localID, remoteID netip.Addr
	initiates, responds              bool
	forced                           bool
	mtu                              int // 0: not set
	ike                              ir.IKE
	esp                              ir.ESP
	dpd                              ir.DPD // zero values: not set
	bgp                              ir.BGP
	remoteAS                         ir.ASN
	speaks                           bool // there is a neighbor
	psk, password                    secretValue

	filtered   bool           // there is an export list
	exports    []netip.Prefix // what the export list permits
	imports    []netip.Prefix // what the import list permits, and what static routes lead to
	denied     []netip.Prefix
	blackholes []netip.Prefix
	hosts      []hostRoute
	link       *link
}

// A hostRoute is a static route to one address over a tunnel.
type hostRoute struct {
	addr  netip.Addr
	route config.Node
}

// announces reports whether the end's export filter lets a network pass.
func (e *end) announces(p netip.Prefix) bool {
	return p.Addr().Is6() == e.address.Addr().Is6() && (!e.filtered || slices.Contains(e.exports, p))
}

// readTunnels finds the VTIs with their peers and neighbors.
func (b *gate) readTunnels() {
	peers := make(map[string]config.Node)
	for p := range below(b.root, "vpn", "ipsec", "site-to-site", "peer") {
		bind := get(p, "vti", "bind")
		if bind == "" {
			if b.spec == "" {
				b.remark(p, "Peer %s has no VTI: policy-based tunnels cannot be expressed.", config.Escape(p.Name(), 64))
			}
			continue
		}
		peers[bind] = p
	}
	for v := range below(b.root, "interfaces", "vti") {
		if e := b.readEnd(v, peers[v.Name()]); e != nil {
			b.ends = append(b.ends, e)
		}
	}
	slices.SortFunc(b.ends, func(x, y *end) int { return config.LexicalNumeric.Compare(x.iface, y.iface) })
}

// readEnd reads one VTI; nil when it is not ours, or nothing that the model has.
func (b *gate) readEnd(v, peer config.Node) *end {
	spec, object := markAt(v)
	if spec == "" {
		spec, object = markAt(peer)
	}
	if b.spec != "" && spec != b.spec {
		return nil
	}
	if !peer.Valid() {
		if b.spec != "" {
			b.remark(v, "%s has no IPsec peer bound to it.", v.Name())
		}
		return nil
	}
	e := &end{box: b, node: v, peer: peer, managed: true, iface: v.Name(), index: ifaceNumber(v.Name(), "vti"), marked: object != "", mtu: number(v, 0, "mtu")}
	for _, a := range all(v, "address") {
		if p := prefix(a); p.IsValid() && !e.address.IsValid() {
			e.address = p
		}
	}
	if !e.address.IsValid() {
		b.remark(v, "%s has no address, so no BGP and no VXLAN can run over it.", v.Name())
		return nil
	}
	if !b.readPeer(e) {
		return nil
	}
	switch {
	case e.marked:
		e.name = objectName(object)
	default:
		e.name = toLabel(strings.TrimPrefix(peer.Name(), "L2S-"), "")
		if text := toLabel(get(peer, "description"), ""); e.name == "" && text != "" {
			e.name = text
		}
		if e.name == "" {
			e.name = "tunnel" + strconv.Itoa(max(e.index, 0))
		}
	}
	b.part(v)
	if o := find(b.root, "firewall", "options", "interface", e.iface); o.Valid() {
		b.part(o)
	}
	b.readNeighbor(e)
	b.readRoutes(e)
	return e
}

// ifaceNumber is n of an interface's name, or -1.
func ifaceNumber(name, kind string) int {
	rest, ok := strings.CutPrefix(name, kind)
	n, err := strconv.Atoi(rest)
	if !ok || err != nil || n < 0 || strconv.Itoa(n) != rest {
		return -1
	}
	return n
}

// readPeer reads the IPsec peer of an end, in either spelling.
func (b *gate) readPeer(e *end) bool {
	p := e.peer
	e.remote = address(get(p, "remote-address"))
	if !e.remote.IsValid() {
		e.remote = address(p.Name())
	}
	if !e.remote.IsValid() {
		b.remark(p, "Peer %s is not reached at a fixed address; a specification has two addresses for each tunnel.", config.Escape(p.Name(), 64))
		return false
	}
	if mode := get(p, "authentication", "mode"); mode != "" && mode != "pre-shared-secret" {
		b.remark(p, "Peer %s authenticates by %s; a specification has pre-shared keys.", config.Escape(p.Name(), 64), config.Escape(mode, 20))
		return false
	}
	e.local = address(get(p, "local-address"))
	e.localID = address(get(p, "authentication", "local-id"))
	if !e.localID.IsValid() {
		e.localID = address(get(p, "authentication", "id"))
	}
	e.remoteID = address(get(p, "authentication", "remote-id"))
	if !e.localID.IsValid() {
		e.localID = e.local
	}
	e.responds = get(p, "connection-type") == "respond"
	e.initiates = !e.responds
	e.forced = has(p, "force-udp-encapsulation") || get(p, "force-encapsulation") == "enable"
	b.part(p)
	b.readKey(e)
	b.readGroups(e)
	return true
}

// readKey finds the pre-shared key: in the peer, or in the list of keys under both identities.
func (b *gate) readKey(e *end) {
	e.psk = secretAt(e.peer, "authentication", "pre-shared-secret")
	for k := range below(b.root, "vpn", "ipsec", "authentication", "psk") {
		ids := k.Values("id")
		matches := slices.ContainsFunc(ids, func(id string) bool {
			return id == get(e.peer, "authentication", "remote-id") || address(id) == e.remote
		})
		if k.Name() == e.peer.Name() || !e.psk.there && matches {
			e.psk = secretAt(k, "secret")
			b.part(k)
			if k.Name() == e.peer.Name() {
				return
			}
		}
	}
}

// readGroups reads the proposals and times of both SAs.
func (b *gate) readGroups(e *end) {
	rel := b.run.Release
	ike := find(b.root, "vpn", "ipsec", "ike-group", get(e.peer, "ike-group"))
	if ike.Valid() {
		b.part(ike)
		e.ike.Lifetime = secondsOf(ike, lifetime(rel, "ike-group"), "lifetime")
		for p := range proposals(ike) {
			e.ike.Proposals = append(e.ike.Proposals, ikeProposal(p))
		}
		if d := find(ike, "dead-peer-detection"); d.Valid() {
			e.dpd.Interval = time.Duration(number(d, int(boxDPD/time.Second), "interval")) * time.Second
			if e.initiates {
				e.dpd.Action = get(d, "action")
				if e.dpd.Action == "hold" {
					e.dpd.Action = "trap"
				}
			}
		}
	}
	name := get(e.peer, "vti", "esp-group")
	if name == "" {
		name = get(e.peer, "default-esp-group")
	}
	if esp := find(b.root, "vpn", "ipsec", "esp-group", name); esp.Valid() {
		b.part(esp)
		e.esp.Lifetime = secondsOf(esp, lifetime(rel, "esp-group"), "lifetime")
		group := 0
		switch pfs := get(esp, "pfs"); {
		case pfs == "disable":
		case strings.HasPrefix(pfs, "dh-group"):
			group, _ = strconv.Atoi(strings.TrimPrefix(pfs, "dh-group"))
		case len(e.ike.Proposals) > 0:
			group = e.ike.Proposals[0].DHGroup // enabled: the group of IKE's first proposal
		}
		for p := range proposals(esp) {
			e.esp.Proposals = append(e.esp.Proposals, espProposal(p, group))
		}
	}
}

// lifetime is what the groups of a release have while nobody sets it.
func lifetime(rel *release.Release, kind string) string {
	def, _ := rel.Default("vpn", "ipsec", kind, "*", "lifetime")
	return def
}

func secondsOf(n config.Node, def string, leaf string) time.Duration {
	d, err := strconv.Atoi(def)
	if err != nil {
		d = 0
	}
	return time.Duration(number(n, d, leaf)) * time.Second
}

// proposals yields the proposals of a group in the order of their numbers.
func proposals(group config.Node) func(yield func(config.Node) bool) {
	return func(yield func(config.Node) bool) {
		list := slices.Collect(below(group, "proposal"))
		slices.SortStableFunc(list, func(x, y config.Node) int { return config.LexicalNumeric.Compare(x.Name(), y.Name()) })
		for _, p := range list {
			if !yield(p) {
				return
			}
		}
	}
}

// What VyOS takes for the parts of a proposal that are not set.
const (
	boxCipher = "aes128"
	boxHash   = "sha1"
	boxDH     = 2
)

func orWord(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func ikeProposal(n config.Node) ir.Proposal {
	p := ir.Proposal{
		Encryption: orWord(get(n, "encryption"), boxCipher), Hash: orWord(get(n, "hash"), boxHash),
		PRF: get(n, "prf"), DHGroup: number(n, boxDH, "dh-group"),
	}
	if p.PRF == "prf"+p.Hash {
		p.PRF = ""
	}
	return p
}

func espProposal(n config.Node, group int) ir.Proposal {
	p := ir.Proposal{Encryption: orWord(get(n, "encryption"), boxCipher), Hash: get(n, "hash"), DHGroup: group}
	switch {
	case packet.AEAD(p.Encryption) && (p.Hash == "sha256" || p.Hash == ""):
		p.Hash = "" // without effect, and what is written where there is none
	case p.Hash == "":
		p.Hash = boxHash
	}
	return p
}

// encapsulates finds out from the MTU of an end whether its sizes count UDP encapsulation, where the
// addresses alone do not say it: only a VTI that has exactly the size without it does not.
func (e *end) encapsulates(path int) bool {
	return e.mtu == 0 || e.mtu != e.size(path, false) || e.mtu == e.size(path, true)
}

// size is the MTU that the VTI should have, 0 when the proposals do not say.
func (e *end) size(path int, natt bool) int {
	var all []packet.Encapsulation
	for _, p := range e.esp.Proposals {
		t, ok := packet.ESPOf(p.Encryption, p.Hash)
		if !ok {
			return 0
		}
		all = append(all, packet.Encapsulation{Transform: t, NATT: natt, OuterIPv6: e.remote.Is6()})
	}
	if len(all) == 0 {
		return 0
	}
	return packet.Worst(path, all...).MaxPacket(path)
}

// can reports whether the box's release has a feature; an unknown one has them all.
func (b *gate) can(f release.Feature) bool { return b.run == nil || b.run.Release.Has(f) }
