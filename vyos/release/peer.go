package release

import "strings"

// ConnectionOf is what charon calls the IKE SAs of a peer.
func (p *IPsec) ConnectionOf(peer string) string { return strings.ReplaceAll(p.Connection, "%s", peer) }

// ChildOf is what charon calls the child SA of a peer.
func (p *IPsec) ChildOf(peer string) string { return strings.ReplaceAll(p.Child, "%s", peer) }

// Ending is the command, in words, that ends all IKE SAs of a peer, also of one that is no longer configured: swanctl
// sends for every one of the name (strongSwan 5.7 and 5.9, vici_control.c, terminate), while `ipsec down` without [*]
// stops at the first.
func (p *IPsec) Ending(peer string) []string {
	return []string{"sudo", "swanctl", "--terminate", "--ike", p.ConnectionOf(peer)}
}

// Starting is the command, in words, that negotiates the SAs of a configured peer.
func (p *IPsec) Starting(peer string) []string {
	return []string{"sudo", "swanctl", "--initiate", "--child", p.ChildOf(peer)}
}

// Renegotiation lists the commands, in words, that end all IKE SAs of a configured peer. At the end that initiates they
// negotiate again as well; did both ends, there would be two negotiations and two child SAs (N10).
func (p *IPsec) Renegotiation(peer string, initiates bool) [][]string {
	if len(p.ResetPeer) > 0 {
		words := make([]string, len(p.ResetPeer))
		for i, w := range p.ResetPeer {
			words[i] = strings.ReplaceAll(w, "%s", peer)
		}
		return [][]string{words}
	}
	if !initiates {
		return [][]string{p.Ending(peer)}
	}
	return [][]string{p.Ending(peer), p.Starting(peer)}
}
