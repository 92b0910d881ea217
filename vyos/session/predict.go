package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// deviceSecret is the reference that stands for a secret which the router has.
const deviceSecret = "device"

// changes turns the steps of a phase into commands with the secrets filled in, and says whether any of them holds one. A
// secret that the router has already stays as it is.
func (g *Gateway) changes(from *config.Tree, ph plan.Phase) (out []config.Change, secret bool, err error) {
	for _, st := range ph.Steps {
		c := config.Change{Op: config.Set, Path: st.Path, Value: st.Value, HasValue: st.Value != "", Secret: st.Secret}
		if st.Op == plan.Delete {
			c.Op = config.Delete
		}
		if ref, ok := strings.CutPrefix(st.Value, "secret:"); ok && st.Secret {
			if c.Value, err = g.secret(from, st.Path, ref); err != nil {
				return nil, false, err
			}
		}
		secret = secret || st.Secret && c.Op == config.Set
		out = append(out, c)
	}
	return out, secret, nil
}

// secret finds what a reference stands for.
func (g *Gateway) secret(from *config.Tree, path []string, ref string) (string, error) {
	if ref == deviceSecret {
		leaf, ok := from.Find(path...)
		if ok {
			for v := range leaf.Children() {
				return v.Name(), nil
			}
		}
		return "", fmt.Errorf("%s: the secret that was there is no longer on the router", strings.Join(path, " "))
	}
	if g.o.Secret == nil {
		return "", fmt.Errorf("secret %s cannot be had here", config.Escape(ref, 60))
	}
	b, err := g.o.Secret(ref)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", config.Escape(ref, 60), err)
	}
	value := string(b)
	if err := config.CheckValue(value); err != nil {
		return "", fmt.Errorf("secret %s: %w", config.Escape(ref, 60), err)
	}
	if value == "" {
		return "", fmt.Errorf("secret %s is empty", config.Escape(ref, 60))
	}
	g.mask.add(value)
	return value, nil
}

// predict carries changes out on a copy of a configuration.
func (g *Gateway) predict(from *config.Tree, changes []config.Change) *config.Tree {
	t := from.Clone()
	for _, c := range changes {
		c.Apply(t, g.g)
	}
	t.Resolve(g.g)
	return t
}

// diffOptions are how trees of this router are compared.
func (g *Gateway) diffOptions() config.DiffOptions {
	return config.DiffOptions{Grammar: g.g, Order: g.order()}
}

func (g *Gateway) order() config.Order {
	if g.rel.DebianOrder {
		return config.DebianVersion
	}
	return config.LexicalNumeric
}

// differs lists the commands that lead from one configuration to another, secrets masked, and cut off after a number
// of them.
func (g *Gateway) differs(from, to *config.Tree, limit int) []string {
	var out []string
	for _, ph := range config.Diff(from, to, g.diffOptions()).Phases {
		for _, c := range ph.Changes {
			if len(out) == limit {
				return append(out, "...")
			}
			out = append(out, g.shown(c))
		}
	}
	return out
}

// shown is a command as a message has it.
func (g *Gateway) shown(c config.Change) string {
	words := append([]string{c.Op.String()}, c.Path...)
	if c.HasValue {
		value := "'" + c.Value + "'"
		if c.Secret || config.IsSecretPath(g.g, append(slices.Clone(c.Path), c.Value)) {
			value = hidden
		}
		words = append(words, value)
	}
	return config.Escape(g.mask.apply(strings.Join(words, " ")), 300)
}

