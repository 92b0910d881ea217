package render

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

//go:embed plan.html
var planPage string

// A page is what the template of the report sees. Everything in it is text, escaped by the template.
type page struct {
	Spec, Tool, Verdict string
	Gateways            []pageGateway
	Diagnostics         []Diagnostic
	Missing             []string
	Impacts             []pageImpact // all that occur, for the filter
}

type pageGateway struct {
	Number                       int
	Node, Release, Against, Why  string
	Add, Change, Remove          int
	Empty, Both                  bool
	Headlines, Ours, Drift       []plan.Headline
	Phases                       [][]pageStep
	Impacts                      []pageImpact
	Takes, Guard, Between, Words string // Words are the impacts, for the filter
	Operations                   []plan.Operation
	Kept, NotCompared, Undo      []string
}

type pageStep struct {
	Mark, Class, Line, Words string
	Impacts                  []pageImpact
}

type pageImpact struct {
	Name plan.Impact
	Text string
}

// ReviewHTML writes a review as one page that needs nothing else: it can be filtered, printed and used by
// keyboard.
func ReviewHTML(w io.Writer, r *Review) error {
	t, err := template.New("plan").Parse(planPage)
	if err != nil {
		return err
	}
	return t.Execute(w, newPage(r))
}

func newPage(r *Review) page {
	p := page{Spec: r.Spec, Tool: r.Tool, Verdict: r.Verdict(), Diagnostics: NewDiagnostics(r.Diags, r.Sources), Missing: r.Missing}
	slices.Reverse(p.Diagnostics) // errors first
	for i := range r.Gateways {
		g := pageOf(i+1, &r.Gateways[i])
		for _, x := range g.Impacts {
			if !slices.Contains(p.Impacts, x) {
				p.Impacts = append(p.Impacts, x)
			}
		}
		p.Gateways = append(p.Gateways, g)
	}
	return p
}

func pageOf(number int, g *ReviewedGateway) pageGateway {
	p := g.Plan
	s := plan.Summarize(p)
	out := pageGateway{
		Number: number, Node: p.Node, Release: p.Release, Against: g.Against, Why: g.Why,
		Add: s.Add, Change: s.Change, Remove: s.Remove, Empty: p.Empty(), Both: g.Both,
		Headlines: p.Headlines, Ours: g.Ours, Drift: g.Drift, Impacts: pageImpacts(p.Impacts()),
		Takes: takesText(p), Guard: guardText(p), Between: p.Between, Words: impactWords(p.Impacts()),
		Operations: p.Operations, Kept: p.Kept, NotCompared: p.NotCompared,
	}
	for _, ph := range p.Phases {
		var steps []pageStep
		for _, st := range ph.Steps {
			m := mark(st)
			steps = append(steps, pageStep{
				Mark: string(m), Class: map[plan.Mark]string{plan.Added: "add", plan.Changed: "change", plan.Removed: "remove"}[m],
				Line: EscapeLine(stepLine(st)), Impacts: pageImpacts(st.Impact), Words: impactWords(st.Impact),
			})
		}
		out.Phases = append(out.Phases, steps)
	}
	for _, st := range p.Inverse {
		out.Undo = append(out.Undo, EscapeLine(stepLine(st)))
	}
	return out
}

func pageImpacts(is []plan.Impact) []pageImpact {
	out := make([]pageImpact, len(is))
	for i, x := range is {
		out[i] = pageImpact{x, x.String()}
	}
	return out
}

func impactWords(is []plan.Impact) string {
	words := make([]string, len(is))
	for i, x := range is {
		words[i] = string(x)
	}
	return strings.Join(words, " ")
}
