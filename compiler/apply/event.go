package apply

import "time"

// An Event is something that happens in a run: one line of what `apply --json` prints, and of the journal.
type Event struct {
	Time   time.Time `json:"time"`
	Run    string    `json:"run"`
	Node   string    `json:"node,omitempty"` // empty: the run as a whole
	Phase  Phase     `json:"phase"`
	Event  What      `json:"event"`
	Detail string    `json:"detail,omitempty"`

	Step    int           `json:"step,omitempty"`    // of Steps on this node, counted from 1
	Steps   int           `json:"steps,omitempty"`   // 0: not known
	Elapsed time.Duration `json:"elapsed,omitempty"` // since the run began, in nanoseconds
	Guard   time.Duration `json:"guard,omitempty"`   // until the node's guard fires, in nanoseconds; 0: none is armed
}

// A Phase is a part of a run.
type Phase string

// The phases.
const (
	PhaseRun       Phase = "run"
	PhasePreflight Phase = "preflight"
	PhaseStage     Phase = "stage"
	PhaseArm       Phase = "arm"
	PhaseCommit    Phase = "commit"
	PhaseOperate   Phase = "operate"
	PhaseCheck     Phase = "check"
	PhaseConfirm   Phase = "confirm"
	PhaseSave      Phase = "save"
	PhaseUndo      Phase = "undo"
	PhaseClean     Phase = "clean"
)

// What says what happens in a phase.
type What string

// What happens.
const (
	Begin What = "begin"
	Done  What = "done"
	Fail  What = "failed"
	Wait  What = "waiting" // progress: nothing has changed but the time
	Note  What = "note"
)
