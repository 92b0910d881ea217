package bash

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// wait waits for background jobs. Each is waited for without regard to signals that come meanwhile.
func (sh *Shell) wait(args []string) int {
	if len(args) == 0 {
		for _, j := range sh.jobs {
			j.wait()
		}
		sh.jobs = nil
		return 0
	}
	status := 0
	for _, a := range args {
		pid, err := strconv.Atoi(a)
		i := slices.IndexFunc(sh.jobs, func(j job) bool { return j.pid == pid })
		if err != nil || i < 0 {
			sh.errorf("wait: pid %s is not a child of this shell", a)
			status = 127
			continue
		}
		status = sh.jobs[i].wait()
	}
	return status
}

func (sh *Shell) kill(args []string) int {
	sig := "TERM"
	if len(args) > 1 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-s" {
			sig, args = args[1], args[2:]
		} else {
			sig, args = strings.TrimPrefix(args[0], "-"), args[1:]
		}
		sig = strings.TrimPrefix(sig, "SIG")
		for name, n := range signals {
			if strconv.Itoa(n) == sig {
				sig = name
			}
		}
	}
	status := 0
	for _, a := range args {
		pid, err := strconv.Atoi(a)
		if err != nil {
			sh.errorf("kill: %s: arguments must be process or job IDs", a)
			status = 1
			continue
		}
		if err := sh.Host.Signal(sh, pid, sig); err != nil {
			sh.errorf("kill: (%d) - %s", pid, reason(err))
			status = 1
		}
	}
	return status
}

var signals = map[string]int{"EXIT": 0, "HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "PIPE": 13, "ALRM": 14, "TERM": 15, "CHLD": 17}

func signalNumber(name string) int { return signals[name] }

func (sh *Shell) trap(args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		for _, name := range []string{"EXIT", "HUP", "INT", "TERM"} {
			if t, ok := sh.traps[name]; ok && !sh.write(1, fmt.Sprintf("trap -- '%s' %s\n", t, name)) {
				return 1
			}
		}
		return 0
	}
	action := args[0]
	names := args[1:]
	if len(names) == 0 {
		action, names = "-", args
	}
	for _, name := range names {
		name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
		for n, number := range signals {
			if strconv.Itoa(number) == name {
				name = n
			}
		}
		if _, ok := signals[name]; !ok {
			sh.Host.Unknown(sh, "trap "+name)
			return 1
		}
		if action == "-" {
			delete(sh.traps, name)
		} else {
			sh.traps[name] = action
		}
	}
	return 0
}

func (sh *Shell) umask(args []string) int {
	if len(args) == 0 {
		return b2i(!sh.write(1, fmt.Sprintf("%04o\n", uint32(sh.Umask))))
	}
	n, err := strconv.ParseUint(args[0], 8, 12)
	if err != nil {
		sh.Host.Unknown(sh, "umask "+args[0])
		return 1
	}
	sh.Umask = 0
	sh.Umask |= 0o777 & modeOf(n)
	return 0
}
