package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxHops is how many hosts the way to a gateway may have.
const maxHops = 8

// errNoUser reports that nothing says who we are on a host.
var errNoUser = errors.New("nothing says which user to log in as; write user@host, or set user in the ssh block or User in the SSH configuration")

// route finds the hosts to go through, the gateway last.
func (d *dialer) route(ctx context.Context, t Target) ([]endpoint, error) {
	r := &router{dialer: d, target: t}
	return r.way(ctx, request{title: d.name, host: t.Host, user: t.User, port: t.Port, jump: t.Jump, gateway: true}, 0)
}

// A router finds the way to one gateway.
type router struct {
	*dialer
	target Target
}

// A request is a host as somebody wrote it.
type request struct {
	title   string
	host    string
	user    string
	port    int
	jump    string
	gateway bool // the target, not a host on the way
	alone   bool // it is reached from the host before it, whatever the configuration says
}

// way is how a host is reached, the host itself last.
func (r *router) way(ctx context.Context, q request, depth int) ([]endpoint, error) {
	if depth > maxHops {
		return nil, fmt.Errorf("%s: more than %d jump hosts, or the SSH configuration goes in a circle", r.name, maxHops)
	}
	if err := checkWord("host", q.host); err != nil {
		return nil, fmt.Errorf("%s: %w", q.title, err)
	}
	if err := checkWord("user", q.user); q.user != "" && err != nil {
		return nil, fmt.Errorf("%s: %w", q.title, err)
	}
	s, err := r.settings(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%s: SSH configuration of %s: %w", q.title, q.host, err)
	}
	e, err := r.endpoint(q, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.title, err)
	}
	jump, proxy := q.jump, ""
	if jump == "" && !q.alone {
		jump, proxy = s.first("proxyjump"), s.first("proxycommand")
	}
	if jump != "" && jump != "none" {
		before, err := r.jumps(ctx, jump, depth)
		if err != nil {
			return nil, err
		}
		return append(before, e), nil
	}
	if proxy != "" && proxy != "none" {
		if s.first("proxyusefdpass") == "yes" {
			return nil, fmt.Errorf("%s: ProxyUseFdpass of the SSH configuration is not possible here; give %s a ProxyCommand that carries the connection itself, or a jump host", q.title, q.host)
		}
		if e.proxy, err = s.expand(proxy, e); err != nil {
			return nil, fmt.Errorf("%s: ProxyCommand: %w", q.title, err)
		}
	}
	return []endpoint{e}, nil
}

// jumps is the way through hosts as ProxyJump has them. The first is reached as its own configuration says.
func (r *router) jumps(ctx context.Context, jump string, depth int) ([]endpoint, error) {
	var way []endpoint
	for i, text := range strings.Split(jump, ",") {
		q, err := parseJump(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%s: jump %s: %w", r.name, quote(jump, errorLimit), err)
		}
		q.title = r.name + ": jump host " + printable(q.host, errorLimit)
		q.alone = i > 0
		hops, err := r.way(ctx, q, depth+len(way)+1)
		if err != nil {
			return nil, err
		}
		way = append(way, hops...)
	}
	return way, nil
}

// parseJump reads [user@]host[:port], also as ssh://.
func parseJump(text string) (request, error) {
	q := request{host: strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")}
	if i := strings.LastIndexByte(q.host, '@'); i >= 0 {
		q.user, q.host = q.host[:i], q.host[i+1:]
		if q.user == "" {
			return q, errors.New("there is no user before the @")
		}
	}
	if host, port, err := net.SplitHostPort(q.host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return q, fmt.Errorf("%s is no port", quote(port, 20))
		}
		q.host, q.port = host, int(n)
	} else if bare, ok := strings.CutPrefix(q.host, "["); ok {
		q.host = strings.TrimSuffix(bare, "]")
	}
	if q.host == "" {
		return q, errors.New("it is not of the form [user@]host[:port]")
	}
	return q, nil
}

// checkWord refuses what a program could take for an option, and a shell for a command: names go to ssh -G, to Match
// exec and to a ProxyCommand.
func checkWord(what, word string) error {
	bad := func(c rune) bool {
		return c <= ' ' || c == 0x7f || strings.ContainsRune("'`\"$\\;&<>|(){}*?!#~", c)
	}
	if word == "" {
		return fmt.Errorf("there is no %s", what)
	}
	if strings.HasPrefix(word, "-") || strings.ContainsFunc(word, bad) {
		return fmt.Errorf("%s is no name of a %s", quote(word, errorLimit), what)
	}
	return nil
}

