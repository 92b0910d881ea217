package render_test

import (
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
)

// TestRunTextConsole: of a gateway that boots what was planned, and that nothing but its console may reach, it is said
// what to type there, without a secret.
func TestRunTextConsole(t *testing.T) {
	var b strings.Builder
	err := render.RunText(&b, &render.RunReport{Verdict: "NOT PROVEN", Nodes: []render.NodeReport{{
		Node: "cloud/gw1", State: "NOT PROVEN", Detail: "it may run what was planned, and boot it", Type: "l2stretch rollback r1", Bad: true,
		Console: []plan.Step{
			{Op: plan.Delete, Path: []string{"interfaces", "vxlan", "vxlan5010"}},
			{Op: plan.Set, Path: []string{"vpn", "ipsec", "authentication", "psk", "L2S-a-dr", "secret"}, Value: "secret:device", Secret: true},
		},
	}}}, render.Style{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"      l2stretch rollback r1\n", "type on its console, and the line above again:\n        configure\n        delete interfaces vxlan vxlan5010\n        # needs secret device: set vpn", "\n        commit\n        save\n        exit\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
}
