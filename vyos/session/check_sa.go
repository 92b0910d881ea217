package session

import (
	"strconv"
	"strings"
	"time"
)

// An ikeSA is an IKE SA as charon lists it.
type ikeSA struct {
	name      string // of the connection
	state     string // ESTABLISHED
	local     string // address
	remote    string
	age       time.Duration // since it was established
	coarse    bool          // the age is rounded down, to minutes or worse
	initiator bool
	encap     bool // some packets are UDP encapsulated
	children  []childSA
}

// A childSA is a pair of ESP SAs.
type childSA struct {
	name      string
	state     string // INSTALLED
	spiIn     string // hexadecimal
	age       time.Duration
	aged      bool // the age is known
	encap     bool // UDP encapsulated (RFC 3948)
	packetsIn int
}

// A section is what vici's messages are made of: values, lists and sections by name.
type section struct {
	values map[string]string
	names  []string // of the sections, in order
	sub    map[string]*section
}

// Limits of what is taken from a device's lists.
const (
	maxDepth = 16
	maxItems = 10000
)

// parseListSAs reads what `swanctl --list-sas --raw` prints: a line for each IKE SA.
func parseListSAs(text string) []ikeSA {
	var out []ikeSA
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "list-sa event {")
		if !ok {
			continue
		}
		p := viciParser{text: rest}
		top := p.section(0)
		for _, name := range top.names {
			out = append(out, saOf(name, top.sub[name]))
		}
	}
	return out
}

func saOf(name string, s *section) ikeSA {
	sa := ikeSA{
		name: name, state: s.values["state"], local: s.values["local-host"], remote: s.values["remote-host"],
		age: secondsOf(s.values["established"]), initiator: s.values["initiator"] == "yes",
	}
	if list := s.sub["child-sas"]; list != nil {
		for _, key := range list.names {
			c := list.sub[key]
			age, ok := c.values["install-time"]
			n, _ := strconv.Atoi(c.values["packets-in"]) // absent: none
			sa.children = append(sa.children, childSA{
				name: c.values["name"], state: c.values["state"], spiIn: c.values["spi-in"], age: secondsOf(age), aged: ok,
				encap: c.values["encap"] == "yes", packetsIn: n,
			})
			sa.encap = sa.encap || c.values["encap"] == "yes"
		}
	}
	return sa
}

func secondsOf(s string) time.Duration {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// A viciParser reads the raw form of a vici message. Values are not quoted and may hold blanks; a value ends
// where a name with = or { follows, or the section ends.
type viciParser struct {
	text  string
	at    int
	items int
}

func (p *viciParser) blanks() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// word reads up to a blank or a character of the grammar.
func (p *viciParser) word() string {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" ={}", rune(p.text[p.at])) {
		p.at++
	}
	return p.text[start:p.at]
}

// peek is the character after the next word and blanks, 0 at the end.
func (p *viciParser) peek() byte {
	q := *p
	q.blanks()
	q.word()
	if q.at < len(q.text) && q.text[q.at] == '=' {
		return '='
	}
	q.blanks()
	if q.at < len(q.text) {
		return q.text[q.at]
	}
	return 0
}

// section reads until the brace that closes it, or the end.
func (p *viciParser) section(depth int) *section {
	s := &section{values: make(map[string]string), sub: make(map[string]*section)}
	for p.at < len(p.text) && p.items < maxItems {
		p.blanks()
		if p.at == len(p.text) {
			break
		}
		if p.text[p.at] == '}' {
			p.at++
			break
		}
		p.items++
		start := p.at
		name := p.word()
		if p.at < len(p.text) && p.text[p.at] == '=' {
			p.at++
			s.values[name] = p.value()
			continue
		}
		p.blanks()
		if p.at < len(p.text) && p.text[p.at] == '{' {
			p.at++
			if depth == maxDepth {
				p.at = len(p.text)
				break
			}
			if _, again := s.sub[name]; !again {
				s.names = append(s.names, name)
			}
			s.sub[name] = p.section(depth + 1)
			continue
		}
		if p.at == start {
			p.at++ // a character that belongs nowhere
		}
	}
	return s
}

func (p *viciParser) value() string {
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '[' {
		if end := strings.IndexByte(p.text[p.at:], ']'); end >= 0 {
			p.at += end + 1
			return p.text[start:p.at]
		}
	}
	for {
		for p.at < len(p.text) && p.text[p.at] != ' ' && p.text[p.at] != '}' && p.text[p.at] != '{' {
			p.at++
		}
		end := p.at
		if p.at == len(p.text) || p.text[p.at] != ' ' {
			return p.text[start:end]
		}
		if c := p.peek(); c == '=' || c == '{' || c == 0 {
			return p.text[start:end]
		}
		p.blanks()
		if p.at < len(p.text) && p.text[p.at] == '}' {
			return p.text[start:end]
		}
	}
}

// parseStatusAll reads the list of SAs that `ipsec statusall` prints, for releases without swanctl. It has no
// age of a child. Its form is known from strongSwan's sources, and unverified on a box.
func parseStatusAll(text string) []ikeSA {
	var out []ikeSA
	begun := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Security Associations") {
			begun = true
			continue
		}
		name, rest, ok := strings.Cut(line, ": ")
		if !begun || !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		base, kind := numbered(name)
		switch {
		case kind == '[' && !strings.HasPrefix(rest, "IKE"):
			state, rest, _ := strings.Cut(rest, " ")
			sa := ikeSA{name: base, state: strings.TrimSuffix(state, ",")}
			if ago, ends, ok := strings.Cut(rest, " ago, "); ok {
				sa.age, sa.coarse = words(ago)
				near, far, _ := strings.Cut(ends, "...")
				sa.local, _, _ = strings.Cut(near, "[")
				sa.remote, _, _ = strings.Cut(far, "[")
			}
			out = append(out, sa)
		case kind == '{' && len(out) > 0 && strings.Contains(rest, "SPIs: "):
			state, _, _ := strings.Cut(rest, ",")
			_, spis, _ := strings.Cut(rest, "SPIs: ")
			spi, _, _ := strings.Cut(spis, "_i")
			c := childSA{name: base, state: state, spiIn: spi, encap: strings.Contains(rest, "ESP in UDP")}
			last := &out[len(out)-1]
			last.children = append(last.children, c)
			last.encap = last.encap || c.encap
		}
	}
	return out
}

// numbered takes name[1] or name{1} apart.
func numbered(name string) (base string, kind byte) {
	for _, k := range []byte{'[', '{'} {
		if i := strings.LastIndexByte(name, k); i >= 0 {
			return name[:i], k
		}
	}
	return name, 0
}

// words reads a time such as "12 minutes".
func words(s string) (d time.Duration, coarse bool) {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 0 {
		return 0, true
	}
	switch strings.TrimSuffix(unit, "s") {
	case "second":
		return time.Duration(n) * time.Second, false
	case "minute":
		return time.Duration(n) * time.Minute, true
	case "hour":
		return time.Duration(n) * time.Hour, true
	case "day":
		return time.Duration(n) * 24 * time.Hour, true
	}
	return 0, true
}
