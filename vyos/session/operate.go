package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// Operate runs an operational command, as typed: one that begins with sudo is a program's, any other one VyOS's own.
func (d *Device) Operate(ctx context.Context, op plan.Operation) error {
	doing := "operate"
	words := strings.Fields(op.Command)
	if len(words) < 2 {
		return d.errorf(doing, "%q is no operational command", config.Escape(op.Command, 100))
	}
	for _, w := range words {
		if err := config.CheckName(w); err != nil {
			return d.errorf(doing, "%q: %w", config.Escape(op.Command, 100), err)
		}
	}
	limit := d.o.Limits.Operate
	s := newScript().args(words...).number("LIMIT", seconds(limit)).run("operate").text("main \"$@\" < /dev/null\n")
	r, err := d.runScript(ctx, doing, s, limit+time.Minute)
	if err != nil {
		return err
	}
	status, err := r.number("status")
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	if status == 0 {
		return nil
	}
	output, _, err := r.text("output")
	if err != nil {
		return d.errorf(doing, "%w", err)
	}
	why := fmt.Sprintf("status %d", status)
	if status == 124 {
		why = fmt.Sprintf("it did not end within %s", limit)
	}
	if said := d.said(output, 300); said != "" {
		why += ": " + said
	}
	return d.errorf(doing, "%s: %s", op.Command, why)
}
