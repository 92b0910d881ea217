package remote

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// maxAgentKeys is how many keys of an agent are looked at.
const maxAgentKeys = 100

// An agentClient is a connection to the agent that signs for us.
type agentClient struct {
	io.Closer
	agent.ExtendedAgent
	stop func() bool
}

func (c *agentClient) close() {
	c.stop()
	c.Close()
}

// agentIdentities are the keys of the agent. An agent that cannot be used is a note, not an error.
func (a *auth) agentIdentities() []identity {
	path := a.endpoint.agent
	if path == "" {
		return nil
	}
	if a.agent == nil {
		transport, conn, err := dialAgent(a.ctx, path)
		if err != nil {
			a.note("the agent at %s cannot be used: %v", printable(path, errorLimit), foreign{err})
			return nil
		}
		a.agent = &agentClient{conn, agent.NewClient(transport), context.AfterFunc(a.ctx, func() { conn.Close() })}
	}
	// The agent answers this one without asking anybody.
	timer := time.AfterFunc(a.opts.Timeout, func() { a.agent.Close() })
	keys, err := a.agent.List()
	timer.Stop()
	if err != nil {
		a.note("the agent at %s does not list its keys: %v", printable(path, errorLimit), foreign{err})
		return nil
	}
	var held []identity
	for _, k := range keys[:min(len(keys), maxAgentKeys)] {
		public, err := ssh.ParsePublicKey(k.Blob)
		if err != nil {
			continue // a kind of key that cannot be used here
		}
		from := fmt.Sprintf("agent: %s", printable(k.Comment, 80))
		held = append(held, identity{public: public, signer: &agentKey{a, public}, from: from})
	}
	return held
}

// An agentKey is a private key that the agent has. The agent may ask its user before it signs.
type agentKey struct {
	auth   *auth
	public ssh.PublicKey
}

func (k *agentKey) PublicKey() ssh.PublicKey { return k.public }

func (k *agentKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(rand, data, "")
}

func (k *agentKey) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	var flags agent.SignatureFlags
	switch algorithm {
	case ssh.KeyAlgoRSASHA256:
		flags = agent.SignatureFlagRsaSha256
	case ssh.KeyAlgoRSASHA512:
		flags = agent.SignatureFlagRsaSha512
	}
	var signature *ssh.Signature
	err := k.auth.ask(func() (err error) {
		signature, err = k.auth.agent.SignWithFlags(k.public, data, flags)
		return err
	})
	if err != nil {
		k.auth.note("the agent did not sign with %s: %v", ssh.FingerprintSHA256(plain(k.public)), foreign{err})
	}
	return signature, err
}
