package render

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// A flowchart is what the part of Mermaid that pictures are written in says: `flowchart LR`, nodes with labels in
// quotes, links, subgraphs, styles. What is outside of that part is an error.
type flowchart struct {
	nodes   map[string]string // labels
	classes map[string]bool
	links   int
	depth   int
	used    []string // ids at the ends of links, and classes
	styled  []int
}

const (
	mermaidID    = `[A-Za-z][A-Za-z0-9_]*`
	mermaidLabel = `"[^"<>\x60]*(?:<br/>[^"<>\x60]*)*"`
)

var (
	mermaidNode  = regexp.MustCompile(`^(` + mermaidID + `)(?:\[(` + mermaidLabel + `)\]|\(\[(` + mermaidLabel + `)\]\))(?::::(` + mermaidID + `))?$`)
	mermaidGroup = regexp.MustCompile(`^subgraph (` + mermaidID + `)\[(` + mermaidLabel + `)\]$`)
	mermaidLink  = regexp.MustCompile(`^(` + mermaidID + `) (?:---|-\.-|<==>)\|` + mermaidLabel + `\| (` + mermaidID + `)$`)
	mermaidStyle = regexp.MustCompile(`^linkStyle (\d+) stroke:#[0-9a-f]{6},stroke-width:3px$`)
	mermaidClass = regexp.MustCompile(`^classDef (` + mermaidID + `) stroke:#[0-9a-f]{6},stroke-width:3px$`)
	entity       = regexp.MustCompile(`#(?:quot|lt|gt|amp|[0-9]+);`)
)

// reserved are words that Mermaid's parser takes for something else where a node's name is expected.
var reserved = map[string]bool{"end": true, "graph": true, "subgraph": true, "flowchart": true, "style": true, "class": true, "click": true, "default": true}

// parseFlowchart reads a picture, or says which line is none of the language.
func parseFlowchart(text string) (*flowchart, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "flowchart LR" {
		return nil, fmt.Errorf("begins with %q", lines[0])
	}
	f := &flowchart{nodes: make(map[string]string), classes: make(map[string]bool)}
	for i, line := range lines[1:] {
		if err := f.line(strings.TrimLeft(line, " ")); err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", i+2, line, err)
		}
	}
	if f.depth != 0 {
		return nil, fmt.Errorf("a subgraph does not end")
	}
	for _, id := range f.used {
		if _, ok := f.nodes[id]; !ok && !f.classes[id] {
			return nil, fmt.Errorf("%s is not there", id)
		}
	}
	for _, n := range f.styled {
		if n >= f.links {
			return nil, fmt.Errorf("there is no link %d", n)
		}
	}
	return f, nil
}

func (f *flowchart) line(s string) error {
	if m := mermaidGroup.FindStringSubmatch(s); m != nil {
		f.depth++
		return f.node(m[1], m[2])
	}
	if m := mermaidNode.FindStringSubmatch(s); m != nil {
		if m[4] != "" {
			f.used = append(f.used, m[4])
		}
		return f.node(m[1], m[2]+m[3])
	}
	if m := mermaidLink.FindStringSubmatch(s); m != nil {
		f.links++
		f.used = append(f.used, m[1], m[2])
		return nil
	}
	if m := mermaidStyle.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		f.styled = append(f.styled, n)
		return err
	}
	if m := mermaidClass.FindStringSubmatch(s); m != nil {
		f.classes[m[1]] = true
		return nil
	}
	if s == "end" && f.depth > 0 {
		f.depth--
		return nil
	}
	return fmt.Errorf("none of the language")
}

func (f *flowchart) node(id, label string) error {
	switch _, twice := f.nodes[id]; {
	case twice:
		return fmt.Errorf("%s is there twice", id)
	case reserved[id]:
		return fmt.Errorf("%s is a word of the language", id)
	case strings.Contains(entity.ReplaceAllString(label, ""), "#"):
		return fmt.Errorf("a bare # in %s", label)
	}
	f.nodes[id] = label
	return nil
}

// oddReview is a review with names that nobody should give.
func oddReview(r *rand.Rand) *Review {
	name := func() string {
		const letters = "ab end\"<>#&`|[](){};:%\n\\/-ü"
		all := []rune(letters)
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteRune(all[r.IntN(len(all))])
		}
		return b.String()
	}
	review := review(1+r.IntN(6), r.IntN(2))
	for i := range review.Gateways {
		review.Gateways[i].Plan.Node = strconv.Itoa(i) + name()
	}
	for range r.IntN(60) {
		l := Link{Object: []string{"tunnel ", "stretch "}[r.IntN(2)] + name()}
		for range 1 + r.IntN(3) {
			l.Nodes = append(l.Nodes, review.Gateways[r.IntN(len(review.Gateways))].Plan.Node)
		}
		review.Links = append(review.Links, l)
		p := review.Gateways[r.IntN(len(review.Gateways))].Plan
		p.Headlines = append(p.Headlines, plan.Headline{Object: l.Object, Mark: []plan.Mark{plan.Added, plan.Changed, plan.Removed}[r.IntN(3)], Text: "x"})
	}
	return review
}

// TestMermaidOfPlans reads the pictures of random reviews.
func TestMermaidOfPlans(t *testing.T) {
	for i := range 200 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		review := oddReview(r)
		var b strings.Builder
		review.mermaid(&b, review.Gateways)
		text, rest, ok := strings.Cut(strings.TrimPrefix(b.String(), "```mermaid\n"), "```\n")
		if !ok || strings.Contains(rest, "```") {
			t.Fatalf("the block does not end once:\n%s", b.String())
		}
		f, err := parseFlowchart(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(f.nodes) != len(review.Gateways) {
			t.Errorf("%d nodes for %d gateways", len(f.nodes), len(review.Gateways))
		}
	}
}
