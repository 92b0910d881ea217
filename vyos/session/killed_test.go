package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/release"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A toolTask is what the process that is to be killed has to do.
type toolTask struct {
	Journal string
	Nodes   []toolNode
}

type toolNode struct {
	Plan    *plan.Plan
	Addr    string
	HostKey string
	Before  string // what runs, in the router's text
}

// open reaches a router at its port.
func (n toolNode) open(t testing.TB) func(context.Context) (apply.Device, error) {
	g := session.New(session.Options{
		Node: n.Plan.Node, Read: reader(t),
		Dial: func(ctx context.Context) (session.Runner, error) {
			return remote.Dial(ctx, remote.Target{
				Name: n.Plan.Node, Host: "gw1", User: "vyos", HostKeys: []string{n.HostKey}, Password: func() ([]byte, error) { return []byte("pw"), nil },
			}, remote.Options{SSHConfig: "none", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "tcp", n.Addr)
			}})
		},
	})
	return func(ctx context.Context) (apply.Device, error) {
		d, err := g.Open(ctx, pairRun)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

// TestTool is not a test but the process that TestKilledProcess kills.
func TestTool(t *testing.T) {
	name := os.Getenv("L2S_TOOL_TASK")
	if name == "" {
		t.Skip("it is a part of TestKilledProcess")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var task toolTask
	if err := json.Unmarshal(text, &task); err != nil {
		t.Fatal(err)
	}
	j, err := apply.OpenJournal(task.Journal)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := j.Lock("dr")
	if err != nil {
		t.Fatal(err)
	}
	tx := &apply.Transaction{Run: pairRun, Spec: "dr", Command: "apply"}
	for _, n := range task.Nodes {
		before, err := reader(t)(n.Plan.Release, []byte(n.Before))
		if err != nil {
			t.Fatal(err)
		}
		tx.Targets = append(tx.Targets, apply.Target{Plan: n.Plan, Before: before, Open: n.open(t)})
	}
	out, err := apply.Run(t.Context(), tx, j, apply.Options{})
	if err != nil || !out.Applied() {
		t.Errorf("%v: %+v", err, out)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

// A killing is two routers on ports, with a process that changes them until it is killed.
type killing struct {
	t       *testing.T
	routers []*sessiontest.Router
	start   []string
	task    toolTask
	mu      sync.Mutex
	process *os.Process
}

// newKilling starts the routers. Their commits take no time: the clock is the real one.
func newKilling(t *testing.T, phases []plan.Phase) *killing {
	k := &killing{t: t, task: toolTask{Journal: t.TempDir()}}
	for _, node := range []string{near, far} {
		r := sessiontest.New(t, sessiontest.Options{Release: "1.4", Config: texts["1.4"], Instant: true, Users: []sessiontest.User{{Name: "vyos", Password: "pw"}}})
		addr, err := r.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		before, err := reader(t)("1.4", []byte(r.Running()))
		if err != nil {
			t.Fatal(err)
		}
		base, err := plan.DigestOf(before)
		if err != nil {
			t.Fatal(err)
		}
		k.routers, k.start = append(k.routers, r), append(k.start, r.Running())
		k.task.Nodes = append(k.task.Nodes, toolNode{
			Plan: &plan.Plan{Node: node, Backend: "vyos", Release: "1.4", Base: base, Takes: time.Second, Guard: timer, Phases: phases},
			Addr: addr.String(), HostKey: string(ssh.MarshalAuthorizedKey(r.HostKey())), Before: r.Running(),
		})
	}
	return k
}

// run starts the process and waits for its end; what it printed is of interest when it was not killed.
func (k *killing) run() (printed string, err error) {
	text, err := json.Marshal(k.task)
	if err != nil {
		return "", err
	}
	name := filepath.Join(k.task.Journal, "task.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTool$")
	cmd.Env = append(os.Environ(), "L2S_TOOL_TASK="+name)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	k.mu.Lock()
	err = cmd.Start()
	k.process = cmd.Process
	k.mu.Unlock()
	if err == nil {
		err = cmd.Wait()
	}
	return out.String(), err
}

func (k *killing) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	// After its last answer the process may have ended before the router gets here.
	if err := k.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		k.t.Error(err)
	}
}

// recover does what the next process does, with nothing but the journal.
func (k *killing) recover() *apply.Outcome {
	j, err := apply.OpenJournal(k.task.Journal)
	if err != nil {
		k.t.Error(err)
		return nil
	}
	unlock, err := j.Lock("dr")
	if err != nil {
		k.t.Errorf("a dead process keeps its lock: %v", err)
		return nil
	}
	defer unlock()
	left, err := j.Unfinished("dr")
	if err != nil {
		k.t.Error(err)
	}
	if len(left) == 0 {
		return nil
	}
	out, err := apply.Recover(k.t.Context(), left[0], j, func(node string) func(context.Context) (apply.Device, error) {
		if node == near {
			return k.task.Nodes[0].open(k.t)
		}
		return k.task.Nodes[1].open(k.t)
	}, apply.Options{})
	if err != nil {
		k.t.Error(err)
	}
	return out
}

// TestKilledProcess kills a real process at a random step of one of two routers, 50 times, and lets the next process
// end what it left: both routers as before or both as planned, nothing left, no guard armed.
func TestKilledProcess(t *testing.T) {
	n := 50
	if testing.Short() || raceEnabled {
		n = 5
	}
	random := rand.New(rand.NewPCG(backendtest.Seed(t), 0))
	phases := []plan.Phase{(&box{t: t, grammar: grammar14(t)}).phase(some...)}

	whole := newKilling(t, phases)
	if printed, err := whole.run(); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	var planned []string
	var steps []int
	for _, r := range whole.routers {
		planned, steps = append(planned, r.Running()), append(steps, len(r.Steps()))
	}

	slots := make(chan struct{}, 16) // most of the time is waiting
	var all sync.WaitGroup
	var mu sync.Mutex
	ends := make(map[string]int)
	for range n {
		at := random.IntN(2)
		step, after := 1+random.IntN(steps[at]), random.IntN(2) == 0
		slots <- struct{}{}
		k := newKilling(t, phases)
		all.Go(func() {
			defer func() { <-slots }()
			k.routers[at].Fault(sessiontest.Fault{Kind: sessiontest.Call, At: step, After: after, Do: k.kill})
			printed, err := k.run()
			out := k.recover()
			end := k.judge(planned)
			mu.Lock()
			defer mu.Unlock()
			ends[end]++
			if end != "before" && end != "planned" || out != nil && out.NeedsHelp() {
				t.Errorf("killed at step %d of %d (after %v): %s\n%+v\n%v: %s", step, at, after, end, out, err, printed)
			}
		})
	}
	all.Wait()
	t.Log(ends)
}

// judge says how the routers are.
func (k *killing) judge(planned []string) string {
	var states []string
	for i, r := range k.routers {
		state := "neither"
		switch r.Running() {
		case planned[i]:
			state = "planned"
		case k.start[i]:
			state = "before"
		}
		if r.Saved() != r.Running() {
			state += ", not saved"
		}
		// A unit that was just being started when its directory went ends by itself.
		for end := time.Now().Add(30 * time.Second); len(r.Leftovers()) > 0 && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond)
		}
		if len(r.Timers())+len(r.Leftovers()) > 0 {
			state += fmt.Sprintf(", left %v %v", r.Timers(), r.Leftovers())
		}
		states = append(states, state)
	}
	if states[0] == states[1] {
		return states[0]
	}
	return states[0] + "; " + states[1]
}

func grammar14(t testing.TB) *release.Grammar {
	t.Helper()
	g, err := release.ReadGrammar("1.4")
	if err != nil {
		t.Fatal(err)
	}
	return g
}
