// Package compiler turns a decoded specification into the model: it resolves references, checks what the
// network demands, and derives every value that does not depend on a backend. It reports all problems in
// one run. How a value is spelled on a box is the backends' business.
package compiler

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/schema"
)

// A Backend turns a node of the model into the configuration that it is to have.
type Backend interface {
	// Lower spells a node for its platform and release. It reports what the release cannot do; with an
	// error among the diagnostics the snapshot is not to be used.
	Lower(*ir.Node) (plan.Snapshot, hcl.Diagnostics)

	// Read makes a snapshot of the running configuration of a node, as its platform prints it; name is for
	// messages. The error is about the data, diagnostics about data and specification.
	Read(n *ir.Node, name string, data []byte) (plan.Snapshot, hcl.Diagnostics, error)

	// Diff plans what turns a node's state into what is wanted; nil wants nothing of the specification.
	// What the state contradicts is among the diagnostics, and with an error among them the plan must not be
	// carried out.
	Diff(n *ir.Node, have, want plan.Snapshot, o plan.Options) (*plan.Plan, hcl.Diagnostics)

	// Checks says what is to be looked at on a node, before a change and after it. The plan says what is
	// established anew by the change; nil: nothing is.
	Checks(n *ir.Node, p *plan.Plan) []plan.Check
}

// Build makes the model of a specification and the configurations of its nodes, and adds its diagnostics to those
// of decoding, sorted and with the accepted ones marked. With errors among them, model and configurations are
// incomplete. Problems of what could be decoded are reported beside those of what could not; its warnings wait.
func Build(f *schema.File, decoded hcl.Diagnostics, backends map[ir.Platform]Backend) (*ir.Fabric, []plan.Snapshot, hcl.Diagnostics) {
	fabric, diags := Compile(f)
	snapshots, more := Lower(fabric, backends)
	diags = append(diags, more...)
	if decoded.HasErrors() {
		diags = slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity != hcl.DiagError })
	}
	return fabric, snapshots, Accept(slices.Concat(decoded, once(diags)), f.Accepts)
}

// Compile makes the model of a specification. Objects with errors are left out of it, so that backends can
// report their own problems with the rest in the same run; with errors it must not be used for anything
// else.
func Compile(f *schema.File) (*ir.Fabric, hcl.Diagnostics) {
	c := &compilation{
		file:    f,
		fabric:  &ir.Fabric{Name: f.Header.Name.V},
		nodes:   make(map[*schema.Gateway]*ir.Node),
		tunnels: make(map[*schema.Tunnel]*ir.Tunnel, len(f.Tunnels)),
		rooms:   make(map[roomKey]*room),
	}
	c.secrets()
	c.sites()
	c.networks()
	c.links()
	c.stretches()
	c.loops()
	c.derive()
	c.managed()
	return c.fabric, c.diags
}

// Lower lowers every node of a fabric with the backend of its platform, in the order of the nodes.
func Lower(f *ir.Fabric, backends map[ir.Platform]Backend) ([]plan.Snapshot, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	out := make([]plan.Snapshot, 0, len(f.Nodes))
	for _, n := range f.Nodes {
		b, ok := backends[n.Platform]
		if !ok {
			diags = append(diags, ir.Diagnose("E0602", n.Ranges.Release,
				"Gateway %s has the platform %q, which this build has no backend for.", n.Name, n.Platform))
			continue
		}
		s, ds := b.Lower(n)
		diags = append(diags, ds...)
		out = append(out, s)
	}
	return out, diags
}

// A compilation is the state of one run of Compile.
type compilation struct {
	file    *schema.File
	fabric  *ir.Fabric
	diags   hcl.Diagnostics
	errors  int                           // among diags
	nodes   map[*schema.Gateway]*ir.Node  // sound ones only
	tunnels map[*schema.Tunnel]*ir.Tunnel // sound ones only
	rooms   map[roomKey]*room
}

// report records a problem.
func (c *compilation) report(code ir.Code, at hcl.Range, format string, args ...any) {
	c.add(ir.Diagnose(code, at, format, args...))
}

func (c *compilation) add(d *hcl.Diagnostic) {
	if d.Severity == hcl.DiagError {
		c.errors++
	}
	c.diags = append(c.diags, d)
}

// reportFix records a problem that one edit cures.
func (c *compilation) reportFix(code ir.Code, at hcl.Range, fix string, format string, args ...any) {
	d := ir.Diagnose(code, at, format, args...)
	d.Extra = ir.Note{Code: code, Fix: &ir.Fix{Range: at, Text: fix}}
	c.add(d)
}

func (c *compilation) secrets() {
	for _, s := range c.file.Secrets {
		c.fabric.Secrets = append(c.fabric.Secrets, ir.SecretSource{
			Name: s.Label, Env: s.Env.V, File: s.File.V, Command: s.Command.V, Origin: s.Range,
		})
	}
	slices.SortFunc(c.fabric.Secrets, func(a, b ir.SecretSource) int { return cmp.Compare(a.Name, b.Name) })
}

// secret is the model's reference to a secret of the specification.
func secret(v schema.Value[*schema.Secret]) ir.Secret {
	if !v.Set || v.V == nil {
		return ir.Secret{}
	}
	return ir.Secret{Name: v.V.Label, Origin: v.Range}
}

// at is the place of a value, or of the block when the value was not set.
func at[T any](v schema.Value[T], block hcl.Range) hcl.Range {
	if v.Set {
		return v.Range
	}
	return block
}
