package sessiontest

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// A tunnelSA is an IKE SA with its child between two routers. Each end may have lost it.
type tunnelSA struct {
	ends  [2]saEnd
	ike   time.Time
	key   string    // that the ends proved to have then
	child time.Time // zero: there is none
	spi   [2]uint32 // in, of each end
	encap bool
	esp   string // encryption/hash
	cutAt time.Time
	id    int
}

type saEnd struct {
	node  *netNode
	peer  peerView // that it was made from
	alive bool
}

func (sa *tunnelSA) of(x *netNode) bool { return sa.ends[0].node == x || sa.ends[1].node == x }

// at is the end at a router, and the far one.
func (sa *tunnelSA) at(x *netNode) (near, far *saEnd) {
	if sa.ends[0].node == x {
		return &sa.ends[0], &sa.ends[1]
	}
	return &sa.ends[1], &sa.ends[0]
}

// held are the SAs that a node knows of, each with the node's own end of it.
func (n *Network) held(x *netNode) iter.Seq2[*tunnelSA, *saEnd] {
	return func(yield func(*tunnelSA, *saEnd) bool) {
		for _, sa := range slices.Clone(n.sas) {
			if !sa.of(x) {
				continue
			}
			if near, _ := sa.at(x); near.alive && !yield(sa, near) {
				return
			}
		}
	}
}

// carries reports whether packets pass by an SA: both ends have it, both interfaces are up, the way is not cut.
func (n *Network) carries(sa *tunnelSA) bool {
	if sa.child.IsZero() || n.path(sa.ends[0].node, sa.ends[1].node).Cut {
		return false
	}
	for i := range sa.ends {
		e := &sa.ends[i]
		if !e.alive || !e.node.vtis[e.peer.vti] || e.node.off {
			return false
		}
	}
	return true
}

// common finds a proposal that both ends have.
func common(a, b []string) (string, bool) {
	for _, p := range a {
		if slices.Contains(b, p) {
			return p, true
		}
	}
	return "", false
}

// negotiate sends a request. Nobody there: it is sent again. Refused: it stops (N11).
func (n *Network) negotiate(x *netNode, c *connection, now time.Time) {
	p := c.peer
	for _, sa := range n.sas {
		if near, _ := sa.at(x); sa.of(x) && near.alive && near.peer.connection == p.connection && !sa.child.IsZero() {
			c.trying = false // it has one
			return
		}
	}
	if n.reuse(x, c, now) {
		return
	}
	y := n.at(p.remote)
	if y == nil || y == x || y.off || n.path(x, y).Cut || !x.listens() || !y.listens() {
		return
	}
	stop := func(why string) { c.trying, c.stopped, c.why = false, true, why }
	var q *peerView
	for i := range y.view.peers {
		if e := &y.view.peers[i]; e.remote == x.outer(p.local) && y.outer(e.local) == p.remote {
			q = e
		}
	}
	if q == nil {
		stop("NO_PROPOSAL_CHOSEN")
		return
	}
	if _, ok := common(p.ike, q.ike); !ok {
		stop("NO_PROPOSAL_CHOSEN")
		return
	}
	if p.psk != q.psk || p.localID != q.remoteID || p.remoteID != q.localID {
		stop("AUTHENTICATION_FAILED")
		return
	}
	n.serial++
	sa := &tunnelSA{ike: now, key: p.psk, id: n.serial, encap: p.forced || q.forced || x.public.IsValid() || y.public.IsValid()}
	sa.ends = [2]saEnd{{x, p, true}, {y, *q, true}}
	for _, old := range slices.Clone(n.sas) { // an INITIAL_CONTACT ends what was there
		if old.of(x) && old.of(y) {
			n.end(old)
		}
	}
	n.sas = append(n.sas, sa)
	esp, ok := common(p.esp, q.esp)
	if !ok {
		stop("NO_PROPOSAL_CHOSEN for the child")
		return
	}
	sa.esp = esp
	c.trying = false
	n.install(sa, now)
}

// reuse makes the child in an IKE SA that serves the connection, where there is one: nobody authenticates, so that a new
// key shows in nothing, and the IKE SA gets no younger (strongSwan 5.7.2, ike_sa_manager.c, checkout_by_config).
func (n *Network) reuse(x *netNode, c *connection, now time.Time) bool {
	for _, sa := range n.sas {
		if !sa.of(x) || !sa.child.IsZero() || !sa.cutAt.IsZero() {
			continue
		}
		near, far := sa.at(x)
		q := far.node.loaded[far.peer.connection]
		if !near.alive || !far.alive || near.peer.parent != c.peer.parent || q == nil {
			continue
		}
		esp, ok := common(c.peer.esp, q.peer.esp)
		if !ok {
			c.trying, c.stopped, c.why = false, true, "NO_PROPOSAL_CHOSEN for the child"
			return true
		}
		near.peer, far.peer = c.peer, q.peer
		sa.esp, c.trying = esp, false
		n.install(sa, now)
		return true
	}
	return false
}

// install makes the child SA. Its event brings the interfaces up.
func (n *Network) install(sa *tunnelSA, now time.Time) {
	sa.child = now
	n.serial++
	sa.spi = [2]uint32{0xc0000000 + uint32(n.serial)*2, 0xc0000001 + uint32(n.serial)*2}
	for _, e := range sa.ends {
		if _, ok := e.node.vtis[e.peer.vti]; ok {
			e.node.vtis[e.peer.vti] = true
		}
	}
}

// listens reports whether IPsec listens on an interface.
func (x *netNode) listens() bool { return len(x.view.ipsecOn) > 0 }

