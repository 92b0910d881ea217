//go:build !windows

package remote

import (
	"os/exec"
	"time"
)

// startProxy runs a ProxyCommand, whose standard input and output are the connection.
func startProxy(command string, env []string) (*proxy, error) {
	cmd := exec.Command("/bin/sh", "-c", "exec "+command)
	cmd.Env = env
	cmd.WaitDelay = time.Second // what it started may hold its standard error
	return newProxy(cmd)
}
