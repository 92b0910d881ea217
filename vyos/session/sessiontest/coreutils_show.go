package sessiontest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

func modeString(m fs.FileMode) string {
	b := []byte(m.Perm().String())
	switch {
	case m.IsDir():
		b[0] = 'd'
	case m&fs.ModeSymlink != 0:
		b[0] = 'l'
	}
	if m&fs.ModeSetgid != 0 {
		if b[6] == 'x' {
			b[6] = 's'
		} else {
			b[6] = 'S'
		}
	}
	if m&fs.ModeSticky != 0 {
		b[9] = 't'
	}
	return string(b)
}

func runLs(p *Proc) int {
	f := p.flags("laA1d")
	if !f.ok {
		return 1
	}
	names := f.args
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		info, err := p.Router.fs.Stat(p.cred(), p.abs(name), true)
		if err != nil {
			p.err("ls: cannot access '" + name + "': " + bashReason(err) + "\n")
			status = 2
			continue
		}
		if !info.IsDir() || f.has("d") {
			status = max(status, p.out(p.lsLine(f, name, info)))
			continue
		}
		list, err := p.Router.fs.ReadDir(p.cred(), p.abs(name))
		if err != nil {
			p.err("ls: cannot open directory '" + name + "': " + bashReason(err) + "\n")
			status = 2
			continue
		}
		for _, info := range list {
			if strings.HasPrefix(info.Name(), ".") && !f.has("a", "A") {
				continue
			}
			status = max(status, p.out(p.lsLine(f, info.Name(), info)))
		}
	}
	return status
}

func (p *Proc) lsLine(f flagSet, name string, info vfs.Info) string {
	if !f.has("l") {
		return name + "\n"
	}
	return fmt.Sprintf("%s 1 %s %s %d %s %s\n", modeString(info.Mode()), p.Router.userByID(info.UID), groupName(info.GID), info.Size(), info.ModTime().UTC().Format("Jan _2 15:04"), name)
}

func runStat(p *Proc) int {
	f := p.flags("c:L", "--format=", "--printf=")
	format, ok := f.given["c"]
	if !ok {
		format, ok = f.given["--format"]
	}
	if !f.ok || !ok {
		return p.Unknown()
	}
	status := 0
	for _, name := range f.args {
		info, err := p.Router.fs.Stat(p.cred(), p.abs(name), f.has("L"))
		if err != nil {
			p.err("stat: cannot statx '" + name + "': " + bashReason(err) + "\n")
			status = 1
			continue
		}
		octal := strconv.FormatUint(uint64(info.Mode().Perm()), 8)
		if info.Mode()&fs.ModeSetgid != 0 {
			octal = "2" + octal
		}
		out := strings.NewReplacer(
			"%i", strconv.FormatUint(info.Ino, 10), "%U", p.Router.userByID(info.UID), "%G", groupName(info.GID), "%u", strconv.Itoa(info.UID), "%g", strconv.Itoa(info.GID),
			"%a", octal, "%s", strconv.FormatInt(info.Size(), 10), "%n", name, "%Y", strconv.FormatInt(info.ModTime().Unix(), 10), "%A", modeString(info.Mode()),
		).Replace(format)
		if strings.Contains(out, "%") {
			return p.Unknown()
		}
		status = max(status, p.out(out+"\n"))
	}
	return status
}

func runDf(p *Proc) int {
	f := p.flags("Pkm", "--output=")
	if !f.ok {
		return 1
	}
	column, only := f.given["--output"]
	if only && column != "avail" {
		return p.Unknown()
	}
	head := "Filesystem     1024-blocks  Used Available Capacity Mounted on\n"
	if only {
		head = "    Avail\n"
	}
	p.out(head)
	status := 0
	for _, name := range f.args {
		m, err := p.Router.fs.Space(p.cred(), p.abs(name))
		if err != nil {
			p.err("df: " + name + ": " + bashReason(err) + "\n")
			status = 1
			continue
		}
		used, avail := m.Used/1024, (m.Size-m.Used)/1024
		if only {
			status = max(status, p.out(fmt.Sprintf("%d\n", avail)))
			continue
		}
		where := m.Path
		if where == configDir {
			where = "/config"
		}
		capacity := 100
		if m.Size > 0 {
			capacity = int((used*100 + m.Size/1024 - 1) / max(m.Size/1024, 1))
		}
		status = max(status, p.out(fmt.Sprintf("%-14s %11d %5d %9d %7d%% %s\n", "tmpfs", m.Size/1024, used, avail, capacity, where)))
	}
	return status
}

func runReadlink(p *Proc) int {
	f := p.flags("fe")
	if !f.ok || !f.has("f", "e") || len(f.args) != 1 {
		return p.Unknown()
	}
	real, err := p.Router.fs.Real(p.cred(), p.abs(f.args[0]))
	if err != nil {
		return 1
	}
	return p.out(real + "\n")
}

func runBasename(p *Proc) int {
	if len(p.Args) < 2 {
		return 1
	}
	if baseName(p.Args[0]) == "dirname" {
		return p.out(path.Dir(p.Args[1]) + "\n")
	}
	s := path.Base(p.Args[1])
	if len(p.Args) > 2 {
		s = strings.TrimSuffix(s, p.Args[2])
	}
	return p.out(s + "\n")
}

func runEcho(p *Proc) int { return p.out(strings.Join(p.Args[1:], " ") + "\n") }

func runHostname(p *Proc) int { return p.out(p.Router.opts.Hostname + "\n") }

func runUname(p *Proc) int {
	switch strings.Join(p.Args[1:], " ") {
	case "-r":
		return p.out(p.Router.rel.Kernel + ".0-amd64-vyos\n")
	case "-n":
		return p.out(p.Router.opts.Hostname + "\n")
	case "-m":
		return p.out("x86_64\n")
	}
	return p.Unknown()
}

// runEnv runs a command with another environment, or prints the environment.
func runEnv(p *Proc) int {
	args := p.Args[1:]
	env := slices.Clone(p.env)
	if len(args) > 0 && args[0] == "-i" {
		env, args = nil, args[1:]
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return p.Unknown()
	}
	if len(args) == 0 {
		return p.out(strings.Join(env, "\n") + "\n")
	}
	if baseName(p.Args[0]) == "printenv" {
		v := p.Getenv(args[0])
		return max(p.out(v+"\n"), map[bool]int{true: 1}[v == ""])
	}
	return p.exec(args, p.id, env)
}

func runZcat(p *Proc) int {
	data, status := p.input(p.Args[1:])
	if status != 0 {
		return status
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		p.err("gzip: not in gzip format\n")
		return 1
	}
	out, err := io.ReadAll(z)
	if err != nil {
		p.err("gzip: unexpected end of file\n")
		return 1
	}
	return p.out(string(out))
}

// runPs lists processes by number.
func runPs(p *Proc) int {
	f := p.flags("o:p:eA")
	if !f.ok {
		return 1
	}
	n, err := strconv.Atoi(f.given["p"])
	p.Router.mu.Lock()
	q := p.Router.procs[n]
	p.Router.mu.Unlock()
	if err != nil || f.given["o"] != "comm=" {
		return p.Unknown()
	}
	if q == nil {
		return 1
	}
	return p.out(q.name + "\n")
}
