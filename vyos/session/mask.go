package session

import (
	"slices"
	"strings"
	"sync"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// A mask knows secrets and takes them out of texts. It grows, and forgets nothing.
type mask struct {
	mu     sync.Mutex
	values []string // longest first
}

func newMask() *mask { return new(mask) }

// hidden stands in place of a secret.
const hidden = "(secret)"

// add remembers secrets.
func (m *mask) add(values ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range values {
		if v != "" && !slices.Contains(m.values, v) {
			m.values = append(m.values, v)
		}
	}
	slices.SortStableFunc(m.values, func(a, b string) int { return len(b) - len(a) })
}

// tree remembers the secrets of a configuration.
func (m *mask) tree(t *config.Tree, g config.Grammar) {
	var values []string
	for end := range t.Root().Terminals() {
		if path := end.Path(); config.IsSecretPath(g, path) {
			values = append(values, end.Name())
		}
	}
	m.add(values...)
}

// apply takes all secrets out of a text. One of fewer than four characters is taken out only where it stands by itself, lest
// nothing be left to read.
func (m *mask) apply(s string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range m.values {
		if len(v) >= 4 {
			s = strings.ReplaceAll(s, v, hidden)
			continue
		}
		for _, frame := range []string{"'", `"`, "[", " "} {
			closing := strings.ReplaceAll(frame, "[", "]")
			s = strings.ReplaceAll(s, frame+v+closing, frame+hidden+closing)
		}
	}
	return s
}

// said makes a router's text fit to be shown: on one line, secrets masked, escaped, and cut at a number of runes.
func (g *Gateway) said(text []byte, limit int) string {
	s := g.mask.apply(string(text))
	return config.Escape(strings.Join(strings.Fields(s), " "), limit)
}
