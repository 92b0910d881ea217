package session_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A box is a simulated router with the gateway that speaks to it.
type box struct {
	*sessiontest.Router
	t       testing.TB
	gateway *session.Gateway
	grammar *release.Grammar
	secrets map[string]string
	start   string // what ran at first
}

const canary = "canary-of-the-specification"

// newBox starts a router. Call it within a synctest bubble: its time is the bubble's.
func newBox(t testing.TB, rel, text string) *box {
	t.Helper()
	return makeBox(t, sessiontest.Options{Release: rel, Config: text})
}

// newInstantBox starts a router whose tools take no time of their own.
func newInstantBox(t testing.TB, rel, text string) *box {
	t.Helper()
	return makeBox(t, sessiontest.Options{Release: rel, Config: text, Instant: true})
}

func makeBox(t testing.TB, o sessiontest.Options) *box {
	t.Helper()
	g, err := release.ReadGrammar(o.Release)
	if err != nil {
		t.Fatal(err)
	}
	o.Users = []sessiontest.User{
		{Name: "vyos", Password: "pw"}, {Name: "admin2", Password: "pw"}, {Name: "oper", Groups: []string{"users", "vyattaop"}, Password: "pw"},
	}
	r := sessiontest.New(t, o)
	b := &box{Router: r, t: t, grammar: g, secrets: map[string]string{"psk": canary}, start: r.Running()}
	b.gateway = b.as("vyos")
	return b
}

// dialing connects to the router as a user.
func (b *box) dialing(ctx context.Context, user string) (*remote.Conn, error) {
	return remote.Dial(ctx, remote.Target{
		Name: "onprem/gw1", Host: "gw1", User: user, HostKeys: []string{string(ssh.MarshalAuthorizedKey(b.HostKey()))},
		Password: func() ([]byte, error) { return []byte("pw"), nil },
	}, remote.Options{SSHConfig: "none", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return b.Dial(ctx) }})
}

// dial does so, and fails the test when that fails.
func (b *box) dial(user string) *remote.Conn {
	b.t.Helper()
	conn, err := b.dialing(b.t.Context(), user)
	b.must(err)
	return conn
}

// as is a gateway that logs in as a user, and knows nothing of what others have read.
func (b *box) as(user string) *session.Gateway {
	return session.New(b.options(func(ctx context.Context) (session.Runner, error) { return b.dialing(ctx, user) }))
}

func (b *box) options(dial func(context.Context) (session.Runner, error)) session.Options {
	return session.Options{
		Node: "onprem/gw1", Dial: dial, Read: reader(b.t),
		Grammar: func(string) (*release.Grammar, error) { return b.grammar, nil },
		Secret: func(name string) ([]byte, error) {
			if s, ok := b.secrets[name]; ok {
				return []byte(s), nil
			}
			return nil, errors.New("there is none of that name")
		},
	}
}

// open connects for a run.
func (b *box) open(run string) *session.Device {
	b.t.Helper()
	d, err := b.gateway.Open(b.t.Context(), run)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.t.Error(err)
		}
	})
	return d
}

// inspected connects for a run and inspects.
func (b *box) inspected(run string) (*session.Device, plan.Snapshot) {
	b.t.Helper()
	d := b.open(run)
	s, _, err := d.Inspect(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return d, s
}

// phase makes a phase of commands as they are typed.
func (b *box) phase(lines ...string) plan.Phase {
	b.t.Helper()
	var ph plan.Phase
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		tree, err := config.ParseString("test", "set "+rest, config.ParseOptions{Form: config.FormCommands, Grammar: b.grammar})
		if err != nil {
			b.t.Fatal(err)
		}
		tree.Resolve(b.grammar)
		for end := range tree.Root().Terminals() {
			st := plan.Step{Op: plan.Op(word), Path: end.Path()}
			if end.IsValue() {
				st.Secret = config.IsSecretPath(b.grammar, st.Path)
				st.Value = end.Name()
				st.Path = st.Path[:len(st.Path)-1]
			}
			ph.Steps = append(ph.Steps, st)
		}
	}
	return ph
}

// timer is a guard as a plan has it.
var timer = plan.Guard{Kind: plan.GuardTimer, Timeout: 5 * time.Minute}

// must fails the test for any error.
func (b *box) must(errs ...error) {
	b.t.Helper()
	for _, err := range errs {
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// same fails the test unless what runs is what ran at first.
func (b *box) same() {
	b.t.Helper()
	if got := b.Running(); got != b.start {
		b.t.Errorf("what runs is not what ran at first:\n%s", got)
	}
}

// bubble runs a test in fake time for each release.
func bubble(t *testing.T, test func(t *testing.T, b *box)) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newBox(t, rel.Name, texts[rel.Name])) })
		})
	}
}

// texts are what runs at first, by release.
var texts = map[string]string{"1.2": text12, "1.3": text13, "1.4": text14, "1.5": text14, "rolling": text14}

const (
	common = `
set interfaces ethernet eth0 address '192.0.2.1/30'
set interfaces ethernet eth1 description 'x\y $d; |<>'
set interfaces loopback lo
set protocols static route 0.0.0.0/0 next-hop 192.0.2.2
set system host-name 'gw1'
`
	text12 = common + `set protocols bgp 65001 neighbor 10.0.0.1 remote-as '65002'
set protocols bgp 65001 neighbor 10.0.0.1 password 'canary-of-the-router'
`
	text13 = text12
	text14 = common + `set protocols bgp system-as '65001'
set protocols bgp neighbor 10.0.0.1 remote-as '65002'
set protocols bgp neighbor 10.0.0.1 password 'canary-of-the-router'
`
)

// exec runs lines of bash as a user, over a connection of its own, and returns what they print.
func (b *box) exec(user string, lines ...string) string {
	b.t.Helper()
	conn := b.dial(user)
	defer conn.Close()
	got, err := conn.Run(b.t.Context(), "/bin/vbash -s", strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if err != nil {
		b.t.Fatal(err)
	}
	if len(got.Stderr) > 0 {
		b.t.Logf("%s", got.Stderr)
	}
	return string(got.Stdout)
}

// foreign makes another administrator set something; commit says whether he commits it.
func (b *box) foreign(commit bool, settings ...string) {
	b.t.Helper()
	lines := []string{
		"source /etc/default/vyatta", "eval $(cli-shell-api getSessionEnv $$)", "cli-shell-api setupSession || echo no session",
	}
	for _, words := range settings {
		lines = append(lines, "/opt/vyatta/sbin/my_set "+words+" || echo refused")
	}
	if commit {
		lines = append(lines, "/opt/vyatta/sbin/my_commit || echo failed", "cli-shell-api teardownSession")
	} else {
		lines = append(lines, "sleep 3600 &")
	}
	if out := b.exec("admin2", lines...); out != "" {
		b.t.Fatalf("the other administrator is told %q", out)
	}
}

// clean fails the test when anything of ours is left on the router.
func (b *box) clean() {
	b.t.Helper()
	out := b.exec("vyos", "sudo ls -d /run/l2stretch.* 2>/dev/null", "systemctl list-units --all --no-legend --plain 'l2stretch-*'", "ls /opt/vyatta/config/tmp")
	if strings.TrimSpace(out) != "" {
		b.t.Errorf("left over:\n%s", out)
	}
}
