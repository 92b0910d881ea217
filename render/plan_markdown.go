package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

// MarkdownLimit is how many octets a report in Markdown may have: forges cut or refuse comments beyond
// some 64,000 characters.
const MarkdownLimit = 60000

// AppendReviewMarkdown appends a review for a merge request: a table, a picture, and details to be opened. What
// does not fit below a limit in octets is summarised, with a pointer to the full report.
func AppendReviewMarkdown(b []byte, r *Review, limit int) []byte {
	for _, d := range []markdownDepth{{undo: true, lines: 1 << 30, gateways: 1 << 30}, {lines: 1 << 30, gateways: 1 << 30}, {lines: 60, gateways: 1 << 30}, {lines: 10, gateways: 50}, {gateways: 40}} {
		text := r.markdown(d)
		if len(text) < limit || d.lines == 0 {
			return append(b, clip(text, limit)...)
		}
	}
	return b
}

// markdownDepth is how much of a review is told.
type markdownDepth struct {
	undo     bool
	lines    int // commands of a gateway
	gateways int // in table, picture and details
}

const fullReport = "\n*Shortened. The full report: `l2stretch plan --format html`, or `--format text`.*\n"

// clip keeps the whole lines at the beginning that fit.
func clip(text string, limit int) string {
	if len(text) < limit {
		return text
	}
	text = text[:limit-len(fullReport)-1]
	return text[:strings.LastIndexByte(text, '\n')+1] + fullReport
}

func (r *Review) markdown(d markdownDepth) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### l2stretch plan: `%s`\n\n%s\n\n", r.Spec, r.Verdict())
	shown := r.Gateways
	if len(shown) > d.gateways {
		shown = shown[:d.gateways]
	}
	b.WriteString("| # | Gateway | VyOS | Add | Change | Remove | Impact |\n|--:|---|---|--:|--:|--:|---|\n")
	for i, g := range shown {
		s := plan.Summarize(g.Plan)
		impact := "none"
		if all := g.Plan.Impacts(); len(all) > 0 {
			words := make([]string, len(all))
			for k, x := range all {
				words[k] = shortImpact(x)
			}
			impact = strings.Join(words, ", ")
		}
		if g.Plan.Empty() {
			impact = "no changes"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %d | %d | %d | %s |\n", i+1, g.Plan.Node, g.Plan.Release, s.Add, s.Change, s.Remove, impact)
	}
	if n := len(r.Gateways) - len(shown); n > 0 {
		fmt.Fprintf(&b, "\n%d more gateways are not shown.\n", n)
	}
	b.WriteByte('\n')
	r.mermaid(&b, shown)
	r.markdownDiagnostics(&b)
	for _, g := range shown {
		g.markdown(&b, d)
	}
	for _, m := range r.Missing {
		fmt.Fprintf(&b, "Gateway `%s` was not compared: nothing was given to compare it with.\n", m)
	}
	if d.lines < 1<<30 || !d.undo {
		b.WriteString(fullReport)
	}
	return b.String()
}

func shortImpact(i plan.Impact) string {
	return map[plan.Impact]string{
		plan.RebuildsVXLAN: "rebuilds VXLAN", plan.DropsSA: "**drops SA**", plan.RestartsIPsec: "**restarts IPsec**",
		plan.ResetsBGP: "resets BGP", plan.FlushesAddresses: "flushes NIC addresses", plan.TouchesAccess: "**touches management**",
	}[i]
}

// marksOf is what becomes of each object, over all gateways.
func (r *Review) marksOf() map[string]plan.Mark {
	marks := make(map[string]plan.Mark)
	for _, g := range r.Gateways {
		for _, h := range g.Plan.Headlines {
			if old, ok := marks[h.Object]; ok && old != h.Mark {
				marks[h.Object] = plan.Changed
				continue
			}
			marks[h.Object] = h.Mark
		}
	}
	return marks
}

