package session

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseReply(t *testing.T) {
	r, err := parseReply([]byte("Welcome to VyOS!\nL2S user vyos-1\nL2S free 12 /config\nL2S free 13 /run\nL2S running aGk=\nL2S guard \nL2S end\n"))
	if err != nil {
		t.Fatal(err)
	}
	if w, err := r.word("user"); w != "vyos-1" || err != nil {
		t.Error(w, err)
	}
	if got := r.all("free"); len(got) != 2 || got[1] != "13 /run" {
		t.Error(got)
	}
	if text, ok, err := r.text("running"); string(text) != "hi" || !ok || err != nil {
		t.Error(text, ok, err)
	}
	if w, err := r.word("guard"); w != "" || err != nil {
		t.Error(w, err)
	}
	if _, err := r.word("free"); !errors.Is(err, ErrHostile) {
		t.Error(err)
	}
	if _, err := r.number("user"); !errors.Is(err, ErrHostile) {
		t.Error(err)
	}
	if _, _, err := r.text("user"); err == nil {
		t.Error("no base64, and read")
	}
}

func TestParseReplyRefuses(t *testing.T) {
	for name, out := range map[string]string{
		"nothing":               "",
		"a message only":        "bash: vbash: command not found\n",
		"no end":                "L2S user vyos\n",
		"breaks off":            "L2S user vyos\nL2S end",
		"after the end":         "L2S end\nL2S user vyos\n",
		"no key":                "L2S  x\nL2S end\n",
		"key with capitals":     "L2S User x\nL2S end\n",
		"key too long":          "L2S " + strings.Repeat("a", 21) + " x\nL2S end\n",
		"terminal control":      "L2S user \x1b[2J\nL2S end\n",
		"not UTF-8":             "L2S user \xff\nL2S end\n",
		"more frames than ever": strings.Repeat("L2S error 1 1\n", maxFrames+1) + "L2S end\n",
	} {
		if _, err := parseReply([]byte(out)); !errors.Is(err, ErrHostile) {
			t.Errorf("%s: %v", name, err)
		} else if text := err.Error(); strings.Contains(text, "\x1b") || !utf8.ValidString(text) {
			t.Errorf("%s: the error is not escaped", name)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("L2S user vyos\nL2S running aGk=\nL2S end\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		r, err := parseReply(out)
		if err != nil {
			return
		}
		for key := range r.frames {
			for _, v := range r.all(key) {
				if !printable(v) {
					t.Errorf("%s: %q", key, v)
				}
			}
			if text, ok, err := r.text(key); err == nil && !ok {
				t.Errorf("%s: there and not there: %q", key, text)
			}
		}
	})
}
