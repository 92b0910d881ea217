package svg

// widths are the advance widths of Helvetica, which Arial and Liberation Sans share, for the characters
// from the blank to the tilde, in thousandths of the font size (Adobe's font metrics for the core fonts).
// A table is used instead of a font file because the viewer brings the font: whatever it is, each text is
// set to the length that was measured here (textLength), so that it stays where it was placed.
var widths = [95]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // blank to /
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
}

// boldFactor is how much wider a bold face is at most, on the average of a word.
const boldFactor = 1.1

// Width is the length of a text in a font of a size, both in pixels.
func Width(s string, size float64, bold bool) float64 {
	n := 0
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
			n += widths[r-' ']
		case r == '…' || r == '→' || r == '←':
			n += 1000
		case r == '−':
			n += 584
		case r < 0x300:
			n += 600
		default:
			n += 1000
		}
	}
	w := float64(n) / 1000 * size
	if bold {
		w *= boldFactor
	}
	return w
}

// Shorten cuts a text in the middle so that it is no longer than a width; names differ at their ends.
func Shorten(s string, width, size float64, bold bool) string {
	if Width(s, size, bold) <= width {
		return s
	}
	r := []rune(s)
	for keep := len(r) - 1; keep > 0; keep-- {
		head := (keep + 1) / 2
		short := string(r[:head]) + "…" + string(r[len(r)-(keep-head):])
		if Width(short, size, bold) <= width {
			return short
		}
	}
	return "…"
}

// Wrap breaks a text at blanks into lines no longer than a width; a word that is longer is shortened.
func Wrap(s string, width, size float64, bold bool) []string {
	var lines []string
	line := ""
	for _, word := range split(s) {
		word = Shorten(word, width, size, bold)
		switch {
		case line == "":
			line = word
		case Width(line+" "+word, size, bold) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
