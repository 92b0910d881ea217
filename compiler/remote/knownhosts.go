package remote

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// maxKnownHosts is how large a known_hosts file may be, in octets.
const maxKnownHosts = 64 << 20

// A known is a key that a file or the specification has.
type known struct {
	key ssh.PublicKey
	at  string // where it stands, for a reader
}

// A knownHosts is what known_hosts files say about one host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
type knownHosts struct {
	keys        []known
	authorities []known
	revoked     []known  // whatever host they were revoked for: such a key is in the wrong hands
	unread      []string // places of lines that may be about the host and cannot be read
}

// readKnownHosts reads what files say about a host, by the first of its names that has a key. A file that is not there
// says nothing.
func readKnownHosts(paths, names []string) (knownHosts, error) {
	files := make([]hostsFile, len(paths))
	for i, path := range paths {
		text, err := readFile(path, maxKnownHosts)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return knownHosts{}, fmt.Errorf("known_hosts: %w", err)
		}
		files[i] = hostsFile{path, text}
	}
	return searchKnownHosts(files, names), nil
}

// A hostsFile is a known_hosts file and its content.
type hostsFile struct {
	path string
	text []byte
}

// searchKnownHosts looks for a host in files, by one of its names after the other until one has a key.
func searchKnownHosts(files []hostsFile, names []string) knownHosts {
	var k knownHosts
	for _, name := range names {
		k = knownHosts{unread: k.unread}
		for _, f := range files {
			k.parse(f.text, f.path, name)
		}
		if len(k.keys) > 0 || len(k.authorities) > 0 {
			break
		}
	}
	return k
}

// parse reads the lines of a file about the host with a name, which is in lower case.
func (k *knownHosts) parse(text []byte, path, name string) {
	for number := 1; len(text) > 0; number++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		l, ok := splitKnownHost(line)
		if !ok || l.marker != markRevoked && !l.matches(name) {
			continue
		}
		at := fmt.Sprintf("%s:%d", printable(path, errorLimit), number)
		key, err := l.key()
		switch {
		case err != nil:
			// A line can be about several names of a host, and one that revokes is about all.
			if problem := fmt.Sprintf("%s (%v)", at, foreign{err}); !slices.Contains(k.unread, problem) {
				k.unread = append(k.unread, problem)
			}
		case l.marker == markRevoked:
			k.revoked = append(k.revoked, known{key, at})
		case l.marker == markAuthority:
			k.authorities = append(k.authorities, known{key, at})
		default:
			k.keys = append(k.keys, known{key, at})
		}
	}
}

// The markers of a line.
const (
	markAuthority = "@cert-authority"
	markRevoked   = "@revoked"
)

// A hostLine is a line of a known_hosts file, whose key is not looked at yet: files can be long, and few lines matter.
type hostLine struct {
	marker string
	hosts  string
	format string // the key's type
	blob   string // the key in base64
}

// splitKnownHost takes a line apart; comments and lines that are none of the format are not ok.
func splitKnownHost(line []byte) (hostLine, bool) {
	fields := bytes.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' })
	if len(fields) == 0 || fields[0][0] == '#' {
		return hostLine{}, false
	}
	var l hostLine
	if fields[0][0] == '@' {
		l.marker = string(fields[0])
		if l.marker != markAuthority && l.marker != markRevoked {
			return hostLine{}, false
		}
		fields = fields[1:]
	}
	if len(fields) < 2 { // it may lack its key, which is then told
		return hostLine{}, false
	}
	l.hosts, l.format = string(fields[0]), string(fields[1])
	if len(fields) > 2 {
		l.blob = string(fields[2])
	}
	return l, true
}

func (l hostLine) key() (ssh.PublicKey, error) {
	blob, err := base64.StdEncoding.DecodeString(l.blob)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, err
	}
	if key.Type() != l.format {
		return nil, fmt.Errorf("it says %s, and the key is of type %s", l.format, key.Type())
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, errors.New("a certificate, and not a key")
	}
	return key, nil
}

// matches says whether a line is about a host, by the name that known_hosts has for it.
func (l hostLine) matches(name string) bool {
	if strings.HasPrefix(l.hosts, "|") {
		return matchesHash(l.hosts, name)
	}
	return matchesList(strings.ToLower(l.hosts), name)
}

// matchesHash compares with |1|SALT|HASH, where the hash is the HMAC-SHA1 of the name.
func matchesHash(hashed, name string) bool {
	parts := strings.Split(hashed, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return false
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return hmac.Equal(mac.Sum(nil), want)
}

// matchesList compares with patterns that commas separate; one that begins with ! and matches excludes the line.
func matchesList(patterns, name string) bool {
	found := false
	for p := range strings.SplitSeq(patterns, ",") {
		p, not := strings.CutPrefix(p, "!")
		if matchesPattern(p, name) {
			if not {
				return false
			}
			found = true
		}
	}
	return found
}

// matchesPattern compares with a pattern in which * stands for anything and ? for one character.
func matchesPattern(pattern, name string) bool {
	// The place to go on from when what follows the last * does not fit.
	star, retry := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			retry++
			p, n = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
