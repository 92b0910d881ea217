package render

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/l2stretch/l2stretch/vyos/config"
)

func testGateway() *Gateway {
	t := config.New()
	t.Ensure("interfaces", "bridge", "br5010").Leaf("address", "192.168.10.253/24").Leaf("description", "$(reboot) `x` \\ ; # é\t*")
	t.Ensure("interfaces", "bridge", "br5010", "member", "interface", "eth1")
	t.Ensure("firewall", "ipv4", "output", "filter", "rule", "10", "outbound-interface").Leaf("name", "!vti1")
	t.Ensure("vpn", "ipsec", "authentication", "psk", "L2S-dr").Leaf("id", "203.0.113.10").Leaf("id", "198.51.100.20").Secret("secret", "psk")
	t.Ensure("protocols", "bgp", "neighbor", "169.254.100.2").Secret("password", "bgp")
	t.Ensure("system", "login").Leaf("banner", "")
	return &Gateway{Spec: "app-dr", Node: "onprem/gw1", Release: "1.4", Tool: "l2stretch 0.1.0", Tree: t}
}

// calls parses a script and returns the words of the calls of its function, secrets as $secret_1.
func calls(t *testing.T, script []byte) [][]string {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(script), "script")
	if err != nil {
		t.Fatalf("the script does not parse: %v\n%s", err, script)
	}
	var out [][]string
	for _, stmt := range file.Stmts {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			continue
		}
		if name := call.Args[0].Lit(); name != "c" && name != "k" {
			continue
		}
		var words []string
		for _, arg := range call.Args[1:] {
			if len(arg.Parts) != 1 {
				t.Fatalf("a word in %d parts", len(arg.Parts))
			}
			switch p := arg.Parts[0].(type) {
			case *syntax.SglQuoted:
				words = append(words, p.Value)
			case *syntax.DblQuoted:
				words = append(words, "$"+p.Parts[0].(*syntax.ParamExp).Param.Value)
			default:
				t.Fatalf("a word that is not quoted: %T", p)
			}
		}
		out = append(out, words)
	}
	return out
}

func wantedCalls(g *Gateway) [][]string {
	var out [][]string
	names := g.SecretNames()
	for c := range g.Commands() {
		words := c.Path
		switch {
		case c.Secret != "":
			for i, n := range names {
				if n == c.Secret {
					words = append(words, "$secret_"+string(rune('1'+i)))
				}
			}
		case c.Leaf:
			words = append(words, c.Value)
		}
		out = append(out, words)
	}
	return out
}

