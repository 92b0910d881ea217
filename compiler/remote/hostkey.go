package remote

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// hostKeys are the keys that one host may prove to have.
type hostKeys struct {
	endpoint     *endpoint
	fingerprints []fingerprint
	knownHosts
}

// A fingerprint is a key that the specification has as the hash of it.
type fingerprint struct {
	sum  string // SHA256:...
	kind string // key type as ssh-keygen -l prints it, in lower case; empty is any
}

// readHostKeys reads what is known about a host. What known_hosts has as revoked counts even when the specification
// pins keys.
func readHostKeys(e *endpoint) (*hostKeys, error) {
	k := &hostKeys{endpoint: e}
	var err error
	if k.knownHosts, err = readKnownHosts(e.knownHosts, e.knownAs()); err != nil {
		return nil, err
	}
	if len(e.pins) > 0 {
		k.keys, k.authorities, k.unread = nil, nil, nil
	}
	for _, pin := range e.pins {
		if err := k.pin(pin); err != nil {
			return nil, fmt.Errorf("host_keys: %s: %w", quote(pin, 80), err)
		}
	}
	return k, nil
}

// knownAs are the names by which known_hosts may have a host, the best first. OpenSSH too takes a key that is known
// without the port.
func (e *endpoint) knownAs() []string {
	if e.alias != "" {
		return []string{strings.ToLower(e.alias)}
	}
	host := strings.ToLower(e.host)
	if e.port == 22 {
		return []string{host}
	}
	return []string{fmt.Sprintf("[%s]:%d", host, e.port), host}
}

// pin reads one entry of host_keys.
func (k *hostKeys) pin(text string) error {
	words := strings.Fields(text)
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "SHA256:") }); i >= 0 {
		f := fingerprint{sum: strings.TrimRight(words[i], "=")}
		if last := words[len(words)-1]; strings.HasPrefix(last, "(") && strings.HasSuffix(last, ")") {
			f.kind = strings.ToLower(strings.Trim(last, "()"))
		}
		if len(f.sum) != len("SHA256:")+43 {
			return errors.New("a SHA256 fingerprint has SHA256: and 43 characters")
		}
		k.fingerprints = append(k.fingerprints, f)
		return nil
	}
	if len(words) > 0 && strings.Count(words[0], ":") >= 15 || strings.Contains(text, "MD5:") {
		return errors.New("an MD5 fingerprint is not safe enough; give the key itself, which the host has in /etc/ssh/ssh_host_ed25519_key.pub")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return errors.New(`neither a key, as in "ssh-ed25519 AAAA...", nor a fingerprint, as in "SHA256:...", can be read in it`)
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return errors.New(`it is a certificate; give the key of the authority after the word cert-authority`)
	}
	switch {
	case len(options) == 0:
		k.keys = append(k.keys, known{key, "host_keys"})
	case slices.Equal(options, []string{"cert-authority"}):
		k.authorities = append(k.authorities, known{key, "host_keys"})
	default:
		return fmt.Errorf("%s before the key is not understood; give the key as it stands in /etc/ssh/ssh_host_ed25519_key.pub on the host", list(options))
	}
	return nil
}

