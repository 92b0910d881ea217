// Package plan holds what is to be done to a node and what that means: snapshots, steps, phases, guards,
// impact and digests. A backend makes plans, render shows them, apply carries them out. Secrets occur
// in it only as references.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
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
	Value  string // empty for a node without a value; a reference (secret:NAME, secret:device) where Secret is set
	Secret bool   // the value is a secret
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

// A Foreign is what a guard does when somebody else has committed since the run did.
type Foreign string

// What a guard can do then. The zero value is ForeignMerge.
const (
	ForeignMerge Foreign = "merge" // only what the run changed is taken back
	ForeignStop  Foreign = "stop"  // everything is left as it is, and said so
)

// A Guard restores a node by itself unless it is disarmed.
type Guard struct {
	Kind    GuardKind
	Timeout time.Duration
	Foreign Foreign `json:",omitempty"`
	Means   string  // what runs it on the node, as in systemd-run
	Cost    string  // what it costs when it fires, in words
	// Verified says that this kind was seen to work on a genuine box of the release.
	Verified bool
}

// DefaultTimeout is how long a guard waits when nothing needs more.
const DefaultTimeout = 5 * time.Minute

// A Headline is a change in the words of the specification, as in object "stretch app", text
// "VNI 5010 -> 5011".
type Headline struct {
	Object string
	Mark   Mark
	Text   string
}

// A Mark is what becomes of an object.
type Mark string

// The marks.
const (
	Added   Mark = "+"
	Changed Mark = "~"
	Removed Mark = "-"
)

// An Operation is something that a commit does not do and that has to follow it, such as ending an SA
// that outlives its configuration.
type Operation struct {
	Object  string
	Command string // to be typed in operational mode
	Why     string
	// Last says that it waits for those of all other nodes: an initiator begins when both ends are ready.
	Last bool `json:",omitempty"`
}

// A Plan is everything that is to be done to one node.
type Plan struct {
	Node    string // site/gateway
	Backend string
	Release string
	Base    Digest // of the state that the plan starts from
	Guard   Guard
	Phases  []Phase

	// Inverse takes everything back in one go, in the order to be carried out.
	Inverse []Step

	Headlines   []Headline
	Operations  []Operation
	Between     string        // what is live between the phases; empty with one phase
	Takes       time.Duration // rough, for staging and commit together
	Measured    bool          // Takes follows from what was measured on this release; else on another
	NotCompared []string      // objects whose secret could not be compared with the device's
	Kept        []string      // shared settings that stay though nothing of ours uses them any more
}

// Options say how a difference is made.
type Options struct {
	// Box says that the state before is a device's, with all that others have configured. Otherwise it is
	// what another version of the specification compiles to: then nothing is known of the rest, nothing of it is
	// checked, and no deletion reaches beyond what that version owns.
	Box bool

	// Adopt are paths that may be taken over though they do not carry our mark.
	Adopt [][]string

	// Secret returns a secret's value, to see whether the device has the same; false when it cannot be had.
	// nil: none can.
	Secret func(name string) ([]byte, bool)
}

// Steps returns the steps of all phases, in order.
func (p *Plan) Steps() []Step {
	var out []Step
	for _, ph := range p.Phases {
		out = append(out, ph.Steps...)
	}
	return out
}

// Replaces reports whether the step gives a leaf another value, as opposed to adding something.
func (s Step) Replaces() bool {
	return s.Op == Set && len(s.Undo) == 1 && s.Undo[0].Op == Set
}

// A Summary counts steps.
type Summary struct {
	Add    int
	Change int // a leaf's value is replaced
	Remove int
}

// Summarize counts the steps of plans.
func Summarize(plans ...*Plan) Summary {
	var s Summary
	for _, p := range plans {
		for _, ph := range p.Phases {
			for _, st := range ph.Steps {
				switch {
				case st.Op == Delete:
					s.Remove++
				case st.Replaces():
					s.Change++
				default:
					s.Add++
				}
			}
		}
	}
	return s
}

// Impacts lists the impacts of all steps, each once, in the order of the constants.
func (p *Plan) Impacts() []Impact {
	var out []Impact
	for _, i := range impacts {
		if slices.ContainsFunc(p.Phases, func(ph Phase) bool {
			return slices.ContainsFunc(ph.Steps, func(s Step) bool { return slices.Contains(s.Impact, i) })
		}) {
			out = append(out, i)
		}
	}
	return out
}

var impacts = []Impact{RestartsIPsec, DropsSA, ResetsBGP, RebuildsVXLAN, FlushesAddresses, TouchesAccess}

// String is the impact in words.
func (i Impact) String() string {
	switch i {
	case RebuildsVXLAN:
		return "rebuilds the VXLAN device, which forgets its FDB"
	case DropsSA:
		return "drops or re-keys the SAs of the tunnel"
	case RestartsIPsec:
		return "restarts IPsec: every tunnel of the box drops"
	case ResetsBGP:
		return "resets a BGP session"
	case FlushesAddresses:
		return "flushes the addresses of the NIC"
	case TouchesAccess:
		return "touches the way by which management arrives"
	}
	return string(i)
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
