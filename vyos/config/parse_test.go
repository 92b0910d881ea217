package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos/release"
)

func grammar(t testing.TB, name string) Grammar {
	t.Helper()
	g, err := release.ReadGrammar(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden compares with a file, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if backendtest.Updating(t) {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(read(t, name)), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestExamples reads every config.boot under testdata, which are written by hand or captured, and prints it again byte for
// byte; then the other forms, which lie beside it, in every direction.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/1.*/*.boot")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name+"/"+filepath.Base(file), func(t *testing.T) { example(t, name, file) })
	}
}

func example(t *testing.T, name, file string) {
	g := grammar(t, name)
	old := name == "1.2" || name == "1.3"
	src := read(t, file)
	tree, err := Parse(file, src, ParseOptions{Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	if n := tree.Clone().Resolve(g); n != 0 {
		t.Errorf("%d words are unknown to %s", n, name)
	}
	if got := tree.Footer().Series(); got != name {
		t.Errorf("footer says %q", got)
	}
	o := PrintOptions{Grammar: g, Bare: old, Footer: tree.Footer(), Shown: true}
	if old {
		o.Order = DebianVersion
	}
	again, err := tree.AppendText(nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(src), string(again)); diff != "" {
		t.Errorf("printed again (-want +got):\n%s", diff)
	}
	base := strings.TrimSuffix(file, ".boot")
	bare := o
	bare.Bare, bare.Footer = true, Footer{}
	for _, f := range []struct {
		ext   string
		write func(*Tree, PrintOptions) ([]byte, error)
		opts  PrintOptions
	}{
		{".set", func(t *Tree, o PrintOptions) ([]byte, error) { return t.AppendCommands(nil, o) }, o},
		{".show", func(t *Tree, o PrintOptions) ([]byte, error) { return t.AppendText(nil, o) }, bare},
		{".json", func(t *Tree, o PrintOptions) ([]byte, error) { return t.AppendJSON(nil, o) }, o},
	} {
		got, err := f.write(tree, f.opts)
		if err != nil {
			t.Errorf("%s: %v", f.ext, err)
			continue
		}
		golden(t, base+f.ext, got)
		back, err := Parse(base+f.ext, got, ParseOptions{Grammar: g})
		if err != nil {
			t.Error(err)
			continue
		}
		if !Equal(tree, back) {
			d := Diff(tree, back, DiffOptions{Grammar: g})
			t.Errorf("%s: not the same tree:\n%s", f.ext, lines(d))
		}
		if got2, err := f.write(back, f.opts); err != nil || f.ext != ".json" && string(got2) != string(got) {
			t.Errorf("%s: printed again: %v\n%s", f.ext, err, cmp.Diff(string(got), string(got2)))
		}
	}
}

// TestMaskedExample reads what show configuration prints, with secrets hidden by asterisks.
func TestMaskedExample(t *testing.T) {
	g := grammar(t, "1.4")
	src := read(t, "testdata/1.4/capture-masked.show")
	shown, err := Parse("show", src, ParseOptions{Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	got, err := shown.AppendText(nil, PrintOptions{Grammar: g, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(src), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	boot, err := Parse("boot", read(t, "testdata/1.4/capture.boot"), ParseOptions{Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	d := Diff(shown, boot, DiffOptions{Grammar: g})
	if d.Len() != 0 || d.Masked != 3 {
		t.Errorf("%d changes, %d masked:\n%s", d.Len(), d.Masked, lines(d))
	}
}

func TestTypedCommands(t *testing.T) {
	g := grammar(t, "1.4")
	src := `# a comment
configure

set 'interfaces' 'ethernet' 'eth0' 'address' '10.0.0.1/24'
set interfaces ethernet eth0 description "two words"
  set interfaces ethernet eth0 mtu 1500
set interfaces ethernet eth0 mtu '1400'
set interfaces ethernet eth0 mtu 1500
set	interfaces ethernet eth1	disable
set interfaces ethernet eth2 disable
delete interfaces ethernet eth2
set interfaces ethernet eth3 description 'gone'
delete interfaces ethernet eth3 description
set system login banner pre-login 'a\b "quoted"'
comment interfaces ethernet eth0 "don't touch"
commit
save
exit
`
	src = strings.ReplaceAll(src, ` "quoted"`, "")
	tree, err := ParseString("typed", src, ParseOptions{Grammar: g})
	if err != nil {
		t.Fatal(err)
	}
	want := `set interfaces ethernet eth0 address '10.0.0.1/24'
set interfaces ethernet eth0 description 'two words'
set interfaces ethernet eth0 mtu '1500'
comment interfaces ethernet eth0 "don't touch"
set interfaces ethernet eth1 disable
set interfaces ethernet eth3
set system login banner pre-login 'a\b'
`
	if diff := cmp.Diff(want, text(tree)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("a {\n", 200)
	for _, tt := range []struct {
		src  string
		want string
	}{
		{"set interfaces ethernet eth0 description 'no end\n", `f:1:42: quote is not closed: 'no end`},
		{"set a b\nset a 'x'y\n", `f:2:7: text follows a closing quote: 'x'y`},
		{"set a b\nshow version\n", `f:2:1: not a command of a configuration: show version`},
		{"set a b\nset \n", `f:2:1: set without a path: set `},
		{"set a b\nset\n", `f:2:1: set without a path: set`},
		{"set a b'c\n", `f:1:7: quote inside a word: b'c`},
		{"set a '' b\n", `f:1:7: empty word: ''`},
		{"set a b\nset \xff\n", `f:2:5: neither text nor UTF-8: \xff`},
		{"set a \x1b[31m\n", `f:1:7: neither text nor UTF-8: \x1b[31m`},
		{"set" + strings.Repeat(" a", 200) + "\n", `f:1:205: nested too deeply: a a`},
		{"a {\n    b\n", `f:1:1: brace is not closed: a {`},
		{"a {\n}\n}\n", `f:3:1: closing brace without an opening one: }`},
		{"a {\n} b\n", `f:2:2: text follows a closing brace:  b`},
		{"a {\n    b c d\n}\n", `f:2:8: text follows a value:  d`},
		{"a {\n    b c d {\n    }\n}\n", `f:2:7: more than a name before a brace: c d {`},
		{"a {\n    b \"c\n}\n", `f:2:7: quote is not closed: "c`},
		{"a {\n    b \"c\" d\n}\n", `f:2:10: text follows a closing quote:  d`},
		{"/* no end\na {\n}\n", `f:1:1: comment is not closed: /* no end`},
		{deep, `f:100:1: nested too deeply: a {`},
		{`{"a": {"b": "c"`, `f:1:16: expected , or }, not the end`},
		{`{"a": 1}`, `f:1:7: expected a string, a list of strings or an object: 1}`},
		{`{"a": ["b", {}]}`, `f:1:13: expected a string: {}]}`},
		{"{\n  \"a\": \"b\"\n} x", `f:3:3: text follows the configuration: x`},
		{`{"": "b"}`, `f:1:2: empty word: ""`},
		{`{"a": "\x"}`, `f:1:8: unknown escape: \x"}`},
		{`{"a": "\ud800"}`, `f:1:8: unknown escape: \ud800`},
		{strings.Repeat(`{"a":`, 200), `f:1:506: nested too deeply: {`},
	} {
		_, err := ParseString("f", tt.src, ParseOptions{})
		if err == nil {
			t.Errorf("%q is accepted", tt.src)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Err == nil {
			t.Errorf("%q: %T", tt.src, err)
		}
		if got := err.Error(); !strings.HasPrefix(got, tt.want) || len(got) > len(tt.want)+60 {
			t.Errorf("%.40q:\ngot  %s\nwant %s", tt.src, got, tt.want)
		}
	}
	_, err := ParseString("f", "set a b\n", ParseOptions{Limit: 4})
	if !errors.Is(err, ErrTreeTooBig) {
		t.Errorf("got %v", err)
	}
}

// TestTruncated cuts an example at every octet: an error or a tree, never a panic.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"testdata/1.4/capture.boot", "testdata/1.4/capture.set", "testdata/1.4/capture.json"} {
		src := read(t, file)
		whole := 0
		for n := range src {
			if _, err := Parse("cut", src[:n], ParseOptions{}); err == nil {
				whole++
			}
		}
		if strings.HasSuffix(file, ".json") && whole > 2 {
			t.Errorf("%s: %d cuts were taken for whole", file, whole)
		}
	}
}

func TestFooters(t *testing.T) {
	for _, tt := range []struct{ release, want string }{
		{"1.2.9-S1", "1.2"}, {"VyOS 1.2.5", "1.2"}, {"1.3.8", "1.3"}, {"1.4.0", "1.4"}, {"1.4.0-epa3", "1.4"},
		{"1.5-stream-2025-Q1", "1.5"}, {"1.5-rolling-202410150007", "1.5"}, {"1.40", ""}, {"", ""}, {"999.202410210007", "rolling"},
	} {
		if got := (Footer{Release: tt.release}).Series(); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.release, got, tt.want)
		}
	}
	// A file that was saved by an old release and then by a new one has both footers; the last counts.
	src := "a {\n}\n\n/* Warning: Do not remove the following line. */\n/* === vyatta-config-version: \"x@1\" === */\n/* Release version: 1.2.6 */\n" +
		"\n// Warning: Do not remove the following line.\n// vyos-config-version: \"y@2\"\n// Release version: 1.3.2\n"
	tree, err := ParseString("f", src, ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Footer{Versions: "y@2", Release: "1.3.2"}); tree.Footer() != want {
		t.Errorf("got %+v", tree.Footer())
	}
}

// TestHugeInputs feeds what nobody should: memory and time stay bounded.
func TestHugeInputs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const size = 32 << 20 // octets; twice the longest word
	for _, tt := range []struct {
		name string
		src  string
	}{
		{"one word", "set a " + strings.Repeat("x", size)},
		{"one value", "a \"" + strings.Repeat("x", size)},
		{"braces", strings.Repeat("{\n", size/2)},
		{"open brackets", strings.Repeat("[", size)},
		{"objects", strings.Repeat(`{"a":`, size/5)},
		{"zeros", strings.Repeat("\x00", size)},
		{"blank", strings.Repeat(" ", size/8)},
		{"blank lines", strings.Repeat("\n", size/8)},
		{"blank commands", "set a\n" + strings.Repeat("\n", size/8)},
		{"many words", manyWords(size / 4)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tree, err := ParseString(tt.name, tt.src, ParseOptions{})
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 12*uint64(len(tt.src)) {
			t.Errorf("%s: %d MB allocated for %d", tt.name, used>>20, len(tt.src)>>20)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: error of %d octets", tt.name, len(err.Error()))
		}
		if err == nil && !strings.HasPrefix(tt.name, "blank") {
			t.Errorf("%s is accepted, empty %v", tt.name, tree.Empty())
		}
	}
}

func manyWords(size int) string {
	var b strings.Builder
	b.Grow(size + 32)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "set %x\n", i)
	}
	b.WriteString("set 'no end\n")
	return b.String()
}
