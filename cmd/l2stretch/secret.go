package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

const (
	secretLimit   = 4096 // octets that a secret may have
	secretTimeout = 30 * time.Second
	stderrLimit   = 2048 // octets of a failed command's messages that are shown
)

// A secret holds key material. It prints as "(secret)" under every verb.
type secret struct{ key func() string }

func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// reveal returns the key material, for the one call that writes it.
func (s secret) reveal() string { return s.key() }

// A keyring reads the secrets of a specification, each at most once and only when it is asked for. It may be used by
// several goroutines.
type keyring struct {
	one     sync.Mutex // held while a secret is read: a command may have to ask
	dir     string     // of the specification
	sources map[string]ir.SecretSource
	given   []string // names that do not come from where the specification says
	read    map[string]secret
	getenv  func(string) (string, bool)

	passwords map[string]secret // that log in
}

func newKeyring(dir string, sources []ir.SecretSource, getenv func(string) (string, bool)) *keyring {
	k := &keyring{dir: dir, sources: map[string]ir.SecretSource{}, read: map[string]secret{}, passwords: map[string]secret{}, getenv: getenv}
	for _, s := range sources {
		k.sources[s.Name] = s
	}
	return k
}

// keyring reads the secrets of a specification.
func (a *app) keyring(s *specification) *keyring {
	return newKeyring(s.dir, s.fabric.Secrets, os.LookupEnv)
}

// get reads a secret that a gateway is to be configured with, and checks that every release writes it unchanged.
func (k *keyring) get(ctx context.Context, name string) (secret, error) {
	return k.once(ctx, k.read, name, checkKey)
}

// password reads a secret that logs in to a gateway. No release writes it, so that it may have any character.
func (k *keyring) password(ctx context.Context, name string) (secret, error) {
	return k.once(ctx, k.passwords, name, func(value string) error {
		if value == "" {
			return errors.New("it is empty")
		}
		return nil
	})
}

// once returns what has been read already, or reads it and checks it.
func (k *keyring) once(ctx context.Context, read map[string]secret, name string, check func(string) error) (secret, error) {
	k.one.Lock()
	defer k.one.Unlock()
	if s, ok := read[name]; ok {
		return s, nil
	}
	src, ok := k.sources[name]
	if !ok {
		return secret{}, fmt.Errorf("secret %s: not in the specification", name)
	}
	value, err := k.resolve(ctx, src)
	if err != nil {
		return secret{}, fmt.Errorf("secret %s: %w", name, err)
	}
	value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	if err := check(value); err != nil {
		return secret{}, fmt.Errorf("secret %s: %w", name, err)
	}
	s := secret{key: func() string { return value }}
	read[name] = s
	return s, nil
}

// remember makes a secret that was found elsewhere the one of a name.
func (k *keyring) remember(name string, s secret) {
	k.one.Lock()
	defer k.one.Unlock()
	k.read[name], k.given = s, append(k.given, name)
}

func (k *keyring) resolve(ctx context.Context, src ir.SecretSource) (string, error) {
	switch {
	case src.Env != "":
		v, ok := k.getenv(src.Env)
		switch {
		case !ok:
			return "", fmt.Errorf("the environment variable %s is not set", src.Env)
		case len(v) > secretLimit:
			return "", fmt.Errorf("the environment variable %s has more than %d octets", src.Env, secretLimit)
		}
		return v, nil
	case src.File != "":
		return k.fromFile(src.File)
	default:
		return k.fromCommand(ctx, src.Command)
	}
}

func (k *keyring) fromFile(path string) (_ string, err error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(k.dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, secretLimit+1))
	if err != nil {
		return "", err
	}
	if len(b) > secretLimit {
		return "", fmt.Errorf("%s has more than %d octets", path, secretLimit)
	}
	return string(b), nil
}

func (k *keyring) fromCommand(ctx context.Context, argv []string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, secretTimeout, fmt.Errorf("no answer within %s", secretTimeout))
	defer cancel()
	program := argv[0]
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		abs, err := filepath.Abs(filepath.Join(k.dir, program))
		if err != nil {
			return "", err
		}
		program = abs
	}
	out, messages := bounded{limit: secretLimit}, bounded{limit: stderrLimit}
	cmd := exec.CommandContext(ctx, program, argv[1:]...)
	cmd.Dir = k.dir
	cmd.Stdin = os.Stdin // it may have to ask
	cmd.Stdout, cmd.Stderr = &out, &messages
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if text := strings.TrimSpace(string(messages.kept)); text != "" {
			return "", fmt.Errorf("command %s: %w: %s", argv[0], err, text)
		}
		return "", fmt.Errorf("command %s: %w", argv[0], err)
	}
	if out.dropped {
		return "", fmt.Errorf("command %s printed more than %d octets", argv[0], secretLimit)
	}
	return string(out.kept), nil
}

// A bounded buffer keeps the first octets that are written to it and takes the rest without an error.
type bounded struct {
	kept    []byte // at most limit
	limit   int
	dropped bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	if room := b.limit - len(b.kept); n > room {
		p, b.dropped = p[:room], true
	}
	b.kept = append(b.kept, p...)
	return n, nil
}

// checkKey refuses what the releases of VyOS would write into their files in different ways (a leading 0x
// or 0s, a backslash), what their command line cannot carry, and what is hardly meant. The message does not
// show the value. The script that `compile --format shell` makes has the same rules.
func checkKey(value string) error {
	switch {
	case value == "":
		return errors.New("it is empty")
	case strings.HasPrefix(strings.ToLower(value), "0x"), strings.HasPrefix(strings.ToLower(value), "0s"):
		return errors.New("it begins with 0x or 0s, which some releases take for an encoding")
	case strings.HasPrefix(value, " "), strings.HasSuffix(value, " "):
		return errors.New("it begins or ends with a blank")
	}
	for _, r := range value {
		switch {
		case r == '\\', r == '"', r == '\'':
			return errors.New(`it has a quote or a backslash, which the releases do not treat alike`)
		case r < ' ' || r > '~':
			return errors.New("it has a character that is not printable ASCII")
		}
	}
	return nil
}
