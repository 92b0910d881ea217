package sessiontest

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

const (
	configDir   = "/opt/vyatta/etc/config"
	bootFile    = configDir + "/config.boot"
	archiveDir  = configDir + "/archive"
	sessionRoot = "/opt/vyatta/config"
	sessionTmp  = sessionRoot + "/tmp"
	lockFile    = sessionRoot + "/.lock"
	statusFile  = "/tmp/vyos-config-status"
)

// The sizes of the file systems, in octets.
const (
	diskSize = 4 << 30
	tmpfs    = 512 << 20
)

// makeFiles makes the file system of a box that has just been booted.
func (r *Router) makeFiles(boot string) {
	r.fs = vfs.New(diskSize, r.Now)
	r.must(r.fs.MkdirAll(vfs.Root(), "/usr/bin", 0o755))
	r.must(r.fs.MkdirAll(vfs.Root(), "/usr/sbin", 0o755))
	for _, link := range [][2]string{{"usr/bin", "/bin"}, {"usr/sbin", "/sbin"}, {configDir, "/config"}} {
		if link[1] == "/config" {
			r.fs.Mount(configDir, diskSize, false)
			r.chmod(configDir, fs.ModeSetgid|0o775, "root", "vyattacfg")
		}
		r.must(r.fs.Symlink(vfs.Root(), link[0], link[1]))
	}
	for _, dir := range []string{"/etc/default", "/usr/share/vyos", "/dev", "/proc", "/root", "/var/log", "/opt/vyatta/etc/shell/level/admin", "/usr/libexec/vyos/validators"} {
		r.must(r.fs.MkdirAll(vfs.Root(), dir, 0o755))
	}
	for _, u := range r.users[1:] {
		r.must(r.fs.MkdirAll(vfs.Root(), home(u), 0o755))
		r.chmod(home(u), 0o755, u.Name, u.Groups[0])
	}
	r.must(r.fs.MkdirAll(vfs.Root(), archiveDir, 0o775))
	r.chmod(archiveDir, fs.ModeSetgid|0o775, "root", "vyattacfg")
	for _, m := range []string{"/run", "/tmp", sessionRoot} {
		r.fs.Mount(m, tmpfs, true)
	}
	r.must(r.fs.Symlink(vfs.Root(), "/run", "/var/run"))
	r.write(bootFile, boot, 0o660, "root", "vyattacfg")
	r.write("/etc/default/vyatta", environment, 0o644, "root", "root")
	r.write("/etc/passwd", string(r.passwd()), 0o644, "root", "root")
	r.write("/usr/share/vyos/version.json", r.versionJSON(), 0o644, "root", "root")
	r.write("/etc/debian_version", map[int]string{8: "8.11", 10: "10.13", 12: "12.7"}[r.rel.Debian]+"\n", 0o644, "root", "root")
	r.must(r.fs.Generate("/dev/null", func() []byte { return []byte{} }))
	r.chmod("/dev/null", 0o666, "root", "root")
	r.must(r.fs.Generate("/proc/locks", r.procLocks))
	r.must(r.fs.Generate("/proc/uptime", func() []byte { return fmt.Appendf(nil, "%.2f 0.00\n", r.uptime().Seconds()) }))
	r.must(r.fs.MkdirAll(vfs.Root(), "/proc/sys/kernel/random", 0o755))
	r.must(r.fs.Generate("/proc/sys/kernel/random/boot_id", func() []byte {
		return fmt.Appendf(nil, "00000000-0000-4000-8000-%012x\n", r.bootTime().Unix())
	}))
	r.bootFiles()
}

// bootFiles makes what every boot makes anew.
func (r *Router) bootFiles() {
	r.chmod("/tmp", fs.ModeSticky|0o777, "root", "root")
	r.must(r.fs.MkdirAll(vfs.Root(), sessionTmp, 0o775))
	r.chmod(sessionRoot, 0o775, "root", "vyattacfg")
	r.chmod(sessionTmp, 0o775, "root", "vyattacfg")
	r.must(r.fs.MkdirAll(vfs.Root(), sessionRoot+"/active", 0o775))
	r.write(lockFile, "", 0o664, "root", "vyattacfg")
	r.must(r.fs.MkdirAll(vfs.Root(), "/run/vyatta/config", 0o755))
	r.must(r.fs.Generate("/run/vyatta/config/config.json", r.configJSON))
	r.write(statusFile, "0\n", 0o644, "root", "root")
}

