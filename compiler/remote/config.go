package remote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// NoConfig is an Options.SSHConfig: no configuration is read.
const NoConfig = "none"

// settings asks ssh, or the configuration's files, about a host.
func (d *dialer) settings(ctx context.Context, q request) (settings, error) {
	s := settings{values: make(map[string][]string), home: d.opts.Home, original: q.host}
	var err error
	switch {
	case d.opts.SSHConfig == NoConfig:
	case d.opts.SSH != "":
		return s, d.askSSH(ctx, q, s)
	default:
		err = d.readConfig(q, s)
	}
	if d.opts.Home != "" {
		s.defaults(filepath.Join(d.opts.Home, ".ssh"))
	}
	return s, err
}

// defaults are those of OpenSSH, which ssh -G would have told.
func (s settings) defaults(dir string) {
	set := func(keyword string, files ...string) {
		if len(s.values[keyword]) == 0 {
			s.values[keyword] = files
		}
	}
	set("identityfile", filepath.Join(dir, "id_rsa"), filepath.Join(dir, "id_ecdsa"), filepath.Join(dir, "id_ed25519"))
	set("userknownhostsfile", filepath.Join(dir, "known_hosts"), filepath.Join(dir, "known_hosts2"))
	if runtime.GOOS != "windows" {
		set("globalknownhostsfile", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
	}
}

// listed are the keywords whose value is a list of files.
func listed(keyword string) bool {
	return keyword == "userknownhostsfile" || keyword == "globalknownhostsfile"
}

// askSSH runs ssh -G, which prints the configuration for a host and connects to nobody.
func (d *dialer) askSSH(ctx context.Context, q request, s settings) error {
	limited, cancel := context.WithTimeoutCause(ctx, d.opts.Timeout, errTimeout)
	defer cancel()
	args := []string{"-G"}
	if d.opts.SSHConfig != "" {
		args = append(args, "-F", d.opts.SSHConfig)
	}
	if q.user != "" {
		args = append(args, "-l", q.user)
	}
	if q.port != 0 {
		args = append(args, "-p", strconv.Itoa(q.port))
	}
	cmd := exec.CommandContext(limited, d.opts.SSH, append(args, "--", q.host)...)
	cmd.Env = d.environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil:
		return fmt.Errorf("%s -G did not end within %s; a Match exec of the configuration may wait: %w", printable(d.opts.SSH, errorLimit), d.opts.Timeout, context.DeadlineExceeded)
	case err != nil:
		return fmt.Errorf("%s -G: %w: %s", printable(d.opts.SSH, errorLimit), err, printable(strings.TrimSpace(stderr.String()), errorLimit))
	}
	for line := range strings.Lines(stdout.String()) {
		keyword, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if listed(keyword) {
			// OpenSSH for Windows writes the place of the system's files like this.
			s.values[keyword] = splitFiles(strings.ReplaceAll(value, "__PROGRAMDATA__", os.Getenv("ProgramData")))
		} else {
			s.values[keyword] = append(s.values[keyword], value)
		}
	}
	if s.first("hostname") == "" {
		return fmt.Errorf("%s -G did not name the host; is it OpenSSH", printable(d.opts.SSH, errorLimit))
	}
	return nil
}

// splitFiles takes a list apart in which ssh -G separates files by spaces and does not mark those within a name: what does
// not begin as a path does goes on with the one before.
func splitFiles(value string) []string {
	var files []string
	for word := range strings.SplitSeq(value, " ") {
		begins := strings.HasPrefix(word, "~") || strings.HasPrefix(word, "%") || strings.HasPrefix(word, "/") || filepath.IsAbs(word) || word == "none"
		if len(files) > 0 && !begins {
			files[len(files)-1] += " " + word
		} else {
			files = append(files, word)
		}
	}
	return files
}

// environment is what programs that are started here get to see.
func (d *dialer) environment() []string {
	if d.opts.Env != nil {
		return d.opts.Env
	}
	env := []string{} // nil would be everything
	for _, name := range []string{
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TMPDIR", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
		"SystemRoot", "SystemDrive", "ProgramData", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "COMSPEC", "PATHEXT",
	} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// readConfig reads the configuration's files without ssh. What it does not know how to judge is an error that says where
// it stands, since leaving it out could mean another host.
func (d *dialer) readConfig(q request, s settings) error {
	r := &configReader{request: q, settings: s}
	var files []string
	switch {
	case d.opts.SSHConfig != "":
		files = []string{d.opts.SSHConfig}
	case d.opts.Home != "":
		files = []string{filepath.Join(d.opts.Home, ".ssh", "config")}
		if runtime.GOOS != "windows" {
			files = append(files, "/etc/ssh/ssh_config")
		}
	}
	for _, path := range files {
		r.active = true
		err := r.file(path, filepath.Dir(path), 0)
		if errors.Is(err, os.ErrNotExist) && d.opts.SSHConfig == "" {
			continue
		} else if err != nil {
			return err
		}
	}
	return nil
}

// maxConfig is how large a file of the configuration may be, in octets.
const maxConfig = 8 << 20

// maxIncludes is how deep Include may go.
const maxIncludes = 16

// A configReader evaluates ssh_config(5) for one host.
type configReader struct {
	request  request
	settings settings
	active   bool // the lines here are about the host
}

func (r *configReader) file(path, dir string, depth int) error {
	if depth > maxIncludes {
		return fmt.Errorf("%s: Include goes deeper than %d", printable(path, errorLimit), maxIncludes)
	}
	text, err := readFile(path, maxConfig)
	if err != nil {
		return err
	}
	return r.parse(text, path, dir, depth)
}

func (r *configReader) parse(text []byte, path, dir string, depth int) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxConfig)
	for number := 1; lines.Scan(); number++ {
		if err := r.line(lines.Text(), dir, depth); err != nil {
			return fmt.Errorf("%s:%d: %w", printable(path, errorLimit), number, err)
		}
	}
	return lines.Err()
}

