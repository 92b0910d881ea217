package release

// The words that several releases share; each release's own file says which it takes.
var (
	ciphers13 = []string{
		"3des", "aes128", "aes128ccm128", "aes128ccm64", "aes128ccm96", "aes128ctr", "aes128gcm128", "aes128gcm64", "aes128gcm96", "aes128gmac",
		"aes192", "aes192ccm128", "aes192ccm64", "aes192ccm96", "aes192ctr", "aes192gcm128", "aes192gcm64", "aes192gcm96", "aes192gmac",
		"aes256", "aes256ccm128", "aes256ccm64", "aes256ccm96", "aes256ctr", "aes256gcm128", "aes256gcm64", "aes256gcm96", "aes256gmac",
		"blowfish128", "blowfish192", "blowfish256",
		"camellia128", "camellia128ccm128", "camellia128ccm64", "camellia128ccm96", "camellia128ctr",
		"camellia192", "camellia192ccm128", "camellia192ccm64", "camellia192ccm96", "camellia192ctr",
		"camellia256", "camellia256ccm128", "camellia256ccm64", "camellia256ccm96", "camellia256ctr",
		"cast128", "chacha20poly1305", "null", "serpent128", "serpent192", "serpent256", "twofish128", "twofish192", "twofish256",
	}
	hashes13 = []string{
		"aes128gmac", "aes192gmac", "aes256gmac", "aescmac", "aesxcbc", "md5", "md5_128", "sha1", "sha1_160",
		"sha256", "sha256_96", "sha384", "sha512",
	}
	prfs13 = []string{"prfaescmac", "prfaesxcbc", "prfmd5", "prfsha1", "prfsha256", "prfsha384", "prfsha512"}
	dh13   = []int{1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32}

	ipsec12 = IPsec{
		Interfaces:   []string{"ipsec-interfaces", "interface"},
		NoMOBIKE:     []string{"mobike", "disable"},
		ForceEncap:   []string{"force-encapsulation", "enable"},
		CloseRestart: "restart",
		DPDTrap:      "hold",
		Restarts:     true,
		// Without ResetPeer: `reset vpn ipsec-peer` is `ipsec down NAME{*}` and `ipsec up NAME` at any end (vyatta-op-vpn,
		// scripts/vyatta-vpn-op.pl, clear_tunnel), and charon takes the IKE SA that is there for the new child as long as
		// identities and proposals are the same (strongSwan 5.7.2, ike_sa_manager.c, checkout_by_config). swanctl is
		// there (vyatta-cfg-vpn, debian/control), and VyOS itself lists SAs by this name with it (scripts/vyatta-vti-config.pl).
		Connection: "peer-%s-tunnel-vti",
		Child:      "peer-%s-tunnel-vti",
	}
	ipsec14 = IPsec{
		Interfaces:   []string{"interface"},
		NoMOBIKE:     []string{"disable-mobike"},
		ForceEncap:   []string{"force-udp-encapsulation"},
		CloseRestart: "start",
		DPDTrap:      "trap",
		DPDAlways:    true,
		// It ends every IKE SA of the name, and initiates where connection-type is initiate (vyos-1x, op_mode/ipsec.py,
		// reset_peer).
		ResetPeer:  []string{"reset", "vpn", "ipsec", "site-to-site", "peer", "%s"},
		Connection: "%s",
		Child:      "%s-vti",
	}
	features14 = []Feature{
		BridgeMembers, BridgeMTU, BridgeNoForwarding, BridgeNoLinkLocal, VXLANSource, VXLANRemotes, VXLANDisable, VXLANInPlace,
		VTIAddress6, VTIOuter6, VTISourceValidation, OutputFilter, BridgeFilter, PeerNames, PRF, SystemAS, BFDByNeighbor, RouteDescription, TunnelICMP,
	}

	// guardTimer restores the configuration from before by a timer that survives the connection.
	guardTimer = Guard{
		Means:      "systemd-run",
		Cost:       "loads and commits the configuration from before, without a reboot; changed tunnels are negotiated again",
		NativeCost: "reboots into the saved configuration; commits that were not saved are lost as well",
	}
	guardTimer14 = Guard{Means: guardTimer.Means, Cost: guardTimer.Cost, NativeCost: guardTimer.NativeCost, Verified: true}
	guardRolling = Guard{
		Means:      guardTimer.Means,
		Cost:       guardTimer.Cost,
		NativeCost: "loads the last revision again without a reboot, or reboots where system config-management commit-confirm says so",
	}
	// guardProcess is for systemd before 218, which knows no timers on demand. at would count whole minutes, and by a
	// clock that may be set meanwhile.
	guardProcess = Guard{
		Means:      "a process of its own",
		Cost:       "loads and commits the configuration from before, without a reboot; changed tunnels are negotiated again",
		NativeCost: guardTimer.NativeCost,
	}
	// times14 were measured on a genuine 1.4 on a busy machine with two cores.
	times14      = Times{SetMillis: 34, CommitMillis: 7500, LeafMillis: 32, Measured: true}
	timesAssumed = Times{SetMillis: times14.SetMillis, CommitMillis: times14.CommitMillis, LeafMillis: times14.LeafMillis}
)
