package render

import (
	"fmt"
	"io"
	"strings"
)

// An Import is the report about a specification that was made from running configurations, and the document
// of `import --format json`.
type Import struct {
	Envelope
	Specification string          `json:"specification"`  // its name
	File          string          `json:"file,omitempty"` // that was written
	Text          string          `json:"text"`           // the specification itself
	Valid         bool            `json:"valid"`          // it compiles, once the open values are filled in
	Tunnels       int             `json:"tunnels"`
	Stretches     int             `json:"stretches"`
	Open          []ImportOpen    `json:"open"`
	Secrets       []ImportSecret  `json:"secrets"`
	Remarks       []ImportRemark  `json:"remarks"`
	Gateways      []ImportGateway `json:"gateways"`
	Diagnostics   []Diagnostic    `json:"diagnostics"`
}

// An ImportOpen is a value that nothing says.
type ImportOpen struct {
	Object    string `json:"object"`
	Attribute string `json:"attribute"`
	Why       string `json:"why"`
}

// An ImportSecret is a secret that the specification refers to.
type ImportSecret struct {
	Name    string   `json:"name"`
	Env     string   `json:"env"`
	Tunnels []string `json:"tunnels"`
}

// An ImportRemark is about a place of a configuration; Line is 0 when there is none.
type ImportRemark struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// An ImportGateway says what became of a gateway's configuration.
type ImportGateway struct {
	Node         string       `json:"node"`
	File         string       `json:"file"`
	Release      string       `json:"release"`
	Candidates   []string     `json:"release_candidates,omitempty"` // when nothing says which it is
	Taken        int          `json:"taken"`                        // commands that compile to themselves
	Changed      []ImportLine `json:"changed"`
	NotExpressed []ImportLine `json:"not_expressed"`
	Added        []ImportLine `json:"added"`
}

// An ImportLine is one command; a secret in it is masked.
type ImportLine struct {
	Line    int    `json:"line,omitempty"`
	Command string `json:"command"`
	Object  string `json:"object,omitempty"`
	Why     string `json:"why,omitempty"`
}

// WriteText writes the report for people, without the specification.
func (m *Import) WriteText(w io.Writer, st Style) error {
	t := &importText{w: w, st: st}
	t.line("Specification %s: %s, %s from %s.", m.Specification, Plural(m.Tunnels, "tunnel", "tunnels"), Plural(m.Stretches, "stretch", "stretches"),
		Plural(len(m.Gateways), "configuration", "configurations"))
	for _, g := range m.Gateways {
		t.gateway(g)
	}
	if len(m.Open) > 0 {
		t.line("\nTo be filled in (CHANGE-ME):")
		for _, o := range m.Open {
			t.item("%s, %s: %s", o.Object, o.Attribute, o.Why)
		}
	}
	if len(m.Secrets) > 0 {
		t.line("\nSecrets, whose values were not taken:")
		for _, s := range m.Secrets {
			t.item("%s of tunnel %s: put it into the environment variable %s, or name another source.", s.Name, strings.Join(s.Tunnels, ", "), s.Env)
		}
	}
	if len(m.Remarks) > 0 {
		t.line("\nRemarks:")
		for _, r := range m.Remarks {
			where := r.File
			if r.Line > 0 {
				where = fmt.Sprintf("%s:%d", r.File, r.Line)
			}
			t.item("%s: %s", where, r.Text)
		}
	}
	t.lines(m.Gateways, "Written differently when compiled:", func(g ImportGateway) []ImportLine { return g.Changed })
	t.lines(m.Gateways, "Not expressed; these stay as they are on the gateway:", func(g ImportGateway) []ImportLine { return g.NotExpressed })
	t.lines(m.Gateways, "Compiled and not on the gateway yet:", func(g ImportGateway) []ImportLine { return g.Added })
	return t.err
}

type importText struct {
	w   io.Writer
	st  Style
	err error
}

func (t *importText) write(s string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, s)
	}
}

func (t *importText) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if rest, ok := strings.CutPrefix(text, "\n"); ok {
		t.write("\n")
		text = rest
	}
	t.write(Wrap(Escape(text), t.st.Width) + "\n")
}

func (t *importText) item(format string, args ...any) {
	width := t.st.Width
	if width > 0 {
		width = max(width-4, 40)
	}
	text := Wrap(Escape(fmt.Sprintf(format, args...)), width)
	t.write("  " + strings.ReplaceAll(text, "\n", "\n    ") + "\n")
}

func (t *importText) gateway(g ImportGateway) {
	release := "VyOS " + g.Release
	if len(g.Candidates) > 0 {
		release = "VyOS " + strings.Join(g.Candidates, " or ")
	}
	t.item("%s (%s, %s): %d taken as they are, %d written differently, %d not expressed, %d added.",
		g.Node, g.File, release, g.Taken, len(g.Changed), len(g.NotExpressed), len(g.Added))
}

// lines lists commands, each on a line of its own however long: they are there to be looked up.
func (t *importText) lines(gateways []ImportGateway, title string, of func(ImportGateway) []ImportLine) {
	first := true
	for _, g := range gateways {
		for _, l := range of(g) {
			if first {
				t.line("\n%s", title)
				first = false
			}
			where := g.Node
			if l.Line > 0 {
				where = fmt.Sprintf("%s:%d", g.File, l.Line)
			}
			t.write("  " + Escape(where+": "+l.Command) + "\n")
			if l.Why != "" {
				t.write("      " + Escape(l.Why) + "\n")
			}
		}
	}
}
