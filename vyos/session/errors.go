package session

import (
	"errors"
	"strings"
)

// Conditions that a caller may act on.
var (
	// ErrMoved reports that the router runs something else than expected: somebody has committed.
	ErrMoved = errors.New("somebody else has committed since")
	// ErrUnsupported reports that the router's release cannot do what was asked.
	ErrUnsupported = errors.New("not supported by this release")
	// ErrUnknownRelease reports a router whose release cannot be told.
	ErrUnknownRelease = errors.New("the release cannot be told")
	// ErrFired reports that the guard has begun to restore, or has restored.
	ErrFired = errors.New("the guard has fired")
	// ErrArmed reports a guard that waits, or could not be ended.
	ErrArmed = errors.New("the guard still waits")
	// ErrNotSaved reports that the saved configuration is not the one that runs.
	ErrNotSaved = errors.New("the running configuration is not saved")
	// ErrHostile reports an answer that no script of ours gives.
	ErrHostile = errors.New("the answer is not one of our scripts'")
)

// A StageError is what was wrong with a candidate.
type StageError struct {
	Refused []Refusal // commands that the router refused
	Differs []string  // commands by which candidate and prediction differ, secrets masked
}

// A Refusal is a command that the router refused.
type Refusal struct {
	Command string // secrets masked; empty where it is not known which
	Said    string // by the router, escaped and secrets masked
}

func (e *StageError) Error() string {
	var b strings.Builder
	switch {
	case len(e.Refused) > 0:
		b.WriteString("the router refuses ")
		for i, r := range e.Refused {
			if i > 0 {
				b.WriteString("; ")
			}
			if r.Command == "" {
				b.WriteString("the configuration")
			} else {
				b.WriteString(r.Command)
			}
			if r.Said != "" {
				b.WriteString(": " + r.Said)
			}
		}
	default:
		b.WriteString("the candidate is not what was planned, it differs by: " + strings.Join(e.Differs, "; "))
	}
	return b.String()
}

// A CommitError is a commit that did not lead to what was planned.
type CommitError struct {
	Status  int      // of my_commit
	Partial bool     // something is active
	Failed  []Failed // what the router said to have failed
	Differs []string // commands by which what runs differs from what was planned, secrets masked
	Said    string   // what the router said altogether where no node could be told, escaped and secrets masked
}

// A Failed is a node that could not be committed.
type Failed struct {
	Path string // as in "interfaces vxlan vxlan9"
	Why  string // escaped and secrets masked
}

func (e *CommitError) Error() string {
	var b strings.Builder
	switch {
	case e.Status == 0:
		b.WriteString("the commit ended well, but what runs differs from the plan by: " + strings.Join(e.Differs, "; "))
		return b.String()
	case e.Partial:
		b.WriteString("the commit failed in part, and the rest is active")
	default:
		b.WriteString("the commit failed, and nothing of it is active")
	}
	for i, f := range e.Failed {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.Path)
		if f.Why != "" {
			b.WriteString(" (" + f.Why + ")")
		}
	}
	if len(e.Failed) == 0 && e.Said != "" {
		b.WriteString(": " + e.Said)
	}
	return b.String()
}
