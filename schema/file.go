package schema

import (
	"net/netip"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// A Value is what an attribute was given, with the range of the expression that gave it. The zero
// Value is an attribute that was not set.
type Value[T any] struct {
	V     T
	Range hcl.Range // of the expression
	Set   bool

	// Sensitive reports that the value comes from a sensitive variable: diagnostics must not show it.
	Sensitive bool

	// Draft is nil in what was decoded. Write puts it in the value's place.
	Draft *Draft
}

// A Draft is a value that somebody still has to fill in or to confirm.
type Draft struct {
	Text string // stands in quotes where the value would; empty: the value itself does
	Why  string // a comment at the end of the line
}

// Or returns the value, or def when the attribute was not set.
func (v Value[T]) Or(def T) T {
	if v.Set {
		return v.V
	}
	return def
}

// A File is a decoded specification: every instance of every block, in the order of the source (the
// instances of one for_each in the order of their keys). Values have been converted to their types;
// whether they fit together is the compiler's business.
type File struct {
	Header    Header
	Secrets   []*Secret
	Sites     []*Site
	Tunnels   []*Tunnel
	Stretches []*Stretch
	Accepts   []Accept
}

// A Header is the block l2stretch.
type Header struct {
	Name            Value[string] // [a-z][a-z0-9-]{0,15}
	RequiredVersion Value[string]
	Range           hcl.Range
}

// An Accept is one entry of an accept list: the warning was considered and stays.
type Accept struct {
	Code   string // W0123
	Reason string
	Range  hcl.Range // of the entry, or of the list
	Scope  hcl.Range // of the block that holds it, from its header to its closing brace; the zero Range is the whole specification
}

// An Instance identifies a block that has a label and may have been repeated by for_each.
type Instance struct {
	Label string
	Key   string    // each.key; empty without for_each
	Range hcl.Range // of the block's header

	// Broken is set when something in the block is in error, so that it cannot be relied on. Of a site the gateways
	// say it for themselves.
	Broken bool
}

// Name is the instance's name outside the language: branch, or branch.ber.
func (i Instance) Name() string {
	if i.Key == "" {
		return i.Label
	}
	return i.Label + "." + i.Key
}

// A Secret says where a secret comes from. Exactly one of the three sources is set.
type Secret struct {
	Label   string
	Range   hcl.Range
	Env     Value[string]
	File    Value[string]
	Command Value[[]string]
}

// A Site is one place: its routed networks and its gateways.
type Site struct {
	Instance
	Networks       []Value[netip.Prefix]
	Nutanix        *Nutanix
	Gateways       []*Gateway
	ExternalRoutes []ExternalRoute
}

// Nutanix holds the versions that the feature's minimums are checked against.
type Nutanix struct {
	Range        hcl.Range
	PrismElement Value[string]
	PrismCentral Value[string]
	Appliance    Value[string]
	VSwitch      Value[string] // standard, distributed
	PCVM         Value[netip.Addr]
}

// An ExternalRoute is a static route that somebody configured on a device that is not ours.
type ExternalRoute struct {
	Range   hcl.Range
	Device  Value[string]
	Prefix  Value[netip.Prefix]
	NextHop Value[netip.Addr]
}

// A Gateway is one router of a site.
type Gateway struct {
	Site       *Site
	Label      string
	Range      hcl.Range
	Platform   Value[string] // vyos, linux
	Release    Value[string]
	Appliance  Value[string]
	ApplyOrder Value[int]
	Uplink     *Uplink
	Inside     *Inside
	BGP        *GatewayBGP
	SSH        *SSH
	Broken     bool // something in the block is in error
}

// An Uplink is the interface that the tunnel's packets leave by.
type Uplink struct {
	Range         hcl.Range
	Interface     Value[string]
	Address       Value[netip.Prefix] // address and length of its network
	MTU           Value[int]          // octets
	PublicAddress Value[netip.Addr]
	NextHop       Value[netip.Addr]
}

// An Inside is the way from a gateway into its site's networks.
type Inside struct {
	Range     hcl.Range
	Interface Value[string]
	Address   Value[netip.Prefix]
	NextHop   Value[netip.Addr]
}

// A GatewayBGP is the block bgp of a gateway.
type GatewayBGP struct {
	Range    hcl.Range
	ASN      Value[int]
	RouterID Value[netip.Addr]
}

// An SSH block says how a gateway is reached and who it must prove to be.
type SSH struct {
	Range        hcl.Range
	Host         Value[string]
	Port         Value[int]
	User         Value[string]
	IdentityFile Value[string]
	Password     Value[*Secret]
	HostKeys     []Value[string]
	KnownHosts   Value[string]
	Jump         Value[string] // [user@]host[:port]
	InBand       Value[bool]   // reached through the tunnel
}

// A Tunnel is an encrypted, routed connection of two gateways.
type Tunnel struct {
	Instance
	Index        Value[int]
	PSK          Value[*Secret]
	NATTraversal Value[string] // auto, force, off
	Initiator    Value[*Gateway]
	Managed      Value[bool]
	BackupPath   Value[bool]
	Keying       Value[string] // ike, static
	Ends         []*End
	IKE          *IKE
	ESP          *ESP
	DPD          *DPD
	BGP          *TunnelBGP
}

// An End is one end of a tunnel.
type End struct {
	Range     hcl.Range
	Gateway   Value[*Gateway]
	Address   Value[netip.Prefix]
	Interface Value[string] // only for managed = false
}

// An IKE block holds the proposals and the lifetime of the IKE SA.
type IKE struct {
	Range     hcl.Range
	Proposals []Value[string]
	Lifetime  Value[time.Duration]
}

// An ESP block holds the proposals and the lifetime of the child SA.
type ESP struct {
	Range     hcl.Range
	Proposals []Value[string]
	Lifetime  Value[time.Duration]
}

// A DPD block configures dead peer detection.
type DPD struct {
	Range    hcl.Range
	Interval Value[time.Duration]
	Timeout  Value[time.Duration]
	Action   Value[string] // the initiator's: restart, clear, hold (trap)
}

// A TunnelBGP is the block bgp of a tunnel.
type TunnelBGP struct {
	Range     hcl.Range
	Keepalive Value[time.Duration]
	Hold      Value[time.Duration]
	BFD       Value[bool]
	Password  Value[*Secret]
}

// A Stretch is one subnet extended over tunnels.
type Stretch struct {
	Instance
	Tunnels           []Value[*Tunnel]
	Subnet            Value[netip.Prefix]
	VNI               Value[int]
	Index             Value[int]
	HostMTU           Value[int] // octets
	PreserveAddresses Value[bool]
	Paused            Value[bool]
	VTEP              Value[string] // vti, loopback
	FirstHop          Value[string] // local
	GatewayMAC        Value[string]
	Block             []Value[string] // dhcp, ra
	MACAging          Value[time.Duration]
	RouteFromStretch  Value[bool]
	Attaches          []*Attach
}

// An Attach joins a gateway's NIC to a stretch.
type Attach struct {
	Range          hcl.Range
	Gateway        Value[*Gateway]
	Interface      Value[string]
	VLAN           Value[int]
	Tagged         Value[bool]
	Address        Value[netip.Addr]
	DefaultGateway Value[netip.Addr]
	MAC            Value[string]
	HostMTU        Value[int]    // octets
	Hypervisor     Value[string] // esxi, ahv, kvm, cloud, physical
	Probe          []Value[netip.Addr]
	DHCPServer     Value[bool]
	Standby        Value[bool]
}
