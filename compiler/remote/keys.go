package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/crypto/ssh"
)

// maxKeyFile is how large a file with a key may be, in octets.
const maxKeyFile = 1 << 20

// passphraseTries is how often the user may mistype.
const passphraseTries = 3

// An identity is a key that can be offered.
type identity struct {
	public ssh.PublicKey
	signer ssh.Signer // nil when only the agent could have it
	from   string     // for a reader
	path   string     // of the file; empty is the agent
}

// signers returns the keys in the order in which they are offered: certificates, then keys that the agent has of those
// that were asked for, then its other keys, then files. A host ends the log-in after a few wrong ones.
func (a *auth) signers() ([]ssh.Signer, error) {
	files, err := a.fileIdentities()
	if err != nil {
		return nil, a.fail(err)
	}
	held := a.agentIdentities()
	var keys []identity
	have := func(k ssh.PublicKey) bool {
		for _, i := range keys {
			if bytes.Equal(i.public.Marshal(), k.Marshal()) {
				return true
			}
		}
		return false
	}
	for _, f := range files {
		for _, h := range held {
			if bytes.Equal(h.public.Marshal(), f.public.Marshal()) && !have(h.public) {
				keys = append(keys, h)
			}
		}
	}
	if !a.endpoint.identities.only {
		for _, h := range held {
			if !have(h.public) {
				keys = append(keys, h)
			}
		}
	}
	for _, f := range files {
		switch {
		case have(f.public):
		case f.signer == nil:
			a.note("%s is a public key, and the agent does not have its private one", f.from)
		default:
			keys = append(keys, f)
		}
	}
	certified := a.certified(keys, files)
	var signers []ssh.Signer
	for _, k := range append(certified, keys...) {
		a.offered(fmt.Sprintf("%s %s (%s)", k.public.Type(), ssh.FingerprintSHA256(plain(k.public)), k.from))
		signers = append(signers, k.signer)
	}
	return signers, nil
}

// plain is the key that a certificate is about, or the key itself.
func plain(k ssh.PublicKey) ssh.PublicKey {
	if cert, ok := k.(*ssh.Certificate); ok {
		return cert.Key
	}
	return k
}

// fileIdentities reads the key files.
func (a *auth) fileIdentities() ([]identity, error) {
	if a.files != nil {
		return a.files, nil
	}
	found := []identity{}
	for _, path := range a.endpoint.identities.files {
		i, err := a.readIdentity(path)
		switch {
		case err == nil:
			found = append(found, i)
		case a.endpoint.identities.named:
			return nil, err
		case !errors.Is(err, fs.ErrNotExist):
			a.note("%v", err)
		}
	}
	a.files = found
	return found, nil
}

// readIdentity reads a private key, or a public one.
func (a *auth) readIdentity(path string) (identity, error) {
	text, err := readFile(path, maxKeyFile)
	if err != nil {
		return identity{}, fmt.Errorf("identity file: %w", err)
	}
	from := printable(path, errorLimit)
	signer, err := ssh.ParsePrivateKey(text)
	var missing *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return identity{signer.PublicKey(), signer, from, path}, nil
	case errors.As(err, &missing):
		public := missing.PublicKey
		if public == nil { // the old format, whose public key is encrypted too
			public = publicBeside(path)
		}
		locked := &lockedKey{auth: a, path: path, text: text, public: public}
		if public == nil {
			if locked.public, err = locked.unlockPublic(); err != nil {
				return identity{}, err
			}
		}
		return identity{locked.public, locked, from, path}, nil
	}
	if public, _, _, _, perr := ssh.ParseAuthorizedKey(text); perr == nil {
		return identity{public, nil, from, path}, nil
	}
	return identity{}, fmt.Errorf("identity file: %s is no private key that can be read: %w", from, foreign{err})
}

// publicBeside reads the public key next to a private one; nil is none.
func publicBeside(path string) ssh.PublicKey {
	text, err := readFile(path+".pub", maxKeyFile)
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return public
}

// certified pairs keys with the certificates that were issued for them.
func (a *auth) certified(keys, files []identity) []identity {
	var certificates []string
	for _, f := range files {
		certificates = append(certificates, f.path+"-cert.pub")
	}
	certificates = append(certificates, a.endpoint.identities.certificates...)
	var out []identity
	for n, path := range certificates {
		given := n >= len(files)
		text, err := readFile(path, maxKeyFile)
		if err != nil {
			if given {
				a.note("certificate: %v", err)
			}
			continue
		}
		public, _, _, _, err := ssh.ParseAuthorizedKey(text)
		cert, ok := public.(*ssh.Certificate)
		if err != nil || !ok {
			a.note("%s is no certificate that can be read", printable(path, errorLimit))
			continue
		}
		found := false
		for _, k := range keys {
			if bytes.Equal(k.public.Marshal(), cert.Key.Marshal()) {
				signer, err := ssh.NewCertSigner(cert, k.signer)
				if err != nil {
					a.note("%s: %v", printable(path, errorLimit), foreign{err})
					continue
				}
				out, found = append(out, identity{cert, signer, printable(path, errorLimit), path}), true
			}
		}
		if !found {
			a.note("%s is for a key that is not here", printable(path, errorLimit))
		}
	}
	return out
}

// A lockedKey is a private key that is decrypted when it is to sign: when the host would accept it.
type lockedKey struct {
	auth   *auth
	path   string
	text   []byte
	public ssh.PublicKey

	mu   sync.Mutex
	open ssh.AlgorithmSigner
}

func (k *lockedKey) PublicKey() ssh.PublicKey { return k.public }

func (k *lockedKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(rand, data, "")
}

func (k *lockedKey) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := k.unlock()
	if err != nil {
		return nil, err
	}
	return signer.SignWithAlgorithm(rand, data, algorithm)
}

func (k *lockedKey) unlockPublic() (ssh.PublicKey, error) {
	signer, err := k.unlock()
	if err != nil {
		return nil, err
	}
	return signer.PublicKey(), nil
}

// unlock asks for the passphrase, once for all.
func (k *lockedKey) unlock() (ssh.AlgorithmSigner, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open != nil {
		return k.open, nil
	}
	path := printable(k.path, errorLimit)
	if k.auth.opts.Passphrase == nil {
		return nil, k.auth.fail(fmt.Errorf("%s has a passphrase, and nobody can be asked for it; load the key into the agent (ssh-add %s)", path, path))
	}
	var last []byte
	for range passphraseTries {
		var passphrase []byte
		err := k.auth.ask(func() (err error) {
			passphrase, err = k.auth.opts.Passphrase(k.path)
			return err
		})
		if err != nil {
			return nil, k.auth.fail(fmt.Errorf("passphrase of %s: %w", path, err))
		}
		signer, err := ssh.ParsePrivateKeyWithPassphrase(k.text, passphrase)
		if open, ok := signer.(ssh.AlgorithmSigner); ok && err == nil {
			k.open = open
			return open, nil
		}
		if last != nil && bytes.Equal(last, passphrase) {
			break // whoever answers does not think about it
		}
		last = passphrase
	}
	return nil, k.auth.fail(fmt.Errorf("the passphrase of %s is wrong", path))
}

// readFile reads a file that must not be larger than limit octets.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, foreign{err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, foreign{err}
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s is larger than %d octets", printable(path, errorLimit), limit)
	}
	return text, nil
}
