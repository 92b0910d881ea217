package vyos

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A Running is one gateway's configuration as it runs. ReadRunning makes one.
type Running struct {
	File    string           // what messages call it
	Node    string           // site/gateway; empty: a name is found
	Release *release.Release // never nil
	Fits    []string         // the releases that it may be, when neither the file nor the caller said which
	Tree    *config.Tree     // resolved by the release's grammar
	Grammar config.Grammar   // the release's
}

// A Lifted is what running configurations say of a stretch.
type Lifted struct {
	// Fabric is the model, as far as a specification can be written from it: values that the compiler
	// derives are not in it. What is not known has a Gap, and a plausible value in its place.
	Fabric *ir.Fabric
	// Nodes are the names of the gateways, in the order of the configurations.
	Nodes []string
	// Remarks are what a reader should know, in the order of the configurations.
	Remarks []Remark
	boxes   []*gate
}

// A Remark says something about a place of a configuration, or of all when there is no place.
type Remark struct {
	File string
	Line int // 0: none
	Text string
}

// LiftOptions say what to look for.
type LiftOptions struct {
	// Spec is the name of the specification whose marks count. Without it that is the one that most marks
	// name; where nothing is marked, everything that has the shape of a stretch is taken.
	Spec string
}

// ErrNothing reports that no configuration holds anything of a stretch.
var ErrNothing = errors.New("no tunnel and no stretch was found")

// Lift finds the model behind running configurations, one for each gateway. The far end of a tunnel whose
// configuration is not among them is derived from this end.
func Lift(runs []Running, o LiftOptions) (*Lifted, error) {
	if len(runs) == 0 {
		return nil, ErrNothing
	}
	l := &lifting{fabric: &ir.Fabric{}}
	spec := o.Spec
	if all := allMarked(runs); spec != "" && len(all) > 0 && !slices.Contains(all, spec) {
		return nil, fmt.Errorf("specification %s: %w; the marks are of %s", spec, ErrNothing, strings.Join(all, ", "))
	}
	if spec == "" {
		spec = mostMarked(runs)
	}
	for i := range runs {
		l.boxes = append(l.boxes, newGate(&runs[i], spec))
	}
	for _, b := range l.boxes {
		b.readTunnels()
		b.readPorts()
		b.readGuards()
	}
	l.fabric.Name = spec
	if spec == "" {
		l.fabric.Name = "imported"
	}
	l.nameNodes()
	l.pairTunnels()
	for _, b := range l.boxes {
		b.readUplink()
		b.readNetworks()
	}
	l.findNAT()
	l.makeSites()
	l.makeTunnels()
	l.makeStretches()
	l.nameSecrets()
	l.finish()
	if len(l.fabric.Tunnels) == 0 && len(l.fabric.Stretches) == 0 && !slices.ContainsFunc(l.boxes, func(b *gate) bool { return b.marked }) {
		return nil, ErrNothing
	}
	out := &Lifted{Fabric: l.fabric, boxes: l.boxes}
	for _, b := range l.boxes {
		out.Nodes = append(out.Nodes, b.node.Name)
		out.Remarks = append(out.Remarks, b.remarks...)
	}
	return out, nil
}

// A lifting is the state of one run of Lift.
type lifting struct {
	fabric *ir.Fabric
	boxes  []*gate
	far    []*gate // gateways whose configurations were not given
	links  []*link
}

// A gate is one gateway: what was read of its configuration.
type gate struct {
	run     *Running    // nil for a gateway whose configuration was not given
	root    config.Node // zero when run is nil
	spec    string      // whose marks count; empty: none are looked for
	marked  bool        // something on the box has a mark
	node    *ir.Node
	given   bool // the caller named it
	nics    []nic
	ends    []*end
	ports   []*port
	own     []netip.Prefix // networks it announces
	parts   []config.Node  // what became objects of the model
	remarks []Remark
}

func newGate(r *Running, spec string) *gate {
	b := &gate{run: r, root: r.Tree.Root(), node: &ir.Node{Name: r.Node, Platform: ir.VyOS, Release: r.Release.Name}, given: r.Node != ""}
	if len(marksOf(r.Tree)) > 0 {
		b.spec, b.marked = spec, true
	}
	b.readNICs()
	return b
}

// file is what messages call the box's configuration.
func (b *gate) file() string {
	if b.run == nil {
		return ""
	}
	return b.run.File
}

// remark records something about a node of the configuration.
func (b *gate) remark(n config.Node, format string, args ...any) {
	r := Remark{File: b.file(), Text: fmt.Sprintf(format, args...)}
	if n.Valid() {
		r.Line = n.Line()
	}
	b.remarks = append(b.remarks, r)
}

// part notes that a part of the configuration became an object of the model.
func (b *gate) part(n config.Node) { b.parts = append(b.parts, n) }

// gap records a value that nothing says, with the text that stands in its place.
func (l *lifting) gap(object, attribute, text, why string, args ...any) {
	l.fabric.Gaps = append(l.fabric.Gaps, ir.Gap{Object: object, Attribute: attribute, Text: text, Why: fmt.Sprintf(why, args...)})
}

// finish sorts what the model promises to be sorted.
func (l *lifting) finish() {
	f := l.fabric
	slices.SortFunc(f.Sites, func(a, b *ir.Site) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Nodes, func(a, b *ir.Node) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Tunnels, func(a, b *ir.Tunnel) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Stretches, func(a, b *ir.Stretch) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Secrets, func(a, b ir.SecretSource) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Gaps, func(a, b ir.Gap) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Attribute, b.Attribute))
	})
	for _, s := range f.Sites {
		slices.SortFunc(s.Nodes, func(a, b *ir.Node) int { return strings.Compare(a.Name, b.Name) })
	}
	for _, s := range f.Stretches {
		slices.SortFunc(s.Tunnels, func(a, b *ir.Tunnel) int { return strings.Compare(a.Name, b.Name) })
		slices.SortFunc(s.Attaches, func(a, b *ir.Attachment) int { return strings.Compare(a.Node.Name, b.Node.Name) })
	}
}
