package sessiontest

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkScript is one connection with a session, an edit and a commit that takes no time.
func BenchmarkScript(b *testing.B) {
	r := New(b, Options{Config: box, Instant: true})
	b.ReportAllocs()
	for b.Loop() {
		got := script(b, r, benchScript)
		if got.status != 0 {
			b.Fatal(got)
		}
	}
}

// BenchmarkNew is a router that is made and closed.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(b, Options{Config: box}).Close()
	}
}

const benchScript = `source /etc/default/vyatta
eval $(cli-shell-api getSessionEnv $$)
cli-shell-api setupSession
/opt/vyatta/sbin/my_set interfaces ethernet eth1 description x
/opt/vyatta/sbin/my_commit > /tmp/out 2>&1 || exit 1
/opt/vyatta/sbin/my_set interfaces ethernet eth1 description LAN
/opt/vyatta/sbin/my_commit > /tmp/out 2>&1 || exit 1
cli-shell-api teardownSession
`

// BenchmarkTenThousand sets 10,000 leaves one by one and commits them.
func BenchmarkTenThousand(b *testing.B) {
	var s strings.Builder
	s.WriteString("source /etc/default/vyatta\neval $(cli-shell-api getSessionEnv $$)\ncli-shell-api setupSession\n")
	for i := range 10000 {
		fmt.Fprintf(&s, "/opt/vyatta/sbin/my_set protocols static route 10.%d.%d.0/24 blackhole || exit\n", i/250, i%250)
	}
	s.WriteString("/opt/vyatta/sbin/my_commit > /tmp/out; exit $?\n")
	b.ReportAllocs()
	for b.Loop() {
		r := New(b, Options{Config: box, Instant: true})
		if got := script(b, r, s.String()); got.status != 0 {
			b.Fatal(got)
		}
		r.Close()
	}
}
