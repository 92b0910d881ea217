package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// A mishap is a fault at a step of one of the routers.
type mishap struct {
	name string
	make func(p *pair, b *box) sessiontest.Fault
}

// mishaps are what can happen at any step.
var mishaps = []mishap{
	{"tool killed", func(p *pair, _ *box) sessiontest.Fault {
		return sessiontest.Fault{Kind: sessiontest.Call, Do: func() { p.once.Do(p.die) }}
	}},
	{"dropped", fault(sessiontest.Fault{Kind: sessiontest.Drop})},
	{"dropped on both sides", func(p *pair, _ *box) sessiontest.Fault {
		return sessiontest.Fault{Kind: sessiontest.Call, Do: func() {
			for _, b := range p.boxes {
				b.Fault(sessiontest.Fault{Kind: sessiontest.Drop})
			}
		}}
	}},
	{"unreachable for a while", fault(sessiontest.Fault{Kind: sessiontest.Unreachable, For: 45 * time.Second})},
	{"unreachable for long", fault(sessiontest.Fault{Kind: sessiontest.Unreachable, For: 25 * time.Minute})},
	{"both unreachable", func(p *pair, _ *box) sessiontest.Fault {
		return sessiontest.Fault{Kind: sessiontest.Call, Do: func() {
			for _, b := range p.boxes {
				b.Fault(sessiontest.Fault{Kind: sessiontest.Unreachable, For: 2 * time.Minute})
			}
		}}
	}},
	{"frozen", fault(sessiontest.Fault{Kind: sessiontest.Freeze, For: 10 * time.Minute})},
	{"hangs", fault(sessiontest.Fault{Kind: sessiontest.Hang, For: 40 * time.Minute})},
	{"slow", fault(sessiontest.Fault{Kind: sessiontest.Slow, For: 50 * time.Second})},
	{"program fails", fault(sessiontest.Fault{Kind: sessiontest.Fail, Text: "it fails"})},
	{"program killed", fault(sessiontest.Fault{Kind: sessiontest.KillProgram})},
	{"script killed", fault(sessiontest.Fault{Kind: sessiontest.KillScript})},
	{"run full", fault(sessiontest.Fault{Kind: sessiontest.DiskFull, Path: "/run", For: 2 * time.Minute})},
	{"config full", fault(sessiontest.Fault{Kind: sessiontest.DiskFull, Path: "/config", For: 2 * time.Minute})},
	{"tree full", fault(sessiontest.Fault{Kind: sessiontest.DiskFull, Path: "/opt/vyatta/config", For: 2 * time.Minute})},
	{"rebooted", fault(sessiontest.Fault{Kind: sessiontest.Reboot})},
	{"locked", fault(sessiontest.Fault{Kind: sessiontest.LockHeld, For: 40 * time.Second})},
	{"clock ahead", fault(sessiontest.Fault{Kind: sessiontest.ClockJump, For: time.Hour})},
	{"clock back", fault(sessiontest.Fault{Kind: sessiontest.ClockJump, For: -time.Hour})},
	{"guard fires", fault(sessiontest.Fault{Kind: sessiontest.FireTimers})},
	{"commit fails", fault(sessiontest.Fault{Kind: sessiontest.CommitFails, Text: "it does not"})},
	{"part of a commit fails", fault(sessiontest.Fault{Kind: sessiontest.CommitFails, Path: "protocols static", Text: "it does not"})},
	{"read-back differs", fault(sessiontest.Fault{Kind: sessiontest.ReadbackDiffers})},
	{"save writes nothing", fault(sessiontest.Fault{Kind: sessiontest.SaveFails})},
	{"save writes half", fault(sessiontest.Fault{Kind: sessiontest.SaveFails, Text: "half"})},
	{"save fails", fault(sessiontest.Fault{Kind: sessiontest.SaveFails, Text: "error"})},
	{"disarm fails", fault(sessiontest.Fault{Kind: sessiontest.DisarmFails})},
}

func fault(f sessiontest.Fault) func(*pair, *box) sessiontest.Fault {
	return func(*pair, *box) sessiontest.Fault { return f }
}

// goal runs the transaction without a mishap, and says what it led to and what steps the routers passed.
func goal(t *testing.T, s pairShape) (before, planned []forms, steps [][]string) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, s)
		out, err := apply.Run(t.Context(), p.tx, p.journal, p.o)
		if err != nil || !out.Applied() {
			p.report(out)
			t.Fatal(err)
		}
		p.secret(pairRun)
		for _, b := range p.boxes {
			steps = append(steps, b.Steps())
			planned = append(planned, restarted(b.Router))
			before = append(before, restarted(newBox(t, s.release, b.start).Router))
		}
	})
	return before, planned, steps
}

// strike runs the transaction with one mishap.
func strike(t *testing.T, s pairShape, before, planned []forms, m mishap, at place) {
	for _, later := range []time.Duration{0, 20 * time.Minute} {
		died := false
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, s)
			p.before, p.planned = before, planned
			f := m.make(p, p.boxes[at.box])
			f.At, f.After = at.step, at.after
			p.boxes[at.box].Fault(f)
			began := time.Now()
			out, err := apply.Run(t.Context(), p.tx, p.journal, p.o)
			if err != nil {
				t.Error(err)
			}
			left := p.died()
			if died = left != ""; died {
				time.Sleep(later)
				out = p.recover(left, false)
			}
			if took := time.Since(began); took > 2*time.Hour {
				t.Errorf("it took %v", took)
			}
			p.judge(out)
			if t.Failed() {
				p.report(out)
			}
		})
		if !died {
			return
		}
	}
}

// TestInterrupted lets one thing happen at one step of one of two routers, and looks how the run ends: each router as
// it was or as planned, both alike, or somebody is told. A router passes some 65 boundaries in a run, and with what
// only waits and looks some 300 steps; places chooses among them for each thing.
func TestInterrupted(t *testing.T) {
	random := rand.New(rand.NewPCG(backendtest.Seed(t), 0))
	for _, s := range pairShapes {
		before, planned, steps := goal(t, s)
		sample := s.sample
		if testing.Short() || raceEnabled {
			sample /= 2
		}
		for _, m := range mishaps {
			for _, at := range places(t, random, steps, sample) {
				t.Run(fmt.Sprintf("%s/%s/%d.%d.%v", s.release, m.name, at.box, at.step, at.after), func(t *testing.T) {
					t.Parallel()
					strike(t, s, before, planned, m, at)
				})
			}
		}
	}
}

// TestPlaces holds what TestInterrupted has found at places that a sample seldom meets.
func TestPlaces(t *testing.T) {
	two := pairShape{release: "1.2", phases: 2}
	before, planned, _ := goal(t, two)
	for _, tt := range []struct {
		name  string
		fault sessiontest.Fault
	}{
		// The guard restored the text of the phase before, and left what the kernel had of the one that died.
		{"a later phase's commit dies", sessiontest.Fault{Kind: sessiontest.KillProgram, Match: "commit protocols static"}},
		{"a later phase's script dies", sessiontest.Fault{Kind: sessiontest.KillScript, Match: "commit protocols static"}},
		// A script that came round when the tool had gone left the run's directory, with the configuration in it.
		{"the script that stages is late", sessiontest.Fault{Kind: sessiontest.Freeze, For: 10 * time.Minute, Match: "systemd-run --version"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			strike(t, two, before, planned, mishap{make: fault(tt.fault)}, place{box: 1})
		})
	}
}
