package config

import "strings"

// A Footer is what stands at the end of a saved configuration. VyOS migrates a file by it.
type Footer struct {
	Versions string // name@N joined by colons, as it stands in the file; empty for no footer
	Release  string // as in 1.4.0
	Old      bool   // the form of 1.2, in three comments
}

func (f Footer) append(b []byte) []byte {
	if f.Versions == "" && f.Release == "" {
		return b
	}
	if f.Old {
		b = append(b, "\n\n/* Warning: Do not remove the following line. */\n/* === vyatta-config-version: \""...)
		b = append(append(b, f.Versions...), "\" === */\n/* Release version: "...)
		return append(append(b, f.Release...), " */\n"...)
	}
	b = append(b, "\n\n// Warning: Do not remove the following line.\n// vyos-config-version: \""...)
	b = append(append(b, f.Versions...), "\"\n// Release version: "...)
	return append(append(b, f.Release...), '\n')
}

// Series returns the release to which the footer's version belongs, as in 1.4; empty when the footer does
// not say.
func (f Footer) Series() string {
	r := strings.TrimPrefix(strings.TrimSpace(f.Release), "VyOS ")
	for _, s := range []string{"1.2", "1.3", "1.4", "1.5"} {
		if strings.HasPrefix(r, s) && (len(r) == len(s) || !isDigit(r[len(s)])) {
			return s
		}
	}
	if strings.HasPrefix(r, "999.") || strings.Contains(r, "rolling") {
		return "rolling"
	}
	return ""
}

// note takes in a comment line of a footer, without its comment signs, and reports whether it was one.
func (f *Footer) note(s string) bool {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "Warning: Do not remove the following line"):
		return true
	case strings.HasPrefix(s, "=== vyatta-config-version:"):
		s = strings.TrimSuffix(strings.TrimPrefix(s, "=== vyatta-config-version:"), "===")
		f.Versions, f.Old = strings.Trim(s, "\" "), true
		return true
	case strings.HasPrefix(s, "vyos-config-version:"):
		f.Versions, f.Old = strings.Trim(strings.TrimPrefix(s, "vyos-config-version:"), "\" "), false
		return true
	case strings.HasPrefix(s, "Release version:"):
		f.Release = strings.TrimSpace(strings.TrimPrefix(s, "Release version:"))
		return true
	}
	return false
}
