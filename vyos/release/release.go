// Package release says what each VyOS release can express and how it spells it, as data. Lowering asks a
// Release what it can do, never which one it is; a new release is one more value of this type. The facts
// come from the releases' own grammar and commit scripts.
package release

import "slices"

// A Feature is something that not every release can express.
type Feature uint8

// The features. A comment names what is meant where the name does not.
const (
	BridgeMembers       Feature = iota // interfaces bridge brN member interface; else bridge-group on the port
	BridgeMTU                          // interfaces bridge brN mtu
	BridgeNoForwarding                 // interfaces bridge brN ip disable-forwarding
	BridgeNoLinkLocal                  // interfaces bridge brN ipv6 address no-default-link-local
	VXLANSource                        // interfaces vxlan vxlanN source-address
	VXLANRemotes                       // several remotes, of either family
	VXLANDisable                       // interfaces vxlan vxlanN disable
	VXLANInPlace                       // vni, remote and port may change within one commit
	VTIAddress6                        // IPv6 addresses on a VTI
	VTIOuter6                          // a VTI over IPv6 uplinks
	VTISourceValidation                // interfaces vti vtiN ip source-validation
	OutputFilter                       // firewall of packets that the box itself sends
	BridgeFilter                       // firewall of bridged frames, by MAC address
	PeerNames                          // IPsec peers and pre-shared keys have names; else a peer is its address
	PRF                                // proposals name their pseudo-random function
	SystemAS                           // protocols bgp system-as; else the number is part of the path
	BFDByNeighbor                      // neighbor bfd is enough; else protocols bfd peer as well
	RouteDescription                   // protocols static route P description
	TunnelICMP                         // kernel 5.9 or later answers a bridged frame with DF that is too large
	numFeatures
)

var featureNames = [numFeatures]string{
	"bridge members", "a bridge MTU", "disabling forwarding on a bridge", "a bridge without link-local address",
	"a VXLAN source address", "several VXLAN remotes or an IPv6 one", "disabling a VXLAN interface", "changing a VXLAN interface in place",
	"IPv6 addresses on a VTI", "a VTI over IPv6 uplinks", "source validation on a VTI", "a firewall for packets of the box itself",
	"a firewall for bridged frames", "named IPsec peers", "PRFs in proposals", "system-as", "BFD by neighbor alone",
	"route descriptions", "ICMP for bridged frames that are too large",
}

// Features lists every feature, in the order of the table.
func Features() []Feature {
	out := make([]Feature, numFeatures)
	for i := range out {
		out[i] = Feature(i)
	}
	return out
}

// String is the feature in words.
func (f Feature) String() string { return featureNames[f] }

// Evidence is how well a release's output is proven.
type Evidence string

// The kinds of evidence.
const (
	OnBox     Evidence = "committed on a genuine box"
	ByGrammar Evidence = "checked against the release's grammar and sources, not on a box"
	Moving    Evidence = "best effort: the development branch moves"
)

// MSS is where a release clamps the TCP segment size of routed packets.
type MSS uint8

// The ways of clamping.
const (
	MSSOnInterface     MSS = iota // interfaces vti vtiN ip adjust-mss
	MSSFirewallOptions            // firewall options interface vtiN adjust-mss, a number
)

// IPsec is how a release spells what all of them can do. A spelling of several words is a path below the
// group or peer.
type IPsec struct {
	Interfaces   []string // below vpn ipsec: the list of interfaces
	NoMOBIKE     []string // below an IKE group
	ForceEncap   []string // below a peer
	CloseRestart string   // close-action that starts the child again
	DPDTrap      string   // DPD action that keeps a trap policy
	DPDAlways    bool     // DPD has to be stated to be on
	Restarts     bool     // a change of the list of interfaces restarts IPsec: every tunnel of the box drops

	// Connection and Child are what charon calls a peer's IKE SAs and child SA; %s is the peer's name, here and below.
	Connection, Child string
	// ResetPeer is the release's own operational command that ends all IKE SAs of a configured peer and, at an end
	// that initiates, negotiates again. None where that of the release ends child SAs only: then the IKE SA stays, and
	// with it the authentication by the key from before.
	ResetPeer []string
}

// A Guard is how a box of a release restores itself when nobody confirms a commit.
type Guard struct {
	Means      string // what runs the restore: systemd-run, or a process of its own
	Cost       string // of the restore
	NativeCost string // of the release's own commit-confirm
	Verified   bool   // seen on a genuine box
}

// Times are rough upper bounds of how long things take on a small box, in the units of the names.
type Times struct {
	SetMillis    int  // one set or delete command of a small change
	CommitMillis int  // a commit of a handful of commands
	LeafMillis   int  // what each command adds to the commit
	Measured     bool // on this release; else on 1.4
}

// A Release is one VyOS release.
type Release struct {
	Name     string // 1.4
	Branch   string // sagitta
	Kernel   string // 6.6
	Debian   int    // major release that it is based on
	Evidence Evidence
	Features []Feature // sorted

	Encryptions []string // of IKE and ESP proposals
	Hashes      []string
	PRFs        []string // none where proposals have no PRF
	DHGroups    []int    // of IKE; ESP takes the same as dh-groupN

	IPsec       IPsec
	Guard       Guard
	Times       Times
	Box         Box
	MSS         MSS
	MSSMax      int    // octets; the largest value accepted
	VXLANPort   string // below the VXLAN interface: the UDP port
	MinVXLANMTU int    // octets
	MaxMTU      int    // octets, of bridges, VXLAN and Ethernet interfaces
	MaxVTIMTU   int    // octets
	MaxVNI      int
	STPOff      []string // below a bridge; none where absence is off
	Defaults    []Default
	LegacyNames bool // NICs are eth and lan only
	// Versions is the component versions that a saved configuration ends with: VyOS migrates a file that has lower
	// ones, and takes a component that is missing for version 0. They move within a release; these are those of a late
	// one, which earlier ones take as they are.
	Versions    string
	DebianOrder bool // siblings are listed as Debian compares versions; else lexical-numeric
}

// Has reports whether the release can express a feature.
func (r *Release) Has(f Feature) bool {
	_, ok := slices.BinarySearch(r.Features, f)
	return ok
}

// All returns every release, oldest first.
func All() []*Release { return []*Release{&v12, &v13, &v14, &v15, &rolling} }

// Lookup finds a release by name: 1.2, 1.3, 1.4, 1.5 or rolling.
func Lookup(name string) (*Release, bool) {
	for _, r := range All() {
		if r.Name == name {
			return r, true
		}
	}
	return nil, false
}

// First is the name of the oldest release that has a feature; empty when none has.
func First(f Feature) string {
	for _, r := range All() {
		if r.Has(f) {
			return r.Name
		}
	}
	return ""
}

// FirstWith is the name of the oldest release for which ok holds; empty when there is none.
func FirstWith(ok func(*Release) bool) string {
	for _, r := range All() {
		if ok(r) {
			return r.Name
		}
	}
	return ""
}
