package release

// v14 is sagitta.
var v14 = Release{
	Name: "1.4", Branch: "sagitta", Kernel: "6.6", Debian: 12, Evidence: OnBox,
	Features:    features14,
	Encryptions: ciphers13,
	Hashes:      hashes13,
	PRFs:        prfs13,
	DHGroups:    dh13,
	IPsec:       ipsec14,
	Guard:       guardTimer14,
	Times:       times14,
	Box:         box14,
	MSS:         MSSOnInterface,
	MSSMax:      65535,
	VXLANPort:   "port",
	MinVXLANMTU: 1200,
	MaxMTU:      16000,
	MaxVTIMTU:   16000,
	MaxVNI:      16777214,
	Defaults:    defaults14,
	Versions:    versions14,
}
