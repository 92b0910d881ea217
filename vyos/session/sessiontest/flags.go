package sessiontest

import (
	"slices"
	"strings"
)

// A flagSet is what a program was called with.
type flagSet struct {
	given map[string]string
	args  []string
	ok    bool
}

func (f flagSet) has(names ...string) bool {
	for _, n := range names {
		if _, ok := f.given[n]; ok {
			return true
		}
	}
	return false
}

// flags reads options. Letters take no value, or one where a colon follows; long options stand with their dashes, with a
// trailing = where they take a value. What is not listed is reported, and ok is false.
func (p *Proc) flags(letters string, long ...string) flagSet {
	return p.flagsOf(p.Args[1:], letters, false, long...)
}

// leading reads options up to the first operand.
func (p *Proc) leading(letters string, long ...string) flagSet {
	return p.flagsOf(p.Args[1:], letters, true, long...)
}

func (p *Proc) flagsOf(args []string, letters string, leading bool, long ...string) flagSet {
	f := flagSet{given: make(map[string]string), ok: true}
	bad := func() flagSet {
		p.Unknown()
		f.ok = false
		return f
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			f.args = append(f.args, args[i+1:]...)
			return f
		case strings.HasPrefix(a, "--"):
			name, value, given := strings.Cut(a, "=")
			switch {
			case slices.Contains(long, name) && !given:
			case slices.Contains(long, name+"="):
				if !given {
					if i++; i == len(args) {
						return bad()
					}
					value = args[i]
				}
			default:
				return bad()
			}
			if old, ok := f.given[name]; ok {
				value = old + "\n" + value
			}
			f.given[name] = value
		case strings.HasPrefix(a, "-") && len(a) > 1:
			for j := 1; j < len(a); j++ {
				at := strings.IndexByte(letters, a[j])
				if at < 0 || a[j] == ':' {
					return bad()
				}
				value := ""
				if at+1 < len(letters) && letters[at+1] == ':' {
					if value = a[j+1:]; value == "" {
						if i++; i == len(args) {
							return bad()
						}
						value = args[i]
					}
					f.given[string(letters[at])] = value
					break
				}
				f.given[string(a[j])] = ""
			}
		default:
			f.args = append(f.args, a)
			if leading {
				f.args = append(f.args, args[i+1:]...)
				return f
			}
		}
	}
	return f
}
