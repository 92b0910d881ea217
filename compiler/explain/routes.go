package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A State is what has happened to the hosts of a stretch.
type State string

// The states.
const (
	Now      State = ""         // hosts live on both sites
	Failover State = "failover" // all hosts of the home site have moved; both sites are up, the subnet is joined
	Cutover  State = "cutover"  // and the subnet, with its default gateway, has moved too; the stretch is gone
)

// An Ask says what routes are wanted for.
type Ask struct {
	Stretch string // empty: all
	After   State
	Home    string // the site that hosts come from; empty: the one whose attachment is declared first

	// Loose reports whether a VyOS gateway's VTI is told to pass packets whose source is connected elsewhere;
	// nil: nothing is said about it.
	Loose func(*ir.Node) bool
}

// Routes says who reaches what, and which routes devices outside the specification must have for it.
type Routes struct {
	After    State      `json:"after"`
	Cases    []Case     `json:"cases"`
	Required []Required `json:"required"`
	Unneeded []External `json:"unneeded"` // routes that others have and that no flow of the cases uses
}

// A Case is a stretch in a state, or with an empty Stretch the routed networks.
type Case struct {
	Stretch  string    `json:"stretch"`
	Subnet   string    `json:"subnet"`
	Home     string    `json:"home"` // site
	Away     []string  `json:"away"`
	Gateways string    `json:"gateways"` // as in "same default gateway on both sites, 192.168.10.1"
	FirstHop string    `json:"first_hop"`
	Flows    []Flow    `json:"flows"`
	Findings []Finding `json:"findings"`
}

// A Class is a kind of hosts.
type Class struct {
	Kind    string `json:"kind"`              // home, moved, created; network for hosts of a routed network
	At      string `json:"at"`                // site
	From    string `json:"from,omitempty"`    // site, of moved hosts
	Gateway string `json:"gateway,omitempty"` // address of the default gateway; empty when there is none
	Text    string `json:"text"`
}

// A Target is where a host wants to go.
type Target struct {
	Kind   string `json:"kind"` // subnet, network, controller, internet
	Site   string `json:"site,omitempty"`
	Prefix string `json:"prefix"`
	Text   string `json:"text"`
}

// A Flow is a host and a target with the path in both directions.
type Flow struct {
	Class      Class    `json:"class"`
	Target     Target   `json:"target"`
	Forward    Path     `json:"forward"`
	Return     Path     `json:"return"`
	Works      bool     `json:"works"`    // as things are configured now
	Possible   bool     `json:"possible"` // it works once the missing routes are there
	Asymmetric bool     `json:"asymmetric"`
	Trombone   bool     `json:"trombone"`
	Notes      []string `json:"notes,omitempty"`
}

// A Path is the way in one direction.
type Path struct {
	Steps  []Step `json:"steps,omitempty"`
	Works  bool   `json:"works"` // as things are configured now
	Needs  []int  `json:"needs,omitempty"`
	Broken string `json:"broken,omitempty"` // why it ends early; empty when it does not

	exit *ir.Site
}

// A Step is one device or link of a path.
type Step struct {
	Kind string `json:"kind"` // host, stretch, router, gateway, tunnel, network, internet
	Name string `json:"name"`
	Site string `json:"site,omitempty"` // empty for links and the Internet
	By   string `json:"by,omitempty"`   // what leads on from here, as in "static route 10.30.0.0/16 via 10.20.0.2"
}

// A RouteStatus compares a route that must be there with those that are declared.
type RouteStatus string

// The statuses.
const (
	Present      RouteStatus = "present"
	Missing      RouteStatus = "missing"
	OtherNextHop RouteStatus = "other-next-hop"
)

// A Required is a static route that a device outside the specification must have.
type Required struct {
	Site    string      `json:"site"`
	Device  string      `json:"device"` // its name among the external routes, or "router of SITE"
	Prefix  string      `json:"prefix"`
	NextHop string      `json:"next_hop"`
	Segment string      `json:"segment"` // the network that device and next hop share
	Status  RouteStatus `json:"status"`
	Have    string      `json:"have,omitempty"` // the next hop that is declared instead
	Why     []string    `json:"why"`            // the flows that need it
}

// An External is a route that is declared of a device.
type External struct {
	Site    string `json:"site"`
	Device  string `json:"device"`
	Prefix  string `json:"prefix"`
	NextHop string `json:"next_hop"`
	Why     string `json:"why"` // why nothing uses it
}

// A Finding is something to know beside the paths.
type Finding struct {
	Name    string   `json:"name"`    // controller, drill, first-hop, gateways, cutover, without
	Problem bool     `json:"problem"` // something does not work, or will not
	Text    []string `json:"text"`
}

