package remote

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// An UnknownHostError is that nothing is known about a host, so that it cannot prove who it is.
type UnknownHostError struct {
	Name    string   // the gateway, or a jump host on the way to it
	Host    string   // host and port
	KnownAs string   // what known_hosts would call it
	Got     string   // type and fingerprints of the key that it showed
	Sum     string   // its SHA256 fingerprint
	Console string   // the command whose output on the host's console has the right fingerprint
	Looked  []string // files that were searched
	Unread  []string // lines about the host that cannot be read
}

func (e *UnknownHostError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the host key of %s is not known: it showed %s, and ", e.Name, printable(e.Host, errorLimit), e.Got)
	if len(e.Looked) > 0 {
		fmt.Fprintf(&b, "no key for %s is in %s", printable(e.KnownAs, errorLimit), list(e.Looked))
	} else {
		b.WriteString("there is no known_hosts to search")
	}
	unread(&b, e.Unread)
	fmt.Fprintf(&b, "; compare with what `%s` prints on its console, and only if it is the same put host_keys = [%q] into the ssh block or the key into known_hosts", e.Console, e.Sum)
	return b.String()
}

// A ChangedHostError is that a host showed another key than the known ones.
type ChangedHostError struct {
	Name    string   // the gateway, or a jump host on the way to it
	Host    string   // host and port
	KnownAs string   // what known_hosts calls it
	Want    []string // type, fingerprint and place of each known key
	Got     string   // type and fingerprints of the key that it showed
	Sum     string   // its SHA256 fingerprint
	Console string   // the command whose output on the host's console has the right fingerprint
	Why     string   // why its certificate does not do
	Unread  []string // lines about the host that cannot be read
}

func (e *ChangedHostError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the host key of %s is not the known one: it showed %s, and known is %s", e.Name, printable(e.Host, errorLimit), e.Got, some(e.Want))
	if e.Why != "" {
		fmt.Fprintf(&b, "; %s", e.Why)
	}
	unread(&b, e.Unread)
	fmt.Fprintf(&b, "; somebody else may answer in its place: compare with what `%s` prints on its console, and only if that is %s replace the known one", e.Console, e.Sum)
	return b.String()
}

// A RevokedHostError is that a host showed a key, or a certificate by an authority, that known_hosts has as revoked.
type RevokedHostError struct {
	Name    string // the gateway, or a jump host on the way to it
	Host    string // host and port
	Got     string // type and fingerprints of the key that it showed
	At      string // where it is revoked
	Console string // the command whose output on the host's console has the fingerprint of its key
}

func (e *RevokedHostError) Error() string {
	return fmt.Sprintf("%s: the host key of %s is revoked: it showed %s, which %s marks as @revoked; give the host a new key, and compare what `%s` prints on its console before you trust that",
		e.Name, printable(e.Host, errorLimit), e.Got, e.At, e.Console)
}

func unread(b *strings.Builder, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "; %s cannot be read", some(lines))
	}
}

// some are the first few of many.
func some(list []string) string {
	const few = 5
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:few], ", "), len(list)-few)
}

// describe names a key for a reader. Old releases print MD5 fingerprints only; that one serves to compare, not to trust.
func describe(key ssh.PublicKey) string {
	what := ""
	if _, ok := key.(*ssh.Certificate); ok {
		what = "a certificate for "
	}
	key = plain(key)
	return fmt.Sprintf("%s%s %s (MD5:%s)", what, key.Type(), ssh.FingerprintSHA256(key), ssh.FingerprintLegacyMD5(key))
}

// describe names the known keys.
func (k *hostKeys) describe() []string {
	var want []string
	for _, n := range k.keys {
		want = append(want, fmt.Sprintf("%s %s at %s", n.key.Type(), ssh.FingerprintSHA256(n.key), n.at))
	}
	for _, n := range k.authorities {
		want = append(want, fmt.Sprintf("a certificate by %s %s at %s", n.key.Type(), ssh.FingerprintSHA256(n.key), n.at))
	}
	for _, f := range k.fingerprints {
		want = append(want, f.sum+" at host_keys")
	}
	return want
}

// console is the command that prints the fingerprint of a host's key where nobody can stand in between. VyOS and most
// others keep it there.
func console(key ssh.PublicKey) string {
	return "ssh-keygen -lf " + filepath.ToSlash("/etc/ssh/ssh_host_"+kindOf(plain(key).Type())+"_key.pub")
}