func (r *configReader) line(line, dir string, depth int) error {
	words, err := configWords(line)
	if err != nil || len(words) == 0 {
		return err
	}
	keyword, args := strings.ToLower(words[0]), words[1:]
	if len(args) == 0 {
		return fmt.Errorf("%s has no value", printable(words[0], errorLimit))
	}
	switch keyword {
	case "host":
		r.active = matchesList(strings.Join(args, ","), r.request.host) // upper and lower case differ here, as in OpenSSH
		return nil
	case "match":
		r.active, err = r.match(args)
		return err
	case "include":
		return r.include(args, dir, depth)
	}
	if !r.active {
		return nil
	}
	switch keyword {
	case "identityfile", "certificatefile":
		r.settings.values[keyword] = append(r.settings.values[keyword], args[0])
	case "userknownhostsfile", "globalknownhostsfile":
		r.set(keyword, args)
	case "proxycommand": // the rest of the line, as it stands
		_, rest, _ := strings.Cut(strings.TrimSpace(line), words[0])
		r.set(keyword, []string{strings.TrimLeft(rest, " \t=")})
	case "hostname":
		r.set(keyword, []string{strings.NewReplacer("%%", "%", "%h", r.request.host).Replace(args[0])})
	case "user", "port", "hostkeyalias", "identitiesonly", "identityagent", "proxyjump", "proxyusefdpass":
		r.set(keyword, args[:1])
	case "canonicalizehostname":
		if args[0] != "no" {
			return errors.New("CanonicalizeHostname needs ssh itself, and there is none; write the full name in the specification")
		}
	}
	return nil
}

// set keeps a value unless an earlier line had one. Of ProxyJump and ProxyCommand the earlier one counts.
func (r *configReader) set(keyword string, values []string) {
	proxied := r.settings.first("proxyjump") != "" || r.settings.first("proxycommand") != ""
	if len(r.settings.values[keyword]) == 0 && !(proxied && strings.HasPrefix(keyword, "proxy")) {
		r.settings.values[keyword] = values
	}
}

// match judges the criteria of a Match, as far as the first that does not hold.
func (r *configReader) match(args []string) (bool, error) {
	for len(args) > 0 {
		criterion, not := strings.CutPrefix(strings.ToLower(args[0]), "!")
		args = args[1:]
		if criterion == "all" {
			if not {
				return false, nil
			}
			continue
		}
		var subject string
		fold := strings.ToLower
		switch criterion {
		case "originalhost":
			subject = r.request.host
		case "host":
			if subject = r.settings.first("hostname"); subject == "" {
				subject = r.request.host
			}
		case "user":
			if subject = r.request.user; subject == "" {
				subject = r.settings.first("user")
			}
			fold = func(s string) string { return s }
		default:
			return false, fmt.Errorf("it takes ssh to judge a Match %s, and there is none; install OpenSSH's client, or leave the line out", printable(criterion, errorLimit))
		}
		if len(args) == 0 {
			return false, fmt.Errorf("the criterion %s of Match has no value", criterion)
		}
		if matchesList(fold(args[0]), fold(subject)) == not {
			return false, nil
		}
		args = args[1:]
	}
	return true, nil
}

// include reads other files as if they stood here.
func (r *configReader) include(patterns []string, dir string, depth int) error {
	active := r.active
	for _, p := range patterns {
		p, err := r.settings.expand(p, endpoint{})
		if err != nil {
			return err
		}
		if !filepath.IsAbs(p) {
			p = filepath.Join(dir, p)
		}
		files, err := filepath.Glob(p)
		if err != nil {
			return fmt.Errorf("include %s: %w", printable(p, errorLimit), err)
		}
		slices.Sort(files)
		for _, f := range files {
			r.active = active
			if !active {
				break // its Host lines count only where it is included
			}
			if err := r.file(f, dir, depth+1); err != nil {
				return err
			}
		}
	}
	r.active = active
	return nil
}

// configWords splits a line: words, "words in quotes", an = after the keyword, and # for a comment.
func configWords(line string) ([]string, error) {
	var words []string
	rest := strings.TrimSpace(line)
	for rest != "" && rest[0] != '#' {
		var word string
		if rest[0] == '"' {
			var closed bool
			if word, rest, closed = strings.Cut(rest[1:], `"`); !closed {
				return nil, errors.New("a quotation mark is not closed")
			}
		} else {
			end := strings.IndexAny(rest, " \t")
			if len(words) == 0 {
				end = strings.IndexAny(rest, " \t=")
			}
			if end < 0 {
				end = len(rest)
			}
			word, rest = rest[:end], rest[end:]
		}
		words = append(words, word)
		rest = strings.TrimLeft(rest, " \t")
		if len(words) == 1 {
			rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
		}
	}
	return words, nil
}
