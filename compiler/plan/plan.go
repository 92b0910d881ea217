// Package plan holds what is to be done to a node and what that means: snapshots, steps, phases, guards,
// impact and digests. A backend makes plans, render shows them, apply carries them out. Secrets occur
// in it only as references.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// A Snapshot is the state of one node, as a specification wants it or as it was found. What it holds is
// the backend's business; others see its canonical text.
type Snapshot interface {
	Backend() string // vyos, linux
	Release() string // as in 1.4; empty where the backend has none

	// AppendText appends the canonical text, secrets replaced by references.
	AppendText(b []byte) ([]byte, error)
}

// A Digest is the SHA-256 of a snapshot's canonical text, in hexadecimal.
type Digest string

// DigestOf computes a snapshot's digest.
func DigestOf(s Snapshot) (Digest, error) {
	text, err := s.AppendText(nil)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return Digest(hex.EncodeToString(sum[:])), nil
}

// An Op is what a step does to its path.
type Op string

// The operations.
const (
	Set    Op = "set"
	Delete Op = "delete"
)

// An Impact is what a step does to traffic or to the way by which a node is managed.
type Impact string

// The impacts.
const (
	RebuildsVXLAN    Impact = "rebuilds-vxlan"    // the device is made anew, its FDB is lost
	DropsSA          Impact = "drops-sa"          // the SAs of the tunnel end and are negotiated again
	RestartsIPsec    Impact = "restarts-ipsec"    // every tunnel of the box drops
	ResetsBGP        Impact = "resets-bgp"        // the session starts anew
	FlushesAddresses Impact = "flushes-addresses" // a NIC loses its addresses
	TouchesAccess    Impact = "touches-access"    // the way by which management arrives
)

// A Step is one change of a node's configuration with its undo.
type Step struct {
	Op     Op
	Path   []string
	Value  string // empty for a node without a value; a reference where Secret is set
	Secret bool   // Value names a secret
	Object string // what of the specification it belongs to, as in "stretch app"
	Impact []Impact
	Undo   []Step // in the order to be carried out; none: the step is irreversible
}

// A Phase is what one commit carries.
type Phase struct {
	Steps []Step
}

// A GuardKind is how a node restores itself when nobody confirms.
type GuardKind string

// The kinds of guard.
const (
	GuardTimer  GuardKind = "timer"  // restores the configuration from before, without a reboot
	GuardNative GuardKind = "native" // the release's own commit-confirm
)

// A Guard restores a node by itself unless it is disarmed.
type Guard struct {
	Kind    GuardKind
	Timeout time.Duration
	Cost    string // what it costs when it fires, in words
}

// A Plan is everything that is to be done to one node.
type Plan struct {
	Node    string // site/gateway
	Backend string
	Release string
	Base    Digest // of the state that the plan starts from
	Guard   Guard
	Phases  []Phase
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	for _, ph := range p.Phases {
		if len(ph.Steps) > 0 {
			return false
		}
	}
	return true
}
