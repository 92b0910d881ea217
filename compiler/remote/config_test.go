package remote

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// configurations are files for the host gw1 and the user vyos, with what they say; each is also given to ssh -G.
var configurations = []struct {
	name, text string
	want       map[string][]string
	err        string // of ours
	unsaid     bool   // ssh -G does not print it
}{
	{name: "nothing", text: "# Host *\n\n"},
	{name: "forms", text: "HostName = a\nport=2222\n\tHOSTKEYALIAS\t\"a b\"\nUser \"x\" # comment\n", want: map[string][]string{
		"hostname": {"a"}, "port": {"2222"}, "hostkeyalias": {"a b"},
	}},
	{name: "first wins", text: "Host gw2\n Port 1\nHost GW1\n Port 1\nHost gw*\n Port 2\nHost *\n Port 3\n", want: map[string][]string{"port": {"2"}}},
	{name: "negation", text: "Host gw* !gw1\n Port 1\nHost !gw2 *\n Port 2\n", want: map[string][]string{"port": {"2"}}},
	{name: "files add up", text: "IdentityFile /a\nHost gw1\nIdentityFile /b\nCertificateFile /c\nCertificateFile /d\n", want: map[string][]string{
		"identityfile": {"/a", "/b"}, "certificatefile": {"/c", "/d"},
	}},
	{name: "list of files", text: "UserKnownHostsFile /a \"/b c\" /d\nGlobalKnownHostsFile none\n", want: map[string][]string{
		"userknownhostsfile": {"/a", "/b c", "/d"}, "globalknownhostsfile": {"none"},
	}},
	{name: "match", text: "HostName a.example.com\nMatch host gw1\n Port 1\nMatch user VYOS\n Port 1\nMatch host *.Example.com user vyos,x originalhost GW1\n Port 2\nMatch all\n Port 3\n", want: map[string][]string{
		"hostname": {"a.example.com"}, "port": {"2"},
	}},
	{name: "match not", text: "Match !host gw2 !user root\n Port 1\nMatch all\n Port 2\n", want: map[string][]string{"port": {"1"}}},
	{name: "proxy jump first", text: "ProxyJump a,b\nProxyCommand c %h\n", want: map[string][]string{"proxyjump": {"a,b"}}},
	{name: "proxy command first", text: "ProxyCommand  c \"%h\" %p\nProxyJump a\n", want: map[string][]string{"proxycommand": {`c "%h" %p`}}},
	{name: "no proxy", text: "ProxyJump none\nProxyJump a\n", want: map[string][]string{"proxyjump": {"none"}}, unsaid: true},
	{name: "include", text: "Host gw2\nInclude DIR/port\nHost gw1\nInclude DIR/none* DIR/user*\nPort 5\nMatch all\n Port 6\n", want: map[string][]string{
		"port": {"5"}, "hostkeyalias": {"included"},
	}},
	{name: "quotation", text: "Port 22\nIdentityFile \"/a\n", err: "config:2: a quotation mark is not closed"},
	{name: "no value", text: "\n\nPort\n", err: "config:3: Port has no value"},
	{name: "exec", text: "Match exec true\n Port 1\n", err: "config:1: it takes ssh to judge a Match exec"},
	{name: "exec that does not matter", text: "Match host gw2 exec false\n Port 1\nPort 2\n"},
	{name: "canonical names", text: "CanonicalizeHostname yes\n", err: "config:1: CanonicalizeHostname"},
	{name: "circle", text: "Include DIR/config\n", err: "Include goes deeper"},
}

// TestConfigFiles reads configurations without ssh, and has ssh confirm what they say.
func TestConfigFiles(t *testing.T) {
	for _, tt := range configurations {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, text string) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			write("port", "Port 4\n")
			write("user", "HostKeyAlias included\nHost other\nPort 7\n")
			path := write("config", tt.text)
			q := request{host: "gw1", user: "vyos"}
			s, err := (&dialer{opts: Options{SSHConfig: path}}).settings(t.Context(), q)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v", err)
				}
				return
			} else if err != nil {
				t.Fatal(err)
			}
			got := s.values
			delete(got, "user")
			if tt.want == nil {
				tt.want = map[string][]string{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			program, err := exec.LookPath("ssh")
			if err != nil {
				t.Skip("there is no ssh to compare with (Debian's package openssh-client)")
			}
			s, err = (&dialer{opts: Options{SSHConfig: path, SSH: program}.withDefaults()}).settings(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for keyword, want := range tt.want {
				if tt.unsaid {
					want = nil
				}
				if diff := cmp.Diff(want, s.values[keyword]); diff != "" {
					t.Errorf("ssh: %s (-want +got)\n%s", keyword, diff)
				}
			}
		})
	}
}

// TestAskSSH has programs that are not the ssh that is expected.
func TestAskSSH(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{"echo 'Bad configuration option' >&2; exit 255", "exit status 255: Bad configuration option"},
		{"printf 'Bad \\033[2J' >&2; exit 1", `Bad \x1b[2J`},
		{"exit 0", "did not name the host"},
	} {
		path := filepath.Join(t.TempDir(), "ssh")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := Dial(t.Context(), Target{Name: "onprem/gw1", Host: "gw1", User: "vyos"}, Options{SSH: path})
		checkError(t, err, "SSH configuration of gw1", tt.want)
	}
}

