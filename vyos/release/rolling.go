package release

// rolling is current; in what a stretch needs it does not differ from 1.4.
var rolling = Release{
	Name: "rolling", Branch: "current", Kernel: "6.6", Debian: 12, Evidence: Moving,
	Features:    features14,
	Encryptions: ciphers13,
	Hashes:      hashes13,
	PRFs:        prfs13,
	DHGroups:    dh13,
	IPsec:       ipsec14,
	Guard:       guardRolling,
	Times:       timesAssumed,
	Box:         boxRolling,
	MSS:         MSSOnInterface,
	MSSMax:      65535,
	VXLANPort:   "port",
	MinVXLANMTU: 1200,
	MaxMTU:      16000,
	MaxVTIMTU:   16000,
	MaxVNI:      16777214,
	Defaults:    defaults14,
	Versions:    versions15,
}