// environment is /etc/default/vyatta. Its last command fails although nothing is wrong.
const environment = `export vyatta_prefix=/opt/vyatta
export vyatta_sbindir=/opt/vyatta/sbin
export vyatta_bindir=/opt/vyatta/bin
export vyatta_sysconfdir=/opt/vyatta/etc
export vyos_libexec_dir=/usr/libexec/vyos
export vyos_validators_dir=/usr/libexec/vyos/validators
export vyos_conf_scripts_dir=/usr/libexec/vyos/conf_mode
export VYATTA_CFG_GROUP_NAME=vyattacfg
export VYATTA_USER_LEVEL_DIR=/opt/vyatta/etc/shell/level/admin
false
`

func (r *Router) must(err error) {
	if err != nil {
		panic("sessiontest: " + err.Error())
	}
}

func (r *Router) chmod(name string, mode fs.FileMode, owner, group string) {
	uid := 0
	if u := r.user(owner); u != nil {
		uid = u.uid
	}
	r.must(r.fs.Chown(vfs.Root(), name, uid, groupIDs[group]))
	r.must(r.fs.Chmod(vfs.Root(), name, mode))
}

func (r *Router) write(name, text string, mode fs.FileMode, owner, group string) {
	r.must(r.fs.MkdirAll(vfs.Root(), path.Dir(name), 0o755))
	r.must(r.fs.WriteFile(vfs.Root(), name, []byte(text), 0o600))
	r.chmod(name, mode, owner, group)
}

// File returns what a file of the router holds.
func (r *Router) File(name string) (string, error) {
	data, err := r.fs.ReadFile(vfs.Root(), name)
	return string(data), err
}

// WriteFile puts a file onto the router, owned by root and readable to all.
func (r *Router) WriteFile(name, text string) { r.write(name, text, 0o644, "root", "root") }

func (r *Router) versionJSON() string {
	arch, version := "amd64", r.version()
	return fmt.Sprintf(`{"version":"%s","vyos_branch":"%s","release_train":"%[2]s","built_by":"builder","built_on":"Sun 22 Nov 2026 13:00 UTC",`+
		`"build_uuid":"00000000-0000-0000-0000-000000000000","build_git":"c3f688653511","architecture":"%s","lts_build":false,"build_type":"development",`+
		`"flavor":"generic","copyright_years":"2013 - 2026","website_url":"https://vyos.io","support_url":"https://support.vyos.io","bugtracker_url":"https://vyos.dev",`+
		`"documentation_url":"https://docs.vyos.io/en/%[2]s","project_news_url":"https://blog.vyos.io"}`+"\n", version, r.rel.Branch, arch)
}

// version is the version of the image.
func (r *Router) version() string {
	if !strings.Contains(r.rel.Name, ".") {
		return "999.202611221300"
	}
	return r.rel.Name + ".0"
}

func (r *Router) order() config.Order {
	if r.rel.DebianOrder {
		return config.DebianVersion
	}
	return config.LexicalNumeric
}

// showText is a configuration as the running one is shown.
func (r *Router) showText(t *config.Tree) string { return r.print(t, true, false) }

// saveText is a configuration as it is saved.
func (r *Router) saveText(t *config.Tree) string {
	if r.savesDefaults() {
		t = r.withDefaults(t)
	}
	return r.print(t, r.rel.DebianOrder, true)
}

func (r *Router) print(t *config.Tree, bare, footer bool) string {
	o := config.PrintOptions{Order: r.order(), Grammar: r.grammar, Bare: bare}
	if footer {
		o.Footer = config.Footer{Versions: r.rel.Versions, Release: r.version(), Old: r.rel.Debian <= 8}
	}
	b, err := t.AppendText(nil, o)
	r.must(err)
	return string(b)
}

// commandLines are the set commands of a configuration.
func (r *Router) commandLines(t *config.Tree) string {
	b, err := t.AppendCommands(nil, config.PrintOptions{Order: r.order(), Grammar: r.grammar, Shown: true})
	r.must(err)
	return string(b)
}

func (r *Router) configJSON() []byte {
	b, err := r.Active().AppendJSON(nil, config.PrintOptions{Order: r.order(), Grammar: r.grammar})
	r.must(err)
	return b
}
