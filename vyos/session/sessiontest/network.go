package sessiontest

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A Network is what lies between routers: the Internet, and the segments that hosts are in. From the configurations
// that the routers' systems work by, and from time, follow the SAs, whether VTIs are up, BGP sessions, what bridges
// learn and who answers, and it gives the routers the tools that tell of it. It knows no packets.
type Network struct {
	mu       sync.Mutex
	nodes    []*netNode
	sas      []*tunnelSA
	sessions []*bgpSession
	segments []*Segment
	joins    [][2]*Segment
	paths    map[[2]*netNode]Path
	serial   int
}

// A Path is the way between the uplinks of two routers. The zero value is a clean one of 1500 octets.
type Path struct {
	MTU           int  // octets; 0 is 1500
	Cut           bool // nothing arrives
	Silent        bool // what is too large is dropped without a message
	DropFragments bool
}

// A netNode is a router in the network.
type netNode struct {
	n      *Network
	r      *Router
	view   *view
	public netip.Addr // what others see, behind NAT
	inBand bool

	vtis    map[string]bool // that exist; true: up
	loaded  map[string]*connection
	off     bool                 // it restarts
	ready   time.Time            // charon answers from then on
	flushed map[string]time.Time // ports of bridges
}

// A connection is a peer as charon has loaded it.
type connection struct {
	peer    peerView
	trying  bool // it sends requests until somebody answers
	stopped bool // it was refused and has stopped for good (N11)
	why     string
}

// A Node says how a router is connected.
type Node struct {
	Router *Router
	// Public is the address that others see, where the router is behind NAT.
	Public netip.Addr
	// InBand: it is managed through its tunnel. While that is down it cannot be reached.
	InBand bool
}

// NewNetwork connects routers.
func NewNetwork(nodes ...Node) *Network {
	n := &Network{paths: make(map[[2]*netNode]Path)}
	for _, o := range nodes {
		x := &netNode{n: n, r: o.Router, public: o.Public, inBand: o.InBand, view: viewOf(o.Router.Kernel()), vtis: make(map[string]bool), loaded: make(map[string]*connection), flushed: make(map[string]time.Time)}
		n.nodes = append(n.nodes, x)
		x.handleTools()
		o.Router.observe(func(e kernelEvent) { n.changed(x, e) }, func() bool { return n.manages(x) })
	}
	_, done := n.ask()
	for _, x := range n.nodes { // all are up before the first of them initiates
		x.interfaces()
	}
	for _, x := range n.nodes {
		x.load(x.view)
	}
	done()
	return n
}

// changed takes over what a router's system does now.
func (n *Network) changed(x *netNode, e kernelEvent) {
	now, done := n.ask()
	defer done()
	switch e {
	case kernelDown:
		x.off = true
		n.forget(x)
		n.settle(now)
		return
	case kernelUp:
		x.off = false
		x.vtis, x.loaded = make(map[string]bool), make(map[string]*connection)
	}
	old := x.view
	x.view = viewOf(x.r.Kernel())
	x.interfaces()
	x.load(old)
	n.settle(now)
}

// interfaces makes and removes VTIs. A new one is down until an SA comes up, whatever is up already (N12).
func (x *netNode) interfaces() {
	for name := range x.vtis {
		if _, ok := x.view.mtu[name]; !ok {
			delete(x.vtis, name)
		}
	}
	for name := range x.view.mtu {
		if _, known := x.vtis[name]; !known && len(name) > 3 && name[:3] == "vti" {
			x.vtis[name] = false
		}
	}
}

// load gives charon the peers. What exists already goes on with what it was made from (N12, N13).
func (x *netNode) load(old *view) {
	restarts := x.r.Release().IPsec.Restarts
	if restarts && (!slices.Equal(old.ipsecOn, x.view.ipsecOn) || !old.ipsec) {
		x.ready = time.Now().Add(x.r.toolTime(charonStarts)) // the commit does not wait for it (vyatta-cfg-vpn, scripts/vpn-config.pl)
	}
	if restarts && len(x.loaded) > 0 && !slices.Equal(old.ipsecOn, x.view.ipsecOn) {
		for _, sa := range slices.Clone(x.n.sas) {
			if sa.of(x) {
				x.n.end(sa)
			}
		}
		x.loaded = make(map[string]*connection)
	}
	keep := make(map[string]*connection)
	for _, p := range x.view.peers {
		c := x.loaded[p.connection]
		if c == nil || c.peer.settings != p.settings || c.peer.initiates != p.initiates {
			c = &connection{trying: p.initiates}
		}
		c.peer = p
		keep[p.connection] = c
	}
	x.loaded = keep
}

