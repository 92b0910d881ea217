package main

import (
	"slices"
	"strings"
)

// secretNames are leaves that hold a secret wherever they stand.
var secretNames = []string{
	"cak", "cisco-authentication", "client-secret", "encrypted-key", "encrypted-password", "md5", "md5-key",
	"passphrase", "password", "plaintext-key", "plaintext-password", "pre-shared-secret", "preshared-key",
	"private-key", "secret", "server-key-password", "shared-secret", "token",
}

// secretPaths are leaves whose name alone does not say it: the ends of their paths.
var secretPaths = []string{
	"commit-archive location", // may hold a password in its URL
	"config-sync secondary key",
	"api keys id key",
	"dynamic-author key",
	"macsec security static key",
	"macsec security static peer key",
	"otp key",
	"private key",
	"radius server key",
	"radius-server key",
	"shared-secret key",
	"snmp trap-target community",
	"system login radius server key",
	"tacacs server key",
	"tacplus server key",
	"wep key",
}

// isSecret reports whether a leaf holds a secret. Names of files and of keys held elsewhere are none, and neither are
// public keys.
func isSecret(path []string) bool {
	if slices.Contains(secretNames, path[len(path)-1]) {
		return true
	}
	whole := " " + strings.Join(path, " ")
	return slices.ContainsFunc(secretPaths, func(end string) bool { return strings.HasSuffix(whole, " "+end) })
}

// isFixed reports whether a release refuses to change the leaf while its instance exists. VyOS 1.2
// makes a VXLAN device once; later releases make it anew by themselves.
func isFixed(release string, path []string) bool {
	return release == "1.2" && slices.Contains([]string{
		"interfaces vxlan vni", "interfaces vxlan remote", "interfaces vxlan group", "interfaces vxlan link",
		"interfaces vxlan remote-port",
	}, strings.Join(path, " "))
}
