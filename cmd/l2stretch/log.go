package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/l2stretch/l2stretch/vyos/session"
)

// levelTrace is below debug: what is sent to and received from devices, secrets replaced.
const levelTrace = session.LevelTrace

// openLog makes the log that -v, L2STRETCH_LOG and --log-file ask for, and the function that closes it. A file that
// somebody asks for has what happens in it, also when nothing says how much.
func openLog(stderr io.Writer, g globals) (*slog.Logger, func() error, error) {
	level := slog.LevelWarn
	switch {
	case g.verbose:
		level = slog.LevelInfo
	case g.logFile != "":
		level = slog.LevelDebug
	}
	switch v := os.Getenv("L2STRETCH_LOG"); v {
	case "":
	case "debug":
		level = slog.LevelDebug
	case "trace":
		level = levelTrace
	default:
		return nil, nil, usagef("L2STRETCH_LOG is %q; it may be debug or trace", v)
	}
	w, done := stderr, func() error { return nil }
	if g.logFile != "" {
		f, err := os.OpenFile(g.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, err
		}
		w, done = f, f.Close
	}
	names := func(_ []string, a slog.Attr) slog.Attr {
		if l, ok := a.Value.Any().(slog.Level); ok && a.Key == slog.LevelKey && l == levelTrace {
			a.Value = slog.StringValue("TRACE")
		}
		return a
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: names})), done, nil
}
