package session

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// LevelTrace is the level, below debug, of what is sent to and received from a router. Secrets are masked, and files and
// configurations are logged by their sizes only.
const LevelTrace = slog.LevelDebug - 4

// shell is the command that takes all scripts.
const shell = "/bin/vbash -s"

// exchange runs a script in a channel of its own and logs that; doing is for messages and the log.
func (d *Device) exchange(ctx context.Context, doing string, script io.Reader) (remote.Result, error) {
	sent := &counter{from: script}
	began := time.Now()
	result, err := d.conn.Run(ctx, shell, sent)
	took := slog.Duration("took", time.Since(began).Round(time.Millisecond))
	if err != nil {
		err = d.errorf(doing, "%w", lost(err, d.o.Node))
		d.log(ctx, slog.LevelDebug, "ssh failed", doing, took, slog.String("error", config.Escape(d.mask.apply(err.Error()), tracedText)))
		return result, err
	}
	d.log(ctx, slog.LevelDebug, "ssh", doing, slog.String("command", shell), slog.Int("status", result.Status), took,
		slog.Int64("sent", sent.octets.Load()), slog.Int("received", len(result.Stdout)+len(result.Stderr)))
	return result, nil
}

func (d *Device) log(ctx context.Context, level slog.Level, what, doing string, more ...slog.Attr) {
	attrs := []slog.Attr{slog.String("gateway", d.o.Node), slog.String("doing", doing)}
	if d.run != "" {
		attrs = append(attrs, slog.String("run", d.run))
	}
	d.o.Log.LogAttrs(ctx, level, what, append(attrs, more...)...)
}

// tracedText is how much of one text is logged, in runes.
const tracedText = 1000

// traced makes a text fit for the log.
func (d *Device) traced(text string) string { return config.Escape(d.mask.apply(text), tracedText) }

// traceScript logs the parameters of a script, and the names and sizes of what else it brings.
func (d *Device) traceScript(ctx context.Context, doing string, s *script) {
	if d.o.Log.Enabled(ctx, LevelTrace) {
		d.log(ctx, LevelTrace, "sent", doing, slog.String("parts", strings.Join(s.parts, ", ")), slog.String("parameters", d.traced(s.parameters.String())))
	}
}

// Frames in base64: texts for people, and configurations, which are not logged.
var (
	textFrames   = []string{"output", "log", "version"}
	configFrames = []string{"running", "saved", "defaults", "candidate", "revision"}
)

// traceReply logs what a script has answered.
func (d *Device) traceReply(ctx context.Context, doing string, r *reply) {
	if !d.o.Log.Enabled(ctx, LevelTrace) {
		return
	}
	var said []string
	for _, key := range slices.Sorted(maps.Keys(r.frames)) {
		for _, value := range r.frames[key] {
			switch text, err := decode(value); {
			case slices.Contains(configFrames, key):
				value = fmt.Sprintf("(%d octets)", len(text))
			case slices.Contains(textFrames, key) && err == nil:
				value = d.traced(string(text))
			default:
				value = d.traced(d.unveiled(value))
			}
			said = append(said, strings.TrimSpace(key+" "+value))
		}
	}
	d.log(ctx, LevelTrace, "received", doing, slog.Any("frames", said))
}

// unveiled takes the words out of a frame that are secrets, or texts with secrets, in base64: the mask would not know them.
func (d *Device) unveiled(value string) string {
	words := strings.Fields(value)
	for i, w := range words {
		if text, err := decode(w); err == nil && d.mask.apply(string(text)) != string(text) {
			words[i] = d.mask.apply(string(text))
		}
	}
	return strings.Join(words, " ")
}

// traceOutputs logs what the commands of a look have printed.
func (d *Device) traceOutputs(ctx context.Context, doing, script string, o outputs) {
	if !d.o.Log.Enabled(ctx, LevelTrace) {
		return
	}
	d.log(ctx, LevelTrace, "sent", doing, slog.String("commands", d.traced(strings.TrimPrefix(script, prelude))))
	for _, name := range slices.Sorted(maps.Keys(o)) {
		d.log(ctx, LevelTrace, "received", doing, slog.String("name", config.Escape(name, 40)), slog.Int("status", o[name].status), slog.String("output", d.traced(o[name].text)))
	}
}

// A counter counts what is read through it.
type counter struct {
	from   io.Reader
	octets atomic.Int64 // the connection may still read when the script has ended
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.octets.Add(int64(n))
	return n, err
}

// A lostError is a connection that was lost, which its own text says already.
type lostError struct {
	text string
	err  error
}

func (e *lostError) Error() string   { return e.text }
func (e *lostError) Unwrap() []error { return []error{plan.ErrLost, e.err} }
