package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A Sighting is a MAC address in the table of a gateway's bridge.
type Sighting struct {
	Node  string        // SITE/GW
	Port  string        // of the bridge
	MAC   string        // in lower case
	VTEP  string        // behind which it lives, where the table says so
	Own   bool          // it is the bridge's or a port's own
	Heard time.Duration // how long ago the last frame came in; negative: not known
}

// A Seen is what was seen of a stretch on all gateways.
type Seen struct {
	Stretch   string
	Sightings []Sighting
	Replies   map[string][]string // by gateway: the MAC addresses that answered for the address
	Missing   []string            // gateways that could not be asked
}

// A Location is where a host is, in one stretch.
type Location struct {
	Stretch  string   `json:"stretch"`
	MAC      string   `json:"mac"`
	Sites    []string `json:"sites"`     // on whose segment it is; several: it is there twice
	Places   []Place  `json:"places"`    // sorted by gateway and port
	Known    string   `json:"known"`     // what of ours it is; empty for a host
	Problems []string `json:"problems"`  // in whole sentences
	Answers  []string `json:"answers"`   // gateways that it answered
	Address  string   `json:"address"`   // that was asked for; empty when a MAC address was
	NotAsked []string `json:"not_asked"` // gateways that could not be reached
}

// A Place is where one gateway sees a host.
type Place struct {
	Gateway string `json:"gateway"`
	Site    string `json:"site"`
	Port    string `json:"port"`
	By      string `json:"by"` // segment, stretch, or gateway for its own
	VTEP    string `json:"vtep,omitempty"`
	Heard   *int   `json:"heard_seconds,omitempty"` // ago
}

// Locate says where a host is: mac, or whoever answered for address. What was seen comes from the gateways of
// the stretch (NETWORK N38).
func Locate(f *ir.Fabric, mac string, address netip.Addr, seen Seen) []Location {
	macs := []string{strings.ToLower(mac)}
	if mac == "" {
		macs = nil
		for _, list := range seen.Replies {
			macs = append(macs, list...)
		}
		macs = append(macs, ownMACs(f, seen.Stretch, address)...)
	}
	slices.Sort(macs)
	macs = slices.Compact(macs)
	out := []Location{}
	for _, m := range macs {
		l := locate(f, m, seen)
		if len(l.Places) == 0 && len(l.Answers) == 0 {
			continue
		}
		if address.IsValid() {
			l.Address = address.String()
		}
		out = append(out, l)
	}
	if mac == "" && len(out) > 1 {
		for i := range out {
			out[i].Problems = append(out[i].Problems, fmt.Sprintf("%s MAC addresses answer for %s: a duplicate address, or a copy of a live host.", count(len(out)), address))
		}
	}
	return out
}

func count(n int) string {
	if words := []string{"No", "One", "Two", "Three", "Four"}; n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// ownMACs are those of gateways that have an address themselves.
func ownMACs(f *ir.Fabric, stretch string, address netip.Addr) []string {
	var out []string
	for _, a := range attachesOf(f, stretch) {
		if a.Address.IsValid() && a.Address.Addr() == address {
			out = append(out, strings.ToLower(a.MAC))
		}
	}
	return out
}

func attachesOf(f *ir.Fabric, stretch string) []*ir.Attachment {
	for _, s := range f.Stretches {
		if s.Name == stretch {
			return s.Attaches
		}
	}
	return nil
}

func locate(f *ir.Fabric, mac string, seen Seen) Location {
	l := Location{Stretch: seen.Stretch, MAC: mac, Sites: []string{}, Places: []Place{}, Problems: []string{}, Answers: []string{}, NotAsked: slices.Clone(seen.Missing)}
	if l.NotAsked == nil {
		l.NotAsked = []string{}
	}
	list := attachesOf(f, seen.Stretch)
	for _, a := range list {
		if strings.EqualFold(a.MAC, mac) {
			l.Known = "the bridge of " + a.Node.Name
		}
		if slices.Contains(seen.Replies[a.Node.Name], mac) {
			l.Answers = append(l.Answers, a.Node.Name)
		}
	}
	for _, s := range seen.Sightings {
		i := slices.IndexFunc(list, func(a *ir.Attachment) bool { return a.Node.Name == s.Node })
		if s.MAC != mac || i < 0 {
			continue
		}
		a := list[i]
		p := Place{Gateway: s.Node, Site: a.Node.Site.Name, Port: s.Port, By: "segment", VTEP: s.VTEP}
		switch {
		case s.Own:
			p.By = "gateway"
		case s.Port == a.VXLAN():
			p.By = "stretch"
		}
		if s.Heard >= 0 {
			ago := int(s.Heard.Seconds())
			p.Heard = &ago
		}
		l.Places = append(l.Places, p)
		if p.By == "segment" && !slices.Contains(l.Sites, p.Site) || p.By == "gateway" && l.Known != "" && !slices.Contains(l.Sites, p.Site) {
			l.Sites = append(l.Sites, p.Site)
		}
		if !s.Own && strings.EqualFold(a.MAC, mac) {
			l.Problems = append(l.Problems, fmt.Sprintf("LOOP: frames of %s's own bridge come in by its %s, so there is a second way between the segments. Pause the stretch at once: l2stretch pause %s.", s.Node, s.Port, seen.Stretch))
		} else if p.By == "segment" && l.Known != "" {
			l.Problems = append(l.Problems, fmt.Sprintf("LOOP: frames of %s come in by %s of %s, and not by the stretch: there is a second way between the segments. Pause the stretch at once: l2stretch pause %s.", l.Known, s.Port, s.Node, seen.Stretch))
		}
	}
	slices.SortFunc(l.Places, func(a, b Place) int {
		return cmp.Or(strings.Compare(a.Gateway, b.Gateway), strings.Compare(a.Port, b.Port))
	})
	slices.Sort(l.Sites)
	if len(l.Sites) > 1 && l.Known == "" {
		l.Problems = append(l.Problems, fmt.Sprintf("It is on the segments of %s at the same time: a copy of a live host, which has to be shut down, or a loop. A host that moved within the ageing time and has not been heard since shows up like this as well.", strings.Join(l.Sites, " and ")))
	}
	return l
}
