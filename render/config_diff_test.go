package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// noGrammar knows nothing.
type noGrammar struct{}

func (noGrammar) Root() int32                       { return 0 }
func (noGrammar) Child(int32, string) (int32, bool) { return 0, false }
func (noGrammar) Kind(int32) uint8                  { return 1 }
func (noGrammar) Secret(int32) bool                 { return false }
func (noGrammar) Fixed(int32) bool                  { return false }
func (noGrammar) Priority(int32) int                { return 0 }

func configDiff(t *testing.T, a, b string) *ConfigDiff {
	t.Helper()
	d := &ConfigDiff{Release: "1.4", Grammar: noGrammar{}}
	var err error
	if d.Old, err = config.ParseString("a", a, config.ParseOptions{}); err != nil {
		t.Fatal(err)
	}
	if d.New, err = config.ParseString("b", b, config.ParseOptions{}); err != nil {
		t.Fatal(err)
	}
	d.Delta = config.Diff(d.Old, d.New, config.DiffOptions{Grammar: d.Grammar})
	return d
}

func TestConfigDiffText(t *testing.T) {
	d := configDiff(t, "set a b 'x'\nset a c 'y'\n", "set a b 'x'\nset a c 'z\u202e'\n")
	var out bytes.Buffer
	if err := d.Text(&out, Style{Color: true}); err != nil {
		t.Fatal(err)
	}
	want := "  a {\n      b x\n\x1b[31m-     c y\x1b[0m\n\x1b[32m+     c z\\u202e\x1b[0m\n  }\n\n" +
		"2 commands: 1 set, 1 delete. 2 commands concern a path that VyOS 1.4 is not known to have: old values are deleted before new ones are set.\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConfigDiffContext shows two neighbours on each side of a change and leaves out the rest.
func TestConfigDiffContext(t *testing.T) {
	var a, b strings.Builder
	for i := range 20 {
		name := string(rune('a' + i))
		a.WriteString("set top " + name + " '1'\n")
		if i == 9 {
			b.WriteString("set top " + name + " '2'\n")
		} else {
			b.WriteString("set top " + name + " '1'\n")
		}
	}
	var out bytes.Buffer
	if err := configDiff(t, a.String(), b.String()).Text(&out, Style{}); err != nil {
		t.Fatal(err)
	}
	want := "  top {\n      ...\n      h 1\n      i 1\n-     j 1\n+     j 2\n      k 1\n      l 1\n      ...\n  }\n"
	if got, _, _ := strings.Cut(out.String(), "\n\n"); got+"\n" != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got+"\n"))
	}
}
