package remote

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// TestKnownHosts reads lines about the host gw1.example.com, at port 22 and at another.
func TestKnownHosts(t *testing.T) {
	key, other := strings.TrimSpace(pinOf(newKey(t).PublicKey())), strings.TrimSpace(pinOf(newKey(t).PublicKey()))
	const name, at = "gw1.example.com", "[gw1.example.com]:2222"
	for _, tt := range []struct {
		name, text string
		port       int
		want       string // numbers of the lines with keys, authorities, revoked keys and unreadable ones
	}{
		{name: "plain", text: name + " " + key, want: "[1] [] [] []"},
		{name: "comment and empty line", text: "# " + name + " " + key + "\n\n   \n" + name + " " + key + " comment of words", want: "[4] [] [] []"},
		{name: "tabs and carriage returns", text: "\t" + name + "\t" + strings.ReplaceAll(key, " ", "\t") + "\r\n", want: "[1] [] [] []"},
		{name: "case", text: "GW1.Example.COM " + key, want: "[1] [] [] []"},
		{name: "several keys", text: name + " " + key + "\n" + name + " " + other, want: "[1 2] [] [] []"},
		{name: "list", text: "192.0.2.10," + name + " " + key, want: "[1] [] [] []"},
		{name: "pattern", text: "gw?.*.com " + key + "\n* " + other + "\n*.org " + other, want: "[1 2] [] [] []"},
		{name: "negation", text: "*.example.com,!gw1.* " + key + "\n!gw1.*,* " + other + "\n!gw2.*,* " + other, want: "[3] [] [] []"},
		{name: "negation alone", text: "!gw2 " + key, want: "[] [] [] []"},
		{name: "hashed", text: knownhosts.HashHostname("gw2") + " " + other + "\n" + knownhosts.HashHostname(name) + " " + key, want: "[2] [] [] []"},
		{name: "hash of another kind", text: strings.Replace(knownhosts.HashHostname(name), "|1|", "|2|", 1) + " " + key, want: "[] [] [] []"},
		{name: "broken hashes", text: "|1|!|! " + key + "\n|1|AAAA " + key + "\n| " + key, want: "[] [] [] []"},
		{name: "authority", text: "@cert-authority *.example.com " + key + "\n" + name + " " + other, want: "[2] [1] [] []"},
		{name: "revoked", text: "@revoked * " + key + "\n@revoked elsewhere " + other, want: "[] [] [1 2] []"},
		{name: "another marker", text: "@trusted * " + key + "\n@revoked @cert-authority * " + key, want: "[] [] [] [2]"},
		{name: "no key", text: name + "\n" + name + " ssh-ed25519\n" + name + " ssh-ed25519 AAAA", want: "[] [] [] [2 3]"},
		{name: "type and key differ", text: name + " ssh-rsa " + strings.Fields(key)[1], want: "[] [] [] [1]"},
		{name: "unknown type of another host", text: "gw2 ssh-new AAAA\n" + name + " " + key, want: "[2] [] [] []"},
		{name: "port", port: 2222, text: at + " " + key + "\n" + name + " " + other, want: "[1] [] [] []"},
		{name: "port, hashed", port: 2222, text: knownhosts.HashHostname(at) + " " + key, want: "[1] [] [] []"},
		{name: "port of another", port: 2222, text: "[gw1.example.com]:22 " + key + "\n[gw1.example.com]:2223 " + key, want: "[] [] [] []"},
		{name: "no port", port: 2222, text: "[gw1.example.com]:22 " + key + "\n" + name + " " + key, want: "[2] [] [] []"},
		{name: "unreadable under both names", port: 2222, text: "* ssh-rsa AAAA\n@revoked elsewhere ssh-rsa AAAA", want: "[] [] [] [1 2]"},
		{name: "authority with the port only", port: 2222, text: "@cert-authority [*]:2222 " + key + "\n" + name + " " + other, want: "[] [1] [] []"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := endpoint{host: "Gw1.example.com", port: 22}
			if tt.port != 0 {
				e.port = tt.port
			}
			k := searchKnownHosts([]hostsFile{{"f", []byte(tt.text)}}, e.knownAs())
			lines := func(list []known) []string {
				out := []string{}
				for _, n := range list {
					out = append(out, strings.TrimPrefix(n.at, "f:"))
				}
				return out
			}
			unread := []string{}
			for _, u := range k.unread {
				n, _, _ := strings.Cut(strings.TrimPrefix(u, "f:"), " ")
				unread = append(unread, n)
			}
			if got := fmt.Sprint(lines(k.keys), lines(k.authorities), lines(k.revoked), unread); got != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
		})
	}
}

