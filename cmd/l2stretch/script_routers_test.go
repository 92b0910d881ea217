package main

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// scriptRouters are the simulated routers of one script.
type scriptRouters struct {
	byHost   map[string]*sessiontest.Router // by the host that the example has for it
	segments map[string]*sessiontest.Segment
	net      *sessiontest.Network

	one      sync.Mutex
	problems []string
	cleanups []func()
}

type routersKey struct{}

// addRouters lets a script start routers.
func addRouters(env *testscript.Env) {
	r := &scriptRouters{byHost: make(map[string]*sessiontest.Router)}
	env.Values[routersKey{}] = r
	t := env.T()
	env.Defer(func() {
		for _, f := range slices.Backward(r.cleanups) {
			f()
		}
		r.one.Lock()
		defer r.one.Unlock()
		for _, p := range r.problems {
			t.Log(p)
		}
		if len(r.problems) > 0 {
			t.FailNow()
		}
	})
}

func (r *scriptRouters) Helper() {}

func (r *scriptRouters) Errorf(format string, args ...any) {
	r.one.Lock()
	defer r.one.Unlock()
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *scriptRouters) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// routers SPEC HOST=FILE... starts a router for each HOST of a specification, which runs the configuration in FILE, and makes
// the specification lead there: to a port of this machine, with keys in files beside it.
func routersCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: routers SPEC HOST=FILE...")
	}
	all := ts.Value(routersKey{}).(*scriptRouters)
	path := ts.MkAbs(args[0])
	spec := ts.ReadFile(args[0])
	var known strings.Builder
	var nodes []sessiontest.Node
	for _, arg := range args[1:] {
		host, file, _ := strings.Cut(arg, "=")
		release := "1.4"
		if h, rel, ok := strings.Cut(host, "@"); ok {
			host, release = h, rel
		}
		r := sessiontest.New(all, sessiontest.Options{Hostname: strings.ReplaceAll(host, ".", "-"), Release: release, Config: ts.ReadFile(file), Instant: true})
		all.byHost[host] = r
		nodes = append(nodes, sessiontest.Node{Router: r})
		addr, err := r.Listen("127.0.0.1:0")
		ts.Check(err)
		_, port, _ := strings.Cut(addr.String(), ":")
		fmt.Fprintln(&known, knownhosts.Line([]string{addr.String()}, r.HostKey()))
		key := host + ".key"
		ts.Check(writeKey(filepath.Join(filepath.Dir(path), key), r.ClientKey()))
		old := fmt.Sprintf("host = %q", host)
		if !strings.Contains(spec, old) {
			ts.Fatalf("%s has no %s", args[0], old)
		}
		spec = strings.Replace(spec, old, fmt.Sprintf("host = \"127.0.0.1\"\n      port = %s\n      identity_file = %q\n      known_hosts = \"known_hosts\"", port, key), 1)
	}
	all.net = sessiontest.NewNetwork(nodes...)
	all.segments = make(map[string]*sessiontest.Segment)
	for i, arg := range args[1:] { // each has a host and a default gateway of its own
		host, _, _ := strings.Cut(arg, "=")
		s := all.net.Segment(host).Plug(nodes[i].Router, "eth1")
		s.Host(sessiontest.Host{IP: netip.MustParseAddr(fmt.Sprintf("192.168.10.%d", 20+i))})
		s.Host(sessiontest.Host{IP: netip.MustParseAddr("192.168.10.1")})
		all.segments[host] = s
	}
	ts.Check(os.WriteFile(filepath.Join(filepath.Dir(path), "known_hosts"), []byte(known.String()), 0o600))
	ts.Check(os.WriteFile(path, []byte(spec), 0o600))
}

func writeKey(path string, key ed25519.PrivateKey) error {
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

// router HOST DO [FILE] looks at a router or does something to it:
//
//	running FILE   write what it runs into a file
//	saved FILE     write what it would boot
//	commit FILE    another administrator commits the commands in a file, and saves
//	dirty FILE     another administrator sets them and goes on working
//	clean FILE     he gives up
//	gateway up     the default gateway of its segment answers
//	gateway down   it does not
//	forget archive its archive of configurations is emptied
//	freeze STEP    when it comes to a step whose name has STEP in it, nothing passes for 5 seconds
func routerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: router HOST WHAT FILE|STATE|STEP")
	}
	all := ts.Value(routersKey{}).(*scriptRouters)
	r := all.byHost[args[0]]
	if r == nil {
		ts.Fatalf("there is no router %s", args[0])
	}
	gateway := netip.MustParseAddr("192.168.10.1")
	switch args[1] {
	case "running":
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(r.Running()), 0o600))
	case "saved":
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(r.Saved()), 0o600))
	case "commit":
		save := `sudo sg vyattacfg "umask 0002; /usr/libexec/vyos/vyos-save-config.py"`
		all.script(ts, r, ts.ReadFile(args[2]), "/opt/vyatta/sbin/my_commit || exit 1", "cli-shell-api teardownSession", save)
	case "dirty":
		all.script(ts, r, ts.ReadFile(args[2]), "echo ready", "while [ ! -e /tmp/clean ]; do sleep 0.1; done", "cli-shell-api teardownSession", "rm -f /tmp/clean")
	case "clean":
		all.script(ts, r, "", "cli-shell-api teardownSession", "touch /tmp/clean", "while [ -e /tmp/clean ]; do sleep 0.1; done")
	case "gateway":
		if args[2] == "up" {
			all.segments[args[0]].Host(sessiontest.Host{IP: gateway})
		} else {
			all.segments[args[0]].Remove(gateway)
		}
	case "forget":
		all.script(ts, r, "", "cli-shell-api teardownSession", "sudo rm -f /config/archive/config.boot.*.gz")
	case "freeze":
		r.Fault(sessiontest.Fault{Kind: sessiontest.Freeze, Match: args[2], For: 5 * time.Second})
	default:
		ts.Fatalf("unknown: router %s", args[1])
	}
}

// script has another administrator carry out set and delete commands, and then the rest. It returns when the script has
// ended or printed something.
func (s *scriptRouters) script(ts *testscript.TestScript, r *sessiontest.Router, commands string, rest ...string) {
	var b strings.Builder
	b.WriteString("source /etc/default/vyatta\neval $(cli-shell-api getSessionEnv $$)\ncli-shell-api setupSession || exit 1\n")
	for line := range strings.Lines(commands) {
		op, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		fmt.Fprintf(&b, "/opt/vyatta/sbin/my_%s %s || exit 1\n", op, path)
	}
	b.WriteString(strings.Join(rest, "\n") + "\n")
	conn, err := r.Dial(context.Background())
	ts.Check(err)
	signer, err := ssh.NewSignerFromKey(r.ClientKey())
	ts.Check(err)
	c, channels, requests, err := ssh.NewClientConn(conn, "router", &ssh.ClientConfig{
		User: "admin2", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(r.HostKey()),
	})
	ts.Check(err)
	client := ssh.NewClient(c, channels, requests)
	s.Cleanup(func() { client.Close() })
	session, err := client.NewSession()
	ts.Check(err)
	session.Stdin = strings.NewReader(b.String())
	out, err := session.StdoutPipe()
	ts.Check(err)
	ts.Check(session.Start("vbash -s"))
	if n, _ := out.Read(make([]byte, 1)); n > 0 {
		return
	}
	ts.Check(session.Wait())
}
