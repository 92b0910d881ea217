package main

import (
	"fmt"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/schema"
)

// save writes the plan with all that it was made from. Only its owner can read it: it shows how the network
// is built.
func (c *comparison) save(path string, r *render.Review) error {
	text, err := c.saved(r).Append(nil)
	if err != nil {
		return err
	}
	if err := replaceFile(path, text, 0o600); err != nil {
		return err
	}
	if !c.g.quiet {
		fmt.Fprintf(c.a.stderr, "Saved the plan in %s.\n", path)
	}
	return nil
}

// saved is the saved form of a review.
func (c *comparison) saved(r *render.Review) *plan.Saved {
	s := &plan.Saved{
		FormatVersion: plan.SavedVersion, Tool: r.Tool, Specification: r.Spec,
		Sources: []plan.SavedFile{}, Read: savedFiles(c.now.source.Reads()), Variables: []plan.SavedValue{}, Adopt: []plan.SavedAdopt{}, Nodes: []plan.SavedNode{},
	}
	s.Sources = savedFiles(c.now.source.Files)
	for _, v := range c.now.source.Variables() {
		s.Variables = append(s.Variables, plan.SavedValue{Name: v.Name, Value: v.JSON, Sensitive: v.Sensitive})
	}
	for _, g := range r.Gateways {
		_, box := c.running[g.Plan.Node]
		n, _ := c.now.at(g.Plan.Node)
		s.Nodes = append(s.Nodes, plan.SaveNode(g.Plan, box, checks(n)))
		for _, p := range c.adopt[g.Plan.Node] {
			s.Adopt = append(s.Adopt, plan.SavedAdopt{Node: g.Plan.Node, Path: p})
		}
	}
	return s
}

func savedFiles(files []schema.SourceFile) []plan.SavedFile {
	out := make([]plan.SavedFile, len(files))
	for i, f := range files {
		out[i] = plan.SavedFile{Name: f.Name, Content: string(f.Bytes)}
	}
	return out
}

// checks are what is to be seen on a gateway afterwards; a gateway that leaves the specification has none.
func checks(n *ir.Node) []string {
	out := []string{}
	if n == nil {
		return out
	}
	for _, e := range n.Ends {
		out = append(out, "tunnel "+e.Tunnel.Name+": "+e.Interface+" is up")
		if e.Tunnel.Managed {
			out = append(out, "tunnel "+e.Tunnel.Name+": one child SA, younger than the commit where it changed",
				"tunnel "+e.Tunnel.Name+": BGP with "+e.Peer.Address.Addr().String()+" is established")
		}
	}
	for _, a := range n.Attaches {
		if !a.Paused {
			out = append(out, "stretch "+a.Stretch.Name+": the default gateway answers by "+a.Port(), "stretch "+a.Stretch.Name+": the far bridge answers by "+a.VXLAN())
		}
	}
	return out
}
