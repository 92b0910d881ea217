package sessiontest

// A kernelEvent is something that changed what a router's system does.
type kernelEvent uint8

const (
	kernelChanged kernelEvent = iota // a part of a commit was carried out
	kernelDown                       // it restarts
	kernelUp                         // it is up again, with what was saved
)

// observe has functions called when the router's system changes, and asked whether it can be reached for management.
func (r *Router) observe(changed func(kernelEvent), reachable func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onKernel, r.reachable = changed, reachable
}

// tellKernel calls the observer. The router must not be locked.
func (r *Router) tellKernel(e kernelEvent) {
	r.mu.Lock()
	f := r.onKernel
	r.mu.Unlock()
	if f != nil {
		f(e)
	}
}

// manageable reports whether management arrives. The router must not be locked.
func (r *Router) manageable() bool {
	r.mu.Lock()
	f := r.reachable
	r.mu.Unlock()
	return f == nil || f()
}

// cutOff ends every connection to the router.
func (r *Router) cutOff() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropLocked()
}
