// Package vyos spells the model for VyOS: it lowers a node to the configuration of its release. What a
// release can do and how it says it is data of package release; the tree and its forms are package config's.
package vyos

import (
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// A Backend makes VyOS configurations.
type Backend struct {
	// Lookup finds a release by name; nil is release.Lookup.
	Lookup func(name string) (*release.Release, bool)

	// Grammar returns a release's grammar; nil is release.ReadGrammar, which reads it anew each time.
	Grammar func(release string) (*release.Grammar, error)
}

func (b Backend) grammar(name string) (*release.Grammar, error) {
	if b.Grammar != nil {
		return b.Grammar(name)
	}
	return release.ReadGrammar(name)
}

// A Holding is how a part of a configuration belongs to us.
type Holding uint8

// The holdings.
const (
	// Owned parts are ours whole: their name or description marks them.
	Owned Holding = iota
	// Shared leaves are added when missing and contradict when different; others may use them too.
	Shared
	// Indexed parts can carry no mark; our prefix lists on the box say which ones we added.
	Indexed
)

// A Claim says to which object of the specification a part of a configuration belongs.
type Claim struct {
	Path    []string // of a node or leaf; of one value where a leaf is shared or indexed
	Object  string   // as in "stretch app", "tunnel dr", "gateway onprem/gw1"
	Holding Holding
}

// A Config is the configuration of one node: what the specification wants of it, or what the node was found
// with. It is a plan.Snapshot.
type Config struct {
	Node   string // site/gateway
	For    *release.Release
	Tree   *config.Tree
	Claims []Claim // of what the specification wants

	// keys are the secrets of a configuration that was read, by key of the path to the leaf. In the tree
	// stand references in their place. They are behind functions, so that nothing prints them.
	keys map[string]func() string
}

// Backend is "vyos".
func (c *Config) Backend() string { return "vyos" }

// Release is the name of the VyOS release.
func (c *Config) Release() string { return c.For.Name }

// AppendText appends the configuration as commands in canonical order; a secret stands as its reference.
func (c *Config) AppendText(b []byte) ([]byte, error) {
	return c.Tree.AppendCommands(b, config.PrintOptions{Order: c.Order(), Secrets: config.SecretsByName})
}

// Order is the order in which the release lists siblings.
func (c *Config) Order() config.Order {
	if c.For.DebianOrder {
		return config.DebianVersion
	}
	return config.LexicalNumeric
}
