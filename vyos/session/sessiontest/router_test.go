package sessiontest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/ssh"
)

const box = `
set interfaces ethernet eth0 address '192.0.2.1/30'
set interfaces ethernet eth1 description 'LAN'
set interfaces loopback lo
set protocols static route 0.0.0.0/0 next-hop 192.0.2.2
set system config-management commit-revisions '20'
set system host-name 'vyos'
`

type result struct {
	out, err string
	status   int
}

// connect opens an SSH connection.
func connect(t testing.TB, r *Router, user string) *ssh.Client {
	t.Helper()
	conn, err := r.Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(r.ClientKey())
	if err != nil {
		t.Fatal(err)
	}
	c, chans, reqs, err := ssh.NewClientConn(conn, "vyos", &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(r.HostKey()),
	})
	if err != nil {
		t.Fatal(err)
	}
	client := ssh.NewClient(c, chans, reqs)
	t.Cleanup(func() { client.Close() })
	return client
}

// exec runs a command with an input.
func exec(t testing.TB, c *ssh.Client, command, stdin string) result {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	s.Stdout, s.Stderr, s.Stdin = &out, &errs, strings.NewReader(stdin)
	err = s.Run(command)
	res := result{out: out.String(), err: errs.String()}
	if err != nil {
		exit, ok := err.(*ssh.ExitError)
		if !ok {
			t.Fatalf("%s: %v", command, err)
		}
		res.status = exit.ExitStatus()
	}
	return res
}

// script runs a script as vbash -s does.
func script(t testing.TB, r *Router, text string) result {
	t.Helper()
	return exec(t, connect(t, r, "vyos"), "vbash -s", text)
}

func TestShell(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"pipeline", "printf 'a b\\nc d\\n' | while read x y; do echo $y-$x; done | tail -1", "d-c\n"},
		{"functions", "f() { local a=$1; echo \"[$a]\"; return 3; }; f x; echo $?", "[x]\n3\n"},
		{"case and for", "for i in a b.sh; do case $i in *.sh) echo s$i;; *) echo o$i;; esac; done", "oa\nsb.sh\n"},
		{"here-document", "x=1\ncat <<EOF\na $x\nEOF\ncat <<'EOF'\n$x\nEOF\n", "a 1\n$x\n"},
		{"redirections", "exec 3>/tmp/f; echo hi >&3; exec 3>&-; cat /tmp/f; ls /none 2>/dev/null || echo no", "hi\nno\n"},
		{"substitution", "o=$(cat /none 2>&1); echo \"$? $o\"", "1 cat: /none: No such file or directory\n"},
		{"arithmetic", "n=0; while ((n<3)); do n=$((n+1)); done; echo $n", "3\n"},
		{"arrays", "a=(x 'y z'); a+=(w); echo \"${#a[@]} ${a[1]}\"", "3 y z\n"},
		{"exit trap", "trap 'echo bye' EXIT; echo hi; exit 4", "hi\nbye\n"},
		{"errexit", "set -e; false || echo or; (exit 3); echo never", "or\n"},
		{"test", "[ -e /none ] || [[ abc == a* && -d /tmp ]] && echo yes", "yes\n"},
		{"ids", "id -gn; umask; id -nG | tr ' ' '\\n' | grep -cx vyattacfg; sudo -n true; echo $?", "users\n0022\n1\n0\n"},
		{"input belongs to the commands", "read x\nline\necho \"<$x>\"\n", "<line>\n"},
		{"source", "source /etc/default/vyatta; echo $? $vyos_libexec_dir", "1 /usr/libexec/vyos\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := New(t, Options{Config: box})
				got := script(t, r, tt.script)
				if got.out != tt.want || got.err != "" {
					t.Errorf("output %q, errors %q; want %q", got.out, got.err, tt.want)
				}
			})
		})
	}
}
