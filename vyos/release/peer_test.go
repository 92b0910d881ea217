package release

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRenegotiation has the commands of each release: where the release's own one keeps IKE SAs it stands nowhere.
func TestRenegotiation(t *testing.T) {
	old := []string{
		"initiator: sudo swanctl --terminate --ike peer-192.0.2.2-tunnel-vti",
		"initiator: sudo swanctl --initiate --child peer-192.0.2.2-tunnel-vti",
		"responder: sudo swanctl --terminate --ike peer-192.0.2.2-tunnel-vti",
		"gone: sudo swanctl --terminate --ike peer-192.0.2.2-tunnel-vti",
	}
	named := []string{
		"initiator: reset vpn ipsec site-to-site peer L2S-dr-dr",
		"responder: reset vpn ipsec site-to-site peer L2S-dr-dr",
		"gone: sudo swanctl --terminate --ike L2S-dr-dr",
	}
	for _, r := range All() {
		peer, want := "192.0.2.2", old
		if r.Has(PeerNames) {
			peer, want = "L2S-dr-dr", named
		}
		var got []string
		add := func(who string, commands ...[]string) {
			for _, words := range commands {
				got = append(got, who+": "+strings.Join(words, " "))
			}
		}
		add("initiator", r.IPsec.Renegotiation(peer, true)...)
		add("responder", r.IPsec.Renegotiation(peer, false)...)
		add("gone", r.IPsec.Ending(peer))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", r.Name, d)
		}
	}
}
