package sessiontest

import (
	"bytes"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// TestShellAgainstBash runs the scripts of testdata/shell.txt and compares with what a genuine bash printed, and its exit
// status. UPDATE=1 asks the bash of this machine again.
func TestShellAgainstBash(t *testing.T) {
	const file = "testdata/shell.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if backendtest.Updating(t) {
		var out bytes.Buffer
		for _, c := range shellCases(string(data)) {
			cmd := osexec.Command("bash", "-s")
			cmd.Dir, cmd.Stdin = "/", strings.NewReader(c.script)
			got, err := cmd.Output()
			if _, exited := err.(*osexec.ExitError); err != nil && !exited {
				t.Fatal(err)
			}
			out.WriteString("=== \n" + c.script + "--- " + strconv.Itoa(cmd.ProcessState.ExitCode()) + "\n" + string(got))
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		data = out.Bytes()
	}
	synctest.Test(t, func(t *testing.T) {
		r := New(t, Options{Config: box})
		for _, c := range shellCases(string(data)) {
			got := script(t, r, "cd /\n"+c.script)
			if got.out != c.want || got.status != c.status {
				t.Errorf("%s\nprints %q, status %d (%s)\nbash   %q, status %d", c.script, got.out, got.status, got.err, c.want, c.status)
			}
		}
	})
}

type shellCase struct {
	script, want string
	status       int
}

func shellCases(data string) (out []shellCase) {
	for _, part := range strings.Split(data, "=== \n")[1:] {
		script, rest, _ := strings.Cut(part, "\n--- ")
		status, want, _ := strings.Cut(rest, "\n")
		n, err := strconv.Atoi(status)
		if err != nil {
			panic("shell.txt: " + part)
		}
		out = append(out, shellCase{script + "\n", want, n})
	}
	return out
}
