package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// scriptRouters are the simulated routers of one script.
type scriptRouters struct {
	byHost map[string]*sessiontest.Router // by the host that the example has for it

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
	for _, arg := range args[1:] {
		host, file, _ := strings.Cut(arg, "=")
		release := "1.4"
		if h, rel, ok := strings.Cut(host, "@"); ok {
			host, release = h, rel
		}
		r := sessiontest.New(all, sessiontest.Options{Hostname: strings.ReplaceAll(host, ".", "-"), Release: release, Config: ts.ReadFile(file), Instant: true})
		all.byHost[host] = r
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

// router HOST running FILE writes what a router runs into a file.
func routerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: router HOST running FILE")
	}
	r := ts.Value(routersKey{}).(*scriptRouters).byHost[args[0]]
	if r == nil {
		ts.Fatalf("there is no router %s", args[0])
	}
	switch args[1] {
	case "running":
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(r.Running()), 0o600))
	case "saved":
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(r.Saved()), 0o600))
	default:
		ts.Fatalf("unknown: router %s", args[1])
	}
}