// mermaid draws gateways, tunnels and stretches; what changes is coloured and marked.
func (r *Review) mermaid(b *strings.Builder, shown []ReviewedGateway) {
	const most = 40 // links; more are a tangle
	marks := r.marksOf()
	ids := make(map[string]string)
	b.WriteString("```mermaid\nflowchart LR\n")
	for i, g := range shown {
		id := fmt.Sprintf("g%d", i)
		ids[g.Plan.Node] = id
		fmt.Fprintf(b, "  %s[\"%s\"]", id, mermaidText(g.Plan.Node))
		if !g.Plan.Empty() {
			b.WriteString(":::changed")
		}
		b.WriteByte('\n')
	}
	links := slices.Clone(r.Links)
	for object, m := range marks { // what is removed is no longer among the links
		if m == plan.Removed && !strings.HasPrefix(object, "gateway ") && !slices.ContainsFunc(links, func(l Link) bool { return l.Object == object }) {
			links = append(links, Link{Object: object, Nodes: r.nodesWith(object)})
		}
	}
	slices.SortFunc(links, func(x, y Link) int { return strings.Compare(x.Object, y.Object) })
	var styles []string
	n, left := 0, 0
	for _, l := range links {
		m, changed := marks[l.Object]
		for i := 1; i < len(l.Nodes); i++ {
			from, to := ids[l.Nodes[0]], ids[l.Nodes[i]]
			if from == "" || to == "" || n >= most {
				left++
				continue
			}
			text := l.Object
			if changed {
				text = string(m) + " " + text
			}
			arrow := "---"
			if strings.HasPrefix(l.Object, "stretch ") {
				arrow = "-.-"
			}
			fmt.Fprintf(b, "  %s %s|\"%s\"| %s\n", from, arrow, mermaidText(text), to)
			if changed {
				styles = append(styles, fmt.Sprintf("  linkStyle %d stroke:%s,stroke-width:3px", n, markColour(m)))
			}
			n++
		}
	}
	for _, s := range styles {
		b.WriteString(s + "\n")
	}
	b.WriteString("  classDef changed stroke:#b58900,stroke-width:3px\n```\n\n")
	if left > 0 {
		fmt.Fprintf(b, "The picture leaves out %s.\n\n", count(left, "link"))
	}
}

// nodesWith lists the gateways on which an object changes.
func (r *Review) nodesWith(object string) []string {
	var out []string
	for _, g := range r.Gateways {
		if slices.ContainsFunc(g.Plan.Headlines, func(h plan.Headline) bool { return h.Object == object }) {
			out = append(out, g.Plan.Node)
		}
	}
	return out
}

func markColour(m plan.Mark) string {
	switch m {
	case plan.Added:
		return "#2da44e"
	case plan.Removed:
		return "#cf222e"
	}
	return "#b58900"
}

