package render

import "github.com/l2stretch/l2stretch/compiler/plan"

// A StatusDocument is the document of `status --format json`.
type StatusDocument struct {
	Envelope
	Specification string            `json:"specification"`
	Well          bool              `json:"well"`
	Nodes         []StatusNode      `json:"nodes"`
	State         plan.State        `json:"state"` // of all verdicts together
	Verdicts      []VerdictDocument `json:"verdicts"`
	Unfinished    []UnfinishedRun   `json:"unfinished_runs"`
}

// A StatusNode is one gateway in a StatusDocument.
type StatusNode struct {
	Node     string             `json:"node"`
	Address  string             `json:"address"`
	Read     bool               `json:"read"`
	Error    string             `json:"error,omitempty"`
	Release  string             `json:"release"`
	Version  string             `json:"version"`
	Seconds  int                `json:"uptime_seconds"`
	Compared bool               `json:"compared"`
	Drift    SummaryDocument    `json:"drift"`
	Problems int                `json:"contradictions"`
	Objects  []HeadlineDocument `json:"objects"`
	Notes    []string           `json:"notes"`
}

// NewStatusDocument makes the document of a status.
func NewStatusDocument(e Envelope, s *Status) StatusDocument {
	d := StatusDocument{
		Envelope: e, Specification: s.Spec, Well: s.Well(), Nodes: []StatusNode{}, State: s.Verdict.State,
		Verdicts: NewVerdictDocuments(s.Verdict), Unfinished: list(s.Unfinished),
	}
	for _, g := range s.Gateways {
		d.Nodes = append(d.Nodes, StatusNode{
			Node: g.Node, Address: g.Address, Read: g.Error == "", Error: g.Error, Release: g.Facts.Release, Version: g.Facts.Version,
			Seconds: int(g.Facts.Uptime.Seconds()), Compared: g.Compared, Drift: SummaryDocument(g.Drift), Problems: g.Problems,
			Objects: headlines(g.Headlines), Notes: list(FactNotes(g.Facts)),
		})
	}
	return d
}
