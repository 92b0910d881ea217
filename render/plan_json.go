package render

import "github.com/l2stretch/l2stretch/compiler/plan"

// A PlanDocument is the document of `plan --format json`.
type PlanDocument struct {
	Envelope
	Specification string          `json:"specification"`
	Nodes         []PlanNode      `json:"nodes"` // in the order in which they are changed
	Summary       SummaryDocument `json:"summary"`
	Missing       []string        `json:"not_planned"`
	Diagnostics   []Diagnostic    `json:"diagnostics"`
}

// A SummaryDocument counts changes.
type SummaryDocument struct {
	Add    int `json:"add"`
	Change int `json:"change"`
	Remove int `json:"remove"`
}

// A PlanNode is one gateway in a PlanDocument.
type PlanNode struct {
	Node        string              `json:"node"`
	Backend     string              `json:"backend"`
	Release     string              `json:"release"`
	BaseDigest  plan.Digest         `json:"base_digest"`
	Base        string              `json:"base"`
	Guard       GuardDocument       `json:"guard"`
	Phases      []PhaseDocument     `json:"phases"`
	Summary     SummaryDocument     `json:"summary"`
	Objects     []HeadlineDocument  `json:"objects"`
	Ours        []HeadlineDocument  `json:"specification_changed,omitempty"`
	Drift       []HeadlineDocument  `json:"drift,omitempty"`
	OrderReason string              `json:"order_reason"`
	Impact      []plan.Impact       `json:"impact"`
	Between     string              `json:"between_phases,omitempty"`
	Seconds     int                 `json:"estimated_seconds"`
	Measured    bool                `json:"estimate_measured"`
	Operations  []OperationDocument `json:"operations"`
	NotCompared []string            `json:"not_compared"`
	Kept        []string            `json:"kept"`
	Undo        []UndoDocument      `json:"undo"`
}

// A GuardDocument is what restores a gateway.
type GuardDocument struct {
	Kind     plan.GuardKind `json:"kind"`
	Seconds  int            `json:"timeout_seconds"`
	Means    string         `json:"means"`
	Cost     string         `json:"cost"`
	Verified bool           `json:"verified"`
}

// A PhaseDocument is what one commit carries.
type PhaseDocument struct {
	Changes []ChangeDocument `json:"changes"`
}

// A ChangeDocument is one change.
type ChangeDocument struct {
	UndoDocument
	Object string         `json:"object"`
	Impact []plan.Impact  `json:"impact"`
	Undo   []UndoDocument `json:"undo"`
}

// An UndoDocument is a command.
type UndoDocument struct {
	Op     plan.Op  `json:"op"`
	Path   []string `json:"path"`
	Value  *string  `json:"value,omitempty"` // absent for a node without one
	Secret bool     `json:"secret"`          // the value is a reference, secret:NAME
}

// A HeadlineDocument is what becomes of an object, in words.
type HeadlineDocument struct {
	Object string    `json:"object"`
	Mark   plan.Mark `json:"mark"`
	Text   string    `json:"text"`
}

// An OperationDocument is what follows the commit.
type OperationDocument struct {
	Object  string `json:"object"`
	Command string `json:"command"`
	Why     string `json:"why"`
}

// NewPlanDocument makes the document of a review.
func NewPlanDocument(e Envelope, r *Review) PlanDocument {
	d := PlanDocument{
		Envelope: e, Specification: r.Spec, Nodes: []PlanNode{}, Summary: SummaryDocument(plan.Summarize(r.plans()...)),
		Missing: list(r.Missing), Diagnostics: NewDiagnostics(r.Diags, r.Sources),
	}
	for _, g := range r.Gateways {
		d.Nodes = append(d.Nodes, planNode(&g))
	}
	return d
}

func planNode(g *ReviewedGateway) PlanNode {
	p := g.Plan
	n := PlanNode{
		Node: p.Node, Backend: p.Backend, Release: p.Release, BaseDigest: p.Base, Base: g.Against,
		Guard:  GuardDocument{p.Guard.Kind, int(p.Guard.Timeout.Seconds()), p.Guard.Means, p.Guard.Cost, p.Guard.Verified},
		Phases: []PhaseDocument{}, Summary: SummaryDocument(plan.Summarize(p)), Objects: headlines(p.Headlines),
		OrderReason: g.Why, Impact: list(p.Impacts()), Between: p.Between, Seconds: int(p.Takes.Seconds()), Measured: p.Measured,
		Operations: []OperationDocument{}, NotCompared: list(p.NotCompared), Kept: list(p.Kept), Undo: undo(p.Inverse),
	}
	if g.Both {
		n.Ours, n.Drift = headlines(g.Ours), headlines(g.Drift)
	}
	for _, ph := range p.Phases {
		n.Phases = append(n.Phases, PhaseDocument{changes(ph.Steps)})
	}
	for _, o := range p.Operations {
		n.Operations = append(n.Operations, OperationDocument{o.Object, o.Command, o.Why})
	}
	return n
}

func headlines(hs []plan.Headline) []HeadlineDocument {
	out := make([]HeadlineDocument, len(hs))
	for i, h := range hs {
		out[i] = HeadlineDocument(h)
	}
	return out
}

func changes(steps []plan.Step) []ChangeDocument {
	out := make([]ChangeDocument, len(steps))
	for i, s := range steps {
		out[i] = ChangeDocument{UndoDocument: command(s), Object: s.Object, Impact: list(s.Impact), Undo: undo(s.Undo)}
	}
	return out
}

func undo(steps []plan.Step) []UndoDocument {
	out := make([]UndoDocument, len(steps))
	for i, s := range steps {
		out[i] = command(s)
	}
	return out
}

func command(s plan.Step) UndoDocument {
	c := UndoDocument{Op: s.Op, Path: s.Path, Secret: s.Secret}
	if s.Value != "" {
		c.Value = &s.Value
	}
	return c
}

// list is never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
