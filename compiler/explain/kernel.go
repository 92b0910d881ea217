package explain

import (
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// A Kernel is what matters of a gateway's Linux kernel for packets that are too large.
type Kernel struct {
	Version string `json:"version"` // as in 6.6
	// Answers: a frame with DF that does not fit is answered with an ICMP by the VXLAN port of a bridge,
	// which kernels from 5.9 do; older ones fragment it like any other.
	Answers bool   `json:"answers"`
	Why     string `json:"why"` // where the version is known from, as in "VyOS 1.4"
}

// kernels are those of VyOS's releases.
var kernels = []struct {
	release, version string
	answers          bool
}{
	{"1.2", "4.19", false},
	{"1.3", "5.4", false},
	{"1.4", "6.6", true},
	{"1.5", "6.6", true},
	{"rolling", "6.6", true},
}

// KernelOf is the kernel of a gateway. A Linux gateway may have any; it is taken for one from 5.9 on.
func KernelOf(n *ir.Node) Kernel {
	if n.Platform == ir.Linux {
		return Kernel{Version: "5.9 or later", Answers: true, Why: "assumed of a Linux gateway"}
	}
	for _, k := range kernels {
		if n.Release == k.release || strings.HasPrefix(n.Release, k.release+".") {
			return Kernel{Version: k.version, Answers: k.answers, Why: "VyOS " + n.Release}
		}
	}
	return Kernel{Version: "4.19", Why: "assumed, the oldest of any release: " + n.Release + " says nothing"}
}
