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