// markdownText escapes what Markdown or HTML would read.
func markdownText(s string) string {
	var b strings.Builder
	for _, c := range EscapeLine(s) {
		switch c {
		case '&':
			b.WriteString("&amp;")
			continue
		case '<':
			b.WriteString("&lt;")
			continue
		case '\\', '`', '*', '_', '[', ']', '|', '#', '!', '~', '@':
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// fence puts text into a code block that nothing in it can end.
func fence(b *strings.Builder, kind, text string) {
	ticks := "```"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	fmt.Fprintf(b, "%s%s\n%s%s\n\n", ticks, kind, text, ticks)
}

// detailWidth is how many columns a detail has in a block of code, which forges do not wrap.
const detailWidth = 100

func (r *Review) markdownDiagnostics(b *strings.Builder) {
	const most = 20
	sorted := Sort(r.Diags)
	slices.Reverse(sorted) // errors first
	for i, d := range sorted {
		if i == most {
			fmt.Fprintf(b, "%d more problems are not shown.\n\n", len(sorted)-i)
			return
		}
		doc := NewDiagnostics(sorted[i:i+1], r.Sources)[0]
		sign := "⚠️"
		if doc.Severity == "error" {
			sign = "❌"
		}
		fmt.Fprintf(b, "%s **%s** (%s)\n\n", sign, markdownText(d.Summary), doc.Code)
		fence(b, "text", Wrap(strings.TrimSuffix(Escape(d.Detail), "\n"), detailWidth)+"\n")
	}
}

func (g *ReviewedGateway) markdown(b *strings.Builder, d markdownDepth) {
	p := g.Plan
	if p.Empty() && len(g.Drift)+len(p.Headlines) == 0 {
		return
	}
	s := plan.Summarize(p)
	fmt.Fprintf(b, "<details><summary><b>%s</b>: %d to add, %d to change, %d to remove</summary>\n\n", p.Node, s.Add, s.Change, s.Remove)
	fmt.Fprintf(b, "Compared with %s.\n\n", markdownText(g.Against))
	markdownHeadlines(b, p.Headlines)
	if g.Both && len(g.Ours) > 0 {
		b.WriteString("Of this, the specification changed:\n\n")
		markdownHeadlines(b, g.Ours)
	}
	if len(g.Drift) > 0 {
		b.WriteString("Somebody changed on the gateway, and this takes it back:\n\n")
		markdownHeadlines(b, g.Drift)
	}
	var lines strings.Builder
	n, total := 0, len(p.Steps())
	for i, ph := range p.Phases {
		if i > 0 {
			lines.WriteString("@@ commit @@\n")
		}
		for _, st := range ph.Steps {
			if n++; n > d.lines {
				break
			}
			m := string(mark(st))
			if m == string(plan.Changed) {
				m = "!"
			}
			lines.WriteString(m + " " + EscapeLine(stepLine(st)))
			if len(st.Impact) > 0 {
				words := make([]string, len(st.Impact))
				for k, x := range st.Impact {
					words[k] = strings.Trim(shortImpact(x), "*")
				}
				lines.WriteString("   # " + strings.Join(words, ", "))
			}
			lines.WriteByte('\n')
		}
	}
	if total > d.lines {
		fmt.Fprintf(&lines, "# and %d more commands\n", total-d.lines)
	}
	if total > 0 {
		fence(b, "diff", lines.String())
		fmt.Fprintf(b, "- **Takes** %s\n- **Guard** %s\n", takesText(p), guardText(p))
	}
	if p.Between != "" {
		fmt.Fprintf(b, "- **Phases** %s\n", markdownText(p.Between))
	}
	if all := p.Impacts(); len(all) > 0 {
		fmt.Fprintf(b, "- **Impact** %s\n", impactText(all))
	}
	for _, o := range p.Operations {
		fmt.Fprintf(b, "- **Then** `%s` (%s: %s)\n", o.Command, markdownText(o.Object), markdownText(o.Why))
	}
	for _, k := range p.Kept {
		fmt.Fprintf(b, "- **Stays** %s\n", markdownText(k))
	}
	if len(p.NotCompared) > 0 {
		fmt.Fprintf(b, "- **Secret** not compared: %s\n", markdownText(strings.Join(p.NotCompared, ", ")))
	}
	fmt.Fprintf(b, "- **Order** %s\n\n", markdownText(g.Why))
	if d.undo && len(p.Inverse) > 0 {
		var undo strings.Builder
		for _, st := range p.Inverse {
			undo.WriteString(EscapeLine(stepLine(st)) + "\n")
		}
		b.WriteString("<details><summary>Undone by</summary>\n\n")
		fence(b, "text", undo.String())
		b.WriteString("</details>\n")
	}
	b.WriteString("</details>\n\n")
}

func markdownHeadlines(b *strings.Builder, hs []plan.Headline) {
	for _, h := range hs {
		fmt.Fprintf(b, "- `%s` **%s**: %s\n", h.Mark, markdownText(h.Object), markdownText(h.Text))
	}
	b.WriteByte('\n')
}
