package release

// v12 is crux: legacy templates throughout, bridges joined from the port's side.
var v12 = Release{
	Name: "1.2", Branch: "crux", Kernel: "4.19", Debian: 8, Evidence: ByGrammar,
	Features:    []Feature{VTISourceValidation},
	Encryptions: []string{"3des", "aes128", "aes128gcm128", "aes256", "aes256gcm128", "chacha20poly1305"},
	Hashes:      []string{"md5", "sha1", "sha256", "sha384", "sha512"},
	DHGroups:    []int{2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26},
	IPsec:       ipsec12,
	Guard:       guardProcess,
	Times:       timesAssumed,
	Box:         box12,
	MSS:         MSSFirewallOptions,
	MSSMax:      1460,
	// remote-port sets the listening port too, and without it the kernel takes 8472
	VXLANPort:   "remote-port",
	MinVXLANMTU: 1450,
	MaxMTU:      9000,
	MaxVTIMTU:   9000,
	MaxVNI:      16777215,
	STPOff:      []string{"stp", "false"},
	Defaults:    defaults12,
	LegacyNames: true,
	DebianOrder: true,
	Versions:    versions12,
}
