package sessiontest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/bash"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A terminal is the interactive shell of somebody who logs in. It knows the commands that people configure with, and
// reports what it does not know.
type terminal struct {
	r          *Router
	proc       *process
	in         *bufio.Reader
	out        io.Writer
	env        []string
	configures bool
	unpaged    bool // set terminal length 0
	bye        bool
}

// login runs the shell of a channel with a terminal.
func (r *Router) login(sshd *process, ch ssh.Channel, env []string) {
	proc := r.newProcess(sshd, "vbash", sshd.id)
	t := &terminal{r: r, proc: proc, in: bufio.NewReader(ch), out: &remoteWriter{w: ch}, env: env}
	status := proc.guarded(func() int {
		t.print(r.banner(sshd.id.user) + t.prompt())
		for !t.bye {
			line, err := t.in.ReadString('\r')
			if err != nil {
				return 129 // hung up: a configuration session stays behind
			}
			line = strings.TrimSuffix(line, "\r")
			t.print(line + "\n")
			t.line(line)
		}
		t.echoRest()
		return 0
	})
	r.finishChannel(ch, status, new(sync.WaitGroup))
}

// echoRest is what the terminal still echoes before sshd has noticed that the shell is gone.
func (t *terminal) echoRest() {
	typed := make(chan string, 1)
	t.r.running.Go(func() {
		if line, err := t.in.ReadString('\r'); err == nil {
			typed <- strings.TrimSuffix(line, "\r")
		}
	})
	select {
	case line := <-typed:
		t.print(line + "\n")
	case <-time.After(3 * time.Second):
	}
}

// print writes text as a terminal shows it.
func (t *terminal) print(text string) {
	if _, err := io.WriteString(t.out, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.proc.breakPipe()
	}
}

func (t *terminal) operator() bool { return !t.proc.id.in("vyattacfg") }

func (t *terminal) prompt() string {
	where := t.proc.id.user.Name + "@" + t.r.opts.Hostname
	switch {
	case t.operator():
		return where + "> "
	case t.configures:
		return "[edit]\r\n" + where + "# "
	}
	return where + ":~$ "
}

func (r *Router) banner(u *User) string {
	text := fmt.Sprintf("Linux %s %s.0-amd64 #1 SMP PREEMPT_DYNAMIC @0 x86_64\nWelcome to VyOS!\n\n   ┌── ┐\n   . VyOS %s\n   └ ──┘  %[4]s\n\n"+
		" * Documentation:  https://docs.vyos.io/en/%[4]s\n * Project news:   https://blog.vyos.io\n * Bug reports:    https://vyos.dev\n\n"+
		"You can change this banner using \"set system login banner post-login\" command.\n\nVyOS is a free software distribution that includes multiple components,\n"+
		"you can check individual component licenses under /usr/share/doc/*/copyright\n", r.opts.Hostname, r.rel.Kernel, r.version(), r.rel.Branch)
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.logins[u.Name]; ok {
		text += "Last login: " + last.UTC().Format("Mon Jan _2 15:04:05 2006") + " from localhost\r\n"
	}
	r.logins[u.Name] = r.Now()
	return text
}

// run runs a program and returns all that it prints.
func (t *terminal) run(args ...string) (string, int) {
	var out bytes.Buffer
	id := t.proc.id
	if t.configures {
		id.cred.GID = groupIDs["vyattacfg"]
		id.cred.Umask = 0o002
	}
	status := t.r.run(call{
		args: args, env: t.env, io: bash.IO{In: bytes.NewReader(nil), Out: &out, Err: &out}, id: id, dir: "/", parent: t.proc,
	})
	return out.String(), status
}

// line carries out what was typed.
func (t *terminal) line(line string) {
	command, match, _ := strings.Cut(line, " | match ")
	words := strings.Fields(command)
	var out string
	switch {
	case len(words) == 0:
	case t.configures:
		out = t.configure(words)
	default:
		out = t.operate(words)
	}
	if match != "" {
		kept := ""
		for l := range strings.Lines(out) {
			if strings.Contains(l, match) {
				kept += l
			}
		}
		out = kept
	}
	if strings.Count(out, "\n") > 24 && !t.unpaged {
		t.r.problem("the output of %q goes into a pager", line)
	}
	t.print(out)
	if !t.bye {
		t.print(t.prompt())
	}
}

func invalid(what string) string { return "\n  Invalid command: " + what + "\n\n" }

// operate is operational mode.
func (t *terminal) operate(words []string) string {
	switch words[0] {
	case "exit":
		t.bye = true
		if len(words) > 1 {
			return "logout\n-vbash: exit: " + words[1] + ": numeric argument required\n"
		}
		return "logout\n"
	case "set":
		if strings.Join(words, " ") != "set terminal length 0" {
			break
		}
		t.unpaged = true
		return ""
	case "show":
		if t.operator() {
			return t.askPassword()
		}
		out, _ := t.run(append([]string{"/opt/vyatta/bin/vyatta-op-cmd-wrapper"}, words...)...)
		return out
	case "configure":
		t.configures = true
		t.env = append(t.env, "VYATTA_CHANGES_ONLY_DIR="+changesDir(t.proc.pid))
		for line := range strings.Lines(environment) {
			if kv, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
				t.env = append(t.env, kv)
			}
		}
		if out, status := t.run("/bin/cli-shell-api", "setupSession"); status != 0 {
			t.configures = false
			return out
		}
		return ""
	case "terminal":
		return invalid("[terminal]")
	}
	t.r.problem("unknown operational command: %s", strings.Join(words, " "))
	return invalid("[" + words[0] + "]")
}

