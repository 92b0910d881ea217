package sessiontest

import (
	"regexp"
	"strconv"
	"strings"
)

// basic turns a basic regular expression into one of Go's.
func basic(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			if strings.IndexByte("(){}+?|", s[i]) >= 0 {
				b.WriteByte(s[i])
			} else {
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
		case c == '[':
			end := i + 1
			if end < len(s) && s[end] == '^' {
				end++
			}
			if end < len(s) && s[end] == ']' {
				end++
			}
			for end < len(s) && s[end] != ']' {
				end++
			}
			b.WriteString(strings.ReplaceAll(s[i:min(end+1, len(s))], `\`, `\\`))
			i = end
		case strings.IndexByte("(){}+?|", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '*' && (i == 0 || s[i-1] == '^'):
			b.WriteString(`\*`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func runGrep(p *Proc) int {
	f := p.flags("qvEFxwcoinshle:m:", "--quiet")
	patterns := []string{}
	if e, ok := f.given["e"]; ok {
		patterns = append(patterns, e)
	} else if len(f.args) > 0 {
		patterns, f.args = strings.Split(f.args[0], "\n"), f.args[1:]
	}
	if !f.ok || len(patterns) == 0 || f.has("l", "m") {
		return p.Unknown()
	}
	for i, s := range patterns {
		switch {
		case f.has("F"):
			s = regexp.QuoteMeta(s)
		case !f.has("E"):
			s = basic(s)
		}
		if f.has("w") {
			s = `\b(?:` + s + `)\b`
		}
		if f.has("x") {
			s = `^(?:` + s + `)$`
		}
		patterns[i] = "(?:" + s + ")"
	}
	expr := strings.Join(patterns, "|")
	if f.has("i") {
		expr = "(?i)" + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return p.Unknown()
	}
	status := 1
	names := f.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	failed := false
	var b strings.Builder
	for _, name := range names {
		data, err := p.read(name)
		if err != nil {
			if !f.has("s") {
				p.fail(name, err)
			}
			failed = true
			continue
		}
		prefix := ""
		if len(names) > 1 && !f.has("h") {
			prefix = name + ":"
		}
		count := 0
		for i, line := range lines(data) {
			if re.MatchString(line) == f.has("v") {
				continue
			}
			status = 0
			count++
			number := ""
			if f.has("n") {
				number = strconv.Itoa(i+1) + ":"
			}
			switch {
			case f.has("q", "--quiet", "c"):
			case f.has("o"):
				for _, m := range re.FindAllString(line, -1) {
					b.WriteString(prefix + number + m + "\n")
				}
			default:
				b.WriteString(prefix + number + line + "\n")
			}
		}
		if f.has("c") && !f.has("q") {
			b.WriteString(prefix + strconv.Itoa(count) + "\n")
		}
	}
	if p.out(b.String()) != 0 || failed && status != 0 {
		return 2
	}
	return status
}

// A sedCommand is one of s, d and p.
type sedCommand struct {
	from, to int // lines; 0 is none, -1 the last one
	match    *regexp.Regexp
	not      bool
	do       byte
	re       *regexp.Regexp
	with     string
	global   bool
	print    bool
}

// parseSed reads a script of s, d, p and q commands, each with at most an address.
func parseSed(script string, extended bool) ([]sedCommand, bool) {
	compile := func(s string) *regexp.Regexp {
		if !extended {
			s = basic(s)
		}
		re, err := regexp.Compile(s)
		if err != nil {
			return nil
		}
		return re
	}
	var out []sedCommand
	for script = strings.TrimLeft(script, " ;\n"); script != ""; script = strings.TrimLeft(script, " ;\n") {
		var c sedCommand
		if script[0] == '/' {
			expr, rest, ok := cutDelim(script[1:], '/')
			if c.match = compile(expr); !ok || c.match == nil {
				return nil, false
			}
			script = rest
		} else if n := strings.IndexFunc(script, func(r rune) bool { return !strings.ContainsRune("0123456789,$", r) }); n > 0 {
			from, to, both := strings.Cut(script[:n], ",")
			c.from = sedLine(from)
			c.to = c.from
			if both {
				c.to = sedLine(to)
			}
			script = script[n:]
		}
		if strings.HasPrefix(script, "!") {
			c.not = true
			script = script[1:]
		}
		if script == "" {
			return nil, false
		}
		c.do, script = script[0], script[1:]
		switch c.do {
		case 'd', 'p', 'q':
		case 's':
			if script == "" {
				return nil, false
			}
			delim := script[0]
			expr, rest, ok := cutDelim(script[1:], delim)
			with, rest, ok2 := cutDelim(rest, delim)
			if c.re = compile(expr); !ok || !ok2 || c.re == nil {
				return nil, false
			}
			c.with = with
			for rest != "" && (rest[0] == 'g' || rest[0] == 'p') {
				c.global = c.global || rest[0] == 'g'
				c.print = c.print || rest[0] == 'p'
				rest = rest[1:]
			}
			script = rest
		default:
			return nil, false
		}
		if script != "" && !strings.ContainsAny(script[:1], " ;\n}") {
			return nil, false
		}
		out = append(out, c)
	}
	return out, true
}

func sedLine(s string) int {
	if s == "$" {
		return -1
	}
	n, _ := strconv.Atoi(s)
	return n
}

func cutDelim(s string, delim byte) (before, after string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			if s[i+1] != delim {
				b.WriteByte('\\')
			}
			i++
			b.WriteByte(s[i])
		case s[i] == delim:
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// expandSed replaces & and \1 in what a match is replaced with.
func expandSed(with, line string, m []int) string {
	var b strings.Builder
	group := func(n int) {
		if 2*n+1 < len(m) && m[2*n] >= 0 {
			b.WriteString(line[m[2*n]:m[2*n+1]])
		}
	}
	for i := 0; i < len(with); i++ {
		switch {
		case with[i] == '&':
			group(0)
		case with[i] == '\\' && i+1 < len(with):
			i++
			switch {
			case with[i] >= '0' && with[i] <= '9':
				group(int(with[i] - '0'))
			case with[i] == 'n':
				b.WriteByte('\n')
			case with[i] == 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(with[i])
			}
		default:
			b.WriteByte(with[i])
		}
	}
	return b.String()
}

func (c sedCommand) applies(line string, n, last int) bool {
	hit := true
	switch {
	case c.match != nil:
		hit = c.match.MatchString(line)
	case c.from != 0:
		from, to := c.from, c.to
		if from < 0 {
			from = last
		}
		if to < 0 {
			to = last
		}
		hit = n >= from && n <= to
	}
	return hit != c.not
}

func runSed(p *Proc) int {
	f := p.flags("nEri", "--quiet")
	script, names := "", f.args
	if f.ok && len(f.args) > 0 {
		script, names = f.args[0], f.args[1:]
	}
	commands, ok := parseSed(script, f.has("E", "r"))
	if !f.ok || !ok || len(commands) == 0 {
		return p.Unknown()
	}
	if !f.has("i") {
		data, status := p.input(names)
		return max(status, p.out(sed(commands, data, f.has("n", "--quiet"))))
	}
	for _, name := range names {
		data, err := p.read(name)
		if err == nil {
			err = p.Router.fs.WriteFile(p.cred(), p.abs(name), []byte(sed(commands, data, f.has("n"))), 0o666)
		}
		if err != nil {
			return p.fail("can't read "+name, err) + 1
		}
	}
	return 0
}

func sed(commands []sedCommand, data []byte, quiet bool) string {
	var b strings.Builder
	all := lines(data)
next:
	for i, line := range all {
		quit := false
		for _, c := range commands {
			if !c.applies(line, i+1, len(all)) {
				continue
			}
			switch c.do {
			case 'd':
				continue next
			case 'p':
				b.WriteString(line + "\n")
			case 'q':
				quit = true
			case 's':
				n := 1
				if c.global {
					n = -1
				}
				found := c.re.FindAllStringSubmatchIndex(line, n)
				var out strings.Builder
				at := 0
				for _, m := range found {
					out.WriteString(line[at:m[0]] + expandSed(c.with, line, m))
					at = m[1]
				}
				line = out.String() + line[at:]
				if c.print && len(found) > 0 {
					b.WriteString(line + "\n")
				}
			}
		}
		if !quiet {
			b.WriteString(line)
			if i < len(all)-1 || strings.HasSuffix(string(data), "\n") {
				b.WriteByte('\n')
			}
		}
		if quit {
			break
		}
	}
	return b.String()
}
