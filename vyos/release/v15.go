package release

// v15 is circinus; in what a stretch needs it does not differ from 1.4.
var v15 = Release{
	Name: "1.5", Branch: "circinus", Kernel: "6.6", Debian: 12, Evidence: ByGrammar,
	Features:    features14,
	Encryptions: ciphers13,
	Hashes:      hashes13,
	PRFs:        prfs13,
	DHGroups:    dh13,
	IPsec:       ipsec14,
	Guard:       guardTimer,
	Times:       timesAssumed,
	Box:         box15,
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
