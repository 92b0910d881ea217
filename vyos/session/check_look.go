package session

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A look is how a check is looked at: the commands, and what their outputs mean. Both are pure.
type look struct {
	script func(a args) *commands
	judge  func(a args, o outputs, since time.Duration) plan.Finding
}

// args are a check's arguments.
type args map[string]string

func (a args) list(key string) []string {
	if a[key] == "" {
		return nil
	}
	return strings.Split(a[key], ",")
}

func (a args) number(key string) int {
	n, _ := strconv.Atoi(a[key]) // absent: 0
	return n
}

func (a args) seconds(key string) time.Duration { return time.Duration(a.number(key)) * time.Second }

// looks are all that a gateway can be looked at for, by the names of checks. A check before the change that
// differs from the one after it has an entry of its own.
func looks() map[string]look {
	return map[string]look{
		"sa":          {scriptSA, judgeSA},
		"vti":         {scriptVTI, judgeVTI},
		"bgp":         {scriptBGP, judgeBGP},
		"path":        {scriptPath, judgePath},
		"clear-text":  {scriptClear, judgeClear},
		"prefix":      {scriptPrefix, judgePrefix},
		"rekey":       {scriptRekey, judgeRekey},
		"hosts":       {scriptFDB, judgeHosts},
		"gateway":     {scriptAsk, judgeGateway},
		"probe":       {scriptAsk, judgeFar},
		"end-to-end":  {scriptAsk, judgeFar},
		"fragments":   {scriptFragments, judgeFragments},
		"loop":        {scriptFDB, judgeLoop},
		"duplicate":   {scriptDuplicate, judgeDuplicate},
		"before-loop": {scriptJoined, judgeJoined},
		"route":       {scriptRoute, judgeRoute},
	}
}

// lookFor finds how a check is looked at.
func lookFor(c plan.Check) (look, error) {
	all := looks()
	if c.Before {
		if l, ok := all["before-"+c.Name]; ok {
			return l, nil
		}
	}
	l, ok := all[c.Name]
	if !ok {
		return look{}, fmt.Errorf("there is no check %q", c.Name)
	}
	return l, nil
}

// CheckNames lists the names of all checks, sorted: what can be skipped.
func CheckNames() []string {
	names := slices.Collect(maps.Keys(looks()))
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "before-") })
	slices.Sort(names)
	return names
}

// Knows reports whether a check can be looked at on a gateway.
func Knows(c plan.Check) bool {
	_, err := lookFor(c)
	return err == nil
}

func passed(format string, v ...any) plan.Finding {
	return plan.Finding{State: plan.Passed, Measured: fmt.Sprintf(format, v...)}
}

// finding makes a finding of another state; the measured values come first.
func finding(s plan.State, measured, format string, v ...any) plan.Finding {
	return plan.Finding{State: s, Measured: measured, Why: fmt.Sprintf(format, v...)}
}

// unable is the finding of a command that is not there, was refused, or printed what cannot be read.
func unable(o outputs, name, tool string) plan.Finding {
	out, ran := o[name]
	switch {
	case !ran:
		return finding(plan.Skipped, "", "%s was not run: the script ended before it.", tool)
	case out.missing():
		return finding(plan.Skipped, "", "There is no %s on this gateway.", tool)
	}
	return finding(plan.Skipped, "", "What %s printed cannot be read (exit status %d): %s", tool, out.status, excerpt(out.text))
}

// excerpt is the beginning of what a device printed, on one line and without control characters.
func excerpt(text string) string {
	const most = 160
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != 0xfffd {
			return r
		}
		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// short is a time for people.
func short(d time.Duration) string {
	if d >= time.Hour {
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	if d >= 2*time.Minute {
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
