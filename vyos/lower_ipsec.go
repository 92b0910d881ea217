package vyos

import (
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// ipsec makes the groups and the peer of one end. Only the initiator starts anything by itself: two
// initiators make duplicate SAs, and the end of one takes the VTI down (N10).
func (l *lowering) ipsec(e *ir.End) {
	t := e.Tunnel
	l.share(l.gatewayObject(), join([]string{"vpn", "ipsec"}, append(l.rel.IPsec.Interfaces, l.n.Uplink.Interface)...)...)
	// without it charon routes the traffic selectors, 0.0.0.0/0, into the tunnel
	l.claim(Shared, l.gatewayObject(), []string{"vpn", "ipsec", "options", "disable-route-autoinstall"})
	l.out.Tree.Ensure("vpn", "ipsec", "options").Flag("disable-route-autoinstall")
	l.ikeGroup(e)
	l.espGroup(t)
	if l.rel.Has(release.PeerNames) {
		l.namedPeer(e)
	} else {
		l.addressedPeer(e)
	}
}

func (l *lowering) ikeGroup(e *ir.End) {
	t := e.Tunnel
	ike := l.own(tunnelObject(t), "vpn", "ipsec", "ike-group", l.name(t.Name))
	closeAction, dpdAction := "none", "clear"
	if e.Initiator {
		closeAction, dpdAction = l.rel.IPsec.CloseRestart, t.DPD.Action
		if dpdAction == "trap" || dpdAction == "hold" {
			dpdAction = l.rel.IPsec.DPDTrap
		}
	}
	ike.Leaf("close-action", closeAction)
	dpd := ike.Ensure("dead-peer-detection")
	dpd.Leaf("action", dpdAction)
	l.state(dpd, "interval", seconds(t.DPD.Interval))
	ike.Leaf("key-exchange", "ikev2")
	l.state(ike, "lifetime", seconds(t.IKE.Lifetime))
	// charon may otherwise move the SA to another address of the box (N8)
	spell(ike, l.rel.IPsec.NoMOBIKE)
	for i, p := range t.IKE.Proposals {
		prop := ike.Ensure("proposal", itoa(i+1))
		prop.Leaf("dh-group", itoa(p.DHGroup))
		prop.Leaf("encryption", p.Encryption)
		hash := p.Hash
		if hash == "" {
			hash = p.PRF[len("prf"):] // an AEAD cipher with only a PRF; the leaf's default would be sha1
		}
		prop.Leaf("hash", hash)
		if p.PRF != "" && p.PRF != "prf"+hash {
			prop.Leaf("prf", p.PRF)
		}
	}
}

func (l *lowering) espGroup(t *ir.Tunnel) {
	esp := l.own(tunnelObject(t), "vpn", "ipsec", "esp-group", l.name(t.Name))
	l.state(esp, "lifetime", seconds(t.ESP.Lifetime))
	pfs := "disable"
	if group := t.ESP.Proposals[0].DHGroup; group != 0 {
		pfs = "dh-group" + itoa(group)
	}
	esp.Leaf("pfs", pfs)
	for i, p := range t.ESP.Proposals {
		prop := esp.Ensure("proposal", itoa(i+1))
		prop.Leaf("encryption", p.Encryption)
		hash := p.Hash
		if packet.AEAD(p.Encryption) && hash == "" {
			hash = "sha256" // without effect; the leaf's default, sha1, looks like one
		}
		prop.Leaf("hash", hash)
	}
}

// namedPeer makes a peer as 1.4 and later have it: by name, with the key in a list of its own.
func (l *lowering) namedPeer(e *ir.End) {
	t := e.Tunnel
	object, name := tunnelObject(t), l.name(t.Name)
	psk := l.own(object, "vpn", "ipsec", "authentication", "psk", name)
	psk.Leaf("id", e.LocalID.String())
	psk.Leaf("id", e.RemoteID.String())
	psk.Secret("secret", t.PSK.Name)
	peer := l.own(object, "vpn", "ipsec", "site-to-site", "peer", name)
	auth := peer.Ensure("authentication")
	auth.Leaf("local-id", e.LocalID.String())
	auth.Leaf("mode", "pre-shared-secret")
	auth.Leaf("remote-id", e.RemoteID.String())
	peer.Leaf("default-esp-group", name)
	peer.Leaf("remote-address", e.Remote.String())
	l.peer(e, peer)
}

// addressedPeer makes a peer as 1.2 and 1.3 have it: its name is the address, and the description marks it.
func (l *lowering) addressedPeer(e *ir.End) {
	t := e.Tunnel
	peer := l.own(tunnelObject(t), "vpn", "ipsec", "site-to-site", "peer", e.Remote.String())
	auth := peer.Ensure("authentication")
	auth.Leaf("id", e.LocalID.String())
	auth.Leaf("mode", "pre-shared-secret")
	auth.Secret("pre-shared-secret", t.PSK.Name)
	auth.Leaf("remote-id", e.RemoteID.String())
	l.peer(e, peer)
}

// peer adds what peers have in every release.
func (l *lowering) peer(e *ir.End, peer config.Node) {
	t := e.Tunnel
	connection := "respond"
	if e.Initiator {
		connection = "initiate"
	}
	peer.Leaf("connection-type", connection)
	peer.Leaf("description", l.marker(t.Name))
	peer.Leaf("ike-group", l.name(t.Name))
	peer.Leaf("local-address", e.Local.String())
	if t.NATT.Forced {
		spell(peer, l.rel.IPsec.ForceEncap)
	}
	vti := peer.Ensure("vti")
	vti.Leaf("bind", e.Interface)
	vti.Leaf("esp-group", l.name(t.Name))
}

// spell writes a setting that one release has as a flag and another as a leaf with a value.
func spell(n config.Node, words []string) {
	if len(words) == 1 {
		n.Flag(words[0])
		return
	}
	n.Leaf(words[0], words[1])
}
