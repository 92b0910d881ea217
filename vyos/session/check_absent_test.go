package session

import (
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// What is missing or disabled on the gateway is said as that, and not as what a command prints of it.
func TestWhatIsMissing(t *testing.T) {
	const whole = `set interfaces bridge br1 address '192.0.2.1/24'
set interfaces bridge br1 member interface eth1
set interfaces bridge br1 member interface vxlan1
set interfaces ethernet eth1
set interfaces vti vti1 address '169.254.100.1/30'
set interfaces vxlan vxlan1 vni '5010'
set vpn ipsec site-to-site peer L2S-a-dr remote-address '198.51.100.1'
set protocols bgp neighbor 169.254.100.2 remote-as '65020'
`
	attached := map[string]string{"bridge": "br1", "port": "eth1", "vxlan": "vxlan1", "from": "192.0.2.1"}
	path := map[string]string{"from": "169.254.100.1", "to": "169.254.100.2"}
	for _, tt := range []struct {
		name   string
		gone   string // a part of the lines that the configuration has not
		more   string
		args   map[string]string
		before bool
		state  plan.State
		want   plan.State
		says   string
	}{
		{name: "everything there", args: attached, state: plan.Waiting, want: plan.Waiting, says: "no answer"},
		{name: "passed", gone: "bridge", args: attached, state: plan.Passed, want: plan.Passed, says: "no answer"},
		{name: "condition of a change", gone: "bridge", args: attached, before: true, state: plan.Skipped, want: plan.Skipped, says: "no answer"},
		{name: "bridge", gone: "bridge", args: attached, state: plan.Skipped, want: plan.Failed, says: "There is no interface br1 on the gateway."},
		{name: "VXLAN", gone: "vxlan1", args: attached, state: plan.Waiting, want: plan.Failed, says: "There is no interface vxlan1 on the gateway."},
		{name: "port", gone: "member interface eth1", args: attached, state: plan.Waiting, want: plan.Failed, says: "eth1 is no port of br1 on the gateway."},
		{name: "port of VyOS 1.2", gone: "member interface vxlan1", more: "set interfaces vxlan vxlan1 bridge-group bridge 'br1'\n", args: attached, state: plan.Waiting, want: plan.Waiting, says: "no answer"},
		{name: "address", gone: "169.254.100.1/30", args: path, state: plan.Skipped, want: plan.Failed, says: "No interface of the gateway has the address 169.254.100.1."},
		{name: "peers", gone: "vpn ipsec", args: map[string]string{"connection": "L2S-a-dr"}, state: plan.Skipped, want: plan.Failed, says: "There is no IPsec peer on the gateway."},
		{name: "paused", more: "set interfaces vxlan vxlan1 disable\n", args: attached, state: plan.Waiting, want: plan.Paused, says: "vxlan1 is disabled"},
		{name: "drained", more: "set vpn ipsec site-to-site peer L2S-a-dr disable\n", args: map[string]string{"connection": "L2S-a-dr"}, state: plan.Waiting, want: plan.Paused, says: "peer L2S-a-dr is disabled"},
		{name: "shut", more: "set protocols bgp neighbor 169.254.100.2 shutdown\n", args: map[string]string{"neighbor": "169.254.100.2"}, state: plan.Waiting, want: plan.Paused, says: "neighbor 169.254.100.2 is shut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text strings.Builder
			for line := range strings.Lines(whole) {
				if tt.gone == "" || !strings.Contains(line, tt.gone) {
					text.WriteString(line)
				}
			}
			tree, err := config.Parse("test", []byte(text.String()+tt.more), config.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			d := &Device{Gateway: &Gateway{now: &content{tree: tree}}}
			f := d.whatIsMissing(plan.Check{Args: tt.args, Before: tt.before}, plan.Finding{State: tt.state, Why: "no answer"})
			if f.State != tt.want || !strings.Contains(f.Why, tt.says) {
				t.Errorf("%s: %s; want %s: %s", f.State, f.Why, tt.want, tt.says)
			}
		})
	}
}
