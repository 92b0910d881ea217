package session_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// A tap keeps what is piped to the router.
type tap struct {
	session.Runner
	piped []byte
}

func (t *tap) Run(ctx context.Context, command string, stdin io.Reader) (remote.Result, error) {
	var b bytes.Buffer
	got, err := t.Runner.Run(ctx, command, io.TeeReader(stdin, &b))
	if b.Len() > len(t.piped) {
		t.piped = b.Bytes()
	}
	return got, err
}

// BenchmarkStage stages 10,000 commands, and prints how that compares with one bare exec of the same commands, one of the
// same bytes that are staged, and one that only pipes them.
func BenchmarkStage(b *testing.B) {
	bx := newInstantBox(b, "1.4", text14)
	lines := many(10000)
	ph := bx.phase(lines...)
	ctx := context.Background()
	conn := bx.dial("vyos")
	defer conn.Close()
	exec := func(command, script string) time.Duration {
		began := time.Now()
		got, err := conn.Run(ctx, command, strings.NewReader(script))
		if err != nil || got.Status != 0 {
			b.Fatalf("%d %s %v", got.Status, got.Stderr, err)
		}
		return time.Since(began)
	}
	script := "source /etc/default/vyatta\neval $(cli-shell-api getSessionEnv $$)\ncli-shell-api setupSession\n" +
		"/opt/vyatta/sbin/my_" + strings.Join(lines, "\n/opt/vyatta/sbin/my_") + "\ncli-shell-api teardownSession\n"
	var stage, bare, piped time.Duration
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		t := &tap{Runner: bx.dial("vyos")}
		d, err := session.New(bx.options(func(context.Context) (session.Runner, error) { return t, nil })).Open(ctx, "bench")
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := d.Inspect(ctx); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := d.Stage(ctx, ph); err != nil {
			b.Fatal(err)
		}
		stage += time.Since(began)
		bare += exec("/bin/vbash -s", script)
		piped += exec("cat", string(t.piped))
		if err := d.Clean(ctx, "bench"); err != nil {
			b.Fatal(err)
		}
		d.Close()
	}
	b.ReportMetric(float64(stage)/float64(bare), "x-bare-exec")
	b.ReportMetric(float64(stage)/float64(piped), "x-pipe")
	b.ReportMetric(stage.Seconds()/float64(n), "s/stage")
	b.ReportMetric(bare.Seconds()/float64(n), "s/bare-exec")
	b.ReportMetric(piped.Seconds()/float64(n), "s/pipe")
}

// BenchmarkInspect connects and inspects.
func BenchmarkInspect(b *testing.B) {
	bx := newInstantBox(b, "1.4", text14)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		d, err := bx.as("vyos").Open(ctx, "")
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := d.Inspect(ctx); err != nil {
			b.Fatal(err)
		}
		d.Close()
	}
}