// askPassword is sudo, which an operator must not use: it asks three times.
func (t *terminal) askPassword() string {
	ask := "[sudo] password for " + t.proc.id.user.Name + ": "
	for i := range 3 {
		if i > 0 {
			t.print("\nSorry, try again.\n")
		}
		t.print(ask)
		if _, err := t.in.ReadString('\r'); err != nil {
			t.proc.breakPipe()
		}
	}
	t.print("\nsudo: 3 incorrect password attempts\n") // to the terminal, past any pipe
	return ""
}

// tools are the programs behind the commands of configuration mode.
var tools = map[string]string{"set": "my_set", "delete": "my_delete", "discard": "my_discard"}

// configure is configuration mode.
func (t *terminal) configure(words []string) string {
	args := words[1:]
	switch words[0] {
	case "set", "delete", "discard":
		out, _ := t.run(append([]string{"/opt/vyatta/sbin/" + tools[words[0]]}, args...)...)
		return t.framed(out, args)
	case "compare":
		if len(args) == 1 && args[0] == "commands" {
			args = []string{"--commands"}
		}
		out, _ := t.run(append([]string{"/usr/bin/config-mgmt", "compare"}, args...)...)
		return out
	case "commit":
		return t.commit()
	case "commit-confirm":
		return t.commitConfirm(args)
	case "confirm":
		out, _ := t.run("/usr/bin/sudo", "sg", "vyattacfg", "/usr/bin/config-mgmt confirm")
		return out
	case "save":
		out, _ := t.run("/usr/bin/sudo", "sg", "vyattacfg", "umask 0002; /usr/libexec/vyos/vyos-save-config.py")
		t.run("/bin/cli-shell-api", "unmarkSessionUnsaved")
		t.r.mu.Lock()
		t.r.unsaved = false
		t.r.mu.Unlock()
		return out
	case "load":
		return t.load(args)
	case "rollback-soft", "rollback":
		if len(args) == 1 && (words[0] == "rollback-soft" || !t.revision(args[0])) {
			out, _ := t.run("/usr/bin/config-mgmt", "rollback_soft", "--rev", args[0])
			return out
		}
	case "exit":
		return t.leave(args)
	}
	t.r.problem("unknown configuration command: %s", strings.Join(words, " "))
	return invalid("[" + words[0] + "]")
}

// revision reports whether there is a revision of that number.
func (t *terminal) revision(number string) bool {
	_, err := t.r.fs.Stat(vfs.Root(), archiveDir+"/config.boot."+number+".gz", true)
	return err == nil
}

// framed is what set and delete print on a terminal: indented, with the first word in brackets that is not known.
func (t *terminal) framed(out string, words []string) string {
	if out == "" {
		return ""
	}
	if path := "Configuration path: " + pathText(words) + " is not valid\n\n"; strings.HasPrefix(out, path) {
		known := 0
		for known < len(words) && knownPath(t.r, words[:known+1]) {
			known++
		}
		good := strings.Join(words[:known], " ")
		out = "Configuration path: " + good + " [" + words[min(known, len(words)-1)] + "] is not valid\n" + out[len(path):]
	}
	var b strings.Builder
	b.WriteByte('\n')
	for line := range strings.Lines(out) {
		b.WriteString("  " + line)
	}
	return b.String() + "\n"
}

func (t *terminal) changed() bool {
	_, status := t.run("/bin/cli-shell-api", "sessionChanged")
	return status == 0
}

func (t *terminal) commit() string {
	if !t.changed() {
		return "No configuration changes to commit\n"
	}
	out, _ := t.run("/opt/vyatta/sbin/my_commit")
	t.r.mu.Lock()
	t.r.unsaved = true
	t.r.mu.Unlock()
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "[ ") && strings.HasSuffix(line, " ]\n") {
			line = "\n" // the header is missing on a terminal
		}
		b.WriteString(line)
	}
	return b.String()
}

func (t *terminal) commitConfirm(args []string) string {
	if !t.changed() {
		return "No configuration changes to commit\n"
	}
	if len(args) != 1 {
		args = []string{"10"}
	}
	t.print("\ncommit-confirm will automatically reboot in " + args[0] + " minutes unless changes\nare confirmed.\n\nProceed ? [Y/n] ")
	answer, err := t.in.ReadString('\r')
	if err != nil {
		t.proc.breakPipe()
	}
	t.print(strings.TrimSuffix(answer, "\r") + "\n")
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "" && a != "yes" {
		return ""
	}
	out, status := t.run("/usr/bin/sudo", "sg", "vyattacfg", "/usr/bin/config-mgmt commit_confirm -t="+args[0]+" -y")
	if status != 0 {
		return out
	}
	return out + t.commit()
}

func (t *terminal) load(args []string) string {
	if len(args) != 1 {
		return invalid("[load]")
	}
	if t.changed() {
		return "Cannot load: configuration modified.\nCommit or discard the changes before loading a config file.\n"
	}
	out, _ := t.run("/usr/libexec/vyos/vyos-load-config.py", args[0])
	return out
}

func (t *terminal) leave(args []string) string {
	if t.changed() && (len(args) == 0 || args[0] != "discard") {
		return "Cannot exit: configuration modified.\nUse 'exit discard' to discard the changes and exit.\n"
	}
	t.run("/bin/cli-shell-api", "teardownSession")
	t.configures = false
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	if t.r.unsaved {
		return "Warning: configuration changes have not been saved.\nexit\n"
	}
	return "exit\n"
}
