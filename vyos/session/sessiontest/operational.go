package sessiontest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// runOperational is vyatta-op-cmd-wrapper: the operational commands.
func runOperational(p *Proc) int {
	r := p.Router
	words := p.Args[1:]
	line := strings.Join(words, " ")
	r.mu.Lock()
	handler := r.operations[longest(r.operations, line)]
	r.mu.Unlock()
	if handler != nil {
		return handler(p)
	}
	switch line {
	case "show version":
		return p.out(r.showVersion())
	case "show configuration":
		return p.out(r.showText(r.Active()))
	case "show configuration commands":
		return p.out(r.commandLines(r.Active()))
	case "show configuration json":
		return p.out(string(r.configJSON()) + "\n")
	case "show host name", "show hostname":
		return p.out(r.opts.Hostname + "\n")
	case "reboot now":
		return runReboot(p)
	}
	if len(words) > 1 && words[0] == "show" && !strings.Contains("configuration version interfaces ip ipv6 vpn bgp bridge system log host protocols", words[1]) {
		p.err("\n  Invalid command: show [" + words[1] + "]\n\n")
		return 127
	}
	return p.Unknown()
}

// longest is the registered command that a line begins with, the longest of them.
func longest(operations map[string]Command, line string) string {
	best := ""
	for name := range operations {
		if (line == name || strings.HasPrefix(line, name+" ")) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

// Operate gives the router an operational command, as in "reset vpn ipsec"; what follows its words are in Args.
func (r *Router) Operate(words string, cmd Command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations[words] = cmd
}

func (r *Router) showVersion() string {
	return fmt.Sprintf("Version:          VyOS %s\nRelease train:    %s\nRelease flavor:   generic\n\nBuilt by:         builder\nBuilt on:         Sun 22 Nov 2026 13:00 UTC\n"+
		"Build UUID:       00000000-0000-0000-0000-000000000000\nBuild commit ID:  c3f688653511\n\nArchitecture:     x86_64\nBoot via:         installed image\n"+
		"System type:      KVM guest\n\nHardware vendor:  Unknown\nHardware model:   Unknown\nHardware S/N:     Unknown\nHardware UUID:    Unknown\n\n"+
		"Copyright:        VyOS maintainers and contributors\n", r.version(), r.rel.Branch)
}

// runLoadConfig is vyos-load-config.py: it migrates the file, and hides what loadFile says.
func runLoadConfig(p *Proc) int {
	if len(p.Args) != 2 {
		return p.Unknown()
	}
	name := p.Args[1]
	data, err := p.read(name)
	if err != nil {
		p.err("No such file '" + name + "'\n")
		return 1
	}
	r := p.Router
	tree, err := config.Parse(name, data, config.ParseOptions{Form: config.FormText})
	if err != nil || tree.Footer().Versions == "" {
		// Without its versions the file is taken for the oldest, and the first migration that it does not fit fails.
		script := "cluster/1-to-2"
		if err == nil {
			script = "interfaces/20-to-21"
		}
		p.out("Loading configuration from '" + name + "'\n")
		p.err("")
		p.out("\nMigration script error: /opt/vyatta/etc/config-migrate/migrate/" + script + ": [Errno 1] failed to run command: ['/opt/vyatta/etc/config-migrate/migrate/" + script +
			"', '/tmp/tmpXXXXXXXX']\nreturned: \nexit code: 1.\n")
		return 1
	}
	r.mu.Lock()
	s := p.session()
	if s == nil {
		r.mu.Unlock()
		return p.crash()
	}
	r.mu.Unlock()
	p.out("Loading configuration from '" + name + "'\n")
	quiet := *p
	quiet.Stdout, quiet.Stderr = new(sink), new(sink)
	if quiet.loadFile(name) != 0 {
		return 1
	}
	r.mu.Lock()
	same := config.Equal(r.candidate(s), r.active)
	r.mu.Unlock()
	if same {
		return p.out("No configuration changes to commit.\n")
	}
	return p.out("Load complete. Use 'commit' to make changes effective.\n")
}

var perlAction = regexp.MustCompile(`^--action=(\S+)$`)

// runPerlMgmt is vyatta-config-mgmt.pl of 1.2 and 1.3. What it would prompt for is not known to the fake.
func runPerlMgmt(p *Proc) int {
	if len(p.Args) < 2 {
		return p.Unknown()
	}
	m := perlAction.FindStringSubmatch(p.Args[1])
	if m == nil {
		return p.Unknown()
	}
	r := p.Router
	switch m[1] {
	case "diff":
		if len(p.Args) > 2 {
			return p.Unknown()
		}
		text := r.compareText(r.Active(), p.config(false))
		if text == "" {
			text = "No changes between working and active configurations\n"
		}
		return p.out(text)
	case "confirm":
		if _, err := r.File(confirmJob); err != nil {
			return p.out("No confirm pending\n")
		}
	}
	return p.Unknown()
}

// confirmJob is there while a commit of 1.2 or 1.3 waits to be confirmed.
const confirmJob = "/run/confirm.job"