func TestScriptParses(t *testing.T) {
	g := testGateway()
	script, err := g.AppendScript(nil, Secrets{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(script), "#@") || strings.Contains(string(script), "=@") {
		t.Error("a place was not filled in")
	}
	if diff := cmp.Diff(wantedCalls(g), calls(t, script)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, mode := range []syntax.LangVariant{syntax.LangBash, syntax.LangMirBSDKorn} {
		if _, err := syntax.NewParser(syntax.Variant(mode)).Parse(bytes.NewReader(script), "script"); err != nil {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func FuzzShell(f *testing.F) {
	f.Add("interfaces", "br1", "a b", "psk", "k'y")
	f.Add("$(reboot)", "`x`", "#\\", "a;b", "$HOME")
	f.Add("a\nb", "'", "\"", "\xff", "!x")
	f.Add("é", "\\", "\t", "-n", "\u2028")
	f.Fuzz(func(t *testing.T, node, tag, value, secret, key string) {
		if secret == "" {
			return // the zero secret is none: a reference has the name of a block
		}
		tree := config.New()
		tree.Ensure("top", node, tag).Leaf("leaf", value).Leaf("leaf", tag).Secret("secret", secret)
		g := &Gateway{Spec: "s", Node: "a/b", Release: "1.4", Tool: "t", Tree: tree}
		script, err := g.AppendScript(nil, Secrets{})
		if err == nil {
			if diff := cmp.Diff(wantedCalls(g), calls(t, script)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		}
		script, err = g.AppendScript(nil, Secrets{Reveal: func(string) ([]byte, error) { return []byte(key), nil }})
		if err == nil {
			calls(t, script)
			if !bytes.Contains(script, []byte("\nsecret_1='"+key+"'\n")) {
				t.Errorf("the revealed secret %q is not in the script", key)
			}
		}
	})
}

// A box is a directory that looks to the script like a VyOS system.
type box struct {
	dir string
	t   *testing.T
}

// newBox makes stubs of what the script calls; each notes its arguments, one a line, in the file log.
func newBox(t *testing.T) *box {
	if runtime.GOOS == "windows" {
		t.Skip("needs bash")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash: " + err.Error())
	}
	b := &box{t.TempDir(), t}
	b.write("environment", ":\n", 0o644)
	b.write("version.json", `{"version":"1.4.0-epa3","vyos_branch":"sagitta"}`, 0o644)
	note := "#!" + bash + "\nprintf '%s\\n' \"${0##*/}\" \"$@\" >>" + b.path("log") + "\n"
	b.write("bin/my_set", note+`[ ! -e `+b.path("refuse")+` ] || { echo "no such $2"; exit 1; }`+"\n", 0o755)
	b.write("bin/my_commit", note+"echo WARNING: committed\n[ ! -e "+b.path("fail")+" ]\n", 0o755)
	b.write("bin/cli-shell-api", note+"[ \"$1\" != getSessionEnv ] || echo ':'\n", 0o755)
	b.write("bin/config-mgmt", note+"cat "+b.path("changes")+"\n", 0o755)
	b.write("bin/id", "#!"+bash+"\n[ \"$1\" != -gn ] || echo vyattacfg\n", 0o755)
	b.write("changes", "delete vpn ipsec authentication psk L2S-dr secret 'old-key'\n\nset interfaces bridge br5010 address '192.168.10.253/24'\n", 0o644)
	if err := os.Symlink(bash, b.path("vbash")); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *box) path(name string) string { return filepath.Join(b.dir, name) }

func (b *box) write(name, text string, mode os.FileMode) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), mode); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a gateway's script on the box with answers on standard input.
func (b *box) run(g *Gateway, s Secrets, stdin string, args ...string) (stdout, stderr string, code int) {
	b.t.Helper()
	script, err := g.AppendScript(nil, s)
	if err != nil {
		b.t.Fatal(err)
	}
	text := strings.NewReplacer(
		"sbin=/opt/vyatta/sbin\n", "sbin="+b.path("bin")+"\n",
		"vbash=/bin/vbash\n", "vbash="+b.path("vbash")+"\n",
		"environment=/etc/default/vyatta\n", "environment="+b.path("environment")+"\n",
		"version_file=/usr/share/vyos/version.json\n", "version_file="+b.path("version.json")+"\n",
		"/dev/tty", b.path("no-terminal"),
	).Replace(string(script))
	b.write("script.sh", text, 0o644)
	cmd := exec.Command(b.path("vbash"), append([]string{b.path("script.sh")}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+b.path("bin")+":"+os.Getenv("PATH"))
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			b.t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return out.String(), errs.String(), code
}

// log returns what was called, calls separated by octet 0x1e, their words by bars.
func (b *box) log() string {
	text, err := os.ReadFile(b.path("log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.t.Fatal(err)
	}
	log := "\n" + string(text)
	for _, name := range []string{"my_set", "my_commit", "cli-shell-api", "config-mgmt"} {
		log = strings.ReplaceAll(log, "\n"+name+"\n", "\n\x1e"+name+"\n")
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.Trim(log, "\n\x1e"), "\n\x1e", "\x1e"), "\n", "|")
}

func TestScriptOnBox(t *testing.T) {
	b := newBox(t)
	stdout, stderr, code := b.run(testGateway(), Secrets{}, "bgp key\npsk key $x\ny\n")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	var sets []string
	for _, call := range strings.Split(b.log(), "\x1e") {
		if words, ok := strings.CutPrefix(call, "my_set|"); ok {
			sets = append(sets, words)
		}
	}
	want := []string{
		"firewall|ipv4|output|filter|rule|10|outbound-interface|name|!vti1",
		"interfaces|bridge|br5010|address|192.168.10.253/24",
		"interfaces|bridge|br5010|description|$(reboot) `x` \\ ; # é\t*",
		"interfaces|bridge|br5010|member|interface|eth1",
		"protocols|bgp|neighbor|169.254.100.2|password|bgp key",
		"system|login|banner|",
		"vpn|ipsec|authentication|psk|L2S-dr|id|203.0.113.10",
		"vpn|ipsec|authentication|psk|L2S-dr|id|198.51.100.20",
		"vpn|ipsec|authentication|psk|L2S-dr|secret|psk key $x",
	}
	if diff := cmp.Diff(want, sets); diff != "" {
		t.Errorf("commands (-want +got)\n%s", diff)
	}
	wantOut := "delete vpn ipsec authentication psk L2S-dr secret ***\n\nset interfaces bridge br5010 address '192.168.10.253/24'\nWARNING: committed\n"
	if diff := cmp.Diff(wantOut, stdout); diff != "" {
		t.Errorf("stdout (-want +got)\n%s", diff)
	}
	for _, s := range []string{"psk key", "bgp key", "old-key"} {
		if strings.Contains(stdout+stderr, s) {
			t.Errorf("shows the secret %q:\n%s%s", s, stdout, stderr)
		}
	}
	if !strings.Contains(stderr, "Nothing was saved") {
		t.Errorf("does not say that nothing was saved:\n%s", stderr)
	}
	if log := b.log(); !strings.HasSuffix(log, "\x1emy_commit\x1ecli-shell-api|inSession\x1ecli-shell-api|teardownSession") {
		t.Errorf("ends with %s", log[max(0, len(log)-200):])
	}
}

func TestScriptStops(t *testing.T) {
	for _, tt := range []struct {
		name     string
		prepare  func(*box)
		stdin    string
		args     []string
		code     int
		stderr   string
		commits  bool
		sessions bool
	}{
		{name: "not VyOS", prepare: func(b *box) { os.Remove(b.path("environment")) }, code: 1, stderr: "this is not a VyOS box"},
		{name: "another release", prepare: func(b *box) { b.write("version.json", `{"version": "1.3.8"}`, 0o644) }, code: 1, stderr: "this is for VyOS 1.4, and the box has 1.3.8"},
		{name: "a release that begins alike", prepare: func(b *box) { b.write("version.json", `{"version": "1.40.1"}`, 0o644) }, code: 1, stderr: "the box has 1.40.1"},
		{name: "rolling", prepare: func(b *box) { b.write("version.json", `{"version": "1.4-rolling-2023"}`, 0o644) }, code: 1, stderr: "the box has 1.4-rolling-2023"},
		{name: "no version", prepare: func(b *box) { os.Remove(b.path("version.json")) }, code: 1, stderr: "no version that could be read"},
		{name: "unknown argument", args: []string{"--force"}, code: 1, stderr: "--force is not known"},
		{name: "no secret", code: 1, stderr: "no secret bgp was given"},
		{name: "empty secret", stdin: "\n", code: 1, stderr: "secret bgp is empty"},
		{name: "secret with a quote", stdin: "it's\n", code: 1, stderr: "has a quote"},
		{name: "secret with a backslash", stdin: "a\\b\n", code: 1, stderr: "has a quote or a backslash"},
		{name: "secret that looks encoded", stdin: "0xaa\n", code: 1, stderr: "begins with 0x"},
		{name: "secret with a blank at the end", stdin: "ab \n", code: 1, stderr: "begins or ends with a blank"},
		{name: "secret beyond ASCII", stdin: "caf\u00e9\n", code: 1, stderr: "not printable ASCII"},
		{name: "secret with a tab", stdin: "a\tb\n", code: 1, stderr: "not printable ASCII"},
		{name: "refused command", prepare: func(b *box) { b.write("refuse", "", 0o644) }, stdin: "a\nb\ny\n", code: 1, stderr: "command 1 of 9 was refused: set firewall ipv4", sessions: true},
		{name: "declined", stdin: "a\nb\nn\n", code: 1, stderr: "declined; nothing was changed", sessions: true},
		{name: "no answer", stdin: "a\nb\n", code: 1, stderr: "declined", sessions: true},
		{name: "nothing to change", prepare: func(b *box) { b.write("changes", "\n\n\n", 0o644) }, stdin: "a\nb\n", stderr: "nothing to change", sessions: true},
		{name: "yes", stdin: "a\nb\n", args: []string{"--yes"}, stderr: "committed", commits: true, sessions: true},
		{name: "failed commit", prepare: func(b *box) { b.write("fail", "", 0o644) }, stdin: "a\nb\ny\n", code: 1, stderr: "the commit failed. What passed is active", commits: true, sessions: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBox(t)
			if tt.prepare != nil {
				tt.prepare(b)
			}
			_, stderr, code := b.run(testGateway(), Secrets{}, tt.stdin, tt.args...)
			if code != tt.code || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit code %d, want %d, and %q in:\n%s", code, tt.code, tt.stderr, stderr)
			}
			log := b.log()
			if got := strings.Contains(log, "my_commit"); got != tt.commits {
				t.Errorf("commits: %v; %s", got, log)
			}
			if got := strings.HasSuffix(log, "teardownSession"); got != tt.sessions {
				t.Errorf("the session is torn down: %v; %s", got, log)
			}
		})
	}
}

// TestScriptChangesGroup runs a script as a user logs in: in another group than the configuration's.
func TestScriptChangesGroup(t *testing.T) {
	b := newBox(t)
	b.write("bin/id", `#!/usr/bin/env bash
case $1 in
  -gn) if [ -n "$L2STRETCH_SELF" ]; then echo vyattacfg; else echo users; fi ;;
  -nG) echo users `+"$(cat "+b.path("groups")+`) ;;
  -u) echo 1000 ;;
  -un) echo vyos ;;
esac
`, 0o755)
	b.write("bin/sg", "#!/usr/bin/env bash\n[ \"$1\" = vyattacfg ] && exec sh -c \"$2\"\n", 0o755)
	b.write("groups", "vyattacfg adm", 0o644)
	if _, stderr, code := b.run(testGateway(), Secrets{}, "a\nb\n", "--yes"); code != 0 || !strings.Contains(b.log(), "my_commit") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	b.write("groups", "vyattaop", 0o644)
	if _, stderr, code := b.run(testGateway(), Secrets{}, "a\nb\n", "--yes"); code != 1 || !strings.Contains(stderr, "the user vyos is no administrator") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// TestScriptWithoutSecrets runs a script that has nothing to ask.
func TestScriptWithoutSecrets(t *testing.T) {
	for _, tt := range []struct {
		name    string
		secrets Secrets
		psk     bool
	}{
		{"omitted", Secrets{Omit: true}, false},
		{"revealed", Secrets{Reveal: func(name string) ([]byte, error) { return []byte(name + " $key"), nil }}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBox(t)
			_, stderr, code := b.run(testGateway(), tt.secrets, "", "--yes")
			if code != 0 {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			if got := strings.Contains(b.log(), "|secret|psk $key"); got != tt.psk {
				t.Errorf("sets the key: %v\n%s", got, b.log())
			}
		})
	}
}
