package sessiontest

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// minimal is the space below which the file system of the configuration counts as full, in octets.
const minimal = 16 << 10

// full reports whether a commit finds no space for the running configuration.
func (r *Router) full() bool {
	m, err := r.fs.Space(vfs.Root(), sessionRoot)
	return err == nil && m.Size-m.Used < minimal
}

// commitFull is a commit that finds the file system full when it writes the running configuration: everything fails, and
// values of what runs are lost. Only a reboot mends that.
func (p *Proc) commitFull(groups []*group) int {
	r := p.Router
	for _, g := range groups {
		p.out("[" + pathText(g.path) + "] failed\n")
	}
	p.out("Commit failed\n")
	p.err(archiveTraceback)
	damaged := r.damaged()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active = damaged
	r.gen++
	return 1
}

// damaged is what a full file system leaves of what runs.
func (r *Router) damaged() *config.Tree {
	damaged := config.New()
	for end := range r.Active().Root().Terminals() {
		path := end.Path()
		if end.IsValue() && (path[0] == "interfaces" || path[1] == "config-management" || path[1] == "ssh") {
			path[len(path)-1] = ""
		}
		damaged.Put(r.grammar, path...)
	}
	return damaged
}

const archiveTraceback = `Traceback (most recent call last):
  File "/etc/commit/post-hooks.d/01vyos-commit-revision", line 33, in <module>
    sys.exit(load_entry_point('vyos==1.3.0', 'console_scripts', 'config-mgmt')())
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3/dist-packages/vyos/config_mgmt.py", line 695, in run
    config_mgmt = ConfigMgmt()
                  ^^^^^^^^^^^^
  File "/usr/lib/python3/dist-packages/vyos/config_mgmt.py", line 135, in __init__
    self.max_revisions = int(d.get('commit_revisions', 0))
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: invalid literal for int() with base 10: ''
run-parts: /etc/commit/post-hooks.d/01vyos-commit-revision exited with return code 1
`

// lostAddress reports whether a script is to delete an address that has been lost, which it does not survive.
func (r *Router) lostAddress(g *group, base *config.Tree) bool {
	if len(g.path) != 3 || g.path[0] != "interfaces" {
		return false
	}
	n, ok := base.Find(g.path...)
	if !ok {
		return false
	}
	v, ok := n.Value("address")
	return ok && v == ""
}

// report is what a script prints that crashes.
func (r *Router) report(kind, name string) string {
	_, version, _ := strings.Cut(r.showVersion(), "\n")
	_, version, _ = strings.Cut(version, "\n") // without the flavor, and the train stands before
	_, version, _ = strings.Cut(version, "\n")
	version, _, _ = strings.Cut(version, "\nCopyright")
	text := fmt.Sprintf(crashText, r.Now().UTC().Format("2006-01-02 15:04:05"), r.version(), r.rel.Branch, version)
	if kind == "ethernet" {
		text += fmt.Sprintf(crashEthernet, strings.Repeat(fmt.Sprintf("cmd 'ethtool --json --show-pause %s'\nreturned (out):\n[ ]\nreturned (err):\nnetlink error: Operation not supported\n", name), 3))
		return strings.TrimSuffix(text, "\n")
	}
	return text + fmt.Sprintf(crashOther, kind)
}

const crashText = `VyOS had an issue completing a command.

We are sorry that you encountered a problem while using VyOS.
There are a few things you can do to help us (and yourself):
- Contact us using the online help desk if you have a subscription:
  https://support.vyos.io/
- Make sure you are running the latest version of VyOS available at:
  https://vyos.net/get/
- Consult the community forum to see how to handle this issue:
  https://forum.vyos.io
- Join us on Slack where our users exchange help and advice:
  https://vyos.slack.com

When reporting problems, please include as much information as possible:
- do not obfuscate any data (feel free to contact us privately if your 
  business policy requires it)
- and include all the information presented below

Report time:      %s
Image version:    VyOS %s
Release train:    %s
%s
Traceback (most recent call last):
`

const crashEthernet = `  File "/usr/libexec/vyos/conf_mode/interfaces_ethernet.py", line 433, in <module>
    apply(c)
  File "/usr/libexec/vyos/conf_mode/interfaces_ethernet.py", line 410, in apply
    e.update(ethernet)
  File "/usr/lib/python3/dist-packages/vyos/ifconfig/ethernet.py", line 454, in update
    super().update(config)
  File "/usr/lib/python3/dist-packages/vyos/ifconfig/interface.py", line 1512, in update
    self.del_addr(addr)
  File "/usr/lib/python3/dist-packages/vyos/ifconfig/interface.py", line 1193, in del_addr
    raise ValueError()
ValueError

noteworthy:
%s`

const crashOther = `  File "/usr/libexec/vyos/conf_mode/interfaces_%[1]s.py", line 65, in <module>
    apply(c)
  File "/usr/libexec/vyos/conf_mode/interfaces_%[1]s.py", line 56, in apply
    tmp.update(%[1]s)
  File "/usr/lib/python3/dist-packages/vyos/ifconfig/interface.py", line 1512, in update
    self.del_addr(addr)
  File "/usr/lib/python3/dist-packages/vyos/ifconfig/interface.py", line 1193, in del_addr
    raise ValueError()
ValueError

`
