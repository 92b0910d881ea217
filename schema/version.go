package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A version is major, minor and patch; given is how many of them were written.
type version struct {
	n     [3]int
	given int
}

func parseVersion(s string) (version, bool) {
	var v version
	s = strings.TrimPrefix(s, "v")
	s, _, _ = strings.Cut(s, "+") // build metadata means nothing
	s, _, _ = strings.Cut(s, "-") // a release before 0.3.0 counts as 0.3.0
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || !all(part, isDigit) || v.given == len(v.n) {
			return v, false
		}
		v.n[v.given] = n
		v.given++
	}
	return v, true
}

func (v version) compare(w version) int {
	return cmp.Or(cmp.Compare(v.n[0], w.n[0]), cmp.Compare(v.n[1], w.n[1]), cmp.Compare(v.n[2], w.n[2]))
}

// meets checks a version against a constraint such as ">= 0.1, < 2"; ok is false when the constraint
// cannot be read.
func (v version) meets(constraint string) (met, ok bool) {
	met = true
	for term := range strings.SplitSeq(constraint, ",") {
		term = strings.TrimSpace(term)
		rest := strings.TrimLeft(term, "=!<>~")
		op := term[:len(term)-len(rest)]
		w, ok := parseVersion(strings.TrimSpace(rest))
		if !ok {
			return false, false
		}
		c := v.compare(w)
		switch op {
		case "", "=":
			met = met && c == 0
		case "!=":
			met = met && c != 0
		case ">":
			met = met && c > 0
		case ">=":
			met = met && c >= 0
		case "<":
			met = met && c < 0
		case "<=":
			met = met && c <= 0
		case "~>": // the last number that is given may grow
			if w.given < 2 {
				return false, false
			}
			limit := w
			limit.n[w.given-1] = 0
			limit.n[w.given-2]++
			met = met && c >= 0 && v.compare(limit) < 0
		default:
			return false, false
		}
	}
	return met, true
}

// checkHeader checks the name and the version that the specification asks for.
func checkHeader(d *decoder, _ blockView, h *Header) {
	if h.Name.Set && !isSpecName(h.Name.V) {
		d.add(codeSpecName, h.Name.Range, "The name%s cannot be used: it stands in names and descriptions on every box, begins with a lower-case letter and has at most 16 lower-case letters, digits or -.", place{sensitive: h.Name.Sensitive}.shown(h.Name.V))
	}
	if h.RequiredVersion.Set {
		d.checkVersion(h.RequiredVersion.V, h.RequiredVersion.Range)
	}
}

func (d *decoder) checkVersion(constraint string, at hcl.Range) {
	tool, known := parseVersion(d.src.Version)
	met, ok := tool.meets(constraint)
	switch {
	case !ok:
		d.add(codeVersionConstraint, at, "%s is no constraint. Write one or more of = != > >= < <= ~> with a version, as in \">= 0.1\" or \">= 0.1, < 2\".", quote(constraint))
	case known && !met:
		d.add(codeToolVersion, at, "The specification asks for l2stretch %s, and this is %s. Use a version that fits, or change the constraint if the specification has been checked with this one.", constraint, d.src.Version)
	}
}

// checkSecret checks that a secret comes from exactly one place.
func checkSecret(d *decoder, b blockView, s *Secret) {
	given := 0
	for _, set := range []bool{s.Env.Set, s.File.Set, s.Command.Set} {
		if set {
			given++
		}
	}
	if given > 1 || given == 0 && !d.hasAny(b, "env", "file", "command") {
		d.add(codeSecretSource, b.header, "A secret comes from exactly one of env, file and command; %d of them are given here. Write, for example, env = \"L2STRETCH_PSK\".", given)
	}
}

// hasAny reports whether a block gives any of the attributes, be it in error.
func (d *decoder) hasAny(b blockView, names ...string) bool {
	body, ok := b.body.(*hclsyntax.Body)
	return !ok || slices.ContainsFunc(names, func(name string) bool { return body.Attributes[name] != nil })
}
