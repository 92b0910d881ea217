package vyos_test

import (
	"regexp"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// keyWanted is the comment that stands for a command with a secret.
var keyWanted = regexp.MustCompile(`(?m)^# needs secret [^:]+: (set .*) \*\*\*$`)

// typed is what the box shows after somebody has typed the printed commands of a plan, keys filled in. The box
// itself stays as it is.
func (x *box) typed(p *plan.Plan) string {
	x.t.Helper()
	r := render.Review{Gateways: []render.ReviewedGateway{{Plan: p}}}
	commands := keyWanted.ReplaceAll(r.AppendPlanCommands(nil), []byte("$1 '"+testKey+"'"))
	tree, err := config.Parse("typed", append([]byte(x.text()), commands...), config.ParseOptions{Form: config.FormCommands, Grammar: x.g})
	if err != nil {
		x.t.Fatal(err)
	}
	y := *x
	y.tree = tree
	return y.text()
}
