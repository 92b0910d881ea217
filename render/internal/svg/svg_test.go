package svg

import (
	"bytes"
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	if got := Width("Ai ", 10, false); got != (667+222+278)*10/1000.0 {
		t.Errorf("%v", got)
	}
	if Width("abc", 10, true) <= Width("abc", 10, false) {
		t.Error("bold text is not wider")
	}
}

func TestShorten(t *testing.T) {
	long := "a-very-long-name-of-a-site-1"
	got := Shorten(long, 80, 12, false)
	if Width(got, 12, false) > 80 || !strings.Contains(got, "…") || !strings.HasSuffix(got, "1") || !strings.HasPrefix(got, "a") {
		t.Errorf("%q", got)
	}
	if got := Shorten("short", 80, 12, false); got != "short" {
		t.Errorf("%q", got)
	}
	if got := Shorten("www", 1, 12, false); got != "…" {
		t.Errorf("%q", got)
	}
}

func TestWrap(t *testing.T) {
	lines := Wrap("some words that need more than one line, and averyveryveryverylongone", 100, 12, false)
	if len(lines) < 3 {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if Width(l, 12, false) > 100 {
			t.Errorf("%q is too long", l)
		}
	}
}

func TestCheckFindsProblems(t *testing.T) {
	paint := func(f func(*Canvas)) []string {
		c := New("t", "d")
		c.Rect(0, 0, 300, 100, "card")
		f(c)
		var b bytes.Buffer
		if _, err := c.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		problems, err := Check(&b)
		if err != nil {
			t.Fatal(err)
		}
		return problems
	}
	font := Font{Class: "muted", Size: 12}
	if p := paint(func(c *Canvas) { c.Text(10, 20, "fine & <well>", font) }); len(p) > 0 {
		t.Errorf("%q", p)
	}
	if p := paint(func(c *Canvas) { c.Text(10, 20, "one", font); c.Text(12, 24, "two", font) }); len(p) != 1 {
		t.Errorf("overlap: %q", p)
	}
	if p := paint(func(c *Canvas) { c.Text(290, 50, "leaves the box", font) }); len(p) != 1 {
		t.Errorf("leaving: %q", p)
	}
	if p := paint(func(c *Canvas) { c.Text(-200, 50, "outside", font) }); len(p) != 1 {
		t.Errorf("outside: %q", p)
	}
	if p := paint(func(*Canvas) {}); len(p) != 1 {
		t.Errorf("no text: %q", p)
	}
}
