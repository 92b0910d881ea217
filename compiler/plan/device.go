package plan

import (
	"errors"
	"time"
)

// ErrLost reports that the connection ended, so that what the gateway did is not known.
var ErrLost = errors.New("the connection was lost")

// ErrForeign reports that somebody else has committed, so that a guard with ForeignStop left everything as it is. Trying
// again changes nothing of that.
var ErrForeign = errors.New("somebody else has committed since, and so nothing was restored")

// Facts are what a gateway says of itself.
type Facts struct {
	Release        string // as in 1.4; empty where the backend has none
	Version        string // in full, as the gateway prints it
	User           string
	Administrator  bool      // the user may change the configuration
	Booted         bool      // the boot configuration was loaded without errors
	Locked         bool      // a commit is running
	PendingConfirm bool      // a commit-confirm waits for its confirm
	Unsaved        bool      // running and saved configuration differ
	Others         []Session // sessions with uncommitted changes
	Runs           []Left    // what earlier runs left behind
	Short          []string  // places without enough free space, as in "/config: 12 KiB free, 1024 KiB needed"
	ReadOnly       []string  // places that a change writes to and cannot, as in "/config"
	Way            string    // interface by which the answers to our connection leave; empty: not known
	Uptime         time.Duration
}

// A Session is somebody's configuration session with changes that are not committed.
type Session struct {
	User string
	ID   string // process ID on VyOS
	Dead bool   // its process is gone
}

// A Left is what an earlier run left on a gateway.
type Left struct {
	Run   string
	Armed bool // its guard still waits
}

// A Progress is how far a run came on a gateway.
type Progress string

// The stages of progress, in order.
const (
	NothingKnown Progress = ""
	Staged       Progress = "staged"     // a candidate waits for the go-ahead
	Committing   Progress = "committing" // a commit runs
	Committed    Progress = "committed"  // the commit ended well
	CommitFailed Progress = "failed"     // the commit ended badly or partially
	Restoring    Progress = "restoring"  // the guard is at work
	Restored     Progress = "restored"   // the guard restored what was before
	GaveUp       Progress = "gave-up"    // the guard tried and could not
)

// A Trace is what a gateway knows of a run.
type Trace struct {
	Progress Progress
	Phase    int           // the phase that Progress speaks of, from 1; 0 when nothing is known
	Armed    bool          // the guard waits
	Left     time.Duration // until it fires
	Before   bool          // what runs is exactly what ran before the run
	Planned  bool          // what runs is exactly what the run was to reach
	Log      string        // what commit and guard said, escaped and without secrets
}
