package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"mvdan.cc/sh/v3/shell"
)

// fuzzForm fails the test unless what must hold for every input holds for this one.
func fuzzForm(t *testing.T, src []byte, f form) {
	if err := f.stable(src); err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
}

// stable reports what does not hold for whatever a parser accepts: it prints, unless the form cannot carry a word, and what it
// prints is read back as the same and printed the same.
func (f form) stable(src []byte) error {
	tree, err := Parse("fuzz", src, f.parse)
	if err != nil {
		if strings.ContainsFunc(err.Error(), func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
			return fmt.Errorf("control characters in %q", err)
		}
		return nil
	}
	first, err := f.write(tree)
	if err != nil {
		return nil
	}
	f.parse.Limit = 1 << 30
	read := func(text []byte) (*Tree, []byte, error) {
		back, err := Parse("printed", text, f.parse)
		if err != nil {
			return nil, nil, fmt.Errorf("%w\n%q", err, text)
		}
		again, err := f.write(back)
		if err != nil {
			return nil, nil, fmt.Errorf("%w\n%q", err, text)
		}
		return back, again, nil
	}
	back, second, err := read(first)
	if err == nil && f.parse.Form == FormCommands {
		// Where nobody knows the words, and all of a line need quotes, nothing tells a value: once is enough to settle that.
		first = second
		back, second, err = read(first)
	}
	switch {
	case err != nil:
		return err
	case !bytes.Equal(first, second):
		return fmt.Errorf("printed again\n%q\n%q", first, second)
	case !Equal(tree, back):
		return fmt.Errorf("not the same tree\n%q", first)
	}
	return nil
}

func seeds(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join("testdata", "*", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, true)
			f.Add(b[:len(b)/2], false)
		}
	}
}

func FuzzCommands(f *testing.F) {
	g := grammar(f, "1.4")
	seeds(f, "*.set")
	f.Add([]byte("set a b 'c'\nset a b 'd'\ndelete a b 'c'\ncomment a 'x'\n"), false)
	f.Fuzz(func(t *testing.T, src []byte, known bool) {
		for _, form := range formsOf("1.4", nil)[:2] {
			if known {
				form.parse.Grammar, form.print.Grammar = g, g
			}
			form.parse.Escapes = EscapesOn
			if !form.print.Shown {
				form.parse.Escapes = EscapesOff
			}
			fuzzForm(t, src, form)
		}
	})
}

func FuzzText(f *testing.F) {
	g := grammar(f, "1.4")
	seeds(f, "*.boot", "*.show")
	f.Add([]byte("a {\n    b c {\n    }\n    /* x */\n    d \"e\"\n}\n// Release version: 1.4.0\n"), false)
	f.Fuzz(func(t *testing.T, src []byte, known bool) {
		for _, form := range formsOf("1.4", nil)[2:5] {
			if known {
				form.parse.Grammar, form.print.Grammar = g, g
			}
			if !form.print.Bare {
				form.parse.Escapes = EscapesOn
			}
			fuzzForm(t, src, form)
		}
	})
}

func FuzzJSON(f *testing.F) {
	g := grammar(f, "1.4")
	seeds(f, "*.json")
	f.Add([]byte(`{"a": {"b": "c", "d": ["e", "\u00e9"], "f": {}}}`), false)
	f.Fuzz(func(t *testing.T, src []byte, known bool) {
		form := formsOf("1.4", nil)[5]
		if known {
			form.parse.Grammar, form.print.Grammar = g, g
		}
		fuzzForm(t, src, form)
	})
}

func noVariable(string) string { return "" }

// FuzzQuote checks that what Quote and CheckName accept comes back as one word.
func FuzzQuote(f *testing.F) {
	for _, s := range values {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if q, err := Quote(s); err == nil {
			tree, err := ParseString("fuzz", "set a "+q+"\n", ParseOptions{Escapes: EscapesOff})
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := tree.Root().Value("a"); v != s || !ok {
				t.Fatalf("%q became %q", s, v)
			}
			if strings.ContainsAny(q[1:len(q)-1], "'\"\n") {
				t.Fatalf("%q holds what VyOS refuses", q)
			}
		}
		if q, err := Quote(s); err == nil && !strings.ContainsRune(s, 0) {
			if words, err := shell.Fields("set a "+q, noVariable); err != nil || len(words) != 3 || words[2] != s {
				t.Fatalf("a shell reads %q as %q, %v", q, words, err)
			}
		}
		if CheckName(s) == nil {
			if words, err := shell.Fields("set a "+s+" b", noVariable); err != nil || len(words) != 4 || words[2] != s {
				t.Fatalf("a shell reads the name %q as %q, %v", s, words, err)
			}
			tree, err := ParseString("fuzz", "set a "+s+" b\n", ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := tree.Find("a", s, "b"); !ok {
				t.Fatalf("%q was lost", s)
			}
		}
	})
}

// FuzzDiff checks differences of any two configurations, as commands.
func FuzzDiff(f *testing.F) {
	var grammars []Grammar
	for _, name := range []string{"1.2", "1.4"} {
		grammars = append(grammars, grammar(f, name))
	}
	f.Add("set interfaces vxlan vxlan1 vni '1'\n", "set interfaces vxlan vxlan1 vni '2'\n", byte(0))
	f.Add("set a b 'c'\n", "set a b\n", byte(2))
	f.Add("set interfaces bridge br1 address '10.0.0.1/8'\nset interfaces bridge br1 address '10.0.0.2/8'\n", "set interfaces bridge br1\n", byte(1))
	f.Fuzz(func(t *testing.T, a, b string, which byte) {
		var o DiffOptions
		if n := int(which) % 3; n < len(grammars) {
			o.Grammar = grammars[n]
		}
		old, err := ParseString("a", a, ParseOptions{Form: FormCommands, Grammar: o.Grammar})
		if err != nil {
			return
		}
		new, err := ParseString("b", b, ParseOptions{Form: FormCommands, Grammar: o.Grammar})
		if err != nil {
			return
		}
		if err := roundTrip(old, new, o); err != nil {
			t.Fatal(err)
		}
	})
}