// FindRoutes judges the flows of hosts, targets and states.
func FindRoutes(f *ir.Fabric, ask Ask) (*Routes, error) {
	stretches := f.Stretches
	if ask.Stretch != "" {
		s, err := findStretch(f, ask.Stretch)
		if err != nil {
			return nil, err
		}
		stretches = []*ir.Stretch{s}
	}
	if ask.Home != "" {
		var have []string
		for _, s := range sites(f) {
			have = append(have, s.Name)
		}
		if !slices.Contains(have, ask.Home) {
			return nil, &NotFoundError{Kind: "site", Name: ask.Home, Have: have}
		}
	}
	r := &Routes{After: ask.After, Cases: []Case{}, Required: []Required{}, Unneeded: []External{}}
	ledger := newLedger(f)
	ledger.loose = ask.Loose
	for _, s := range stretches {
		for _, scene := range scenes(s, ask) {
			r.Cases = append(r.Cases, judgeScene(f, s, scene, ledger))
		}
	}
	if ask.Stretch == "" && ask.After == Now {
		if c := routedCase(f, ledger); len(c.Flows) > 0 {
			r.Cases = append(r.Cases, c)
		}
	}
	ledger.settle(r)
	return r, nil
}

// A ledger collects the routes that flows need; a Path refers to them by index.
type ledger struct {
	required []Required
	used     map[*ir.ExternalRoute]bool
	sites    []*ir.Site
	loose    func(*ir.Node) bool
	within   map[netip.Prefix]netip.Addr // addresses that stand for a network, found once
}

func newLedger(f *ir.Fabric) *ledger {
	return &ledger{used: map[*ir.ExternalRoute]bool{}, sites: sites(f), within: map[netip.Prefix]netip.Addr{}}
}

// need records a route and returns its index.
func (l *ledger) need(r Required) int {
	i := slices.IndexFunc(l.required, func(x Required) bool {
		return x.Site == r.Site && x.Prefix == r.Prefix && x.NextHop == r.NextHop
	})
	if i < 0 {
		l.required = append(l.required, r)
		i = len(l.required) - 1
	}
	return i
}

// because adds a flow to the reasons of the routes that it needs.
func (l *ledger) because(needs []int, why string) {
	for _, i := range needs {
		if !slices.Contains(l.required[i].Why, why) {
			l.required[i].Why = append(l.required[i].Why, why)
		}
	}
}

// settle sorts the routes, rewrites the indexes of the paths, and lists what nothing needs.
func (l *ledger) settle(r *Routes) {
	order := make([]int, len(l.required))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := l.required[i], l.required[j]
		return cmp.Or(cmp.Compare(a.Site, b.Site), comparePrefix(a.Prefix, b.Prefix), cmp.Compare(a.NextHop, b.NextHop))
	})
	at := make([]int, len(order))
	for to, from := range order {
		at[from] = to
		r.Required = append(r.Required, l.required[from])
	}
	for _, c := range r.Cases {
		for i := range c.Flows {
			for _, p := range []*Path{&c.Flows[i].Forward, &c.Flows[i].Return} {
				for k, n := range p.Needs {
					p.Needs[k] = at[n]
				}
				slices.Sort(p.Needs)
				p.Needs = slices.Compact(p.Needs)
			}
		}
	}
	for _, s := range l.sites {
		for i := range s.ExternalRoutes {
			e := &s.ExternalRoutes[i]
			if l.used[e] {
				continue
			}
			r.Unneeded = append(r.Unneeded, External{s.Name, e.Device, e.Prefix.String(), e.NextHop.String(), unneeded(s, e)})
		}
	}
}

// unneeded says why no flow uses a declared route.
func unneeded(s *ir.Site, e *ir.ExternalRoute) string {
	for _, n := range s.Nodes {
		for _, end := range n.Ends {
			if end.Address.Masked().Contains(e.NextHop) {
				return fmt.Sprintf("%s is an address of tunnel %s, which no device of %s has a segment with", e.NextHop, end.Tunnel.Name, s.Name)
			}
		}
	}
	if _, _, ok := nextHopNode(s, e.NextHop); !ok {
		return fmt.Sprintf("%s is no address of a gateway of %s", e.NextHop, s.Name)
	}
	return "nothing that was asked about is sent there"
}

// comparePrefix orders prefixes as addresses, not as text.
func comparePrefix(a, b string) int {
	p, errP := netip.ParsePrefix(a)
	q, errQ := netip.ParsePrefix(b)
	if errP != nil || errQ != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()))
}
