package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

const (
	manyGateways   = 1000
	manyParallel   = 100
	manyRoundTrip  = 20 * time.Millisecond
	manyConnecting = "cat /config/config.boot" // what the floor reads over bare connections
)

// BenchmarkPlanLive plans many gateways over SSH, whose answers take 20 ms a round trip. The floor is the same number of bare
// connections that read the same text; ratio is against that, measured in the same run.
func BenchmarkPlanLive(b *testing.B) {
	f := newFarm(b, manyGateways)
	var planned, floor time.Duration
	for b.Loop() {
		began := time.Now()
		f.floor(b)
		floor += time.Since(began)
		began = time.Now()
		f.plan(b)
		planned += time.Since(began)
	}
	b.ReportMetric(planned.Seconds()/float64(b.N), "s/plan")
	b.ReportMetric(floor.Seconds()/float64(b.N), "s/floor")
	b.ReportMetric(planned.Seconds()/floor.Seconds(), "ratio")
}

// A farm is simulated routers with a specification of all of them.
type farm struct {
	dir     string
	routers map[string]*sessiontest.Router // by host
}

func newFarm(b *testing.B, n int) *farm {
	f := &farm{dir: b.TempDir(), routers: make(map[string]*sessiontest.Router)}
	var spec strings.Builder
	spec.WriteString("l2stretch {\n  name = \"farm\"\n}\n\nsecret \"psk\" {\n  env = \"PSK\"\n}\n")
	for i := range n {
		site, up := fmt.Sprintf("s%d", i), fmt.Sprintf("203.%d.%d.%d", i/60000, i/250%250, i%250+1)
		host := fmt.Sprintf("gw%d.example.org", i)
		// all of them have one name, hence the same keys
		f.routers[host] = sessiontest.New(b, sessiontest.Options{Config: fmt.Sprintf("set interfaces ethernet eth0 address '%s/24'\nset interfaces ethernet eth1 hw-id '52:54:00:00:00:01'\nset system host-name 'gw%d'\nset system config-management commit-revisions '20'\n", up, i), Instant: true})
		fmt.Fprintf(&spec, "\nsite %q {\n  networks = [\"10.%d.%d.0/24\"]\n\n  gateway \"gw1\" {\n    release = \"1.4\"\n\n    uplink {\n      interface = \"eth0\"\n      address   = \"%s/24\"\n      next_hop  = \"%s\"\n    }\n\n    bgp {\n      asn = %d\n    }\n\n    ssh {\n      host          = %q\n      identity_file = \"key\"\n      host_keys     = [%q]\n    }\n  }\n}\n",
			site, i/250, i%250, up, up[:strings.LastIndexByte(up, '.')]+".254", 4200000000+i, host, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(f.routers[host].HostKey()))))
	}
	if err := os.WriteFile(filepath.Join(f.dir, "main.hcl"), []byte(spec.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := writeKey(filepath.Join(f.dir, "key"), f.routers["gw0.example.org"].ClientKey()); err != nil {
		b.Fatal(err)
	}
	b.Setenv("L2STRETCH_SSH_CONFIG", "none")
	return f
}

// dial connects to a router through memory, with a delay.
func (f *farm) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	host, _, _ := strings.Cut(addr, ":")
	c, err := f.routers[host].Dial(ctx)
	if err != nil {
		return nil, err
	}
	return delayed(c), nil
}

// delayed makes whatever is written arrive half a round trip later, in both directions.
func delayed(c net.Conn) net.Conn {
	here, there := remotetest.Pipe()
	go carry(there, c)
	go carry(c, there)
	return here
}

// carry copies with a delay and never holds back more than that.
func carry(to, from net.Conn) {
	type piece struct {
		at   time.Time
		data []byte
	}
	line := make(chan piece, 1024)
	go func() {
		defer close(line)
		for {
			buf := make([]byte, 32<<10)
			n, err := from.Read(buf)
			if n > 0 {
				line <- piece{time.Now().Add(manyRoundTrip / 2), buf[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.at))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	to.Close()
	for range line { // whoever reads goes on until the end
	}
}

// floor reads the configuration of every router over a bare connection.
func (f *farm) floor(b *testing.B) {
	var all sync.WaitGroup
	slots := make(chan struct{}, manyParallel)
	for host, r := range f.routers {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			c, err := remote.Dial(b.Context(), remote.Target{
				Host: host, User: "vyos", IdentityFile: filepath.Join(f.dir, "key"), HostKeys: []string{string(ssh.MarshalAuthorizedKey(r.HostKey()))},
			}, remote.Options{Dial: f.dial, SSHConfig: remote.NoConfig})
			if err != nil {
				b.Error(err)
				return
			}
			if res, err := c.Run(b.Context(), manyConnecting, strings.NewReader("")); err != nil || res.Status != 0 {
				b.Errorf("%s: %v, status %d: %s", host, err, res.Status, res.Stderr)
			}
			if err := c.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
}

// plan runs the command in this process.
func (f *farm) plan(b *testing.B) {
	stdout, err := os.Create(filepath.Join(f.dir, "stdout"))
	if err != nil {
		b.Fatal(err)
	}
	stderr, err := os.Create(filepath.Join(f.dir, "stderr"))
	if err != nil {
		b.Fatal(err)
	}
	code := runWith([]string{"plan", "--parallel", fmt.Sprint(manyParallel), "--format", "json", f.dir}, strings.NewReader(""), stdout, stderr, f.dial)
	if _, err := stderr.Seek(0, io.SeekStart); err != nil {
		b.Fatal(err)
	}
	said, _ := io.ReadAll(stderr)
	if code != 0 {
		b.Fatalf("exit code %d\n%.2000s", code, said)
	}
	if info, err := stdout.Stat(); err != nil || info.Size() < manyGateways*100 {
		b.Fatalf("the plan has %d octets: %v", info.Size(), err)
	}
	stdout.Close()
	stderr.Close()
}
