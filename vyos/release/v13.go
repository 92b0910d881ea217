package release

// v13 is equuleus: bridges and VXLAN in their present form, IPsec and BGP still in the old one.
var v13 = Release{
	Name: "1.3", Branch: "equuleus", Kernel: "5.4", Debian: 10, Evidence: ByGrammar,
	Features: []Feature{
		BridgeMembers, BridgeMTU, BridgeNoForwarding, BridgeNoLinkLocal, VXLANSource, VXLANRemotes, VXLANDisable, VXLANInPlace, PRF,
	},
	Encryptions: ciphers13,
	Hashes:      hashes13,
	PRFs:        prfs13,
	DHGroups:    dh13,
	IPsec:       ipsec12,
	Guard:       guardTimer,
	Times:       timesAssumed,
	Box:         box13,
	MSS:         MSSFirewallOptions,
	MSSMax:      65535,
	VXLANPort:   "port",
	MinVXLANMTU: 1200,
	MaxMTU:      16000,
	MaxVTIMTU:   9000,
	MaxVNI:      16777214,
	Defaults:    defaults13,
	DebianOrder: true,
	Versions:    versions13,
}