// end removes an SA at both ends. The event of its child takes the interfaces down, whatever other SAs there are (N10).
func (n *Network) end(sa *tunnelSA) {
	n.sas = slices.DeleteFunc(n.sas, func(s *tunnelSA) bool { return s == sa })
	sa.down()
}

// down is the event of a child SA that ends.
func (sa *tunnelSA) down() {
	for _, e := range sa.ends {
		if _, ok := e.node.vtis[e.peer.vti]; ok && e.alive {
			e.node.vtis[e.peer.vti] = false
		}
	}
}

// forget is what becomes of SAs when a router restarts: the far ends keep theirs until they find out.
func (n *Network) forget(x *netNode) {
	now := time.Now()
	for _, sa := range n.sas {
		if sa.of(x) {
			near, _ := sa.at(x)
			near.alive = false
			sa.cutAt = now
		}
	}
}

// retransmissions is how long charon repeats a request by default before it gives a peer up.
const retransmissions = 165 * time.Second

// detectDead ends SAs whose peer has not answered for long enough; an initiator tries again.
func (n *Network) detectDead(now time.Time) {
	for _, sa := range slices.Clone(n.sas) {
		if sa.cutAt.IsZero() || now.Sub(sa.cutAt) < sa.ends[0].peer.interval+retransmissions {
			continue
		}
		n.end(sa)
		for _, e := range sa.ends {
			if c := e.node.loaded[e.peer.connection]; c != nil && c.peer.initiates {
				c.trying = true
			}
		}
	}
}

// terminate ends the IKE SAs of a connection, all or the first. The far end, where it initiates, starts anew at once: its
// close action.
func (n *Network) terminate(x *netNode, name string, all bool, now time.Time) (ended int) {
	for _, sa := range n.named(x, name) {
		if ended > 0 && !all {
			break
		}
		ended++
		_, far := sa.at(x)
		n.end(sa)
		far.again()
	}
	n.settle(now)
	return ended
}

// terminateChild ends the child SAs of a name, all or the first, and leaves their IKE SAs.
func (n *Network) terminateChild(x *netNode, name string, all bool, now time.Time) {
	ended := 0
	for sa, near := range n.held(x) {
		if sa.child.IsZero() || near.peer.child != name || ended > 0 && !all {
			continue
		}
		ended++
		sa.child = time.Time{}
		sa.down()
		_, far := sa.at(x)
		far.again()
	}
	n.settle(now)
}

// named are the IKE SAs of a connection.
func (n *Network) named(x *netNode, name string) []*tunnelSA {
	var out []*tunnelSA
	for sa, near := range n.held(x) {
		if near.peer.connection == name {
			out = append(out, sa)
		}
	}
	return out
}

// again is the close action: an end that initiates begins anew when the far one ends an SA.
func (e *saEnd) again() {
	if c := e.node.loaded[e.peer.connection]; c != nil && c.peer.initiates {
		c.trying = true
	}
}

// initiate starts a connection, also one that has stopped.
func (n *Network) initiate(x *netNode, name string, now time.Time) (ok bool, why string) {
	c := x.loaded[name]
	if c == nil {
		return false, "no such connection"
	}
	c.trying, c.stopped, c.why = true, false, ""
	n.settle(now)
	if c.stopped {
		return false, c.why
	}
	return !c.trying, "establishing CHILD_SA failed: no answer"
}

// rekey renews the child of a connection. Only here does a difference in PFS show (N13).
func (n *Network) rekey(x *netNode, child string, now time.Time) (ok bool, why string) {
	for sa, near := range n.held(x) {
		if sa.child.IsZero() || near.peer.child != child {
			continue
		}
		_, far := sa.at(x)
		p, q := x.loaded[near.peer.connection], far.node.loaded[far.peer.connection]
		if p == nil || q == nil {
			return false, "NO_PROPOSAL_CHOSEN"
		}
		if _, ok := common(p.peer.esp, q.peer.esp); !ok || p.peer.pfs != q.peer.pfs {
			return false, "NO_PROPOSAL_CHOSEN"
		}
		n.serial++
		sa.child = now
		sa.spi = [2]uint32{0xc0000000 + uint32(n.serial)*2, 0xc0000001 + uint32(n.serial)*2}
		return true, ""
	}
	return false, "no matching CHILD_SA"
}

// reset is VyOS's own command: it ends the SAs of a peer, and starts them again where the peer initiates (N11).
func (n *Network) reset(x *netNode, name string, now time.Time) bool {
	c := x.loaded[name]
	if c == nil {
		return false
	}
	n.terminate(x, name, true, now)
	if c.peer.initiates {
		n.initiate(x, name, now)
	}
	return true
}

// wire is the size of the packet outside for a packet of the tunnel, in octets (RFC 4303, section 2).
func (sa *tunnelSA) wire(size int) int {
	enc, hash, _ := strings.Cut(sa.esp, "/")
	hash, _, _ = strings.Cut(hash, "/")
	iv, block, icv := 16, 16, map[string]int{"sha1": 12, "sha256": 16, "sha384": 24, "sha512": 32, "md5": 12}[hash]
	if strings.Contains(enc, "gcm128") || strings.HasPrefix(enc, "chacha20") {
		iv, block, icv = 8, 4, 16
	}
	outer := 20
	if sa.ends[0].peer.remote.Is6() {
		outer = 40
	}
	if sa.encap {
		outer += 8
	}
	return outer + 8 + iv + (size+2+block-1)/block*block + icv
}

// between finds the SA that carries packets from a VTI of a router.
func (n *Network) between(x *netNode, vti string) *tunnelSA {
	for _, sa := range n.sas {
		if near, _ := sa.at(x); sa.of(x) && near.peer.vti == vti && n.carries(sa) {
			return sa
		}
	}
	return nil
}
