package compiler

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/schema"
)

// weak are words of proposals that are too weak for new tunnels (RFC 8247, RFC 8221).
var weak = []string{
	"3des", "blowfish128", "blowfish192", "blowfish256", "cast128", "md5", "md5_128", "sha1", "sha1_160", "prfmd5", "prfsha1",
	"dh1", "dh2", "dh5", "dh22", "dh23", "dh24",
}

// parseProposal reads encryption[-hash][-prf][-dhN]. The second result says what is wrong, in a sentence.
func parseProposal(v schema.Value[string]) (ir.Proposal, string) {
	words := strings.Split(v.V, "-")
	p := ir.Proposal{Encryption: words[0], Origin: v.Range}
	for _, w := range words[1:] {
		switch number, isGroup := strings.CutPrefix(w, "dh"); {
		case isGroup:
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 || p.DHGroup != 0 {
				return p, "A proposal names one Diffie-Hellman group at its end, as in dh14."
			}
			p.DHGroup = n
		case p.DHGroup != 0:
			return p, "The Diffie-Hellman group comes last."
		case strings.HasPrefix(w, "prf"):
			if p.PRF != "" {
				return p, "A proposal has one PRF."
			}
			p.PRF = w
		case p.Hash != "" || p.PRF != "":
			return p, "The parts are encryption, hash, prf and group, in this order, with a hyphen between them."
		default:
			p.Hash = w
		}
	}
	if slices.Contains(words, "") {
		return p, "The parts are encryption, hash, prf and group, in this order, with a hyphen between them."
	}
	return p, ""
}

// proposals reads the proposals of both SAs; a tunnel whose proposals have an error is not sound.
func (c *compilation) proposals(t *schema.Tunnel, tun *ir.Tunnel) {
	ike, esp := t.IKE, t.ESP
	if ike == nil {
		ike = &schema.IKE{Range: t.Range}
	}
	if esp == nil {
		esp = &schema.ESP{Range: t.Range}
	}
	tun.IKE.Lifetime = c.lifetime(ike.Lifetime, defaultIKELifetime)
	tun.ESP.Lifetime = c.lifetime(esp.Lifetime, defaultESPLifetime)
	if tun.ESP.Lifetime > tun.IKE.Lifetime {
		c.report("W0304", at(esp.Lifetime, at(ike.Lifetime, t.Range)), "The child SA lives longer (%s) than the IKE SA (%s). It is usual, and cheaper, the other way round.", tun.ESP.Lifetime, tun.IKE.Lifetime)
	}
	for _, v := range orDefault(ike.Proposals, defaultIKE, ike.Range) {
		if p, ok := c.proposal(v); ok && c.ikeProposal(p, v.Range) {
			tun.IKE.Proposals = append(tun.IKE.Proposals, p)
		}
	}
	for _, v := range orDefault(esp.Proposals, defaultESP, esp.Range) {
		if p, ok := c.proposal(v); ok && c.espProposal(p, v.Range) {
			tun.ESP.Proposals = append(tun.ESP.Proposals, p)
		}
	}
	for _, p := range tun.ESP.Proposals[min(1, len(tun.ESP.Proposals)):] {
		if first := tun.ESP.Proposals[0]; p.DHGroup != first.DHGroup {
			c.report("E0308", p.Origin, "The ESP proposals name the groups %d and %d. A group of proposals has one setting for perfect forward secrecy, so all of them name the same group, or none.", first.DHGroup, p.DHGroup)
		}
	}
}

func orDefault(given []schema.Value[string], def string, r hcl.Range) []schema.Value[string] {
	if len(given) > 0 {
		return given
	}
	return []schema.Value[string]{{V: def, Range: r}}
}

// proposal reads one proposal and checks what holds for both kinds.
func (c *compilation) proposal(v schema.Value[string]) (ir.Proposal, bool) {
	p, wrong := parseProposal(v)
	if wrong != "" {
		c.report("E0301", v.Range, "%q is not a proposal. %s An example is %s.", v.V, wrong, defaultIKE)
		return p, false
	}
	if p.Encryption == "null" || strings.HasSuffix(p.Encryption, "gmac") {
		c.report("E0302", v.Range, "%q does not encrypt: every frame of the stretched subnet would cross the uplink in clear. Use %s.", p.Encryption, defaultESP)
		return p, false
	}
	hash := p.Hash
	if hash == "" {
		hash = "sha256" // only to ask about the cipher
	}
	if _, ok := packet.ESPOf(p.Encryption, hash); !ok {
		word, known := p.Encryption, packet.Ciphers()
		if slices.Contains(known, word) {
			word, known = p.Hash, packet.Hashes()
		}
		c.report("E0301", v.Range, "No release knows %q in the proposal %q.%s", word, v.V, didYouMean(word, known))
		return p, false
	}
	for _, w := range strings.Split(v.V, "-") {
		if slices.Contains(weak, w) {
			c.report("W0301", v.Range, "%q in the proposal %q is too weak for a new tunnel (RFC 8247, RFC 8221). Use %s for IKE and %s for ESP.", w, v.V, defaultIKE, defaultESP)
			break
		}
	}
	return p, true
}

