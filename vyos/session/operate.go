package session

import (
	"context"
	"fmt"
	"slices"
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
	var status int
	var output []byte
	for try := 1; ; try++ {
		var err error
		if status, output, err = d.operate(ctx, doing, words); err != nil || status == 0 {
			return err
		}
		again := slices.Contains(words, "swanctl") && slices.Contains(words, "--initiate")
		if name := d.ending(words); name != "" {
			gone, answered, err := d.gone(ctx, doing, name)
			if err != nil || gone { // the far end has ended it, and told us
				return err
			}
			again = !answered
		}
		if !again || try == operateTries || status == statusTimeout {
			break
		}
		select {
		case <-time.After(operatePause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	why := fmt.Sprintf("status %d", status)
	if status == statusTimeout {
		why = fmt.Sprintf("it did not end within %s", d.o.Limits.Operate)
	}
	if said := d.said(output, 300); said != "" {
		why += ": " + said
	}
	return d.errorf(doing, "%s: %s", op.Command, why)
}

// Before 1.4 a commit starts charon and does not wait until it answers and has its connections.
const (
	operateTries = 10
	operatePause = 2 * time.Second
)

// statusTimeout is that of timeout(1) when it ended a command.
const statusTimeout = 124

// operate runs a command and returns its exit status and what it printed.
func (d *Device) operate(ctx context.Context, doing string, words []string) (status int, output []byte, err error) {
	limit := d.o.Limits.Operate
	s := newScript().args(words...).number("LIMIT", seconds(limit)).run("operate").text("main \"$@\" < /dev/null\n")
	r, err := d.runScript(ctx, doing, s, limit+time.Minute)
	if err != nil {
		return 0, nil, err
	}
	if status, err = r.number("status"); err != nil {
		return 0, nil, d.errorf(doing, "%w", err)
	}
	if output, _, err = r.text("output"); err != nil {
		return 0, nil, d.errorf(doing, "%w", err)
	}
	return status, output, nil
}

// ending is the name of the connection whose SAs a command is to end; empty for any other command.
func (d *Device) ending(words []string) string {
	if n := len(words); n >= 3 && words[n-3] == "ipsec" && words[n-2] == "down" {
		return words[n-1]
	}
	i := slices.Index(words, "--terminate")
	if i < 0 || i+2 >= len(words) || words[i+1] != "--ike" || !slices.Contains(words[:i], "swanctl") {
		return ""
	}
	return words[i+2]
}

// gone reports whether a connection has no SA any more, and whether charon said so or not. With the last configuration of
// IPsec the daemon has gone, and has ended them all.
func (d *Device) gone(ctx context.Context, doing, name string) (gone, answered bool, err error) {
	if status, output, err := d.operate(ctx, doing, []string{"sudo", "pidof", "charon", "charon-systemd"}); err != nil || status == 1 && len(output) == 0 {
		return err == nil, err == nil, err
	}
	status, output, err := d.operate(ctx, doing, []string{"sudo", "swanctl", "--list-sas", "--raw"})
	if err != nil || status != 0 || !strings.HasSuffix(strings.TrimSpace(string(output)), "list-sas reply {}") { // cut off
		return false, false, err
	}
	return !slices.ContainsFunc(parseListSAs(string(output)), func(s ikeSA) bool { return s.name == name }), true, nil
}
