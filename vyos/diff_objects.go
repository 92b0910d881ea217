package vyos

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// objects finds what the specification has on a node by the names of plans, as in "stretch app".
type objects struct {
	gateway  string
	ends     map[string]*ir.End
	attaches map[string]*ir.Attachment
	onBox    map[string]string // names as a box tells them, where a dot is an underscore, to names of plans
}

func objectsOf(n *ir.Node) *objects {
	o := &objects{
		gateway: "gateway " + n.Name, onBox: make(map[string]string, len(n.Ends)+len(n.Attaches)),
		ends: make(map[string]*ir.End, len(n.Ends)), attaches: make(map[string]*ir.Attachment, len(n.Attaches)),
	}
	for _, e := range n.Ends {
		object := tunnelObject(e.Tunnel)
		first(o.ends, object, e)
		first(o.onBox, ir.BoxName(object), object)
	}
	for _, a := range n.Attaches {
		object := stretchObject(a.Stretch)
		first(o.attaches, object, a)
		first(o.onBox, ir.BoxName(object), object)
	}
	return o
}

// first adds an entry unless the key has one.
func first[V any](m map[string]V, key string, v V) {
	if _, ok := m[key]; !ok {
		m[key] = v
	}
}

// origin is where the specification speaks of an object.
func (d *differ) origin(object string) hcl.Range {
	if e := d.objects.ends[object]; e != nil {
		return e.Tunnel.Origin
	}
	if a := d.objects.attaches[object]; a != nil {
		return a.Origin
	}
	return d.n.Origin
}

// wording is the name of an object that the box tells, as the specification writes it.
func (d *differ) wording(object string) string {
	if object == "gateway" || strings.HasPrefix(object, "gateway ") {
		return d.objects.gateway
	}
	if name, ok := d.objects.onBox[object]; ok {
		return name
	}
	return object
}

// objectOf is the object that claims a path.
func (d *differ) objectOf(path []string) string {
	for _, c := range d.want.Claims {
		if len(c.Path) <= len(path) && slices.Equal(c.Path, path[:len(c.Path)]) {
			return c.Object
		}
	}
	return d.objects.gateway
}

// summary describes an object that is new on the node.
func (d *differ) summary(object string) string {
	if e := d.objects.ends[object]; e != nil {
		return "new: to " + e.Peer.Node.Name + " by " + e.Interface + ", " + e.Address.String()
	}
	if a := d.objects.attaches[object]; a != nil {
		return "new: " + a.Stretch.Subnet.String() + ", VNI " + itoa(int(a.Stretch.VNI)) + ", " + a.Port() + " in " + a.Bridge()
	}
	return "new"
}

// owners finds the object that a path belongs to, which is that of the part or claim that it lies in.
type owners struct {
	d       *differ
	claimed map[config.Node]string // the last object that claims a node; of shared values, the leaf
	above   map[config.Node]string // what parts and claims lie in: their object, or the gateway for several

	path  []string // that was asked for last, without its last word
	place place    // at its end
}

// A place is how far a path was followed.
type place struct {
	have, want     config.Node
	inHave, inWant bool
	object         string // that the path lies in, empty for none
}

func (d *differ) owners() *owners {
	o := &owners{d: d, claimed: make(map[config.Node]string, len(d.wanted)), above: make(map[config.Node]string)}
	for _, p := range d.before.parts {
		o.note(p.node.Parent(), d.wording(p.object))
	}
	for _, c := range d.wanted {
		n := c.node
		if c.Holding == Shared {
			n = n.Parent()
		}
		o.claimed[n] = c.Object
		o.note(n.Parent(), c.Object)
	}
	return o
}

// note says that something of an object lies in a node. Where several lie in one, all above it know.
func (o *owners) note(n config.Node, object string) {
	for ; n != n.Parent(); n = n.Parent() {
		switch old, ok := o.above[n]; {
		case !ok:
			o.above[n] = object
		case old == object || old == o.d.objects.gateway:
			return
		default:
			object = o.d.objects.gateway
			o.above[n] = object
		}
	}
}

// of is the object of a path. Paths that are asked for one after the other mostly differ in their last word.
func (o *owners) of(path []string) string {
	if above := path[:len(path)-1]; o.path == nil || !slices.Equal(above, o.path) {
		o.path = above
		o.place = place{have: o.d.have.Tree.Root(), inHave: true, want: o.d.want.Tree.Root(), inWant: true}
		for _, word := range above {
			o.place = o.enter(o.place, word)
		}
	}
	at := o.enter(o.place, path[len(path)-1])
	if at.object != "" {
		return at.object
	}
	below := ""
	if at.inHave {
		below = o.above[at.have]
	}
	if at.inWant {
		if wanted := o.above[at.want]; below == "" {
			below = wanted
		} else if wanted != "" && wanted != below {
			below = ""
		}
	}
	return cmp.Or(below, o.d.objects.gateway)
}

// enter follows a path by one word.
func (o *owners) enter(at place, word string) place {
	if at.inHave {
		at.have, at.inHave = at.have.Child(word)
	}
	if at.inWant {
		at.want, at.inWant = at.want.Child(word)
	}
	if at.inHave {
		if part, ours := o.d.before.at(at.have); ours {
			at.object = o.d.wording(part.object)
		}
	}
	if at.inWant {
		if object, claimed := o.claimed[at.want]; claimed {
			at.object = object
		}
	}
	return at
}
