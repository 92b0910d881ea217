package session

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
)

// A scripted runner answers every script alike.
type scripted struct {
	answer string
	err    error
}

func (s scripted) Run(_ context.Context, _ string, stdin io.Reader) (remote.Result, error) {
	if _, err := io.Copy(io.Discard, stdin); err != nil {
		return remote.Result{}, err
	}
	return remote.Result{Stdout: []byte(s.answer)}, s.err
}

func (scripted) Close() error { return nil }

func TestLostIsSaidOnce(t *testing.T) {
	gone := fmt.Errorf("cloud/gw1: /bin/vbash -s: %w: %w", remote.ErrLost, io.EOF)
	g := New(Options{Node: "cloud/gw1", Dial: func(context.Context) (Runner, error) { return scripted{err: gone}, nil }})
	d, err := g.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = d.Inspect(t.Context())
	if want := "cloud/gw1: inspect: the connection was lost: EOF"; err == nil || err.Error() != want {
		t.Errorf("Inspect: %v, want %s", err, want)
	}
	if !errors.Is(err, plan.ErrLost) || !errors.Is(err, io.EOF) {
		t.Errorf("%v is not what it was caused by", err)
	}
}

// The log has what was sent and received, no configuration, and no secret in any form.
func TestTraceMasks(t *testing.T) {
	for _, key := range append(append([]string{"word", "error"}, textFrames...), configFrames...) {
		t.Run(key, func(t *testing.T) {
			var log strings.Builder
			text := base64.StdEncoding.EncodeToString([]byte("psk 'CANARY-1' said"))
			switch key {
			case "word":
				text = "psk CANARY-1 said"
			case "error": // a command that the router refused, with its number, the status and what it said
				text = "3 1 " + text
			}
			g := New(Options{
				Node: "cloud/gw1",
				Dial: func(context.Context) (Runner, error) {
					return scripted{answer: "L2S " + key + " " + text + "\nL2S end\n"}, nil
				},
				Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: LevelTrace})),
			})
			g.mask.add("CANARY-1")
			d, err := g.Open(t.Context(), "r1")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.runScript(t.Context(), "look", newScript().set("NAME", "CANARY-1").file("commands", []byte("CANARY-1")), 0); err != nil {
				t.Fatal(err)
			}
			got := log.String()
			if strings.Contains(got, "CANARY-1") || strings.Contains(got, base64.StdEncoding.EncodeToString([]byte("CANARY-1"))[:8]) || key != "word" && strings.Contains(got, text) {
				t.Errorf("a secret is in the log:\n%s", got)
			}
			want := key + " psk"
			if key == "error" {
				want = "error 3 1 psk '(secret)' said"
			}
			for _, c := range configFrames {
				if c == key {
					want = key + " (19 octets)"
				}
			}
			for _, want := range []string{want, "common.sh, commands (8 octets)", "NAME='(secret)'", "doing=look run=r1", "status=0 took="} {
				if !strings.Contains(got, want) {
					t.Errorf("the log does not have %q:\n%s", want, got)
				}
			}
		})
	}
}
