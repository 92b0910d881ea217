package render

import "github.com/l2stretch/l2stretch/vyos/config"

// A ConfigDiffDocument is the document of `diff --format json`.
type ConfigDiffDocument struct {
	Envelope
	Release string              `json:"release"`
	Same    bool                `json:"same"`
	Phases  []ConfigPhase       `json:"phases"` // each is one commit
	Summary ConfigChangeSummary `json:"summary"`
}

// A ConfigPhase is what one commit carries.
type ConfigPhase struct {
	Changes []ConfigChange `json:"changes"`
}

// A ConfigChange is one command.
type ConfigChange struct {
	ConfigCommand
	Unknown bool            `json:"unknown"` // the release is not known to have the path
	Undo    []ConfigCommand `json:"undo"`    // to be carried out after everything later has been undone
}

// A ConfigCommand is a set or delete command.
type ConfigCommand struct {
	Op     string   `json:"op"` // set, delete
	Path   []string `json:"path"`
	Value  *string  `json:"value,omitempty"` // absent for nodes and flags, and for secrets that are not shown
	Secret bool     `json:"secret"`          // it concerns a leaf that holds a secret
}

// A ConfigChangeSummary counts.
type ConfigChangeSummary struct {
	Set     int `json:"set"`
	Delete  int `json:"delete"`
	Unknown int `json:"unknown"` // commands of which the path is unknown
	Masked  int `json:"masked"`  // secrets that a file hides, taken for equal
}

// Document makes the document of a difference.
func (d *ConfigDiff) Document(e Envelope) ConfigDiffDocument {
	doc := ConfigDiffDocument{Envelope: e, Release: d.Release, Same: d.Delta.Empty(), Phases: []ConfigPhase{}}
	doc.Summary.Set, doc.Summary.Delete = d.tally()
	doc.Summary.Unknown, doc.Summary.Masked = d.Delta.Unknown, d.Delta.Masked
	undo := d.Delta.Undo(d.Old, config.DiffOptions{Grammar: d.Grammar, Order: d.Order})
	for _, ph := range d.Delta.Phases {
		var out ConfigPhase
		for _, c := range ph.Changes {
			change := ConfigChange{ConfigCommand: d.command(c), Unknown: c.Unknown, Undo: []ConfigCommand{}}
			for _, u := range undo[0] {
				change.Undo = append(change.Undo, d.command(u))
			}
			undo = undo[1:]
			out.Changes = append(out.Changes, change)
		}
		doc.Phases = append(doc.Phases, out)
	}
	return doc
}

func (d *ConfigDiff) command(c config.Change) ConfigCommand {
	out := ConfigCommand{Op: c.Op.String(), Path: c.Path, Secret: c.Secret}
	if c.HasValue && !c.Masked && (d.Reveal || !c.Secret) {
		out.Value = &c.Value
	}
	return out
}