// charonStarts is how long charon takes to start and to be given its connections.
const charonStarts = 8 * time.Second

// settle lets time pass: requests that are answered by now, peers that are found dead, sessions that come up or time out.
func (n *Network) settle(now time.Time) {
	n.detectDead(now)
	for _, x := range n.nodes {
		for _, p := range x.view.peers {
			if c := x.loaded[p.connection]; c != nil && c.trying && !c.stopped && !x.off {
				n.negotiate(x, c, now)
			}
		}
	}
	n.settleBGP(now)
}

// ask locks the network and lets time pass. What became unreachable by then loses its connections in the end.
func (n *Network) ask() (now time.Time, done func()) {
	n.mu.Lock()
	now = time.Now()
	n.settle(now)
	return now, func() {
		cut := n.unmanaged()
		n.mu.Unlock()
		for _, x := range cut {
			x.r.cutOff()
		}
	}
}

func (n *Network) node(r *Router) *netNode {
	for _, x := range n.nodes {
		if x.r == r {
			return x
		}
	}
	panic("sessiontest: the router is not in the network")
}

// SetPath changes the way between two routers.
func (n *Network) SetPath(a, b *Router, p Path) {
	now, done := n.ask()
	defer done()
	x, y := n.node(a), n.node(b)
	before := n.path(x, y)
	n.paths[[2]*netNode{x, y}], n.paths[[2]*netNode{y, x}] = p, p
	for _, sa := range n.sas {
		if sa.of(x) && sa.of(y) && p.Cut && !before.Cut {
			sa.cutAt = now
		} else if sa.of(x) && sa.of(y) && !p.Cut {
			sa.cutAt = time.Time{}
		}
	}
	n.settle(now)
}

func (n *Network) path(x, y *netNode) Path {
	p := n.paths[[2]*netNode{x, y}]
	if p.MTU == 0 {
		p.MTU = 1500
	}
	return p
}

// manages reports whether a router can be reached for management.
func (n *Network) manages(x *netNode) bool {
	_, done := n.ask()
	defer done()
	return n.reachable(x)
}

func (n *Network) reachable(x *netNode) bool {
	if !x.inBand {
		return true
	}
	return slices.ContainsFunc(n.sas, func(sa *tunnelSA) bool { return sa.of(x) && n.carries(sa) })
}

// unmanaged lists the routers that cannot be reached any more: their connections die.
func (n *Network) unmanaged() []*netNode {
	var out []*netNode
	for _, x := range n.nodes {
		if !n.reachable(x) {
			out = append(out, x)
		}
	}
	return out
}

// outer is the address that others see.
func (x *netNode) outer(local netip.Addr) netip.Addr {
	if x.public.IsValid() {
		return x.public
	}
	return local
}

// at finds the router that answers at an outer address.
func (n *Network) at(a netip.Addr) *netNode {
	for _, x := range n.nodes {
		if _, ok := x.view.addresses[a]; ok && !x.public.IsValid() || x.public == a {
			return x
		}
	}
	return nil
}

// macFor makes a MAC address for something that has a name.
func macFor(what string) string {
	sum := sha256.Sum256([]byte(what))
	return fmt.Sprintf("52:54:00:%02x:%02x:%02x", sum[0], sum[1], sum[2])
}

// An SA is an IKE SA as one router has it.
type SA struct {
	Connection string
	Age        time.Duration
	Key        string // that both ends proved to have when it was made
	Child      bool
}

// SAs lists the IKE SAs of a router, oldest first.
func (n *Network) SAs(r *Router) []SA {
	now, done := n.ask()
	defer done()
	x := n.node(r)
	var out []SA
	for _, sa := range n.sas {
		if !sa.of(x) {
			continue
		}
		if near, _ := sa.at(x); near.alive {
			out = append(out, SA{Connection: near.peer.connection, Age: now.Sub(sa.ike), Key: sa.key, Child: !sa.child.IsZero()})
		}
	}
	return out
}
