// Package ir is the validated model of a stretch: sites, nodes (gateways), tunnels and stretches, with
// every value derived that does not depend on how a backend spells it. compiler.Compile builds it;
// backends lower it. Nothing in it is modified afterwards, every list is sorted, and a value that would
// be invalid does not occur.
package ir

import (
	"net/netip"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// A VNI is a VXLAN network identifier, 24 bits (RFC 7348, section 5).
type VNI uint32

// An ASN is an autonomous system number, 32 bits (RFC 6793).
type ASN uint32

// A Secret names key material; the bytes never enter the model. The zero Secret is none.
type Secret struct {
	Name   string
	Origin hcl.Range
}

// A SecretSource says where a secret's bytes come from; exactly one of Env, File and Command is set.
type SecretSource struct {
	Name    string
	Env     string   // name of an environment variable
	File    string   // path, relative to the specification
	Command []string // program and arguments
	Origin  hcl.Range
}

// A Fabric is a whole specification.
type Fabric struct {
	Name      string // stands in every marker on every box
	Sites     []*Site
	Nodes     []*Node // of all sites, sorted by Name
	Tunnels   []*Tunnel
	Stretches []*Stretch
	Secrets   []SecretSource
	Gaps      []Gap // after an import; sorted
}

// A Site is one place.
type Site struct {
	Name           string
	Networks       []netip.Prefix // routed networks behind the site, announced over eBGP
	Nodes          []*Node
	ExternalRoutes []ExternalRoute
	Nutanix        *Nutanix // nil when not given
	Origin         hcl.Range
}

// Nutanix is what a site says of its Nutanix installation.
type Nutanix struct {
	PCVM netip.Addr // Prism Central VM; the zero Addr when not given
}

// An ExternalRoute is a static route that a device outside the specification has.
type ExternalRoute struct {
	Device  string
	Prefix  netip.Prefix
	NextHop netip.Addr
	Origin  hcl.Range
}

// A Platform names the backend of a node.
type Platform string

// The platforms.
const (
	VyOS  Platform = "vyos"
	Linux Platform = "linux"
)

// A Node is a gateway with its view of everything it takes part in.
type Node struct {
	Spec       string // the fabric's name
	Name       string // site/gateway, as in branch.ber/gw1
	Label      string // the gateway's own label
	Site       *Site
	Platform   Platform
	Release    string // VyOS release, as in 1.4; empty on Linux
	Appliance  string // version of the appliance built on VyOS; empty when it is not one
	Assumed    bool   // the specification has only the appliance's version: Release is a guess until the box is asked
	Uplink     Uplink
	Inside     *Inside // nil for a one-armed gateway
	ASN        ASN
	RouterID   netip.Addr
	Loopback   netip.Addr // VTEP address of stretches with loopback VTEPs; the zero Addr when there are none
	SSH        SSH
	ApplyOrder int
	Ends       []*End        // of its tunnels, sorted by the tunnel's name
	Attaches   []*Attachment // sorted by the stretch's name
	Origin     hcl.Range
	Ranges     NodeRanges
}

// NodeRanges are the places in the specification that a node's problems are reported at.
type NodeRanges struct {
	Release, Uplink, UplinkAddress, Inside, ASN, SSHHost hcl.Range
}

// An Uplink is the interface that encrypted packets leave by.
type Uplink struct {
	Interface string
	Address   netip.Prefix // the address, with the length of its network
	MTU       int          // octets; what the path carries
	Public    netip.Addr   // the address others see, when the node is behind NAT; else the zero Addr
	NextHop   netip.Addr   // of a one-armed gateway, towards the site's networks; else the zero Addr
}

// An Inside is how a node reaches its site's networks.
type Inside struct {
	Interface string
	Address   netip.Prefix
	NextHop   netip.Addr
}

// SSH says how a node is managed.
type SSH struct {
	Host         string
	Port         int // 0 is the default
	User         string
	IdentityFile string
	Password     Secret
	HostKeys     []string
	KnownHosts   string
	Jump         string
	InBand       bool // reached through the tunnel
}

// A Tunnel is a route-based IPsec connection of two nodes with eBGP over it.
type Tunnel struct {
	Name       string
	Index      int  // n of vtiN
	Managed    bool // false: IPsec and eBGP are somebody else's
	PSK        Secret
	Static     bool         // keys are static, there is no IKE; Linux labs only
	Prefix     netip.Prefix // connected prefix of the VTI addresses, masked
	Ends       [2]*End      // sorted by the node's name
	NATT       NATT
	IKE        IKE
	ESP        ESP
	DPD        DPD
	BGP        BGP
	MTU        int  // octets; the largest packet that leaves as one wire packet, for the worst proposal
	PathMTU    int  // octets; the smaller of both uplinks'
	BackupPath bool // routed networks may fall back to another path: no blackhole for them
	Origin     hcl.Range
	Ranges     TunnelRanges
}

// TunnelRanges are the places in the specification that a tunnel's problems are reported at.
type TunnelRanges struct {
	Index, PSK, BGP, Keying hcl.Range
}

// NATT is what is known of UDP encapsulation (RFC 3948) before an SA exists.
type NATT struct {
	Encap  bool   // sizes assume it
	Forced bool   // encapsulate although no NAT is detected
	Why    string // a clause for people, as in "both uplinks are public"
}

// IKE holds the proposals of the IKE SA (RFC 7296).
type IKE struct {
	Proposals []Proposal
	Lifetime  time.Duration
}

// ESP holds the proposals of the child SA (RFC 4303).
type ESP struct {
	Proposals []Proposal
	Lifetime  time.Duration
}

// A Proposal is one cipher suite in VyOS's words.
type Proposal struct {
	Encryption string // aes256, aes256gcm128
	Hash       string // sha256; for an AEAD cipher of IKE, the hash of its PRF; empty for an AEAD cipher of ESP
	PRF        string // prfsha256; empty: derived from Hash
	DHGroup    int    // IANA number; for ESP, of PFS; 0 is none
	Origin     hcl.Range
}

// DPD is dead peer detection as the initiator does it; a responder only clears.
type DPD struct {
	Interval time.Duration
	Timeout  time.Duration // IKEv1 only; IKEv2 goes by retransmission
	Action   string        // restart, clear or trap
}

// BGP is the session over a tunnel.
type BGP struct {
	Keepalive time.Duration
	Hold      time.Duration
	Connect   time.Duration // ConnectRetryTimer (RFC 4271, section 8.2.2)
	BFD       bool
	Password  Secret
}

// An End is one end of a tunnel, seen from its node.
type End struct {
	Tunnel    *Tunnel
	Node      *Node
	Peer      *End
	Interface string       // vti1, or what somebody else's tunnel is called
	Address   netip.Prefix // of the VTI
	Local     netip.Addr   // address that IKE is bound to
	Remote    netip.Addr   // address that the peer is reached at
	LocalID   netip.Addr   // IKE identity (RFC 7296, section 3.5)
	RemoteID  netip.Addr
	Initiator bool

	Export     []netip.Prefix // networks to announce: the site's own, without stretched subnets
	Import     []netip.Prefix // networks to accept: the far site's, without stretched subnets
	Stretched  []netip.Prefix // subnets never to be announced or accepted
	Blackholes []netip.Prefix // what must not leave in clear while the tunnel is down
	Hosts      []netip.Prefix // single hosts of a stretched subnet that are routed over the tunnel all the same: the far site's controller
	Origin     hcl.Range
	Ranges     EndRanges
}

// EndRanges are the places in the specification that an end's problems are reported at.
type EndRanges struct {
	Address, Interface hcl.Range
}

// A VTEPKind is which address VXLAN packets are sent from (RFC 7348, section 3).
type VTEPKind string

// The kinds of VTEP.
const (
	VTEPVTI      VTEPKind = "vti"      // the address of the tunnel
	VTEPLoopback VTEPKind = "loopback" // an address of the node, routed over each of its tunnels
)

// A Stretch is one subnet that is present on several sites.
type Stretch struct {
	Name             string
	Index            int // n of brN and vxlanN
	VNI              VNI
	Subnet           netip.Prefix
	HostMTU          int // octets; what hosts of the subnet send
	Paused           bool
	VTEP             VTEPKind
	FirstHopLocal    bool   // each site answers for the default gateway itself
	GatewayMAC       string // of the default gateway; empty when not given
	BlockDHCP        bool
	BlockRA          bool
	MACAging         time.Duration
	RouteFromStretch bool
	Preserve         bool // hosts keep their addresses, which is why it is a stretch
	Attaches         []*Attachment
	Tunnels          []*Tunnel
	Origin           hcl.Range
	Ranges           StretchRanges
}

// StretchRanges are the places in the specification that a stretch's problems are reported at.
type StretchRanges struct {
	VNI, Index, Subnet, HostMTU, Paused, VTEP, FirstHop, GatewayMAC, Block, MACAging, Tunnels hcl.Range
}

// An Attachment is a node's part in a stretch: the NIC in the subnet, the bridge, the VXLAN device.
type Attachment struct {
	Stretch        *Stretch
	Node           *Node
	Interface      string // the NIC, as in eth1
	VLAN           int    // the site's VLAN; 0 when not given
	Tagged         bool   // the node sees frames tagged: its port is Interface.VLAN
	Address        netip.Prefix
	DefaultGateway netip.Addr
	MAC            string // of the bridge
	HostMTU        int    // octets
	Hypervisor     string
	Probe          []netip.Addr
	DHCPServer     bool
	Standby        bool
	Paused         bool       // VXLAN is down: the stretch is paused, or this is the spare of its site
	Source         netip.Addr // VTEP to send from; the zero Addr lets the kernel choose
	Remotes        []Remote   // sorted by VTEP
	Origin         hcl.Range
	Ranges         AttachRanges
}

// AttachRanges are the places in the specification that an attachment's problems are reported at.
type AttachRanges struct {
	Interface, VLAN, Address, MAC hcl.Range
}

// Port is the interface that becomes a member of the bridge: eth1, or eth1.20 for a tagged attachment.
func (a *Attachment) Port() string {
	if a.Tagged {
		return a.Interface + "." + itoa(a.VLAN)
	}
	return a.Interface
}

// A Remote is a VTEP that frames are sent to, and the tunnel end that they leave by.
type Remote struct {
	VTEP netip.Addr
	End  *End
	Peer *Attachment
}

// A Gap is a value that an import could not know. The model holds a plausible one in its place, so that it
// can be compiled; a specification written from it holds the text.
type Gap struct {
	Object    string // as in "gateway far/gw1", "tunnel dr", "stretch app", "attach app far/gw1"
	Attribute string // as in "uplink.interface"
	Text      string // what stands there, with CHANGE-ME in it; empty: the value stays, with the comment
	Why       string // a clause for a comment
}
