// Package remote is one SSH connection to one gateway: who the gateway must prove to be, how we log in, the hosts in
// between, and one script a channel. There is no trust on first use, and nothing turns the check of host keys off.
//
// What the other side sends is taken for hostile: it is limited, and escaped before it stands in an error or a log.
// What the scripts say and what their output means is left to the callers.
package remote

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"time"
)

// A Target is a gateway and how it is reached. What it leaves open comes from the user's SSH configuration; what it
// has wins over that.
type Target struct {
	Name string // what errors and logs call the gateway
	Host string // a name, an address, or a Host of the SSH configuration
	Port int    // 0 is the configuration's, else 22
	User string // empty is the configuration's

	// IdentityFile is a private key, or a public one whose private key the agent has. It is then the only key that is
	// offered. Empty stands for the keys of the agent and of the usual files.
	IdentityFile string

	// HostKeys are the keys that the host may prove to have, instead of those in known_hosts: in the form of an
	// authorized_keys file, with the option cert-authority for a certificate authority, or as SHA256 fingerprints, bare or
	// as ssh-keygen -l prints them.
	HostKeys []string

	// KnownHosts is a file that is read instead of the configuration's UserKnownHostsFile and GlobalKnownHostsFile; for
	// the hosts to go through, both are.
	KnownHosts string

	// Jump are hosts to go through, as [user@]host[:port], separated by commas; "none" is none. Empty is the
	// configuration's ProxyJump or ProxyCommand.
	Jump string

	// Password returns the password, which stays the caller's; nil is none. It is called once the host has proved who it is.
	Password func() ([]byte, error)
}

// Options are what connections have in common. The zero value reads no file.
type Options struct {
	// Dial reaches a host; nil is over TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Timeout limits each of: reaching a host, its proof who it is, logging in, asking ssh for its configuration. The
	// time that the user takes for a passphrase does not count. 0 is DefaultTimeout.
	Timeout time.Duration

	// KeepAlive is how often a silent gateway is asked whether it is still there; one that says nothing for three times
	// as long is lost. 0 is DefaultKeepAlive, below 0 never.
	KeepAlive time.Duration

	MaxOutput int // octets that are kept of each of standard output and standard error; 0 is DefaultMaxOutput

	Agent string // socket or, on Windows, named pipe of the SSH agent; empty is none
	Home  string // what ~ stands for, and where .ssh is; empty is nowhere

	// Passphrase returns the passphrase of a key file. It is called when the server would accept the key, again when the
	// passphrase was wrong, and never at the same time twice for one connection. nil is none.
	Passphrase func(path string) ([]byte, error)

	// SSH is the program that is asked for the configuration by ssh -G; empty reads its files without it. What counts are
	// HostName, Port, User, HostKeyAlias, UserKnownHostsFile, GlobalKnownHostsFile, IdentityFile, CertificateFile,
	// IdentitiesOnly, IdentityAgent, ProxyJump and ProxyCommand; nothing in it weakens the check of host keys.
	SSH string

	SSHConfig string // the configuration's file; empty are the user's and the system's, NoConfig is none

	// Env is the environment of ssh -G and of a ProxyCommand. It should have no secret that is not theirs. nil is what
	// programs commonly need of our own.
	Env []string

	Log *slog.Logger // nil is none
}

// The defaults of Options.
const (
	DefaultTimeout   = 15 * time.Second
	DefaultKeepAlive = 15 * time.Second
	DefaultMaxOutput = 64 << 20 // octets
)

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = DefaultKeepAlive
	}
	if o.MaxOutput == 0 {
		o.MaxOutput = DefaultMaxOutput
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Dial connects to a gateway, makes it prove who it is, and logs in. Its errors name the gateway and say what to do;
// those about keys are *UnknownHostError, *ChangedHostError, *RevokedHostError and *AuthError.
func Dial(ctx context.Context, t Target, o Options) (*Conn, error) {
	d := &dialer{opts: o.withDefaults(), name: printable(t.Name, errorLimit)}
	if d.name == "" {
		d.name = printable(t.Host, errorLimit)
	}
	way, err := d.route(ctx, t)
	if err != nil {
		return nil, err
	}
	return d.dial(ctx, way)
}

// An endpoint is a host on the way, with everything that connecting to it needs.
type endpoint struct {
	title      string // what errors call it: the gateway's name, or that and the jump host's
	host       string // where it is reached
	port       int
	user       string
	alias      string   // what known_hosts calls it, when that is not its host and port
	pins       []string // Target.HostKeys
	knownHosts []string
	identities identities
	password   func() ([]byte, error)
	agent      string
	proxy      string // a command that is the connection
}

func (e *endpoint) addr() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// identities say which keys are offered.
type identities struct {
	files        []string
	certificates []string // beside those next to a key
	named        bool     // somebody asked for these very files: a missing one is an error
	only         bool     // no other keys of the agent
}
