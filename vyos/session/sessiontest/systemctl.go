package sessiontest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

func runSystemctl(p *Proc) int {
	f := p.flags("qp:", "--all", "--no-legend", "--plain", "--quiet", "--property=", "--value", "--no-pager", "--type=", "--state=", "--full", "--no-block", "--no-ask-password")
	if !f.ok || len(f.args) == 0 {
		return 1
	}
	verb, names := f.args[0], f.args[1:]
	if slices.Contains([]string{"stop", "start", "kill", "reset-failed", "reboot", "restart"}, verb) && p.id.cred.UID != 0 {
		p.err("Failed to " + verb + " " + strings.Join(names, " ") + ": Interactive authentication required.\n")
		return 1
	}
	switch verb {
	case "is-active", "is-failed":
		status := 3
		want := strings.TrimPrefix(verb, "is-")
		for _, name := range names {
			state, _ := p.Router.unitState(name)
			if state == want {
				status = 0
			}
			if !f.has("q", "--quiet") {
				p.out(state + "\n")
			}
		}
		return status
	case "list-units", "list-timers":
		return p.listUnits(f, names)
	case "stop":
		return p.systemctlStop(names)
	case "start", "restart":
		for _, name := range names {
			u := p.Router.unit(name)
			if u == nil {
				p.err("Failed to start " + name + ": Unit " + name + " not found.\n")
				return 5
			}
			if verb == "restart" || u.start == nil {
				return p.Unknown()
			}
			p.Router.mu.Lock()
			if u.state != "active" {
				p.Router.startUnit(u)
			}
			p.Router.mu.Unlock()
		}
		return 0
	case "reset-failed":
		for _, name := range names {
			if u := p.Router.unit(name); u != nil && u.state == "failed" {
				p.Router.mu.Lock()
				delete(p.Router.units, u.name)
				p.Router.mu.Unlock()
			}
		}
		return 0
	case "show":
		return p.systemctlShow(f, names)
	case "reboot":
		p.Router.Reboot()
		p.proc.check()
		return 0
	case "is-system-running":
		return p.out("running\n")
	}
	return p.Unknown()
}

func (p *Proc) systemctlStop(names []string) int {
	if _, bad := p.Router.take(DisarmFails); bad {
		p.err("Failed to stop " + strings.Join(names, " ") + ": Connection timed out\n")
		return 1
	}
	status := 0
	for _, name := range names {
		u := p.Router.unit(name)
		if u == nil {
			if !strings.Contains(name, ".") {
				name += ".service"
			}
			p.err("Failed to stop " + name + ": Unit " + name + " not loaded.\n")
			status = 5
			continue
		}
		p.stopUnit(u)
	}
	return status
}

func (p *Proc) listUnits(f flagSet, patterns []string) int {
	var b strings.Builder
	p.Router.mu.Lock()
	for _, name := range slices.Sorted(maps.Keys(p.Router.units)) {
		u := p.Router.units[name]
		hit := len(patterns) == 0
		for _, pat := range patterns {
			if ok, err := path.Match(pat, name); err == nil && ok {
				hit = true
			}
		}
		if t, ok := f.given["--type"]; ok && !strings.HasSuffix(name, "."+t) || u.state == "inactive" && !f.has("--all") {
			hit = false
		}
		if s, ok := f.given["--state"]; ok && s != u.state {
			hit = false
		}
		if hit {
			sub := map[string]string{"active": "running", "inactive": "dead", "failed": "failed"}[u.state]
			if u.service != nil && u.state == "active" {
				sub = "waiting"
			}
			fmt.Fprintf(&b, "%s loaded %s %s %s\n", name, u.state, sub, u.about)
		}
	}
	p.Router.mu.Unlock()
	if !f.has("--no-legend") || !f.has("--plain") {
		return p.Unknown()
	}
	return p.out(b.String())
}

func (p *Proc) systemctlShow(f flagSet, names []string) int {
	props := strings.FieldsFunc(f.given["p"]+"\n"+f.given["--property"], func(r rune) bool { return r == ',' || r == '\n' })
	if len(props) == 0 || len(names) != 1 {
		return p.Unknown()
	}
	name := names[0]
	u := p.Router.unit(name)
	state, result := p.Router.unitState(name)
	for _, prop := range props {
		value := ""
		switch prop {
		case "ActiveState":
			value = state
		case "LoadState":
			value = "loaded"
			if u == nil {
				value = "not-found"
			}
		case "SubState":
			value = map[string]string{"active": "running", "inactive": "dead", "failed": "failed"}[state]
			if u != nil && u.service != nil && state == "active" {
				value = "waiting"
			}
		case "Result":
			value = result
		case "ExecMainStatus":
			value = "0"
			if u != nil {
				value = fmt.Sprint(u.status)
			}
		case "NextElapseUSecMonotonic":
			if u != nil && state == "active" {
				value = fmt.Sprint(u.due.Sub(p.Router.booted).Round(time.Second))
			}
		default:
			return p.Unknown()
		}
		if !f.has("--value") {
			value = prop + "=" + value
		}
		p.out(value + "\n")
	}
	return 0
}
