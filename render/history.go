package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// A History is the runs of a machine.
type History struct {
	Runs []HistoryRun // the newest first
}

// A HistoryRun is one run of a History.
type HistoryRun struct {
	Run     string        `json:"run"`
	Spec    string        `json:"specification"`
	Command string        `json:"command"`
	Started time.Time     `json:"started"`
	State   string        `json:"state"` // as in applied, reverted, unfinished, taken back
	Cause   string        `json:"cause,omitempty"`
	Nodes   []HistoryNode `json:"nodes"`

	Of          string `json:"of,omitempty"`            // the run that a rollback took back
	TakenBackBy string `json:"taken_back_by,omitempty"` // the rollback that took this run back
}

// A HistoryNode is what became of a gateway in a run.
type HistoryNode struct {
	Node  string `json:"node"`
	State string `json:"state"`
}

// A HistoryDocument is the document of `history --format json`.
type HistoryDocument struct {
	Envelope
	Runs []HistoryRun `json:"runs"`
}

// NewHistoryDocument makes the document of a history.
func NewHistoryDocument(e Envelope, h *History) HistoryDocument {
	return HistoryDocument{Envelope: e, Runs: list(h.Runs)}
}

// HistoryText writes a history for people.
func HistoryText(w io.Writer, h *History, st Style) error {
	out := bufio.NewWriter(w)
	if len(h.Runs) == 0 {
		fmt.Fprintln(out, "No runs were made on this machine.")
		return out.Flush()
	}
	width := 0
	for _, r := range h.Runs {
		width = max(width, columns(EscapeLine(r.Run)))
	}
	unsettled := ""
	for _, r := range h.Runs {
		names := make([]string, len(r.Nodes))
		for i, n := range r.Nodes {
			names[i] = n.Node
		}
		state := fmt.Sprintf("%-11s", r.State)
		switch r.State {
		case "applied":
			state = st.paint(state, green)
		case "unfinished", "not proven":
			state = st.paint(state, bold, red)
			unsettled = r.Run
		case "reverted", "failed":
			state = st.paint(state, yellow)
		}
		run := EscapeLine(r.Run)
		fmt.Fprintf(out, "%s%s  %s  %-8s  %s  %s\n", run, strings.Repeat(" ", width-columns(run)), r.Started.Local().Format(time.DateTime), EscapeLine(r.Command), state, EscapeLine(shortList(names, 4)))
		if r.Of != "" {
			writeIndented(out, "of run "+Escape(r.Of), 4, st)
		}
		if r.Cause != "" {
			writeIndented(out, Escape(r.Cause), 4, st)
		}
	}
	if unsettled != "" {
		fmt.Fprintf(out, "\n%s\n", Wrap("What a run left is not known. Type `l2stretch rollback "+EscapeLine(unsettled)+"`: it asks the gateways and takes back what is left of it.", st.Width))
	}
	return out.Flush()
}

// shortList is a list of names, of which only the first are shown.
func shortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
