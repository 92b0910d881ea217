package vyos_test

import (
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos"
)

// TestReadKeepsNoSecret has secrets in places that no grammar knows, in every way of writing them.
func TestReadKeepsNoSecret(t *testing.T) {
	for _, text := range []string{
		"set vpn ipsec strange secret canary\n",
		"set vpn ipsec strange secret 'canary'\n",
		"set strange password canary\nset strange password canary2\n",
		"set strange 'password' 'canary'\n",
		"set system login user x authentication encrypted-password canary\n",
		"strange {\n    password canary\n    token \"canary\"\n}\n",
		"vpn {\n    strange x {\n        secret canary\n    }\n}\n",
		`{"strange": {"password": "canary", "keys": ["canary", "canary2"]}}`,
	} {
		s, _, err := vyos.Backend{}.Read(&ir.Node{Name: "a/b", Release: "1.4"}, "file", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := s.AppendText(nil); err != nil || strings.Contains(string(kept), "canary") {
			t.Errorf("%q is kept as\n%s, %v", text, kept, err)
		}
	}
}

// TestReadRefusesWhatNoRouterHolds has words that no command can carry: a plan is made of commands.
func TestReadRefusesWhatNoRouterHolds(t *testing.T) {
	for _, tt := range []struct{ text, err string }{
		{"set system host-name 'x\u009b31m'\n", "file: system host-name: a control character cannot stand in a VyOS value"},
		{"set system host-name \"it's\"\n", "file: system host-name: a quote character cannot stand in a VyOS value"},
		{"set strange thing 'x\u2028'\n", "file: strange thing: a control character cannot stand in a VyOS value"},
		{"set firewall x\u0085y default-action drop\n", `file: firewall x\u0085y: a control character cannot stand in a VyOS value`},
		{"system {\n    host-name \"a\\\"b\"\n}\n", "file: system host-name: a quote character cannot stand in a VyOS value"},
		{"system {\n    host-name \"a\\nb\"\n}\n", "file: system host-name: a control character cannot stand in a VyOS value"},
		{`{"system": {"host-name": "a\u0000b"}}`, "file: system host-name: a control character cannot stand in a VyOS value"},
	} {
		_, _, err := vyos.Backend{}.Read(&ir.Node{Name: "a/b", Release: "1.4"}, "file", []byte(tt.text))
		if err == nil || err.Error() != tt.err {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}
