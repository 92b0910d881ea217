package vyos

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// titleForm is the first line of what compile prints: the gateway and its release.
var titleForm = regexp.MustCompile(`^(?:#|//) (\S+): VyOS (\S+), specification `)

// secretForm is a line of compile's output that would need a secret.
var secretForm = regexp.MustCompile(`(?m)^# needs secret ([a-z][a-z0-9_-]{0,30}): set (\S+(?: \S+){1,30}) \*\*\*\r?$`)

// ReadRunning reads a configuration for Lift, in any form that VyOS prints it. Node and release may be empty:
// then the first line of compile's output names both, else the footer names the release, else the grammars
// say which releases it fits.
func ReadRunning(file, node, rel string, src []byte) (Running, error) {
	tree, err := config.Parse(file, src, config.ParseOptions{})
	if err != nil {
		return Running{}, err
	}
	first, _, _ := strings.Cut(string(src[:min(len(src), 300)]), "\n")
	if m := titleForm.FindStringSubmatch(strings.TrimRight(first, "\r")); m != nil {
		if node == "" && NodeName(m[1]) == nil {
			node = m[1]
		}
		if rel == "" {
			rel = m[2]
		}
	}
	if rel == "" {
		rel = tree.Footer().Series()
	}
	r := Running{File: file, Node: node}
	if rel == "" {
		if rel, r.Fits, err = fits(tree); err != nil {
			return r, err
		}
	}
	var ok bool
	if r.Release, ok = release.Lookup(rel); !ok {
		return r, fmt.Errorf("%s: there is no VyOS release %q; known are %s", file, rel, knownReleases())
	}
	g, err := release.ReadGrammar(r.Release.Name)
	if err != nil {
		return r, err
	}
	r.Grammar = g
	if r.Tree, err = config.Parse(file, src, config.ParseOptions{Grammar: g, Lines: true}); err != nil {
		return r, err
	}
	for _, m := range secretForm.FindAllStringSubmatch(string(src), -1) {
		path := strings.Fields(m[2])
		r.Tree.Ensure(path[:len(path)-1]...).Secret(path[len(path)-1], m[1])
	}
	r.Tree.Resolve(g)
	return r, nil
}

// fits finds the release whose grammar knows the most of a configuration. Where several know as much, all of
// them are returned as well, and the best proven one is chosen.
func fits(t *config.Tree) (string, []string, error) {
	least := -1
	var names []string
	for _, r := range release.All() {
		g, err := release.ReadGrammar(r.Name)
		if err != nil {
			return "", nil, err
		}
		unknown := t.Clone().Resolve(g)
		if least < 0 || unknown < least {
			least, names = unknown, nil
		}
		if unknown == least {
			names = append(names, r.Name)
		}
	}
	if len(names) == 1 {
		return names[0], nil, nil
	}
	best := names[0]
	if i := slices.IndexFunc(names, func(name string) bool {
		r, ok := release.Lookup(name)
		return ok && r.Evidence == release.OnBox
	}); i >= 0 {
		best = names[i]
	}
	return best, names, nil
}
