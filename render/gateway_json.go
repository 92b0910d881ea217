package render

import (
	"encoding/json"
	"fmt"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A Compilation is the document of `compile --format json`.
type Compilation struct {
	Envelope
	Specification string            `json:"specification"`
	Gateways      []GatewayDocument `json:"gateways"`
}

// A GatewayDocument is one gateway in a Compilation.
type GatewayDocument struct {
	Node     string            `json:"node"`
	Backend  string            `json:"backend"`
	Release  string            `json:"release"`
	Commands []CommandDocument `json:"commands"`
	Omitted  []CommandDocument `json:"omitted"` // what was left out because it needs a secret
	Config   json.RawMessage   `json:"config"`  // as `show configuration json` prints it
}

// A CommandDocument is one set command. In the list Commands, Secret marks a value that was revealed; among what
// was omitted, the value is the reference.
type CommandDocument struct {
	Op     string   `json:"op"` // set
	Path   []string `json:"path"`
	Value  *string  `json:"value,omitempty"` // absent for a node without one
	Secret bool     `json:"secret,omitempty"`
}

// Document is the gateway as JSON. It fails with config.ErrSecret when a secret is needed that is neither
// revealed nor omitted.
func (g *Gateway) Document(s Secrets) (GatewayDocument, error) {
	tree, err := g.Tree.AppendJSON(nil, g.options(s, config.SecretsFail))
	if err != nil {
		return GatewayDocument{}, err
	}
	d := GatewayDocument{Node: g.Node, Backend: "vyos", Release: g.Release, Commands: []CommandDocument{}, Omitted: []CommandDocument{}, Config: tree}
	for c := range g.Commands() {
		doc := CommandDocument{Op: "set", Path: c.Path, Secret: c.Secret != ""}
		switch {
		case c.Secret == "":
			if c.Leaf {
				doc.Value = &c.Value
			}
			d.Commands = append(d.Commands, doc)
		case s.Omit:
			ref := "secret:" + c.Secret
			doc.Value = &ref
			d.Omitted = append(d.Omitted, doc)
		default: // s.Reveal is set, else AppendJSON has failed
			key, err := s.Reveal(c.Secret)
			if err != nil {
				return GatewayDocument{}, fmt.Errorf("%s: %w", g.Node, err)
			}
			value := string(key)
			doc.Value = &value
			d.Commands = append(d.Commands, doc)
		}
	}
	return d, nil
}
