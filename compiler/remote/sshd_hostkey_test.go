package remote

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
)

// TestServerKnownHosts goes through the ways in which a file knows, or does not know, a genuine server.
func TestServerKnownHosts(t *testing.T) {
	t.Parallel()
	s := remotetest.Start(t, remotetest.Options{})
	at := fmt.Sprintf("[%s]:%d", s.Host, s.Port)
	key, other := s.Read("host_ed25519.pub"), readKey(t, s.Key("other"))
	var unknown *UnknownHostError
	var changed *ChangedHostError
	var revoked *RevokedHostError
	for _, tt := range []struct {
		name string
		file string
		hash bool
		want any // the error; nil is success
		says []string
	}{
		{name: "known", file: at + " " + key},
		{name: "hashed", file: "elsewhere " + other + at + " " + key, hash: true},
		{name: "several names and keys", file: "gw1," + at + " " + other + at + ",gw1 " + key},
		{name: "without the port", file: s.Host + " " + key},
		{name: "pattern", file: "[127.0.0.*]:* " + key},
		{name: "excluded", file: "[127.0.0.*]:*,!" + at + " " + key, want: &unknown},
		{name: "empty", want: &unknown, says: []string{"is not known", "SHA256:", "MD5:", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", "known_hosts", "onprem/gw1"}},
		{name: "changed", file: at + " " + other, want: &changed, says: []string{"is not the known one", fingerprintOf(t, key), fingerprintOf(t, other), "known_hosts:1", "console"}},
		{name: "changed, hashed", file: at + " " + other, hash: true, want: &changed},
		{name: "changed, right without the port", file: at + " " + other + s.Host + " " + key, want: &changed},
		{name: "revoked", file: at + " " + key + "@revoked * " + key, want: &revoked, says: []string{"is revoked", "known_hosts:2"}},
		{name: "unreadable", file: at + " ssh-ed25519 AAAA\n", want: &unknown, says: []string{"known_hosts:1", "cannot be read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "known_hosts")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.hash {
				run(t, "ssh-keygen", "-H", "-f", path)
				if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), s.Host) {
					t.Fatalf("not hashed: %v\n%s", err, b)
				}
			}
			to := target(s)
			to.HostKeys, to.KnownHosts = nil, path
			c, err := Dial(t.Context(), to, Options{})
			if c != nil {
				c.Close()
			}
			if tt.want == nil && err != nil || tt.want != nil && (err == nil || !errors.As(err, tt.want)) {
				t.Fatalf("%T %[1]v", err)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q is not in %s", s, err)
				}
			}
		})
	}
}

// TestServerHostKeyTypes has a server with a key of each type: whatever of it is known, it is not a changed one.
func TestServerHostKeyTypes(t *testing.T) {
	t.Parallel()
	s := remotetest.Start(t, remotetest.Options{Config: []string{"HostKey DIR/host_rsa", "HostKey DIR/host_ecdsa"}, Prepare: func(dir string) {
		run(t, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", dir+"/host_rsa")
		run(t, "ssh-keygen", "-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", dir+"/host_ecdsa")
	}})
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		key := s.Read("host_" + kind + ".pub")
		for form, pin := range map[string]string{
			"key": key, "fingerprint": fingerprintOf(t, key), "line of ssh-keygen": string(run(t, "ssh-keygen", "-lf", filepath.Join(s.Dir, "host_"+kind+".pub"))),
		} {
			t.Run(kind+", "+form, func(t *testing.T) {
				to := target(s)
				to.HostKeys = []string{pin}
				login(t, to, Options{})
			})
		}
	}
	t.Run("none of them", func(t *testing.T) {
		to := target(s)
		to.HostKeys = []string{fingerprintOf(t, readKey(t, s.Key("other")))}
		var changed *ChangedHostError
		if _, err := Dial(t.Context(), to, Options{}); !errors.As(err, &changed) {
			t.Errorf("%T %[1]v", err)
		}
	})
}

// TestServerHostCertificate has a server whose key an authority vouches for.
func TestServerHostCertificate(t *testing.T) {
	t.Parallel()
	var authority string
	s := remotetest.Start(t, remotetest.Options{Config: []string{"HostCertificate DIR/host_ed25519-cert.pub"}, Prepare: func(dir string) {
		run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir+"/authority")
		run(t, "ssh-keygen", "-q", "-s", dir+"/authority", "-I", "gw1", "-h", "-n", "127.0.0.1,gw1", "-V", "+1h", dir+"/host_ed25519.pub")
		authority = readKey(t, dir+"/authority")
	}})
	other := readKey(t, s.Key("other"))
	sign := func(args ...string) {
		run(t, "ssh-keygen", append(append([]string{"-q", "-s", s.Dir + "/authority", "-I", "gw1"}, args...), s.HostKey+".pub")...)
	}
	for _, tt := range []struct {
		name string
		file string
		sign []string
		want string // what the error says
	}{
		{name: "by the authority", file: "@cert-authority [127.0.0.1]:* " + authority},
		{name: "pattern", file: "@cert-authority * " + authority, sign: []string{"-h", "-n", "127.*"}},
		{name: "the key itself is known", file: "* " + s.Read("host_ed25519.pub")},
		{name: "by another authority", file: "@cert-authority * " + other, want: "signed by another authority"},
		{name: "for another host", file: "@cert-authority * " + authority, sign: []string{"-h", "-n", "gw2"}, want: "not valid"},
		{name: "for any host", file: "@cert-authority * " + authority, sign: []string{"-h"}, want: "names no host"},
		{name: "expired", file: "@cert-authority * " + authority, sign: []string{"-h", "-n", "127.0.0.1", "-V", "20200101:20200102"}, want: "expired"},
		{name: "expired, and the key itself is known", file: "@cert-authority * " + authority + "* " + s.Read("host_ed25519.pub"), sign: []string{"-h", "-n", "127.0.0.1", "-V", "20200101:20200102"}},
		{name: "authority revoked", file: "@cert-authority * " + authority + "@revoked * " + authority, want: "is revoked"},
		{name: "authority as a plain key", file: "* " + authority, want: "not the known one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.sign == nil {
				tt.sign = []string{"-h", "-n", "127.0.0.1,gw1", "-V", "+1h"}
			}
			sign(tt.sign...)
			to := target(s)
			to.HostKeys, to.KnownHosts = nil, s.Write("known_hosts", tt.file)
			c, err := Dial(t.Context(), to, Options{})
			if c != nil {
				c.Close()
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("pinned", func(t *testing.T) {
		sign("-h", "-n", "127.0.0.1")
		to := target(s)
		to.HostKeys = []string{"cert-authority " + authority}
		login(t, to, Options{})
	})
}
