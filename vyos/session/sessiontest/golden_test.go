package sessiontest

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/tools/txtar"
)

// TestCompiled sets and commits what the compiler makes for each release, command by command: a router refuses none of it,
// and runs exactly that.
func TestCompiled(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/compile/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			release, node, _ := strings.Cut(f.Name, "/")
			commands := string(f.Data)
			if strings.Count(commands, "\nset ") < 5 {
				continue // the same as another one
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+release+"/"+node, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { commitAll(t, release, commands) })
			})
		}
	}
}

func commitAll(t *testing.T, release, commands string) {
	r := New(t, Options{Release: release, Config: "set interfaces loopback lo\n"})
	var s strings.Builder
	s.WriteString("source /etc/default/vyatta\neval $(cli-shell-api getSessionEnv $$)\ncli-shell-api setupSession\n")
	want := r.Active().Clone()
	for line := range strings.Lines(commands) {
		line = strings.TrimSpace(line)
		if hidden, ok := strings.CutPrefix(line, "# needs secret "); ok {
			_, line, _ = strings.Cut(hidden, ": ")
			line = strings.TrimSuffix(line, " ***") + " 'secret'"
		}
		rest, ok := strings.CutPrefix(line, "set ")
		if !ok {
			continue
		}
		s.WriteString("/opt/vyatta/sbin/my_set " + rest + " || exit\n")
		for _, e := range r.edits([]string{line}) {
			e.apply(want, r.grammar)
		}
	}
	s.WriteString("/opt/vyatta/sbin/my_commit > /tmp/out; s=$?; cat /tmp/out; cli-shell-api teardownSession; exit $s\n")
	if got := script(t, r, s.String()); got.status != 0 || strings.Contains(got.out, "failed") {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
	if got := r.Running(); got != r.showText(want) {
		t.Errorf("it runs\n%s", got)
	}
}
