package explain

// A Kernel is what matters of a gateway's Linux kernel for packets that are too large.
type Kernel struct {
	Version string `json:"version"` // as in 6.6
	// Answers: a frame with DF that does not fit is answered with an ICMP by the VXLAN port of a bridge,
	// which kernels from 5.9 do; older ones fragment it like any other.
	Answers bool   `json:"answers"`
	Why     string `json:"why"` // where the version is known from, as in "VyOS 1.4"
}