// commandLines are commands for the scripts on the router: s and d are functions there, and no word holds a quote.
func commandLines(changes []config.Change) ([]byte, error) {
	var b []byte
	for _, c := range changes {
		name := "s"
		if c.Op == config.Delete {
			name = "d"
		}
		words := c.Path
		if c.HasValue {
			words = append(slices.Clone(words), c.Value)
		}
		var err error
		if b, err = appendCall(b, name, words); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// inverseLines are the calls that take changes back on a router where others may have committed since. What is to be
// deleted whole is deleted leaf by leaf, as from has it, and a node that held them only when nothing of anybody is left in it.
// A secret is not set by a command of its own, whose arguments everybody on the router could read.
func (g *Gateway) inverseLines(changes []config.Change, from *config.Tree) ([]byte, error) {
	var b []byte
	for _, c := range changes {
		if c.Op == config.Set && c.HasValue && (c.Secret || config.IsSecretPath(g.g, append(slices.Clone(c.Path), c.Value))) {
			var err error
			if b, err = appendCall(b, "x", append([]string{c.Value}, c.Path...)); err != nil {
				return nil, err
			}
			continue
		}
		at, whole := from.Find(c.Path...)
		if c.Op != config.Delete || c.HasValue || !whole {
			line, err := commandLines([]config.Change{c})
			if err != nil {
				return nil, err
			}
			b = append(b, line...)
			continue
		}
		var err error
		if b, err = appendRemoval(b, at); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// appendRemoval deletes the leaves below a node, and then prunes the node.
func appendRemoval(b []byte, n config.Node) (_ []byte, err error) {
	for c := range n.Children() {
		switch {
		case c.IsSecret(): // a leaf with a secret has one
			return appendCall(b, "d", n.Path())
		case c.IsValue():
			b, err = appendCall(b, "d", c.Path())
		default:
			b, err = appendRemoval(b, c)
		}
		if err != nil {
			return nil, err
		}
	}
	return appendCall(b, "p", n.Path())
}

// validations are the calls that check the values of commands one by one; one with a secret is left out, since the value
// would be an argument.
func validations(changes []config.Change) ([]byte, error) {
	var b []byte
	for _, c := range changes {
		if c.Op != config.Set || !c.HasValue || c.Secret {
			continue
		}
		var err error
		if b, err = appendCall(b, "v", append(slices.Clone(c.Path), c.Value)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

var errWord = errors.New("a word cannot be given to the router")

func appendCall(b []byte, name string, words []string) ([]byte, error) {
	b = append(b, name...)
	for _, w := range words {
		if err := config.CheckValue(w); err != nil {
			return nil, fmt.Errorf("%w: %w", errWord, err)
		}
		b = append(b, " '"...)
		b = append(b, w...)
		b = append(b, '\'')
	}
	return append(b, '\n'), nil
}

// endings are the calls of operational commands that follow a restore: an SA outlives the configuration of its peer, and
// one that comes back is not always negotiated by itself. watch are those that see the restored ones of this end come up.
func (g *Gateway) endings(before, after *config.Tree) (ending, watch []byte, err error) {
	changed := make(map[string]bool) // names of groups and keys that differ
	for _, ph := range config.Diff(before, after, g.diffOptions()).Phases {
		for _, c := range ph.Changes {
			if len(c.Path) >= 4 && c.Path[0] == "vpn" && c.Path[1] == "ipsec" {
				switch {
				case c.Path[2] == "ike-group" || c.Path[2] == "esp-group":
					changed[c.Path[3]] = true
				case c.Path[2] == "authentication" && len(c.Path) >= 5:
					changed[c.Path[4]] = true
				}
			}
		}
	}
	at := []string{"vpn", "ipsec", "site-to-site"}
	ipsec := &g.rel.IPsec
	for _, name := range peers(before, after) {
		path := append(slices.Clone(at), "peer", name)
		was, had := before.Find(path...)
		_, has := after.Find(path...)
		commands := [][]string{ipsec.Ending(name)}
		_, drained := before.Find(append(slices.Clone(path), "disable")...) // what is restored is not loaded
		if drained && has && config.EqualAt(before, after, path...) {
			continue
		}
		if had && !drained {
			if has && config.EqualAt(before, after, path...) && !changed[name] && !names(was, changed) {
				continue
			}
			kind, _ := was.Value("connection-type")
			_, off := was.Child("disable") // as good as not configured
			initiates := kind != "respond" && !off
			if !off {
				commands = ipsec.Renegotiation(name, initiates)
			}
			if initiates {
				if watch, err = appendCall(watch, "u", []string{ipsec.ConnectionOf(name), ipsec.ChildOf(name)}); err != nil {
					return nil, nil, err
				}
			}
		}
		for _, words := range commands {
			if ending, err = appendCall(ending, "o", words); err != nil {
				return nil, nil, err
			}
		}
	}
	return ending, watch, nil
}

// peers are the names of the IPsec peers of two configurations, sorted.
func peers(trees ...*config.Tree) []string {
	var out []string
	for _, t := range trees {
		if n, ok := t.Find("vpn", "ipsec", "site-to-site"); ok {
			out = append(out, n.Values("peer")...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// names reports whether a peer names one of the groups.
func names(peer config.Node, groups map[string]bool) bool {
	for end := range peer.Terminals() {
		if end.IsValue() && groups[end.Name()] {
			return true
		}
	}
	return false
}