// TestWay reads hosts to go through.
func TestWay(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config")
	text := "Host circle\n User x\n ProxyJump circle\nHost far\n ProxyJump near\nHost near\n Port 2201\n User n\nHost gw1\n ProxyJump far\n User vyos\nHost proxied\n ProxyCommand nc -x %n %h %p %r %%\n HostName 192.0.2.10\n HostKeyAlias alias\n User vyos\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		target Target
		want   string // the way, or the error
	}{
		{"none", Target{Host: "192.0.2.10", User: "vyos"}, "vyos@192.0.2.10:22"},
		{"IPv6", Target{Host: "2001:db8::1", User: "vyos", Port: 2222}, "vyos@[2001:db8::1]:2222"},
		{"one", Target{Host: "a", User: "vyos", Jump: "admin@bastion:2222"}, "admin@bastion:2222 vyos@a:22"},
		{"several", Target{Host: "a", User: "vyos", Jump: "x@b, y@[2001:db8::2]:2022,ssh://z@c"}, "x@b:22 y@[2001:db8::2]:2022 z@c:22 vyos@a:22"},
		{"user with an at sign", Target{Host: "a", User: "vyos", Jump: "x@corp@b"}, "x@corp@b:22 vyos@a:22"},
		{"configuration", Target{Host: "gw1"}, "n@near:2201 u@far:22 vyos@gw1:22"},
		{"the specification wins", Target{Host: "gw1", Jump: "near"}, "n@near:2201 vyos@gw1:22"},
		{"none after all", Target{Host: "gw1", Jump: "none"}, "vyos@gw1:22"},
		{"the second is reached from the first", Target{Host: "a", User: "vyos", Jump: "near,u@far"}, "n@near:2201 u@far:22 vyos@a:22"},
		{"proxy", Target{Host: "proxied"}, "vyos@192.0.2.10:22 by nc -x proxied 192.0.2.10 22 vyos %"},
		{"circle", Target{Host: "circle", User: "x"}, "goes in a circle"},
		{"no host", Target{User: "vyos"}, "there is no host"},
		{"no user", Target{Host: "a"}, "which user to log in as"},
		{"no user at the jump host", Target{Host: "a", User: "vyos", Jump: "b"}, "gw: jump host b: nothing says which user"},
		{"option as a host", Target{Host: "-oProxyCommand=x", User: "vyos"}, "is no name of a host"},
		{"command as a host", Target{Host: "$(reboot)", User: "vyos"}, "is no name of a host"},
		{"command as a user", Target{Host: "a", User: "x;reboot"}, "is no name of a user"},
		{"escapes as a jump host", Target{Host: "a", User: "vyos", Jump: "x@b" + escapes}, "is no name of a host"},
		{"empty jump host", Target{Host: "a", User: "vyos", Jump: "x@b,"}, "[user@]host[:port]"},
		{"no user before the at sign", Target{Host: "a", User: "vyos", Jump: "@b"}, "no user before the @"},
		{"no port", Target{Host: "a", User: "vyos", Jump: "x@b:ssh"}, `"ssh" is no port`},
		{"port 0", Target{Host: "a", User: "vyos", Jump: "x@b:0"}, `"0" is no port`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.target.Name = "gw"
			d := &dialer{opts: Options{SSHConfig: config}.withDefaults(), name: "gw"}
			if tt.name == "configuration" || tt.name == "the second is reached from the first" {
				if err := os.WriteFile(config, []byte(text+"Host far\n User u\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			way, err := d.route(t.Context(), tt.target)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "gw: ") || strings.ContainsAny(err.Error(), "\x1b\n") {
					t.Error(err)
				}
				return
			}
			var got []string
			for _, e := range way {
				text := e.user + "@" + e.addr()
				if e.proxy != "" {
					text += " by " + e.proxy
				}
				got = append(got, text)
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
		})
	}
}

// TestExpand replaces what stands for something else in a path.
func TestExpand(t *testing.T) {
	home := string(filepath.Separator) + "home"
	s := settings{home: home, original: "gw"}
	e := endpoint{host: "gw.example.com", port: 2222, user: "vyos"}
	for _, tt := range []struct{ in, want string }{
		{"/a", "/a"},
		{"~/.ssh/id", filepath.Join(home, ".ssh", "id")},
		{"~", home},
		{"%d/%h-%n-%p-%r-%%-%k", home + "/gw.example.com-gw-2222-vyos-%-[gw.example.com]:2222"},
		{"~root/id", "error: the home directory of another user"},
		{"/a/%u", "error: the token %u is not known"},
		{"/a%", "error: a single %"},
		{"${HOME}/id", "error: variables of the environment"},
	} {
		got, err := s.expand(tt.in, e)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want && !(err != nil && strings.HasPrefix(tt.want, "error: ") && strings.Contains(got, tt.want[7:])) {
			t.Errorf("%s: %s, not %s", tt.in, got, tt.want)
		}
	}
	if got, err := s.expand("100%/id", endpoint{}); err != nil || got != "100%/id" {
		t.Errorf("a path of the specification: %s, %v", got, err)
	}
}

// FuzzConfig reads any file: what is wrong says where, and nothing else happens.
func FuzzConfig(f *testing.F) {
	for _, tt := range configurations {
		f.Add(tt.text)
	}
	where := regexp.MustCompile(`^config:\d+: |token too long`)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "include") {
			return // it would read other files
		}
		r := &configReader{request: request{host: "gw1", user: "vyos"}, settings: settings{values: make(map[string][]string)}, active: true}
		if err := r.parse([]byte(text), "config", "", 0); err != nil && (!where.MatchString(err.Error()) || strings.ContainsAny(err.Error(), "\x1b\n\r")) {
			t.Errorf("%q", err)
		}
		for keyword, values := range r.settings.values {
			if len(values) == 0 || fmt.Sprint(values) == "" {
				t.Errorf("%s has no value", keyword)
			}
		}
	})
}
