package main

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/term"

	"github.com/l2stretch/l2stretch/render"
)

// plainWidth is the width of text that does not go to a terminal.
const plainWidth = 78

// A terminal is one of the standard streams, which may be a terminal or not.
type terminal struct {
	file    *os.File
	noColor bool // --no-color
}

func (t terminal) is() bool { return term.IsTerminal(int(t.file.Fd())) }

// live reports whether lines can be drawn again. Consoles of Windows before Windows Terminal show escape sequences as
// they are.
func (t terminal) live() bool {
	if os.Getenv("TERM") == "dumb" || !t.is() {
		return false
	}
	return runtime.GOOS != "windows" || os.Getenv("WT_SESSION") != "" || os.Getenv("TERM") != ""
}

// height is the number of lines; 0 when it is not known.
func (t terminal) height() int {
	if _, lines, err := term.GetSize(int(t.file.Fd())); err == nil {
		return lines
	}
	return 0
}

// style is how text for people is written to the stream.
func (t terminal) style() render.Style {
	return render.Style{Color: t.color(), Width: t.width()}
}

// color follows --no-color, NO_COLOR (no-color.org) and TERM.
func (t terminal) color() bool {
	return !t.noColor && os.Getenv("NO_COLOR") == "" && t.live()
}

func (t terminal) width() int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= 20 {
		return n
	}
	if cols, _, err := term.GetSize(int(t.file.Fd())); err == nil && cols >= 20 {
		return cols
	}
	return plainWidth
}
