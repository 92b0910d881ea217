package plan

// A Scope says which part of a stretch a check speaks for. The tunnel may work while an attachment does not,
// so that the parts get separate verdicts.
type Scope string

// The scopes, in the order in which one depends on the other.
const (
	ScopeTunnel     Scope = "tunnel"     // IPsec, VTI, BGP
	ScopeAttachment Scope = "attachment" // the NIC of one site in its bridge
	ScopeEndToEnd   Scope = "end-to-end" // from bridge to bridge
)

// A Check is one thing that is looked at on a node, before a change or after it.
type Check struct {
	Node   string // site/gateway
	Name   string // what --skip-check takes, as in bgp
	Object string // what of the specification it is about, as in "tunnel dr"
	Scope  Scope
	What   string // what is to be seen, as in "one child SA, younger than the commit"
	Before bool   // it is looked at before anything changes, and must hold then
	Asked  bool   // it does something, and is looked at only when asked for, as by --check-rekey
	// Code is that of the refusal when a check with Before does not hold: E0915 for joined segments, E0916 for a
	// duplicate address, E0917 for a missing route; empty: E0918.
	Code string
	// Args are what the backend needs to look; each backend defines its own.
	Args map[string]string
}

// String is the check in a line, as in "tunnel dr: one child SA, younger than the commit".
func (c Check) String() string { return c.Object + ": " + c.What }

// A State is the outcome of a check.
type State string

// The states.
const (
	Passed  State = "passed"
	Waiting State = "waiting" // not yet, and may still come
	Failed  State = "failed"  // and waiting does not help
	Skipped State = "skipped" // it could not be looked at, or was not to be
	Absent  State = "absent"  // what it is about is not on the node yet
	Paused  State = "paused"  // somebody has taken it out of service
)

// A Finding is what a check saw.
type Finding struct {
	State    State
	Measured string // the values seen, as in "SA 12 s old, 1 child"
	Why      string // of a state other than Passed: what is wrong and what to do

	// Seen are the MAC addresses, in lower case, that the check saw on the node's own segment, with how it saw
	// them, as in "answers for 192.168.10.1". Together compares those of several nodes.
	Seen map[string]string
}
