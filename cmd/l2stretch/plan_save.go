package main

import (
	"fmt"
	"slices"
	"strings"

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
		Path: c.path, VarFiles: slices.Concat([]string{}, c.g.varFiles), Vars: c.harmlessVars(),
		Sources: []plan.SavedFile{}, Read: savedFiles(c.now.source.Reads()), Variables: []plan.SavedValue{}, Adopt: []plan.SavedAdopt{}, Nodes: []plan.SavedNode{},
	}
	s.Sources = savedFiles(c.now.source.Files)
	for _, v := range c.now.source.Variables() {
		s.Variables = append(s.Variables, plan.SavedValue{Name: v.Name, Value: v.JSON, Sensitive: v.Sensitive})
	}
	for _, g := range r.Gateways {
		_, box := c.running[g.Plan.Node]
		n, _ := c.now.at(g.Plan.Node)
		s.Nodes = append(s.Nodes, plan.SaveNode(g.Plan, box, c.checks(n, g.Plan)))
		for _, p := range c.adopt[g.Plan.Node] {
			s.Adopt = append(s.Adopt, plan.SavedAdopt{Node: g.Plan.Node, Path: p})
		}
	}
	return s
}

// harmlessVars are the --var of the command line that are not sensitive.
func (c *comparison) harmlessVars() []string {
	out := []string{}
	for _, kv := range c.g.vars {
		name, _, _ := strings.Cut(kv, "=")
		i := slices.IndexFunc(c.now.source.Variables(), func(v schema.Variable) bool { return v.Name == strings.TrimSpace(name) })
		if i >= 0 && !c.now.source.Variables()[i].Sensitive {
			out = append(out, kv)
		}
	}
	return out
}

func savedFiles(files []schema.SourceFile) []plan.SavedFile {
	out := make([]plan.SavedFile, len(files))
	for i, f := range files {
		out[i] = plan.SavedFile{Name: f.Name, Content: string(f.Bytes)}
	}
	return out
}

// checks are what is to be looked at on a gateway, in words; one that leaves the specification has none. What is
// looked at only when asked for is not among them.
func (c *comparison) checks(n *ir.Node, p *plan.Plan) []string {
	out := []string{}
	if n == nil {
		return out
	}
	for _, check := range c.backends[n.Platform].Checks(n, p) {
		switch {
		case check.Asked:
		case check.Before:
			out = append(out, "before: "+check.String())
		default:
			out = append(out, check.String())
		}
	}
	return out
}
