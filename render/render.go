// Package render writes for people and for machines what other packages found out: diagnostics, command
// sets, documents in JSON. It decides nothing about networks and reads no files; text that came from
// a file or from a device is escaped before it reaches a terminal.
package render

import (
	"encoding/json"
	"io"
	"strings"
)

// FormatVersion is the version of all JSON documents: additions raise the minor number, anything else
// the major.
const FormatVersion = "1.0"

// An Envelope begins every JSON document.
type Envelope struct {
	FormatVersion string `json:"format_version"`
	Tool          string `json:"tool"`    // name and version of the program, as in "l2stretch 0.1.0"
	Command       string `json:"command"` // as in "validate"
}

// JSON writes a document, indented by two blanks and ended by a newline.
func JSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document)
}

// A Style says how text for people is written.
type Style struct {
	Color bool // ANSI escape sequences may be used
	Width int  // columns of the terminal; 0: lines are not wrapped
}

// A colour is the parameter of an ANSI SGR sequence (ECMA-48, section 8.3.117).
type colour string

const (
	red       colour = "31"
	yellow    colour = "33"
	green     colour = "32"
	bold      colour = "1"
	underline colour = "4"
)

func (st Style) paint(text string, colours ...colour) string {
	if !st.Color || text == "" {
		return text
	}
	var sgr string
	for i, c := range colours {
		if i > 0 {
			sgr += ";"
		}
		sgr += string(c)
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// Complaint is an error about the world as it is shown to people: one escaped line, or several when the
// error was joined from several.
func Complaint(text string, st Style) string {
	const head = "Error:"
	return st.paint(head, bold, red) + strings.TrimPrefix(Wrap(head+" "+Escape(text), st.Width), head)
}
