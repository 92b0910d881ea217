package session_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/compiler/remote/remotetest"
	"github.com/l2stretch/l2stretch/vyos"
	"github.com/l2stretch/l2stretch/vyos/session"
)

// reader reads configurations as the command does.
func reader(t testing.TB) func(release string, text []byte) (plan.Snapshot, error) {
	return func(release string, text []byte) (plan.Snapshot, error) {
		s, diags, err := vyos.Backend{}.Read(&ir.Node{Name: "onprem/gw1", Release: release}, "gw1", text)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
		}
		return s, err
	}
}

// answers are what a genuine 1.4 was seen to say, for a genuine bash: its functions may be called as programs are, by
// their path. There is no router below, so that only what reads can be tried.
const answers = `
id() { case $* in -un) echo vyos ;; -nG) echo "users adm sudo vyattacfg frrvty" ;; *) return 64 ;; esac; }
sudo() { [ "$*" = "-n true" ]; }
/opt/vyatta/bin/vyatta-op-cmd-wrapper() {
  [ "$*" = "show version" ] || return 64
  printf '%s\n' "Version:          VyOS 1.4.0" "Release train:    sagitta" "Release flavor:   generic" ""
}
systemctl() {
  case $* in
    "is-active commit-confirm.timer") echo inactive; return 3 ;;
    "list-units --all --no-legend --plain l2stretch-*") ;;
    *) return 64 ;;
  esac
}
df() { echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; echo "tmpfs 24 24 ${FREE:-20000} 100% $2"; }
cli-shell-api() {
  [ "$*" = "--show-active-only showConfig" ] || return 64
  cat "$SERVER_DIR/showConfig"
}
`

const smallConfig = `interfaces {
    ethernet eth0 {
        address 192.0.2.1/24
        description "to the provider"
    }
    loopback lo {
    }
}
system {
    host-name gw1
}
vpn {
    ipsec {
        authentication {
            psk P {
                id 192.0.2.1
                secret canary-of-the-router
            }
        }
    }
}
`

// TestOpenSSH inspects through a genuine OpenSSH server and a genuine bash.
func TestOpenSSH(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	s := remotetest.Start(t, remotetest.Options{Programs: map[string]string{
		"vbash": "#!/bin/sh\nBASH_ENV=\"$SERVER_DIR/answers\" exec bash \"$@\"\n",
	}})
	text := smallConfig
	if shared := os.Getenv("L2S_SHARED"); shared != "" {
		b, err := os.ReadFile(filepath.Join(shared, "vyos/captures/1.4/cli-shell-api-showConfig.txt"))
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	s.Write("answers", answers)
	s.Write("showConfig", text)
	g := session.New(session.Options{
		Node: "onprem/gw1",
		Read: reader(t),
		Dial: func(ctx context.Context) (session.Runner, error) {
			return remote.Dial(ctx, remote.Target{
				Name: "onprem/gw1", Host: s.Host, Port: s.Port, User: s.User, IdentityFile: s.Identity, HostKeys: []string{s.Read("host_ed25519.pub")},
			}, remote.Options{SSHConfig: "none"})
		},
	})
	d, err := g.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	snapshot, facts, err := d.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.Release() != "1.4" || facts.Release != "1.4" || facts.Version != "VyOS 1.4.0" || facts.User != "vyos" || !facts.Administrator {
		t.Errorf("%+v", facts)
	}
	if len(facts.Short) != 0 || facts.PendingConfirm || facts.Locked || facts.Uptime == 0 {
		t.Errorf("%+v", facts)
	}
	out, err := snapshot.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "set interfaces") || strings.Contains(string(out), "canary") {
		t.Errorf("%s", out)
	}
	if _, err := d.Look(t.Context(), "none"); err != nil {
		t.Error(err)
	}
}