// endpoint is what the specification and the configuration say together about a host.
func (r *router) endpoint(q request, s settings) (endpoint, error) {
	e := endpoint{title: q.title, host: q.host, port: q.port, user: q.user, agent: r.opts.Agent}
	if h := s.first("hostname"); h != "" {
		e.host = h
	}
	if e.port == 0 {
		e.port = 22
		if p := s.first("port"); p != "" {
			n, err := strconv.ParseUint(p, 10, 16)
			if err != nil || n == 0 {
				return e, fmt.Errorf("%s, the Port of the SSH configuration, is none", quote(p, 20))
			}
			e.port = int(n)
		}
	}
	if e.user == "" {
		e.user = s.first("user")
	}
	if e.user == "" {
		return e, errNoUser
	}
	var err error
	if alias := s.first("hostkeyalias"); alias != "" && alias != "none" {
		e.alias = alias
	}
	if e.knownHosts, err = r.knownHostsFiles(s, e, q.gateway); err != nil {
		return e, err
	}
	if e.identities, err = r.identities(s, e, q.gateway); err != nil {
		return e, err
	}
	switch a := s.first("identityagent"); {
	case a == "" || a == "SSH_AUTH_SOCK":
	case a == "none":
		e.agent = ""
	default:
		if e.agent, err = s.expand(a, e); err != nil {
			return e, fmt.Errorf("IdentityAgent: %w", err)
		}
	}
	if q.gateway {
		e.pins, e.password = r.target.HostKeys, r.target.Password
	}
	return e, nil
}

// knownHostsFiles are the files that have keys of a host. The file of the specification is the gateway's alone; the hosts
// on the way may stand in it.
func (r *router) knownHostsFiles(s settings, e endpoint, gateway bool) ([]string, error) {
	var files []string
	if r.target.KnownHosts != "" {
		file, err := s.expand(r.target.KnownHosts, endpoint{})
		if err != nil {
			return nil, fmt.Errorf("known_hosts: %w", err)
		}
		if files = append(files, file); gateway {
			return files, nil
		}
	}
	for _, key := range []string{"userknownhostsfile", "globalknownhostsfile"} {
		for _, f := range s.values[key] {
			if f == "none" {
				continue
			}
			file, err := s.expand(f, e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			files = append(files, file)
		}
	}
	return files, nil
}

// identities are the keys to offer to a host.
func (r *router) identities(s settings, e endpoint, gateway bool) (identities, error) {
	named := ""
	if r.target.IdentityFile != "" {
		var err error
		if named, err = s.expand(r.target.IdentityFile, endpoint{}); err != nil {
			return identities{}, fmt.Errorf("identity_file: %w", err)
		}
		if gateway {
			return identities{files: []string{named}, named: true, only: true}, nil
		}
	}
	out := identities{only: s.first("identitiesonly") == "yes"}
	for _, f := range s.values["identityfile"] {
		if f == "none" {
			continue
		}
		file, err := s.expand(f, e)
		if err != nil {
			return out, fmt.Errorf("IdentityFile: %w", err)
		}
		out.files = append(out.files, file)
	}
	if named != "" && !slices.Contains(out.files, named) {
		out.files = append(out.files, named)
	}
	for _, f := range s.values["certificatefile"] {
		if f == "none" {
			continue
		}
		file, err := s.expand(f, e)
		if err != nil {
			return out, fmt.Errorf("CertificateFile: %w", err)
		}
		out.certificates = append(out.certificates, file)
	}
	return out, nil
}

// settings are what the SSH configuration says about a host: lower-case keywords and their values.
type settings struct {
	values   map[string][]string
	home     string
	original string // the host as it was asked for
}

// first is the value of a keyword that has one; empty is none.
func (s settings) first(keyword string) string {
	if v := s.values[keyword]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// expand replaces ~ and the tokens of ssh_config(5) that are known here.
func (s settings) expand(text string, e endpoint) (string, error) {
	if text == "~" || strings.HasPrefix(text, "~/") || strings.HasPrefix(text, `~\`) {
		if s.home == "" {
			return "", fmt.Errorf("there is no home directory for %s", printable(text, errorLimit))
		}
		text = filepath.Join(s.home, text[1:])
	} else if strings.HasPrefix(text, "~") {
		return "", fmt.Errorf("%s: the home directory of another user is not known; write the path in full", printable(text, errorLimit))
	}
	if strings.Contains(text, "${") {
		return "", fmt.Errorf("%s: variables of the environment are not replaced; write the value", printable(text, errorLimit))
	}
	if e.host == "" { // the specification's paths have no tokens
		return text, nil
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if after == "" {
			return "", errors.New("a single % stands at the end")
		}
		switch after[0] {
		case '%':
			b.WriteByte('%')
		case 'd':
			b.WriteString(s.home)
		case 'h':
			b.WriteString(e.host)
		case 'k':
			b.WriteString(e.knownAs()[0])
		case 'n':
			b.WriteString(s.original)
		case 'p':
			b.WriteString(strconv.Itoa(e.port))
		case 'r':
			b.WriteString(e.user)
		default:
			return "", fmt.Errorf("the token %%%c is not known; known are %%%% %%d %%h %%k %%n %%p %%r", after[0])
		}
		text = after[1:]
	}
}