func (c *compilation) ikeProposal(p ir.Proposal, at hcl.Range) bool {
	switch {
	case p.DHGroup == 0:
		c.report("E0309", at, "An IKE proposal names its Diffie-Hellman group: left out, releases take group 2, which is broken. Add, for example, -dh14.")
		return false
	case packet.AEAD(p.Encryption) && p.Hash == "" && p.PRF == "":
		c.report("E0307", at, "The cipher %s authenticates by itself, so IKE still needs to be told its PRF: add a hash that it is made from, or the PRF, as in %s-sha256-dh%d.", p.Encryption, p.Encryption, p.DHGroup)
		return false
	case p.Hash == "" && p.PRF == "":
		c.report("E0307", at, "The cipher %s needs a hash, as in %s-sha256-dh%d.", p.Encryption, p.Encryption, p.DHGroup)
		return false
	case p.Hash == "" && !packet.AEAD(p.Encryption):
		c.report("E0307", at, "The cipher %s needs a hash besides the PRF, as in %s-sha256-%s-dh%d.", p.Encryption, p.Encryption, p.PRF, p.DHGroup)
		return false
	}
	return true
}

func (c *compilation) espProposal(p ir.Proposal, at hcl.Range) bool {
	switch {
	case p.PRF != "":
		c.report("E0301", at, "ESP has no PRF. Remove %q from the proposal.", p.PRF)
		return false
	case p.Hash == "" && !packet.AEAD(p.Encryption):
		c.report("E0307", at, "The cipher %s does not authenticate; add a hash, as in %s-sha256-dh14.", p.Encryption, p.Encryption)
		return false
	case p.DHGroup == 0:
		c.report("W0302", at, "Without a group there is no perfect forward secrecy: who records the traffic and learns the IKE keys later can read it. Add, for example, -dh14.")
	}
	return true
}

func (c *compilation) lifetime(v schema.Value[time.Duration], def time.Duration) time.Duration {
	d := v.Or(def)
	if d < 30*time.Second || d > 24*time.Hour || d%time.Second != 0 {
		c.report("E0310", v.Range, "A lifetime of %s is outside of what every release takes: 30s to 24h, in whole seconds.", d)
	}
	return d
}

// timers checks dead peer detection and the timers of BGP.
func (c *compilation) timers(t *schema.Tunnel, tun *ir.Tunnel) {
	tun.DPD = ir.DPD{Interval: defaultDPDInterval, Action: "restart"}
	if d := t.DPD; d != nil {
		tun.DPD = ir.DPD{Interval: d.Interval.Or(defaultDPDInterval), Timeout: d.Timeout.V, Action: d.Action.Or("restart")}
		if i := tun.DPD.Interval; i < 2*time.Second || i > 24*time.Hour || i%time.Second != 0 {
			c.report("E0310", d.Interval.Range, "An interval of %s is outside of what every release takes: 2s to 24h, in whole seconds.", i)
		}
		if d.Timeout.Set {
			c.report("W0303", d.Timeout.Range, "IKEv2 has no such timeout: a peer is given up after the retransmissions of one message, about 165 s (RFC 7296, section 2.4). Remove it; to notice sooner, use BFD: bgp { bfd = true }.")
		}
	}
	tun.BGP = ir.BGP{Keepalive: defaultKeepalive, Hold: defaultHold, Connect: connectRetry}
	b := t.BGP
	if b == nil {
		return
	}
	tun.Ranges.BGP = b.Range
	tun.BGP.Keepalive, tun.BGP.Hold = b.Keepalive.Or(defaultKeepalive), b.Hold.Or(defaultHold)
	tun.BGP.BFD, tun.BGP.Password = b.BFD.V, secret(b.Password)
	if k := tun.BGP.Keepalive; k < time.Second || k > 65535*time.Second || k%time.Second != 0 {
		c.report("E0401", at(b.Keepalive, b.Range), "A keepalive of %s is outside of 1s to 65535s, in whole seconds.", k)
	}
	// 1.2 and 1.3 refuse 3, which RFC 4271 (section 4.2) allows
	if h := tun.BGP.Hold; h < 4*time.Second || h > 65535*time.Second || h%time.Second != 0 {
		c.report("E0401", at(b.Hold, b.Range), "A hold time of %s is outside of what every release takes: 4s to 65535s, in whole seconds.", h)
	}
	if tun.BGP.Keepalive > tun.BGP.Hold/3 {
		c.report("W0404", at(b.Keepalive, b.Range), "With a keepalive of %s and a hold time of %s fewer than three keepalives fit into the hold time, and one lost packet may end the session (RFC 4271, section 10).", tun.BGP.Keepalive, tun.BGP.Hold)
	}
}