// plainAlgorithms are what a host may prove a key with, the best first. None rests on SHA-1.
func plainAlgorithms() []string {
	return []string{
		ssh.KeyAlgoED25519,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
}

// certificateAlgorithms are the same for certificates.
func certificateAlgorithms() []string {
	return []string{
		ssh.CertAlgoED25519v01,
		ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
}

// typeOf is the type of key that an algorithm is for.
func typeOf(algorithm string) string {
	switch algorithm {
	case ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256:
		return ssh.KeyAlgoRSA
	case ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01:
		return ssh.CertAlgoRSAv01
	}
	return algorithm
}

// kindOf is what ssh-keygen -l calls a type of key, in lower case.
func kindOf(keyType string) string {
	switch keyType {
	case ssh.KeyAlgoED25519:
		return "ed25519"
	case ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return "ecdsa"
	case ssh.KeyAlgoRSA:
		return "rsa"
	}
	return keyType
}

// algorithms are what the host is asked to prove itself with. The host takes the first that it can: those for keys that
// are known come first, so that it does not show another of its keys, which would look like a changed one. The others
// follow, so that there is a key to report.
func (k *hostKeys) algorithms() []string {
	var first, rest []string
	if len(k.authorities) > 0 {
		first = certificateAlgorithms()
	}
	for _, a := range plainAlgorithms() {
		expected := slices.ContainsFunc(k.keys, func(n known) bool { return n.key.Type() == typeOf(a) }) ||
			slices.ContainsFunc(k.fingerprints, func(f fingerprint) bool { return f.kind == kindOf(typeOf(a)) })
		if expected {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

// mayBeAnother says that the pinned fingerprints may be of a key of another type than the host has shown.
func (k *hostKeys) mayBeAnother() bool {
	return slices.ContainsFunc(k.fingerprints, func(f fingerprint) bool { return f.kind == "" })
}

// without are the algorithms for other types of keys.
func (k *hostKeys) without(algorithms []string, key ssh.PublicKey) []string {
	return slices.DeleteFunc(slices.Clone(algorithms), func(a string) bool { return typeOf(a) == key.Type() })
}

// check judges a key that the host has proved to have.
func (k *hostKeys) check(key ssh.PublicKey) error {
	cert, certified := key.(*ssh.Certificate)
	for _, r := range k.revoked {
		if same(r.key, plain(key)) || certified && same(r.key, cert.SignatureKey) {
			return &RevokedHostError{Name: k.endpoint.title, Host: k.endpoint.addr(), Got: describe(key), At: r.at, Console: console(key)}
		}
	}
	if k.accepts(plain(key)) {
		return nil
	}
	why := ""
	if certified {
		err := k.checkCertificate(cert)
		if err == nil {
			return nil
		}
		why = err.Error()
	}
	want := k.describe()
	if len(want) == 0 {
		return &UnknownHostError{
			Name: k.endpoint.title, Host: k.endpoint.addr(), KnownAs: k.endpoint.knownAs()[0], Got: describe(key), Sum: ssh.FingerprintSHA256(plain(key)),
			Console: console(key), Looked: k.endpoint.knownHosts, Unread: k.unread,
		}
	}
	return &ChangedHostError{
		Name: k.endpoint.title, Host: k.endpoint.addr(), KnownAs: k.endpoint.knownAs()[0], Want: want, Got: describe(key), Sum: ssh.FingerprintSHA256(plain(key)),
		Console: console(key), Why: why, Unread: k.unread,
	}
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// accepts says whether a key is known as it is.
func (k *hostKeys) accepts(key ssh.PublicKey) bool {
	sum := ssh.FingerprintSHA256(key)
	return slices.ContainsFunc(k.keys, func(n known) bool { return same(n.key, key) }) ||
		slices.ContainsFunc(k.fingerprints, func(f fingerprint) bool { return f.sum == sum })
}

// checkCertificate judges a host's certificate.
func (k *hostKeys) checkCertificate(cert *ssh.Certificate) error {
	name := k.endpoint.alias
	if name == "" {
		name = k.endpoint.host
	}
	name = strings.ToLower(name)
	principal := name
	for _, p := range cert.ValidPrincipals { // patterns, as in OpenSSH
		if matchesPattern(strings.ToLower(p), name) {
			principal = p
			break
		}
	}
	switch {
	case cert.CertType != ssh.HostCert:
		return errors.New("its certificate is one of a user")
	case !slices.ContainsFunc(k.authorities, func(n known) bool { return same(n.key, cert.SignatureKey) }):
		return fmt.Errorf("its certificate is signed by another authority, %s", describe(cert.SignatureKey))
	case cert.Signature.Format == ssh.KeyAlgoRSA:
		return errors.New("its certificate is signed with SHA-1")
	case len(cert.ValidPrincipals) == 0:
		return errors.New("its certificate names no host")
	}
	checker := ssh.CertChecker{Clock: time.Now}
	if err := checker.CheckCert(principal, cert); err != nil {
		return fmt.Errorf("its certificate is not valid: %w", foreign{err})
	}
	return nil
}
