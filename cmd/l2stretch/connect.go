package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/remote"
	"github.com/l2stretch/l2stretch/render"
)

// sshConfigVariable names the SSH configuration that is read instead of the user's and the system's; "none" reads none.
const sshConfigVariable = "L2STRETCH_SSH_CONFIG"

// remoteOptions are what SSH connections have in common, without who asks for passphrases.
func (a *app) remoteOptions(log *slog.Logger) remote.Options {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		ssh = ""
	}
	return remote.Options{
		Dial: a.dial, Agent: agentAddress(runtime.GOOS, os.Getenv), Home: home, SSH: ssh, SSHConfig: os.Getenv(sshConfigVariable), Log: log,
	}
}

// agentAddress is where the user's SSH agent listens; empty when there is none.
func agentAddress(goos string, getenv func(string) string) string {
	if path := getenv("SSH_AUTH_SOCK"); path != "" || goos != "windows" {
		return path
	}
	return `\\.\pipe\openssh-ssh-agent`
}

// targetOf is a gateway as its specification says that it is reached. Relative paths start at the specification's
// directory.
func targetOf(n *ir.Node, dir string, password func() ([]byte, error)) remote.Target {
	s := n.SSH
	return remote.Target{
		Name: n.Name, Host: s.Host, Port: s.Port, User: s.User, IdentityFile: beside(dir, s.IdentityFile), HostKeys: s.HostKeys,
		KnownHosts: beside(dir, s.KnownHosts), Jump: s.Jump, Password: password,
	}
}

// refusalOf makes an error of a connection the refusal that it is, if it is about the host's key or the log-in.
func refusalOf(node string, err error) error {
	var (
		unknown *remote.UnknownHostError
		changed *remote.ChangedHostError
		revoked *remote.RevokedHostError
		login   *remote.AuthError
		refusal *apply.Refusal
	)
	code := apply.CodeUnreachable
	switch {
	case err == nil, errors.As(err, &refusal), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unknown):
		code = apply.CodeUnknownHost
	case errors.As(err, &changed), errors.As(err, &revoked):
		code = apply.CodeChangedHost
	case errors.As(err, &login):
		code = apply.CodeLogin
	}
	text := strings.TrimPrefix(err.Error(), node+": ")
	return &refused{apply.Refuse(code, node, "%s.", strings.ToUpper(text[:1])+text[1:]), err}
}

// A refused connection is both what apply reports and what went wrong.
type refused struct {
	refusal *apply.Refusal
	err     error
}

func (r *refused) Error() string   { return r.err.Error() }
func (r *refused) Unwrap() []error { return []error{r.refusal, r.err} }

// passphrases asks for the passphrases of key files, each once unless it was wrong.
type passphrases struct {
	a     *app
	one   sync.Mutex // one question at a time
	known map[string][]byte
}

// forConnection returns what one connection asks. It asks again when the passphrase that it got was wrong; then somebody
// else may have been told a better one in the meantime.
func (p *passphrases) forConnection() func(path string) ([]byte, error) {
	tried := make(map[string][]byte)
	return func(path string) ([]byte, error) {
		p.one.Lock()
		defer p.one.Unlock()
		if pass, ok := p.known[path]; ok && !bytes.Equal(pass, tried[path]) {
			tried[path] = pass
			return pass, nil
		}
		pass, err := p.ask(path)
		if err == nil {
			p.known[path], tried[path] = pass, pass
		}
		return pass, err
	}
}

func (p *passphrases) ask(path string) ([]byte, error) {
	in, ok := p.a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || !p.a.err.is() {
		return nil, errors.New("there is no terminal to ask for it; load the key into the agent (ssh-add)")
	}
	fmt.Fprintf(p.a.stderr, "\nPassphrase of %s: ", render.EscapeLine(path))
	pass, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(p.a.stderr)
	return pass, err
}

// beside is a path of the specification: relative to its directory, unless it begins at a root or a home directory.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~") {
		return path
	}
	return filepath.Join(dir, path)
}
