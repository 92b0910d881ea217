package render

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// numbered is the beginning of an item of a numbered list.
var numbered = regexp.MustCompile(`^[0-9]{1,2}\. `)

// Markdown writes a text of help for a terminal: paragraphs and list items are wrapped, headings stand
// out, code keeps its lines. It knows headings, paragraphs, lists, indented and fenced code, and code spans.
func Markdown(w io.Writer, text string, st Style) error {
	out := bufio.NewWriter(w)
	var para []string
	var lead, hang string // before the first and the further lines of a paragraph
	flush := func() {
		if len(para) > 0 {
			writeParagraph(out, strings.Join(para, " "), lead, hang, st)
		}
		para, lead, hang = nil, "", ""
	}
	fenced := false
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		trimmed := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(trimmed)]
		switch {
		case strings.HasPrefix(trimmed, "```"):
			flush()
			fenced = !fenced
		case fenced:
			out.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		case trimmed == "":
			flush()
			out.WriteByte('\n')
		case strings.HasPrefix(line, "#"):
			flush()
			out.WriteString(st.paint(strings.TrimLeft(line, "# "), bold) + "\n")
		case strings.HasPrefix(trimmed, "- "):
			flush()
			lead, hang = indent+"- ", indent+"  "
			para = append(para, trimmed[2:])
		case numbered.MatchString(trimmed):
			flush()
			n := len(numbered.FindString(trimmed))
			lead, hang = indent+trimmed[:n], indent+strings.Repeat(" ", n)
			para = append(para, trimmed[n:])
		case len(para) == 0 && len(indent) >= 4, strings.HasPrefix(line, "|"):
			flush()
			out.WriteString(line + "\n")
		default:
			para = append(para, trimmed)
		}
	}
	flush()
	return out.Flush()
}

func writeParagraph(out *bufio.Writer, text, lead, hang string, st Style) {
	width := 0
	if st.Width > 0 {
		width = max(st.Width-len(hang), 20)
	}
	wrapped := strings.ReplaceAll(Wrap(text, width), "\n", "\n"+hang)
	out.WriteString(lead + codeSpans(wrapped, st) + "\n")
}

// codeSpans paints what stands between backticks; without colours the backticks stay.
func codeSpans(text string, st Style) string {
	if !st.Color {
		return text
	}
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // an unpaired one
		return text
	}
	for i := 1; i < len(parts); i += 2 {
		parts[i] = st.paint(parts[i], bold)
	}
	return strings.Join(parts, "")
}
