package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// maxBanner is how much a host may send before we are logged in, in octets.
const maxBanner = 64 << 10

// maxChallenges is how often a host may ask something in one log-in.
const maxChallenges = 8

// patientWith is how many wrong keys an OpenSSH server takes, less the attempt that asks what it takes (MaxAuthTries).
const patientWith = 5

// An AuthError is that a host does not let us in.
type AuthError struct {
	Name    string   // the gateway, or a jump host on the way to it
	Addr    string   // host and port
	User    string   // who we are there
	Accepts []string // the methods that the host takes
	Tried   []string // what it was offered, as for a reader
	Notes   []string // what could not be offered, and why
	Err     error    // how it ended
}

func (e *AuthError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: log in to %s as %s: ", e.Name, printable(e.Addr, errorLimit), printable(e.User, errorLimit))
	if len(e.Accepts) > 0 {
		fmt.Fprintf(&b, "the host takes %s; ", list(e.Accepts))
	}
	if len(e.Tried) > 0 {
		fmt.Fprintf(&b, "it refused %s", some(e.Tried))
	} else {
		b.WriteString("there is nothing to offer it")
	}
	if len(e.Notes) > 0 {
		b.WriteString("; " + some(e.Notes))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, "; it ended with: %v", e.Err)
	}
	if len(e.Tried) > patientWith {
		b.WriteString("; hosts end a log-in after a few wrong keys, so name the right one with identity_file")
		return b.String()
	}
	b.WriteString("; give the right user, identity_file or password in the ssh block, or load the key into the agent")
	return b.String()
}

func (e *AuthError) Unwrap() error { return e.Err }

// list writes words of the other side for a reader.
func list(words []string) string { return printable(strings.Join(words, ", "), errorLimit) }

// An auth is one log-in.
type auth struct {
	ctx      context.Context // of the log-in; the library's callbacks get none
	endpoint *endpoint
	opts     Options
	patience *patience
	agent    *agentClient
	files    []identity // once they are read: a host may take a key and want another one

	mu         sync.Mutex
	accepts    []string
	tried      []string
	notes      []string
	stop       error // a failure after which nothing else is tried
	banners    int   // octets
	challenges int
}

func newAuth(ctx context.Context, e *endpoint, o Options, p *patience) *auth {
	return &auth{ctx: ctx, endpoint: e, opts: o, patience: p}
}

func (a *auth) close() {
	if a.agent != nil {
		a.agent.close()
	}
}

// methods are the ways to log in, those first that the specification names. A password goes to nobody who has not
// proved who he is: the methods begin after that.
func (a *auth) methods() []ssh.AuthMethod {
	keys := ssh.PublicKeysCallback(a.signers)
	if a.endpoint.password == nil {
		return []ssh.AuthMethod{keys}
	}
	password := []ssh.AuthMethod{ssh.PasswordCallback(a.password), ssh.KeyboardInteractive(a.challenge)}
	if a.endpoint.identities.named {
		return append([]ssh.AuthMethod{keys}, password...)
	}
	return append(password, keys)
}

// look sees before each attempt what the host takes.
func (a *auth) look(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.patience.renew()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.accepts = slices.Clone(c.AllowedMethods[:min(len(c.AllowedMethods), 16)])
	return nil, a.stop
}

// ask lets the user take his time.
func (a *auth) ask(f func() error) error {
	a.patience.pause()
	defer a.patience.renew()
	if err := f(); err != nil {
		return err
	}
	return context.Cause(a.ctx)
}

func (a *auth) offered(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.tried, what) {
		a.tried = append(a.tried, what)
	}
}

func (a *auth) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// fail ends the log-in for a reason that lies with us.
func (a *auth) fail(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop == nil {
		a.stop = err
	}
	return err
}

func (a *auth) password() (string, error) {
	var password string
	err := a.ask(func() error {
		b, err := a.endpoint.password()
		password = string(b)
		return err
	})
	if err != nil {
		return "", a.fail(fmt.Errorf("the password cannot be had: %w", err))
	}
	a.offered("the password")
	return password, nil
}

// challenge answers what a host asks in place of a password: one question, without an echo.
func (a *auth) challenge(_, _ string, questions []string, echos []bool) ([]string, error) {
	a.patience.renew()
	a.mu.Lock()
	a.challenges++
	n := a.challenges
	a.mu.Unlock()
	switch {
	case n > maxChallenges:
		return nil, a.fail(fmt.Errorf("the host asked more than %d times", maxChallenges))
	case len(questions) == 0:
		return nil, nil
	case len(questions) > 1:
		a.note("it asks %d questions (keyboard-interactive), and there is one password", len(questions))
		return nil, errors.New("not a question for a password")
	case echos[0]:
		a.note("its question %s is none for a password", quote(questions[0], 80))
		return nil, errors.New("not a question for a password")
	}
	password, err := a.password()
	if err != nil {
		return nil, err
	}
	return []string{password}, nil
}

// banner takes what a host says before the log-in.
func (a *auth) banner(text string) error {
	a.mu.Lock()
	a.banners += len(text) + 1
	n := a.banners
	a.mu.Unlock()
	if n > maxBanner {
		return a.fail(fmt.Errorf("the host sent more than %d octets of banner", maxBanner))
	}
	a.opts.Log.Debug("banner", "gateway", a.endpoint.title, "text", printable(text, errorLimit))
	return nil
}

// failed is the error of a log-in that ended with err.
func (a *auth) failed(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := &AuthError{Name: a.endpoint.title, Addr: a.endpoint.addr(), User: a.endpoint.user, Accepts: a.accepts, Tried: a.tried, Notes: a.notes}
	switch {
	case a.stop != nil:
		return fmt.Errorf("%s: log in to %s as %s: %w", e.Name, printable(e.Addr, errorLimit), printable(e.User, errorLimit), a.stop)
	case !strings.Contains(err.Error(), "no supported methods remain"): // a sentence of the library, without meaning for a user
		e.Err = foreign{err}
	}
	return e
}
