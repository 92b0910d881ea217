package applytest

import "slices"

// A Call is the nth call of a method of the Device on one box, over all its connections; from 1.
type Call struct {
	Method string
	Nth    int
}

// A How is a way to fail.
type How string

// The ways. Those that do not fit a method do what comes nearest.
const (
	Works      How = "works"       // no failure: only Then is called
	Refuses    How = "refuses"     // an error, no effect
	LostBefore How = "lost-before" // the connection ends before the effect
	LostAfter  How = "lost-after"  // and after it
	Hangs      How = "hangs"       // no effect, no answer until the caller gives up
	HangsAfter How = "hangs-after" // an effect, and no answer
	GuardFires How = "guard-fires" // right before the call, which goes on
	Reboot     How = "reboot"      // instead of the call
	Partial    How = "partial"     // half of a commit is active, and it fails
	Differs    How = "differs"     // a commit ends with something else active, and says so
	Killed     How = "killed"      // the tool dies with the call under way: no effect
	KilledLate How = "killed-late" // and after its effect
)

// Ways lists all of them but Works.
func Ways() []How {
	return []How{Refuses, LostBefore, LostAfter, Hangs, HangsAfter, GuardFires, Reboot, Partial, Differs, Killed, KilledLate}
}

// A Fault fails one call.
type Fault struct {
	Call
	How  How
	Then func() // called right after the effect, before the caller hears of it; may be nil
}

// Fault arranges for a call to fail.
func (b *Box) Fault(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, f)
}

// fault takes the fault for the call just counted.
func (b *Box) fault(method string) *Fault {
	now := Call{method, b.calls[Call{Method: method}]}
	i := slices.IndexFunc(b.faults, func(f Fault) bool { return f.Call == now })
	if i < 0 {
		return nil
	}
	f := b.faults[i]
	b.faults = slices.Delete(b.faults, i, i+1)
	b.log = append(b.log, "  "+string(f.How))
	return &f
}
