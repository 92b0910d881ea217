package config

import "strings"

// IsSecretPath reports whether a path ends in the value of a leaf that holds a secret. Where the grammar does
// not know the path, the leaf's name tells.
func IsSecretPath(g Grammar, path []string) bool {
	if len(path) < 2 {
		return false
	}
	if g != nil {
		if kind, secret := Lookup(g, path...); kind != KindUnknown {
			return secret
		}
	}
	leaf := path[len(path)-2]
	for _, word := range []string{"password", "passphrase", "secret", "key", "psk", "token", "community"} {
		if strings.Contains(leaf, word) {
			return true
		}
	}
	return false
}