// TestKnownAs says under which names a host may be known.
func TestKnownAs(t *testing.T) {
	for _, tt := range []struct {
		endpoint endpoint
		want     string
	}{
		{endpoint{host: "GW1", port: 22}, "[gw1]"},
		{endpoint{host: "gw1", port: 2222}, "[[gw1]:2222 gw1]"},
		{endpoint{host: "2001:db8::1", port: 22}, "[2001:db8::1]"},
		{endpoint{host: "gw1", port: 2222, alias: "Onprem"}, "[onprem]"},
	} {
		if got := fmt.Sprint(tt.endpoint.knownAs()); got != tt.want {
			t.Errorf("%+v: %s, not %s", tt.endpoint, got, tt.want)
		}
	}
}

// TestAlgorithms puts those first that are for known keys.
func TestAlgorithms(t *testing.T) {
	rsa := strings.Join([]string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, " ")
	for _, tt := range []struct {
		name  string
		keys  hostKeys
		first string
	}{
		{"nothing", hostKeys{}, ssh.KeyAlgoED25519},
		{"RSA", hostKeys{knownHosts: knownHosts{keys: []known{{key: typed(ssh.KeyAlgoRSA)}}}}, rsa + " " + ssh.KeyAlgoED25519},
		{"ECDSA and RSA", hostKeys{knownHosts: knownHosts{keys: []known{{key: typed(ssh.KeyAlgoRSA)}, {key: typed(ssh.KeyAlgoECDSA384)}}}}, ssh.KeyAlgoECDSA384 + " " + rsa},
		{"authority", hostKeys{knownHosts: knownHosts{authorities: []known{{}}, keys: []known{{key: typed(ssh.KeyAlgoRSA)}}}}, strings.Join(certificateAlgorithms(), " ") + " " + rsa},
		{"fingerprint with its type", hostKeys{fingerprints: []fingerprint{{kind: "rsa"}}}, rsa},
		{"fingerprint", hostKeys{fingerprints: []fingerprint{{}}}, ssh.KeyAlgoED25519},
	} {
		got := strings.Join(tt.keys.algorithms(), " ")
		if !strings.HasPrefix(got, tt.first) {
			t.Errorf("%s: %s", tt.name, got)
		}
		for _, a := range plainAlgorithms() {
			if strings.Count(" "+got+" ", " "+a+" ") != 1 {
				t.Errorf("%s: %s is not there once: %s", tt.name, a, got)
			}
		}
		if strings.Contains(" "+got+" ", " ssh-rsa ") || strings.Contains(got, "ssh-dss") {
			t.Errorf("%s: SHA-1 in %s", tt.name, got)
		}
	}
}

// typed is a key of which only the type matters.
type typed string

func (k typed) Type() string                      { return string(k) }
func (k typed) Marshal() []byte                   { return []byte(k) }
func (typed) Verify([]byte, *ssh.Signature) error { return nil }

// FuzzKnownHosts reads any file for any host. A line counts by itself: what stands before it does not matter.
func FuzzKnownHosts(f *testing.F) {
	key := strings.TrimSpace(pinOf(newKey(f).PublicKey()))
	f.Add("gw1 "+key, "gw1")
	f.Add("@cert-authority *.example.com "+key+"\n@revoked * "+key+"\n", "gw1.example.com")
	f.Add("[gw1]:22,!gw?* "+key+"\r\n"+knownhosts.HashHostname("gw1")+" "+key, "gw1")
	f.Add("|1|AAAA|AAAA ssh-rsa AAAA", "|")
	f.Fuzz(func(t *testing.T, text, name string) {
		name = strings.ToLower(name)
		var one, two knownHosts
		one.parse([]byte(text), "f", name)
		two.parse([]byte("# a comment\nnot a line\n"+text), "f", name)
		if len(one.keys) != len(two.keys) || len(one.authorities) != len(two.authorities) || len(one.revoked) != len(two.revoked) || len(one.unread) != len(two.unread) {
			t.Errorf("%+v and %+v", one, two)
		}
		for _, u := range one.unread {
			if strings.ContainsAny(u, "\x1b\n\r") {
				t.Errorf("%q", u)
			}
		}
	})
}

// FuzzPattern compares with regular expressions.
func FuzzPattern(f *testing.F) {
	f.Add("*.example.com", "gw1.example.com")
	f.Add("a*b?c**d", "aabbbcdd")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 40 || len(name) > 100 {
			return
		}
		var b strings.Builder
		for i := range len(pattern) {
			switch c := pattern[i]; c {
			case '*':
				b.WriteString(`(?s:.*)`)
			case '?':
				b.WriteString(`(?s:.)`)
			default:
				fmt.Fprintf(&b, `\x{%x}`, c)
			}
		}
		// A regular expression is of characters, the pattern is of octets.
		var wide strings.Builder
		for i := range len(name) {
			wide.WriteRune(rune(name[i]))
		}
		want := regexp.MustCompile(`\A` + b.String() + `\z`).MatchString(wide.String())
		if got := matchesPattern(pattern, name); got != want {
			t.Errorf("%q and %q: %t", pattern, name, got)
		}
	})
}
