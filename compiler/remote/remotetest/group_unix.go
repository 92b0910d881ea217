//go:build !windows

package remotetest

import (
	"os"
	"os/exec"
	"syscall"
)

// startGroup makes a command begin a process group.
func startGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process group that startGroup made.
func killGroup(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }
