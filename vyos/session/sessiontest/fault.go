package sessiontest

// step is called before and after each program; it applies the faults that wait for it.
func (r *Router) step(p *Proc, after bool) (done bool, status int) { return false, 0 }

// mark records a boundary that is no program.
func (r *Router) mark(label string) {}

// record notes a boundary. The lock is held.
func (r *Router) record(label string) { r.steps = append(r.steps, label) }

// A Fault is something that goes wrong.
type Fault struct{}
