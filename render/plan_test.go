package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// review makes a review of n gateways with m commands each.
func review(n, m int) *Review {
	r := &Review{Spec: "dr", Tool: "l2stretch 0.1.0"}
	for i := range n {
		p := &plan.Plan{
			Node: fmt.Sprintf("site%d/gw1", i), Backend: "vyos", Release: "1.4", Takes: 8 * time.Second,
			Guard:     plan.Guard{Kind: plan.GuardTimer, Timeout: plan.DefaultTimeout, Means: "systemd-run", Cost: "nothing"},
			Headlines: []plan.Headline{{Object: "stretch app", Mark: plan.Changed, Text: "VNI 5010 -> 6010"}},
		}
		var steps []plan.Step
		for k := range m {
			st := plan.Step{Op: plan.Set, Path: []string{"interfaces", "vxlan", fmt.Sprintf("vxlan%d", k), "vni"}, Value: fmt.Sprint(k), Object: "stretch app", Impact: []plan.Impact{plan.RebuildsVXLAN}}
			steps = append(steps, st)
			p.Inverse = append(p.Inverse, plan.Step{Op: plan.Delete, Path: st.Path})
		}
		p.Phases = []plan.Phase{{Steps: steps}}
		r.Gateways = append(r.Gateways, ReviewedGateway{Plan: p, Why: "by name", Against: "running configuration a.set"})
		if i > 0 {
			r.Links = append(r.Links, Link{Object: "stretch app", Nodes: []string{"site0/gw1", p.Node}})
		}
	}
	return r
}

func TestReviewMarkdownStaysShort(t *testing.T) {
	for _, size := range [][2]int{{2, 3}, {2, 500}, {2, 5000}, {100, 100}, {1000, 50}} {
		text := string(AppendReviewMarkdown(nil, review(size[0], size[1]), MarkdownLimit))
		if len(text) >= MarkdownLimit {
			t.Errorf("%v: %d octets", size, len(text))
		}
		if whole := size[0]*size[1] < 100; whole == strings.Contains(text, "Shortened") {
			t.Errorf("%v: shortened: %v", size, !whole)
		}
		if n := strings.Count(text, "<details>") - strings.Count(text, "</details>"); n != 0 {
			t.Errorf("%v: %d details are not closed", size, n)
		}
		if strings.Count(text, "```")%2 != 0 {
			t.Errorf("%v: a block of code is not closed", size)
		}
	}
}

// TestReviewEscapes puts markup into everything that comes from files.
func TestReviewEscapes(t *testing.T) {
	const evil = "</pre><script>alert(1)</script>```\n| a | b |"
	r := review(1, 1)
	g := &r.Gateways[0]
	g.Against = evil
	g.Plan.Headlines[0].Text = evil
	g.Plan.Kept = []string{evil}
	g.Plan.Phases[0].Steps[0].Value = "<script>alert(2)</script>```"
	r.Diags = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: evil, Detail: evil}}
	var page strings.Builder
	if err := ReviewHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script>alert") || strings.Contains(page.String(), "http:") || strings.Contains(page.String(), "https:") {
		t.Error("the page holds markup of a file, or refers to something outside")
	}
	text := string(AppendReviewMarkdown(nil, r, MarkdownLimit))
	outside := true
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			outside = !outside
		}
		if outside && strings.Contains(line, "<script") {
			t.Errorf("Markdown holds markup of a file: %s", line)
		}
	}
}
