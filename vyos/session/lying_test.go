package session_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/session"
	"github.com/l2stretch/l2stretch/vyos/session/sessiontest"
)

// lies are what a router puts in place of something that a script of ours prints.
var lies = []string{
	"", " ", "-1", "0", "1", "99999999999999999999", "-9223372036854775808", "1e308", "NaN", "0x7fffffff", "yes", "no", "none", "vyos", "1.2", "1.4.0", "9.9", "end",
	"\x1b[2J\x1b]0;owned\x07", "\u009b31m", "\u202egnp", "\xff\xfe", "%s%n", "$(reboot)", "'", "../../etc/shadow", "/", "canary", strings.Repeat("A", 100_000),
	base64.StdEncoding.EncodeToString([]byte("\x1b[31mred\n")), base64.StdEncoding.EncodeToString([]byte("set system host-name '\u0085'\n")),
	base64.StdEncoding.EncodeToString([]byte("interfaces {\n")), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("a {\n"), 200)), "====", "aGk", "aGk=\x1b",
}

// A liar is a connection to a router that answers truthfully until it lies.
type liar struct {
	session.Runner
	r  *rand.Rand
	in *int // answers until it lies, shared by the connections of one run
}

func (l liar) Run(ctx context.Context, command string, stdin io.Reader) (remote.Result, error) {
	result, err := l.Runner.Run(ctx, command, stdin)
	if *l.in--; *l.in >= 0 || err != nil {
		return result, err
	}
	switch l.r.IntN(12) {
	case 0:
		return remote.Result{}, errors.New("the connection broke")
	case 1:
		result.Status = []int{-1, 1, 126, 255, 1 << 40}[l.r.IntN(5)]
	case 2:
		result.Truncated = true
	case 3:
		result.Stderr = []byte(lies[l.r.IntN(len(lies))])
	case 4:
		result.Stdout = result.Stdout[:l.r.IntN(len(result.Stdout)+1)]
	default:
		result.Stdout = l.lie(result.Stdout)
	}
	return result, nil
}

// lie changes some lines of an answer.
func (l liar) lie(out []byte) []byte {
	lines := strings.SplitAfter(string(out), "\n")
	for range 1 + l.r.IntN(2) {
		i := l.r.IntN(len(lines))
		word := lies[l.r.IntN(len(lies))]
		frame, key, _ := strings.Cut(strings.TrimSuffix(lines[i], "\n"), " ")
		key, _, _ = strings.Cut(key, " ")
		switch l.r.IntN(6) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += lines[i]
		case 2:
			lines[i] = fmt.Sprintf("%s%s fail %s\n", lines[i], frame, word)
		case 3:
			lines[i] = fmt.Sprintf("%s %s\n", frame, word)
		case 4:
			lines[i] = lines[l.r.IntN(len(lines))]
		default:
			lines[i] = fmt.Sprintf("%s %s %s\n", frame, key, word)
		}
	}
	return []byte(strings.Join(lines, ""))
}

// TestLyingRouter has a router answer with anything at any moment: whatever comes of it, nothing panics or hangs, and what is
// said of it is fit for a terminal and has no secret in it.
func TestLyingRouter(t *testing.T) {
	seed := backendtest.Seed(t)
	for i := range backendtest.Runs(t, 40) {
		rel := []string{"1.4", "1.2"}[i%2]
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			b := newBox(t, rel, texts[rel])
			sessiontest.NewNetwork(sessiontest.Node{Router: b.Router})
			in := r.IntN(14)
			b.gateway = session.New(b.options(func(ctx context.Context) (session.Runner, error) {
				conn, err := b.dialing(ctx, "vyos")
				if err != nil {
					return nil, err
				}
				return liar{conn, r, &in}, nil
			}))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			defer cancel()
			began := time.Now()
			for _, err := range b.lied(ctx) {
				if err == nil {
					continue
				}
				text := err.Error()
				if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' || unicode.Is(unicode.Cf, c) }) {
					t.Errorf("seed %d, run %d: %q", seed, i, text)
				}
				if len(text) > 4000 {
					t.Errorf("seed %d, run %d: %d octets: %.300q", seed, i, len(text), text)
				}
				for _, secret := range []string{"canary-of", b.secrets["psk"]} {
					if secret != "" && strings.Contains(text, secret) {
						t.Errorf("seed %d, run %d: %q", seed, i, text)
					}
				}
			}
			if took := time.Since(began); took > time.Hour {
				t.Errorf("seed %d, run %d: it took %v", seed, i, took)
			}
		})
	}
}

// lied asks the router for everything that can be asked, and returns all errors.
func (b *box) lied(ctx context.Context) (errs []error) {
	var before plan.Snapshot
	errs = append(errs, b.goes(ctx, &before).err)
	d, err := b.gateway.Open(ctx, "r1")
	if err != nil {
		return append(errs, err)
	}
	defer d.Close()
	note := func(err error) { errs = append(errs, err) }
	_, err = d.Look(ctx, "r1")
	note(err)
	if before != nil {
		note(d.Undo(ctx, "r1", before))
		base, err := plan.DigestOf(before)
		note(err)
		_, err = d.OldSecret(ctx, base, []string{"protocols", "bgp", "neighbor", "10.0.0.1", "password"})
		note(err)
	}
	_, err = d.LargestPacket(ctx, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), 576, 1500)
	note(err)
	_, err = d.Survey(ctx, []string{"br5010"}, map[string]string{"br5010": "192.168.10.1"}, netip.MustParseAddr("192.168.10.2"))
	note(err)
	return errs
}
